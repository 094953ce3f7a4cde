/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/outcome.h"

#include <string.h>

#include <backflow/engine/report/report_history.h>

#include "cli/text.h"
#include "cli/views/step.h"

/* How many lines of standard error are shown of a failed step. */
#define STDERR_LINES 20

/* How much of the end of a log is looked at. */
#define LOG_BYTES 8192u

/* What FAILURE means: something is left. */
static const char *
get_failure_text (const Report *report)
{
  if (report_has_request (report, STORAGE_REQUEST_UNDO))
    return "NOT ALL REVERTED";
  if (report_has_request (report, STORAGE_REQUEST_KEEP))
    return "CANCELLED, what was done is kept";
  return report_is_cancelled (report) ? "CANCELLED, not all is undone"
                                      : "FAILED, not all is undone";
}

/* What a reader of `show` sees as the state: "SUCCESS", "CANCELLED", "INTERRUPTED", …; static. */
static const char *
get_state_text (const Report *report)
{
  switch (report_get_run (report)->state)
    {
    case FLOW_STATE_SUCCESS:
      return "SUCCESS";
    case FLOW_STATE_FAILURE:
      return get_failure_text (report);
    case FLOW_STATE_REVERTED:
      if (report_has_request (report, STORAGE_REQUEST_UNDO))
        return "REVERTED";
      return report_is_cancelled (report) ? "CANCELLED" : "FAILED, all is undone";
    case FLOW_STATE_SUSPENDED:
      return "SUSPENDED";
    case FLOW_STATE_PENDING:
    case FLOW_STATE_RUNNING:
    case FLOW_STATE_SUSPENDING:
    case FLOW_STATE_RESUMING:
    case FLOW_STATE_COUNT:
    default:
      return report_is_driven (report) ? "RUNNING" : "INTERRUPTED";
    }
}

static const char *
get_state_style (const Outcome *outcome)
{
  FlowState state = report_get_run (outcome->report)->state;

  if (state == FLOW_STATE_SUCCESS)
    return outcome->style->good;
  return state == FLOW_STATE_FAILURE || state == FLOW_STATE_REVERTED ? outcome->style->bad
                                                                     : outcome->style->warn;
}

/* "3 done, 1 skipped", "2 of 5 done". A step that was ignored is skipped; retry controllers are no
 * steps. */
static void
append_steps (GString *out, const Report *report)
{
  guint n_atoms;
  guint n_steps = 0;
  guint n_done = 0;
  guint n_skipped = 0;
  const ReportAtom *atoms = report_get_atoms (report, &n_atoms);

  for (guint i = 0; i < n_atoms; i++)
    if (atoms[i].kind != ATOM_KIND_RETRY)
      {
        n_steps++;
        n_done += atoms[i].state == ATOM_STATE_SUCCESS ? 1 : 0;
        n_skipped += atoms[i].state == ATOM_STATE_IGNORE ? 1 : 0;
      }
  if (n_steps == 0)
    return;
  if (n_done + n_skipped == n_steps)
    g_string_append_printf (out, "%u done", n_done);
  else
    g_string_append_printf (out, "%u of %u done", n_done, n_steps);
  if (n_skipped > 0)
    g_string_append_printf (out, ", %u skipped", n_skipped);
  g_string_append_c (out, ' ');
}

/* Until when the run was at work, as far as anybody knows: now when it is driven, since the epoch.
 */
static gint64
get_until_us (const Report *report)
{
  if (report_is_driven (report))
    return g_get_real_time ();
  if (flow_state_is_rest (report_get_run (report)->state))
    return report_get_run (report)->updated_us;
  return report_get_changed_us (report);
}

void
outcome_append_headline (GString *out, const Outcome *outcome)
{
  const StorageRunInfo *run = report_get_run (outcome->report);
  gboolean has_failed = run->state == FLOW_STATE_FAILURE || run->state == FLOW_STATE_REVERTED;
  gint64 until_us = get_until_us (outcome->report);
  g_autofree char *flow = text_dup_visible (run->flow);
  g_autofree char *id = text_dup_visible (run->id);

  g_string_append_printf (out, "%s%s%s  %s  run %s  ", get_state_style (outcome),
                          get_state_text (outcome->report), outcome->style->off, flow, id);
  if (!has_failed)
    append_steps (out, outcome->report);
  if (run->created_us > 0 && until_us >= run->created_us)
    {
      g_autofree char *took = text_dup_duration (until_us - run->created_us);

      g_string_append_printf (out, "%s %s", has_failed ? "after" : "in", took);
    }
  g_string_append_c (out, '\n');
}

