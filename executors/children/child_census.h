/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* ChildCensus: who is alive, as /proc tells it: each process with its session and its mark, the
 * value that one variable has in the environment that it was started with. It is taken only when
 * somebody has to be found, and one census serves many children of a loop that ask at the same
 * time. Not seen: a process that was started with another environment in another session, or that
 * overwrote its environment, or whose environment we may not read; only a cgroup would hold those.
 * One thread at a time.
 */

#include <sys/types.h>

#include <glib.h>

G_BEGIN_DECLS

typedef struct ChildCensus ChildCensus;

/* A process, told from a later one with the same number by when it started (clock ticks since
 * boot). */
typedef struct
{
  pid_t pid;
  guint64 started;
} ChildProcess;

typedef struct
{
  ChildProcess process;
  pid_t group;
  pid_t session;
} ChildCensusEntry;

typedef enum
{
  CHILD_CENSUS_COMPLETE,
  CHILD_CENSUS_INCOMPLETE, /* something ran out meanwhile, descriptors for one: try again */
  CHILD_CENSUS_IMPOSSIBLE, /* /proc can't be read, or is that of another process id namespace */
} ChildCensusResult;

/* The moment for child_census_new() that leaves no process out. */
#define CHILD_CENSUS_ANY_TIME 0

/* Clock ticks since boot, now. */
guint64 child_census_now (void);

/* Makes a census of the processes that started at `since` or later; older ones cost one read each
 * and are left out. `mark_name` (nullable): the variable that marks; a name, or all up to the "="
 * of a "NAME=VALUE". Returns: (transfer full). */
ChildCensus *child_census_new (const char *mark_name, guint64 since);

/* NULL is fine. */
void child_census_free (ChildCensus *census);

/* Counts, unless the last count was begun at `not_before_us` (monotonic) or later. Only when it is
 * complete does the absence of a process mean anything. */
ChildCensusResult child_census_take (ChildCensus *census, gint64 not_before_us);

/* Appends to `found`, an array of ChildCensusEntry, everybody alive who is in `session` (0: none)
 * or has the mark of `marker`
 * ("NAME=VALUE" with the name of the census, nullable); the host itself never. */
void child_census_find (const ChildCensus *census, pid_t session, const char *marker,
                        GArray *found);

/* The processes that have ended, whose parent is the host, and that are no more than zombies now:
 * its own children and, when it is a subreaper, what it inherited. An array of ChildCensusEntry,
 * borrowed until the next count. */
const GArray *child_census_get_zombies (const ChildCensus *census);

/* Whether somebody may have been missed: a process showed an empty environment, perhaps in the
 * middle of exec, or one was started during the count. Counting again tells. */
gboolean child_census_is_blurred (const ChildCensus *census);

/* Whether this very process is still alive. */
gboolean child_census_is_alive (ChildCensus *census, const ChildProcess *process);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ChildCensus, child_census_free)

G_END_DECLS
