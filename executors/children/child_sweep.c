/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE

#include "executors/children/child_sweep.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* Looking again without an event to wait for. */
#define FIRST_TICK_US 1000
#define LAST_TICK_US 64000
/* How often a count is repeated that found no process but could have missed a mark. */
#define BLURRED_TRIES 2
/* How many of the processes that are left are named. */
#define MAX_NAMES 5

typedef enum
{
  PHASE_TERMINATING,
  PHASE_KILLING,
  PHASE_LAST_LOOK,
  PHASE_OVER,
} Phase;

/* A process that was found. */
typedef struct
{
  ChildProcess process;
  pid_t session;
  gboolean is_counted;
} Known;

/* What a sweep that is over has found. */
typedef struct
{
  ChildRemains remains;
  guint survivors;
  char *names; /* nullable */
} End;

struct ChildSweep
{
  ChildSweepTarget target;
  ChildCensus *own_census; /* nullable */
  Phase phase;
  gboolean leader_runs;
  gboolean group_was_told; /* TERM, while no process could be counted */
  GArray *known;           /* of Known */
  guint left_behind;
  gint watch_fd;       /* of one of the processes that are left: all have to end, so any will do */
  gint64 wanted_at_us; /* when it was found that a look is needed; 0: it is not */
  gint64 tick_at_us;   /* 0: none */
  gint64 tick_us;
  gint64 limit_us; /* of the phase */
  guint blurred;
  End end;
};

static void
want_look (ChildSweep *sweep)
{
  sweep->wanted_at_us = g_get_monotonic_time ();
}

static void
set_tick (ChildSweep *sweep)
{
  sweep->tick_at_us = g_get_monotonic_time () + sweep->tick_us;
  sweep->tick_us = MIN (2 * sweep->tick_us, LAST_TICK_US);
}

static void
stop_watching (ChildSweep *sweep)
{
  if (sweep->watch_fd >= 0)
    close (sweep->watch_fd);
  sweep->watch_fd = -1;
}

static void
conclude (ChildSweep *sweep, ChildRemains remains)
{
  stop_watching (sweep);
  g_clear_pointer (&sweep->own_census, child_census_free);
  sweep->end.remains = remains;
  sweep->phase = PHASE_OVER;
}

/* -- Signalling ---------------------------------------------------------------------------------
 */

/* A stopped process would not see TERM before the grace is over. */
static void
signal_group (pid_t leader, gint number)
{
  (void) kill (-leader, number);
  if (number == SIGTERM)
    (void) kill (-leader, SIGCONT);
}

/* Where pidfds are refused (old kernels, seccomp) the check just before has to do. */
static void
signal_through (gint pidfd, pid_t pid, gint number)
{
  if (pidfd < 0 || (pidfd_send_signal (pidfd, number, NULL, 0) < 0 && errno != ESRCH))
    (void) kill (pid, number);
}

static void
signal_process (ChildCensus *census, const ChildProcess *process, gint number)
{
  gint pidfd = pidfd_open (process->pid, 0);

  if (child_census_is_alive (census, process))
    {
      signal_through (pidfd, process->pid, number);
      if (number == SIGTERM)
        signal_through (pidfd, process->pid, SIGCONT);
    }
  if (pidfd >= 0)
    close (pidfd);
}

/* -- Looking ------------------------------------------------------------------------------------
 */

static ChildCensus *
get_census (ChildSweep *sweep)
{
  if (sweep->target.census != NULL)
    return sweep->target.census;
  if (sweep->own_census == NULL)
    sweep->own_census = child_census_new (sweep->target.marker, sweep->target.since);
  return sweep->own_census;
}

static Known *
find_known (const ChildSweep *sweep, const ChildProcess *process)
{
  for (guint i = 0; i < sweep->known->len; i++)
    {
      Known *known = &g_array_index (sweep->known, Known, i);

      if (known->process.pid == process->pid && known->process.started == process->started)
        return known;
    }
  return NULL;
}

static Known *
remember (ChildSweep *sweep, const ChildCensusEntry *entry)
{
  const Known known = { .process = entry->process, .session = entry->session };

  g_array_append_val (sweep->known, known);
  return &g_array_index (sweep->known, Known, sweep->known->len - 1);
}

