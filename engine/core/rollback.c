/* SPDX-License-Identifier: Apache-2.0 */
/* Rolling back, the whole run or the flow of a controller: every atom that may have an effect is
 * reverted once all that depended on it is reverted or never ran. Nothing that depends on such a
 * flow has started, so its nodes are all that it is about.
 *
 * A node is loud while it, or something after it, may have an effect: an atom by its state, a node
 * without work of its own (and an ignored atom) as long as a successor is loud. `hold` counts loud
 * successors. The counts are made when the failure is known, from what had started by then, so that
 * execution pays nothing for them. A controller is held by the loud ones of its flow; when there
 * are none left its next try begins, and the counts of the flow are those of an execution again.
 */
#include "engine/core/rollback.h"

#include "engine/core/core_moves.h"
#include "engine/core/core_sweep.h"
#include "engine/core/core_timers.h"

#include "engine/plan/block.h"

#include <string.h>

/* Whether the node has no effect itself that anybody waits for, and only passes on what is behind
 * it. */
static inline gboolean
passes_through (const Core *core, guint32 node)
{
  return !plan_is_atom (core->plan, node) || !core_is_loud ((AtomState) core->states[node])
         || (core->states[node] == ATOM_STATE_REVERT_FAILURE
             && core_has_mark (core, node, CORE_MARK_SKIPPED));
}

static inline gboolean
can_be_undone (const Core *core, guint32 node)
{
  return plan_is_atom (core->plan, node)
         && (1u << core->states[node]
             & (1u << ATOM_STATE_SUCCESS | 1u << ATOM_STATE_FAILURE | 1u << ATOM_STATE_RETRYING))
                != 0;
}

gboolean
core_can_be_undone (const Core *core, guint32 node)
{
  return can_be_undone (core, node);
}

/* `node` has become loud: counts it at its predecessors, those that pass it on become loud too. */
static void
raise_predecessors (Core *core, guint32 node)
{
  const Plan *plan = core->plan;

  vector_push (&core->readiness.stack, node);
  while (core->readiness.stack.length > 0)
    {
      guint32 at = vector_pop (&core->readiness.stack);

      for (guint32 i = plan->predecessor_offsets[at]; i < plan->predecessor_offsets[at + 1]; i++)
        {
          guint32 before = plan->predecessors[i];

          if (core->readiness.hold[before]++ == 0 && passes_through (core, before))
            vector_push (&core->readiness.stack, before);
        }
    }
}

/* Counts what is loud from `first` to `last`, where all counts are 0, and finds what may be
 * reverted at once. */
static void
hold_range (Core *core, guint32 first, guint32 last)
{
  last = MIN (last, core->readiness.high);
  for (guint32 node = first; node <= last; node++)
    if (!passes_through (core, node))
      raise_predecessors (core, node);
  for (guint32 node = first; node <= last; node++)
    if (core->readiness.hold[node] == 0 && can_be_undone (core, node))
      ready_insert (&core->readiness.undo, core_rank (core, node));
}

/* Forgets what might be reverted from `first` to `last`, but for failed reverts that are to be
 * tried again: from the states nobody would know of them. */
static void
empty_undo (Core *core, guint32 first, guint32 last)
{
  last = MIN (last, core->readiness.high);
  for (guint32 node = first; node <= last; node++)
    if (core->states[node] != ATOM_STATE_REVERT_FAILURE || !plan_is_atom (core->plan, node))
      ready_remove (&core->readiness.undo, core_rank (core, node));
}

void
core_roll_back_again (Core *core)
{
  const Plan *plan = core->plan;

  core_need_marks (core);
  core->mode.n_flows = 0;
  for (guint32 i = 0; i < plan->n_controllers; i++)
    core->marks[plan->controllers[i].node] &= (guint8) ~CORE_MARK_RETRY;
  core_forget_tries (core);
  ready_empty (&core->readiness.ready);
  if (!ready_is_empty (&core->readiness.undo))
    empty_undo (core, 0, plan->n_nodes - 1);
  memset (core->readiness.hold, 0, (gsize) plan->n_nodes * sizeof *core->readiness.hold);
  hold_range (core, 0, plan->n_nodes - 1);
}

void
core_roll_back (Core *core)
{
  if (mode_is_rolling_back (&core->mode))
    return;
  mode_turn (&core->mode, DIRECTION_EVENT_ROLL_BACK);
  core_record_intention (core, STORAGE_NO_ATOM, INTENTION_REVERT);
  core_roll_back_again (core);
}

/* -- The flow of a controller -------------------------------------------------------------------
 */

static const PlanRetry *
controller_of (const Core *core, guint32 retry)
{
  return &core->plan->controllers[plan_find_controller (core->plan, retry)];
}

