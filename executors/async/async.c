/* SPDX-License-Identifier: Apache-2.0 */
/* The async executor: any number of commands side by side, on one event loop in the thread that
 * collects. A command costs descriptors and a slot, no thread. C atoms run within port_collect(),
 * one after the other, as with the serial executor: commands that were submitted together with one
 * are started before it, and what ends meanwhile is taken in behind it.
 *
 * All of a port belongs to the thread of its engine, but for `wake`, which any thread and any
 * signal handler may raise.
 */
#include <backflow/executors/async/async.h>
#include <backflow/executors/executor_backend.h>

#include "atoms/atom_private.h"
#include "executors/async/async_loop.h"
#include "executors/wake.h"

typedef struct
{
  Executor base;
  guint capacity; /* of each port */
} AsyncExecutor;

typedef struct
{
  Port base;
  Wake wake;
  CommandHost *host;  /* made with the first command (nullable) */
  AsyncLoop *loop;    /* same */
  GPtrArray *waiting; /* of Attempt *: submitted, not begun, in their order */
  guint n_begun;      /* of `waiting`, which are no longer meant */
  GPtrArray *ended;   /* of Attempt *: with an outcome, not given back */
  guint n_given;      /* of `ended`, which are no longer meant */
} AsyncPort;

/* -- Beginning ----------------------------------------------------------------------------------
 */

static gboolean
is_command (const Attempt *attempt)
{
  return attempt->atom->member.kind == ATOM_KIND_COMMAND;
}

static void
end_with_error (Attempt *attempt, GError *error)
{
  attempt_fail (attempt, failure_new_from_error (error, attempt->number));
  g_error_free (error);
}

static CommandRole
get_role (const Attempt *attempt)
{
  if (attempt->work == ATTEMPT_PROBE)
    return COMMAND_PROBE;
  return attempt->work == ATTEMPT_REVERT ? COMMAND_REVERT : COMMAND_EXECUTE;
}

/* Makes what only commands need. */
static gboolean
open_loop (AsyncPort *self, GError **error)
{
  if (self->host == NULL)
    self->host = command_host_new ();
  if (self->loop == NULL)
    self->loop = async_loop_new (self->wake.fd, self->host, error);
  return self->loop != NULL;
}

static void
begin_command (AsyncPort *self, Attempt *attempt)
{
  CommandAttempt *command;
  CommandClear *clear;
  GError *error = NULL;

  if (!open_loop (self, &error))
    {
      end_with_error (attempt, error);
      return;
    }
  if (attempt->work == ATTEMPT_CLEAR)
    {
      clear = command_clear_start (self->host, attempt);
      if (clear != NULL)
        async_loop_add_clear (self->loop, attempt, clear);
      return;
    }
  command = command_attempt_start (self->host, attempt, get_role (attempt));
  if (command != NULL)
    async_loop_add (self->loop, attempt, command);
}

static gboolean
was_cancelled (const Attempt *attempt)
{
  return atomic_load_explicit (&attempt->cancelled, memory_order_relaxed) != 0;
}

/* Begins an attempt; a C atom has ended then. */
static void
begin (AsyncPort *self, Attempt *attempt)
{
  if (was_cancelled (attempt))
    attempt->outcome = ATTEMPT_OUTCOME_NOT_STARTED;
  else if (is_command (attempt))
    begin_command (self, attempt);
  else
    attempt_run (attempt);
  if (attempt->outcome != ATTEMPT_OUTCOME_NONE)
    g_ptr_array_add (self->ended, attempt);
}

/* Begins the commands that wait, so that they run beside the C atoms. */
static void
begin_commands (AsyncPort *self)
{
  guint kept = 0;

  for (guint i = self->n_begun; i < self->waiting->len; i++)
    {
      Attempt *attempt = self->waiting->pdata[i];

      if (is_command (attempt) || was_cancelled (attempt))
        begin (self, attempt);
      else
        self->waiting->pdata[kept++] = attempt;
    }
  self->waiting->len = kept;
  self->n_begun = 0;
}

static void
begin_next_c_atom (AsyncPort *self)
{
  begin (self, self->waiting->pdata[self->n_begun++]);
  if (self->n_begun < self->waiting->len)
    return;
  self->waiting->len = 0;
  self->n_begun = 0;
}

