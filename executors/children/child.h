/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Child: one process that runs the command of a step, from its start until nobody of it is left. It
 * has its own session, no input, and its output captured; it is ended by TERM, a time of grace and
 * KILL. Nothing here blocks but child_wait(), child_free() of a child that has not ended, and
 * children_end_marked(). There is no signal handler and no process-wide state; several children may
 * live at once, each used by one thread at a time. A host that ignores SIGCHLD, or waits for any
 * child, takes the exit status away; the child still ends.
 *
 * What is left when the command ends by itself with status 0: processes of its session are ended
 * and counted; one that made a session of its own (a daemon) is the effect of the step and lives
 * on. Nobody waits for it to close the output, whose other end is closed. After anything else
 * (another status, a signal, the deadline, child_cancel()) whoever carries the marker is ended too.
 * See child_census.h for who can't be found.
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
  const char *marker;   /* one of `envp` that nobody else has, nullable: nobody is found outside the
                           session */
  const char *log_path; /* nullable: no log */
  gsize max_capture_bytes; /* of standard output; 0: nothing is kept */
  gsize max_tail_bytes;    /* of standard error; 0: nothing is kept */
  gint64 deadline_us;      /* monotonic; then it is stopped; 0: never */
  gint64 kill_after_us;    /* from TERM to KILL; 0: at once */
  gint64 give_up_us;       /* from KILL; 0: CHILD_GIVE_UP_US */
  ChildCensus *census;     /* of the loop, marked by the same variable, nullable: its own */
} ChildSpec;

typedef enum
{
  CHILD_RUNNING,  /* the command runs */
  CHILD_STOPPING, /* it was told to end */
  CHILD_CLEARING, /* it has ended, and what it left is being ended */
  CHILD_ENDED,    /* there is an outcome; all descriptors are closed */
} ChildState;

typedef enum
{
  CHILD_END_UNKNOWN,   /* nobody knows: somebody else took the status, or it can't be ended */
  CHILD_END_EXITED,    /* with `exit_status` */
  CHILD_END_SIGNALLED, /* by `signal` */
} ChildEnd;

typedef enum
{
  CHILD_STOP_NONE, /* it ended by itself, even if that was noticed late */
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
  ChildStop stop;       /* whether it was told to end, and why */
  guint left_behind;    /* processes that outlived the command and were then ended */
  ChildRemains remains; /* whether nobody is left, of those who had to go */
  guint survivors;      /* how many are, at least, with CHILD_REMAINS_SURVIVORS */
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

typedef enum
{
  CHILD_WAIT_ENDED,
  CHILD_WAIT_INTERRUPTED,
  CHILD_WAIT_TIMED_OUT,
} ChildWait;

/* Starts the command. Returns: (transfer full), or NULL with CHILD_ERROR_NOT_FOUND,
 * _NOT_EXECUTABLE, _CWD, _RESOURCES or _ARGUMENTS; then nothing was run. */
Child *child_spawn (const ChildSpec *spec, GError **error);

/* Frees; NULL is fine. A child that has not ended is killed, with all that child_cancel() would
 * end, and waited for, within `give_up_us`. */
void child_free (Child *child);

/* The process id; it may be anybody's once the child has ended. */
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

/* Processes events until the child has ended, `until_us` (monotonic; G_MAXINT64: no limit) is past,
 * or `interrupt_fd` (-1: none) is readable, from which nothing is read. An ended child is
 * CHILD_WAIT_ENDED in any case. */
ChildWait child_wait (Child *child, gint64 until_us, gint interrupt_fd);

/* The most descriptors of others that child_wait_with() takes. */
#define CHILD_WAIT_MAX_OTHERS 2

/* The same with several descriptors, up to CHILD_WAIT_MAX_OTHERS, any of which interrupts: `others`
 * as for poll(), -1 for none, and what is ready in it afterwards. */
ChildWait child_wait_with (Child *child, gint64 until_us, struct pollfd *others, guint n_others);

/* How it ended. Borrowed; NULL before CHILD_ENDED. */
const ChildOutcome *child_get_outcome (const Child *child);

/* What it wrote, so far. Borrowed. */
const Output *child_get_output (const Child *child);

/* Ends every process that carries `marker` ("NAME=VALUE"), whoever started it and when: what an
 * interrupted run left, or the daemons of a step that failed after its command had succeeded.
 * Blocks, `kill_after_us` and CHILD_GIVE_UP_US at most. `ended` (nullable) gets how many were
 * found. Returns: FALSE with CHILD_ERROR_SURVIVORS or CHILD_ERROR_UNVERIFIED when it is not certain
 * that none is left. */
gboolean children_end_marked (const char *marker, gint64 kill_after_us, guint *ended,
                              GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Child, child_free)

G_END_DECLS
