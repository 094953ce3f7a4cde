/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE

#include "executors/children/child.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "executors/children/child_command.h"
#include "executors/children/child_lock.h"
#include "executors/children/child_pipe.h"
#include "executors/children/output_keeper.h"

/* How often to ask whether the command has ended, where there is no pidfd to poll. */
#define FIRST_TICK_US 1000
#define LAST_TICK_US 32000

struct Child
{
  ChildState state;
  pid_t pid;
  gboolean is_reaped; /* from then on the kernel may give `pid` to another process */
  gint pidfd;         /* -1 when reaped, and where they are not supported */
  gint64 tick_at_us;  /* without pidfd */
  gint64 tick_us;
  ChildPipe pipes[2]; /* by OutputStream */
  Output *output;
  char *marker;    /* nullable */
  ChildLock *lock; /* nullable: it could not be made */
  char *names;     /* nullable: of outcome.names */
  guint64 started;
  gint64 deadline_us;
  gint64 kill_after_us;
  gint64 give_up_us;
  ChildCensus *census; /* borrowed, nullable */
  ChildSweep *sweep;   /* NULL until processes have to be ended */
  ChildOutcome outcome;
};

/* -- Starting -----------------------------------------------------------------------------------
 */

static gboolean
fail_arguments (GError **error, const char *message)
{
  g_set_error_literal (error, CHILD_ERROR, CHILD_ERROR_ARGUMENTS, message);
  return FALSE;
}

static gboolean
check_spec (const ChildSpec *spec, GError **error)
{
  gboolean has_marker = spec->marker == NULL;

  if (spec->argv[0] == NULL)
    return fail_arguments (error, "the command is empty");
  for (guint i = 0; spec->envp[i] != NULL; i++)
    {
      const char *equals = strchr (spec->envp[i], '=');

      if (equals == NULL || equals == spec->envp[i])
        return fail_arguments (error, "an entry of the environment has no name or no value");
      has_marker = has_marker || strcmp (spec->envp[i], spec->marker) == 0;
    }
  if (!has_marker)
    return fail_arguments (error, "the environment does not have the marker");
  return TRUE;
}

/* Makes the lock. Where its file can't be made it is one without a name; without any lock the
 * processes of the child are found by their session and mark only. */
static ChildLock *
make_lock (const ChildSpec *spec)
{
  ChildLock *lock = spec->lock_path != NULL ? child_lock_new (spec->lock_path, NULL) : NULL;

  return lock != NULL ? lock : child_lock_new (NULL, NULL);
}

/* Opens the pipes. `ends` receives their other ends, the same twice when there is one pipe. */
static gboolean
open_pipes (Child *child, gboolean is_merged, gint ends[2], GError **error)
{
  if (!child_pipe_open (&child->pipes[OUTPUT_STDOUT], OUTPUT_STDOUT, &ends[OUTPUT_STDOUT], error))
    return FALSE;
  ends[OUTPUT_STDERR] = ends[OUTPUT_STDOUT];
  if (is_merged
      || child_pipe_open (&child->pipes[OUTPUT_STDERR], OUTPUT_STDERR, &ends[OUTPUT_STDERR], error))
    return TRUE;
  close (ends[OUTPUT_STDOUT]);
  return FALSE;
}

/* Opens the pipes and starts the command on their other ends. */
static gboolean
start (Child *child, const ChildSpec *spec, GError **error)
{
  gint ends[2];

  if (!open_pipes (child, spec->is_merged, ends, error))
    return FALSE;
  child->started = child_census_now ();
  child->pid = child_command_start (spec->argv, spec->envp, spec->cwd,
                                    &(ChildCommandFiles){ .stdout_fd = ends[OUTPUT_STDOUT],
                                                          .stderr_fd = ends[OUTPUT_STDERR],
                                                          .lock = child->lock },
                                    error);
  if (child->lock != NULL)
    child_lock_hand_over (child->lock, MAX (child->pid, 0));
  close (ends[OUTPUT_STDOUT]);
  if (!spec->is_merged)
    close (ends[OUTPUT_STDERR]);
  return child->pid >= 0;
}

void
child_dispose (Child *child)
{
  child_pipe_close (&child->pipes[OUTPUT_STDOUT]);
  child_pipe_close (&child->pipes[OUTPUT_STDERR]);
  child_sweep_free (child->sweep);
  output_free (child->output);
  if (child->pidfd >= 0)
    close (child->pidfd);
  child_lock_free (child->lock);
  g_free (child->marker);
  g_free (child->names);
  g_free (child);
}