/* -- Why it failed ------------------------------------------------------------------------------
 */

const ReportAttempt *
outcome_find_failed (const ReportAtom *atom, AtomAction action)
{
  for (guint i = atom->n_attempts; i > 0; i--)
    if (atom->attempts[i - 1].action == action && atom->attempts[i - 1].failure != NULL)
      return &atom->attempts[i - 1];
  return NULL;
}

static void
append_place (GString *out, const Outcome *outcome, const char *name)
{
  guint32 node = outcome->plan != NULL ? plan_find_atom (outcome->plan, name) : PLAN_NO_NODE;
  Atom *atom = node != PLAN_NO_NODE ? plan_get_atom (outcome->plan, node) : NULL;
  const SourceMark *mark = atom != NULL ? atom_get_mark (atom) : NULL;
  g_autofree char *file = mark != NULL ? text_dup_visible (mark->file) : NULL;

  if (mark != NULL && mark->file != NULL && mark->line > 0)
    g_string_append_printf (out, "  %s%s:%u%s", outcome->style->dim, file, mark->line,
                            outcome->style->off);
}

static void
append_block (GString *out, const char *label, const char *text)
{
  g_autofree char *indented = text_dup_indented (text, 6);

  g_string_append_printf (out, "    %s\n%s\n", label, indented);
}

/* The end of a log. Returns: (transfer full) (nullable): NULL when it can't be read. */
static char *
dup_log_tail (const char *path)
{
  g_autoptr (GMappedFile) file = path != NULL ? g_mapped_file_new (path, FALSE, NULL) : NULL;
  gsize size = file != NULL ? g_mapped_file_get_length (file) : 0;
  gsize kept = MIN (size, LOG_BYTES);

  return kept > 0
             ? g_utf8_make_valid (g_mapped_file_get_contents (file) + size - kept, (gssize) kept)
             : NULL;
}

/* The last lines of standard error, or of all that was written where nothing of it is. A single
 * line of standard error is in the message already. */
static void
append_written (GString *out, const FailureFields *fields, const char *log)
{
  gboolean has_stderr = fields->stderr_tail != NULL && *fields->stderr_tail != '\0';
  g_autofree char *all = has_stderr ? g_strdup (fields->stderr_tail) : dup_log_tail (log);
  const char *tail = all != NULL ? text_find_last_lines (all, STDERR_LINES) : "";
  const char *end = strchr (tail, '\n');

  if (has_stderr ? end != NULL && end[1] != '\0' : *tail != '\0')
    append_block (out, has_stderr ? "standard error, last lines:" : "output, last lines:", tail);
}

/* A cause that the message has told already is not told again. */
static void
append_causes (GString *out, const FailureFields *fields)
{
  const char *told = fields->message;

  for (const Failure *cause = fields->cause; cause != NULL;
       cause = failure_get_fields (cause)->cause)
    {
      g_autofree char *message = text_dup_visible (failure_get_message (cause));

      if (strstr (told, failure_get_message (cause)) == NULL)
        g_string_append_printf (out, "    because  %s\n", message);
      told = failure_get_message (cause);
    }
}

static void
append_note (GString *out, const ReportAttempt *attempt)
{
  if (attempt->note != NULL)
    append_block (out, "note:", attempt->note);
}

void
outcome_append_details (GString *out, const ReportAttempt *attempt)
{
  const FailureFields *fields = failure_get_fields (attempt->failure);
  const char *log = attempt->log != NULL ? attempt->log : fields->log_path;

  append_causes (out, fields);
  append_written (out, fields, log);
  append_note (out, attempt);
  if (log != NULL)
    {
      g_autofree char *visible = text_dup_visible (log);

      g_string_append_printf (out, "    log  %s\n", visible);
    }
}

static void
append_failure (GString *out, const Outcome *outcome, const ReportAtom *atom,
                const ReportAttempt *attempt)
{
  const FailureFields *fields = failure_get_fields (attempt->failure);
  g_autofree char *name = text_dup_visible (atom->name);
  g_autofree char *message = text_dup_visible (fields->message);

  g_string_append_printf (out, "  %s%s%s  ", outcome->style->bold, name, outcome->style->off);
  if (attempt->number > 1)
    g_string_append_printf (out, "attempt %u: ", attempt->number);
  g_string_append (out, message);
  append_place (out, outcome, atom->name);
  g_string_append_c (out, '\n');
  outcome_append_details (out, attempt);
}

