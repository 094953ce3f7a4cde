/* SPDX-License-Identifier: Apache-2.0 */
/* What the step core can't know by itself: what a controller decides, how long to wait, what the
 * time is, what became of an attempt that a former life has left behind.
 */
#include "engine/core/core_private.h"

gboolean
core_next_question (Core *core, CoreQuestion *question)
{
  if (core->questions.length == core->n_asked)
    {
      core->questions.length = core->n_asked = 0;
      return FALSE;
    }
  *question = core->questions.items[core->n_asked++];
  return TRUE;
}

/* -- Failures -----------------------------------------------------------------------------------
 */

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

/* Says in the journal what was decided about `node`, and until when it waits. */
static void
record_decision (Core *core, guint32 atom, guint32 node, RetryDecision decision, gint64 wait_us,
                 gint64 until_us)
{
  StorageRecord record
      = { .atom = atom, .kind = STORAGE_RECORD_DECISION, .to = (guint8) decision, .attempt = node };

  if (wait_us > 0)
    {
      record.value = g_variant_ref_sink (g_variant_new ("(xx)", wait_us, until_us));
      core->duties.is_special = TRUE;
    }
  core_add_duty (core, DUTY_RECORD, record);
}

static void
wait_until (Core *core, guint32 node, gint64 wait_us, gint64 until_us)
{
  if (wait_us > 0)
    core_add_timer (core, node, until_us);
  else
    core_forget_timer (core, node);
}

void
core_answer_failure (Core *core, const CoreQuestion *question, RetryDecision decision,
                     gint64 wait_us, gint64 until_us)
{
  guint32 retry = question->retry;

  record_decision (core, retry, question->node, decision,
                   decision == RETRY_DECISION_RETRY ? wait_us : 0, until_us);
  if (decision == RETRY_DECISION_REVERT_ALL)
    core_roll_back (core);
  else if (decision == RETRY_DECISION_REVERT && !core->is_rolling_back)
    core_ask_failure (core, retry);
  /* What is being reverted is never tried again instead. */
  else if (core->has_strays)
    /* What depends on the flow may be done already, in a run of another structure: then nothing
     * less will do. */
    core_roll_back (core);
  else if (!core->is_rolling_back && !core_has_mark (core, retry, CORE_MARK_UNDO))
    {
      core_roll_back_flow (core, retry);
      wait_until (core, retry, wait_us, until_us);
    }
}

void
core_answer_revert (Core *core, const CoreQuestion *question, gboolean again, gint64 wait_us,
                    gint64 until_us)
{
  guint32 node = question->node;

  if (!again)
    {
      /* A flow with something left in it can't be tried again: all that can be is undone. */
      core_roll_back (core);
      return;
    }
  record_decision (core, node, node, RETRY_DECISION_RETRY, wait_us, until_us);
  wait_until (core, node, wait_us, until_us);
  if (wait_us <= 0)
    ready_insert (&core->undo, core_rank (core, node));
}

/* -- Time ---------------------------------------------------------------------------------------
 */

gboolean
core_has_timer (const Core *core, guint32 node)
{
  return core_has_mark (core, node, CORE_MARK_WAITS);
}

/* The first of those that are waited for. */
static void
find_due (Core *core)
{
  core->due_us = G_MAXINT64;
  for (guint i = 0; i < core->timers.length; i++)
    core->due_us = MIN (core->due_us, core->timers.items[i].due_us);
}

void
core_add_timer (Core *core, guint32 node, gint64 due_us)
{
  core_forget_timer (core, node);
  core->marks[node] |= CORE_MARK_WAITS;
  vector_push (&core->timers, ((CoreTimer){ node, due_us }));
  core->due_us = core->timers.length == 1 ? due_us : MIN (core->due_us, due_us);
}

/* Takes the `index`-th out. */
static guint32
remove_timer (Core *core, guint index)
{
  guint32 node = core->timers.items[index].node;

  core->timers.items[index] = vector_pop (&core->timers);
  core->marks[node] &= (guint8) ~CORE_MARK_WAITS;
  return node;
}