Child *
child_spawn (const ChildSpec *spec, GError **error)
{
  Child *child;

  if (!check_spec (spec, error))
    return NULL;

  child = g_new0 (Child, 1);
  child->pidfd = -1;
  child->pipes[OUTPUT_STDOUT].fd = -1;
  child->pipes[OUTPUT_STDERR].fd = -1;
  child->lock = make_lock (spec);
  if (!start (child, spec, error))
    {
      if (child->lock != NULL)
        child_lock_remove (child->lock);
      child_dispose (child);
      return NULL;
    }
  /* Without a pidfd, the status of the child is polled by a timer. */
  child->pidfd = pidfd_open (child->pid, 0);
  child->tick_us = FIRST_TICK_US;
  child->output = output_new (spec->max_capture_bytes, spec->max_tail_bytes, spec->log_path);
  child->marker = g_strdup (spec->marker);
  child->deadline_us = spec->deadline_us != 0 ? spec->deadline_us : G_MAXINT64;
  child->kill_after_us = spec->kill_after_us;
  child->give_up_us = spec->give_up_us != 0 ? spec->give_up_us : CHILD_GIVE_UP_US;
  child->census = spec->census;
  return child;
}

/* -- Ending -------------------------------------------------------------------------------------
 */

static void
note_status (ChildOutcome *outcome, const siginfo_t *info)
{
  outcome->end = info->si_code == CLD_EXITED ? CHILD_END_EXITED : CHILD_END_SIGNALLED;
  if (outcome->end == CHILD_END_EXITED)
    outcome->exit_status = info->si_status;
  else
    outcome->signal = info->si_status;
  outcome->core_dumped = info->si_code == CLD_DUMPED;
}

/* Asks for the status of the command. Returns: whether the command has ended. A failing waitid()
 * counts as an end: the host has reaped the process. */
static gboolean
reap (Child *child)
{
  idtype_t type = child->pidfd >= 0 ? P_PIDFD : P_PID;
  id_t id = (id_t) (child->pidfd >= 0 ? child->pidfd : child->pid);
  siginfo_t info = { 0 };
  gint result;

  do
    result = waitid (type, id, &info, WEXITED | WNOHANG);
  while (result < 0 && errno == EINTR);

  if (result == 0 && info.si_pid == 0)
    return FALSE;
  if (result == 0)
    note_status (&child->outcome, &info);
  child->is_reaped = TRUE;
  if (child->pidfd >= 0)
    close (child->pidfd);
  child->pidfd = -1;
  return TRUE;
}

static void
drain (Child *child)
{
  child_pipe_drain (&child->pipes[OUTPUT_STDOUT], child->output);
  child_pipe_drain (&child->pipes[OUTPUT_STDERR], child->output);
}

static gboolean
has_succeeded (const Child *child)
{
  return child->outcome.stop == CHILD_STOP_NONE && child->outcome.end == CHILD_END_EXITED
         && child->outcome.exit_status == 0;
}

/* A pipe that is open still has a daemon at its other end, which must not end by SIGPIPE. */
static void
keep_pipe (Child *child, const ChildPipe *pipe)
{
  if (pipe->fd >= 0 && has_succeeded (child)
      && output_keeper_start (pipe->fd, output_open_log (child->output)))
    child->outcome.is_followed = TRUE;
}

static void
finish (Child *child)
{
  /* A sweep can be over before the end of the command was noticed. */
  if (!child->is_reaped)
    (void) reap (child);
  if (child->sweep != NULL)
    {
      child->outcome.left_behind = child_sweep_get_left_behind (child->sweep);
      child->outcome.remains = child_sweep_get_remains (child->sweep, &child->outcome.survivors);
      child->names = g_strdup (child_sweep_get_names (child->sweep));
      child->outcome.names = child->names;
      g_clear_pointer (&child->sweep, child_sweep_free);
    }
  drain (child);
  keep_pipe (child, &child->pipes[OUTPUT_STDOUT]);
  keep_pipe (child, &child->pipes[OUTPUT_STDERR]);
  child_pipe_close (&child->pipes[OUTPUT_STDOUT]);
  child_pipe_close (&child->pipes[OUTPUT_STDERR]);
  if (child->pidfd >= 0)
    close (child->pidfd);
  child->pidfd = -1;
  output_close_log (child->output);
  if (child->lock != NULL)
    child_lock_remove (child->lock);
  child->state = CHILD_ENDED;
}

static void
begin_sweep (Child *child, ChildState state, ChildLeader leader)
{
  const ChildSweepTarget target = {
    .leader = child->pid,
    .marker = has_succeeded (child) ? NULL : child->marker,
    .lock = has_succeeded (child) ? NULL : child->lock,
    .since = child->started,
    .kill_after_us = child->kill_after_us,
    .give_up_us = child->give_up_us,
    .census = child->census,
  };

  child->sweep = child_sweep_new (&target, leader);
  child->state = state;
}

