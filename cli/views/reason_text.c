/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/reason_text.h"

#include <string.h>

#include <backflow/flows/expression.h>
#include <backflow/values/value.h>

#include "cli/text.h"
#include "cli/views/step.h"

/* How much of a value is shown. */
#define VALUE_COLUMNS 60

/* A sentence under way. */
typedef struct
{
  const Report *report;
  const ReportReason *reason;
  GString *out;
} Telling;

static const ReportAtom *
get_atom (const Telling *telling, guint atom)
{
  return step_get (telling->report, atom);
}

static void
say (const Telling *telling, const char *words)
{
  g_string_append (telling->out, words);
}

static void
say_visible (const Telling *telling, const char *before, const char *text, const char *after)
{
  g_autofree char *visible = text_dup_visible (text);

  g_string_append_printf (telling->out, "%s%s%s", before, visible, after);
}

static void
say_name (const Telling *telling, const char *before, guint atom, const char *after)
{
  say_visible (telling, before, get_atom (telling, atom)->name, after);
}

static void
say_time (const Telling *telling, const char *before, gint64 time_us)
{
  g_autofree char *time = text_dup_time (time_us);

  if (time_us > 0)
    g_string_append_printf (telling->out, "%s%s", before, time);
}

static void
say_message (const Telling *telling, const Failure *failure)
{
  gsize length;

  if (failure == NULL)
    return;
  say_visible (telling, ": ", failure_get_message (failure), "");
  /* The sentence ends in one stop. */
  length = telling->out->len;
  if (length > 0 && telling->out->str[length - 1] == '.')
    g_string_truncate (telling->out, length - 1);
}

static void
say_reason (const Telling *telling, const char *reason)
{
  if (reason != NULL)
    say_visible (telling, " (\"", reason, "\")");
}

static void
say_ordinal (const Telling *telling, guint number)
{
  static const char *const words[] = { "", "first", "second", "third", "fourth", "fifth" };

  if (number < G_N_ELEMENTS (words))
    say (telling, words[number]);
  else
    g_string_append_printf (telling->out, "%u.", number);
}

/* What the controller provided for a try; the number of the try is said already. */
static void
say_try_value (const Telling *telling, const ReportTry *one)
{
  g_autofree char *value = text_dup_value (one->value, VALUE_COLUMNS);
  g_autofree char *number = g_strdup_printf ("%u", one->number);

  if (*value != '\0' && strcmp (value, number) != 0)
    g_string_append_printf (telling->out, " (%s)", value);
}

static void
say_try (const Telling *telling)
{
  const ReportReason *reason = telling->reason;
  guint count;
  const ReportTry *tries;

  if (reason->controller == REPORT_NO_ATOM || reason->try_number == 0)
    return;
  say (telling, ", in the ");
  say_ordinal (telling, reason->try_number);
  say_name (telling, " try of ", reason->controller, "");
  tries = report_get_tries (telling->report, reason->controller, &count);
  while (count > 0 && tries[count - 1].number != reason->try_number)
    count--;
  if (count > 0)
    say_try_value (telling, &tries[count - 1]);
}

static void
say_attempt (const Telling *telling)
{
  const ReportAttempt *attempt = telling->reason->attempt;

  if (attempt != NULL && attempt->number > 1)
    g_string_append_printf (telling->out, " (attempt %u)", attempt->number);
}

/* Who answered what to the failure of `other`. */
static void
say_answer (const Telling *telling)
{
  const ReportDecision *decision = telling->reason->decision;

  if (decision == NULL)
    return;
  say_name (telling, ", and ", decision->controller, " answered ");
  say (telling, retry_decision_get_name (decision->answer));
  if (decision->try_number > 0)
    g_string_append_printf (telling->out, " (try %u)", decision->try_number);
}

/* -- States -------------------------------------------------------------------------------------
 */

static gboolean
has_failed (const ReportAtom *atom)
{
  for (guint i = atom->n_attempts; i > 0; i--)
    if (atom->attempts[i - 1].action == ATOM_ACTION_EXECUTE)
      return atom->attempts[i - 1].to == ATOM_STATE_FAILURE;
  return FALSE;
}

