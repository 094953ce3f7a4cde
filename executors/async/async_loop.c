/* SPDX-License-Identifier: Apache-2.0 */
/* How descriptors are registered. A child opens and closes descriptors while its events are
 * processed, and the kernel forgets a descriptor that is closed. So after each processing the loop
 * compares what the child wants polled with what it has registered: a number that is new, or may
 * stand for another file than before (CHILD_POLL_REST, the process that is being ended), is
 * modified, and added when the kernel does not know it. A number that is no longer wanted was
 * closed by the child, which is all that has to be done about it.
 *
 * epoll_event.data holds the slot and the place in the child's array. An event of a slot that was
 * given to another command in between is harmless: that command is only asked once too often.
 */
#define _GNU_SOURCE

#include "executors/async/async_loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <backflow/executors/executor.h>

#include "executors/async/async_timers.h"

/* How many events are taken at once. */
#define EVENTS_MAX 64

/* What epoll_event.data says of descriptors that belong to no command. */
#define DATA_WAKE G_MAXUINT64
#define DATA_HOST (G_MAXUINT64 - 1)

typedef struct
{
  Attempt *attempt; /* NULL: the slot is free */
  CommandAttempt *command;
  CommandClear *clear;           /* (nullable) */
  gint registered[CHILD_N_POLL]; /* -1: nothing */
  gboolean is_ready;             /* `fds` has events that are to be processed */
  struct pollfd fds[CHILD_N_POLL];
} Slot;

struct AsyncLoop
{
  gint epoll_fd;
  CommandHost *host; /* borrowed */
  gint host_fd;      /* registered; -1: nothing */
  GArray *slots;     /* of Slot */
  GArray *free;      /* of guint: slots without a command */
  GArray *ready;     /* of guint: slots with is_ready */
  GHashTable *by_attempt;
  AsyncTimers timers;
};

static Slot *
slot_at (AsyncLoop *loop, guint number)
{
  return &g_array_index (loop->slots, Slot, number);
}

/* -- Descriptors --------------------------------------------------------------------------------
 */

/* Registers a descriptor, which the kernel may know already. Out of memory for it, or of watches, a
 * command still is seen to end: by its timer. */