/* The last request of its kind (nullable). */
static const ReportRequest *
find_request (const Report *report, StorageRequest request)
{
  guint count;
  const ReportRequest *requests = report_get_requests (report, &count);

  for (guint i = count; i > 0 && report_has_request (report, request); i--)
    if (requests[i - 1].request == request)
      return &requests[i - 1];
  return NULL;
}

/* Appends that somebody asked for it, and why. */
static gboolean
append_request (GString *out, const Report *report, StorageRequest kind, const char *what)
{
  const ReportRequest *request = find_request (report, kind);
  g_autofree char *reason
      = request != NULL && request->reason != NULL ? text_dup_visible (request->reason) : NULL;

  if (request == NULL)
    return FALSE;
  g_string_append_printf (out, "  %s on request%s%s\n", what, reason != NULL ? ": " : ".",
                          reason != NULL ? reason : "");
  return TRUE;
}

static void
append_requests (GString *out, const Report *report)
{
  gboolean is_said = append_request (out, report, STORAGE_REQUEST_CANCEL, "It was cancelled");

  is_said = append_request (out, report, STORAGE_REQUEST_KEEP,
                            "It was cancelled, and what was done was kept")
            || is_said;
  is_said = append_request (out, report, STORAGE_REQUEST_UNDO, "It was undone") || is_said;
  if (!is_said && report_is_cancelled (report))
    g_string_append (out, "  It was cancelled on request.\n");
}

/* Why a run stopped on its way, when that was said. */
static void
append_why_suspended (GString *out, const Outcome *outcome)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint n_atoms;
  const ReportAtom *atoms = report_get_atoms (outcome->report, &n_atoms);

  (void) append_request (text, outcome->report, STORAGE_REQUEST_SUSPEND, "It was suspended");
  for (guint i = 0; i < n_atoms; i++)
    if (atoms[i].effect == REPORT_EFFECT_UNKNOWN)
      {
        g_autofree char *name = text_dup_visible (atoms[i].name);

        g_string_append_printf (text, "  Nobody knows what became of %s, which was interrupted.\n",
                                name);
      }
  if (text->len > 0)
    g_string_append_printf (out, "\n%sWhy it stopped%s\n%s", outcome->style->bold,
                            outcome->style->off, text->str);
}

static const char *
get_why_title (const Report *report, guint n_failed)
{
  FlowState state = report_get_run (report)->state;

  if (n_failed == 0 && report_has_request (report, STORAGE_REQUEST_UNDO))
    return "Why it was undone";
  if (n_failed == 0 && state != FLOW_STATE_FAILURE && state != FLOW_STATE_REVERTED)
    return "Why it is rolled back";
  /* It may be tried again, and succeed. */
  if (state != FLOW_STATE_FAILURE && state != FLOW_STATE_REVERTED && !step_is_rolled_back (report))
    return "What has failed";
  return "Why it failed";
}

void
outcome_append_why (GString *out, const Outcome *outcome)
{
  FlowState state = report_get_run (outcome->report)->state;
  guint n_atoms;
  guint n_failed;
  const ReportAtom *atoms = report_get_atoms (outcome->report, &n_atoms);
  const guint *failed = report_get_failed (outcome->report, &n_failed);
  gboolean is_undone = report_has_request (outcome->report, STORAGE_REQUEST_UNDO);

  if (state == FLOW_STATE_SUSPENDED)
    append_why_suspended (out, outcome);
  if (n_failed == 0 && !report_is_cancelled (outcome->report) && !is_undone)
    return;
  g_string_append_printf (out, "\n%s%s%s\n", outcome->style->bold,
                          get_why_title (outcome->report, n_failed), outcome->style->off);
  append_requests (out, outcome->report);
  for (guint i = 0; i < n_failed; i++)
    {
      const ReportAttempt *attempt = outcome_find_failed (&atoms[failed[i]], ATOM_ACTION_EXECUTE);

      if (attempt != NULL)
        append_failure (out, outcome, &atoms[failed[i]], attempt);
    }
}
