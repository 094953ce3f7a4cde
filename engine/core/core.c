/* SPDX-License-Identifier: Apache-2.0 */
/* The automaton: one reaction per state, in the order of the table in transitions.h, and before
 * them the start of an attempt. The loop over a million atoms runs here, so what it calls for each
 * of them is inline (core_moves.h, core_release.h) or in this file. */
#include "engine/core/core.h"

#include "engine/core/core_release.h"
#include "engine/core/rollback.h"

#include "engine/plan/block.h"

#include <backflow/engine/core/verbs.h>

#include <string.h>

/* Notes that an attempt is in flight now. */
static inline void
note_running (Core *core, guint32 node)
{
  core->readiness.high = MAX (core->readiness.high, node);
  core_running_add (&core->running, node);
}

/* Starts the next revert, or the next try of a controller. Returns: whether there is perhaps
 * another one. */
static inline gboolean
undo_next (Core *core)
{
  guint32 rank = ready_pop_last (&core->readiness.undo);
  guint32 node;

  if (rank == READY_NONE)
    return FALSE;
  node = core_unrank (core, rank);
  if (G_UNLIKELY (!core_is_in_rollback (core, node)))
    {
      (void) core_try_again (core, node);
      return TRUE;
    }
  core->reverts[node]++;
  core_move_atom (core, node, ATOM_EVENT_UNDO, DUTY_START);
  note_running (core, node);
  return TRUE;
}

/* Starts the next ready atom, if there is one. Reverts come first, from the last defined to the
 * first. */
static inline gboolean
start_next (Core *core)
{
  guint32 rank;
  guint32 node;

  if (mode_is_undoing (&core->mode) && undo_next (core))
    return TRUE;
  rank = ready_pop_first (&core->readiness.ready);
  if (rank == READY_NONE)
    return FALSE;
  node = core_unrank (core, rank);
  core->attempts[node]++;
  core_move_atom (core, node, ATOM_EVENT_START, DUTY_START);
  note_running (core, node);
  return TRUE;
}

guint32
core_pass_on (Core *core, guint32 node, StorageRecord records[2])
{
  guint32 rank;

  g_assert (core->running.length == 1 && core->running.items[0] == node
            && !mode_is_rolling_back (&core->mode));
  records[0] = core_make_move (core, node, ATOM_EVENT_SUCCEED);
  core_release (core, node);
  rank = ready_pop_first (&core->readiness.ready);
  if (rank == READY_NONE)
    {
      core->running.length = 0;
      return PLAN_NO_NODE;
    }
  node = core_unrank (core, rank);
  core->attempts[node]++;
  records[1] = core_make_move (core, node, ATOM_EVENT_START);
  core->readiness.high = MAX (core->readiness.high, node);
  core->running.items[0] = node;
  return node;
}

static void
core_prepare (Core *core)
{
  const Plan *plan = core->plan;

  core->mode.n_flows = 0;
  core->readiness.is_watchful = plan->n_deciders > 0;
  core->readiness.high = 0;
  core_empty_timers (core);
  core_empty_leftovers (core);
  ready_empty (&core->readiness.ready);
  if (core->marks != NULL)
    {
      ready_empty (&core->readiness.undo);
      memset (core->marks, 0, plan->n_nodes);
    }
  for (guint32 node = 0; node < plan->n_nodes; node++)
    core->readiness.hold[node]
        = plan->predecessor_offsets[node + 1] - plan->predecessor_offsets[node];
}

void
core_init (Core *core, const Plan *plan, EngineFlags flags)
{
  *core = (Core){ .plan = plan, .mode = { .flags = flags }, .flow_state = FLOW_STATE_PENDING };
  core->states = block_new_array (guint8, plan->n_nodes);
  core->readiness.hold = block_new_array (guint32, plan->n_nodes);
  core->attempts = block_new_array (guint32, plan->n_nodes);
  ready_init (&core->readiness.ready, plan->n_nodes);
  core_prepare (core);
}

void
core_clear (Core *core)
{
  guint32 n_nodes = core->plan->n_nodes;

  block_free_array (guint8, core->states, n_nodes);
  block_free_array (guint8, core->marks, n_nodes);
  block_free_array (guint32, core->readiness.hold, n_nodes);
  block_free_array (guint32, core->attempts, n_nodes);
  block_free_array (guint32, core->reverts, n_nodes);
  ready_clear (&core->readiness.ready);
  if (core->marks != NULL)
    ready_clear (&core->readiness.undo);
  vector_clear (&core->running);
  node_index_clear (&core->running.index);
  vector_clear (&core->readiness.stack);
  vector_clear (&core->questions);
  vector_clear (&core->timers);
  node_index_clear (&core->timers.index);
  vector_clear (&core->leftovers);
  core_clear_duties (core);
  g_free (core->duties.records);
  g_free (core->duties.kinds);
}

/* The flow of a run whose former owner was interrupted is SUSPENDED first. */
static void
on_undefined (Core *core)
{
  FlowEvent on
      = core->mode.direction == DIRECTION_STATE_UNDOING ? FLOW_EVENT_UNDO : FLOW_EVENT_START;

  mode_move (&core->mode, MODE_EVENT_START);
  if (core->flow_state == FLOW_STATE_RUNNING || core->flow_state == FLOW_STATE_SUSPENDING)
    core_move_flow (core, FLOW_EVENT_INTERRUPT);
  if (core->flow_state == FLOW_STATE_RESUMING)
    core_move_flow (core, FLOW_EVENT_RESUME);
  core_move_flow (core, on);
  if (on == FLOW_EVENT_UNDO)
    mode_turn (&core->mode, DIRECTION_EVENT_START);
  core_enter (core, ENGINE_EVENT_START);
}

