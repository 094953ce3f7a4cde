/* SPDX-License-Identifier: Apache-2.0 */
/* resolve: says what to make of a step that the run can't go on with, and goes on. */
#include "cli/verbs/verb_resolve.h"

#include <backflow/engine/recovery.h>
#include <backflow/engine/report/report_reason.h>
#include <backflow/values/value.h>

#include "cli/runs/consent.h"
#include "cli/runs/store.h"
#include "cli/runs/stored_owner.h"
#include "cli/runs/stored_run.h"
#include "cli/text.h"
#include "cli/views/step.h"

/* What is said of a step. words: what that means, for people. */
typedef struct
{
  const char *option;
  StorageResolution resolution;
  const char *words;
} Saying;

static const Saying sayings[] = {
  { "retry", STORAGE_RESOLUTION_RETRY, "it is tried again" },
  { "reverted", STORAGE_RESOLUTION_REVERTED, "nothing of it is in the world" },
  { "skip", STORAGE_RESOLUTION_SKIP, "it is not counted on any more" },
  { "done", STORAGE_RESOLUTION_DONE, "it did its work" },
};

/* The only one that was given. NULL with a USAGE_ERROR. */
static const Saying *
find_saying (const Arguments *arguments, GError **error)
{
  const Saying *found = NULL;
  guint count = 0;

  for (guint i = 0; i < G_N_ELEMENTS (sayings); i++)
    if (arguments_has (arguments, sayings[i].option))
      {
        found = &sayings[i];
        count++;
      }
  if (count == 1)
    return found;
  g_set_error_literal (
      error, USAGE_ERROR, USAGE_ERROR_SYNTAX,
      count == 0 ? "say what to make of the step: --retry, --reverted, --skip or --done=RESULT"
                 : "--retry, --reverted, --skip and --done exclude each other");
  return NULL;
}

/* The value of --done. result: (out) (transfer full) (nullable). FALSE with a USAGE_ERROR. */
static gboolean
read_result (const Arguments *arguments, GVariant **result, GError **error)
{
  const char *text = arguments_find (arguments, "done");
  g_autoptr (GError) wrong = NULL;

  if (text == NULL)
    return TRUE;
  *result = value_new_from_json (text, -1, &wrong);
  if (*result != NULL)
    {
      g_variant_ref_sink (*result);
      return TRUE;
    }
  g_set_error (error, USAGE_ERROR, USAGE_ERROR_VALUE,
               "the result of --done is JSON (%s): a text is '\"%s\"', no result is null",
               wrong->message, text);
  return FALSE;
}

/* Whether the step was being executed when that was said of it. */
static gboolean
was_executing (const StoredRun *run, const char *step)
{
  guint place = report_find_atom (run->report, step);

  return place != REPORT_NO_ATOM && step_get (run->report, place)->state == ATOM_STATE_RUNNING;
}

static void
say_resolved (const StoredRun *run, const Job *job, const char *step, const Saying *saying)
{
  const char *reason = arguments_find (job->arguments, "reason");
  g_autofree char *visible = text_dup_visible (step);
  g_autofree char *why = text_dup_visible (reason);
  gboolean is_too_late = saying->resolution == STORAGE_RESOLUTION_RETRY
                         && step_is_rolled_back (run->report) && was_executing (run, step);

  fprintf (stderr, "Run %s, step %s: %s%s%s.\n", run->id, visible,
           is_too_late ? "it counts as failed, since the run is rolled back" : saying->words,
           reason != NULL ? ", because " : "", why);
}

/* Of what waits behind a failed revert nothing is to be said but of that one. */
static void
explain_refusal (const StoredRun *run, const char *step, GError **error)
{
  guint place = report_find_atom (run->report, step);
  const char *behind = place != REPORT_NO_ATOM ? step_get (run->report, place)->waits_for : NULL;
  g_autofree char *message = NULL;

  if (behind == NULL || !g_error_matches (*error, ENGINE_ERROR, ENGINE_ERROR_STATE))
    return;
  message = g_strdup_printf ("%s: it waits behind '%s', whose revert has failed; resolve that one",
                             (*error)->message, behind);
  g_clear_error (error);
  g_set_error_literal (error, ENGINE_ERROR, ENGINE_ERROR_STATE, message);
}