void
core_forget_timer (Core *core, guint32 node)
{
  if (!core_has_timer (core, node))
    return;
  for (guint i = 0; i < core->timers.length; i++)
    if (core->timers.items[i].node == node)
      {
        (void) remove_timer (core, i);
        return;
      }
}

void
core_forget_tries (Core *core)
{
  for (guint i = core->timers.length; i-- > 0;)
    {
      guint32 node = core->timers.items[i].node;

      if (core->plan->kinds[node] == PLAN_NODE_RETRY
          && core->states[node] != ATOM_STATE_REVERT_FAILURE)
        (void) remove_timer (core, i);
    }
  find_due (core);
}

gint64
core_get_due (const Core *core)
{
  return core->timers.length == 0 || core->is_suspending || core->is_stuck ? G_MAXINT64
                                                                           : core->due_us;
}

/* `node` need not wait any more: a failed revert, or a controller whose flow may be undone by now,
 * or not. */
static void
wake (Core *core, guint32 node)
{
  if (core->states[node] == ATOM_STATE_REVERT_FAILURE || core->states[node] == ATOM_STATE_RETRYING)
    ready_insert (&core->undo, core_rank (core, node));
}

void
core_set_time (Core *core, gint64 now_us)
{
  if (core->timers.length == 0 || core->due_us > now_us)
    return;
  for (guint i = core->timers.length; i-- > 0;)
    if (core->timers.items[i].due_us <= now_us)
      wake (core, remove_timer (core, i));
  find_due (core);
}

/* -- What a former life has left behind ---------------------------------------------------------
 */

static void
ask_leftover (Core *core, CoreLeftover *leftover)
{
  leftover->state = LEFTOVER_NEW;
  for (guint i = core->n_asked; i < core->questions.length; i++)
    if (core->questions.items[i].kind == CORE_QUESTION_UNKNOWN
        && core->questions.items[i].node == leftover->node)
      return;
  vector_push (&core->questions,
               ((CoreQuestion){ CORE_QUESTION_UNKNOWN, leftover->node, PLAN_NO_NODE, FALSE }));
}

void
core_ask_leftovers (Core *core, gboolean anew)
{
  for (guint i = 0; i < core->leftovers.length; i++)
    if (anew || core->leftovers.items[i].state == LEFTOVER_NEW
        || core->leftovers.items[i].state == LEFTOVER_ASKED)
      ask_leftover (core, &core->leftovers.items[i]);
}

static CoreLeftover *
find_leftover (Core *core, guint32 node)
{
  for (guint i = 0; i < core->leftovers.length; i++)
    if (core->leftovers.items[i].node == node)
      return &core->leftovers.items[i];
  vector_push (&core->leftovers, ((CoreLeftover){ node, LEFTOVER_NEW }));
  return &core->leftovers.items[core->leftovers.length - 1];
}

/* Takes the `index`-th out; the others keep their order. */
static void
remove_leftover (Core *core, guint index)
{
  core->leftovers.length--;
  for (guint i = index; i < core->leftovers.length; i++)
    core->leftovers.items[i] = core->leftovers.items[i + 1];
}

void
core_forget_leftover (Core *core, guint32 node)
{
  for (guint i = 0; i < core->leftovers.length; i++)
    if (core->leftovers.items[i].node == node)
      {
        remove_leftover (core, i);
        return;
      }
}

gboolean
core_is_left (const Core *core, guint32 node)
{
  for (guint i = 0; i < core->leftovers.length; i++)
    if (core->leftovers.items[i].node == node)
      return TRUE;
  return FALSE;
}

gboolean
core_counts_as_failed (const Core *core, guint32 node)
{
  return core->is_stuck
         || (core->states[node] == ATOM_STATE_RUNNING && core_is_undone (core, node));
}

