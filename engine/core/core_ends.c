/* SPDX-License-Identifier: Apache-2.0 */
/* What the end of an attempt makes of its node: of an execute, a revert, or a probe; and starts
 * that are taken back. */
#include "engine/core/core_ends.h"

#include "engine/core/core_leftovers.h"
#include "engine/core/core_release.h"
#include "engine/core/rollback.h"

/* Takes a start back that had no effect; `duty` says whether anybody was told of it. */
static void
withdraw (Core *core, guint32 node, DutyKind duty)
{
  core_running_remove (&core->running, node);
  if (core->states[node] == ATOM_STATE_RUNNING)
    {
      /* What a controller's earlier tries have left is still to be reverted. */
      gboolean is_again = core_has_mark (core, node, CORE_MARK_AGAIN);

      core_move_atom (core, node, is_again ? ATOM_EVENT_KEEP_RETRYING : ATOM_EVENT_WITHDRAW, duty);
      core->attempts[node]--;
      if (is_again && core_is_in_rollback (core, node))
        core_join_rollback (core, node);
      else if (core_is_in_rollback (core, node))
        core_quiet (core, node);
      else
        ready_insert (&core->readiness.ready, core_rank (core, node));
      return;
    }
  core_move_atom (core, node,
                  core_has_mark (core, node, CORE_MARK_FAILED) ? ATOM_EVENT_KEEP_FAILURE
                                                               : ATOM_EVENT_KEEP,
                  duty);
  core->reverts[node]--;
  ready_insert (&core->readiness.undo, core_rank (core, node));
}

void
core_take_back (Core *core, guint32 node)
{
  withdraw (core, node, DUTY_TAKE_BACK);
}

/* The controller that governs a node; one that was ignored decides nothing. */
static guint32
governor_of (const Core *core, guint32 node)
{
  guint32 retry = node;

  if (core->plan->retries == NULL)
    return PLAN_NO_NODE;
  do
    retry = core->plan->retries[retry];
  while (retry != PLAN_NO_NODE && core->states[retry] == ATOM_STATE_IGNORE);
  return retry;
}

void
core_ask_failure (Core *core, guint32 node)
{
  guint32 retry = governor_of (core, node);

  if (retry == PLAN_NO_NODE)
    core_roll_back (core);
  else
    vector_push (&core->questions, ((CoreQuestion){ CORE_QUESTION_FAILURE, node, retry, FALSE }));
}

void
core_complete_execute (Core *core, guint32 node, CoreOutcome outcome)
{
  if (outcome == CORE_OUTCOME_SUCCESS)
    {
      core_move_atom (core, node, ATOM_EVENT_SUCCEED, DUTY_MOVE);
      if (core_is_in_rollback (core, node))
        core_join_rollback (core, node);
      /* What comes before it only now, in a flow that has changed, passes it on. */
      else if (G_LIKELY (core->readiness.hold[node] == 0))
        core_release (core, node);
      return;
    }
  core_need_marks (core);
  core->marks[node] |= CORE_MARK_FAILED;
  core_move_atom (core, node, ATOM_EVENT_FAIL, DUTY_MOVE);
  if ((core->mode.flags & ENGINE_FLAGS_NEVER_RESOLVE) != 0)
    mode_move (&core->mode, MODE_EVENT_STICK);
  if (core_is_in_rollback (core, node))
    core_join_rollback (core, node);
  if (!mode_is_rolling_back (&core->mode) && !mode_is_stuck (&core->mode))
    core_ask_failure (core, node);
}

static void
complete_revert (Core *core, guint32 node, CoreOutcome outcome)
{
  if (outcome == CORE_OUTCOME_SUCCESS)
    {
      core_move_atom (core, node, ATOM_EVENT_UNDONE, DUTY_MOVE);
      core_quiet (core, node);
      return;
    }
  core_move_atom (core, node, ATOM_EVENT_UNDO_FAILED, DUTY_MOVE);
  vector_push (&core->questions,
               ((CoreQuestion){ CORE_QUESTION_REVERT, node, PLAN_NO_NODE, FALSE }));
}

void
core_withdraw_leftover (Core *core, guint32 node)
{
  core_move_atom (core, node, ATOM_EVENT_WITHDRAW, DUTY_MOVE);
  if (core_is_in_rollback (core, node))
    core_quiet (core, node);
  else if (core->readiness.hold[node] == 0)
    ready_insert (&core->readiness.ready, core_rank (core, node));
}

/* It is there, and its revert was interrupted; or it is not there, and was to be. */
static void
take_up_probed (Core *core, guint32 node)
{
  core_set_leftover (core, node, LEFTOVER_REPEAT);
  if (mode_is_stuck (&core->mode))
    core_ask_leftover (core, node);
}

static void
complete_probe (Core *core, guint32 node, CoreOutcome outcome)
{
  gboolean executes = core->states[node] == ATOM_STATE_RUNNING;

  core_running_remove (&core->running, node);
  if (outcome == CORE_OUTCOME_UNKNOWN)
    vector_push (&core->questions,
                 ((CoreQuestion){ CORE_QUESTION_UNKNOWN, node, PLAN_NO_NODE, TRUE }));
  else if (outcome == CORE_OUTCOME_PRESENT && executes)
    core_complete_execute (core, node, CORE_OUTCOME_SUCCESS);
  else if (outcome == CORE_OUTCOME_ABSENT && !executes)
    {
      core_move_atom (core, node, ATOM_EVENT_UNDONE, DUTY_MOVE);
      core_quiet (core, node);
    }
  else if (outcome == CORE_OUTCOME_ABSENT
           && (core_is_in_rollback (core, node) || mode_is_stuck (&core->mode)))
    {
      core_withdraw_leftover (core, node);
      core->attempts[node]--;
    }
  else
    take_up_probed (core, node);
}

/* Takes the end of an attempt in. */
void
core_complete (Core *core, const CoreCompletion *completion)
{
  guint32 node = completion->node;

  if (G_UNLIKELY (completion->outcome >= CORE_OUTCOME_NOT_STARTED))
    {
      if (completion->outcome == CORE_OUTCOME_NOT_STARTED)
        withdraw (core, node, DUTY_MOVE);
      else
        complete_probe (core, node, completion->outcome);
      return;
    }
  core_running_remove (&core->running, node);
  if (core->states[node] == ATOM_STATE_RUNNING)
    core_complete_execute (core, node, completion->outcome);
  else
    complete_revert (core, node, completion->outcome);
}

void
core_give_back (Core *core, guint32 node)
{
  core_running_remove (&core->running, node);
  core_ask_leftover (core, node);
}
