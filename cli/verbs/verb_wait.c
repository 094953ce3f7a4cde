/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/verb_wait.h"

#include <backflow/values/duration.h>

#include "cli/runs/stored_run.h"

/* How often the run is looked at. */
#define LOOK_EVERY_US (100 * 1000)

/* The monotonic time at which --timeout is over, G_MAXINT64 without one. FALSE with a USAGE_ERROR.
 */
static gboolean
read_deadline (const Arguments *arguments, gint64 *until_us, GError **error)
{
  const char *text = arguments_find (arguments, "timeout");
  gint64 timeout_us = 0;

  *until_us = G_MAXINT64;
  if (text == NULL)
    return TRUE;
  if (!duration_parse (text, &timeout_us, NULL))
    {
      g_set_error (error, USAGE_ERROR, USAGE_ERROR_VALUE,
                   "--timeout is a duration such as 30s or 5m, not \"%s\"", text);
      return FALSE;
    }
  *until_us = g_get_monotonic_time () + timeout_us;
  return TRUE;
}

/* Returns: whether nothing drives the run any more. FALSE without an error: the time is over. */
static gboolean
wait_for_rest (const StoredRun *run, const Job *job, gint64 until_us, GError **error)
{
  while (TRUE)
    {
      gint64 began_us = g_get_monotonic_time ();
      g_autoptr (StorageRun) now = storage_open_run (job->storage, run->id, error);

      if (now == NULL)
        return FALSE;
      if (!report_info_is_driven (storage_run_get_info (now)))
        return TRUE;
      if (began_us >= until_us)
        return FALSE;
      /* A run of a million steps takes a while to open: most of the time is left to its owner. */
      g_usleep ((gulong) MIN (MAX (LOOK_EVERY_US, (g_get_monotonic_time () - began_us) * 10),
                              MAX (until_us - began_us, 1)));
    }
}

static ExitStatus
run (const Arguments *arguments, const Console *console)
{
  g_auto (Job) job = { .arguments = arguments, .console = console };
  g_auto (StoredRun) stored = { 0 };
  g_autoptr (GError) error = NULL;
  gint64 until_us;

  if (!read_deadline (arguments, &until_us, &error) || !stored_run_find (&stored, &job, &error))
    return job_refuse (&job, error);
  if (!wait_for_rest (&stored, &job, until_us, &error) && error == NULL)
    g_set_error (&error, STORAGE_ERROR, STORAGE_ERROR_OWNED,
                 "run %s is still driven, and the time of --timeout is over", stored.id);
  if (error != NULL || !stored_run_look_again (&stored, &job, &error))
    return job_refuse (&job, error);
  return stored_run_print (&stored, &job);
}

static const Option options[] = {
  { "timeout", 0, OPTION_VALUE, "DURATION", "wait no longer than that, such as 30s or 5m" },
  OPTION_STORE,
  OPTION_JSON,
  OPTION_COLOR,
  OPTION_HELP,
  OPTION_END,
};

const Verb verb_wait = {
  .syntax = { "wait", "RUN", 1, 1, options },
  .summary = "Wait until a run has ended or stopped, and say how.",
  .notes = "RUN is the beginning of a run's id, or @last.\n"
           "Exit status: as of run; 12 also of a run that was interrupted; 16 the time is over.",
  .run = run,
};