void
core_answer_unknown (Core *core, const CoreQuestion *question, CoreUnknown what)
{
  guint32 node = question->node;

  /* Something else was found out about it in the meantime. */
  if (core->states[node] != ATOM_STATE_RUNNING && core->states[node] != ATOM_STATE_REVERTING)
    return;
  if (what == CORE_UNKNOWN_ASK)
    {
      find_leftover (core, node)->state = LEFTOVER_ASKED;
      core_suspend (core);
      return;
    }
  if (what == CORE_UNKNOWN_REPEAT && core_counts_as_failed (core, node))
    {
      core_forget_leftover (core, node);
      if (core->states[node] == ATOM_STATE_RUNNING)
        core_complete_execute (core, node, CORE_OUTCOME_FAILURE);
      else
        core_move_atom (core, node, ATOM_EVENT_UNDO_FAILED, DUTY_MOVE);
      return;
    }
  find_leftover (core, node)->state = what == CORE_UNKNOWN_PROBE ? LEFTOVER_PROBE : LEFTOVER_REPEAT;
}

/* Whether it is known how to go on with it, and nothing that it has to wait for now, in a flow that
 * has changed, has to be done first. */
static gboolean
can_go_on (const Core *core, const CoreLeftover *leftover)
{
  guint32 node = leftover->node;

  if (leftover->state != LEFTOVER_REPEAT)
    return leftover->state == LEFTOVER_PROBE;
  return core->hold[node] == 0
         || (core->states[node] == ATOM_STATE_RUNNING && core_is_undone (core, node));
}

gboolean
core_has_known_leftover (const Core *core)
{
  for (guint i = 0; i < core->leftovers.length; i++)
    if (can_go_on (core, &core->leftovers.items[i]))
      return TRUE;
  return FALSE;
}

void
core_start_leftovers (Core *core, guint capacity)
{
  for (guint i = 0; i < core->leftovers.length && core->running.length < capacity;)
    {
      CoreLeftover leftover = core->leftovers.items[i];

      /* What is being rolled back by now is asked about again. */
      if (leftover.state == LEFTOVER_REPEAT && core->states[leftover.node] == ATOM_STATE_RUNNING
          && core_is_undone (core, leftover.node))
        ask_leftover (core, &core->leftovers.items[i]);
      leftover = core->leftovers.items[i];
      if (!can_go_on (core, &leftover))
        {
          i++;
          continue;
        }
      core_add_order (
          core, leftover.state == LEFTOVER_PROBE ? DUTY_PROBE : DUTY_REPEAT,
          (StorageRecord){ .atom = leftover.node,
                           .to = core->states[leftover.node],
                           .attempt = core->states[leftover.node] == ATOM_STATE_REVERTING
                                          ? core->reverts[leftover.node]
                                          : core->attempts[leftover.node] });
      vector_push (&core->running, leftover.node);
      remove_leftover (core, i);
    }
}

void
core_give_back (Core *core, guint32 node)
{
  core_forget_running (core, node);
  ask_leftover (core, find_leftover (core, node));
}

void
core_withdraw_leftover (Core *core, guint32 node)
{
  core_move_atom (core, node, ATOM_EVENT_WITHDRAW, DUTY_MOVE);
  if (core_is_undone (core, node))
    core_quiet (core, node);
  else if (core->hold[node] == 0)
    ready_insert (&core->ready, core_rank (core, node));
}

/* It is there, and its revert was interrupted; or it is not there, and was to be. */
static void
take_up_probed (Core *core, guint32 node)
{
  CoreLeftover *leftover = find_leftover (core, node);

  leftover->state = LEFTOVER_REPEAT;
  if (core->is_stuck)
    ask_leftover (core, leftover);
}

void
core_complete_probe (Core *core, guint32 node, CoreOutcome outcome)
{
  gboolean executes = core->states[node] == ATOM_STATE_RUNNING;

  core_forget_running (core, node);
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
  else if (outcome == CORE_OUTCOME_ABSENT && (core_is_undone (core, node) || core->is_stuck))
    {
      core_withdraw_leftover (core, node);
      core->attempts[node]--;
    }
  else
    take_up_probed (core, node);
}
