/* SPDX-License-Identifier: Apache-2.0 */
/* The only place that changes a state; and execution: what is ready, what starts, what has ended. */
#include "engine/core_private.h"

static inline void
add_duty (Core *core, Duty duty)
{
  g_array_append_val (core->duties, duty);
}

/* Keeps the counts that the end of the run is decided by. */
static void
count_move (Core *core, AtomState from, AtomState to)
{
  core->n_effects += (guint32) core_is_loud (to) - (guint32) core_is_loud (from);
  core->n_settled += (guint32) (to == ATOM_STATE_SUCCESS || to == ATOM_STATE_IGNORE)
                     - (guint32) (from == ATOM_STATE_SUCCESS || from == ATOM_STATE_IGNORE);
  core->n_revert_failed += (guint32) (to == ATOM_STATE_REVERT_FAILURE) - (guint32) (from == ATOM_STATE_REVERT_FAILURE);
}

void
core_move (Core *core, guint32 node, AtomEvent on, DutyKind duty)
{
  AtomState from = (AtomState) core->states[node];
  AtomState to = atom_state_next (from, on);
  gboolean reverts = from == ATOM_STATE_REVERTING || to == ATOM_STATE_REVERTING;

  g_assert (to != ATOM_STATE_COUNT);
  core->states[node] = (guint8) to;
  count_move (core, from, to);
  add_duty (core, (Duty){ .kind = (guint8) duty,
                          .from = (guint8) from,
                          .to = (guint8) to,
                          .intention = (guint8) core_get_intention (core, node),
                          .node = node,
                          .attempt = reverts ? core->reverts[node] : core->attempts[node] });
}

void
core_move_flow (Core *core, FlowEvent on)
{
  FlowState from = core->flow_state;
  FlowState to = flow_state_next (from, on);

  g_assert (to != FLOW_STATE_COUNT);
  core->flow_state = to;
  add_duty (core, (Duty){ .kind = DUTY_FLOW, .from = (guint8) from, .to = (guint8) to, .node = 0 });
}

/* Counts `node` off at its successors; entries and ends that are passed by that go onto the stack. */
static inline void
release_one (Core *core, guint32 node)
{
  const Plan *plan = core->plan;
  const guint32 *successor = plan->successors + plan->successor_offsets[node];
  const guint32 *end = plan->successors + plan->successor_offsets[node + 1];

  for (; successor < end; successor++)
    {
      if (--core->hold[*successor] > 0)
        continue;
      if (plan_is_atom (plan, *successor))
        {
          ready_insert (&core->ready, core_rank (core, *successor));
          continue;
        }
      core->states[*successor] = ATOM_STATE_SUCCESS;
      g_array_append_val (core->stack, *successor);
    }
}

void
core_release (Core *core, guint32 node)
{
  release_one (core, node);
  while (core->stack->len > 0)
    {
      node = g_array_index (core->stack, guint32, core->stack->len - 1);
      core->stack->len--;
      release_one (core, node);
    }
}

gboolean
core_start_next (Core *core)
{
  guint32 rank = core->is_rolling_back ? ready_pop_last (&core->ready) : ready_pop_first (&core->ready);
  guint32 node;

  if (rank == READY_NONE)
    return FALSE;
  node = core_unrank (core, rank);
  if (core->is_rolling_back)
    core->reverts[node]++;
  else
    core->attempts[node]++;
  core_move (core, node, core->is_rolling_back ? ATOM_EVENT_UNDO : ATOM_EVENT_START, DUTY_START);
  core->high = MAX (core->high, node);
  g_array_append_val (core->running, node);
  return TRUE;
}

/* Takes a node out of those that run. */
static void
forget_running (Core *core, guint32 node)
{
  guint at = 0;

  while (g_array_index (core->running, guint32, at) != node)
    at++;
  g_array_remove_index_fast (core->running, at);
}

gboolean
core_may_start (const Core *core, guint32 node)
{
  if (core->is_suspending)
    return FALSE;
  return core->states[node] == ATOM_STATE_REVERTING || !core->is_rolling_back;
}

void
core_take_back (Core *core, guint32 node)
{
  gboolean has_failed = FALSE;

  forget_running (core, node);
  if (core->states[node] == ATOM_STATE_RUNNING)
    {
      core_move (core, node, ATOM_EVENT_WITHDRAW, DUTY_TAKE_BACK);
      core->attempts[node]--;
      if (core->is_rolling_back)
        core_quiet (core, node);
      else
        ready_insert (&core->ready, core_rank (core, node));
      return;
    }
  for (guint i = 0; i < core->failed->len; i++)
    has_failed |= g_array_index (core->failed, guint32, i) == node;
  core_move (core, node, has_failed ? ATOM_EVENT_KEEP_FAILURE : ATOM_EVENT_KEEP, DUTY_TAKE_BACK);
  core->reverts[node]--;
  ready_insert (&core->ready, core_rank (core, node));
}

static void
complete_execute (Core *core, guint32 node, CoreOutcome outcome)
{
  if (outcome == CORE_OUTCOME_SUCCESS)
    {
      core_move (core, node, ATOM_EVENT_SUCCEED, DUTY_MOVE);
      if (core->is_rolling_back)
        core_join_rollback (core, node);
      else
        core_release (core, node);
      return;
    }
  core_move (core, node, ATOM_EVENT_FAIL, DUTY_MOVE);
  g_array_append_val (core->failed, node);
  if ((core->flags & ENGINE_FLAGS_NEVER_RESOLVE) != 0)
    core->is_stuck = TRUE;
  else if (core->is_rolling_back)
    core_join_rollback (core, node);
  else
    core_roll_back (core);
}

void
core_complete (Core *core, const CoreCompletion *completion)
{
  guint32 node = completion->node;

  if (completion->outcome == CORE_OUTCOME_NOT_STARTED)
    {
      core_take_back (core, node);
      return;
    }
  forget_running (core, node);
  if (core->states[node] == ATOM_STATE_RUNNING)
    {
      complete_execute (core, node, completion->outcome);
      return;
    }
  core_move (core, node, completion->outcome == CORE_OUTCOME_SUCCESS ? ATOM_EVENT_UNDONE : ATOM_EVENT_UNDO_FAILED, DUTY_MOVE);
  if (completion->outcome == CORE_OUTCOME_SUCCESS)
    core_quiet (core, node);
}