static void
treat (ChildSweep *sweep, ChildCensus *census, const ChildCensusEntry *entry)
{
  gboolean was_told_with_group = sweep->leader_runs && entry->group == sweep->target.leader;
  Known *known = find_known (sweep, &entry->process);
  gboolean is_new = known == NULL;

  if (is_new)
    known = remember (sweep, entry);
  if (!sweep->leader_runs && !known->is_counted)
    {
      known->is_counted = TRUE;
      sweep->left_behind++;
    }
  if (sweep->phase != PHASE_TERMINATING)
    signal_process (census, &entry->process, SIGKILL);
  else if (is_new && !was_told_with_group)
    signal_process (census, &entry->process, SIGTERM);
}

/* Whether a zombie was in the session, was found before, or led the session of a process that was
 * found. */
static gboolean
is_inherited (const ChildSweep *sweep, const ChildCensusEntry *zombie)
{
  if (zombie->process.pid == sweep->target.leader)
    return FALSE;
  if (find_known (sweep, &zombie->process) != NULL)
    return TRUE;
  /* A session that began outside of our process id namespace. */
  if (zombie->session == 0)
    return FALSE;
  if (zombie->session == sweep->target.leader)
    return TRUE;
  for (guint i = 0; i < sweep->known->len; i++)
    {
      if (g_array_index (sweep->known, Known, i).session == zombie->session)
        return TRUE;
    }
  return FALSE;
}

/* A process that the engine inherited, as a subreaper, would stay a zombie. */
static void
reap_inherited (const ChildSweep *sweep, const GArray *zombies)
{
  siginfo_t info;

  for (guint i = 0; i < zombies->len; i++)
    {
      const ChildCensusEntry *zombie = &g_array_index (zombies, ChildCensusEntry, i);

      if (is_inherited (sweep, zombie))
        (void) waitid (P_PID, (id_t) zombie->process.pid, &info, WEXITED | WNOHANG);
    }
}

/* The leader, while it runs, is waited for by its parent. */
static void
watch_one (ChildSweep *sweep, ChildCensus *census, const GArray *found)
{
  const ChildCensusEntry *first = &g_array_index (found, ChildCensusEntry, 0);

  stop_watching (sweep);
  if (sweep->leader_runs)
    return;
  sweep->watch_fd = pidfd_open (first->process.pid, 0);
  if (sweep->watch_fd < 0)
    set_tick (sweep);
  else if (!child_census_is_alive (census, &first->process))
    {
      stop_watching (sweep);
      want_look (sweep);
    }
}

/* The session whose members are meant: none, once the number of its leader belongs to another
 * process, which can only happen after the last member ended. */
static pid_t
get_session (ChildSweep *sweep, ChildCensus *census)
{
  const ChildSweepTarget *target = &sweep->target;

  if (target->leader == 0 || sweep->leader_runs)
    return target->leader;
  if (kill (target->leader, 0) < 0 && errno == ESRCH)
    return target->leader;
  if (target->leader_by == 0
      || !child_census_has_started (census, target->leader, target->since, target->leader_by))
    return 0;
  return target->leader;
}

static gboolean
has_process (const GArray *entries, const ChildProcess *process)
{
  for (guint i = 0; i < entries->len; i++)
    {
      const ChildProcess *other = &g_array_index (entries, ChildCensusEntry, i).process;

      if (other->pid == process->pid && other->started == process->started)
        return TRUE;
    }
  return FALSE;
}

/* A process that was found once stays found as long as it lives: a process that is ending shows no
 * environment any more. */
static void
add_known (const ChildSweep *sweep, ChildCensus *census, GArray *found)
{
  for (guint i = 0; i < sweep->known->len; i++)
    {
      const ChildCensusEntry entry = { .process = g_array_index (sweep->known, Known, i).process };

      if (!has_process (found, &entry.process) && child_census_is_alive (census, &entry.process))
        g_array_append_val (found, entry);
    }
}

/* Adds the processes that hold the lock, and the descendants of all. Returns: whether a process
 * holds the lock. */
static gboolean
add_holders (ChildSweep *sweep, ChildCensus *census, GArray *found)
{
  gboolean is_held = sweep->target.lock != NULL && child_lock_is_held (sweep->target.lock);
  dev_t device;
  ino_t inode;

  if (is_held)
    {
      child_lock_get_file (sweep->target.lock, &device, &inode);
      child_census_find_holders (census, device, inode, found);
    }
  if (sweep->target.marker != NULL || sweep->target.lock != NULL)
    child_census_find_descendants (census, found);
  return is_held;
}

