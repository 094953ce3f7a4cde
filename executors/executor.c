/* SPDX-License-Identifier: Apache-2.0 */
/* The front of all executors: it keeps the contract between engines and backends. */
#include <backflow/executors/executor_backend.h>

#include "executors/children/child_wait.h"
#include "executors/commands/command_environment.h"

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

static gboolean
end_marked (const char *mark, const char *idempotency_key, gint64 grace_us, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autofree char *marker = g_strconcat (mark, "=", idempotency_key, NULL);

  if (children_end_marked (marker, grace_us, NULL, &problem))
    return TRUE;
  g_set_error (error, EXECUTOR_ERROR, EXECUTOR_ERROR_LEFTOVERS,
               "what an interrupted attempt left running: %s", problem->message);
  return FALSE;
}

gboolean
executor_end_leftovers (Executor *executor, const char *idempotency_key, gint64 grace_us,
                        GError **error)
{
  g_return_val_if_fail (executor != NULL && idempotency_key != NULL && grace_us >= 0, FALSE);
  g_return_val_if_fail (idempotency_key[0] != '\0', FALSE);
  return end_marked (COMMAND_MARK, idempotency_key, grace_us, error);
}

gboolean
executor_end_probes (Executor *executor, const char *idempotency_key, gint64 grace_us,
                     GError **error)
{
  g_return_val_if_fail (executor != NULL && idempotency_key != NULL && grace_us >= 0, FALSE);
  g_return_val_if_fail (idempotency_key[0] != '\0', FALSE);
  return end_marked (COMMAND_PROBE_MARK, idempotency_key, grace_us, error);
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
  executor->slots->close (port);
  executor_unref (executor);
}

guint
port_get_capacity (Port *port)
{
  g_return_val_if_fail (port != NULL, 0);
  return port->capacity;
}

void
port_submit (Port *port, Attempt *const *attempts, guint count)
{
  g_return_if_fail (port != NULL && count <= port->capacity - port->in_flight);
  for (guint i = 0; i < count; i++)
    g_return_if_fail (attempts[i]->outcome == ATTEMPT_OUTCOME_NONE);
  port->in_flight += count;
  port->executor->slots->submit (port, attempts, count);
}

guint
port_collect (Port *port, Attempt **done, guint max, gint64 until_us)
{
  guint count;

  g_return_val_if_fail (port != NULL && max > 0, 0);
  count = port->executor->slots->collect (port, done, max, until_us);
  g_assert (count <= max && count <= port->in_flight);
  for (guint i = 0; i < count; i++)
    g_assert (done[i]->outcome != ATTEMPT_OUTCOME_NONE);
  port->in_flight -= count;
  return count;
}

void
port_cancel (Port *port, Attempt *attempt)
{
  g_return_if_fail (port != NULL && attempt != NULL && port->in_flight > 0);
  port->executor->slots->cancel (port, attempt);
}

void
port_interrupt (Port *port)
{
  /* No check that could log: this may be a signal handler. */
  port->executor->slots->interrupt (port);
}
