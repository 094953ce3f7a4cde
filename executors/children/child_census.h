/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* ChildCensus: the living processes, as /proc lists them: each with its parent, its session and its
 * mark, the value that one variable has in the environment that it was started with. A census is
 * taken only when processes have to be found, and one census serves many children of a loop that
 * ask at the same time.
 *
 * A complete census misses no process, however fast processes fork and end: /proc lists process ids
 * in ascending order, the kernel gives them out in ascending order, and the count goes on past the
 * end of the list until it reaches the id that was given out last. So for each process that ends
 * before the count reads it, the count comes to its children later. Only when the ids start anew
 * from the beginning meanwhile is the census incomplete.
 *
 * The mark is not seen of a process that was started with another environment, that overwrote its
 * environment, or whose environment the engine may not read. One thread at a time.
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
  pid_t parent;
  pid_t group;
  pid_t session;
} ChildCensusEntry;

typedef enum
{
  CHILD_CENSUS_COMPLETE,
  CHILD_CENSUS_INCOMPLETE, /* descriptors ran out, or process ids started anew: try again */
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

/* Appends to `found`, an array of ChildCensusEntry, each living process that is in `session` (0:
 * none) or has the mark of `marker` ("NAME=VALUE" with the name of the census, nullable); the host
 * itself never. */
void child_census_find (const ChildCensus *census, pid_t session, const char *marker,
                        GArray *found);

/* Appends each living process that has a descriptor of the file, as far as the engine may look, and
 * is not in `found` yet. Reads the descriptors of all processes. */
void child_census_find_holders (ChildCensus *census, dev_t device, ino_t inode, GArray *found);

/* Appends the living descendants of the processes in `found`. */
void child_census_find_descendants (const ChildCensus *census, GArray *found);

/* Whether the process `pid` lives and was started from `after` to `before`. */
gboolean child_census_has_started (ChildCensus *census, pid_t pid, guint64 after, guint64 before);

/* The command of a living process, for people: its arguments, or the name of its program. Returns:
 * (transfer full) valid UTF-8, NULL when it is gone. */
char *child_census_dup_command (ChildCensus *census, const ChildProcess *process);

/* The processes that have ended, whose parent is the host, and that are no more than zombies now:
 * its own children and, when it is a subreaper, what it inherited. An array of ChildCensusEntry,
 * borrowed until the next count. */
const GArray *child_census_get_zombies (const ChildCensus *census);

/* Whether the count may have missed a mark: a process showed an empty environment, perhaps in the
 * middle of exec, or the last process id could not be read. Counting again tells. */
gboolean child_census_is_blurred (const ChildCensus *census);

/* Whether this very process is still alive. */
gboolean child_census_is_alive (ChildCensus *census, const ChildProcess *process);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ChildCensus, child_census_free)

G_END_DECLS