/* Names the processes that are left. */
static void
name_survivors (ChildSweep *sweep, ChildCensus *census, const GArray *found)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < found->len && i < MAX_NAMES; i++)
    {
      const ChildProcess *process = &g_array_index (found, ChildCensusEntry, i).process;
      g_autofree char *command = child_census_dup_command (census, process);

      if (command != NULL)
        g_string_append_printf (names, "%spid %d (%s)", names->len > 0 ? ", " : "",
                                (gint) process->pid, command);
    }
  if (found->len > MAX_NAMES)
    g_string_append (names, ", ...");
  g_free (sweep->end.names);
  sweep->end.names = names->len > 0 ? g_strdup (names->str) : NULL;
}

/* Decides what the count means. */
static void
judge_count (ChildSweep *sweep, ChildCensus *census, const GArray *found, gboolean is_held,
             gboolean is_complete)
{
  if (sweep->phase == PHASE_LAST_LOOK && (found->len > 0 || is_held))
    {
      name_survivors (sweep, census, found);
      sweep->end.survivors = MAX (found->len, 1);
      conclude (sweep, CHILD_REMAINS_SURVIVORS);
    }
  else if (sweep->phase == PHASE_LAST_LOOK && !is_complete)
    conclude (sweep, CHILD_REMAINS_UNKNOWN);
  else if (found->len > 0)
    watch_one (sweep, census, found);
  else if (is_held || !is_complete)
    set_tick (sweep);
  else if (child_census_is_blurred (census) && sweep->blurred++ < BLURRED_TRIES)
    set_tick (sweep);
  else
    conclude (sweep, CHILD_REMAINS_NONE);
}

static void
look_with_census (ChildSweep *sweep, ChildCensus *census, gboolean is_complete)
{
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (ChildCensusEntry));
  gboolean is_held;

  child_census_find (census, get_session (sweep, census), sweep->target.marker, found);
  add_known (sweep, census, found);
  is_held = add_holders (sweep, census, found);
  reap_inherited (sweep, child_census_get_zombies (census));
  for (guint i = 0; i < found->len; i++)
    treat (sweep, census, &g_array_index (found, ChildCensusEntry, i));
  judge_count (sweep, census, found, is_held, is_complete);
}

/* The same without /proc. The leader is reaped: a child of the engine that is in its group was
 * inherited. */
static void
reap_inherited_group (pid_t leader)
{
  siginfo_t info;

  do
    info.si_pid = 0;
  while (waitid (P_PGID, (id_t) leader, &info, WEXITED | WNOHANG) == 0 && info.si_pid != 0);
}

static gboolean
is_group_empty (pid_t leader)
{
  reap_inherited_group (leader);
  return kill (-leader, 0) < 0 && errno == ESRCH;
}

/* What a look without /proc means when the group has no member. A free lock says that none of the
 * processes that kept it lives; one that closed it can't be found. */
static void
judge_empty_group (ChildSweep *sweep)
{
  gboolean is_held = sweep->target.lock != NULL && child_lock_is_held (sweep->target.lock);

  if (is_held && sweep->phase != PHASE_LAST_LOOK)
    {
      set_tick (sweep);
      return;
    }
  sweep->end.survivors = 1;
  if (is_held)
    conclude (sweep, CHILD_REMAINS_SURVIVORS);
  else
    conclude (sweep, sweep->target.marker != NULL ? CHILD_REMAINS_UNKNOWN : CHILD_REMAINS_NONE);
}

/* The leader of the process group that can be looked at without /proc; 0: none. The number of a
 * leader that was not reaped may be another's by now. */
static pid_t
get_group (const ChildSweep *sweep)
{
  pid_t leader = sweep->target.leader;

  if (leader == 0 || sweep->leader_runs)
    return leader;
  if (sweep->target.leader_by != 0)
    return 0;
  return kill (leader, 0) < 0 && errno == ESRCH ? leader : 0;
}

/* All that can be done without /proc: the process group, whose number is its own as long as it has
 * members. */
static void
look_at_group (ChildSweep *sweep)
{
  pid_t leader = get_group (sweep);

  if (leader == 0 || (!sweep->leader_runs && is_group_empty (leader)))
    {
      judge_empty_group (sweep);
      return;
    }
  sweep->end.survivors = 1;
  if (!sweep->leader_runs)
    sweep->left_behind = 1;
  if (sweep->phase == PHASE_LAST_LOOK)
    {
      conclude (sweep, CHILD_REMAINS_SURVIVORS);
      return;
    }
  if (sweep->phase == PHASE_KILLING)
    signal_group (leader, SIGKILL);
  else if (!sweep->group_was_told)
    signal_group (leader, SIGTERM);
  sweep->group_was_told = TRUE;
  set_tick (sweep);
}

