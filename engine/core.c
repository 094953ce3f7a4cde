/* SPDX-License-Identifier: Apache-2.0 */
/* The automaton: one reaction per state, in the order of the table in transitions.h. */
#include "engine/core_private.h"

#include "engine/block.h"

static void
core_prepare (Core *core)
{
  const Plan *plan = core->plan;

  core->state = ENGINE_STATE_UNDEFINED;
  core->is_rolling_back = core->is_suspending = core->is_cancelled = core->is_stuck = FALSE;
  core->high = 0;
  core->failed.length = 0;
  ready_empty (&core->ready);
  for (guint32 node = 0; node < plan->n_nodes; node++)
    core->hold[node] = plan->predecessor_offsets[node + 1] - plan->predecessor_offsets[node];
}

void
core_init (Core *core, const Plan *plan, EngineFlags flags)
{
  *core = (Core){ .plan = plan, .flags = flags, .flow_state = FLOW_STATE_PENDING };
  core->states = block_new_array (guint8, plan->n_nodes);
  core->hold = block_new_array (guint32, plan->n_nodes);
  core->attempts = block_new_array (guint32, plan->n_nodes);
  ready_init (&core->ready, plan->n_nodes);
  core_prepare (core);
}

void
core_clear (Core *core)
{
  block_free_array (guint8, core->states, core->plan->n_nodes);
  block_free_array (guint32, core->hold, core->plan->n_nodes);
  block_free_array (guint32, core->attempts, core->plan->n_nodes);
  block_free_array (guint32, core->reverts, core->plan->n_nodes);
  ready_clear (&core->ready);
  vector_clear (&core->running);
  vector_clear (&core->failed);
  vector_clear (&core->stack);
  g_free (core->duties.records);
  g_free (core->duties.kinds);
}

static void
enter (Core *core, EngineEvent on)
{
  core->state = engine_state_next (core->state, on);
}

static void
on_undefined (Core *core)
{
  core_move_flow (core, FLOW_EVENT_START);
  enter (core, ENGINE_EVENT_START);
}

static void
on_resuming (Core *core)
{
  /* The outermost entry is passed once in a life; a run that goes on after SUSPENDED has its ready set still. */
  if (core->states[0] == ATOM_STATE_PENDING)
    {
      core->states[0] = ATOM_STATE_SUCCESS;
      core_release (core, 0);
    }
  enter (core, ENGINE_EVENT_SCHEDULE_NEXT);
}

/* Whether something that is ready may be started at all. */
static inline gboolean
may_schedule (const Core *core)
{
  return !core->is_suspending && !core->is_stuck && !ready_is_empty (&core->ready);
}

static void
on_scheduling (Core *core, guint capacity)
{
  if (may_schedule (core))
    while (core->running.length < capacity && core_start_next (core))
      continue;
  enter (core, ENGINE_EVENT_WAIT_FINISHED);
}

static void
on_waiting (Core *core, const CoreCompletion *completions, guint n_completions)
{
  for (guint i = 0; i < n_completions; i++)
    core_complete (core, &completions[i]);
  enter (core, ENGINE_EVENT_EXAMINE_FINISHED);
}

static void
on_analyzing (Core *core, guint capacity)
{
  if (may_schedule (core) && core->running.length < capacity)
    enter (core, ENGINE_EVENT_SCHEDULE_NEXT);
  else if (core->running.length > 0)
    enter (core, ENGINE_EVENT_WAIT_FINISHED);
  else
    enter (core, ENGINE_EVENT_COMPLETED);
}

static void
finish (Core *core, FlowEvent flow, EngineEvent on)
{
  core_move_flow (core, flow);
  enter (core, on);
}

static void
on_game_over (Core *core)
{
  if (core_get_n_settled (core) == core->plan->n_atoms && !core->is_rolling_back)
    finish (core, FLOW_EVENT_SUCCEED, ENGINE_EVENT_SUCCEEDED);
  else if (core->is_stuck)
    finish (core, FLOW_EVENT_FAIL, ENGINE_EVENT_FAILED);
  else if (core->is_suspending && !ready_is_empty (&core->ready))
    finish (core, FLOW_EVENT_SUSPENDED, ENGINE_EVENT_SUSPENDED);
  else if (core_get_n_effects (core) == 0)
    finish (core, FLOW_EVENT_UNDONE, ENGINE_EVENT_UNDONE);
  else
    finish (core, FLOW_EVENT_FAIL, ENGINE_EVENT_FAILED);
}

EngineState
core_step (Core *core, guint capacity, const CoreCompletion *completions, guint n_completions)
{
  switch (core->state)
    {
    case ENGINE_STATE_UNDEFINED:
      on_undefined (core);
      break;
    case ENGINE_STATE_RESUMING:
      on_resuming (core);
      break;
    case ENGINE_STATE_SCHEDULING:
      on_scheduling (core, capacity);
      break;
    case ENGINE_STATE_WAITING:
      on_waiting (core, completions, n_completions);
      break;
    case ENGINE_STATE_ANALYZING:
      on_analyzing (core, capacity);
      break;
    case ENGINE_STATE_GAME_OVER:
      on_game_over (core);
      break;
    case ENGINE_STATE_SUSPENDED:
      core->state = ENGINE_STATE_UNDEFINED;
      core->is_suspending = FALSE;
      on_undefined (core);
      break;
    case ENGINE_STATE_SUCCESS:
    case ENGINE_STATE_FAILURE:
    case ENGINE_STATE_REVERTED:
    case ENGINE_STATE_COUNT:
    default:
      g_assert_not_reached ();
    }
  return core->state;
}

EngineState
core_advance (Core *core, guint capacity, const CoreCompletion *completions, guint n_completions)
{
  do
    (void) core_step (core, capacity, completions, n_completions);
  while (core->state == ENGINE_STATE_ANALYZING || core->state == ENGINE_STATE_SCHEDULING
         || core->state == ENGINE_STATE_GAME_OVER);
  return core->state;
}

void
core_suspend (Core *core)
{
  if (core->flow_state != FLOW_STATE_RUNNING || core->is_suspending)
    return;
  core->is_suspending = TRUE;
  core_move_flow (core, FLOW_EVENT_SUSPEND);
}

void
core_cancel (Core *core)
{
  gboolean is_running = core->flow_state == FLOW_STATE_RUNNING || core->flow_state == FLOW_STATE_SUSPENDING;

  if (!is_running || core->is_cancelled)
    return;
  core->is_cancelled = TRUE;
  core->is_suspending = FALSE;
  core_roll_back (core);
  for (guint i = 0; i < core->running.length; i++)
    {
      guint32 node = core->running.items[i];

      if (core->states[node] == ATOM_STATE_RUNNING)
        core_add_duty (core, DUTY_CANCEL, (StorageRecord){ .atom = node });
    }
}

void
core_reset (Core *core)
{
  const Plan *plan = core->plan;

  g_assert (core->flow_state == FLOW_STATE_SUCCESS || core->flow_state == FLOW_STATE_REVERTED);
  core->is_rolling_back = FALSE;
  for (guint32 node = 0; node < plan->n_nodes; node++)
    if (!plan_is_atom (plan, node))
      core->states[node] = ATOM_STATE_PENDING;
    else if (core->states[node] != ATOM_STATE_PENDING)
      core_move (core, node, ATOM_EVENT_RESET, DUTY_MOVE);
  core_move_flow (core, FLOW_EVENT_RESET);
  core_prepare (core);
}