void
core_mark_flow (Core *core, guint32 retry)
{
  const PlanRetry *controller = controller_of (core, retry);
  guint32 first = plan_find_controller (core->plan, retry) + 1;

  core_need_marks (core);
  /* Those within it that are about to try again are reverted instead. */
  for (guint32 i = first;
       i < core->plan->n_controllers && core->plan->controllers[i].node <= controller->end; i++)
    {
      guint32 inner = core->plan->controllers[i].node;

      if ((core->marks[inner] & CORE_MARK_RETRY) == 0)
        continue;
      core->marks[inner] &= (guint8) ~CORE_MARK_RETRY;
      core_forget_timer (core, inner);
      core->mode.n_flows--;
    }
  core->marks[retry] |= CORE_MARK_RETRY;
  for (guint32 node = retry + 1; node <= controller->end; node++)
    core->marks[node] |= CORE_MARK_UNDO;
  core->mode.n_flows++;
}

void
core_hold_flow (Core *core, guint32 retry)
{
  guint32 end = controller_of (core, retry)->end;

  core->readiness.hold[retry] = 0;
  for (guint32 node = retry + 1; node <= end; node++)
    {
      core->readiness.hold[node] = 0;
      ready_remove (&core->readiness.ready, core_rank (core, node));
    }
  empty_undo (core, retry + 1, end);
  hold_range (core, retry + 1, end);
  if (core->readiness.hold[retry] == 0)
    ready_insert (&core->readiness.undo, core_rank (core, retry));
}

void
core_roll_back_flow (Core *core, guint32 retry)
{
  if (mode_is_rolling_back (&core->mode)
      || core_has_mark (core, retry, CORE_MARK_UNDO | CORE_MARK_RETRY))
    return;
  core_record_intention (core, retry, INTENTION_RETRY);
  core_mark_flow (core, retry);
  core_hold_flow (core, retry);
}

/* The flow is undone: its nodes are as if they had never run, counts too. */
static void
reset_flow (Core *core, guint32 retry, guint32 end)
{
  const Plan *plan = core->plan;

  if (core_has_mark (core, end, CORE_MARK_SWEPT))
    core_unsweep (core, end);

  for (guint32 node = retry + 1; node <= end; node++)
    {
      if (!plan_is_atom (plan, node))
        core_unpass (core, node);
      else if (core->states[node] != ATOM_STATE_PENDING)
        core_move_atom (core, node, ATOM_EVENT_RESET, DUTY_MOVE);
      core->readiness.hold[node]
          = plan->predecessor_offsets[node + 1] - plan->predecessor_offsets[node];
      core->marks[node] = 0;
    }
  core->marks[retry] &= (guint8) ~(CORE_MARK_RETRY | CORE_MARK_FAILED | CORE_MARK_SWEPT);
  core->mode.n_flows--;
}

gboolean
core_try_again (Core *core, guint32 retry)
{
  if (core->states[retry] == ATOM_STATE_SUCCESS)
    core_move_atom (core, retry, ATOM_EVENT_RETRY, DUTY_MOVE);
  if (core_has_timer (core, retry))
    return FALSE;
  reset_flow (core, retry, controller_of (core, retry)->end);
  core_record_intention (core, retry, INTENTION_EXECUTE);
  core->marks[retry] |= CORE_MARK_AGAIN;
  core->attempts[retry]++;
  core_move_atom (core, retry, ATOM_EVENT_START, DUTY_START);
  core_running_add (&core->running, retry);
  return TRUE;
}

/* -- As it goes on ------------------------------------------------------------------------------
 */

void
core_join_rollback (Core *core, guint32 node)
{
  /* Nothing behind an atom that was still executing has started, so nothing holds it back: but in a
   * run of another structure. */
  if (core->readiness.hold[node] == 0)
    ready_insert (&core->readiness.undo, core_rank (core, node));
}

/* Nothing loud comes after `node` any more, which has an effect itself, or is a controller that may
 * try again. */
static inline void
offer (Core *core, guint32 node)
{
  if (can_be_undone (core, node))
    ready_insert (&core->readiness.undo, core_rank (core, node));
}

void
core_quiet (Core *core, guint32 node)
{
  const Plan *plan = core->plan;

  /* In a run of another structure: it is passed on when what comes after it now is quiet. */
  if (core->readiness.hold[node] > 0)
    return;
  vector_push (&core->readiness.stack, node);
  while (core->readiness.stack.length > 0)
    {
      guint32 at = vector_pop (&core->readiness.stack);

      for (guint32 i = plan->predecessor_offsets[at]; i < plan->predecessor_offsets[at + 1]; i++)
        {
          guint32 before = plan->predecessors[i];

          if (--core->readiness.hold[before] > 0)
            continue;
          if (passes_through (core, before))
            vector_push (&core->readiness.stack, before);
          else
            offer (core, before);
        }
    }
}
