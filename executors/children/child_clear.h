/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* ChildClear: ends the processes of an attempt whose engine is gone, or that could not be ended
 * when the attempt ended. The processes are found by what the attempt left for the next owner: the
 * file of its lock with its session (executors/children/child_lock.h), and the mark in the
 * environment. The outcome is "verified gone" or an error that names the processes; what can't be
 * told is an error.
 *
 * It never blocks: it has a descriptor and a time to wait for, and is advanced. One thread at a
 * time.
 */

#include <poll.h>

#include <glib.h>

#include "executors/children/child_error.h"
#include "executors/children/child_lock.h"

G_BEGIN_DECLS

typedef struct ChildClear ChildClear;

/* Begins. lock: (transfer full) (nullable) of the attempt, opened by child_lock_open() or kept
 * since it ended. marker: "NAME=VALUE". kill_after_us: from TERM to KILL. Returns: (transfer full).
 */
ChildClear *child_clear_new (ChildLock *lock, const char *marker, gint64 kill_after_us);

/* Frees; the processes that are left are left alone. NULL is fine. */
void child_clear_free (ChildClear *clear);

/* Does what is due. Returns: whether it is over. */
gboolean child_clear_advance (ChildClear *clear);

/* Fills in what to poll, -1 for nothing. It may change with every child_clear_advance(). */
void child_clear_fill_poll (const ChildClear *clear, struct pollfd *fd);

/* When child_clear_advance() is due though nothing was ready (monotonic). */
gint64 child_clear_get_next_time (const ChildClear *clear);

/* How many processes were found, so far. */
guint child_clear_get_n_ended (const ChildClear *clear);

/* The lock of a clearing that failed, for the next try. Returns: (transfer full) (nullable). */
ChildLock *child_clear_steal_lock (ChildClear *clear);

/* Of a clearing that is over: TRUE when no process is left; then the file of the lock is removed.
 * FALSE with CHILD_ERROR_SURVIVORS or CHILD_ERROR_UNVERIFIED. */
gboolean child_clear_finish (ChildClear *clear, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ChildClear, child_clear_free)

G_END_DECLS
