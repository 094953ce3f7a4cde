/* SPDX-License-Identifier: Apache-2.0 */
#include <backflow/engine/report/report_reason.h>

#include "engine/report/report_attempts.h"
#include "engine/report/report_cause.h"

#include <string.h>

#define X(name, text) text,
static const char *const reason_names[] = { REPORT_REASONS (X) };
#undef X

const char *
report_reason_get_name (ReportReasonKind kind)
{
  g_return_val_if_fail (kind < REPORT_REASON_COUNT, NULL);
  return reason_names[kind];
}

guint
report_find_atom (const Report *report, const char *name)
{
  g_return_val_if_fail (report != NULL, REPORT_NO_ATOM);
  g_return_val_if_fail (name != NULL, REPORT_NO_ATOM);

  for (guint i = 0; i < report->n_atoms; i++)
    if (strcmp (report->atoms[i].name, name) == 0)
      return i;
  return REPORT_NO_ATOM;
}

static ReportReason
new_reason (guint atom)
{
  return (ReportReason){ .atom = atom, .other = REPORT_NO_ATOM, .controller = REPORT_NO_ATOM };
}

/* -- Attempts -----------------------------------------------------------------------------------
 */

/* The execute that failed with `failure`, or the last that failed at all. */
static const ReportAttempt *
find_failed (const AtomFacts *facts, const Failure *failure)
{
  for (guint i = facts->attempts != NULL ? facts->attempts->len : 0; i > 0; i--)
    {
      const ReportAttempt *attempt = &g_array_index (facts->attempts, ReportAttempt, i - 1);

      if (attempt->action == ATOM_ACTION_EXECUTE && attempt->to == ATOM_STATE_FAILURE
          && (failure == NULL || attempt->failure == failure))
        return attempt;
    }
  return NULL;
}

/* In which try of which controller an attempt was. */
static void
find_try (const Inquiry *inquiry, ReportReason *reason)
{
  guint controller = inquiry_find_controller (inquiry, reason->atom);
  guint count;
  const ReportTry *tries;

  if (controller == REPORT_NO_ATOM || reason->attempt == NULL)
    return;
  tries = report_get_tries (inquiry->report, controller, &count);
  while (count > 0 && tries[count - 1].seq > reason->attempt->seq)
    count--;
  if (count == 0)
    return;
  reason->controller = controller;
  reason->try_number = tries[count - 1].number;
}

/* -- Reasons by state ---------------------------------------------------------------------------
 */

/* Fills in why the run turned round at the atom: ROLLED_BACK or REQUESTED. */
static gboolean
explain_cause (const Inquiry *inquiry, ReportReason *reason, guint64 after, guint64 before)
{
  Cause cause;

  if (!inquiry_find_cause (inquiry, reason->atom, after, before, &cause))
    return FALSE;
  reason->kind = cause.request != NULL ? REPORT_REASON_REQUESTED : REPORT_REASON_ROLLED_BACK;
  reason->request = cause.request;
  reason->decision = cause.decision;
  reason->other = cause.failed;
  return TRUE;
}

static const ReportRequest *
find_stop (const Report *report)
{
  for (guint i = report->asked->len; i > 0; i--)
    {
      const ReportRequest *request = &g_array_index (report->asked, ReportRequest, i - 1);

      if (request->seq > report->life_seq)
        return request;
    }
  return NULL;
}

static void
explain_halted (const Inquiry *inquiry, ReportReason *reason)
{
  const Report *report = inquiry->report;
  gboolean was_tried = report->facts[reason->atom].attempts != NULL
                       && report->facts[reason->atom].attempts->len > 0;

  if (explain_cause (inquiry, reason, report->life_seq, G_MAXUINT64))
    {
      gboolean is_retried
          = reason->decision != NULL && reason->decision->answer == RETRY_DECISION_RETRY;

      if (reason->kind == REPORT_REASON_REQUESTED)
        reason->kind = REPORT_REASON_STOPPED;
      else if (is_retried)
        reason->kind = was_tried ? REPORT_REASON_RETRIED : REPORT_REASON_NEXT;
      else
        reason->kind = REPORT_REASON_HALTED;
      return;
    }
  reason->request = find_stop (report);
  reason->kind = reason->request != NULL ? REPORT_REASON_STOPPED : REPORT_REASON_NEXT;
}

