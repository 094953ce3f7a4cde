/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Child: one process that runs the command of a step, from its start until no process of it is
 * left. The child has its own session, no input, and its output is captured; it is ended by TERM,
 * a time of grace and KILL. No function here blocks; those that do are in
 * executors/children/child_wait.h. There is no signal handler and no process-wide state; several
 * children may live at once, each used by one thread at a time. A host that ignores SIGCHLD, or
 * waits for any child, takes the exit status away; the child still ends.
 *
 * After the command has ended by itself with status 0, the processes of its session are ended and
 * counted; a process that made a session of its own (a daemon) is the effect of the step and lives
 * on. A daemon that keeps the output open does not delay the end: what the daemon writes goes on
 * into the log (output_keeper.h). After any other end (another status, a signal, the deadline,
 * child_cancel()) every process that carries the marker, holds the lock of the child or descends
 * from such a process is ended too. A process is missed only when it has another environment, has
 * closed all descriptors, has left the session and has lost its parent.
 */

#include <poll.h>
#include <sys/types.h>

#include <glib.h>

#include "executors/children/child_census.h"
#include "executors/children/child_error.h"
#include "executors/children/child_sweep.h"
#include "executors/children/output.h"

G_BEGIN_DECLS

typedef struct Child Child;

/* How long after KILL a process may take to vanish before it counts as a survivor, where a spec
 * does not say. */
#define CHILD_GIVE_UP_US (5 * G_USEC_PER_SEC)

/* What to run. All is borrowed and copied, but for `census`, which has to outlive the child. */
typedef struct
{
  const char *const *argv; /* argv[0] without a slash is looked up in PATH of `envp` */
  const char *const *envp; /* the whole environment, "NAME=VALUE" each */
  const char *cwd;         /* nullable: the host's */
  const char *marker;    /* one entry of `envp` that no other child has; nullable: processes outside
                           the session are not found */
  const char *lock_path; /* of the lock of the child, for the next owner of the run; nullable: the
                            lock serves this process only */
  const char *log_path;  /* nullable: no log */
  gboolean is_merged; /* standard error goes where standard output goes, so that their order is the
                             true one */
  gsize max_capture_bytes; /* of standard output; 0: nothing is kept */
  gsize max_tail_bytes;    /* of each stream; 0: nothing is kept */
  gint64 deadline_us;      /* monotonic; then it is stopped; 0: never */
  gint64 kill_after_us;    /* from TERM to KILL; 0: at once */
  gint64 give_up_us;       /* from KILL; 0: CHILD_GIVE_UP_US */
  ChildCensus *census;     /* of the loop, marked by the same variable, nullable: its own */
} ChildSpec;

typedef enum
{
  CHILD_RUNNING,  /* the command runs */
  CHILD_STOPPING, /* the command got TERM */
  CHILD_CLEARING, /* the command has ended, and the processes that it left are being ended */
  CHILD_ENDED,    /* the outcome is known; all descriptors are closed */
} ChildState;

typedef enum
{
  CHILD_END_UNKNOWN,   /* the host took the status, or the process can't be ended */
  CHILD_END_EXITED,    /* with `exit_status` */
  CHILD_END_SIGNALLED, /* by `signal` */
} ChildEnd;

typedef enum
{
  CHILD_STOP_NONE, /* the command ended by itself, even if that was noticed late */
  CHILD_STOP_DEADLINE,
  CHILD_STOP_CANCEL,
} ChildStop;

/* How it ended. */
typedef struct
{
  ChildEnd end;
  gint exit_status;
  gint signal;
  gboolean core_dumped;
  ChildStop stop;       /* whether the command was told to end, and why */
  guint left_behind;    /* processes that outlived the command and were then ended */
  ChildRemains remains; /* whether a process is left that had to be ended */
  guint survivors;      /* with CHILD_REMAINS_SURVIVORS: how many are left, at least */
  const char *names;    /* (nullable): which, for people; of the child */
  gboolean is_followed; /* a daemon still writes to the log, or may */
} ChildOutcome;

/* Places in the array for poll(). */
typedef enum
{
  CHILD_POLL_STDOUT,
  CHILD_POLL_STDERR,
  CHILD_POLL_EXIT,
  CHILD_POLL_REST, /* one of the processes that are left */
  CHILD_N_POLL,
} ChildPoll;

/* Starts the command. Returns: (transfer full), or NULL with CHILD_ERROR_NOT_FOUND,
 * _NOT_EXECUTABLE, _CWD, _RESOURCES or _ARGUMENTS; then nothing was run. */
Child *child_spawn (const ChildSpec *spec, GError **error);

/* Frees a child whose outcome is known, or whose processes are to be left alone. child_free() of
 * executors/children/child_wait.h ends them first. */
void child_dispose (Child *child);

/* The process id; once the child has ended, the kernel may give it to another process. */
pid_t child_get_pid (const Child *child);

/* Fills in what to poll, -1 where there is nothing. It can change with every call of
 * child_process_events(). */
void child_fill_poll (const Child *child, struct pollfd fds[CHILD_N_POLL]);

/* When child_process_events() is due though nothing was ready (monotonic; G_MAXINT64: never). */
gint64 child_get_next_time (const Child *child);

/* Does what can be done without waiting, a bounded amount. `fds` are those of child_fill_poll()
 * after poll(); NULL: try all. */
ChildState child_process_events (Child *child, const struct pollfd *fds);

/* Tells the command to end, if it has not. The outcome comes later, by the events. */
void child_cancel (Child *child);

/* Ends the time of grace of a child that is being ended: KILL comes now. */
void child_hurry (Child *child);

/* How it ended. Borrowed; NULL before CHILD_ENDED. */
const ChildOutcome *child_get_outcome (const Child *child);

/* Takes the lock of a child that has ended with processes left, to end them later. Returns:
 * (transfer full) (nullable). */
ChildLock *child_steal_lock (Child *child);

/* What it wrote, so far. Borrowed. */
const Output *child_get_output (const Child *child);

G_END_DECLS
