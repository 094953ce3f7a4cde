/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* CommandAttempt: an attempt of a command task while its command runs: from the attempt to a Child, and from how that ended
 * to an outcome. Nothing here waits; whoever drives it polls the child. It belongs to the port that has the attempt, and is
 * used on one thread.
 *
 * What becomes of an attempt:
 *   exit status 0                 SUCCESS with its result, or FAILURE "output" when that can't be what the task promised
 *   another status, a signal      FAILURE "command"
 *   could not be started          FAILURE "command" with a ChildError as its code, or "argument"
 *   past its deadline             FAILURE "timeout", however it ended then
 *   cancelled while it ran        FAILURE "cancelled", however it ended then
 *   processes that can't be ended FAILURE "containment" with that of the above as its cause: a revert would not be alone
 */

#include <backflow/atoms/attempt.h>
#include <backflow/atoms/command.h>

#include "executors/child.h"

G_BEGIN_DECLS

typedef struct CommandAttempt CommandAttempt;

/* What the command attempts of a loop share. Used on the loop's thread, outlives its attempts. */
typedef struct CommandHost CommandHost;

/* Makes a host. Returns: (transfer full). */
CommandHost *command_host_new (void);

/* Frees it and what its commands have left in their files; NULL is fine. */
void command_host_free (CommandHost *host);

/* Starts a command of the task, nearly always the one of the attempt's action. Returns: (transfer full); NULL when the attempt
 * is over already: the command could not be started, or there is none for this revert, which then has succeeded. */
CommandAttempt *command_attempt_start (CommandHost *host, Attempt *attempt, CommandRole role);

/* The command's process, to be polled; borrowed. */
Child *command_attempt_get_child (CommandAttempt *self);

/* Asks the command to end. */
void command_attempt_cancel (CommandAttempt *self);

/* Fills in the lower half of the attempt from a child that is CHILD_ENDED, and frees `self`. */
void command_attempt_finish (CommandAttempt *self);

/* Kills the command, if it has not ended, and leaves the attempt without an outcome; NULL is fine. */
void command_attempt_abandon (CommandAttempt *self);

G_END_DECLS