static void
explain_pending (const Inquiry *inquiry, ReportReason *reason)
{
  const Report *report = inquiry->report;

  if (report->state == FLOW_STATE_PENDING)
    {
      reason->kind = REPORT_REASON_NOT_BEGUN;
      return;
    }
  reason->other = inquiry_find_blocking (inquiry, reason->atom);
  if (reason->other != REPORT_NO_ATOM)
    reason->kind = REPORT_REASON_BEHIND;
  else
    explain_halted (inquiry, reason);
}

static void
explain_active (const Inquiry *inquiry, ReportReason *reason)
{
  reason->attempt = report_get_last_attempt (&inquiry->report->facts[reason->atom]);
  reason->kind = inquiry->report->is_driven ? REPORT_REASON_RUNS : REPORT_REASON_INTERRUPTED;
  find_try (inquiry, reason);
}

static void
explain_ended (const Inquiry *inquiry, ReportReason *reason)
{
  const ReportAtom *atom = &inquiry->report->atoms[reason->atom];
  const AtomFacts *facts = &inquiry->report->facts[reason->atom];
  gboolean has_failed = atom->state == ATOM_STATE_FAILURE;

  if (facts->waits_behind > 0 && facts->waits_behind <= inquiry->report->n_atoms)
    {
      reason->kind = REPORT_REASON_WAITS_BEHIND;
      reason->other = facts->waits_behind - 1;
      return;
    }
  if (atom->intention == INTENTION_REVERT && !has_failed
      && explain_cause (inquiry, reason, facts->executed_seq, G_MAXUINT64))
    {
      reason->kind = REPORT_REASON_TO_REVERT;
      return;
    }
  reason->kind = has_failed ? REPORT_REASON_FAILED : REPORT_REASON_EXECUTED;
  reason->attempt
      = has_failed ? find_failed (facts, NULL) : report_find_last (facts, ATOM_ACTION_EXECUTE);
  find_try (inquiry, reason);
}

/* Why its revert was begun. */
static void
explain_rollback (const Inquiry *inquiry, ReportReason *reason)
{
  const AtomFacts *facts = &inquiry->report->facts[reason->atom];

  reason->attempt = report_find_last (facts, ATOM_ACTION_REVERT);
  if (!explain_cause (inquiry, reason, facts->executed_seq,
                      facts->reverted_seq != 0 ? facts->reverted_seq : G_MAXUINT64))
    reason->kind = REPORT_REASON_REQUESTED;
}

static void
explain_ignored (const Inquiry *inquiry, ReportReason *reason)
{
  Refusal refusal;

  reason->kind = REPORT_REASON_IGNORED;
  if (!inquiry_find_refusal (inquiry, reason->atom, &refusal))
    return;
  reason->kind = refusal.ignored != REPORT_NO_ATOM ? REPORT_REASON_FOLLOWS : REPORT_REASON_DECIDED;
  reason->other = refusal.ignored;
  reason->expression = refusal.expression;
  reason->flow = refusal.flow;
}

static void
explain_retrying (const Inquiry *inquiry, ReportReason *reason)
{
  const GArray *decisions = inquiry->report->decisions;

  reason->kind = REPORT_REASON_RETRIES;
  for (guint i = decisions->len; i > 0; i--)
    {
      const ReportDecision *decision = &g_array_index (decisions, ReportDecision, i - 1);

      if (decision->controller != reason->atom || decision->failed == reason->atom)
        continue;
      reason->decision = decision;
      reason->other = decision->failed;
      reason->try_number = decision->try_number;
      return;
    }
}

