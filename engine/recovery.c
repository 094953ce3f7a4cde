/* SPDX-License-Identifier: Apache-2.0 */
/* What people say of a run that can't go on by itself: what to make of an atom, or that a finished
 * run is to be undone. */
#include "atoms/retry_history.h"
#include "engine/attempts.h"
#include "engine/binding.h"
#include "engine/drive.h"
#include "engine/duties.h"
#include "engine/engine_state.h"
#include "engine/leftovers.h"
#include "engine/prepare.h"
#include "engine/records.h"
#include "engine/results.h"
#include "engine/tries.h"

#include <backflow/engine/core/verbs.h>
#include <backflow/engine/engine.h>
#include <backflow/engine/recovery.h>
#include <backflow/values/value.h>

static gboolean
refuse (GError **error, const char *atom, AtomState state, StorageResolution resolution)
{
  static const char *const names[] = { "tried again", "called reverted", "skipped", "called done" };

  g_set_error (error, ENGINE_ERROR, ENGINE_ERROR_STATE, "'%s' is %s and can't be %s", atom,
               atom_state_get_name (state), names[resolution]);
  return FALSE;
}

/* Makes durable what was said, and what follows from it. */
static gboolean
settle (Engine *engine, GError **error)
{
  /* What is asked meanwhile is answered when the run goes on: secrets may not be known before. */
  if (duties_perform (engine, error))
    return TRUE;
  engine->journal.has_failed = TRUE;
  return FALSE;
}

static void
keep_resolution (Engine *engine, guint32 node, StorageResolution resolution, GVariant *result,
                 const char *reason)
{
  AtomState state = (AtomState) engine->core.states[node];

  records_add (
      &engine->journal, STORAGE_RECORD_RESOLUTION, node, (guint8) resolution, 0,
      g_variant_new ("(s@mv)", reason != NULL ? reason : "",
                     g_variant_new_maybe (G_VARIANT_TYPE_VARIANT,
                                          result != NULL ? g_variant_new_variant (result) : NULL)));
  tries_forget_revert (&engine->tries, node);
  if (resolution == STORAGE_RESOLUTION_DONE && state == ATOM_STATE_RUNNING)
    {
      results_set_result (&engine->values, node, result != NULL ? g_variant_ref (result) : NULL);
      if (engine->plan->kinds[node] == PLAN_NODE_RETRY)
        retry_history_begin (tries_get_history (&engine->tries, node), result);
    }
  else if (resolution == STORAGE_RESOLUTION_SKIP && state == ATOM_STATE_RUNNING)
    results_set_failure (
        &engine->values, node,
        failure_new_printf ("interrupted", "interrupted, and not counted on any more: %s",
                            reason != NULL && *reason != '\0' ? reason : "no reason was given"));
}

/* Whether the engine stands still where something may be said about its run. */
static gboolean
check_rests (Engine *engine, GError **error)
{
  EngineState state = engine->plan != NULL ? engine->core.state : ENGINE_STATE_RESUMING;

  if (engine->journal.run != NULL
      && (state == ENGINE_STATE_UNDEFINED || state == ENGINE_STATE_FAILURE
          || state == ENGINE_STATE_SUSPENDED || state == ENGINE_STATE_SUCCESS))
    return TRUE;
  g_set_error (error, ENGINE_ERROR, ENGINE_ERROR_STATE, "nothing can be said of a run that is %s",
               flow_state_get_name (engine_get_state (engine)));
  return FALSE;
}

/* Who is called done has what it is to provide. */
static gboolean
check_result (const Engine *engine, guint32 node, const char *atom, GVariant *result,
              GError **error)
{
  g_autoptr (Failure) lack = results_find_lack (plan_atom (engine->plan, node), result);

  if (lack == NULL)
    return TRUE;
  g_set_error (error, ENGINE_ERROR, ENGINE_ERROR_STATE, "'%s' can't be called done: %s", atom,
               failure_get_message (lack));
  return FALSE;
}

/* Whatever is said of an interrupted attempt, nothing of it may go on. */
static gboolean
end_leftovers (Engine *engine, guint32 node, const char *atom, GError **error)
{
  g_autoptr (Failure) failure = NULL;

  if (core_is_left (&engine->core, node))
    failure = leftovers_end (engine, node);
  if (failure == NULL)
    return TRUE;
  g_set_error (error, ENGINE_ERROR, ENGINE_ERROR_STATE, "'%s': %s", atom,
               failure_get_message (failure));
  return FALSE;
}

/* Runs a probe while nothing else runs. Returns: whether that is possible: what it takes may not be
 * known. */
static gboolean
run_probe (Engine *engine, Attempt *attempt)
{
  g_autoptr (Failure) lack = NULL;

  if (!prepare_run (engine, NULL))
    return FALSE;
  lack = engine->plan->argument_offsets != NULL ? binding_fill (engine, attempt) : NULL;
  if (lack != NULL)
    return FALSE;
  port_submit (engine->flights.port, &attempt, 1);
  while (port_collect (engine->flights.port, &attempt, 1, G_MAXINT64) == 0)
    continue;
  return TRUE;
}

