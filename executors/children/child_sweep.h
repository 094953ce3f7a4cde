/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* ChildSweep: ends a set of processes and makes sure that none is left: TERM, a time of grace,
 * KILL, and looking again until a complete count finds none and no process holds the lock, or
 * giving up.
 *
 * The set is the session of the leader with its process group, the processes that carry the mark,
 * those that hold the lock, and the descendants of all of them, if there is a mark or a lock.
 *
 * What can't be told counts as alive: while a process holds the lock the sweep is not over, even
 * when none can be found that does.
 *
 * A sweep never blocks: it has a descriptor and a time to wait for, and is advanced. A process that
 * is found is signalled through a pidfd after checking that it is still the same. What was
 * inherited by a host that is a subreaper is reaped. One thread at a time.
 */

#include <sys/types.h>

#include <glib.h>

#include "executors/children/child_census.h"
#include "executors/children/child_lock.h"

G_BEGIN_DECLS

typedef struct ChildSweep ChildSweep;

typedef enum
{
  CHILD_REMAINS_NONE,      /* verified: no process is left */
  CHILD_REMAINS_SURVIVORS, /* a process is left that neither TERM nor KILL ended in time */
  CHILD_REMAINS_UNKNOWN,   /* it could not be verified, because /proc could not be read */
} ChildRemains;

/* Which processes to end, and how patiently. All is borrowed for the life of the sweep. */
typedef struct
{
  pid_t leader;         /* of the session and process group; 0: none */
  guint64 leader_by;    /* a leader that was not reaped was started at this time, in clock ticks, or
                           earlier, since `since`; 0: the leader was reaped */
  const char *marker;   /* "NAME=VALUE", nullable */
  ChildLock *lock;      /* nullable */
  guint64 since;        /* clock ticks: a process that started earlier is not meant */
  gint64 kill_after_us; /* from TERM to KILL */
  gint64 give_up_us;    /* from KILL to giving up */
  ChildCensus *census;  /* shared with others, nullable */
} ChildSweepTarget;

typedef enum
{
  CHILD_LEADER_RUNS, /* or waits to be reaped: its number can't be anybody else's */
  CHILD_LEADER_GONE, /* reaped, or there never was one */
} ChildLeader;

/* Begins; with a leader that runs its process group gets TERM at once. Returns: (transfer full). */
ChildSweep *child_sweep_new (const ChildSweepTarget *target, ChildLeader leader);

/* Frees; no process is signalled from now on. NULL is fine. */
void child_sweep_free (ChildSweep *sweep);

/* The leader was reaped. */
void child_sweep_leader_gone (ChildSweep *sweep);

/* The time of grace is over now. */
void child_sweep_hurry (ChildSweep *sweep);

/* Does what is due. Looking is put off to the call after the one that finds it necessary, so that
 * the many sweeps of a loop that share a census look at the same count. Returns: whether the sweep
 * is over. */
gboolean child_sweep_advance (ChildSweep *sweep);

/* What becomes readable when there is something to do; -1 for nothing. It may change with every
 * child_sweep_advance(). */
gint child_sweep_get_fd (const ChildSweep *sweep);

/* When there is something to do at the latest (monotonic). */
gint64 child_sweep_get_next_time (const ChildSweep *sweep);

/* Of a sweep that is over: what remains, and in `survivors` how many (at least). */
ChildRemains child_sweep_get_remains (const ChildSweep *sweep, guint *survivors);

/* Of a sweep that is over, the processes that are left, for people: "pid 12 (sleep 10)", separated
 * by commas; borrowed, NULL when there are none or they can't be named. */
const char *child_sweep_get_names (const ChildSweep *sweep);

/* How many processes were found, so far, that had outlived the leader. */
guint child_sweep_get_left_behind (const ChildSweep *sweep);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ChildSweep, child_sweep_free)

G_END_DECLS
