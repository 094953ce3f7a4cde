/* SPDX-License-Identifier: Apache-2.0 */
/* The front of all executors: it keeps the contract between engines and backends. */
#include <backflow/executors/executor_backend.h>

#include <string.h>

#include "atoms/atom_private.h"

GQuark
executor_error_quark (void)
{
  return g_quark_from_static_string ("backflow-executor-error-quark");
}

void
executor_init (Executor *executor, const ExecutorSlots *slots)
{
  executor->slots = slots;
  atomic_init (&executor->ref_count, 1);
}

Executor *
executor_ref (Executor *executor)
{
  g_return_val_if_fail (executor != NULL, NULL);
  /* Relaxed: the caller has a reference already, and a new one publishes nothing. */
  (void) atomic_fetch_add_explicit (&executor->ref_count, 1, memory_order_relaxed);
  return executor;
}

void
executor_unref (Executor *executor)
{
  /* Release: what this thread did with the executor. Acquire: what all other threads did, before
   * the last reference frees it. */
  if (executor != NULL
      && atomic_fetch_sub_explicit (&executor->ref_count, 1, memory_order_acq_rel) == 1)
    executor->slots->free (executor);
}

const char *
executor_get_name (Executor *executor)
{
  g_return_val_if_fail (executor != NULL, NULL);
  return executor->slots->name;
}

Port *
port_open (Executor *executor, GError **error)
{
  Port *port;

  g_return_val_if_fail (executor != NULL, NULL);
  port = executor->slots->open (executor, error);
  if (port == NULL)
    return NULL;
  g_assert (port->capacity > 0);
  port->executor = executor_ref (executor);
  port->in_flight = 0;
  port->timed = port->late = NULL;
  return port;
}

void
port_close (Port *port)
{
  Executor *executor;

  if (port == NULL)
    return;
  g_return_if_fail (port->in_flight == 0);
  executor = port->executor;
  g_clear_pointer (&port->timed, g_ptr_array_unref);
  g_clear_pointer (&port->late, g_ptr_array_unref);
  executor->slots->close (port);
  executor_unref (executor);
}

guint
port_get_capacity (Port *port)
{
  g_return_val_if_fail (port != NULL, 0);
  return port->capacity;
}

guint
port_get_free (Port *port)
{
  g_return_val_if_fail (port != NULL, 0);
  return port->capacity - port->in_flight;
}

/* -- Deadlines ----------------------------------------------------------------------------------
 */

static void
add_to (GPtrArray **list, Attempt *attempt)
{
  if (*list == NULL)
    *list = g_ptr_array_new ();
  g_ptr_array_add (*list, attempt);
}

/* Commands have their own: their processes get a time of grace. Probes may take longer. */
static gboolean
is_watched (const Attempt *attempt)
{
  return attempt->deadline_us != 0 && attempt->atom->member.kind != ATOM_KIND_COMMAND
         && (attempt->work == ATTEMPT_EXECUTE || attempt->work == ATTEMPT_REVERT);
}

/* When the first deadline passes (monotonic); G_MAXINT64: never. */
static gint64
find_deadline (const Port *port)
{
  gint64 first_us = G_MAXINT64;

  for (guint i = 0; port->timed != NULL && i < port->timed->len; i++)
    {
      const Attempt *attempt = g_ptr_array_index (port->timed, i);

      first_us = MIN (first_us, attempt->deadline_us);
    }
  return first_us;
}

/* Asks the attempts to stop whose deadline has passed. Returns: whether there are any. */
static gboolean
stop_late (Port *port, gint64 now_us)
{
  gboolean is_any = FALSE;

  for (guint i = port->timed->len; i-- > 0;)
    {
      Attempt *attempt = g_ptr_array_index (port->timed, i);

      if (attempt->deadline_us > now_us)
        continue;
      g_ptr_array_remove_index_fast (port->timed, i);
      add_to (&port->late, attempt);
      port->executor->slots->cancel (port, attempt);
      is_any = TRUE;
    }
  return is_any;
}

