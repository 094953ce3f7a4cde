/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Wake: how other threads and signal handlers interrupt a port that waits. It is a flag, and a
 * descriptor that is readable after the flag was raised. wake_raise() may be called from any thread
 * and from a signal handler; the rest belongs to the thread of the port.
 */

#include <glib.h>

#include <backflow/atoms/atomic.h>

G_BEGIN_DECLS

typedef struct
{
  int fd; /* an eventfd, to be polled for reading */
  AtomicInt is_raised;
} Wake;

/* Opens the descriptor. FALSE with EXECUTOR_ERROR_RESOURCES. */
gboolean wake_open (Wake *wake, GError **error);

void wake_close (Wake *wake);

/* Interrupts. Async-signal-safe; errno is kept. */
void wake_raise (Wake *wake);

/* Takes all interruptions so far: the flag falls, the descriptor is no longer readable. */
void wake_drain (Wake *wake);

/* Takes all interruptions so far. Returns: whether there was one. It costs a load when there was
 * none. */
gboolean wake_take (Wake *wake);

/* Waits for an interruption, and takes it, until `until_us` by the monotonic clock. Without a limit
 * (G_MAXINT64), or past the time, it returns at once. */
void wake_wait (Wake *wake, gint64 until_us);

G_END_DECLS
