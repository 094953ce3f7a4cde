/* SPDX-License-Identifier: Apache-2.0 */

/* An executor written from the installed headers: it runs C atoms one at a time in the thread of
 * the engine, and refuses commands. docs/write-an-executor.md explains it slot by slot. The program
 * runs a flow on it whose last step fails, so that the first one is reverted.
 *
 *   cc -o executor executor.c $(pkg-config --cflags --libs backflow)
 *   ./executor
 */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <backflow/backflow.h>
#include <backflow/executors/executor_backend.h>

/* The engine's end. attempt: in flight (nullable). wake_fd: an eventfd, readable after an
 * interruption. */
typedef struct
{
  Port base;
  Attempt *attempt;
  int wake_fd;
} InlinePort;

/* Any thread and signal handlers: one write, and errno as it was. */
static void
inline_interrupt (Port *port)
{
  const guint64 one = 1;
  int saved_errno = errno;

  (void) !write (((InlinePort *) port)->wake_fd, &one, sizeof one);
  errno = saved_errno;
}

/* Waits for an interruption until `until_us`, and takes it. Returns: whether there was one. */
static gboolean
take_interruption (InlinePort *self, gint64 until_us)
{
  struct pollfd wake = { .fd = self->wake_fd, .events = POLLIN };
  gint64 left_us = MAX (until_us - g_get_monotonic_time (), 0);
  guint64 count;

  if (poll (&wake, 1, (int) MIN ((left_us + 999) / 1000, G_MAXINT)) <= 0)
    return FALSE;
  return read (self->wake_fd, &count, sizeof count) == sizeof count;
}

static Port *
inline_open (Executor *executor, GError **error)
{
  InlinePort *self;
  int wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);

  (void) executor;
  if (wake_fd < 0)
    {
      g_set_error (error, EXECUTOR_ERROR, EXECUTOR_ERROR_RESOURCES, "cannot open an eventfd: %s",
                   g_strerror (errno));
      return NULL;
    }
  self = g_new0 (InlinePort, 1);
  self->base.capacity = 1;
  self->wake_fd = wake_fd;
  return &self->base;
}

static void
inline_close (Port *port)
{
  InlinePort *self = (InlinePort *) port;

  close (self->wake_fd);
  g_free (self);
}

static void
inline_submit (Port *port, Attempt *const *attempts, guint count)
{
  if (count > 0)
    ((InlinePort *) port)->attempt = attempts[0];
}

static void
run_attempt (Attempt *attempt)
{
  if (atomic_load_explicit (&attempt->cancelled, memory_order_relaxed) != 0)
    attempt->outcome = ATTEMPT_OUTCOME_NOT_STARTED;
  else if (atom_get_kind (attempt->atom) == ATOM_KIND_COMMAND)
    attempt_fail (attempt, failure_new_printf ("inline", "this executor runs no commands"));
  else
    attempt_run (attempt);
}

static guint
inline_collect (Port *port, Attempt **done, guint max, gint64 until_us)
{
  InlinePort *self = (InlinePort *) port;
  gboolean is_idle = self->attempt == NULL;

  (void) max;
  /* With nothing in flight the engine waits for a point in time; no limit means not at all. After
   * an interruption nothing is begun: the interrupting thread may want to cancel the attempt. */
  if (take_interruption (self, is_idle && until_us != G_MAXINT64 ? until_us : 0) || is_idle)
    return 0;
  run_attempt (self->attempt);
  *done = g_steal_pointer (&self->attempt);
  return 1;
}

/* Nothing runs while this is called, so the attempt in flight has not begun. */
static void
inline_cancel (Port *port, Attempt *attempt)
{
  (void) port;
  atomic_store_explicit (&attempt->cancelled, 1, memory_order_relaxed);
}

static void
inline_free (Executor *executor)
{
  g_free (executor);
}

static const ExecutorSlots inline_slots = {
  .name = "inline",
  .free = inline_free,
  .open = inline_open,
  .close = inline_close,
  .submit = inline_submit,
  .collect = inline_collect,
  .cancel = inline_cancel,
  .interrupt = inline_interrupt,
};

static Executor *
executor_new_inline (void)
{
  Executor *executor = g_new0 (Executor, 1);

  executor_init (executor, &inline_slots);
  return executor;
}

/* -- A flow that runs on it ------------------------------------------------------------------ */

static gboolean
attach (AtomContext *context, gpointer user_data, GError **error)
{
  (void) user_data;
  (void) error;
  printf ("attach %s\n", atom_context_get_name (context));
  return TRUE;
}

static gboolean
detach (AtomContext *context, gpointer user_data, GError **error)
{
  (void) user_data;
  (void) error;
  printf ("detach %s\n", atom_context_get_name (context));
  return TRUE;
}

static gboolean
refuse (AtomContext *context, gpointer user_data, GError **error)
{
  (void) user_data;
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NXIO, "%s: there is no such disk",
               atom_context_get_name (context));
  return FALSE;
}

int
main (void)
{
  g_autoptr (Executor) executor = executor_new_inline ();
  g_autoptr (Flow) flow = flow_new_linear ("disk");
  EngineOptions options = { .executor = executor };
  g_autoptr (Engine) engine = NULL;
  g_autoptr (GError) error = NULL;
  FlowState state;

  flow_add (flow, task_new ("volume", attach, detach, NULL, NULL));
  flow_add (flow, task_new ("mount", refuse, NULL, NULL, NULL));
  engine = engine_new (flow, &options);
  if (!engine_run (engine, &state, &error))
    {
      fprintf (stderr, "%s\n", error->message);
      return 1;
    }
  printf ("%s\n", flow_state_get_name (state));
  return state == FLOW_STATE_REVERTED ? 0 : 1;
}
