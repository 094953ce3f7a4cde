/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* ChildSweep: ends a set of processes and makes sure that nobody is left: TERM, a time of grace,
 * KILL, and looking again until a complete count finds none, or giving up. The set is a session
 * (with the process group of its leader) and everybody who has a mark. It never blocks: it has a
 * descriptor and a time to wait for, and is advanced. Found processes are signalled through pidfds
 * after checking that they are still the same. What was inherited by a host that is a subreaper is
 * reaped. One thread at a time.
 */

#include <sys/types.h>

#include <glib.h>

#include "executors/children/child_census.h"

G_BEGIN_DECLS

typedef struct ChildSweep ChildSweep;

typedef enum
{
  CHILD_REMAINS_NONE,      /* verified: nobody is left */
  CHILD_REMAINS_SURVIVORS, /* somebody is left whom neither TERM nor KILL ended in time */
  CHILD_REMAINS_UNKNOWN,   /* it could not be verified, because /proc could not be read */
} ChildRemains;

/* Whom to end, and how patiently. */
typedef struct
{
  pid_t leader;         /* whose session and process group; 0: nobody's */
  const char *marker;   /* "NAME=VALUE", nullable; borrowed for the life of the sweep */
  guint64 since;        /* clock ticks: who started earlier is not meant */
  gint64 kill_after_us; /* from TERM to KILL */
  gint64 give_up_us;    /* from KILL to giving up */
  ChildCensus *census;  /* shared with others, nullable; borrowed for the life of the sweep */
} ChildSweepTarget;

typedef enum
{
  CHILD_LEADER_RUNS, /* or waits to be reaped: its number can't be anybody else's */
  CHILD_LEADER_GONE, /* reaped, or there never was one */
} ChildLeader;

/* Begins; with a leader that runs its process group gets TERM at once. Returns: (transfer full). */
ChildSweep *child_sweep_new (const ChildSweepTarget *target, ChildLeader leader);

/* Leaves everybody alone from now on; NULL is fine. */
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

/* How many processes were found, so far, that had outlived the leader. */
guint child_sweep_get_left_behind (const ChildSweep *sweep);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ChildSweep, child_sweep_free)

G_END_DECLS
