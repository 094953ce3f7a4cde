/* SPDX-License-Identifier: Apache-2.0 */
/* The requests from outside, as a part of the Engine: any thread asks, the engine's thread takes
 * the requests in where its loop can act on them. */
#include "engine/asked.h"

#include <sys/eventfd.h>
#include <unistd.h>

void
asked_init (Asked *asked)
{
  pthread_mutex_init (&asked->mutex, NULL);
  atomic_init (&asked->requests, 0);
  atomic_init (&asked->is_cancelled, 0);
  asked->cancel_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void
asked_clear (Asked *asked)
{
  for (guint i = 0; i < STORAGE_REQUEST_COUNT; i++)
    g_free (asked->reasons[i]);
  pthread_mutex_destroy (&asked->mutex);
  if (asked->cancel_fd > 0)
    close (asked->cancel_fd);
}

void
asked_set_port (Asked *asked, Port *port)
{
  /* A thread that asks sees the port as a whole, or leaves a request that is found when the run
   * begins. */
  __atomic_store_n (&asked->port, port, __ATOMIC_SEQ_CST);
}

static void
interrupt (const Asked *asked)
{
  Port *port = __atomic_load_n (&asked->port, __ATOMIC_SEQ_CST);

  if (port != NULL)
    port_interrupt (port);
}

static void
ask (Asked *asked, int request)
{
  /* In this order: an engine that has no port yet looks for requests once it has one. */
  atomic_fetch_or (&asked->requests, request);
  interrupt (asked);
}

/* Asks for the end of what runs. */
static void
ask_to_end (Asked *asked, int request)
{
  const guint64 one = 1;

  /* The request comes first: an attempt that ends because it is cancelled must not be followed by
   * another. A waiting atom is woken by its own descriptor, what the executor runs by the core once
   * it has heard of the request. */
  atomic_fetch_or (&asked->requests, request);
  atomic_store (&asked->is_cancelled, 1);
  if (asked->cancel_fd > 0)
    (void) !write (asked->cancel_fd, &one, sizeof one);
  interrupt (asked);
}

char *
asked_steal_reason (Asked *asked, StorageRequest request)
{
  char *reason;

  pthread_mutex_lock (&asked->mutex);
  reason = g_steal_pointer (&asked->reasons[request]);
  pthread_mutex_unlock (&asked->mutex);
  return reason;
}

static void
keep_reason (Asked *asked, StorageRequest request, const char *reason)
{
  g_autofree char *kept = reason != NULL && *reason != '\0' ? g_utf8_make_valid (reason, -1) : NULL;

  pthread_mutex_lock (&asked->mutex);
  /* The first request counts, and so does its reason. */
  if (asked->reasons[request] == NULL)
    asked->reasons[request] = g_steal_pointer (&kept);
  pthread_mutex_unlock (&asked->mutex);
}

void
asked_forget (Asked *asked)
{
  guint64 count;

  atomic_store (&asked->requests, 0);
  for (int request = 0; request < STORAGE_REQUEST_COUNT; request++)
    g_free (asked_steal_reason (asked, (StorageRequest) request));
  atomic_store (&asked->is_cancelled, 0);
  if (asked->cancel_fd > 0)
    (void) !read (asked->cancel_fd, &count, sizeof count);
}

void
asked_ask (Asked *asked, StorageRequest request)
{
  if (request == STORAGE_REQUEST_SUSPEND)
    ask (asked, REQUEST_SUSPEND);
  else
    ask_to_end (asked, request == STORAGE_REQUEST_CANCEL ? REQUEST_CANCEL : REQUEST_KEEP);
}

void
asked_end_reverts (Asked *asked)
{
  ask (asked, REQUEST_END_REVERTS);
}

void
asked_ask_because (Asked *asked, StorageRequest request, const char *reason)
{
  keep_reason (asked, request, reason);
  asked_ask (asked, request);
}