/* A revert that failed, and what was said about trying it again. */
static void
explain_revert_failure (const Inquiry *inquiry, ReportReason *reason)
{
  const GArray *decisions = inquiry->report->decisions;

  reason->kind = REPORT_REASON_REVERT_FAILED;
  reason->attempt = report_find_last (&inquiry->report->facts[reason->atom], ATOM_ACTION_REVERT);
  for (guint i = decisions->len; i > 0 && reason->decision == NULL; i--)
    {
      const ReportDecision *decision = &g_array_index (decisions, ReportDecision, i - 1);

      if (decision->controller == reason->atom && decision->failed == reason->atom)
        reason->decision = decision;
    }
  /* It counts only when no revert was begun since. */
  if (reason->decision != NULL && reason->attempt != NULL
      && reason->decision->seq < reason->attempt->seq)
    reason->decision = NULL;
}

static ReportReason
explain_state (const Inquiry *inquiry, guint atom)
{
  ReportReason reason = new_reason (atom);

  switch (inquiry->report->atoms[atom].state)
    {
    case ATOM_STATE_RUNNING:
    case ATOM_STATE_REVERTING:
      explain_active (inquiry, &reason);
      break;
    case ATOM_STATE_SUCCESS:
    case ATOM_STATE_FAILURE:
      explain_ended (inquiry, &reason);
      break;
    case ATOM_STATE_REVERTED:
      explain_rollback (inquiry, &reason);
      break;
    case ATOM_STATE_REVERT_FAILURE:
      explain_revert_failure (inquiry, &reason);
      break;
    case ATOM_STATE_RETRYING:
      explain_retrying (inquiry, &reason);
      break;
    case ATOM_STATE_IGNORE:
      explain_ignored (inquiry, &reason);
      break;
    case ATOM_STATE_PENDING:
    case ATOM_STATE_COUNT:
    default:
      explain_pending (inquiry, &reason);
      break;
    }
  return reason;
}

/* What somebody said of the atom since its last attempt was begun (nullable). */
static const ReportResolution *
find_resolution (const Report *report, guint atom)
{
  const ReportAttempt *last = report_get_last_attempt (&report->facts[atom]);

  for (guint i = report->resolutions->len; i > 0; i--)
    {
      const ReportResolution *resolution
          = &g_array_index (report->resolutions, ReportResolution, i - 1);

      if (resolution->atom == atom && resolution->seq > report->life_seq)
        return last == NULL || resolution->seq > last->seq ? resolution : NULL;
    }
  return NULL;
}

static ReportReason
explain (const Inquiry *inquiry, guint atom)
{
  const ReportResolution *resolution = find_resolution (inquiry->report, atom);
  ReportReason reason = new_reason (atom);

  if (resolution == NULL)
    return explain_state (inquiry, atom);
  reason.kind = REPORT_REASON_RESOLVED;
  reason.resolution = resolution;
  reason.attempt = report_get_last_attempt (&inquiry->report->facts[atom]);
  return reason;
}

ReportReason
report_find_reason (const Report *report, const Plan *plan, guint atom)
{
  g_auto (Inquiry) inquiry = { 0 };
  ReportReason none = new_reason (REPORT_NO_ATOM);

  g_return_val_if_fail (report != NULL, none);
  g_return_val_if_fail (atom < report->n_atoms, none);
  inquiry_init (&inquiry, report, plan);
  return explain (&inquiry, atom);
}

/* -- The chain ----------------------------------------------------------------------------------
 */

static void
add_failed (const Inquiry *inquiry, GArray *chain, guint atom, const Failure *failure)
{
  ReportReason reason = new_reason (atom);

  reason.kind = REPORT_REASON_FAILED;
  reason.attempt = find_failed (&inquiry->report->facts[atom], failure);
  find_try (inquiry, &reason);
  g_array_append_val (chain, reason);
}

/* What led to an answer: answers that were given before to the same failure, then the failure. */
static void
add_answered (const Inquiry *inquiry, GArray *chain, const ReportReason *from)
{
  const ReportDecision *last = from->decision;
  guint failed = from->other;

  for (const ReportDecision *before
       = last != NULL ? inquiry_find_answer (inquiry, failed, last->seq) : NULL;
       before != NULL; before = inquiry_find_answer (inquiry, failed, last->seq))
    {
      ReportReason reason = new_reason (before->controller);
      gboolean is_same = before->failure == last->failure || before->controller == failed;

      /* Of a former try, or what led to that. */
      if (!is_same || before->answer == RETRY_DECISION_RETRY)
        break;
      reason.kind = REPORT_REASON_ANSWERED;
      reason.other = before->failed;
      reason.decision = before;
      g_array_append_val (chain, reason);
      failed = before->failed;
      last = before;
    }
  add_failed (inquiry, chain, failed, last != NULL ? last->failure : NULL);
}

