/* SPDX-License-Identifier: Apache-2.0 */
/* resume: goes on with a run that is in the store, and that nobody drives. */
#include "cli/verbs/verb_resume.h"

#include "cli/runs/stored_owner.h"
#include "cli/runs/stored_run.h"
#include "cli/views/step.h"

/* Whether somebody has said what is to be done after the run had come to its end, and nobody has
 * done it yet; or it has succeeded, and there are more steps now. */
static gboolean
has_more_to_do (const StoredRun *run, const Job *job)
{
  return step_has_pending_word (run->report)
         || (stored_run_get_state (run) == FLOW_STATE_SUCCESS && stored_run_is_extended (run, job));
}

static ExitStatus
say_ended (const StoredRun *run, const Job *job)
{
  fprintf (stderr, "Run %s has ended: there is nothing to resume.\n", run->id);
  return stored_run_print (run, job);
}

static ExitStatus
run (const Arguments *arguments, const Console *console)
{
  g_auto (Job) job = { .arguments = arguments, .console = console };
  g_auto (StoredRun) stored = { 0 };
  g_autoptr (GError) error = NULL;
  ExitStatus status;

  if (!job_check_arguments (arguments, &error) || !stored_run_find (&stored, &job, &error)
      || !stored_owner_check (stored.report, &error))
    return job_refuse (&job, error);
  if (stored_run_has_ended (&stored) && !has_more_to_do (&stored, &job))
    return say_ended (&stored, &job);
  status = stored_run_go_on (&stored, &job);
  return status == EXIT_STATUS_SUCCESS ? job_run (&job) : status;
}

static const Option options[] = {
  OPTIONS_STORED_RUN, OPTION_STORE, OPTIONS_JOB, OPTION_JSON, OPTION_COLOR, OPTION_HELP, OPTION_END,
};

const Verb verb_resume = {
  .syntax = { "resume", "RUN", 1, 1, options },
  .summary = "Go on with a run that was suspended or interrupted.",
  .notes = "RUN is the beginning of a run's id, or @last. Steps that have succeeded stay as they "
           "are; one that was\n"
           "interrupted is probed, asked about, or executed again, as its flow file says.\n"
           "Exit status: as of run; 16 somebody else drives the run; 17 the definition of --file "
           "does not fit it.\n"
           "A run that has ended is left as it is, unless it has succeeded and --file has steps "
           "that it does not have yet: these\n"
           "are run; the exit status is that of its end.",
  .run = run,
};
