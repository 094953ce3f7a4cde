/* SPDX-License-Identifier: Apache-2.0 */
/* The automaton: one reaction per state, in the order of the table in transitions.h, and before
 * them the start of an attempt. The loop over a million atoms runs here, so what it calls for each
 * of them is inline (core_moves.h, core_release.h) or in this file. */
#include "engine/core/core.h"

#include "engine/core/core_release.h"
#include "engine/core/rollback.h"

#include "engine/plan/block.h"

#include <string.h>

/* Notes that an attempt is in flight now. */
static inline void
note_running (Core *core, guint32 node)
{
  core->high = MAX (core->high, node);
  vector_push (&core->running, node);
}

/* Starts the next revert, or the next try of a controller. Returns: whether there is perhaps
 * another one. */
static inline gboolean
undo_next (Core *core)
{
  guint32 rank = ready_pop_last (&core->undo);
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

  if (core->is_undoing && undo_next (core))
    return TRUE;
  rank = ready_pop_first (&core->ready);
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

  g_assert (core->running.length == 1 && core->running.items[0] == node && !core->is_rolling_back);
  records[0] = core_make_move (core, node, ATOM_EVENT_SUCCEED);
  core_release (core, node);
  rank = ready_pop_first (&core->ready);
  if (rank == READY_NONE)
    {
      core->running.length = 0;
      return PLAN_NO_NODE;
    }
  node = core_unrank (core, rank);
  core->attempts[node]++;
  records[1] = core_make_move (core, node, ATOM_EVENT_START);
  core->high = MAX (core->high, node);
  core->running.items[0] = node;
  return node;
}

static void
core_prepare (Core *core)
{
  const Plan *plan = core->plan;

  core->state = ENGINE_STATE_UNDEFINED;
  core->is_undoing = core->is_rolling_back = core->is_suspending = core->is_cancelled
      = core->is_stuck = FALSE;
  core->is_watchful = plan->n_deciders > 0;
  core->n_undone = 0;
  core->high = 0;
  core->timers.length = 0;
  core->leftovers.length = 0;
  ready_empty (&core->ready);
  if (core->marks != NULL)
    {
      ready_empty (&core->undo);
      memset (core->marks, 0, plan->n_nodes);
    }
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
  guint32 n_nodes = core->plan->n_nodes;

  block_free_array (guint8, core->states, n_nodes);
  block_free_array (guint8, core->marks, n_nodes);
  block_free_array (guint32, core->hold, n_nodes);
  block_free_array (guint32, core->attempts, n_nodes);
  block_free_array (guint32, core->reverts, n_nodes);
  ready_clear (&core->ready);
  if (core->marks != NULL)
    ready_clear (&core->undo);
  vector_clear (&core->running);
  vector_clear (&core->stack);
  vector_clear (&core->questions);
  vector_clear (&core->timers);
  vector_clear (&core->leftovers);
  core_clear_duties (core);
  g_free (core->duties.records);
  g_free (core->duties.kinds);
}

static inline void
enter (Core *core, EngineEvent on)
{
  core->state = engine_state_next (core->state, on);
}

/* A run that somebody else drove, and that did not come to an end, is first put into order. */
static void
on_undefined (Core *core)
{
  core->is_suspending = core->is_cancelled = FALSE;
  if (core->flow_state == FLOW_STATE_RUNNING || core->flow_state == FLOW_STATE_SUSPENDING)
    core_move_flow (core, FLOW_EVENT_INTERRUPT);
  if (core->flow_state == FLOW_STATE_RESUMING)
    core_move_flow (core, FLOW_EVENT_RESUME);
  core_move_flow (core, core->is_undone_anew ? FLOW_EVENT_UNDO : FLOW_EVENT_START);
  core->is_undone_anew = FALSE;
  enter (core, ENGINE_EVENT_START);
}

static void
on_resuming (Core *core)
{
  core_ask_leftovers (core, FALSE);
  /* The outermost entry is passed once in a life; a run that goes on after SUSPENDED has its ready
   * set still. */
  if (core->states[0] == ATOM_STATE_PENDING && !core->is_rolling_back)
    {
      core->states[0] = ATOM_STATE_SUCCESS;
      core_release (core, 0);
    }
  enter (core, ENGINE_EVENT_SCHEDULE_NEXT);
}

/* Whether something is left to be started that waits for nothing. */
static inline gboolean
has_work (const Core *core)
{
  return !ready_is_empty (&core->ready)
         || G_UNLIKELY (core->is_undoing && !ready_is_empty (&core->undo))
         || G_UNLIKELY (core->leftovers.length > 0 && core_has_known_leftover (core));
}

/* Whether something that is ready may be started at all. */
static inline gboolean
may_schedule (const Core *core)
{
  return !core->is_suspending && !core->is_stuck && has_work (core);
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
  enter (core, ENGINE_EVENT_WAIT_FINISHED);
}

static inline void
on_waiting (Core *core, const CoreCompletion *completions, guint n_completions)
{
  for (guint i = 0; i < n_completions; i++)
    core_complete (core, &completions[i]);
  enter (core, ENGINE_EVENT_EXAMINE_FINISHED);
}

static inline void
on_analyzing (Core *core, guint capacity)
{
  if (core->running.length < capacity && may_schedule (core))
    enter (core, ENGINE_EVENT_SCHEDULE_NEXT);
  else if (core->running.length > 0 || G_UNLIKELY (core_get_due (core) != G_MAXINT64))
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
  gboolean is_left = has_work (core) || core->timers.length > 0 || core->leftovers.length > 0;

  if (core_get_n_settled (core) == core->plan->n_atoms && !core->is_undoing)
    finish (core, FLOW_EVENT_SUCCEED, ENGINE_EVENT_SUCCEEDED);
  else if (core->is_suspending && is_left && !core->is_stuck)
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
      on_undefined (core);
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

  g_assert (core->flow_state == FLOW_STATE_SUCCESS || core->flow_state == FLOW_STATE_REVERTED);
  core->is_undoing = core->is_rolling_back = FALSE;
  if (core->marks != NULL)
    memset (core->marks, 0, plan->n_nodes);
  for (guint32 node = 0; node < plan->n_nodes; node++)
    if (!plan_is_atom (plan, node))
      core->states[node] = ATOM_STATE_PENDING;
    else if (core->states[node] != ATOM_STATE_PENDING)
      core_move_atom (core, node, ATOM_EVENT_RESET, DUTY_MOVE);
  core_move_flow (core, FLOW_EVENT_RESET);
  core_prepare (core);
}
