/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* CommandAttempt: an attempt of a command task while its command runs: from the attempt to a Child,
 * and from the end of the child to an outcome. No function here waits; the port that has the
 * attempt polls the child. One thread at a time.
 *
 * The outcome of an attempt:
 *
 *   exit status 0             SUCCESS with its result, or FAILURE "output" when the output can't be
 *                             the result that the task promised
 *   another status, a signal  FAILURE "command"
 *   could not be started      FAILURE "command" with a ChildError as its code, or "argument"
 *   past its deadline         FAILURE "timeout", whatever its exit status
 *   cancelled while it ran    FAILURE "cancelled", whatever its exit status
 *   processes are left that   FAILURE "containment" with one of the above as its cause: a revert
 *   can't be ended            would not run alone
 *
 * For a probe, exit status 1 is ABSENT, and a FAILURE "command", "output", "argument" or "timeout"
 * is FAILURE "probe" instead. */

#include <backflow/atoms/attempt.h>
#include <backflow/atoms/command.h>

#include "executors/children/child.h"
#include "executors/commands/command_host.h"

G_BEGIN_DECLS

typedef struct CommandAttempt CommandAttempt;

/* How long a probe of a task whose execute has no timeout may take. */
#define COMMAND_PROBE_LIMIT_US (60 * G_USEC_PER_SEC)

/* Starts a command of the task: that of the attempt's action, or its probe, which gets the time of
 * an execute, or COMMAND_PROBE_LIMIT_US, when the attempt has no deadline. Returns: (transfer
 * full); NULL when the attempt is over already: the command could not be started, or there is none
 * for this revert, which then has succeeded. */
CommandAttempt *command_attempt_start (CommandHost *host, Attempt *attempt, CommandRole role);

/* The command's process, to be polled; borrowed. */
Child *command_attempt_get_child (CommandAttempt *self);

/* Asks the command to end. */
void command_attempt_cancel (CommandAttempt *self);

/* Fills in the lower half of the attempt from a child that is CHILD_ENDED, and frees `self`. */
void command_attempt_finish (CommandAttempt *self);

/* Kills the command, if it has not ended, and leaves the attempt without an outcome; NULL is fine.
 */
void command_attempt_abandon (CommandAttempt *self);

G_END_DECLS
