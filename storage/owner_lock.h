/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* OwnerLocks: the file beside a database, DATABASE-owners, on which an owner holds a lock as long
 * as it has a run. The kernel drops the lock when the process ends, however it ends, and shows it
 * in every container: so that who sees the file knows whether an owner is alive. The file is empty,
 * made when it is needed with the mode and the owner of the database, and stays. A lock is of one
 * byte of it, of the open file and not of the process: two stores of one process do not share one;
 * programs that the process starts do not have it (the descriptor is closed on exec), a child that
 * it forks keeps it until that has ended too. Where there can't be a lock that everybody on this
 * host sees, there is none: the folder is read-only, the file system is not of this machine, or
 * something else has the name. One thread at a time, the store's.
 */

#include <glib.h>

G_BEGIN_DECLS

typedef struct OwnerLocks OwnerLocks;
typedef struct OwnerLock OwnerLock;

/* The locks of a database, of which nothing is touched yet. database: its path, without symbolic
 * links. Returns: (transfer full). */
OwnerLocks *owner_locks_new (const char *database);

/* Closes the file. All locks are freed; NULL is fine. */
void owner_locks_free (OwnerLocks *locks);

/* Takes a lock that nobody has, and makes the file if need be. locks: (nullable), outlives it.
 * Returns: (transfer full) (nullable) NULL where there is none to be had. */
OwnerLock *owner_lock_take (OwnerLocks *locks);

/* The word by which others find the lock: "FILE-SYSTEM:INODE:MADE:BYTE", in hexadecimal digits: the
 * kind of file system, the number of the inode, the time in nanoseconds at which it was made, and
 * the byte. A file that was deleted and made anew, or copied, is so told from the one that was
 * locked. Borrowed. */
const char *owner_lock_get_word (const OwnerLock *lock);

/* Lets go of it; NULL is fine. */
void owner_lock_free (OwnerLock *lock);

/* UNSEEN: there is no such file here, or it is another, or it can't be looked at. */
typedef enum
{
  OWNER_LOCK_UNSEEN,
  OWNER_LOCK_FREE,
  OWNER_LOCK_HELD,
} OwnerLockState;

/* Looks whether somebody on this host, this process included, has the lock that a word names. Of
 * another host, or another boot of this one, that says nothing. locks: (nullable) UNSEEN. */
OwnerLockState owner_locks_look (const OwnerLocks *locks, const char *word);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OwnerLocks, owner_locks_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OwnerLock, owner_lock_free)

G_END_DECLS
