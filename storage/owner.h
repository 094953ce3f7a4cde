/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Owner: who has a run, as text: "HOST BOOT-ID PID START-TIME". Two processes never have the same: a
 * number of a process comes again after a while or after a boot, but not with the time at which it
 * started. So on the same host anybody can tell whether an owner is alive.
 */

#include <glib.h>

G_BEGIN_DECLS

/* The owner that this process is. What the system does not tell is "-". Returns: (transfer full). */
char *owner_dup_self (void);

G_END_DECLS
