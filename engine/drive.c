/* SPDX-License-Identifier: Apache-2.0 */
/* Driving an engine: to the end, by single transitions, and back to the beginning. */
#include "engine/engine_private.h"

#include <unistd.h>

gboolean
engine_take_drive (Engine *engine, GError **error)
{
  if (atomic_exchange (&engine->is_driven, 1) == 0)
    return TRUE;
  g_set_error_literal (error, ENGINE_ERROR, ENGINE_ERROR_BUSY, "somebody else drives this engine");
  return FALSE;
}

void
engine_leave_drive (Engine *engine)
{
  atomic_store (&engine->is_driven, 0);
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
  return engine->plan != NULL && !engine->has_failed_store
         && (engine->core.state == ENGINE_STATE_SUCCESS
             || engine->core.state == ENGINE_STATE_FAILURE);
}

/* Forgets what was asked for and came too late, and that the run was cancelled. */
static void
forget_requests (Engine *engine)
{
  guint64 count;

  atomic_store (&engine->requests, 0);
  for (int request = 0; request < STORAGE_REQUEST_COUNT; request++)
    g_free (engine_steal_reason (engine, (StorageRequest) request));
  atomic_store (&engine->is_cancelled, 0);
  if (engine->attempt_run.cancel_fd > 0)
    (void) !read (engine->attempt_run.cancel_fd, &count, sizeof count);
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
  forget_requests (engine);
  engine->statistics.active_us += g_get_monotonic_time () - since;
  return is_fine;
}

gboolean
engine_run (Engine *engine, FlowState *end, GError **error)
{
  gboolean is_fine;

  g_return_val_if_fail (engine != NULL, FALSE);
  if (!engine_take_drive (engine, error))
    return FALSE;
  is_fine = is_settled (engine) || (engine_prepare (engine, error) && drive (engine, error));
  if (is_fine && end != NULL)
    *end = engine->core.flow_state;
  engine_leave_drive (engine);
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
    forget_requests (engine);
  return is_fine;
}

/* Whether the next step begins something: a run, or a run anew. */
static gboolean
is_at_start (const Engine *engine)
{
  return engine->plan == NULL || engine->run == NULL || engine->port == NULL
         || is_end (engine->core.state);
}

gboolean
engine_step (Engine *engine, EngineState *entered, GError **error)
{
  gboolean is_fine = TRUE;

  g_return_val_if_fail (engine != NULL, FALSE);
  if (!engine_take_drive (engine, error))
    return FALSE;
  if (!is_settled (engine))
    is_fine
        = (!is_at_start (engine) || engine_prepare (engine, error)) && step_once (engine, error);
  if (is_fine && entered != NULL)
    *entered = engine->core.state;
  engine_leave_drive (engine);
  return is_fine;
}

gboolean
engine_reset (Engine *engine, GError **error)
{
  FlowState state = engine_get_state (engine);

  g_return_val_if_fail (engine != NULL, FALSE);
  if (!engine_check_store (engine, error))
    return FALSE;
  if (state != FLOW_STATE_SUCCESS && state != FLOW_STATE_REVERTED)
    {
      g_set_error (error, ENGINE_ERROR, ENGINE_ERROR_STATE, "a run that is %s can't be reset",
                   flow_state_get_name (state));
      return FALSE;
    }
  core_reset (&engine->core);
  results_clear (engine);
  policy_forget (engine);
  deadline_prepare (engine);
  if (!duties_perform (engine, error))
    {
      engine->has_failed_store = TRUE;
      return FALSE;
    }
  return TRUE;
}
