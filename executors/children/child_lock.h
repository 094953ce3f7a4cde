/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* ChildLock: tells whether a process of an attempt lives, whatever its environment, session or
 * program. The kernel keeps the account:
 *
 *   1. The lock is a flock() on an open file description that is made for the attempt.
 *   2. The child, and each process that it forks, inherits a descriptor of that description, at
 *      exec too. The engine closes its own descriptor once the child is started.
 *   3. The kernel drops the lock when the last descriptor is closed, however its process ends.
 *
 * So a lock that another description can take means that each process of the attempt has ended or
 * has closed its descriptor. A process that closes its descriptor is found by its session or its
 * mark (executors/children/child_census.h).
 *
 * A lock with a path serves the next owner of the run as well: the file holds the session that the
 * child began, the time when it began it, the boot and the process id namespace. The child writes
 * them before it executes the command, so that a child that has not executed it yet is found too.
 * The file survives the death of the engine; no process survives the death of the machine, so
 * nothing need be synced.
 *
 * One thread at a time.
 */

#include <sys/types.h>

#include <glib.h>

#include "executors/children/child_error.h"

G_BEGIN_DECLS

typedef struct ChildLock ChildLock;

/* What the file of a lock holds. */
typedef struct
{
  char boot[40];        /* of the kernel: boot_id */
  guint64 pid_space;    /* inode of the process id namespace; 0: unknown */
  guint64 begun_after;  /* clock ticks since boot: the leader was not started earlier */
  guint64 begun_before; /* nor later */
  gint64 leader;        /* process id, which is the number of the session and its group too */
} ChildLockRecord;

/* Makes and takes a lock. path: (nullable) its file, which replaces one that is there; its folder
 * is made. Without a path the lock has no name, and serves this engine only. The caller has made
 * sure that no process lives that held the former file, or lets it live. Returns: (transfer full),
 * or NULL with CHILD_ERROR_RESOURCES. */
ChildLock *child_lock_new (const char *path, GError **error);

/* Opens the lock of a former attempt without taking it. Returns: (transfer full), NULL when there
 * is no such file; NULL with CHILD_ERROR_UNVERIFIED when the file can't be opened or is none. */
ChildLock *child_lock_open (const char *path, GError **error);

/* Frees; NULL is fine. The file stays. */
void child_lock_free (ChildLock *lock);

/* The descriptor that the child has to inherit; -1 after child_lock_hand_over(). */
gint child_lock_get_fd (const ChildLock *lock);

/* The record that the child has to write to that descriptor, without `begun_before` and `leader`.
 */
const ChildLockRecord *child_lock_get_record (const ChildLock *lock);

/* Closes the engine's descriptor: from now on the processes of the child alone hold the lock.
 * leader: the process id of the child; 0 when it was not started. */
void child_lock_hand_over (ChildLock *lock, pid_t leader);

/* Whether a process holds the lock. */
gboolean child_lock_is_held (const ChildLock *lock);

/* The session that the attempt began, in this boot and this process id namespace. Returns: FALSE
 * when the file of a lock that was opened does not say. */
gboolean child_lock_find_session (const ChildLock *lock, ChildLockRecord *record);

/* What tells the file of the lock from all others. */
void child_lock_get_file (const ChildLock *lock, dev_t *device, ino_t *inode);

/* Removes the file, unless a process holds the lock. */
void child_lock_remove (ChildLock *lock);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ChildLock, child_lock_free)

G_END_DECLS