/* Whether the process group is empty, and no process holds the lock or an output pipe, so that a
 * census is not worth its cost. (A process in another group of the session that closed all its
 * descriptors remains possible.) */
static gboolean
is_clear (const Child *child)
{
  return child->pipes[OUTPUT_STDOUT].fd < 0 && child->pipes[OUTPUT_STDERR].fd < 0
         && (child->lock == NULL || !child_lock_is_held (child->lock)) && kill (-child->pid, 0) < 0
         && errno == ESRCH;
}

/* Checks whether the command has ended; if so, finishes, or begins to end the processes that it
 * left. */
static void
notice_end (Child *child)
{
  if (!reap (child))
    return;
  drain (child);
  output_seal (child->output);

  if (child->sweep != NULL)
    {
      child_sweep_leader_gone (child->sweep);
      child->state = CHILD_CLEARING;
    }
  else if (has_succeeded (child) && is_clear (child))
    finish (child);
  else
    begin_sweep (child, CHILD_CLEARING, CHILD_LEADER_GONE);
}

static void
stop (Child *child, ChildStop why)
{
  notice_end (child);
  if (child->state != CHILD_RUNNING)
    return;
  child->outcome.stop = why;
  begin_sweep (child, CHILD_STOPPING, CHILD_LEADER_RUNS);
}

void
child_cancel (Child *child)
{
  if (child->state == CHILD_RUNNING)
    stop (child, CHILD_STOP_CANCEL);
}

void
child_hurry (Child *child)
{
  if (child->sweep != NULL)
    child_sweep_hurry (child->sweep);
}

/* -- Events -------------------------------------------------------------------------------------
 */

void
child_fill_poll (const Child *child, struct pollfd fds[CHILD_N_POLL])
{
  const gint numbers[CHILD_N_POLL] = {
    [CHILD_POLL_STDOUT] = child->pipes[OUTPUT_STDOUT].fd,
    [CHILD_POLL_STDERR] = child->pipes[OUTPUT_STDERR].fd,
    [CHILD_POLL_EXIT] = child->pidfd,
    [CHILD_POLL_REST] = child->sweep != NULL ? child_sweep_get_fd (child->sweep) : -1,
  };

  for (guint i = 0; i < CHILD_N_POLL; i++)
    fds[i] = (struct pollfd){ .fd = numbers[i], .events = POLLIN };
}

gint64
child_get_next_time (const Child *child)
{
  gint64 next_us = G_MAXINT64;

  if (child->state == CHILD_RUNNING)
    next_us = child->deadline_us;
  if (child->sweep != NULL)
    next_us = child_sweep_get_next_time (child->sweep);
  if (!child->is_reaped && child->pidfd < 0)
    next_us = MIN (next_us, child->tick_at_us);
  return next_us;
}

static gboolean
is_ready (const struct pollfd *fds, ChildPoll which)
{
  return fds == NULL || fds[which].revents != 0;
}

/* Returns: whether to ask for the status now. */
static gboolean
is_end_likely (Child *child, const struct pollfd *fds)
{
  if (child->is_reaped)
    return FALSE;
  if (child->pidfd >= 0)
    return is_ready (fds, CHILD_POLL_EXIT);
  child->tick_at_us = g_get_monotonic_time () + child->tick_us;
  child->tick_us = MIN (2 * child->tick_us, LAST_TICK_US);
  return TRUE;
}

ChildState
child_process_events (Child *child, const struct pollfd *fds)
{
  /* The sweep advances before the events are handled: a look that an event asks for is then made by
   * the next call, see child_sweep_advance(). */
  if (child->sweep != NULL && child_sweep_advance (child->sweep))
    finish (child);
  if (child->state == CHILD_ENDED)
    return CHILD_ENDED;

  if (is_ready (fds, CHILD_POLL_STDOUT))
    child_pipe_read (&child->pipes[OUTPUT_STDOUT], child->output);
  if (is_ready (fds, CHILD_POLL_STDERR))
    child_pipe_read (&child->pipes[OUTPUT_STDERR], child->output);
  if (is_end_likely (child, fds))
    notice_end (child);
  if (child->state == CHILD_RUNNING && child->deadline_us != G_MAXINT64
      && g_get_monotonic_time () >= child->deadline_us)
    stop (child, CHILD_STOP_DEADLINE);
  return child->state;
}

/* -- Questions ----------------------------------------------------------------------------------
 */

pid_t
child_get_pid (const Child *child)
{
  return child->pid;
}

const ChildOutcome *
child_get_outcome (const Child *child)
{
  return child->state == CHILD_ENDED ? &child->outcome : NULL;
}

ChildLock *
child_steal_lock (Child *child)
{
  return g_steal_pointer (&child->lock);
}

const Output *
child_get_output (const Child *child)
{
  return child->output;
}
