/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
/* Both flags are set before the semaphore is posted; the attempt is the thread's from its start
 * until is_done. */
#include "tests/engine/aside.h"

#include <backflow/executors/executor_backend.h>

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <time.h>

typedef struct
{
  Port base;
  Attempt *attempt; /* (nullable) in flight */
  pthread_t thread;
  AtomicInt is_done;
  AtomicInt is_interrupted;
  sem_t wake; /* async-signal-safe to post */
} AsidePort;

static void *
run (void *data)
{
  AsidePort *port = data;

  attempt_run (port->attempt);
  atomic_store (&port->is_done, 1);
  sem_post (&port->wake);
  return NULL;
}

static void
aside_free (Executor *executor)
{
  g_free (executor);
}

static Port *
aside_open (Executor *executor, GError **error)
{
  AsidePort *port = g_new0 (AsidePort, 1);

  (void) executor;
  (void) error;
  port->base.capacity = 1;
  sem_init (&port->wake, 0, 0);
  return &port->base;
}

static void
aside_close (Port *base)
{
  AsidePort *port = (AsidePort *) base;

  sem_destroy (&port->wake);
  g_free (port);
}

static void
aside_submit (Port *base, Attempt *const *attempts, guint count)
{
  AsidePort *port = (AsidePort *) base;

  g_assert (count == 1);
  port->attempt = attempts[0];
  atomic_store (&port->is_done, 0);
  g_assert (pthread_create (&port->thread, NULL, run, port) == 0);
}

/* Returns: whether somebody woke us before `until_us`. */
static gboolean
wait_until (AsidePort *port, gint64 until_us)
{
  struct timespec at;

  if (until_us == G_MAXINT64)
    return sem_wait (&port->wake) == 0;
  at.tv_sec = until_us / G_USEC_PER_SEC;
  at.tv_nsec = until_us % G_USEC_PER_SEC * 1000;
  return sem_clockwait (&port->wake, CLOCK_MONOTONIC, &at) == 0;
}

static guint
aside_collect (Port *base, Attempt **done, guint max, gint64 until_us)
{
  AsidePort *port = (AsidePort *) base;

  (void) max;
  while (port->attempt == NULL || atomic_load (&port->is_done) == 0)
    if (atomic_exchange (&port->is_interrupted, 0) != 0
        || (!wait_until (port, until_us) && errno == ETIMEDOUT))
      return 0;
  pthread_join (port->thread, NULL);
  *done = g_steal_pointer (&port->attempt);
  return 1;
}

static void
aside_cancel (Port *base, Attempt *attempt)
{
  (void) base;
  atomic_store (&attempt->cancelled, 1);
}

static void
aside_interrupt (Port *base)
{
  AsidePort *port = (AsidePort *) base;

  atomic_store (&port->is_interrupted, 1);
  sem_post (&port->wake);
}

static const ExecutorSlots slots = {
  .name = "aside",
  .free = aside_free,
  .open = aside_open,
  .close = aside_close,
  .submit = aside_submit,
  .collect = aside_collect,
  .cancel = aside_cancel,
  .interrupt = aside_interrupt,
};

Executor *
aside_new (void)
{
  Executor *executor = g_new0 (Executor, 1);

  executor_init (executor, &slots);
  return executor;
}
