/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Owner: who has a run, as text: "HOST BOOT-ID PID START-TIME NAMESPACE LOCK". Two processes never
 * have the same: a number of a process comes again after a while or after a boot, but not with the
 * time at which it started. The namespace is the one of process numbers, by the number of its
 * inode: a container has one of its own, and a number from there means another process, or none,
 * elsewhere. The lock is one that the owner holds beside the store as long as it has the run
 * (storage/owner_lock.h): whoever can look at it knows whether the owner is alive, in whatever
 * container. Where it can't be looked at, or there is none, that can be told on the same host and
 * in the same namespace. Earlier versions wrote nothing of the namespace, or nothing of a lock.
 */

#include <backflow/storage/storage.h>

#include "storage/owner_lock.h"

G_BEGIN_DECLS

/* The owner that this process is. lock: (nullable) that it holds. What the system does not tell,
 * and a lock that there is not, is
 * "-". Returns: (transfer full). */
char *owner_dup_self (const OwnerLock *lock);

/* What is known of an owner. A zombie is dead. owner: (nullable) NULL is nobody: dead. locks:
 * (nullable) of the store that says so. */
StorageOwnerLife owner_get_life (const char *owner, const OwnerLocks *locks);

/* Sets STORAGE_ERROR_OWNED: the run `id` of the store `place` is another's. */
void owner_set_error (GError **error, const char *place, const char *id, const char *owner);

/* Whether a run (its id, owner and owner_life) may be taken from an owner who is not known to be
 * dead, because somebody vouches for the death of `vouched`: it is that one, and it is not known to
 * be alive. FALSE with STORAGE_ERROR_OWNED. */
gboolean owner_check_vouched (const char *place, const StorageRunInfo *run, const char *vouched,
                              GError **error);

/* Sets STORAGE_ERROR_UNOWNED: nobody drives the run `id` of the store `place`. */
void owner_set_none (GError **error, const char *place, const char *id);

/* Whether a flow in that state is driven by nobody: it has come to an end, or to a halt. */
gboolean owner_has_left (FlowState state);

G_END_DECLS
