/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/engine_state.h"
#include "engine/progress.h"
#include "engine/results.h"
#include "engine/tries.h"
#include "engine/watch_private.h"

#include <backflow/engine/engine.h>
#include <backflow/executors/serial.h>
#include <backflow/values/value.h>

#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

static char *
make_run_id (void)
{
  guint64 number = 0;

  /* The random numbers of the kernel: engines in several processes must not make the same id. */
  while (getrandom (&number, sizeof number, 0) != (ssize_t) sizeof number)
    continue;
  return g_strdup_printf ("%016" G_GINT64_MODIFIER "x", number);
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
  injected_init (&engine->injected);
  engine->attempt_failures = g_array_new (FALSE, FALSE, sizeof (AttemptFailure));
  engine->listeners.engine = engine;
  engine->listeners.run = engine->run_id;
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
    tries_forget (engine);
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
  watch_stop (engine);
  for (guint i = 0; i < STORAGE_REQUEST_COUNT; i++)
    g_free (engine->reasons[i]);
  pthread_mutex_destroy (&engine->reasons_mutex);
  free_run (engine);
  diagnostics_free (engine->diagnostics);
  listeners_clear (&engine->listeners);
  injected_clear (&engine->injected);
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
  g_free (engine->numbers);
  g_free (engine->done);
  g_free (engine->log_dir);
  g_free (engine->definition);
  g_free (engine->definition_path);
  g_free (engine->directory);
  g_free (engine->run_id);
  g_free (engine);
}

gboolean
engine_inject (Engine *engine, const char *symbol, GVariant *value, GError **error)
{
  return engine_inject_secret (engine, symbol, value, NULL, error);
}

/* Whether the symbol is a secret that a run of a former life had and this engine lacks. */
static gboolean
lacks_secret (const Engine *engine, const char *symbol)
{
  const Injected *injected = injected_find (&engine->injected, symbol);

  return injected != NULL && injected->value == NULL;
}

gboolean
engine_inject_secret (Engine *engine, const char *symbol, GVariant *value, const char *source,
                      GError **error)
{
  g_autoptr (GVariant) taken = NULL;

  g_return_val_if_fail (engine != NULL && symbol != NULL && value != NULL, FALSE);
  taken = g_variant_ref_sink (value);
  if (engine->run == NULL || lacks_secret (engine, symbol))
    return injected_set (&engine->injected, symbol, taken, source, error);
  g_set_error (error, ENGINE_ERROR, ENGINE_ERROR_STATE, "'%s' can't be injected: the run has begun",
               symbol);
  return FALSE;
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
