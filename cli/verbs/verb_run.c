/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/verb_run.h"

#include "cli/runs/foreign.h"
#include "cli/runs/new_run.h"

/* What a process without standard streams can't do. FALSE with a USAGE_ERROR. */
static gboolean
check_detached (const Arguments *arguments, GError **error)
{
  if (g_str_has_prefix (
          arguments_find (arguments, "store") != NULL ? arguments_find (arguments, "store") : "",
          "memory"))
    g_set_error_literal (error, USAGE_ERROR, USAGE_ERROR_VALUE,
                         "--detach wants a store on disk: nothing else could ask about the run");
  else if (g_strcmp0 (arguments_find (arguments, "events"), "-") == 0)
    g_set_error_literal (error, USAGE_ERROR, USAGE_ERROR_VALUE,
                         "--detach has no standard output for --events -: give --events a file");
  else
    return TRUE;
  return FALSE;
}

static ExitStatus
run (const Arguments *arguments, const Console *console)
{
  g_auto (Job) job = { .arguments = arguments, .console = console };
  g_autoptr (GError) error = NULL;
  g_autoptr (Detach) detach = NULL;
  ExitStatus status = EXIT_STATUS_SUCCESS;

  if (!job_check_arguments (arguments, &error) || !new_run_check_id (arguments, &error))
    return job_refuse (&job, error);
  if (arguments_has (arguments, "detach"))
    {
      if (!check_detached (arguments, &error))
        return job_refuse (&job, error);
      job.detach = detach = detach_new (arguments, &status);
      if (detach == NULL)
        return status;
    }
  foreign_warn (console, "the flow file", arguments_get_operand (arguments, 0));
  job.definition = definition_load (arguments, DEFINITION_TO_RUN);
  return new_run_drive (&job);
}

static const Option options[] = {
  OPTION_INPUT,
  OPTION_INPUT_FILE,
  OPTION_STORE,
  OPTION_ID,
  { "detach", 'd', OPTION_FLAG, NULL, "go on in the background; print the id of the run" },
  OPTIONS_JOB,
  OPTION_JSON,
  OPTION_COLOR,
  OPTION_HELP,
  OPTION_END,
};

const Verb verb_run = {
  .syntax = { "run", "FILE", 1, 1, options },
  .summary = "Run a flow file; roll back what was done when a step fails.",
  .notes = "FILE is a flow file, or - for standard input. Outputs go to standard output as "
           "name=value, all else to standard error.\n"
           "Exit status: 0 success; 10 failed or cancelled, and all is rolled back; 11 failed, and "
           "something is left;\n"
           "12 suspended; 1 the environment failed; 2 the command line, the file or an input is "
           "wrong: nothing was run.\n"
           "A first SIGINT or SIGTERM suspends, a second cancels and rolls back, a third ends the "
           "program.",
  .run = run,
};
