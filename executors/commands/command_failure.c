/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE

#include "executors/commands/command_failure.h"

#include <string.h>

#include "values/duration.h"

/* How much of a line is quoted in a message. */
#define LINE_BYTES 200

gboolean
command_failure_is_success (const ChildOutcome *outcome)
{
  return outcome->stop == CHILD_STOP_NONE && outcome->end == CHILD_END_EXITED
         && outcome->exit_status == 0;
}

/* The last line of `text` that is not blank, in one line without control characters, cut when it is
 * long. Returns: (transfer full) (nullable). */
static char *
dup_last_line (const char *text)
{
  gsize end = strlen (text);
  gsize start;
  char *line;

  while (end > 0 && g_ascii_isspace (text[end - 1]))
    end--;
  if (end == 0)
    return NULL;
  start = end;
  while (start > 0 && text[start - 1] != '\n')
    start--;
  if (end - start > LINE_BYTES)
    {
      const char *cut = g_utf8_find_prev_char (text + start, text + start + LINE_BYTES);

      line = g_strdup_printf ("%.*s…", (int) (cut - (text + start)), text + start);
    }
  else
    line = g_strndup (text + start, end - start);
  for (char *at = line; *at != '\0'; at++)
    if (g_ascii_iscntrl (*at))
      *at = ' ';
  return g_strstrip (line);
}

static void
append_signal (GString *message, const ChildOutcome *outcome)
{
  const char *description = sigdescr_np (outcome->signal);

  g_string_append_printf (message, "ended by signal %d", outcome->signal);
  if (description != NULL)
    g_string_append_printf (message, " (%s)", description);
  if (outcome->core_dumped)
    g_string_append (message, ", core dumped");
}

/* How it ended by itself. */
static void
append_end (GString *message, const ChildOutcome *outcome)
{
  switch (outcome->end)
    {
    case CHILD_END_EXITED:
      g_string_append_printf (message, "exited with status %d", outcome->exit_status);
      return;
    case CHILD_END_SIGNALLED:
      append_signal (message, outcome);
      return;
    case CHILD_END_UNKNOWN:
    default:
      g_string_append (message, "ended, nobody knows how: its exit status was taken by another "
                                "part of the program, or it could not be ended");
      return;
    }
}

static const char *
append_reason (GString *message, const ChildOutcome *outcome, gint64 limit_us)
{
  g_autofree char *limit = NULL;

  switch (outcome->stop)
    {
    case CHILD_STOP_DEADLINE:
      limit = duration_to_text (MAX (limit_us, 0));
      g_string_append_printf (message, "took longer than %s", limit);
      return "timeout";
    case CHILD_STOP_CANCEL:
      g_string_append (message, "was cancelled");
      return "cancelled";
    case CHILD_STOP_NONE:
    default:
      append_end (message, outcome);
      return "command";
    }
}

Failure *
command_failure_new (const ChildOutcome *outcome, const Output *output,
                     const CommandFailureFacts *facts)
{
  g_autoptr (GString) message = g_string_new (NULL);
  g_autofree char *tail = output_dup_tail_text (output);
  g_autofree char *last_line = dup_last_line (tail);
  FailureFields fields = FAILURE_FIELDS_INIT;

  fields.domain = append_reason (message, outcome, facts->limit_us);
  if (facts->domain != NULL && outcome->stop != CHILD_STOP_CANCEL)
    fields.domain = facts->domain;
  if (last_line != NULL)
    g_string_append_printf (message, ": %s", last_line);
  fields.message = message->str;
  if (outcome->end == CHILD_END_EXITED)
    fields.exit_status = outcome->exit_status;
  if (outcome->end == CHILD_END_SIGNALLED)
    fields.signal = outcome->signal;
  fields.stderr_tail = *tail != '\0' ? tail : NULL;
  fields.log_path = facts->log_path;
  fields.attempt = facts->attempt;
  return failure_new (&fields);
}

Failure *
command_failure_new_survivors (const ChildOutcome *outcome, Failure *cause,
                               const CommandFailureFacts *facts)
{
  g_autofree char *message = g_strdup_printf (
      "%u of its processes could not be ended, neither by TERM nor by KILL%s%s", outcome->survivors,
      outcome->names != NULL ? ": " : "", outcome->names != NULL ? outcome->names : "");
  FailureFields fields = FAILURE_FIELDS_INIT;

  fields.domain = "containment";
  fields.code = CHILD_ERROR_SURVIVORS;
  fields.message = message;
  fields.log_path = facts->log_path;
  fields.attempt = facts->attempt;
  fields.cause = cause;
  return failure_new (&fields);
}

char *
command_failure_dup_note (const ChildOutcome *outcome)
{
  if (outcome->remains == CHILD_REMAINS_UNKNOWN)
    return g_strdup ("whether processes of the command are left cannot be seen: /proc cannot be "
                     "read");
  if (outcome->left_behind == 1)
    return g_strdup ("one process that the command had left behind was ended");
  if (outcome->left_behind > 1)
    return g_strdup_printf ("%u processes that the command had left behind were ended",
                            outcome->left_behind);
  return NULL;
}
