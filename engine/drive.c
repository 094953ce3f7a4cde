/* SPDX-License-Identifier: Apache-2.0 */
/* Driving an engine: to the end, by single transitions, and back to the beginning. */
#include "engine/drive.h"
#include "engine/deadline.h"
#include "engine/duties.h"
#include "engine/engine_state.h"
#include "engine/metadata_private.h"
#include "engine/prepare.h"
#include "engine/progress.h"
#include "engine/records.h"
#include "engine/results.h"
#include "engine/runner.h"
#include "engine/tries.h"

#include <backflow/engine/core/verbs.h>
#include <backflow/engine/engine.h>

gboolean
drive_take (Engine *engine, GError **error)
{
  if (atomic_exchange (&engine->flights.is_driven, 1) == 0)
    return TRUE;
  g_set_error_literal (error, ENGINE_ERROR, ENGINE_ERROR_BUSY, "somebody else drives this engine");
  return FALSE;
}

void
drive_leave (Engine *engine)
{
  atomic_store (&engine->flights.is_driven, 0);
  if (engine->flights.is_abandoned)
    engine_free (engine);
}

/* Forgets what this life knows of the run, and records that it begins again. */
static gboolean
reset (Engine *engine, GError **error)
{
  core_reset (&engine->core);
  results_clear (&engine->values);
  tries_forget (&engine->tries);
  deadline_forget (&engine->deadlines);
  deadline_prepare (&engine->deadlines);
  metadata_forget_atoms (engine);
  progress_forget (&engine->reports);
  if (duties_perform (engine, error))
    return TRUE;
  engine->journal.has_failed = TRUE;
  return FALSE;
}

/* Makes the engine ready to go on; a REVERTED run begins again. */
static gboolean
prepare (Engine *engine, GError **error)
{
  return prepare_run (engine, error)
         && (engine->core.flow_state != FLOW_STATE_REVERTED || reset (engine, error));
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
  gint64 since = clock_get_monotonic (&engine->clock);
  gboolean is_fine = TRUE;

  do
    is_fine = runner_advance (engine, error);
  while (is_fine && !runner_is_end (engine->core.state));
  asked_forget (&engine->asked);
  engine->statistics.active_us += clock_get_monotonic (&engine->clock) - since;
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
  if (is_fine && runner_is_end (engine->core.state))
    asked_forget (&engine->asked);
  return is_fine;
}

/* Whether the next step begins something: a run, or a run anew. */
static gboolean
is_at_start (const Engine *engine)
{
  return engine->plan == NULL || engine->journal.run == NULL || engine->flights.port == NULL
         || runner_is_end (engine->core.state);
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

/* Whether a run may be reset: it has ended, and nothing of it waits to be undone. */
static gboolean
check_reset (Engine *engine, GError **error)
{
  FlowState state = engine_get_state (engine);

  if (!records_check (&engine->journal, error))
    return FALSE;
  if (!verbs_can_ask (RUN_VERB_RESET, state))
    g_set_error (error, ENGINE_ERROR, ENGINE_ERROR_STATE, "a run that is %s can't be reset",
                 flow_state_get_name (state));
  else if (engine->core.state == ENGINE_STATE_UNDEFINED)
    g_set_error_literal (error, ENGINE_ERROR, ENGINE_ERROR_STATE,
                         "a run that is to be undone can't be reset");
  else
    return TRUE;
  return FALSE;
}

gboolean
engine_reset (Engine *engine, GError **error)
{
  gboolean is_fine;

  g_return_val_if_fail (engine != NULL, FALSE);
  if (!drive_take (engine, error))
    return FALSE;
  is_fine = check_reset (engine, error) && reset (engine, error);
  drive_leave (engine);
  return is_fine;
}

gboolean
engine_run_flow (Flow *flow, const EngineOptions *options, FlowState *end, GError **error)
{
  g_autoptr (Engine) engine = NULL;

  g_return_val_if_fail (flow != NULL, FALSE);
  engine = engine_new (flow, options);
  return engine_run (engine, end, error);
}
