/* SPDX-License-Identifier: Apache-2.0 */
/* What other processes ask of a run, through its store: a thread looks for it and passes it on.
 *
 * `is_over` and `over_fd` of a Watch are shared; the rest belongs to the thread while it is there.
 */
#include "engine/watch.h"

#include <backflow/storage/storage.h>

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* How long a request waits at most where the store has no descriptor to wait on, or its event is
 * lost. */
#define ATTEND_EVERY_MS 250

struct Watch
{
  Asked *asked;
  const char *run_id;
  Storage *storage;
  StorageAttendance attendance;
  pthread_t thread;
  int over_fd; /* an eventfd, readable when the watch is over */
  AtomicInt is_over;
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

/* The store may be locked now, or not have the run yet: it is asked again the next time. Errors of
 * the store are for the engine to report, which meets them itself. */
static void
attend (Watch *watch)
{
  g_autoptr (GError) ignored = NULL;

  (void) storage_attend (watch->storage, watch->run_id, &watch->attendance, pass_on, watch,
                         &ignored);
}

/* Waits until a request may have been left, until it is time to look all the same, or until the
 * watch is over. A descriptor of -1 is not waited for. */
static void
wait_for_request (const Watch *watch)
{
  struct pollfd fds[] = { { .fd = watch->over_fd, .events = POLLIN },
                          { .fd = storage_get_wait_fd (watch->storage), .events = POLLIN } };

  (void) poll (fds, G_N_ELEMENTS (fds), ATTEND_EVERY_MS);
}

static void *
watch_store (void *data)
{
  Watch *watch = data;

  while (atomic_load (&watch->is_over) == 0)
    {
      wait_for_request (watch);
      if (atomic_load (&watch->is_over) == 0)
        attend (watch);
    }
  return NULL;
}

static void
free_watch (Watch *watch)
{
  if (watch->over_fd >= 0)
    (void) close (watch->over_fd);
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

  watch->asked = asked;
  watch->run_id = run_id;
  watch->storage = storage;
  watch->over_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  return watch;
}

void
watch_stop (Watch *watch)
{
  guint64 one = 1;

  if (watch == NULL)
    return;
  atomic_store (&watch->is_over, 1);
  (void) !write (watch->over_fd, &one, sizeof one);
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
