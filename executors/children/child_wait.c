/* SPDX-License-Identifier: Apache-2.0 */
#include "executors/children/child_wait.h"

#include <errno.h>
#include <poll.h>

/* From now until `until_us` in the milliseconds of poll(), rounded up so that it doesn't return too
 * early; -1: for ever. */
static gint
get_timeout (gint64 until_us)
{
  gint64 left_us;

  if (until_us == G_MAXINT64)
    return -1;
  if (until_us == 0)
    return 0;
  left_us = until_us - g_get_monotonic_time ();
  if (left_us <= 0)
    return 0;
  return (gint) MIN (left_us / 1000 + 1, G_MAXINT);
}

void
child_wait_poll (struct pollfd *fds, guint count, gint64 until_us)
{
  if (poll (fds, count, get_timeout (until_us)) < 0 && errno != EINTR)
    g_usleep (1000);
}

/* Copies what poll() found of the other descriptors. Returns: whether any is ready. */
static gboolean
take_ready (struct pollfd *others, const struct pollfd *fds, guint n_others)
{
  gboolean is_any = FALSE;

  for (guint i = 0; i < n_others; i++)
    {
      others[i].revents = fds[i].revents;
      is_any = is_any || fds[i].revents != 0;
    }
  return is_any;
}

ChildWait
child_wait_with (Child *child, gint64 until_us, struct pollfd *others, guint n_others)
{
  struct pollfd fds[CHILD_N_POLL + CHILD_WAIT_MAX_OTHERS];

  g_assert (n_others <= CHILD_WAIT_MAX_OTHERS);
  while (child_get_outcome (child) == NULL)
    {
      gboolean is_interrupted;

      child_fill_poll (child, fds);
      for (guint i = 0; i < n_others; i++)
        fds[CHILD_N_POLL + i] = (struct pollfd){ .fd = others[i].fd, .events = others[i].events };
      child_wait_poll (fds, CHILD_N_POLL + n_others, MIN (child_get_next_time (child), until_us));

      is_interrupted = take_ready (others, fds + CHILD_N_POLL, n_others);
      if (child_process_events (child, fds) == CHILD_ENDED)
        break;
      if (is_interrupted)
        return CHILD_WAIT_INTERRUPTED;
      if (until_us != G_MAXINT64 && g_get_monotonic_time () >= until_us)
        return CHILD_WAIT_TIMED_OUT;
    }
  return CHILD_WAIT_ENDED;
}

ChildWait
child_wait (Child *child, gint64 until_us, gint interrupt_fd)
{
  struct pollfd other = { .fd = interrupt_fd, .events = POLLIN };

  return child_wait_with (child, until_us, &other, 1);
}

void
child_free (Child *child)
{
  if (child == NULL)
    return;
  child_cancel (child);
  child_hurry (child);
  (void) child_wait (child, G_MAXINT64, -1);
  child_dispose (child);
}

gboolean
children_end_marked (const char *marker, gint64 kill_after_us, guint *ended, GError **error)
{
  const ChildSweepTarget target = {
    .marker = marker,
    .since = CHILD_CENSUS_ANY_TIME,
    .kill_after_us = kill_after_us,
    .give_up_us = CHILD_GIVE_UP_US,
  };
  g_autoptr (ChildSweep) sweep = child_sweep_new (&target, CHILD_LEADER_GONE);
  ChildRemains remains;
  guint survivors;

  while (!child_sweep_advance (sweep))
    {
      struct pollfd fd = { .fd = child_sweep_get_fd (sweep), .events = POLLIN };

      child_wait_poll (&fd, 1, child_sweep_get_next_time (sweep));
    }

  remains = child_sweep_get_remains (sweep, &survivors);
  if (ended != NULL)
    *ended = child_sweep_get_left_behind (sweep);
  if (remains == CHILD_REMAINS_NONE)
    return TRUE;
  if (remains == CHILD_REMAINS_SURVIVORS)
    g_set_error (error, CHILD_ERROR, CHILD_ERROR_SURVIVORS,
                 "%u processes that carry \"%s\" could not be ended", survivors, marker);
  else
    g_set_error (error, CHILD_ERROR, CHILD_ERROR_UNVERIFIED,
                 "whether processes carry \"%s\" cannot be seen: /proc cannot be read", marker);
  return FALSE;
}
