/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Executor: runs attempts. An executor is an instance that several engines may share; each engine
 * opens a port, its own end of the executor: it submits attempts there and collects them when they
 * are done. A port belongs to the thread of its engine; only port_interrupt() may be called from
 * any thread. An attempt belongs to the executor from port_submit() until port_collect() gives it
 * back. For authors of executors: executors/executor_backend.h.
 */

#include <backflow/atoms/attempt.h>
#include <backflow/values/visibility.h>

G_BEGIN_DECLS

typedef struct Executor Executor;
typedef struct Port Port;

#define EXECUTOR_ERROR (executor_error_quark ())

/* RESOURCES: threads, processes or descriptors ran out. UNAVAILABLE: there is no executor of that
 * name in this build. */
typedef enum
{
  EXECUTOR_ERROR_RESOURCES,
  EXECUTOR_ERROR_UNAVAILABLE,
} ExecutorError;

BACKFLOW_PUBLIC GQuark executor_error_quark (void);

/* Takes and drops references; NULL is fine for the latter. Any thread. */
BACKFLOW_PUBLIC Executor *executor_ref (Executor *executor);
BACKFLOW_PUBLIC void executor_unref (Executor *executor);

/* "serial" or "async"; static. */
BACKFLOW_PUBLIC const char *executor_get_name (Executor *executor);

/* Opens an engine's end. It keeps a reference. Returns: (transfer full); NULL with
 * EXECUTOR_ERROR_RESOURCES. */
BACKFLOW_PUBLIC Port *port_open (Executor *executor, GError **error);

/* Closes a port with nothing in flight (cancel and collect it first); NULL is fine. */
BACKFLOW_PUBLIC void port_close (Port *port);

/* How many attempts the port takes at once: submitted and not collected. At least 1. */
BACKFLOW_PUBLIC guint port_get_capacity (Port *port);

/* How many attempts the port takes now, in addition to those in flight. A caller that asks before
 * it makes an intent durable never has to hold an attempt back. */
BACKFLOW_PUBLIC guint port_get_free (Port *port);

/* Hands over `count` attempts, together with those in flight no more than the capacity. */
BACKFLOW_PUBLIC void port_submit (Port *port, Attempt *const *attempts, guint count);

/* Gives back attempts that are done, at most `max` of them, at least 1. An execute or revert of a C
 * function whose deadline passes is asked to stop, and has then failed with the domain "timeout",
 * whatever the executor says; commands have their processes ended. With none done it waits,
 * until one is done, the monotonic clock reaches `until_us` (0: now, G_MAXINT64: no limit), or
 * somebody calls port_interrupt(). With nothing in flight it waits all the same, so that an engine
 * can wait for a point in time, but for no limit, when it returns at once. Returns: how many, 0 for
 * none. */
BACKFLOW_PUBLIC guint port_collect (Port *port, Attempt **done, guint max, gint64 until_us);

/* Asks an attempt in flight to stop: one that has not started comes back NOT_STARTED, a running one
 * is told (and its processes are ended) and comes back with what it made of it: a command that was
 * told has failed, with the domain "cancelled", whatever it exited with. Returns at once. */
BACKFLOW_PUBLIC void port_cancel (Port *port, Attempt *attempt);

/* Makes a waiting or the next port_collect() return early: it gives back what is done, and begins
 * nothing. Any thread, and signal handlers too. */
BACKFLOW_PUBLIC void port_interrupt (Port *port);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Executor, executor_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Port, port_close)

G_END_DECLS
