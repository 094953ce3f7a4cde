/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE

#include "executors/commands/command_progress.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <backflow/atoms/context.h>

#include "executors/commands/progress_line.h"

/* How much of what was read is remembered, to see that it still stands there: no less than the
 * longest line that means something, with its newline. */
#define SEEN_BYTES (PROGRESS_LINE_MAX_BYTES + 1)
/* How much is read before disk space is given back. */
#define PUNCH_BYTES (1024 * 1024)
/* Of a line that was not understood, for people. */
#define EXCERPT_BYTES 60

struct CommandProgress
{
  Attempt *attempt;
  char *path;
  goffset offset;       /* up to where it was read */
  goffset punched;      /* up to where disk space was given back */
  GString *seen;        /* the last bytes before `offset` */
  GString *line;        /* of a line whose newline has not come */
  gboolean is_skipping; /* up to the next newline */
  guint n_garbage;
  char *garbage; /* the first such line, or a part of it (nullable) */
  char *problem; /* why the file is not followed (nullable) */
};

CommandProgress *
command_progress_new (const char *path, Attempt *attempt)
{
  CommandProgress *self = g_new0 (CommandProgress, 1);

  self->attempt = attempt;
  self->path = g_strdup (path);
  self->seen = g_string_new (NULL);
  self->line = g_string_new (NULL);
  return self;
}

void
command_progress_free (CommandProgress *self)
{
  if (self == NULL)
    return;
  g_string_free (self->seen, TRUE);
  g_string_free (self->line, TRUE);
  g_free (self->garbage);
  g_free (self->problem);
  g_free (self->path);
  g_free (self);
}

const char *
command_progress_get_path (const CommandProgress *self)
{
  return self->path;
}

/* -- Lines --------------------------------------------------------------------------------------
 */

static void
note_garbage (CommandProgress *self, const char *line, gsize size)
{
  if (self->n_garbage++ > 0)
    return;
  self->garbage = g_utf8_make_valid (line, (gssize) MIN (size, EXCERPT_BYTES));
  for (char *at = self->garbage; *at != '\0'; at++)
    if (g_ascii_iscntrl (*at))
      *at = ' ';
}

static void
take_line (CommandProgress *self, const char *line, gsize size)
{
  g_autoptr (GVariant) details = NULL;
  double fraction = 0;

  switch (progress_line_read (line, size, &fraction, &details))
    {
    case PROGRESS_LINE_PROGRESS:
      atom_context_report_progress (self->attempt, fraction, details);
      return;
    case PROGRESS_LINE_GARBAGE:
      note_garbage (self, line, size);
      return;
    case PROGRESS_LINE_BLANK:
    default:
      return;
    }
}

/* What has come of a line whose end is somewhere behind. A line that is too long is known to be
 * none before it ends. */
static void
append_part (CommandProgress *self, const char *part, gsize size)
{
  if (self->is_skipping)
    return;
  g_string_append_len (self->line, part, (gssize) size);
  if (self->line->len <= PROGRESS_LINE_MAX_BYTES)
    return;
  note_garbage (self, self->line->str, self->line->len);
  g_string_truncate (self->line, 0);
  self->is_skipping = TRUE;
}

static void
end_line (CommandProgress *self)
{
  if (!self->is_skipping)
    take_line (self, self->line->str, self->line->len);
  self->is_skipping = FALSE;
  g_string_truncate (self->line, 0);
}

static void
take_bytes (CommandProgress *self, const char *bytes, gsize size)
{
  while (size > 0)
    {
      const char *newline = memchr (bytes, '\n', size);
      gsize length = newline != NULL ? (gsize) (newline - bytes) : size;

      append_part (self, bytes, length);
      if (newline == NULL)
        return;
      end_line (self);
      bytes += length + 1;
      size -= length + 1;
    }
}

/* -- The file -----------------------------------------------------------------------------------
 */

static gssize
read_at (int fd, char *buffer, gsize size, goffset offset)
{
  gssize got;

  do
    got = pread (fd, buffer, size, offset);
  while (got < 0 && errno == EINTR);
  return got;
}

/* Forgets what was read of a file that was begun anew. */
static void
begin_anew (CommandProgress *self)
{
  self->offset = 0;
  self->punched = 0;
  self->is_skipping = FALSE;
  g_string_truncate (self->seen, 0);
  g_string_truncate (self->line, 0);
}

