/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/engine_private.h"

#include <backflow/executors/serial.h>
#include <backflow/values/value.h>

#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

GQuark
engine_error_quark (void)
{
  return g_quark_from_static_string ("backflow-engine-error-quark");
}

static void
injected_clear (gpointer data)
{
  Injected *injected = data;

  g_free (injected->symbol);
  g_free (injected->source);
  g_clear_pointer (&injected->value, g_variant_unref);
}

static char *
make_run_id (void)
{
  guint64 number = 0;

  /* The random numbers of the kernel: engines in several processes must not make the same id. */
  while (getrandom (&number, sizeof number, 0) != (ssize_t) sizeof number)
    continue;
  return g_strdup_printf ("%016" G_GINT64_MODIFIER "x", number);
}

static GArray *
array_new (guint element_size, GDestroyNotify clear)
{
  GArray *array = g_array_new (FALSE, FALSE, element_size);

  if (clear != NULL)
    g_array_set_clear_func (array, clear);
  return array;
}

static void
init_arrays (Engine *engine)
{
  engine->injected = array_new (sizeof (Injected), injected_clear);
  engine->attempt_failures = array_new (sizeof (AttemptFailure), NULL);
}

Engine *
engine_new (Flow *flow, const EngineOptions *options)
{
  static const EngineOptions defaults = { 0 };
  Engine *engine;

  g_return_val_if_fail (flow != NULL, NULL);
  options = options != NULL ? options : &defaults;
  engine = g_new0 (Engine, 1);
  engine->flow = flow_ref (flow);
  engine->run_id = options->run_id != NULL ? g_strdup (options->run_id) : make_run_id ();
  engine->executor
      = options->executor != NULL ? executor_ref (options->executor) : executor_new_serial ();
  engine->storage = options->storage != NULL ? storage_ref (options->storage)
                                             : storage_new_memory (STORAGE_MEMORY_CURRENT);
  engine->definition = g_strdup (options->definition);
  engine->definition_path = g_strdup (options->definition_path);
  engine->directory = g_strdup (options->directory);
  engine->environment = g_strdupv ((char **) (guintptr) options->environment);
  engine->flags = options->flags;
  init_arrays (engine);
  engine->clock_us = g_get_real_time () - g_get_monotonic_time ();
  atomic_init (&engine->requests, 0);
  atomic_init (&engine->has_reports, 0);
  pthread_mutex_init (&engine->reasons_mutex, NULL);
  atomic_init (&engine->is_driven, 0);
  atomic_init (&engine->is_cancelled, 0);
  engine->attempt_run.run_id = engine->run_id;
  engine->attempt_run.is_cancelled = &engine->is_cancelled;
  engine->attempt_run.cancel_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  engine->attempt_run.environment = (const char *const *) engine->environment;
  return engine;
}

static void
free_run (Engine *engine)
{
  results_clear (engine);
  if (engine->plan != NULL)
    policy_forget (engine);
  progress_clear (engine);
  g_clear_pointer (&engine->metadata, g_hash_table_unref);
  port_close (engine->port);
  storage_run_close (engine->run);
  storage_unref (engine->storage);
  executor_unref (engine->executor);
  if (engine->plan != NULL)
    core_clear (&engine->core);
  plan_free (engine->plan);
  flow_unref (engine->flow);
}

void
engine_free (Engine *engine)
{
  if (engine == NULL)
    return;
  engine_stop_watch (engine);
  for (guint i = 0; i < STORAGE_REQUEST_COUNT; i++)
    g_free (engine->reasons[i]);
  pthread_mutex_destroy (&engine->reasons_mutex);
  free_run (engine);
  diagnostics_free (engine->diagnostics);
  listeners_clear (&engine->listeners);
  g_array_unref (engine->injected);
  for (guint i = 0; i < engine->idle.length; i++)
    g_free (engine->idle.items[i]);
  vector_clear (&engine->completions);
  vector_clear (&engine->records);
  g_array_unref (engine->attempt_failures);
  vector_clear (&engine->record_values);
  vector_clear (&engine->in_flight);
  vector_clear (&engine->idle);
  vector_clear (&engine->submitting);
  vector_clear (&engine->ended);
  vector_clear (&engine->revert_failed);
  if (engine->attempt_run.cancel_fd > 0)
    close (engine->attempt_run.cancel_fd);
  g_free (engine->run_key);
  g_strfreev (engine->environment);
  g_free (engine->injected_values);
  g_free (engine->numbers);
  g_free (engine->done);
  g_free (engine->log_dir);
  g_free (engine->definition);
  g_free (engine->definition_path);
  g_free (engine->directory);
  g_free (engine->run_id);
  g_free (engine);
}

void
engine_keep_injected (Engine *engine, char *symbol, GVariant *value, char *source)
{
  Injected injected = { symbol, value, source };

  for (guint i = 0; i < engine->injected->len; i++)
    if (strcmp (g_array_index (engine->injected, Injected, i).symbol, symbol) == 0)
      {
        g_array_remove_index (engine->injected, i);
        break;
      }
  g_array_append_val (engine->injected, injected);
}

/* Whether the symbol is a secret that a run of a former life had and this one does not know yet. */
static gboolean
lacks_secret (const Engine *engine, const char *symbol)
{
  for (guint i = 0; i < engine->injected->len; i++)
    if (strcmp (g_array_index (engine->injected, Injected, i).symbol, symbol) == 0)
      return g_array_index (engine->injected, Injected, i).value == NULL;
  return FALSE;
}

