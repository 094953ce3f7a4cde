/* SPDX-License-Identifier: Apache-2.0 */
/* What the step core can't know by itself: what a controller decides, how long to wait, what the
 * time is, what became of an attempt that a former life has left behind.
 */
#include "engine/core/answers.h"

#include "engine/core/core_ends.h"
#include "engine/core/core_leftovers.h"
#include "engine/core/core_moves.h"
#include "engine/core/core_requests.h"
#include "engine/core/core_timers.h"
#include "engine/core/rollback.h"

gboolean
core_next_question (Core *core, CoreQuestion *question)
{
  if (core->questions.length == core->questions.n_asked)
    {
      core->questions.length = core->questions.n_asked = 0;
      return FALSE;
    }
  *question = core->questions.items[core->questions.n_asked++];
  return TRUE;
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
  else if (decision == RETRY_DECISION_REVERT && !mode_is_rolling_back (&core->mode))
    core_ask_failure (core, retry);
  /* What is being reverted is never tried again instead. */
  else if (core->readiness.has_strays)
    /* What depends on the flow may be done already, in a run of another structure: then nothing
     * less will do. */
    core_roll_back (core);
  else if (!mode_is_rolling_back (&core->mode) && !core_has_mark (core, retry, CORE_MARK_UNDO))
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
    ready_insert (&core->readiness.undo, core_rank (core, node));
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
      core_set_leftover (core, node, LEFTOVER_ASKED);
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
  core_set_leftover (core, node, what == CORE_UNKNOWN_PROBE ? LEFTOVER_PROBE : LEFTOVER_REPEAT);
}
