/* SPDX-License-Identifier: Apache-2.0 */
/* What the step core asks, answered: controllers, deciders and policies are asked, in the engine's
 * thread; clock and chance come in here.
 */
#include "engine/policy.h"
#include "atoms/retry_decision.h"
#include "atoms/retry_history.h"
#include "engine/attempts.h"
#include "engine/binding.h"
#include "engine/deadline.h"
#include "engine/deciding.h"
#include "engine/engine_state.h"
#include "engine/leftovers.h"
#include "engine/records.h"
#include "engine/results.h"
#include "engine/tries.h"

#include <backflow/atoms/task.h>

/* -- Failures -----------------------------------------------------------------------------------
 */

/* Something about a controller that people should know; text: (transfer full). */
static void
note (Engine *engine, guint32 node, char *taken)
{
  g_autofree char *text = taken;

  records_add_note (&engine->journal, node, ATOM_ACTION_EXECUTE, engine->core.attempts[node], text);
}

/* Asks a controller. One that can't answer has failed itself: who is around it decides. */
static RetryDecision
ask_controller (Engine *engine, guint32 retry, const char *failed)
{
  RetryDecision decision = RETRY_DECISION_REVERT;
  Attempt *attempt = flights_take (&engine->flights);
  Failure *failure = NULL;

  attempt->atom = plan_atom (engine->plan, retry);
  attempt->action = ATOM_ACTION_EXECUTE;
  attempt->node = retry;
  attempt->number = engine->core.attempts[retry];
  attempt->run = &engine->flights.run;
  attempt->history = tries_get_history (&engine->tries, retry);
  failure = engine->plan->argument_offsets != NULL ? binding_fill (engine, attempt) : NULL;
  if (failure == NULL && !retry_decide (attempt, failed, &decision, &failure))
    decision = RETRY_DECISION_REVERT;
  if (failure != NULL)
    {
      note (
          engine, retry,
          g_strdup_printf ("could not decide on the failure of '%s', which counts as giving up: %s",
                           failed, failure_get_message (failure)));
      failure_unref (failure);
    }
  attempts_give_back (engine, attempt);
  return decision;
}

/* What is tried again has to begin before the time of its flow, and of those around it, is over:
 * otherwise there is nothing to wait for. */
static RetryDecision
decide (Engine *engine, const CoreQuestion *question, gint64 *wait_us)
{
  const AtomBackoff *backoff = retry_get_backoff (plan_atom (engine->plan, question->retry));
  const RetryHistory *history = tries_get_history (&engine->tries, question->retry);
  const char *failed = plan_atom (engine->plan, question->node)->name;
  const char *over = deadline_find_over (&engine->deadlines, question->retry, 0);
  RetryDecision decision;
  gint64 delay_us;

  if (over != NULL)
    {
      note (
          engine, question->retry,
          g_strdup_printf (
              "was not asked about the failure of '%s': the time that flow '%s' is allowed is over",
              failed, over));
      return RETRY_DECISION_REVERT;
    }
  decision = ask_controller (engine, question->retry, failed);
  if (decision != RETRY_DECISION_RETRY)
    return decision;
  delay_us = backoff_get_delay (backoff, history->length + 1, clock_get_random (&engine->clock));
  over = deadline_find_over (&engine->deadlines, question->retry, delay_us);
  if (over != NULL)
    {
      note (engine, question->retry,
            g_strdup_printf ("does not try again after the failure of '%s': the time that flow "
                             "'%s' is allowed would be over before",
                             failed, over));
      return RETRY_DECISION_REVERT;
    }
  *wait_us = delay_us;
  return decision;
}

static void
answer_failure (Engine *engine, const CoreQuestion *question)
{
  RetryDecision decision;
  gint64 wait_us = 0;

  tries_remember (&engine->tries, question->retry, question->node);
  decision = decide (engine, question, &wait_us);
  engine->statistics.retried += decision == RETRY_DECISION_RETRY;
  core_answer_failure (&engine->core, question, decision, wait_us,
                       clock_get_now (&engine->clock) + wait_us);
}

