/* SPDX-License-Identifier: Apache-2.0 */
/* C atoms run within port_collect(), commands as children that it waits for. Ports share nothing. A
 * port belongs to the thread of its engine; only writes to `wake_fd` and accesses to
 * `is_interrupted` may come from any thread and from signal handlers.
 */
#define _GNU_SOURCE

#include <backflow/executors/serial.h>

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <backflow/executors/executor_backend.h>

#include "atoms/atom_private.h"
#include "executors/children/child_wait.h"
#include "executors/commands/command_attempt.h"
#include "executors/commands/command_clear.h"

typedef struct
{
  Port base;
  Attempt *attempt;        /* in flight (nullable) */
  CommandAttempt *command; /* of it, while its command runs (nullable) */
  CommandClear *clear;     /* of it, while processes are ended (nullable) */
  CommandHost *host;       /* made with the first command (nullable) */
  int wake_fd;             /* an eventfd, readable after an interruption */
  atomic_int is_interrupted;
} SerialPort;

/* -- Interruptions ------------------------------------------------------------------------------
 */

static void
serial_interrupt (Port *port)
{
  SerialPort *self = (SerialPort *) port;
  const guint64 one = 1;
  int saved_errno = errno;

  /* Release: the engine that reads the flag sees what the caller did before. One write keeps the
   * descriptor readable until it is drained. */
  if (atomic_exchange_explicit (&self->is_interrupted, 1, memory_order_acq_rel) == 0)
    (void) !write (self->wake_fd, &one, sizeof one);
  errno = saved_errno;
}

/* Takes all interruptions so far. The flag is cleared before the descriptor is drained: an
 * interruption between the two sets the flag again, and the next call finds it. A write that
 * belongs to the old flag, but comes after the read, only ends one more wait early. */
static void
drain_interruptions (SerialPort *self)
{
  guint64 count;

  /* Acquire: see serial_interrupt(). */
  (void) atomic_exchange_explicit (&self->is_interrupted, 0, memory_order_acq_rel);
  (void) !read (self->wake_fd, &count, sizeof count);
}

/* Takes all interruptions so far. Returns: whether there were any. Without one the cost is a
 * load. */
static gboolean
take_interruption (SerialPort *self)
{
  if (atomic_load_explicit (&self->is_interrupted, memory_order_relaxed) == 0)
    return FALSE;
  drain_interruptions (self);
  return TRUE;
}

/* -- One attempt --------------------------------------------------------------------------------
 */

static CommandRole
get_role (const Attempt *attempt)
{
  if (attempt->work == ATTEMPT_PROBE)
    return COMMAND_PROBE;
  return attempt->work == ATTEMPT_REVERT ? COMMAND_REVERT : COMMAND_EXECUTE;
}

static void
begin_command (SerialPort *self)
{
  if (self->host == NULL)
    self->host = command_host_new ();
  if (self->attempt->work == ATTEMPT_CLEAR)
    self->clear = command_clear_start (self->host, self->attempt);
  else
    self->command = command_attempt_start (self->host, self->attempt, get_role (self->attempt));
}

/* Begins the attempt. Returns: whether it is over already. */
static gboolean
begin (SerialPort *self)
{
  Attempt *attempt = self->attempt;

  if (atomic_load_explicit (&attempt->cancelled, memory_order_relaxed) != 0)
    attempt->outcome = ATTEMPT_OUTCOME_NOT_STARTED;
  else if (attempt->atom->member.kind == ATOM_KIND_COMMAND)
    begin_command (self);
  else
    attempt_run (attempt);
  return attempt->outcome != ATTEMPT_OUTCOME_NONE;
}

/* What a port waits for besides its child. */
enum
{
  OTHER_WAKE,
  OTHER_HOST,
  N_OTHERS,
};

/* Waits for the command, and reports its progress meanwhile. Returns: whether it has ended. */
static gboolean
wait_for_command (SerialPort *self, gint64 until_us)
{
  Child *child = command_attempt_get_child (self->command);
  struct pollfd others[N_OTHERS] = { [OTHER_WAKE] = { .fd = self->wake_fd, .events = POLLIN } };
  gint64 next_us;
  ChildWait end;

  do
    {
      command_host_fill_poll (self->host, &others[OTHER_HOST]);
      next_us = command_host_get_next_time (self->host);
      end = child_wait_with (child, MIN (next_us, until_us), others, N_OTHERS);
      if (end == CHILD_WAIT_ENDED)
        {
          command_attempt_finish (g_steal_pointer (&self->command));
          return TRUE;
        }
      command_host_process_events (self->host, &others[OTHER_HOST]);
    }
  while (others[OTHER_WAKE].revents == 0
         && (until_us == G_MAXINT64 || g_get_monotonic_time () < until_us));
  if (others[OTHER_WAKE].revents != 0)
    drain_interruptions (self);
  return FALSE;
}

