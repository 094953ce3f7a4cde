/* SPDX-License-Identifier: Apache-2.0 */
#include "executors/commands/command_followers.h"

#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

/* From one look to the next. */
#define REST_US (10 * G_GINT64_CONSTANT (1000))
/* The same where nothing tells that there is something to see. */
#define TICK_US (250 * G_GINT64_CONSTANT (1000))
#define BUFFER_BYTES (16 * 1024)
#define READS_PER_CALL 8
/* What was closed after writing, or moved there, was modified before. */
#define EVENTS (IN_MODIFY | IN_MOVED_TO)

struct CommandFollowers
{
  GHashTable *progress; /* of CommandProgress by the name of its file */
  char *folder;         /* that is watched (nullable) */
  int fd;               /* of inotify; -1: none */
  gboolean is_refused;
  gint64 next_us; /* not before then; 0: as soon as there is something */
};

CommandFollowers *
command_followers_new (void)
{
  CommandFollowers *self = g_new0 (CommandFollowers, 1);

  self->progress = g_hash_table_new (g_str_hash, g_str_equal);
  self->fd = -1;
  return self;
}

void
command_followers_free (CommandFollowers *self)
{
  if (self == NULL)
    return;
  if (self->fd >= 0)
    close (self->fd);
  g_hash_table_unref (self->progress);
  g_free (self->folder);
  g_free (self);
}

/* -- What is followed ---------------------------------------------------------------------------
 */

static void
refuse (CommandFollowers *self)
{
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
  self->is_refused = TRUE;
}

/* Watches the folder of a file. What is removed takes its watch with it, so there is one, but for a
 * moment. */
static void
watch_folder (CommandFollowers *self, const char *path)
{
  gsize length = (gsize) (strrchr (path, '/') - path);

  if (self->folder != NULL && strncmp (self->folder, path, length) == 0
      && self->folder[length] == '\0')
    return;
  g_free (self->folder);
  self->folder = g_strndup (path, length);
  if (self->fd < 0)
    self->fd = inotify_init1 (IN_CLOEXEC | IN_NONBLOCK);
  if (self->fd < 0 || inotify_add_watch (self->fd, self->folder, EVENTS) < 0)
    refuse (self);
}

static char *
get_name (CommandProgress *progress)
{
  return strrchr (command_progress_get_path (progress), '/') + 1;
}

void
command_followers_add (CommandFollowers *self, CommandProgress *progress)
{
  if (!self->is_refused)
    watch_folder (self, command_progress_get_path (progress));
  if (self->is_refused && g_hash_table_size (self->progress) == 0)
    self->next_us = g_get_monotonic_time () + TICK_US;
  g_hash_table_insert (self->progress, get_name (progress), progress);
}

void
command_followers_remove (CommandFollowers *self, CommandProgress *progress)
{
  g_hash_table_remove (self->progress, get_name (progress));
}

/* -- Events -------------------------------------------------------------------------------------
 */

void
command_followers_fill_poll (const CommandFollowers *self, struct pollfd *fd)
{
  gboolean rests = self->next_us != 0 && g_get_monotonic_time () < self->next_us;

  *fd = (struct pollfd){ .fd = rests ? -1 : self->fd, .events = POLLIN };
}

gint64
command_followers_get_next_time (const CommandFollowers *self)
{
  if (self->next_us == 0 || g_hash_table_size (self->progress) == 0)
    return G_MAXINT64;
  return self->next_us;
}

/* Looks at all. The order, which is that of a table, is that of different commands, and free. */
static void
look_at_all (CommandFollowers *self)
{
  GHashTableIter iterator;
  gpointer progress;

  g_hash_table_iter_init (&iterator, self->progress);
  while (g_hash_table_iter_next (&iterator, NULL, &progress))
    command_progress_look (progress);
}

/* Looks at the files of a row of events. Returns: whether any was followed. */
static gboolean
look_at_changed (CommandFollowers *self, const char *events, gsize size)
{
  CommandProgress *last = NULL;
  gboolean is_any = FALSE;

  for (gsize at = 0; at < size;)
    {
      const struct inotify_event *event = (gconstpointer) (events + at);
      CommandProgress *progress
          = event->len > 0 ? g_hash_table_lookup (self->progress, event->name) : NULL;

      if ((event->mask & IN_Q_OVERFLOW) != 0)
        look_at_all (self);
      else if (progress != NULL && progress != last)
        command_progress_look (progress);
      is_any = is_any || progress != NULL || (event->mask & IN_Q_OVERFLOW) != 0;
      last = progress != NULL ? progress : last;
      at += sizeof *event + event->len;
    }
  return is_any;
}

static gboolean
read_events (CommandFollowers *self)
{
  char events[BUFFER_BYTES] __attribute__ ((aligned (__alignof__(struct inotify_event))));
  gboolean is_any = FALSE;
  gssize size = 1;

  for (guint i = 0; size > 0 && i < READS_PER_CALL; i++)
    {
      size = read (self->fd, events, sizeof events);
      if (size > 0)
        is_any = look_at_changed (self, events, (gsize) size) || is_any;
    }
  return is_any;
}

void
command_followers_process_events (CommandFollowers *self, const struct pollfd *fd)
{
  gboolean is_ready = fd->fd >= 0 && fd->revents != 0;

  if (!is_ready && (self->next_us == 0 || g_get_monotonic_time () < self->next_us))
    return;
  self->next_us = 0;
  if (self->is_refused)
    {
      look_at_all (self);
      self->next_us = g_get_monotonic_time () + TICK_US;
    }
  else if (is_ready && read_events (self))
    self->next_us = g_get_monotonic_time () + REST_US;
}