static void
watch (AsyncLoop *loop, gint fd, guint64 data)
{
  struct epoll_event event = { .events = EPOLLIN, .data.u64 = data };

  if (epoll_ctl (loop->epoll_fd, EPOLL_CTL_MOD, fd, &event) < 0 && errno == ENOENT)
    (void) epoll_ctl (loop->epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

/* Fills in what the slot waits for. Returns: when its next timer is due. */
static gint64
fill_poll (Slot *slot)
{
  if (slot->command != NULL)
    {
      child_fill_poll (command_attempt_get_child (slot->command), slot->fds);
      return child_get_next_time (command_attempt_get_child (slot->command));
    }
  for (guint i = 0; i < CHILD_N_POLL; i++)
    slot->fds[i] = (struct pollfd){ .fd = -1 };
  if (slot->clear == NULL)
    return 0;
  child_clear_fill_poll (command_clear_get_child (slot->clear), &slot->fds[CHILD_POLL_REST]);
  return child_clear_get_next_time (command_clear_get_child (slot->clear));
}

static void
watch_command (AsyncLoop *loop, guint number)
{
  Slot *slot = slot_at (loop, number);
  gint64 next_us = fill_poll (slot);

  for (guint i = 0; i < CHILD_N_POLL; i++)
    {
      gint fd = slot->fds[i].fd;

      if (fd >= 0 && (fd != slot->registered[i] || i == CHILD_POLL_REST))
        watch (loop, fd, (guint64) number * CHILD_N_POLL + i);
      slot->registered[i] = fd;
      slot->fds[i].revents = 0;
    }
  async_timers_set (&loop->timers, number, next_us);
}

static void
watch_host (AsyncLoop *loop)
{
  struct pollfd fd;

  command_host_fill_poll (loop->host, &fd);
  if (fd.fd >= 0 && fd.fd != loop->host_fd)
    watch (loop, fd.fd, DATA_HOST);
  else if (fd.fd < 0 && loop->host_fd >= 0)
    (void) epoll_ctl (loop->epoll_fd, EPOLL_CTL_DEL, loop->host_fd, NULL);
  loop->host_fd = fd.fd;
}

/* -- Commands -----------------------------------------------------------------------------------
 */

AsyncLoop *
async_loop_new (gint wake_fd, CommandHost *host, GError **error)
{
  gint epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  AsyncLoop *loop;

  if (epoll_fd < 0)
    {
      g_set_error (error, EXECUTOR_ERROR, EXECUTOR_ERROR_RESOURCES,
                   "cannot open an epoll descriptor: %s", g_strerror (errno));
      return NULL;
    }
  loop = g_new0 (AsyncLoop, 1);
  loop->epoll_fd = epoll_fd;
  loop->host = host;
  loop->host_fd = -1;
  loop->slots = g_array_new (FALSE, FALSE, sizeof (Slot));
  loop->free = g_array_new (FALSE, FALSE, sizeof (guint));
  loop->ready = g_array_new (FALSE, FALSE, sizeof (guint));
  loop->by_attempt = g_hash_table_new (NULL, NULL);
  async_timers_init (&loop->timers);
  watch (loop, wake_fd, DATA_WAKE);
  return loop;
}

void
async_loop_free (AsyncLoop *loop)
{
  if (loop == NULL)
    return;
  for (guint i = 0; i < loop->slots->len; i++)
    if (slot_at (loop, i)->attempt != NULL)
      {
        command_attempt_abandon (slot_at (loop, i)->command);
        command_clear_abandon (slot_at (loop, i)->clear);
      }
  async_timers_clear (&loop->timers);
  g_hash_table_unref (loop->by_attempt);
  g_array_unref (loop->ready);
  g_array_unref (loop->free);
  g_array_unref (loop->slots);
  close (loop->epoll_fd);
  g_free (loop);
}

static guint
take_slot (AsyncLoop *loop)
{
  guint number = loop->slots->len;
  Slot slot = { 0 };

  if (loop->free->len > 0)
    {
      number = g_array_index (loop->free, guint, loop->free->len - 1);
      g_array_set_size (loop->free, loop->free->len - 1);
      return number;
    }
  g_array_append_val (loop->slots, slot);
  return number;
}

static void
add_slot (AsyncLoop *loop, Attempt *attempt, CommandAttempt *command, CommandClear *clear)
{
  guint number = take_slot (loop);
  Slot *slot = slot_at (loop, number);

  *slot = (Slot){ .attempt = attempt, .command = command, .clear = clear };
  for (guint i = 0; i < CHILD_N_POLL; i++)
    slot->registered[i] = -1;
  g_hash_table_insert (loop->by_attempt, attempt, GUINT_TO_POINTER (number + 1));
  watch_command (loop, number);
}

void
async_loop_add (AsyncLoop *loop, Attempt *attempt, CommandAttempt *command)
{
  add_slot (loop, attempt, command, NULL);
}

void
async_loop_add_clear (AsyncLoop *loop, Attempt *attempt, CommandClear *clear)
{
  add_slot (loop, attempt, NULL, clear);
}

gboolean
async_loop_cancel (AsyncLoop *loop, const Attempt *attempt)
{
  guint number = GPOINTER_TO_UINT (g_hash_table_lookup (loop->by_attempt, attempt));

  if (number == 0)
    return FALSE;
  if (slot_at (loop, number - 1)->command != NULL)
    command_attempt_cancel (slot_at (loop, number - 1)->command);
  command_clear_abandon (g_steal_pointer (&slot_at (loop, number - 1)->clear));
  watch_command (loop, number - 1);
  return TRUE;
}

guint
async_loop_get_n_running (const AsyncLoop *loop)
{
  return g_hash_table_size (loop->by_attempt);
}

/* -- Running ------------------------------------------------------------------------------------
 */

static void
make_ready (AsyncLoop *loop, guint number)
{
  Slot *slot = slot_at (loop, number);

  if (slot->attempt == NULL || slot->is_ready)
    return;
  slot->is_ready = TRUE;
  g_array_append_val (loop->ready, number);
}

/* Returns: whether the event was the host's. */
static gboolean
take_event (AsyncLoop *loop, const struct epoll_event *event)
{
  guint64 data = event->data.u64;
  guint number = (guint) (data / CHILD_N_POLL);

  if (data == DATA_HOST)
    return TRUE;
  if (data == DATA_WAKE || slot_at (loop, number)->attempt == NULL)
    return FALSE;
  slot_at (loop, number)->fds[data % CHILD_N_POLL].revents = POLLIN;
  make_ready (loop, number);
  return FALSE;
}

/* Goes on with what the slot holds. Returns: whether its attempt is over, with an outcome. */
static gboolean
go_on (Slot *slot)
{
  if (slot->command != NULL)
    {
      if (child_process_events (command_attempt_get_child (slot->command), slot->fds)
          != CHILD_ENDED)
        return FALSE;
      command_attempt_finish (g_steal_pointer (&slot->command));
    }
  else if (slot->clear != NULL)
    {
      if (!child_clear_advance (command_clear_get_child (slot->clear)))
        return FALSE;
      command_clear_finish (g_steal_pointer (&slot->clear));
    }
  return TRUE;
}

/* Processes the events of a slot; an attempt that is over leaves it. */
static void
process (AsyncLoop *loop, guint number, GPtrArray *ended)
{
  Slot *slot = slot_at (loop, number);

  slot->is_ready = FALSE;
  if (!go_on (slot))
    {
      watch_command (loop, number);
      return;
    }
  g_ptr_array_add (ended, slot->attempt);
  g_hash_table_remove (loop->by_attempt, slot->attempt);
  slot->attempt = NULL;
  async_timers_set (&loop->timers, number, G_MAXINT64);
  g_array_append_val (loop->free, number);
}

/* In the milliseconds of epoll_wait(), rounded up so that a wait does not end too early; -1: for
 * ever. */
static gint
get_timeout (gint64 until_us)
{
  gint64 left_us;

  if (until_us == G_MAXINT64)
    return -1;
  left_us = until_us - g_get_monotonic_time ();
  return left_us <= 0 ? 0 : (gint) MIN (left_us / 1000 + 1, G_MAXINT);
}

static void
wait_for_events (AsyncLoop *loop, gint64 until_us)
{
  struct epoll_event events[EVENTS_MAX];
  gint64 due_us
      = MIN (async_timers_get_due (&loop->timers), command_host_get_next_time (loop->host));
  gint count
      = epoll_wait (loop->epoll_fd, events, EVENTS_MAX, get_timeout (MIN (due_us, until_us)));
  struct pollfd host = { .fd = loop->host_fd, .events = POLLIN };

  for (gint i = 0; i < count; i++)
    if (take_event (loop, &events[i]))
      host.revents = POLLIN;
  command_host_process_events (loop->host, &host);
  watch_host (loop);
}

void
async_loop_run (AsyncLoop *loop, gint64 until_us, GPtrArray *ended)
{
  gint64 now_us;
  guint number;

  watch_host (loop);
  wait_for_events (loop, until_us);
  now_us = g_get_monotonic_time ();
  while ((number = async_timers_pop_due (&loop->timers, now_us)) != ASYNC_TIMERS_NONE)
    make_ready (loop, number);
  for (guint i = 0; i < loop->ready->len; i++)
    process (loop, g_array_index (loop->ready, guint, i), ended);
  g_array_set_size (loop->ready, 0);
}