/* Waits until the processes are ended that the attempt clears. Returns: whether they are. */
static gboolean
wait_for_clear (SerialPort *self, gint64 until_us)
{
  ChildClear *child = command_clear_get_child (self->clear);
  struct pollfd fds[2] = { [OTHER_WAKE] = { .fd = self->wake_fd, .events = POLLIN } };

  do
    {
      if (child_clear_advance (child))
        {
          command_clear_finish (g_steal_pointer (&self->clear));
          return TRUE;
        }
      child_clear_fill_poll (child, &fds[1]);
      child_wait_poll (fds, 2, MIN (child_clear_get_next_time (child), until_us));
    }
  while (fds[OTHER_WAKE].revents == 0
         && (until_us == G_MAXINT64 || g_get_monotonic_time () < until_us));
  if (fds[OTHER_WAKE].revents != 0)
    drain_interruptions (self);
  return FALSE;
}

static gboolean
has_begun (const SerialPort *self)
{
  return self->command != NULL || self->clear != NULL;
}

/* Begins the attempt, or goes on with it. Returns: whether it is over. */
static gboolean
advance (SerialPort *self, gint64 until_us)
{
  /* A cancelled clearing is over already. */
  if (self->attempt->outcome != ATTEMPT_OUTCOME_NONE || (!has_begun (self) && begin (self)))
    return TRUE;
  if (self->clear != NULL)
    return wait_for_clear (self, until_us);
  return wait_for_command (self, until_us);
}

/* Waits with nothing in flight, for an engine that waits for a point in time. Without a limit it
 * returns at once. */
static void
wait_idle (SerialPort *self, gint64 until_us)
{
  struct pollfd wake = { .fd = self->wake_fd, .events = POLLIN };
  gint64 left_us = until_us - g_get_monotonic_time ();
  struct timespec timeout = { left_us / G_USEC_PER_SEC, left_us % G_USEC_PER_SEC * 1000 };

  if (until_us == G_MAXINT64 || left_us <= 0)
    return;
  if (ppoll (&wake, 1, &timeout, NULL) > 0)
    drain_interruptions (self);
}

/* -- Slots --------------------------------------------------------------------------------------
 */

static void
serial_free (Executor *executor)
{
  g_free (executor);
}

static Port *
serial_open (Executor *executor, GError **error)
{
  SerialPort *self;
  int wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);

  (void) executor;
  if (wake_fd < 0)
    {
      g_set_error (error, EXECUTOR_ERROR, EXECUTOR_ERROR_RESOURCES, "cannot open an eventfd: %s",
                   g_strerror (errno));
      return NULL;
    }
  self = g_new0 (SerialPort, 1);
  self->base.capacity = 1;
  self->wake_fd = wake_fd;
  atomic_init (&self->is_interrupted, 0);
  return &self->base;
}

static void
serial_close (Port *port)
{
  SerialPort *self = (SerialPort *) port;

  command_host_free (self->host);
  close (self->wake_fd);
  g_free (self);
}

static void
serial_submit (Port *port, Attempt *const *attempts, guint count)
{
  SerialPort *self = (SerialPort *) port;

  if (count == 0)
    return;
  self->attempt = attempts[0];
  self->attempt->cancel_fd = self->wake_fd;
}

static guint
serial_collect (Port *port, Attempt **done, guint max, gint64 until_us)
{
  SerialPort *self = (SerialPort *) port;
  gboolean is_interrupted = take_interruption (self);
  Attempt *attempt = self->attempt;

  (void) max;
  if (attempt == NULL)
    {
      if (!is_interrupted)
        wait_idle (self, until_us);
      return 0;
    }
  /* The interrupting thread may want to cancel an attempt that has not begun. */
  if (is_interrupted && !has_begun (self) && attempt->outcome == ATTEMPT_OUTCOME_NONE)
    return 0;
  if (!advance (self, is_interrupted ? 0 : until_us))
    return 0;
  attempt->cancel_fd = -1;
  self->attempt = NULL;
  *done = attempt;
  return 1;
}

static void
serial_cancel (Port *port, Attempt *attempt)
{
  SerialPort *self = (SerialPort *) port;

  g_return_if_fail (attempt == self->attempt);
  atomic_store_explicit (&attempt->cancelled, 1, memory_order_relaxed);
  if (self->command != NULL)
    command_attempt_cancel (self->command);
  command_clear_abandon (g_steal_pointer (&self->clear));
}

static const ExecutorSlots serial_slots = {
  .name = "serial",
  .free = serial_free,
  .open = serial_open,
  .close = serial_close,
  .submit = serial_submit,
  .collect = serial_collect,
  .cancel = serial_cancel,
  .interrupt = serial_interrupt,
};

Executor *
executor_new_serial (void)
{
  Executor *executor = g_new0 (Executor, 1);

  executor_init (executor, &serial_slots);
  return executor;
}