/* Whether an attempt failed because it was stopped, and on whose request. */
static gboolean
explain_stopped (const Inquiry *inquiry, const ReportReason *failed, ReportReason *next)
{
  next->kind = REPORT_REASON_STOPPED;
  next->request = report_was_stopped (failed->attempt) ? find_stop (inquiry->report) : NULL;
  return next->request != NULL;
}

/* What led to a reason that names another atom, or a step of the same one. FALSE when nothing is
 * known to. */
static gboolean
find_next (const Inquiry *inquiry, const ReportReason *last, ReportReason *next)
{
  AtomState state = inquiry->report->atoms[last->atom].state;

  if (last->kind == REPORT_REASON_BEHIND || last->kind == REPORT_REASON_FOLLOWS)
    *next = explain (inquiry, last->other);
  else if (last->kind == REPORT_REASON_WAITS_BEHIND)
    explain_revert_failure (inquiry, next);
  else if (last->kind == REPORT_REASON_RESOLVED
           && (state != ATOM_STATE_SUCCESS
               || last->resolution->resolution == STORAGE_RESOLUTION_RETRY))
    *next = explain_state (inquiry, last->atom);
  else if (last->kind == REPORT_REASON_REVERT_FAILED
           || ((last->kind == REPORT_REASON_RUNS || last->kind == REPORT_REASON_INTERRUPTED)
               && state == ATOM_STATE_REVERTING))
    explain_rollback (inquiry, next);
  else
    return last->kind == REPORT_REASON_FAILED && explain_stopped (inquiry, last, next);
  return TRUE;
}

/* Whether a reason names an atom whose failure is all that is to be said of it: one that is to be
 * tried again has more to it. */
static gboolean
is_due_to_failure (const Inquiry *inquiry, const ReportReason *reason)
{
  const AtomFacts *facts;

  if (reason->other == REPORT_NO_ATOM || reason->kind == REPORT_REASON_WAITS_BEHIND)
    return FALSE;
  if (reason->kind != REPORT_REASON_BEHIND && reason->kind != REPORT_REASON_FOLLOWS)
    return TRUE;
  facts = &inquiry->report->facts[reason->other];
  return facts->failed_seq > facts->retried_seq
         && inquiry->report->atoms[reason->other].state != ATOM_STATE_RUNNING;
}

/* Adds what led to the last reason of the chain. FALSE when that is the end. */
static gboolean
add_next (const Inquiry *inquiry, GArray *chain)
{
  ReportReason last = g_array_index (chain, ReportReason, chain->len - 1);
  ReportReason next = new_reason (last.kind == REPORT_REASON_WAITS_BEHIND ? last.other : last.atom);

  if (is_due_to_failure (inquiry, &last))
    {
      add_answered (inquiry, chain, &last);
      return TRUE;
    }
  if (!find_next (inquiry, &last, &next))
    return FALSE;
  g_array_append_val (chain, next);
  return TRUE;
}

ReportReason *
report_dup_reasons (const Report *report, const Plan *plan, guint atom, guint *count)
{
  g_auto (Inquiry) inquiry = { 0 };
  g_autoptr (GArray) chain = g_array_new (FALSE, FALSE, sizeof (ReportReason));
  ReportReason first;

  g_return_val_if_fail (report != NULL, NULL);
  g_return_val_if_fail (atom < report->n_atoms, NULL);
  g_return_val_if_fail (count != NULL, NULL);

  inquiry_init (&inquiry, report, plan);
  first = explain (&inquiry, atom);
  g_array_append_val (chain, first);
  /* What depends on what has no cycle, so that this ends; a journal that says otherwise must not
   * keep it from that. */
  while (chain->len <= 2 * report->n_atoms + 4 && add_next (&inquiry, chain))
    ;
  *count = chain->len;
  return (ReportReason *) (gpointer) g_array_free (g_steal_pointer (&chain), FALSE);
}
