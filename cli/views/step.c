/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/step.h"

#include <string.h>

#include <backflow/diagnostics/spelling.h>
#include <backflow/engine/report/report_reason.h>
#include <backflow/values/value.h>

#include "cli/arguments.h"
#include "cli/shell_text.h"
#include "cli/text.h"

const ReportAtom *
step_get (const Report *report, guint place)
{
  guint n_atoms;

  return &report_get_atoms (report, &n_atoms)[place];
}

guint
step_lookup (const Report *report, const char *name, GError **error)
{
  guint found = report_find_atom (report, name);
  guint n_atoms;
  const ReportAtom *atoms = report_get_atoms (report, &n_atoms);
  g_autofree const char **names = NULL;
  const char *nearest;

  if (found != REPORT_NO_ATOM)
    return found;
  names = g_new0 (const char *, n_atoms + 1);
  for (guint i = 0; i < n_atoms; i++)
    names[i] = atoms[i].name;
  nearest = spelling_find_nearest (name, names, n_atoms);
  if (nearest != NULL)
    g_set_error (error, USAGE_ERROR, USAGE_ERROR_VALUE,
                 "the run has no step \"%s\": did you mean \"%s\"?", name, nearest);
  else
    g_set_error (error, USAGE_ERROR, USAGE_ERROR_VALUE, "the run has no step \"%s\"", name);
  return REPORT_NO_ATOM;
}

char *
step_dup_command (const Report *report, const char *store_option, const char *verb,
                  const char *step, const char *rest)
{
  g_autoptr (GString) command = g_string_new (NULL);
  g_autofree char *operand = NULL;

  g_string_printf (command, "backflow %s %s", verb, report_get_run (report)->id);
  if (step != NULL)
    operand = shell_text_dup_word (step);
  /* What begins with a dash is no option behind two of them. */
  if (step != NULL && *step != '-')
    g_string_append_printf (command, " %s", operand);
  if (rest != NULL)
    g_string_append_printf (command, " %s", rest);
  g_string_append (command, store_option);
  if (step != NULL && *step == '-')
    g_string_append_printf (command, " -- %s", operand);
  return g_string_free (g_steal_pointer (&command), FALSE);
}

const ReportResolution *
step_find_resolution (const Report *report, guint place)
{
  const ReportAtom *atom = step_get (report, place);
  guint count;
  const ReportResolution *resolutions = report_get_resolutions (report, &count);

  while (count > 0 && resolutions[count - 1].atom != place)
    count--;
  if (count == 0
      || (atom->n_attempts > 0
          && atom->attempts[atom->n_attempts - 1].seq > resolutions[count - 1].seq))
    return NULL;
  return &resolutions[count - 1];
}

gboolean
step_is_skipped (const Report *report, guint place)
{
  guint count;
  const ReportResolution *resolutions = report_get_resolutions (report, &count);

  while (count > 0 && resolutions[count - 1].atom != place)
    count--;
  return count > 0 && resolutions[count - 1].resolution == STORAGE_RESOLUTION_SKIP;
}

const char *
step_get_state_style (const Style *style, AtomState state)
{
  if (state == ATOM_STATE_SUCCESS)
    return style->good;
  return state == ATOM_STATE_FAILURE || state == ATOM_STATE_REVERT_FAILURE ? style->bad : "";
}

gboolean
step_is_rolled_back (const Report *report)
{
  return report_is_rolled_back (report) || report_is_cancelled (report)
         || report_has_request (report, STORAGE_REQUEST_UNDO);
}

char *
step_dup_details (const ReportAttempt *attempt, guint max)
{
  /* What a command says is a text. */
  g_autoptr (GVariant) text
      = attempt->details != NULL ? value_find_key (attempt->details, "text") : NULL;

  return text_dup_value (text != NULL ? text : attempt->details, max);
}

gboolean
step_has_pending_word (const Report *report)
{
  gint64 ended_us = report_get_run (report)->updated_us;
  guint n_resolutions;
  guint n_requests;
  const ReportResolution *resolutions = report_get_resolutions (report, &n_resolutions);
  const ReportRequest *requests = report_get_requests (report, &n_requests);

  return (n_resolutions > 0 && resolutions[n_resolutions - 1].time_us > ended_us)
         || (n_requests > 0 && requests[n_requests - 1].request == STORAGE_REQUEST_UNDO
             && requests[n_requests - 1].time_us > ended_us);
}
