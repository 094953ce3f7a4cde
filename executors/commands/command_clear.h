/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* CommandClear: an attempt of the kind ATTEMPT_CLEAR of a command task while it runs: it ends the
 * processes that an earlier attempt of the task has left running. It succeeds when they are
 * verified gone, and fails with the origin of containment, naming them, when they are not. Nothing
 * here waits. It belongs to the port that has the attempt, and is used on one thread.
 */

#include <backflow/atoms/attempt.h>

#include "executors/children/child_clear.h"
#include "executors/commands/command_host.h"

G_BEGIN_DECLS

typedef struct CommandClear CommandClear;

/* Begins. The host and the attempt are borrowed until command_clear_finish(). Returns: (transfer
 * full); NULL when the attempt is over already: the lock can't be looked at. */
CommandClear *command_clear_start (CommandHost *host, Attempt *attempt);

/* What is to be polled and advanced; borrowed. */
ChildClear *command_clear_get_child (CommandClear *self);

/* Fills in the outcome of the attempt, whose processes child_clear_advance() says to be over, and
 * frees. */
void command_clear_finish (CommandClear *self);

/* Gives up: the attempt is as if it had not started, and the processes that are left are left alone
 * from now on. Frees; NULL is fine. */
void command_clear_abandon (CommandClear *self);

G_END_DECLS