/* -- Waiting ------------------------------------------------------------------------------------
 */

static gboolean
has_commands (const AsyncPort *self)
{
  return self->loop != NULL && async_loop_get_n_running (self->loop) > 0;
}

static gboolean
has_ended (const AsyncPort *self)
{
  return self->n_given < self->ended->len;
}

/* Runs the loop until an attempt has ended, the port is interrupted, or the time is over. */
static void
run_loop (AsyncPort *self, gint64 until_us)
{
  do
    async_loop_run (self->loop, until_us, self->ended);
  while (!has_ended (self) && !wake_take (&self->wake)
         && (until_us == G_MAXINT64 || g_get_monotonic_time () < until_us));
}

/* Begins what waits, and takes in what ends. After an interruption, or with attempts to give back,
 * it does not wait. */
static void
advance (AsyncPort *self, gboolean is_interrupted, gint64 until_us)
{
  if (!is_interrupted)
    begin_commands (self);
  if (!is_interrupted && !has_ended (self) && self->waiting->len > 0)
    begin_next_c_atom (self);
  if (has_ended (self) || is_interrupted)
    until_us = 0;
  if (has_commands (self))
    run_loop (self, until_us);
  else if (until_us != 0)
    wake_wait (&self->wake, until_us);
}

static guint
give_back (AsyncPort *self, Attempt **done, guint max)
{
  guint count = MIN (max, self->ended->len - self->n_given);

  for (guint i = 0; i < count; i++)
    {
      done[i] = self->ended->pdata[self->n_given++];
      done[i]->cancel_fd = -1;
    }
  if (self->n_given == self->ended->len)
    self->ended->len = self->n_given = 0;
  return count;
}

/* -- Slots --------------------------------------------------------------------------------------
 */

static void
async_free (Executor *executor)
{
  g_free (executor);
}

static Port *
async_open (Executor *executor, GError **error)
{
  AsyncPort *self = g_new0 (AsyncPort, 1);

  if (!wake_open (&self->wake, error))
    {
      g_free (self);
      return NULL;
    }
  self->base.capacity = ((AsyncExecutor *) executor)->capacity;
  self->waiting = g_ptr_array_new ();
  self->ended = g_ptr_array_new ();
  return &self->base;
}

static void
async_close (Port *port)
{
  AsyncPort *self = (AsyncPort *) port;

  async_loop_free (self->loop);
  command_host_free (self->host);
  g_ptr_array_unref (self->waiting);
  g_ptr_array_unref (self->ended);
  wake_close (&self->wake);
  g_free (self);
}

static void
async_submit (Port *port, Attempt *const *attempts, guint count)
{
  AsyncPort *self = (AsyncPort *) port;

  for (guint i = 0; i < count; i++)
    {
      attempts[i]->cancel_fd = self->wake.fd;
      g_ptr_array_add (self->waiting, attempts[i]);
    }
}

static guint
async_collect (Port *port, Attempt **done, guint max, gint64 until_us)
{
  AsyncPort *self = (AsyncPort *) port;

  /* What has not begun can still be cancelled by the caller that interrupted. */
  advance (self, wake_take (&self->wake), has_ended (self) ? 0 : until_us);
  return give_back (self, done, max);
}

static void
async_cancel (Port *port, Attempt *attempt)
{
  AsyncPort *self = (AsyncPort *) port;

  atomic_store_explicit (&attempt->cancelled, 1, memory_order_relaxed);
  if (self->loop != NULL)
    (void) async_loop_cancel (self->loop, attempt);
}

static void
async_interrupt (Port *port)
{
  wake_raise (&((AsyncPort *) port)->wake);
}

static const ExecutorSlots async_slots = {
  .name = "async",
  .free = async_free,
  .open = async_open,
  .close = async_close,
  .submit = async_submit,
  .collect = async_collect,
  .cancel = async_cancel,
  .interrupt = async_interrupt,
};

Executor *
executor_new_async (guint capacity)
{
  AsyncExecutor *executor;

  g_return_val_if_fail (capacity > 0, NULL);
  executor = g_new0 (AsyncExecutor, 1);
  executor_init (&executor->base, &async_slots);
  executor->capacity = capacity;
  return &executor->base;
}