static const char *
get_standing (const Telling *telling, guint atom)
{
  switch (get_atom (telling, atom)->state)
    {
    case ATOM_STATE_FAILURE:
      return "failed";
    case ATOM_STATE_RUNNING:
      return report_is_driven (telling->report) ? "has not ended" : "was interrupted";
    case ATOM_STATE_REVERTING:
    case ATOM_STATE_REVERTED:
    case ATOM_STATE_REVERT_FAILURE:
      return has_failed (get_atom (telling, atom)) ? "failed" : "was reverted";
    case ATOM_STATE_RETRYING:
      return "is between two tries";
    case ATOM_STATE_PENDING:
    case ATOM_STATE_SUCCESS:
    case ATOM_STATE_IGNORE:
    case ATOM_STATE_COUNT:
    default:
      return "has not run either";
    }
}

static void
tell_behind (const Telling *telling)
{
  say_name (telling, "", telling->reason->atom, " has not run: it comes after ");
  say_name (telling, "", telling->reason->other, ", which ");
  say (telling, get_standing (telling, telling->reason->other));
  say (telling, ".");
}

/* " failed", or what is said of a controller that did not fail but gave up. */
static const char *
get_failed_words (const Telling *telling, guint atom)
{
  const ReportAtom *other = get_atom (telling, atom);

  return other->kind == ATOM_KIND_RETRY && !has_failed (other) ? " gave up" : " failed";
}

static void
tell_halted (const Telling *telling)
{
  say_name (telling, "", telling->reason->atom, " never ran: its turn had not come when ");
  say_name (telling, "", telling->reason->other,
            get_failed_words (telling, telling->reason->other));
  say_answer (telling);
  say (telling, ". After that nothing was started.");
}

static void
say_request (const Telling *telling)
{
  static const char *const words[]
      = { "suspended", "cancelled", "cancelled, to be left as it was", "undone" };
  const ReportRequest *request = telling->reason->request;

  say (telling, words[request->request]);
  say (telling, " on request");
  say_time (telling, " at ", request->time_us);
  say_reason (telling, request->reason);
}

static void
tell_stopped (const Telling *telling)
{
  say_name (telling, "", telling->reason->atom,
            get_atom (telling, telling->reason->atom)->state == ATOM_STATE_PENDING
                ? " has not run: its turn had not come when the run was "
                : " was stopped when the run was ");
  say_request (telling);
  say (telling, ".");
}

static void
tell_retried (const Telling *telling)
{
  say_name (telling, "", telling->reason->atom, " was reverted, to be tried again: ");
  say_name (telling, "", telling->reason->other,
            get_failed_words (telling, telling->reason->other));
  say_answer (telling);
  say (telling, ".");
}

static void
tell_next (const Telling *telling)
{
  say_name (telling, "", telling->reason->atom,
            " has not run, and nothing that is known holds it back: ");
  say (telling,
       report_is_driven (telling->report) ? "its turn comes." : "it will when the run goes on.");
}

static void
tell_running (const Telling *telling)
{
  const ReportAttempt *attempt = telling->reason->attempt;
  gboolean is_revert = attempt != NULL && attempt->action == ATOM_ACTION_REVERT;

  say_name (telling, "", telling->reason->atom,
            is_revert ? " is being reverted" : " is being executed");
  if (attempt == NULL)
    return;
  say_time (telling, " since ", attempt->started_us);
  say_attempt (telling);
  say_try (telling);
  if (attempt->progress >= 0)
    {
      g_autofree char *details = step_dup_details (attempt, VALUE_COLUMNS);

      g_string_append_printf (telling->out, "; it is %.0f %% done%s%s", attempt->progress * 100,
                              *details != '\0' ? ": " : "", details);
    }
  say (telling, ".");
}

static void
tell_interrupted (const Telling *telling)
{
  const ReportAttempt *attempt = telling->reason->attempt;
  gboolean is_revert = attempt != NULL && attempt->action == ATOM_ACTION_REVERT;

  say_name (telling, "Whoever drove the run was gone while ", telling->reason->atom,
            is_revert ? " was being reverted" : " was being executed");
  say_attempt (telling);
  if (attempt != NULL && attempt->progress >= 0)
    g_string_append_printf (telling->out, " and %.0f %% done", attempt->progress * 100);
  say (telling, is_revert ? ". Whether its effect is still in the world is unknown."
                          : ". Whether its effect is in the world is unknown.");
  if (report_get_run (telling->report)->state == FLOW_STATE_SUSPENDED)
    say (telling, " Somebody has to say.");
}