/* Goes on near the end of a file that grew faster than it was read, with the next line that begins.
 */
static void
skip_to (CommandProgress *self, goffset offset)
{
  self->offset = offset;
  self->is_skipping = TRUE;
  g_string_truncate (self->seen, 0);
  g_string_truncate (self->line, 0);
}

/* Whether what was read last still stands where it was. A command that writes with `>` each time
 * makes a file that may be as long as the former one. */
static gboolean
is_same (const CommandProgress *self, const char *bytes, gsize size)
{
  return size >= self->seen->len && memcmp (bytes, self->seen->str, self->seen->len) == 0;
}

static void
remember_bytes (CommandProgress *self, const char *bytes, gsize size)
{
  gsize surplus;

  g_string_append_len (self->seen, bytes, (gssize) size);
  surplus = self->seen->len > SEEN_BYTES ? self->seen->len - SEEN_BYTES : 0;
  g_string_erase (self->seen, 0, (gssize) surplus);
}

/* Reads up to the size that the file has now. Returns: FALSE when it is another file than it was.
 */
static gboolean
read_on (CommandProgress *self, int fd, goffset size)
{
  g_autofree char *buffer = g_malloc (SEEN_BYTES + COMMAND_PROGRESS_LOOK_BYTES);
  gsize n_seen = self->seen->len;
  gssize got;

  if (size < self->offset)
    return FALSE;
  if (size - self->offset > COMMAND_PROGRESS_LOOK_BYTES)
    {
      skip_to (self, size - COMMAND_PROGRESS_LOOK_BYTES);
      n_seen = 0;
    }
  got = read_at (fd, buffer, n_seen + (gsize) (size - self->offset),
                 self->offset - (goffset) n_seen);
  if (got < 0)
    return TRUE;
  if (!is_same (self, buffer, (gsize) got))
    return FALSE;
  self->offset += got - (goffset) n_seen;
  remember_bytes (self, buffer + n_seen, (gsize) got - n_seen);
  take_bytes (self, buffer + n_seen, (gsize) got - n_seen);
  return TRUE;
}

/* Gives disk space back. Where it can't be done nothing else is lost than space. */
static void
punch (CommandProgress *self, int fd)
{
  goffset end = self->offset - (goffset) self->seen->len;

  if (end - self->punched < PUNCH_BYTES)
    return;
  (void) !fallocate (fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, end);
  self->punched = end;
}

static gboolean
open_file (CommandProgress *self, int *fd)
{
  const int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;

  do
    *fd = open (self->path, O_RDWR | flags);
  while (*fd < 0 && errno == EINTR);
  /* Of a command that runs as somebody else. */
  if (*fd < 0 && errno == EACCES)
    *fd = open (self->path, O_RDONLY | flags);
  if (*fd < 0 && errno != ENOENT)
    self->problem = g_strdup (g_strerror (errno));
  return *fd >= 0;
}

static void
look_at_file (CommandProgress *self, int fd)
{
  struct stat about;

  if (fstat (fd, &about) < 0)
    return;
  if (!S_ISREG (about.st_mode))
    {
      self->problem = g_strdup ("it is no regular file");
      return;
    }
  if (!read_on (self, fd, about.st_size))
    {
      begin_anew (self);
      (void) read_on (self, fd, about.st_size);
    }
  punch (self, fd);
}

void
command_progress_look (CommandProgress *self)
{
  int fd;

  if (self->problem != NULL || !open_file (self, &fd))
    return;
  look_at_file (self, fd);
  close (fd);
}

void
command_progress_look_last (CommandProgress *self)
{
  command_progress_look (self);
  if (self->line->len > 0)
    end_line (self);
}

char *
command_progress_dup_note (const CommandProgress *self)
{
  if (self->problem != NULL)
    return g_strdup_printf ("the file of BACKFLOW_PROGRESS cannot be read: %s", self->problem);
  if (self->n_garbage == 0)
    return NULL;
  return g_strdup_printf (
      "\"%s\" is no progress such as 0.25, 25%% or {\"progress\": 0.25}: %u line%s of "
      "BACKFLOW_PROGRESS ignored",
      self->garbage, self->n_garbage, self->n_garbage == 1 ? "" : "s");
}
