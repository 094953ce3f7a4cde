/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/runs/consent.h"

#include <unistd.h>

#include "cli/views/undoing.h"

/* Reads a line of standard input. Returns: whether it begins with y. */
static gboolean
read_yes (void)
{
  char line[16] = "";

  return fgets (line, sizeof line, stdin) != NULL && (line[0] == 'y' || line[0] == 'Y');
}

gboolean
consent_ask (const StoredRun *run, const Job *job, const char *verb, const char *behind)
{
  g_autoptr (GString) text = g_string_new (NULL);
  gboolean is_asked = isatty (STDIN_FILENO) == 1 && isatty (STDERR_FILENO) == 1
                      && !arguments_has (job->arguments, "yes");

  undoing_append (text, run->report, verb, behind);
  fputs (text->str, stderr);
  if (!is_asked)
    return TRUE;
  fputs ("Go on? [y/N] ", stderr);
  return read_yes ();
}

ExitStatus
consent_refuse (const StoredRun *run, const Job *job)
{
  g_autoptr (GError) error
      = g_error_new (USAGE_ERROR, USAGE_ERROR_VALUE, "run %s: nothing was done", run->id);

  return job_refuse (job, error);
}
