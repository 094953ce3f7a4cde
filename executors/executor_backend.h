/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* For authors of executors: the slots behind executors/executor.h. An executor is a struct that
 * begins with Executor, a port one that begins with Port. The front functions keep the contract on
 * both sides (capacity, one owner of an attempt, deadlines), so a backend need not. attempt_run()
 * does what Attempt.work says for C functions; command tasks need the machinery of the serial
 * executor. Of an execute or revert that runs past its deadline the front asks for `cancel`, and
 * turns the result into a failure: a backend that passes `cancel` on gets timeouts right. All slots
 * are required; they are called on the thread of the port's engine, except `interrupt`.
 */

#include <backflow/atoms/atomic.h>
#include <backflow/executors/executor.h>

G_BEGIN_DECLS

typedef struct
{
  const char *name;
  /* The last reference is gone and no port is open. */
  void (*free) (Executor *executor);
  /* Makes a port; the front fills in its base. Returns: (transfer full) or NULL with
   * EXECUTOR_ERROR_RESOURCES. */
  Port *(*open) (Executor *executor, GError **error);
  void (*close) (Port *port);
  /* At most `capacity` attempts are in flight. The attempts are the backend's until it gives them
   * back. */
  void (*submit) (Port *port, Attempt *const *attempts, guint count);
  /* As port_collect(). Every attempt comes back exactly once, with an outcome. Meanwhile what its
   * attempts tell of their progress goes to AttemptRun.progress. */
  guint (*collect) (Port *port, Attempt **done, guint max, gint64 until_us);
  void (*cancel) (Port *port, Attempt *attempt);
  /* Any thread; async-signal-safe. */
  void (*interrupt) (Port *port);
} ExecutorSlots;

struct Executor
{
  const ExecutorSlots *slots;
  AtomicInt ref_count;
};

struct Port
{
  Executor *executor;
  guint capacity;   /* set by `open` */
  guint in_flight;  /* the front's, as the following */
  GPtrArray *timed; /* (nullable): attempts in flight whose deadline the front watches */
  GPtrArray *late;  /* (nullable): those that were asked to stop because it has passed */
};

/* Initialises the base of a new executor with one reference. */
BACKFLOW_PUBLIC void executor_init (Executor *executor, const ExecutorSlots *slots);

G_END_DECLS
