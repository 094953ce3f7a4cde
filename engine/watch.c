/* SPDX-License-Identifier: Apache-2.0 */
/* What other processes ask of a run, through its store: a thread looks for it and passes it on.
 *
 * `mutex` of a Watch protects `is_over`; the rest belongs to the thread while it is there. Nothing
 * else is called while it is held.
 */
#include "engine/watch.h"

#include <backflow/storage/storage.h>

#include <signal.h>
#include <time.h>

/* How long others wait at most until they are heard. */
#define POLL_EVERY_MS 250

struct Watch
{
  Asked *asked;
  const char *run_id;
  Storage *storage;
  guint64 seen;
  pthread_t thread;
  pthread_mutex_t mutex;
  pthread_cond_t wake;
  gboolean is_over;
};

/* -- The thread ---------------------------------------------------------------------------------
 */

static void
pass_on (StorageRequest request, const char *reason, gpointer user_data)
{
  Watch *watch = user_data;

  if (request <= STORAGE_REQUEST_KEEP)
    asked_ask_because (watch->asked, request, reason);
}

/* The store may be locked now, or not have the run yet: the next time it is asked again, and what
 * the engine itself meets there it says itself. */
static void
poll_requests (Watch *watch)
{
  g_autoptr (GError) ignored = NULL;

  (void) storage_poll_requests (watch->storage, watch->run_id, &watch->seen, pass_on, watch,
                                &ignored);
}

static struct timespec
get_next_poll (void)
{
  struct timespec at;

  clock_gettime (CLOCK_MONOTONIC, &at);
  at.tv_nsec += POLL_EVERY_MS * 1000000L;
  at.tv_sec += at.tv_nsec / 1000000000L;
  at.tv_nsec %= 1000000000L;
  return at;
}

static void *
watch_store (void *data)
{
  Watch *watch = data;

  pthread_mutex_lock (&watch->mutex);
  while (!watch->is_over)
    {
      struct timespec at = get_next_poll ();

      if (pthread_cond_timedwait (&watch->wake, &watch->mutex, &at) == 0)
        continue;
      pthread_mutex_unlock (&watch->mutex);
      poll_requests (watch);
      pthread_mutex_lock (&watch->mutex);
    }
  pthread_mutex_unlock (&watch->mutex);
  return NULL;
}

static void
free_watch (Watch *watch)
{
  pthread_cond_destroy (&watch->wake);
  pthread_mutex_destroy (&watch->mutex);
  storage_unref (watch->storage);
  g_free (watch);
}

/* Signals are for the threads of the program. */
static int
start_thread (Watch *watch)
{
  sigset_t all;
  sigset_t old;
  int number;

  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &old);
  number = pthread_create (&watch->thread, NULL, watch_store, watch);
  pthread_sigmask (SIG_SETMASK, &old, NULL);
  return number;
}

static Watch *
new_watch (Asked *asked, const char *run_id, Storage *storage)
{
  Watch *watch = g_new0 (Watch, 1);
  pthread_condattr_t attributes;

  watch->asked = asked;
  watch->run_id = run_id;
  watch->storage = storage;
  pthread_mutex_init (&watch->mutex, NULL);
  pthread_condattr_init (&attributes);
  pthread_condattr_setclock (&attributes, CLOCK_MONOTONIC);
  pthread_cond_init (&watch->wake, &attributes);
  pthread_condattr_destroy (&attributes);
  return watch;
}

void
watch_stop (Watch *watch)
{
  if (watch == NULL)
    return;
  pthread_mutex_lock (&watch->mutex);
  watch->is_over = TRUE;
  pthread_cond_signal (&watch->wake);
  pthread_mutex_unlock (&watch->mutex);
  pthread_join (watch->thread, NULL);
  free_watch (watch);
}

Watch *
watch_start (Asked *asked, const char *run_id, const char *storage_uri, GError **error)
{
  Storage *storage = storage_open (storage_uri, STORAGE_OPEN_READ, error);
  Watch *watch;
  int number;

  if (storage == NULL)
    return NULL;
  watch = new_watch (asked, run_id, storage);
  number = start_thread (watch);
  if (number == 0)
    return watch;
  free_watch (watch);
  g_set_error (error, EXECUTOR_ERROR, EXECUTOR_ERROR_RESOURCES,
               "no thread can be had to watch for requests: %s", g_strerror (number));
  return NULL;
}
