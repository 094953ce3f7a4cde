/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/engine_state.h"
#include "engine/progress.h"
#include "engine/results.h"
#include "engine/runner.h"
#include "engine/tries.h"
#include "engine/watch.h"

#include <backflow/engine/engine.h>
#include <backflow/executors/serial.h>

#include <sys/random.h>

static char *
make_run_id (void)
{
  guint64 number = 0;

  /* The random numbers of the kernel: engines in several processes must not make the same id. */
  while (getrandom (&number, sizeof number, 0) != (ssize_t) sizeof number)
    continue;
  return g_strdup_printf ("%016" G_GINT64_MODIFIER "x", number);
}

static void
fill_setup (EngineSetup *setup, Flow *flow, const EngineOptions *options)
{
  setup->flow = flow_ref (flow);
  setup->run_id = options->run_id != NULL ? g_strdup (options->run_id) : make_run_id ();
  setup->definition = g_strdup (options->definition);
  setup->definition_path = g_strdup (options->definition_path);
  setup->directory = g_strdup (options->directory);
  setup->environment = g_strdupv ((char **) (guintptr) options->environment);
  setup->flags = options->flags;
}

/* Gives each part what it needs of the others. */
static void
init_parts (Engine *engine)
{
  injected_init (&engine->injected);
  engine->values.failed = g_array_new (FALSE, FALSE, sizeof (AttemptFailure));
  engine->values.core = &engine->core;
  engine->values.run = &engine->flights.run;
  engine->tries.values = &engine->values;
  engine->deadlines.core = &engine->core;
  engine->deadlines.clock = &engine->clock;
  engine->listeners.engine = engine;
  engine->listeners.run = engine->setup.run_id;
  engine->journal.core = &engine->core;
  engine->journal.values_of_run = &engine->values;
  engine->journal.listeners = &engine->listeners;
  engine->journal.statistics = &engine->statistics;
  engine->journal.clock = &engine->clock;
  progress_init (&engine->reports);
  engine->reports.core = &engine->core;
  engine->reports.journal = &engine->journal;
  engine->reports.listeners = &engine->listeners;
  atomic_init (&engine->flights.is_driven, 0);
  engine->flights.run.run_id = engine->setup.run_id;
  engine->flights.run.is_cancelled = &engine->asked.is_cancelled;
  engine->flights.run.cancel_fd = engine->asked.cancel_fd;
  engine->flights.run.environment = (const char *const *) engine->setup.environment;
}

Engine *
engine_new (Flow *flow, const EngineOptions *options)
{
  static const EngineOptions defaults = { 0 };
  Engine *engine;

  g_return_val_if_fail (flow != NULL, NULL);
  options = options != NULL ? options : &defaults;
  engine = g_new0 (Engine, 1);
  fill_setup (&engine->setup, flow, options);
  asked_init (&engine->asked);
  clock_init (&engine->clock, options->clock);
  init_parts (engine);
  flights_init (&engine->flights, options->executor != NULL ? executor_ref (options->executor)
                                                            : executor_new_serial ());
  engine->journal.storage = options->storage != NULL ? storage_ref (options->storage)
                                                     : storage_new_memory (STORAGE_MEMORY_CURRENT);
  return engine;
}

static void
clear_setup (EngineSetup *setup)
{
  flow_unref (setup->flow);
  diagnostics_free (setup->diagnostics);
  diagnostics_free (setup->compiled);
  g_strfreev (setup->environment);
  g_free (setup->definition);
  g_free (setup->definition_path);
  g_free (setup->directory);
  g_free (setup->run_id);
}

static void
free_run (Engine *engine)
{
  results_clear (&engine->values);
  g_array_unref (engine->values.failed);
  vector_clear (&engine->values.revert_failed);
  if (engine->plan != NULL)
    tries_forget (&engine->tries);
  deadline_forget (&engine->deadlines);
  progress_clear (&engine->reports);
  g_clear_pointer (&engine->metadata, g_hash_table_unref);
  flights_clear (&engine->flights);
  records_clear (&engine->journal);
  if (engine->plan != NULL)
    core_clear (&engine->core);
  plan_free (engine->plan);
}

void
engine_free (Engine *engine)
{
  if (engine == NULL)
    return;
  if (atomic_load (&engine->flights.is_driven) != 0)
    {
      /* A listener frees the engine that tells it: the driver does so when it leaves. */
      engine->flights.is_abandoned = TRUE;
      engine_suspend (engine);
      return;
    }
  runner_suspend (engine);
  watch_stop (engine->asked.watch);
  free_run (engine);
  listeners_clear (&engine->listeners);
  injected_clear (&engine->injected);
  asked_clear (&engine->asked);
  clear_setup (&engine->setup);
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

/* Whether the run was reset, and nothing of it was started since. */
static gboolean
begins_again (const Engine *engine)
{
  return engine->core.flow_state == FLOW_STATE_PENDING
         && engine->core.state == ENGINE_STATE_UNDEFINED
         && atomic_load (&engine->flights.is_driven) == 0;
}

/* A run that is there already has its new value in the journal before anything is started. */
static gboolean
record_input (Engine *engine, const char *symbol, GError **error)
{
  const Injected *injected = injected_find (&engine->injected, symbol);
  g_autoptr (GVariant) value = injected_dup_stored (injected);

  records_add (&engine->journal, STORAGE_RECORD_INPUT, PLAN_NO_NODE, 0, 0,
               g_variant_new ("(sv)", symbol, value));
  return records_append_added (&engine->journal, error);
}

gboolean
engine_inject_secret (Engine *engine, const char *symbol, GVariant *value, const char *source,
                      GError **error)
{
  g_autoptr (GVariant) taken = NULL;

  g_return_val_if_fail (engine != NULL && symbol != NULL && value != NULL, FALSE);
  taken = g_variant_ref_sink (value);
  if (engine->journal.run == NULL || lacks_secret (engine, symbol))
    return injected_set (&engine->injected, symbol, taken, source, error);
  if (begins_again (engine))
    return injected_set (&engine->injected, symbol, taken, source, error)
           && record_input (engine, symbol, error);
  g_set_error (error, ENGINE_ERROR, ENGINE_ERROR_STATE, "'%s' can't be injected: the run has begun",
               symbol);
  return FALSE;
}

const Diagnostics *
engine_get_diagnostics (Engine *engine)
{
  g_return_val_if_fail (engine != NULL, NULL);
  return engine->setup.diagnostics;
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
  return engine->setup.run_id;
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
