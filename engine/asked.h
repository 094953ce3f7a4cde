/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The requests from outside: suspend the run, cancel it, keep what it did. Any thread asks; only
 * the engine's thread takes the requests in. */

#include <backflow/atoms/atomic.h>
#include <backflow/executors/executor.h>
#include <backflow/storage/record.h>

#include <pthread.h>

G_BEGIN_DECLS

/* A request, as a bit of Asked.requests. */
enum
{
  REQUEST_SUSPEND = 1 << 0,
  REQUEST_CANCEL = 1 << 1,
  REQUEST_KEEP = 1 << 2,
  REQUEST_END_REVERTS = 1 << 3,
};

/* The requests of a run: a part of the Engine. `mutex` protects `reasons`; nothing else is called
 * while it is held. */
typedef struct
{
  AtomicInt requests;
  AtomicInt is_cancelled; /* attempts look at it */
  int cancel_fd;          /* readable once the run was cancelled */
  Port *port;             /* (nullable) atomic; interrupted by a request; borrowed */
  pthread_mutex_t mutex;
  char *reasons[STORAGE_REQUEST_COUNT]; /* (nullable) */
  struct Watch *watch;                  /* (nullable) the thread that passes requests on */
} Asked;

void asked_init (Asked *asked);
void asked_clear (Asked *asked);

/* Lets requests interrupt the port. */
void asked_set_port (Asked *asked, Port *port);

/* Asks: SUSPEND, CANCEL or KEEP. Any thread, and signal handlers. */
void asked_ask (Asked *asked, StorageRequest request);

/* Asks that the reverts that run are ended. Any thread, and signal handlers. */
void asked_end_reverts (Asked *asked);

/* Asks, and keeps the reason (nullable). Any thread. */
void asked_ask_because (Asked *asked, StorageRequest request, const char *reason);

/* Takes the reason of a request, once. Returns: (transfer full) (nullable). */
char *asked_steal_reason (Asked *asked, StorageRequest request);

/* Forgets requests that came too late, and that the run was cancelled. */
void asked_forget (Asked *asked);

G_END_DECLS