/* Asks the probe of `node`, which does nothing else now, what is in the world, and records it.
 * UNKNOWN without one. */
static StorageProbe
ask_probe (Engine *engine, guint32 node)
{
  StorageProbe said = STORAGE_PROBE_UNKNOWN;
  Attempt *attempt;

  if (!atom_has_probe (plan_atom (engine->plan, node)))
    return said;
  attempt = attempts_take_probe (engine, node);
  if (run_probe (engine, attempt))
    said = records_add_probe (&engine->journal, attempt);
  attempts_give_back (engine, attempt);
  return said;
}

/* What is said of an atom is not believed when its probe finds otherwise; that is kept. */
static gboolean
check_probe (Engine *engine, guint32 node, const char *atom, StorageResolution resolution,
             GError **error)
{
  StorageProbe found = STORAGE_PROBE_UNKNOWN;

  if (resolution == STORAGE_RESOLUTION_REVERTED || resolution == STORAGE_RESOLUTION_DONE)
    found = ask_probe (engine, node);
  if (resolution == STORAGE_RESOLUTION_REVERTED && found == STORAGE_PROBE_PRESENT)
    g_set_error (error, ENGINE_ERROR, ENGINE_ERROR_STATE,
                 "'%s' can't be called reverted: its probe still finds it in the world; remove it, "
                 "or skip it to leave it there",
                 atom);
  else if (resolution == STORAGE_RESOLUTION_DONE && found == STORAGE_PROBE_ABSENT)
    g_set_error (error, ENGINE_ERROR, ENGINE_ERROR_STATE,
                 "'%s' can't be called done: its probe does not find it in the world", atom);
  else
    return TRUE;
  (void) records_append_added (&engine->journal, NULL);
  return FALSE;
}

static gboolean
resolve (Engine *engine, guint32 node, const char *atom, StorageResolution resolution,
         GVariant *result, const char *reason, GError **error)
{
  AtomState state = (AtomState) engine->core.states[node];

  if (!core_can_resolve (&engine->core, node, resolution))
    return refuse (error, atom, state, resolution);
  if ((resolution == STORAGE_RESOLUTION_DONE && !check_result (engine, node, atom, result, error))
      || !end_leftovers (engine, node, atom, error)
      || !check_probe (engine, node, atom, resolution, error))
    return FALSE;
  keep_resolution (engine, node, resolution, result, reason);
  if (!core_resolve (&engine->core, node, resolution))
    return refuse (error, atom, state, resolution);
  return settle (engine, error);
}

gboolean
engine_resolve (Engine *engine, const char *atom, StorageResolution resolution, GVariant *result,
                const char *reason, GError **error)
{
  g_autoptr (GVariant) taken = result != NULL ? g_variant_ref_sink (result) : NULL;
  g_autoptr (GVariant) normal = NULL;
  guint32 node;
  gboolean is_fine = FALSE;

  g_return_val_if_fail (engine != NULL && atom != NULL && resolution < STORAGE_RESOLUTION_COUNT,
                        FALSE);
  if (taken != NULL && (normal = value_normalize (taken, error)) == NULL)
    return FALSE;
  if (!drive_take (engine, error))
    return FALSE;
  node = engine->plan != NULL ? plan_find_atom (engine->plan, atom) : PLAN_NO_NODE;
  if (node == PLAN_NO_NODE)
    g_set_error (error, ENGINE_ERROR, ENGINE_ERROR_STATE, "there is no atom named '%s'", atom);
  else if (records_check (&engine->journal, error) && check_rests (engine, error))
    is_fine = resolve (engine, node, atom, resolution, normal, reason, error);
  drive_leave (engine);
  return is_fine;
}

gboolean
engine_undo (Engine *engine, const char *reason, GError **error)
{
  FlowState state;
  gboolean is_fine = FALSE;

  g_return_val_if_fail (engine != NULL, FALSE);
  if (!drive_take (engine, error))
    return FALSE;
  state = engine_get_state (engine);
  if (records_check (&engine->journal, error) && check_rests (engine, error))
    {
      if (!verbs_can_ask (RUN_VERB_UNDO, state))
        g_set_error (error, ENGINE_ERROR, ENGINE_ERROR_STATE, "a run that is %s can't be undone",
                     flow_state_get_name (state));
      else
        {
          records_add (&engine->journal, STORAGE_RECORD_REQUEST, PLAN_NO_NODE, STORAGE_REQUEST_UNDO,
                       0, reason != NULL ? g_variant_new_string (reason) : NULL);
          tries_forget_reverts (&engine->tries);
          core_undo (&engine->core);
          is_fine = settle (engine, error);
        }
    }
  drive_leave (engine);
  return is_fine;
}

char **
engine_dup_unknown_atoms (Engine *engine)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  g_return_val_if_fail (engine != NULL, NULL);
  for (guint i = 0; engine->plan != NULL && i < engine->core.leftovers.length; i++)
    g_ptr_array_add (
        names, g_strdup (plan_atom (engine->plan, engine->core.leftovers.items[i].node)->name));
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}
