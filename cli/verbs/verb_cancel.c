/* SPDX-License-Identifier: Apache-2.0 */
/* cancel and suspend: a run that another process drives is asked to stop through the store, and
 * waited for; one that nobody drives is taken over and rolled back here.
 */
#include "cli/verbs/verb_cancel.h"

#include <backflow/engine/report/report_history.h>

#include "cli/json.h"
#include "cli/runs/consent.h"
#include "cli/runs/stored_owner.h"
#include "cli/runs/stored_run.h"
#include "cli/shell_text.h"

/* How often it is looked whether the run has ended. */
#define LOOK_EVERY_US (100 * 1000)

/* How long a run may change hands again and again before it is left to whoever has it. */
#define PATIENCE_US (10 * G_USEC_PER_SEC)

/* What became of a request. */
typedef enum
{
  HEED_LEFT,   /* somebody who drives the run will see it */
  HEED_NOBODY, /* nobody drives it */
  HEED_FAILED, /* an error says why */
} Heed;

static Heed
leave_request (const StoredRun *run, const Job *job, StorageRequest request, GError **error)
{
  g_autoptr (GError) refused = NULL;

  if (storage_leave_request (job->storage, run->id, request,
                             arguments_find (job->arguments, "reason"), &refused))
    return HEED_LEFT;
  if (g_error_matches (refused, STORAGE_ERROR, STORAGE_ERROR_UNOWNED))
    return HEED_NOBODY;
  g_propagate_error (error, g_steal_pointer (&refused));
  return HEED_FAILED;
}

/* An owner of whom nothing can be known may be gone for good, and then nobody will ever heed it. */
static void
warn_of_owner (const StoredRun *run, const Job *job)
{
  g_autoptr (GError) owned = NULL;
  g_autofree char *option = shell_text_dup_owner_option (report_get_run (run->report));

  if (option != NULL && !stored_owner_check (run->report, &owned))
    console_print_warning (job->console, "%s", owned->message);
}

/* Waits until nobody drives the run any more. FALSE with a STORAGE_ERROR. */
static gboolean
wait_for_end (StoredRun *run, const Job *job, GError **error)
{
  if (job->console->is_live)
    fprintf (stderr,
             "Asked. Waiting for the steps that run; Ctrl-C ends the waiting, not the run.\n");
  while (TRUE)
    {
      gint64 began_us = g_get_monotonic_time ();
      g_autoptr (StorageRun) now = storage_open_run (job->storage, run->id, error);

      if (now == NULL)
        return FALSE;
      if (!report_info_is_driven (storage_run_get_info (now)))
        return stored_run_look_again (run, job, error);
      /* To look at a run of a million steps takes a while: most of the time goes to who drives it.
       */
      g_usleep ((gulong) MAX (LOOK_EVERY_US, (g_get_monotonic_time () - began_us) * 10));
    }
}

static ExitStatus
say_left (const StoredRun *run, const Job *job, StorageRequest request)
{
  g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  if (!arguments_has (job->arguments, "json"))
    {
      fprintf (stderr, "Run %s is asked to %s.\n", run->id,
               request == STORAGE_REQUEST_SUSPEND ? "suspend" : "cancel");
      return EXIT_STATUS_SUCCESS;
    }
  json_add_text (&object, "run", run->id);
  json_add_text (&object, "requested", report_request_get_name (request));
  g_variant_builder_add (&object, "{sv}", "exit-status", g_variant_new_int64 (EXIT_STATUS_SUCCESS));
  console_print_json (g_variant_builder_end (&object));
  return EXIT_STATUS_SUCCESS;
}

/* Takes the run over to end it. FALSE when somebody else was quicker; otherwise `status` is what to
 * exit with. */
static gboolean
end_here (const StoredRun *run, Job *job, StorageRequest request, ExitStatus *status)
{
  g_autoptr (GError) error = NULL;

  *status = job->definition == NULL ? stored_run_load (run, job) : EXIT_STATUS_SUCCESS;
  if (*status != EXIT_STATUS_SUCCESS)
    return TRUE;
  if (!stored_run_take (run, job, &error))
    {
      *status = EXIT_STATUS_OWNED;
      if (g_error_matches (error, STORAGE_ERROR, STORAGE_ERROR_OWNED))
        return FALSE;
      *status = job_refuse (job, error);
      return TRUE;
    }
  engine_request (job->engine, request, arguments_find (job->arguments, "reason"));
  *status = job_run (job);
  return TRUE;
}

/* Nobody drives the run: is there anything to do? */
static gboolean
is_over (const StoredRun *run, StorageRequest request)
{
  return stored_run_has_ended (run) || request == STORAGE_REQUEST_SUSPEND;
}

