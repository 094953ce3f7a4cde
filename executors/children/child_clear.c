/* SPDX-License-Identifier: Apache-2.0 */
#include "executors/children/child_clear.h"

#include "executors/children/child_sweep.h"

/* How long after KILL a process may take to vanish before it counts as a survivor. */
#define GIVE_UP_US (5 * G_USEC_PER_SEC)

struct ChildClear
{
  char *marker;
  ChildLock *lock; /* (nullable): the attempt has none */
  ChildSweep *sweep;
};

ChildClear *
child_clear_new (ChildLock *lock, const char *marker, gint64 kill_after_us)
{
  ChildClear *clear = g_new0 (ChildClear, 1);
  ChildLockRecord record;
  ChildSweepTarget target = { .lock = lock,
                              .since = CHILD_CENSUS_ANY_TIME,
                              .kill_after_us = kill_after_us,
                              .give_up_us = GIVE_UP_US };

  clear->lock = lock;
  target.marker = clear->marker = g_strdup (marker);
  if (lock != NULL && child_lock_find_session (lock, &record))
    {
      target.leader = (pid_t) record.leader;
      target.leader_by = record.begun_before;
      target.since = record.begun_after;
    }
  clear->sweep = child_sweep_new (&target, CHILD_LEADER_GONE);
  return clear;
}

void
child_clear_free (ChildClear *clear)
{
  if (clear == NULL)
    return;
  child_sweep_free (clear->sweep);
  child_lock_free (clear->lock);
  g_free (clear->marker);
  g_free (clear);
}

gboolean
child_clear_advance (ChildClear *clear)
{
  return child_sweep_advance (clear->sweep);
}

void
child_clear_fill_poll (const ChildClear *clear, struct pollfd *fd)
{
  *fd = (struct pollfd){ .fd = child_sweep_get_fd (clear->sweep), .events = POLLIN };
}

gint64
child_clear_get_next_time (const ChildClear *clear)
{
  return child_sweep_get_next_time (clear->sweep);
}

guint
child_clear_get_n_ended (const ChildClear *clear)
{
  return child_sweep_get_left_behind (clear->sweep);
}

ChildLock *
child_clear_steal_lock (ChildClear *clear)
{
  return g_steal_pointer (&clear->lock);
}

static gboolean
fail_survivors (const ChildClear *clear, guint survivors, GError **error)
{
  const char *names = child_sweep_get_names (clear->sweep);

  g_set_error (error, CHILD_ERROR, CHILD_ERROR_SURVIVORS,
               "%u of the processes of \"%s\" could not be ended, neither by TERM nor by KILL: %s",
               survivors, clear->marker,
               names != NULL ? names : "a process that can't be seen holds the lock");
  return FALSE;
}

gboolean
child_clear_finish (ChildClear *clear, GError **error)
{
  guint survivors;

  switch (child_sweep_get_remains (clear->sweep, &survivors))
    {
    case CHILD_REMAINS_NONE:
      if (clear->lock != NULL)
        child_lock_remove (clear->lock);
      return TRUE;
    case CHILD_REMAINS_SURVIVORS:
      return fail_survivors (clear, survivors, error);
    case CHILD_REMAINS_UNKNOWN:
    default:
      g_set_error (error, CHILD_ERROR, CHILD_ERROR_UNVERIFIED,
                   "whether processes of \"%s\" are left cannot be seen: /proc cannot be read",
                   clear->marker);
      return FALSE;
    }
}
