/* SPDX-License-Identifier: Apache-2.0 */
/* The front of all executors: it keeps the contract between engines and backends. */
#include <backflow/executors/executor_backend.h>

#include "atoms/atom_private.h"
#include "executors/children/child_clear.h"
#include "executors/children/child_wait.h"
#include "executors/commands/command_lock.h"

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

/* Ends the processes, and blocks until none is left. */
static gboolean
clear_processes (const char *lock_path, const char *marker, gint64 grace_us, GError **error)
{
  ChildLock *lock = lock_path != NULL ? child_lock_open (lock_path, error) : NULL;
  g_autoptr (ChildClear) clear = NULL;
  struct pollfd fd;

  if (lock == NULL && error != NULL && *error != NULL)
    return FALSE;
  clear = child_clear_new (lock, marker, grace_us);
  while (!child_clear_advance (clear))
    {
      child_clear_fill_poll (clear, &fd);
      child_wait_poll (&fd, 1, child_clear_get_next_time (clear));
    }
  return child_clear_finish (clear, error);
}

gboolean
executor_end_leftovers (Executor *executor, const Attempt *attempt, gint64 grace_us, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autofree char *lock_path = NULL;
  g_autofree char *marker = NULL;
  CommandRole role;

  g_return_val_if_fail (executor != NULL && attempt != NULL && grace_us >= 0, FALSE);
  if (attempt->atom->member.kind != ATOM_KIND_COMMAND)
    return TRUE;
  role = attempt->is_probe                       ? COMMAND_PROBE
         : attempt->action == ATOM_ACTION_REVERT ? COMMAND_REVERT
                                                 : COMMAND_EXECUTE;
  lock_path = command_lock_dup_path (attempt, role);
  marker = command_lock_dup_marker (attempt, role);
  if (clear_processes (lock_path, marker, grace_us, &problem))
    return TRUE;
  g_set_error (error, EXECUTOR_ERROR, EXECUTOR_ERROR_LEFTOVERS,
               "what an interrupted attempt left running: %s", problem->message);
  return FALSE;
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