static void
on_resuming (Core *core)
{
  core_ask_leftovers (core, FALSE);
  /* The outermost entry is passed once in a life; a run that goes on after SUSPENDED has its ready
   * set still. */
  if (core->states[0] == ATOM_STATE_PENDING && !mode_is_rolling_back (&core->mode))
    {
      core_pass_through (core, 0);
      core_release (core, 0);
    }
  core_enter (core, ENGINE_EVENT_SCHEDULE_NEXT);
}

/* Whether something is left to be started that waits for nothing. */
static inline gboolean
has_work (const Core *core)
{
  return !ready_is_empty (&core->readiness.ready)
         || G_UNLIKELY (mode_is_undoing (&core->mode) && !ready_is_empty (&core->readiness.undo))
         || G_UNLIKELY (core->leftovers.length > 0 && core_has_known_leftover (core));
}

/* Whether something that is ready may be started at all. */
static inline gboolean
may_schedule (const Core *core)
{
  return !mode_is_suspending (&core->mode) && !mode_is_stuck (&core->mode) && has_work (core);
}

static inline void
on_scheduling (Core *core, guint capacity)
{
  if (may_schedule (core))
    {
      if (G_UNLIKELY (core->leftovers.length > 0))
        core_start_leftovers (core, capacity);
      while (core->running.length < capacity && start_next (core))
        continue;
    }
  core_enter (core, ENGINE_EVENT_WAIT_FINISHED);
}

static inline void
on_waiting (Core *core, const CoreCompletion *completions, guint n_completions)
{
  for (guint i = 0; i < n_completions; i++)
    core_complete (core, &completions[i]);
  core_enter (core, ENGINE_EVENT_EXAMINE_FINISHED);
}

static inline void
on_analyzing (Core *core, guint capacity)
{
  if (core->running.length < capacity && may_schedule (core))
    core_enter (core, ENGINE_EVENT_SCHEDULE_NEXT);
  else if (core->running.length > 0 || G_UNLIKELY (core_get_due (core) != G_MAXINT64))
    core_enter (core, ENGINE_EVENT_WAIT_FINISHED);
  else
    core_enter (core, ENGINE_EVENT_COMPLETED);
}

static void
finish (Core *core, FlowEvent flow, EngineEvent on)
{
  core_move_flow (core, flow);
  core_enter (core, on);
}

static void
on_game_over (Core *core)
{
  gboolean is_left = has_work (core) || core->timers.length > 0 || core->leftovers.length > 0;

  if (core_get_n_settled (core) == core->plan->n_atoms && !mode_is_undoing (&core->mode))
    finish (core, FLOW_EVENT_SUCCEED, ENGINE_EVENT_SUCCEEDED);
  else if (mode_is_suspending (&core->mode) && is_left && !mode_is_stuck (&core->mode))
    finish (core, FLOW_EVENT_SUSPENDED, ENGINE_EVENT_SUSPENDED);
  else if (core_get_n_effects (core) == 0)
    finish (core, FLOW_EVENT_UNDONE, ENGINE_EVENT_UNDONE);
  else
    finish (core, FLOW_EVENT_FAIL, ENGINE_EVENT_FAILED);
}

static inline void
step (Core *core, guint capacity, const CoreCompletion *completions, guint n_completions)
{
  switch (core->state)
    {
    case ENGINE_STATE_UNDEFINED:
    case ENGINE_STATE_SUSPENDED:
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
    case ENGINE_STATE_SUCCESS:
    case ENGINE_STATE_FAILURE:
    case ENGINE_STATE_REVERTED:
    case ENGINE_STATE_COUNT:
    default:
      g_assert_not_reached ();
    }
}

EngineState
core_step (Core *core, guint capacity, const CoreCompletion *completions, guint n_completions)
{
  step (core, capacity, completions, n_completions);
  return core->state;
}

EngineState
core_advance (Core *core, guint capacity, const CoreCompletion *completions, guint n_completions)
{
  do
    step (core, capacity, completions, n_completions);
  while ((core->state == ENGINE_STATE_ANALYZING || core->state == ENGINE_STATE_SCHEDULING
          || core->state == ENGINE_STATE_GAME_OVER)
         && core->questions.length == 0);
  return core->state;
}

void
core_reset (Core *core)
{
  const Plan *plan = core->plan;

  g_assert (verbs_can_ask (RUN_VERB_RESET, core->flow_state));
  mode_turn (&core->mode, DIRECTION_EVENT_RESET);
  mode_move (&core->mode, MODE_EVENT_RESET);
  core_enter (core, ENGINE_EVENT_RESET);
  core->mode.n_flows = 0;
  if (core->marks != NULL)
    memset (core->marks, 0, plan->n_nodes);
  for (guint32 node = 0; node < plan->n_nodes; node++)
    if (!plan_is_atom (plan, node))
      core_unpass (core, node);
    else if (core->states[node] != ATOM_STATE_PENDING)
      core_move_atom (core, node, ATOM_EVENT_RESET, DUTY_MOVE);
  core_move_flow (core, FLOW_EVENT_RESET);
  core_prepare (core);
}
