/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Job: a run that this process drives, whichever verb asked for it: with progress, the event log,
 * signals, requests of other processes, and what is said at the end.
 */

#include <stdio.h>

#include <backflow/engine/engine.h>

#include "cli/arguments.h"
#include "cli/console.h"
#include "cli/exit_status.h"
#include "cli/runs/definition.h"
#include "cli/runs/detach.h"
#include "cli/views/run_result.h"

G_BEGIN_DECLS

/* What a verb works with; whoever fills it in fills in what there is, and job_clear() frees all but
 * the first three. detach: (nullable) hears when the store has the run. storage_uri: with an
 * absolute path. directory: (nullable) where the run is at home, when that is not the current
 * folder. events: (nullable) where the event log goes. is_logging: the engine's transitions are
 * written there. */
typedef struct
{
  const Arguments *arguments;
  const Console *console;
  Detach *detach;
  RunGoal goal;
  Definition *definition;
  char *storage_uri;
  Storage *storage;
  char *directory;
  Engine *engine;
  FILE *events;
  gboolean is_logging;
} Job;

void job_clear (Job *job);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Job, job_clear)

/* Checks the options that all verbs which run something share. FALSE with a USAGE_ERROR. */
gboolean job_check_arguments (const Arguments *arguments, GError **error);

/* Opens the event log when one is asked for. FALSE with a G_FILE_ERROR. */
gboolean job_open_events (Job *job, GError **error);

/* Writes to the event log, when there is one, what happens from now on; job_run() does it when
 * nobody did. */
void job_log_events (Job *job);

/* Goes where the relative paths of the run are meant from, when everything that the command line
 * names is open; job_run() does it, too. FALSE with a G_FILE_ERROR. */
gboolean job_enter_directory (const Job *job, GError **error);

/* Drives the engine to an end, and says what came of it. */
ExitStatus job_run (Job *job);

/* Says why nothing can be done. */
ExitStatus job_refuse (const Job *job, const GError *error);

/* Says what is wrong with the definition, which is all that there is to say. */
ExitStatus job_refuse_definition (Job *job);

/* Options that all verbs which run something have. */
#define OPTIONS_JOB                                                                                \
  { "verbose", 'v', OPTION_FLAG, NULL,                                                             \
    "show what the steps write, as it comes; -vv: each transition too" },                          \
      { "engine", 0, OPTION_VALUE, "NAME", "how steps are run: serial (default)" },                \
      { "workers", 0, OPTION_VALUE, "NUMBER",                                                      \
        "how many steps may run at the same time, where the engine can do that" },                 \
      { "events", 0, OPTION_VALUE, "FILE",                                                         \
        "write each transition as a JSON object a line; - is standard output" },                   \
  {                                                                                                \
    "events-engine", 0, OPTION_FLAG, NULL, "with --events: the transitions of the engine as well"  \
  }

G_END_DECLS