static void
look (ChildSweep *sweep)
{
  ChildCensus *census = get_census (sweep);
  ChildCensusResult result = child_census_take (census, sweep->wanted_at_us);

  sweep->wanted_at_us = 0;
  if (result == CHILD_CENSUS_IMPOSSIBLE)
    look_at_group (sweep);
  else
    look_with_census (sweep, census, result == CHILD_CENSUS_COMPLETE);
}

/* -- The phases ---------------------------------------------------------------------------------
 */

static void
end_phase (ChildSweep *sweep)
{
  want_look (sweep);
  if (sweep->phase == PHASE_KILLING)
    {
      sweep->phase = PHASE_LAST_LOOK;
      sweep->limit_us = G_MAXINT64;
      return;
    }
  sweep->phase = PHASE_KILLING;
  sweep->limit_us = g_get_monotonic_time () + sweep->target.give_up_us;
  sweep->tick_us = FIRST_TICK_US;
  if (sweep->leader_runs)
    signal_group (sweep->target.leader, SIGKILL);
}

static gboolean
is_watched_gone (const ChildSweep *sweep)
{
  struct pollfd watched = { .fd = sweep->watch_fd, .events = POLLIN };

  return sweep->watch_fd >= 0 && poll (&watched, 1, 0) > 0;
}

gboolean
child_sweep_advance (ChildSweep *sweep)
{
  gboolean was_wanted = sweep->wanted_at_us != 0;
  gint64 now_us = g_get_monotonic_time ();

  if (sweep->phase == PHASE_OVER)
    return TRUE;
  if (is_watched_gone (sweep))
    {
      stop_watching (sweep);
      want_look (sweep);
    }
  if (sweep->tick_at_us != 0 && now_us >= sweep->tick_at_us)
    {
      sweep->tick_at_us = 0;
      want_look (sweep);
    }
  if (now_us >= sweep->limit_us)
    end_phase (sweep);
  if (was_wanted && sweep->phase != PHASE_OVER)
    look (sweep);
  return sweep->phase == PHASE_OVER;
}

ChildSweep *
child_sweep_new (const ChildSweepTarget *target, ChildLeader leader)
{
  ChildSweep *sweep = g_new0 (ChildSweep, 1);

  sweep->target = *target;
  sweep->known = g_array_new (FALSE, FALSE, sizeof (Known));
  sweep->leader_runs = leader == CHILD_LEADER_RUNS;
  sweep->watch_fd = -1;
  sweep->tick_us = FIRST_TICK_US;
  sweep->limit_us = g_get_monotonic_time () + target->kill_after_us;
  if (sweep->leader_runs)
    {
      signal_group (target->leader, SIGTERM);
      sweep->group_was_told = TRUE;
    }
  want_look (sweep);
  return sweep;
}

void
child_sweep_free (ChildSweep *sweep)
{
  if (sweep == NULL)
    return;
  stop_watching (sweep);
  child_census_free (sweep->own_census);
  g_array_unref (sweep->known);
  g_free (sweep->end.names);
  g_free (sweep);
}

void
child_sweep_leader_gone (ChildSweep *sweep)
{
  sweep->leader_runs = FALSE;
  want_look (sweep);
}

void
child_sweep_hurry (ChildSweep *sweep)
{
  if (sweep->phase == PHASE_TERMINATING)
    sweep->limit_us = g_get_monotonic_time ();
}

/* -- Questions ----------------------------------------------------------------------------------
 */

gint
child_sweep_get_fd (const ChildSweep *sweep)
{
  return sweep->watch_fd;
}

gint64
child_sweep_get_next_time (const ChildSweep *sweep)
{
  gint64 next_us = sweep->limit_us;

  if (sweep->wanted_at_us != 0)
    next_us = MIN (next_us, sweep->wanted_at_us);
  if (sweep->tick_at_us != 0)
    next_us = MIN (next_us, sweep->tick_at_us);
  return next_us;
}

ChildRemains
child_sweep_get_remains (const ChildSweep *sweep, guint *survivors)
{
  *survivors = sweep->end.remains == CHILD_REMAINS_SURVIVORS ? sweep->end.survivors : 0;
  return sweep->end.remains;
}

const char *
child_sweep_get_names (const ChildSweep *sweep)
{
  return sweep->end.names;
}

guint
child_sweep_get_left_behind (const ChildSweep *sweep)
{
  return sweep->left_behind;
}
