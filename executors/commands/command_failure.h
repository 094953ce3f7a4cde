/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The failure that the end of a command is. Stateless; any thread. */

#include <backflow/atoms/attempt.h>

#include "executors/children/child.h"

G_BEGIN_DECLS

/* The most of standard error that a failure carries. */
#define COMMAND_FAILURE_TAIL_BYTES 4096

/* What is told about the command besides its end. limit_us: how long it was allowed to take.
 * domain: (nullable) the domain in place of "command" and "timeout". */
typedef struct
{
  guint attempt;
  gint64 limit_us;
  const char *domain;
  const char *log_path; /* (nullable) */
} CommandFailureFacts;

/* Whether the command did what it should, so that its result may be read. */
gboolean command_failure_is_success (const ChildOutcome *outcome);

/* Why a command that is no success has failed. Returns: (transfer full). */
Failure *command_failure_new (const ChildOutcome *outcome, const Output *output,
                              const CommandFailureFacts *facts);

/* The failure of a command some of whose processes could not be ended. cause: (nullable) why it
 * failed besides. Returns: (transfer full), domain "containment", code CHILD_ERROR_SURVIVORS. */
Failure *command_failure_new_survivors (const ChildOutcome *outcome, Failure *cause,
                                        const CommandFailureFacts *facts);

/* What people should know about the processes of a command though it succeeded. Returns: (transfer
 * full) (nullable). */
char *command_failure_dup_note (const ChildOutcome *outcome);

G_END_DECLS