/* Whether the value could not be told from what the journal has in place of a secret. */
static gboolean
is_reserved (GVariant *value)
{
  g_autoptr (GVariant) source = NULL;

  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT) || g_variant_n_children (value) != 1)
    return FALSE;
  source = g_variant_lookup_value (value, ENGINE_SECRET_KEY, NULL);
  return source != NULL;
}

gboolean
engine_inject (Engine *engine, const char *symbol, GVariant *value, GError **error)
{
  return engine_inject_secret (engine, symbol, value, NULL, error);
}

gboolean
engine_inject_secret (Engine *engine, const char *symbol, GVariant *value, const char *source,
                      GError **error)
{
  g_autoptr (GVariant) taken = NULL;
  g_autoptr (GVariant) normal = NULL;

  g_return_val_if_fail (engine != NULL && symbol != NULL && value != NULL, FALSE);
  taken = g_variant_ref_sink (value);
  if (engine->run != NULL && !lacks_secret (engine, symbol))
    {
      g_set_error (error, ENGINE_ERROR, ENGINE_ERROR_STATE,
                   "'%s' can't be injected: the run has begun", symbol);
      return FALSE;
    }
  normal = value_normalize (taken, error);
  if (normal != NULL && is_reserved (normal))
    {
      g_set_error (error, ENGINE_ERROR, ENGINE_ERROR_STATE,
                   "input '%s': an object with the only key '" ENGINE_SECRET_KEY
                   "' stands for a secret",
                   symbol);
      return FALSE;
    }
  if (normal == NULL)
    {
      g_prefix_error (error, "input '%s': ", symbol);
      return FALSE;
    }
  engine_keep_injected (engine, g_strdup (symbol), g_steal_pointer (&normal), g_strdup (source));
  return TRUE;
}

const Diagnostics *
engine_get_diagnostics (Engine *engine)
{
  g_return_val_if_fail (engine != NULL, NULL);
  return engine->diagnostics;
}

const Plan *
engine_get_plan (Engine *engine)
{
  g_return_val_if_fail (engine != NULL, NULL);
  return engine->plan;
}

static void
ask (Engine *engine, int request)
{
  Port *port;

  /* In this order: an engine that has no port yet looks for requests once it has one. */
  atomic_fetch_or (&engine->requests, request);
  port = __atomic_load_n (&engine->port, __ATOMIC_SEQ_CST);
  if (port != NULL)
    port_interrupt (port);
}

void
engine_suspend (Engine *engine)
{
  g_return_if_fail (engine != NULL);
  ask (engine, REQUEST_SUSPEND);
}

/* Asks for the end of what runs. */
static void
ask_to_end (Engine *engine, int request)
{
  const guint64 one = 1;

  /* What waits in an atom is woken by its own descriptor, what the executor runs by the core once
   * it has heard of it. */
  atomic_store (&engine->is_cancelled, 1);
  if (engine->attempt_run.cancel_fd > 0)
    (void) !write (engine->attempt_run.cancel_fd, &one, sizeof one);
  ask (engine, request);
}

void
engine_cancel (Engine *engine)
{
  g_return_if_fail (engine != NULL);
  ask_to_end (engine, REQUEST_CANCEL);
}

void
engine_cancel_and_keep (Engine *engine)
{
  g_return_if_fail (engine != NULL);
  ask_to_end (engine, REQUEST_KEEP);
}

const char *
engine_get_run_id (Engine *engine)
{
  g_return_val_if_fail (engine != NULL, NULL);
  return engine->run_id;
}

FlowState
engine_get_state (Engine *engine)
{
  g_return_val_if_fail (engine != NULL, FLOW_STATE_PENDING);
  return engine->plan != NULL ? engine->core.flow_state : FLOW_STATE_PENDING;
}

gboolean
engine_get_atom_state (Engine *engine, const char *atom, AtomState *state, Intention *intention)
{
  guint32 node;

  g_return_val_if_fail (engine != NULL && atom != NULL, FALSE);
  node = engine->plan != NULL ? plan_find_atom (engine->plan, atom) : PLAN_NO_NODE;
  if (node == PLAN_NO_NODE)
    return FALSE;
  if (state != NULL)
    *state = (AtomState) engine->core.states[node];
  if (intention != NULL)
    *intention = core_get_intention (&engine->core, node);
  return TRUE;
}

void
engine_get_statistics (Engine *engine, EngineStatistics *statistics)
{
  g_return_if_fail (engine != NULL && statistics != NULL);
  *statistics = engine->statistics;
}

guint
engine_add_listener (Engine *engine, ListenerMask mask, ListenerFunc func, gpointer user_data,
                     GDestroyNotify destroy)
{
  g_return_val_if_fail (engine != NULL && func != NULL, 0);
  return listeners_add (&engine->listeners, (Listener){ 0, mask, func, user_data, destroy });
}

void
engine_remove_listener (Engine *engine, guint id)
{
  g_return_if_fail (engine != NULL);
  listeners_remove (&engine->listeners, id);
}

void
engine_tell (Engine *engine, ListenerEvent event)
{
  event.run = engine->run_id;
  event.time_us = engine->time_us;
  listeners_tell (&engine->listeners, engine, event);
}

void
engine_tell_of (Engine *engine, guint32 node, ListenerEvent event)
{
  const Atom *atom = plan_atom (engine->plan, node);

  event.flow = ((const Flow *) atom->member.owner)->name;
  event.atom = atom->name;
  event.atom_kind = (AtomKind) atom->member.kind;
  engine_tell (engine, event);
}