static void
tell_executed (const Telling *telling)
{
  const ReportAttempt *attempt = telling->reason->attempt;

  say_name (telling, "", telling->reason->atom, " was executed");
  if (attempt != NULL)
    say_time (telling, " at ", attempt->started_us);
  if (attempt != NULL && attempt->repeats > 0)
    say_time (telling, ", was interrupted, was taken up again at ", attempt->resumed_us);
  say_attempt (telling);
  say_try (telling);
  say (telling, ", and succeeded.");
}

static void
tell_failed (const Telling *telling)
{
  say_name (telling, "", telling->reason->atom, " failed");
  say_attempt (telling);
  say_try (telling);
  if (telling->reason->attempt != NULL)
    say_message (telling, telling->reason->attempt->failure);
  say (telling, ".");
}

static void
tell_waits_behind (const Telling *telling)
{
  gboolean stays = get_atom (telling, telling->reason->other)->effect == REPORT_EFFECT_STAYS;

  say_name (telling, "", telling->reason->atom, " is not reverted: that waits behind ");
  say (telling, stays ? "" : "the revert of ");
  say_name (telling, "", telling->reason->other,
            stays ? ", which came after it and stays." : ", which failed.");
}

static void
tell_to_revert (const Telling *telling)
{
  say_name (telling, "", telling->reason->atom, " is to be reverted, and its turn has not come: ");
  say_name (telling, "", telling->reason->other,
            get_failed_words (telling, telling->reason->other));
  say_answer (telling);
  say (telling, ".");
}

/* "was", "is to be", "had to be" reverted: by the state. */
static void
say_reverted (const Telling *telling)
{
  AtomState state = get_atom (telling, telling->reason->atom)->state;

  say_name (telling, "", telling->reason->atom,
            state == ATOM_STATE_REVERTED ? " was reverted" : " had to be reverted");
}

static void
tell_rolled_back (const Telling *telling)
{
  const ReportReason *reason = telling->reason;

  say_reverted (telling);
  if (reason->other != reason->atom)
    say_name (telling, " because ", reason->other, get_failed_words (telling, reason->other));
  else if (get_atom (telling, reason->atom)->kind == ATOM_KIND_RETRY)
    g_string_append_printf (telling->out, " because it%s",
                            get_failed_words (telling, reason->atom));
  else
    say (telling, " because it failed itself");
  say_answer (telling);
  say (telling, ".");
  if (reason->decision == NULL
      || get_atom (telling, reason->decision->controller)->state != ATOM_STATE_RETRYING)
    return;
  say (telling, " It is to be tried again");
  say_time (telling, ", not before ", reason->decision->until_us);
  say (telling, ".");
}

static void
tell_requested (const Telling *telling)
{
  say_reverted (telling);
  if (telling->reason->request == NULL)
    {
      say (telling, "; the journal does not say why.");
      return;
    }
  say (telling, " because the run was ");
  say_request (telling);
  say (telling, ".");
}

static void
tell_answered (const Telling *telling)
{
  say_name (telling, "", telling->reason->atom, " had answered ");
  say (telling, retry_decision_get_name (telling->reason->decision->answer));
  say_name (telling, " to the failure of ", telling->reason->other, " before.");
}

static guint
count_reverts (const ReportAtom *atom)
{
  guint count = 0;

  for (guint i = 0; i < atom->n_attempts; i++)
    count += atom->attempts[i].action == ATOM_ACTION_REVERT ? 1 : 0;
  return count;
}

static void
tell_revert_failed (const Telling *telling)
{
  const ReportReason *reason = telling->reason;
  guint count = count_reverts (get_atom (telling, reason->atom));

  if (get_atom (telling, reason->atom)->effect == REPORT_EFFECT_STAYS)
    {
      say_name (telling, "", reason->atom, " can't be taken back: its effect stays in the world.");
      return;
    }
  say_name (telling, "The revert of ", reason->atom, " failed");
  if (count > 1)
    g_string_append_printf (telling->out, ", %u times", count);
  if (reason->attempt != NULL)
    say_message (telling, reason->attempt->failure);
  say (telling, ".");
  if (reason->decision == NULL || reason->decision->answer != RETRY_DECISION_RETRY)
    return;
  say (telling, " It is to be tried again");
  say_time (telling, ", not before ", reason->decision->until_us);
  say (telling, ".");
}