static void
answer_revert (Engine *engine, const CoreQuestion *question)
{
  const Atom *atom = plan_atom (engine->plan, question->node);
  const AtomBackoff *backoff = atom_get_revert_backoff (atom);
  guint tries = tries_count_revert (&engine->tries, question->node);
  gint64 wait_us;

  if (backoff == NULL || tries >= backoff->times
      || atom->extra->effects == ATOM_EFFECTS_IRREVERSIBLE)
    {
      core_answer_revert (&engine->core, question, FALSE, 0, 0);
      return;
    }
  wait_us = backoff_get_delay (backoff, tries + 1, clock_get_random (&engine->clock));
  core_answer_revert (&engine->core, question, TRUE, wait_us,
                      clock_get_now (&engine->clock) + wait_us);
}

/* -- Deciders -----------------------------------------------------------------------------------
 */

/* It was started in a former life already: what that has left running is ended. */
static void
fail_undecided (Engine *engine, guint32 node, Failure *failure)
{
  Failure *left = leftovers_end (engine, node);

  if (left != NULL)
    failure_unref (failure);
  results_set_failure (&engine->values, node, left != NULL ? left : failure);
}

static void
answer_decide (Engine *engine, const CoreQuestion *question)
{
  Core *core = &engine->core;
  gboolean is_taken = TRUE;
  FlowDepth depth = FLOW_DEPTH_ATOM;
  gboolean is_step = FALSE;
  Failure *failure = NULL;
  guint before = core->duties.length;
  guint32 node;

  if (decider_evaluate (engine, question->node, &is_taken, &depth, &is_step, &failure))
    {
      core_answer_decide (core, question, is_taken, depth, is_step);
      for (guint i = before; i < core->duties.length; i++)
        engine->statistics.ignored += core->duties.records[i].to == ATOM_STATE_IGNORE;
      return;
    }
  node = core_answer_undecided (core, question);
  if (node == PLAN_NO_NODE)
    failure_unref (failure);
  else if (core->states[node] == ATOM_STATE_FAILURE)
    fail_undecided (engine, node, failure);
  else
    tries_doom (&engine->tries, node, failure);
}

/* -- Interrupted attempts -----------------------------------------------------------------------
 */

/* Nobody saw the end of an attempt that is not to be repeated: it counts as failed on its way.
 * Nothing of it may be alive when what it did is reverted. */
static void
fail_interrupted (Engine *engine, guint32 node)
{
  Failure *failure = leftovers_end (engine, node);

  if (failure == NULL)
    failure = failure_new_printf ("interrupted", "interrupted, nobody saw its end");
  if (engine->core.states[node] == ATOM_STATE_RUNNING)
    results_set_failure (&engine->values, node, failure);
  else
    results_set_revert (&engine->values, node, NULL, failure);
}

static CoreUnknown
judge_unknown (Engine *engine, const CoreQuestion *question)
{
  const Atom *atom = plan_atom (engine->plan, question->node);

  if (mode_is_stuck (&engine->core.mode))
    return CORE_UNKNOWN_REPEAT;
  /* The run stops, and `resume` looks again. */
  if (leftovers_take_uncleared (engine, question->node))
    return CORE_UNKNOWN_ASK;
  if (!question->is_probed && atom_has_probe (atom))
    return CORE_UNKNOWN_PROBE;
  /* What counts as failed is reverted, whatever there is of it: nobody need be asked first. */
  if (core_counts_as_failed (&engine->core, question->node))
    return CORE_UNKNOWN_REPEAT;
  return atom_get_unknown (atom) == ATOM_UNKNOWN_ASK ? CORE_UNKNOWN_ASK : CORE_UNKNOWN_REPEAT;
}

static void
answer_unknown (Engine *engine, const CoreQuestion *question)
{
  CoreUnknown what = judge_unknown (engine, question);

  if (what == CORE_UNKNOWN_REPEAT && core_counts_as_failed (&engine->core, question->node))
    fail_interrupted (engine, question->node);
  core_answer_unknown (&engine->core, question, what);
}

void
policy_answer (Engine *engine)
{
  CoreQuestion question;

  while (core_next_question (&engine->core, &question))
    switch (question.kind)
      {
      case CORE_QUESTION_FAILURE:
        answer_failure (engine, &question);
        break;
      case CORE_QUESTION_REVERT:
        answer_revert (engine, &question);
        break;
      case CORE_QUESTION_DECIDE:
        answer_decide (engine, &question);
        break;
      case CORE_QUESTION_UNKNOWN:
      default:
        answer_unknown (engine, &question);
        break;
      }
}
