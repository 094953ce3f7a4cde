/* SPDX-License-Identifier: Apache-2.0 */
/* revert: undoes a run that is in the store, whether it has ended or not. */
#include "cli/verbs/verb_revert.h"

#include <backflow/engine/core/verbs.h>

#include "cli/runs/consent.h"
#include "cli/runs/stored_owner.h"
#include "cli/runs/stored_run.h"

#include <backflow/engine/recovery.h>

/* Has everything undone: of a run that has ended; of one on its way; or it is being undone already.
 */
static gboolean
ask (const StoredRun *run, const Job *job, GError **error)
{
  const char *reason = arguments_find (job->arguments, "reason");
  FlowState state = engine_get_state (job->engine);

  if (verbs_can_ask (RUN_VERB_UNDO, state))
    return engine_undo (job->engine, reason, error);
  if (!report_has_request (run->report, STORAGE_REQUEST_UNDO))
    engine_request (job->engine, STORAGE_REQUEST_CANCEL, reason);
  return TRUE;
}

static ExitStatus
say_reverted (const StoredRun *run, const Job *job)
{
  fprintf (stderr, "Run %s is reverted already: there is nothing to undo.\n", run->id);
  return stored_run_print (run, job);
}

static ExitStatus
run (const Arguments *arguments, const Console *console)
{
  g_auto (Job) job = { .arguments = arguments, .console = console, .goal = RUN_GOAL_UNDO };
  g_auto (StoredRun) stored = { 0 };
  g_autoptr (GError) error = NULL;
  ExitStatus status;

  if (!job_check_arguments (arguments, &error) || !stored_run_find (&stored, &job, &error)
      || !stored_owner_check (stored.report, &error))
    return job_refuse (&job, error);
  if (stored_run_get_state (&stored) == FLOW_STATE_REVERTED)
    return say_reverted (&stored, &job);
  if (!consent_ask (&stored, &job, "Revert", NULL))
    return consent_refuse (&stored, &job);
  status = stored_run_go_on (&stored, &job);
  if (status != EXIT_STATUS_SUCCESS)
    return status;
  return ask (&stored, &job, &error) ? job_run (&job) : job_refuse (&job, error);
}

static const Option options[] = {
  OPTION_YES,  OPTION_REASON, OPTIONS_STORED_RUN, OPTION_STORE, OPTIONS_JOB,
  OPTION_JSON, OPTION_COLOR,  OPTION_HELP,        OPTION_END,
};

const Verb verb_revert = {
  .syntax = { "revert", "RUN", 1, 1, options },
  .summary = "Undo a run, later: revert all that it did, in the opposite order.",
  .notes = "RUN is the beginning of a run's id, or @last. It may have succeeded, or failed and "
           "left something; one that\n"
           "was suspended or interrupted is cancelled and rolled back.\n"
           "Exit status: 0 all is undone; 11 something is left; 12 suspended; 16 somebody else "
           "drives the run; 17 the\n"
           "definition of --file does not fit it.",
  .run = run,
};