/* Says it, where the probe of the step looks for what that has made. */
static gboolean
say (Job *job, const char *step, StorageResolution resolution, GVariant *result, GError **error)
{
  gboolean is_looked_for
      = resolution == STORAGE_RESOLUTION_REVERTED || resolution == STORAGE_RESOLUTION_DONE;

  return (!is_looked_for || job_enter_directory (job, error))
         && engine_resolve (job->engine, step, resolution, result,
                            arguments_find (job->arguments, "reason"), error);
}

/* Says it, and goes on with the run unless it is told not to. */
static ExitStatus
resolve (StoredRun *run, Job *job, const Saying *saying, GVariant *result)
{
  const char *step = arguments_get_operand (job->arguments, 1);
  g_autoptr (GError) error = NULL;

  /* What follows from it at once is in the log, too. */
  job_log_events (job);
  if (!say (job, step, saying->resolution, result, &error))
    {
      ExitStatus status
          = error->domain == ENGINE_ERROR ? EXIT_STATUS_USAGE : exit_status_of_error (error);

      explain_refusal (run, step, &error);
      return run_result_refuse_as (job->arguments, job->console, error, status);
    }
  say_resolved (run, job, step, saying);
  if (!arguments_has (job->arguments, "no-resume"))
    return job_run (job);
  if (!stored_run_look_again (run, job, &error))
    return job_refuse (job, error);
  job->goal = RUN_GOAL_SAY;
  return stored_run_print (run, job);
}

static ExitStatus
run (const Arguments *arguments, const Console *console)
{
  g_auto (Job) job = { .arguments = arguments, .console = console };
  g_auto (StoredRun) stored = { 0 };
  g_autoptr (GVariant) result = NULL;
  g_autoptr (GError) error = NULL;
  const Saying *saying = find_saying (arguments, &error);
  ExitStatus status;

  if (saying == NULL || !read_result (arguments, &result, &error)
      || !job_check_arguments (arguments, &error) || !stored_run_find (&stored, &job, &error)
      || step_lookup (stored.report, arguments_get_operand (arguments, 1), &error) == REPORT_NO_ATOM
      || !stored_owner_check (stored.report, &error))
    return job_refuse (&job, error);
  if (saying->resolution == STORAGE_RESOLUTION_SKIP
      && !consent_ask (&stored, &job, "Go on with", arguments_get_operand (arguments, 1)))
    return consent_refuse (&stored, &job);
  status = stored_run_go_on (&stored, &job);
  return status == EXIT_STATUS_SUCCESS ? resolve (&stored, &job, saying, result) : status;
}

static const Option options[] = {
  { "retry", 0, OPTION_FLAG, NULL, "try again what failed or was interrupted" },
  { "reverted", 0, OPTION_FLAG, NULL, "nothing of the step is in the world any more" },
  { "skip", 0, OPTION_FLAG, NULL,
    "leave what its failed revert left; an interrupted step has failed" },
  { "done", 0, OPTION_VALUE, "RESULT",
    "the interrupted step did its work, with that result (JSON)" },
  OPTION_YES,
  OPTION_REASON,
  { "no-resume", 0, OPTION_FLAG, NULL, "do not go on with the run" },
  OPTIONS_STORED_RUN,
  OPTION_STORE,
  OPTIONS_JOB,
  OPTION_JSON,
  OPTION_COLOR,
  OPTION_HELP,
  OPTION_END,
};

const Verb verb_resolve = {
  .syntax = { "resolve", "RUN STEP", 2, 2, options },
  .summary = "Say what to make of a step that a run can't go on with, and go on.",
  .notes = "RUN is the beginning of a run's id, or @last. STEP is one whose revert has failed, or "
           "that was interrupted and whose\n"
           "outcome nobody knows.\n"
           "Exit status: as of resume; with --no-resume 0, when it was taken in.",
  .run = run,
};
