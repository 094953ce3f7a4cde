/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Owner: who has a run, as text: "HOST BOOT-ID PID START-TIME NAMESPACE". Two processes never have the same: a number of a
 * process comes again after a while or after a boot, but not with the time at which it started. The namespace is the one of
 * process numbers, by the number of its inode: a container has one of its own, and a number from there means another process, or
 * none, elsewhere. So on the same host and in the same namespace anybody can tell whether an owner is alive:
 * storage_owner_get_life(). Earlier versions wrote nothing of the namespace.
 */

#include <backflow/storage/storage.h>

G_BEGIN_DECLS

/* The owner that this process is. What the system does not tell is "-". Returns: (transfer full). */
char *owner_dup_self (void);

/* Sets STORAGE_ERROR_OWNED: the run `id` of the store `place` is another's. */
void owner_set_error (GError **error, const char *place, const char *id, const char *owner);

/* Whether a run may be taken from an owner who is not known to be dead, because somebody vouches for the death of `vouched`: it is
 * that one, and it is not known to be alive. FALSE with STORAGE_ERROR_OWNED. */
gboolean owner_check_vouched (const char *place, const char *id, const char *owner, const char *vouched, GError **error);

/* Sets STORAGE_ERROR_UNOWNED: nobody drives the run `id` of the store `place`. */
void owner_set_none (GError **error, const char *place, const char *id);

/* Whether a flow in that state is driven by nobody: it has come to an end, or to a halt. */
gboolean owner_has_left (FlowState state);

G_END_DECLS
