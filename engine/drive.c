/* SPDX-License-Identifier: Apache-2.0 */
/* Driving an engine: to the end, by single transitions, and back to the beginning. */
#include "engine/drive.h"
#include "engine/deadline.h"
#include "engine/duties.h"
#include "engine/engine_state.h"
#include "engine/prepare.h"
#include "engine/records.h"
#include "engine/results.h"
#include "engine/runner.h"
#include "engine/tries.h"

#include <backflow/engine/engine.h>

gboolean
drive_take (Engine *engine, GError **error)
{
  if (atomic_exchange (&engine->is_driven, 1) == 0)
    return TRUE;
  g_set_error_literal (error, ENGINE_ERROR, ENGINE_ERROR_BUSY, "somebody else drives this engine");
  return FALSE;
}

void
drive_leave (Engine *engine)
{
  atomic_store (&engine->is_driven, 0);
}

/* Makes the engine ready to go on; a REVERTED run begins again. */
static gboolean
prepare (Engine *engine, GError **error)
{
  return prepare_run (engine, error)
         && (engine->core.flow_state != FLOW_STATE_REVERTED || engine_reset (engine, error));
}

static gboolean
is_end (EngineState state)
{
  return state == ENGINE_STATE_SUCCESS || state == ENGINE_STATE_FAILURE
         || state == ENGINE_STATE_REVERTED || state == ENGINE_STATE_SUSPENDED;
}

/* Whether the run has ended for good: nothing is to be done any more. */
static gboolean
is_settled (const Engine *engine)
{
  return engine->plan != NULL && !engine->journal.has_failed
         && (engine->core.state == ENGINE_STATE_SUCCESS
             || engine->core.state == ENGINE_STATE_FAILURE);
}

/* Steps until the automaton is at an end. */
static gboolean
drive (Engine *engine, GError **error)
{
  gint64 since = g_get_monotonic_time ();
  gboolean is_fine = TRUE;

  do
    is_fine = runner_advance (engine, error);
  while (is_fine && !is_end (engine->core.state));
  asked_forget (&engine->asked);
  engine->statistics.active_us += g_get_monotonic_time () - since;
  return is_fine;
}

gboolean
engine_run (Engine *engine, FlowState *end, GError **error)
{
  gboolean is_fine;

  g_return_val_if_fail (engine != NULL, FALSE);
  if (!drive_take (engine, error))
    return FALSE;
  is_fine = is_settled (engine) || (prepare (engine, error) && drive (engine, error));
  if (is_fine && end != NULL)
    *end = engine->core.flow_state;
  drive_leave (engine);
  return is_fine;
}

/* One transition; GAME_OVER decides how it ended and is nothing to stop at. */
static gboolean
step_once (Engine *engine, GError **error)
{
  gboolean is_fine = runner_step (engine, error);

  if (is_fine && engine->core.state == ENGINE_STATE_GAME_OVER)
    is_fine = runner_step (engine, error);
  if (is_fine && is_end (engine->core.state))
    asked_forget (&engine->asked);
  return is_fine;
}

/* Whether the next step begins something: a run, or a run anew. */
static gboolean
is_at_start (const Engine *engine)
{
  return engine->plan == NULL || engine->journal.run == NULL || engine->flights.port == NULL
         || is_end (engine->core.state);
}

gboolean
engine_step (Engine *engine, EngineState *entered, GError **error)
{
  gboolean is_fine = TRUE;

  g_return_val_if_fail (engine != NULL, FALSE);
  if (!drive_take (engine, error))
    return FALSE;
  if (!is_settled (engine))
    is_fine = (!is_at_start (engine) || prepare (engine, error)) && step_once (engine, error);
  if (is_fine && entered != NULL)
    *entered = engine->core.state;
  drive_leave (engine);
  return is_fine;
}

gboolean
engine_reset (Engine *engine, GError **error)
{
  FlowState state = engine_get_state (engine);

  g_return_val_if_fail (engine != NULL, FALSE);
  if (!records_check (&engine->journal, error))
    return FALSE;
  if (state != FLOW_STATE_SUCCESS && state != FLOW_STATE_REVERTED)
    {
      g_set_error (error, ENGINE_ERROR, ENGINE_ERROR_STATE, "a run that is %s can't be reset",
                   flow_state_get_name (state));
      return FALSE;
    }
  core_reset (&engine->core);
  results_clear (&engine->values);
  tries_forget (&engine->tries);
  deadline_forget (&engine->deadlines);
  deadline_prepare (&engine->deadlines);
  if (!duties_perform (engine, error))
    {
      engine->journal.has_failed = TRUE;
      return FALSE;
    }
  return TRUE;
}
