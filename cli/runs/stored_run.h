/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* StoredRun: a run that is in the store already, and that a verb goes on with: found by its id, its
 * definition loaded as it was when the run last went on, its secrets read again, and then taken
 * over from whoever drove it before.
 */

#include <backflow/engine/report/report.h>

#include "cli/runs/job.h"

G_BEGIN_DECLS

/* report: as of the last look. */
typedef struct
{
  char *id;
  Report *report;
} StoredRun;

void stored_run_clear (StoredRun *run);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (StoredRun, stored_run_clear)

/* Opens the store for `job`, finds the run that the first operand names, and takes it from an owner
 * who is said to be gone (cli/runs/stored_owner.h). FALSE with an error. */
gboolean stored_run_find (StoredRun *run, Job *job, GError **error);

/* Reads the report again. FALSE with a STORAGE_ERROR. */
gboolean stored_run_look_again (StoredRun *run, const Job *job, GError **error);

/* The state as of the last look. */
FlowState stored_run_get_state (const StoredRun *run);

/* Whether it has come to an end as of the last look: SUCCESS, FAILURE or REVERTED. */
gboolean stored_run_has_ended (const StoredRun *run);

/* Loads the definition, stored or of --file, and the secrets for `job`, and opens the event log.
 * Returns: EXIT_STATUS_SUCCESS, or what is to be exited with, after having said why. */
ExitStatus stored_run_load (const StoredRun *run, Job *job);

/* Whether --file names a definition with steps that the run does not have yet, or one that is
 * wrong, which stored_run_load() says. */
gboolean stored_run_is_extended (const StoredRun *run, const Job *job);

/* Takes the run over: makes the engine of `job`. FALSE with an error; then nothing was done. */
gboolean stored_run_take (const StoredRun *run, Job *job, GError **error);

/* stored_run_load() and stored_run_take(). Returns: as stored_run_load(). */
ExitStatus stored_run_go_on (const StoredRun *run, Job *job);

/* Says how the run stands, with nothing done. Returns: the exit status for that. */
ExitStatus stored_run_print (const StoredRun *run, const Job *job);

/* Options of verbs that go on with a run. */
#define OPTIONS_STORED_RUN                                                                         \
  { "input", 'i', OPTION_REPEATED, "NAME=VALUE",                                                   \
    "give a secret again, which no store keeps; may be repeated" },                                \
      { "input-file", 'I', OPTION_REPEATED, "FILE",                                                \
        "read secrets again from a YAML file; may be repeated" },                                  \
      { "file", 'f', OPTION_VALUE, "FILE",                                                         \
        "go on with this definition, in place of the one that is stored with the run" },           \
      { "owner-is-gone", 0, OPTION_VALUE, "OWNER",                                                 \
        "take the run from an owner who can't be looked at from here and is gone for good" },      \
  {                                                                                                \
    "directory", 'C', OPTION_VALUE, "FOLDER", "where steps run (default: where the run was begun)" \
  }

G_END_DECLS