/* An attempt that was asked to stop because of its deadline has failed because of it. */
static void
fail_late (Attempt *attempt)
{
  g_autoptr (Failure) cause = NULL;
  FailureFields fields = FAILURE_FIELDS_INIT;
  g_autofree char *message = NULL;

  if (attempt->outcome == ATTEMPT_OUTCOME_FAILURE
      && failure_get_origin (attempt->failure) == FAILURE_ORIGIN_TIMEOUT)
    return;
  cause = g_steal_pointer (&attempt->failure);
  message = g_strdup_printf (
      "took %.3f s longer than it was allowed to; what it returned then does not count",
      (double) (g_get_monotonic_time () - attempt->deadline_us) / G_USEC_PER_SEC);
  fields.message = message;
  fields.domain = "timeout";
  fields.attempt = attempt->number;
  fields.cause = cause;
  attempt_fail (attempt, failure_new (&fields));
}

static gboolean
was_cancelled (const Attempt *attempt)
{
  const AttemptRun *run = attempt->run;

  return atomic_load_explicit (&attempt->cancelled, memory_order_relaxed) != 0
         || (run != NULL && run->is_cancelled != NULL
             && atomic_load_explicit (run->is_cancelled, memory_order_relaxed) != 0);
}

/* An attempt that says that it was cancelled is believed only if it was asked to stop. */
static void
note_cancel (Attempt *attempt)
{
  if (attempt->outcome == ATTEMPT_OUTCOME_FAILURE && was_cancelled (attempt)
      && strcmp (failure_get_fields (attempt->failure)->domain, "cancelled") == 0)
    attempt->failure = failure_take_origin (attempt->failure, FAILURE_ORIGIN_CANCELLED);
}

static void
forget_deadline (Port *port, Attempt *attempt)
{
  if (port->timed != NULL)
    (void) g_ptr_array_remove_fast (port->timed, attempt);
  if (port->late != NULL && g_ptr_array_remove_fast (port->late, attempt)
      && attempt->outcome != ATTEMPT_OUTCOME_NOT_STARTED)
    fail_late (attempt);
}

/* Collects as the backend does, and watches the deadlines meanwhile. */
static guint
collect_in_time (Port *port, Attempt **done, guint max, gint64 until_us)
{
  gint64 now_us;
  guint count;

  do
    {
      count
          = port->executor->slots->collect (port, done, max, MIN (until_us, find_deadline (port)));
      if (count > 0)
        return count;
      now_us = g_get_monotonic_time ();
    }
  while (stop_late (port, now_us) && now_us < until_us);
  return 0;
}

/* -- Attempts -----------------------------------------------------------------------------------
 */

void
port_submit (Port *port, Attempt *const *attempts, guint count)
{
  g_return_if_fail (port != NULL && count <= port->capacity - port->in_flight);
  for (guint i = 0; i < count; i++)
    {
      g_return_if_fail (attempts[i]->outcome == ATTEMPT_OUTCOME_NONE);
      if (G_UNLIKELY (is_watched (attempts[i])))
        add_to (&port->timed, attempts[i]);
    }
  port->in_flight += count;
  port->executor->slots->submit (port, attempts, count);
}

guint
port_collect (Port *port, Attempt **done, guint max, gint64 until_us)
{
  guint count;

  g_return_val_if_fail (port != NULL && max > 0, 0);
  count = G_UNLIKELY (port->timed != NULL && port->timed->len > 0)
              ? collect_in_time (port, done, max, until_us)
              : port->executor->slots->collect (port, done, max, until_us);
  g_assert (count <= max && count <= port->in_flight);
  for (guint i = 0; i < count; i++)
    {
      g_assert (done[i]->outcome != ATTEMPT_OUTCOME_NONE);
      if (G_UNLIKELY (done[i]->failure != NULL))
        note_cancel (done[i]);
      if (G_UNLIKELY (done[i]->deadline_us != 0))
        forget_deadline (port, done[i]);
    }
  port->in_flight -= count;
  return count;
}

void
port_cancel (Port *port, Attempt *attempt)
{
  g_return_if_fail (port != NULL && attempt != NULL && port->in_flight > 0);
  atomic_store_explicit (&attempt->cancelled, 1, memory_order_relaxed);
  port->executor->slots->cancel (port, attempt);
}

void
port_interrupt (Port *port)
{
  /* No check that could log: this may be a signal handler. */
  port->executor->slots->interrupt (port);
}
