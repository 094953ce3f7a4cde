/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* NewRun: a run that is begun here, of a flow file that is loaded.
 */

#include "cli/runs/job.h"

G_BEGIN_DECLS

/* The option that new_run_check_id() reads. */
#define OPTION_ID                                                                                  \
  {                                                                                                \
    "id", 0, OPTION_VALUE, "RUN", "the id of the run; made when not given"                         \
  }

/* Checks the id that --id gives. FALSE with a USAGE_ERROR. */
gboolean new_run_check_id (const Arguments *arguments, GError **error);

/* Begins a run of the definition of the job, and drives it to an end. job->storage_uri: (nullable)
 * the store, when it is known already. Returns: the exit status. */
ExitStatus new_run_drive (Job *job);

G_END_DECLS
