/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where the lock of an attempt of a command is: a file an attempt in the folder of the run, named
 * by the idempotency key, so that the next owner of the run finds it. Stateless; any thread. */

#include <backflow/atoms/attempt.h>
#include <backflow/atoms/command.h>

G_BEGIN_DECLS

/* The path of the lock of the attempt that runs the command of that role. Returns: (transfer full),
 * NULL when the run has no folder. */
char *command_lock_dup_path (const Attempt *attempt, CommandRole role);

/* What marks the processes of that attempt in their environment: NAME=VALUE. Returns: (transfer
 * full). */
char *command_lock_dup_marker (const Attempt *attempt, CommandRole role);

G_END_DECLS
