/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of a run from outside: suspend it, cancel it, keep what it did. Any thread asks;
 * the engine takes the requests in where its loop can act on them.
 *
 * `reasons_mutex` protects `reasons`; nothing else is called while it is held. */
#include "engine/engine_state.h"
#include "engine/requests_private.h"

#include <unistd.h>

static void
ask (Engine *engine, int request)
{
  Port *port;

  /* In this order: an engine that has no port yet looks for requests once it has one. */
  atomic_fetch_or (&engine->requests, request);
  port = __atomic_load_n (&engine->port, __ATOMIC_SEQ_CST);
  if (port != NULL)
    port_interrupt (port);
}

void
engine_suspend (Engine *engine)
{
  g_return_if_fail (engine != NULL);
  ask (engine, REQUEST_SUSPEND);
}

/* Asks for the end of what runs. */
static void
ask_to_end (Engine *engine, int request)
{
  const guint64 one = 1;

  /* What waits in an atom is woken by its own descriptor, what the executor runs by the core once
   * it has heard of it. */
  atomic_store (&engine->is_cancelled, 1);
  if (engine->attempt_run.cancel_fd > 0)
    (void) !write (engine->attempt_run.cancel_fd, &one, sizeof one);
  ask (engine, request);
}

void
engine_cancel (Engine *engine)
{
  g_return_if_fail (engine != NULL);
  ask_to_end (engine, REQUEST_CANCEL);
}

void
engine_cancel_and_keep (Engine *engine)
{
  g_return_if_fail (engine != NULL);
  ask_to_end (engine, REQUEST_KEEP);
}

char *
requests_steal_reason (Engine *engine, StorageRequest request)
{
  char *reason;

  pthread_mutex_lock (&engine->reasons_mutex);
  reason = g_steal_pointer (&engine->reasons[request]);
  pthread_mutex_unlock (&engine->reasons_mutex);
  return reason;
}

static void
keep_reason (Engine *engine, StorageRequest request, const char *reason)
{
  g_autofree char *kept = reason != NULL && *reason != '\0' ? g_utf8_make_valid (reason, -1) : NULL;

  pthread_mutex_lock (&engine->reasons_mutex);
  /* The first request counts, and so does its reason. */
  if (engine->reasons[request] == NULL)
    engine->reasons[request] = g_steal_pointer (&kept);
  pthread_mutex_unlock (&engine->reasons_mutex);
}

void
engine_request (Engine *engine, StorageRequest request, const char *reason)
{
  g_return_if_fail (engine != NULL && request <= STORAGE_REQUEST_KEEP);
  keep_reason (engine, request, reason);
  if (request == STORAGE_REQUEST_SUSPEND)
    engine_suspend (engine);
  else if (request == STORAGE_REQUEST_CANCEL)
    engine_cancel (engine);
  else
    engine_cancel_and_keep (engine);
}

void
requests_forget (Engine *engine)
{
  guint64 count;

  atomic_store (&engine->requests, 0);
  for (int request = 0; request < STORAGE_REQUEST_COUNT; request++)
    g_free (requests_steal_reason (engine, (StorageRequest) request));
  atomic_store (&engine->is_cancelled, 0);
  if (engine->attempt_run.cancel_fd > 0)
    (void) !read (engine->attempt_run.cancel_fd, &count, sizeof count);
}
