/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/verb_rerun.h"

#include <errno.h>
#include <unistd.h>

#include "cli/runs/new_run.h"
#include "cli/runs/store.h"
#include "cli/runs/stored_definition.h"
#include "cli/shell_text.h"
#include "cli/text.h"

/* Goes to the folder where the run was begun. FALSE with a G_FILE_ERROR. */
static gboolean
enter_folder (const Report *report, GError **error)
{
  const char *folder;

  if (!g_variant_lookup (report_get_meta (report), "directory", "&s", &folder)
      || chdir (folder) == 0)
    return TRUE;
  g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (errno),
               "the run was begun in %s, which can't be entered: %s", folder, g_strerror (errno));
  return FALSE;
}

/* The flow file that is run: that of --file, else that of the run, as it is now. FALSE with a
 * USAGE_ERROR when the run has none. */
static gboolean
find_file (const Arguments *arguments, const Report *report, char **path, GError **error)
{
  const char *given = arguments_find (arguments, "file");
  g_autofree char *stored = NULL;

  g_free (stored_definition_dup_text (report, &stored));
  *path = given != NULL ? g_canonicalize_filename (given, NULL) : g_steal_pointer (&stored);
  if (*path != NULL)
    return TRUE;
  g_set_error (error, USAGE_ERROR, USAGE_ERROR_VALUE,
               "run %s was not begun with a flow file: give it one with --file",
               report_get_run (report)->id);
  return FALSE;
}

static ExitStatus
run (const Arguments *arguments, const Console *console)
{
  g_auto (Job) job = { .arguments = arguments, .console = console };
  g_autoptr (GError) error = NULL;
  g_autoptr (Report) report = NULL;
  g_autofree char *path = NULL;

  if (!job_check_arguments (arguments, &error) || !new_run_check_id (arguments, &error))
    return job_refuse (&job, error);
  job.storage_uri = store_dup_absolute_uri (arguments, &error);
  report = job.storage_uri != NULL ? store_read_report (arguments, console, NULL, &error) : NULL;
  if (report == NULL || !find_file (arguments, report, &path, &error)
      || !enter_folder (report, &error))
    return job_refuse (&job, error);
  job.definition = definition_load_again (path, arguments, report_get_inputs (report));
  return new_run_drive (&job);
}

static const Option options[] = {
  { "file", 'f', OPTION_VALUE, "FILE", "another flow file, not that of the run" },
  OPTION_INPUT,
  OPTION_INPUT_FILE,
  OPTION_STORE,
  OPTION_ID,
  OPTIONS_JOB,
  OPTION_JSON,
  OPTION_COLOR,
  OPTION_HELP,
  OPTION_END,
};

const Verb verb_rerun = {
  .syntax = { "rerun", "RUN", 1, 1, options },
  .summary = "Run the flow file of a run again, as it is now, with the same inputs.",
  .notes
  = "RUN is the beginning of a run's id, or @last. The steps run in the folder where that run "
    "was begun. Inputs that are\n"
    "given replace those of the run; secrets are read again where they came from.\n"
    "Exit status: as of run.",
  .run = run,
};