static void
tell_retries (const Telling *telling)
{
  const ReportReason *reason = telling->reason;

  say_name (telling, "", reason->atom, " has what it controls reverted, and tries it again");
  if (reason->decision != NULL)
    say_time (telling, ", not before ", reason->decision->until_us);
  if (reason->other != REPORT_NO_ATOM)
    say_name (telling, ", because ", reason->other, get_failed_words (telling, reason->other));
  if (reason->try_number > 0)
    g_string_append_printf (telling->out, " in try %u", reason->try_number);
  say (telling, ".");
}

/* The inputs that an expression reads: the journal has them. */
static void
say_inputs (const Telling *telling, const char *text)
{
  g_autoptr (Expression) expression = expression_new (text, NULL, NULL);
  guint count = 0;

  for (const char *const *symbol = expression != NULL ? expression_get_symbols (expression) : NULL;
       symbol != NULL && *symbol != NULL; symbol++)
    {
      g_autoptr (GVariant) value = value_find_key (report_get_inputs (telling->report), *symbol);
      g_autofree char *word = value != NULL ? text_dup_value (value, VALUE_COLUMNS) : NULL;

      if (word != NULL)
        g_string_append_printf (telling->out, "%s%s is %s", count++ > 0 ? ", " : ", where ",
                                *symbol, word);
    }
}

static void
tell_decided (const Telling *telling)
{
  const ReportReason *reason = telling->reason;

  say_name (telling, "", reason->atom, " was ignored: the decider of ");
  if (reason->flow != NULL)
    say_visible (telling, "the flow ", reason->flow, " around it said no");
  else
    say (telling, "the step said no");
  if (reason->expression != NULL)
    {
      say_visible (telling, ": when ", reason->expression, "");
      say_inputs (telling, reason->expression);
    }
  say (telling, ".");
}

static void
tell_resolved (const Telling *telling)
{
  static const char *const words[]
      = { "be tried again", "be taken as reverted", "be left as it is", "be taken as done" };
  const ReportResolution *resolution = telling->reason->resolution;

  say_name (telling, "Somebody said that ", telling->reason->atom, " is to ");
  say (telling, words[resolution->resolution]);
  say_time (telling, ", at ", resolution->time_us);
  say_reason (telling, resolution->reason);
  say (telling, ".");
}

/* -- All ----------------------------------------------------------------------------------------
 */

static void
tell_not_begun (const Telling *telling)
{
  say (telling, "The run has not begun.");
}

static void
tell_follows (const Telling *telling)
{
  say_name (telling, "", telling->reason->atom, " was ignored because ");
  say_name (telling, "", telling->reason->other, ", which it comes after, was.");
}

static void
tell_ignored (const Telling *telling)
{
  say_name (telling, "A decider said no, at ", telling->reason->atom, " or before it.");
}

static void (*const tellers[REPORT_REASON_COUNT]) (const Telling *) = {
  [REPORT_REASON_NOT_BEGUN] = tell_not_begun,
  [REPORT_REASON_BEHIND] = tell_behind,
  [REPORT_REASON_HALTED] = tell_halted,
  [REPORT_REASON_STOPPED] = tell_stopped,
  [REPORT_REASON_RETRIED] = tell_retried,
  [REPORT_REASON_NEXT] = tell_next,
  [REPORT_REASON_RUNS] = tell_running,
  [REPORT_REASON_INTERRUPTED] = tell_interrupted,
  [REPORT_REASON_EXECUTED] = tell_executed,
  [REPORT_REASON_FAILED] = tell_failed,
  [REPORT_REASON_WAITS_BEHIND] = tell_waits_behind,
  [REPORT_REASON_TO_REVERT] = tell_to_revert,
  [REPORT_REASON_ROLLED_BACK] = tell_rolled_back,
  [REPORT_REASON_REQUESTED] = tell_requested,
  [REPORT_REASON_ANSWERED] = tell_answered,
  [REPORT_REASON_REVERT_FAILED] = tell_revert_failed,
  [REPORT_REASON_RETRIES] = tell_retries,
  [REPORT_REASON_DECIDED] = tell_decided,
  [REPORT_REASON_FOLLOWS] = tell_follows,
  [REPORT_REASON_IGNORED] = tell_ignored,
  [REPORT_REASON_RESOLVED] = tell_resolved,
};

char *
reason_dup_text (const Report *report, const ReportReason *reason)
{
  g_autoptr (GString) out = g_string_new (NULL);
  Telling telling = { report, reason, out };

  tellers[reason->kind](&telling);
  return g_string_free (g_steal_pointer (&out), FALSE);
}
