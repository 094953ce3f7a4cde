/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* AsyncLoop: any number of running commands, watched by one epoll descriptor. Each command has a
 * slot; the loop knows of it which descriptors are registered and when its next timer is due, so
 * that an event costs the command that it is about, however many wait. One owner, no locks.
 */

#include "executors/commands/command_attempt.h"
#include "executors/commands/command_clear.h"

G_BEGIN_DECLS

typedef struct AsyncLoop AsyncLoop;

/* Makes a loop that `wake_fd` interrupts; host: of its commands, outlives it. Returns: (transfer
 * full); NULL with EXECUTOR_ERROR_RESOURCES. */
AsyncLoop *async_loop_new (gint wake_fd, CommandHost *host, GError **error);

/* Frees a loop. Commands that still run are abandoned: ended and awaited. NULL is fine. */
void async_loop_free (AsyncLoop *loop);

/* Adds a command that runs: its events are taken care of from now on. command: (transfer full). */
void async_loop_add (AsyncLoop *loop, Attempt *attempt, CommandAttempt *command);

/* Adds a clearing that runs; clear: (transfer full). */
void async_loop_add_clear (AsyncLoop *loop, Attempt *attempt, CommandClear *clear);

/* Asks the command of an attempt to end, or gives up its clearing; FALSE: the loop has none of it.
 */
gboolean async_loop_cancel (AsyncLoop *loop, const Attempt *attempt);

/* How many commands run. */
guint async_loop_get_n_running (const AsyncLoop *loop);

/* Waits for events until `until_us` by the monotonic clock (0: not at all; G_MAXINT64: no limit),
 * processes them, and adds the attempts that have ended by it, with their outcome, to `ended`, an
 * array of Attempt *. Returns early when the wake descriptor is readable. */
void async_loop_run (AsyncLoop *loop, gint64 until_us, GPtrArray *ended);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AsyncLoop, async_loop_free)

G_END_DECLS
