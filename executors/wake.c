/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE

#include "executors/wake.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <backflow/executors/executor.h>

gboolean
wake_open (Wake *wake, GError **error)
{
  wake->fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  atomic_init (&wake->is_raised, 0);
  if (wake->fd >= 0)
    return TRUE;
  g_set_error (error, EXECUTOR_ERROR, EXECUTOR_ERROR_RESOURCES, "cannot open an eventfd: %s",
               g_strerror (errno));
  return FALSE;
}

void
wake_close (Wake *wake)
{
  if (wake->fd >= 0)
    close (wake->fd);
  wake->fd = -1;
}

void
wake_raise (Wake *wake)
{
  const guint64 one = 1;
  int saved_errno = errno;

  /* Release: the engine that finds the flag sees what the caller did before. One write wakes until
   * it is taken. */
  if (atomic_exchange_explicit (&wake->is_raised, 1, memory_order_acq_rel) == 0)
    (void) !write (wake->fd, &one, sizeof one);
  errno = saved_errno;
}

/* The flag falls first: a caller between the two steps raises it again, and the next call finds it.
 * A write that belongs to the old flag, but comes later than the read, only ends one more wait too
 * early. */
void
wake_drain (Wake *wake)
{
  guint64 count;

  /* Acquire: see wake_raise(). */
  (void) atomic_exchange_explicit (&wake->is_raised, 0, memory_order_acq_rel);
  (void) !read (wake->fd, &count, sizeof count);
}

gboolean
wake_take (Wake *wake)
{
  if (atomic_load_explicit (&wake->is_raised, memory_order_relaxed) == 0)
    return FALSE;
  wake_drain (wake);
  return TRUE;
}

void
wake_wait (Wake *wake, gint64 until_us)
{
  struct pollfd fd = { .fd = wake->fd, .events = POLLIN };
  gint64 left_us = until_us - g_get_monotonic_time ();
  struct timespec timeout = { left_us / G_USEC_PER_SEC, left_us % G_USEC_PER_SEC * 1000 };

  if (until_us == G_MAXINT64 || left_us <= 0)
    return;
  if (ppoll (&fd, 1, &timeout, NULL) > 0)
    wake_drain (wake);
}