static ExitStatus
say_over (const StoredRun *run, const Job *job, gboolean was_asked)
{
  if (!was_asked && stored_run_has_ended (run))
    fprintf (stderr, "Run %s has ended: there is nothing to stop.\n", run->id);
  else if (!was_asked)
    fprintf (stderr, "Run %s: nobody drives it, so there is nothing to stop.\n", run->id);
  return stored_run_print (run, job);
}

/* Tries once to have it heeded. Returns: whether `status`, or an error, says what came of it;
 * otherwise the run has changed hands. */
static gboolean
ask_once (StoredRun *run, Job *job, StorageRequest request, gboolean *was_asked, ExitStatus *status,
          GError **error)
{
  Heed heed = leave_request (run, job, request, error);

  if (heed == HEED_FAILED)
    return TRUE;
  if (heed == HEED_LEFT && !*was_asked)
    warn_of_owner (run, job);
  *was_asked = *was_asked || heed == HEED_LEFT;
  if (heed == HEED_LEFT && arguments_has (job->arguments, "no-wait"))
    {
      *status = say_left (run, job, request);
      return TRUE;
    }
  if (!(heed == HEED_LEFT ? wait_for_end (run, job, error)
                          : stored_run_look_again (run, job, error)))
    return TRUE;
  if (is_over (run, request))
    {
      *status = say_over (run, job, *was_asked);
      return TRUE;
    }
  return heed == HEED_NOBODY && end_here (run, job, request, status);
}

static ExitStatus
ask (StoredRun *run, Job *job, StorageRequest request, GError **error)
{
  gint64 until_us = g_get_monotonic_time () + PATIENCE_US;
  gboolean was_asked = FALSE;
  ExitStatus status = EXIT_STATUS_ENVIRONMENT;

  while (!ask_once (run, job, request, &was_asked, &status, error))
    {
      if (g_get_monotonic_time () >= until_us)
        {
          g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_OWNED,
                       "run %s changes hands all the time", run->id);
          break;
        }
      g_usleep (LOOK_EVERY_US);
    }
  return status;
}

static ExitStatus
run (const Arguments *arguments, const Console *console, StorageRequest request)
{
  g_auto (Job) job = { .arguments = arguments, .console = console };
  g_auto (StoredRun) stored = { 0 };
  g_autoptr (GError) error = NULL;
  ExitStatus status;

  if (!job_check_arguments (arguments, &error) || !stored_run_find (&stored, &job, &error))
    return job_refuse (&job, error);
  if (request == STORAGE_REQUEST_CANCEL && !stored_run_has_ended (&stored)
      && !consent_ask (&stored, &job, "Cancel", NULL))
    return consent_refuse (&stored, &job);
  status = ask (&stored, &job, request, &error);
  return error != NULL ? job_refuse (&job, error) : status;
}

static ExitStatus
run_cancel (const Arguments *arguments, const Console *console)
{
  return run (arguments, console,
              arguments_has (arguments, "keep") ? STORAGE_REQUEST_KEEP : STORAGE_REQUEST_CANCEL);
}

static ExitStatus
run_suspend (const Arguments *arguments, const Console *console)
{
  return run (arguments, console, STORAGE_REQUEST_SUSPEND);
}

static const Option cancel_options[] = {
  OPTION_YES,
  { "keep", 'k', OPTION_FLAG, NULL, "leave everything as it is, and roll nothing back" },
  OPTION_REASON,
  { "no-wait", 0, OPTION_FLAG, NULL, "do not wait until the run has ended" },
  OPTIONS_STORED_RUN,
  OPTION_STORE,
  OPTIONS_JOB,
  OPTION_JSON,
  OPTION_COLOR,
  OPTION_HELP,
  OPTION_END,
};

const Verb verb_cancel = {
  .syntax = { "cancel", "RUN", 1, 1, cancel_options },
  .summary = "Cancel a run, whoever drives it, and roll it back.",
  .notes = "RUN is the beginning of a run's id, or @last. Steps that run are ended. Where nobody "
           "drives the run, it is rolled\n"
           "back here.\n"
           "Exit status: that of the end of the run: 10 all is rolled back; 11 something is left; "
           "0 it had succeeded before;\n"
           "with --no-wait 0, when somebody was asked.",
  .run = run_cancel,
};

static const Option suspend_options[] = {
  OPTION_REASON, { "no-wait", 0, OPTION_FLAG, NULL, "do not wait until the run has stopped" },
  OPTION_STORE,  OPTION_JSON,
  OPTION_COLOR,  OPTION_HELP,
  OPTION_END,
};

const Verb verb_suspend = {
  .syntax = { "suspend", "RUN", 1, 1, suspend_options },
  .summary = "Stop a run that another process drives; resume goes on with it.",
  .notes = "RUN is the beginning of a run's id, or @last. Steps that run come to their end first.\n"
           "Exit status: 12 it has stopped, or nobody drove it; that of its end when it came to "
           "one; with --no-wait 0, when\n"
           "somebody was asked.",
  .run = run_suspend,
};
