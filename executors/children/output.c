/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE

#include "executors/children/output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The last `capacity` bytes of a stream; the one at `total % capacity` is the oldest once it is
 * full. */
typedef struct
{
  guint8 *bytes; /* NULL until something arrives */
  gsize capacity;
  guint64 total;
} Ring;

/* The first bytes of a stream, with a NUL after them. */
typedef struct
{
  char *bytes; /* NULL until something arrives */
  gsize size;
  gsize allocated;
} Head;

typedef struct
{
  char *path; /* nullable */
  gint fd;    /* -1 unless open */
  gint error;
} Log;

struct Output
{
  Head head;
  gsize max_head_bytes;
  gboolean truncated;
  gboolean sealed;
  gsize max_tail_bytes;
  Ring rings[2]; /* by OutputStream */
  Log log;
};

/* -- The beginning of a stream ------------------------------------------------------------------
 */

static void
head_append (Head *head, const guint8 *data, gsize size)
{
  gsize needed = head->size + size + 1;

  if (needed > head->allocated)
    {
      head->allocated = MAX (needed, 2 * head->allocated);
      head->bytes = g_realloc (head->bytes, head->allocated);
    }
  memcpy (head->bytes + head->size, data, size);
  head->size += size;
  head->bytes[head->size] = '\0';
}

/* -- The end of a stream ------------------------------------------------------------------------
 */

static void
ring_append (Ring *ring, const guint8 *data, gsize size)
{
  gsize kept = MIN (size, ring->capacity);
  gsize at = (gsize) ((ring->total + (size - kept)) % ring->capacity);
  gsize first = MIN (kept, ring->capacity - at);

  if (ring->bytes == NULL)
    ring->bytes = g_malloc (ring->capacity);
  memcpy (ring->bytes + at, data + (size - kept), first);
  memcpy (ring->bytes, data + (size - kept) + first, kept - first);
  ring->total += size;
}

/* Puts the bytes in order. Returns: how many. */
static gsize
ring_copy (const Ring *ring, guint8 *copy)
{
  gsize at = (gsize) (ring->total % ring->capacity);

  if (ring->total <= ring->capacity)
    {
      memcpy (copy, ring->bytes, (gsize) ring->total);
      return (gsize) ring->total;
    }
  memcpy (copy, ring->bytes + at, ring->capacity - at);
  memcpy (copy + (ring->capacity - at), ring->bytes, at);
  return ring->capacity;
}

/* -- The log ------------------------------------------------------------------------------------
 */

static void
log_close (Log *log)
{
  if (log->fd >= 0)
    close (log->fd);
  log->fd = -1;
}

static void
log_give_up (Log *log, gint error)
{
  log_close (log);
  log->error = error;
}

/* O_NONBLOCK, and no FIFO or socket: a log must neither hold the loop nor raise SIGPIPE in the
 * host. */
static gint
open_file (const char *path)
{
  const gint flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  gint fd;

  do
    fd = open (path, flags, 0600);
  while (fd < 0 && errno == EINTR);
  return fd;
}

static gint
make_folder_of (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);

  return g_mkdir_with_parents (folder, 0700);
}

/* The folder is made with the first log in it. */
static void
log_open (Log *log)
{
  struct stat about;

  log->fd = open_file (log->path);
  if (log->fd < 0 && errno == ENOENT && make_folder_of (log->path) == 0)
    log->fd = open_file (log->path);

  if (log->fd < 0 || fstat (log->fd, &about) < 0)
    log_give_up (log, errno);
  else if (!S_ISREG (about.st_mode) && !S_ISCHR (about.st_mode))
    log_give_up (log, EINVAL);
}

static void
log_append (Log *log, const guint8 *data, gsize size)
{
  if (log->path == NULL || log->error != 0 || size == 0)
    return;
  if (log->fd < 0)
    log_open (log);

  while (size > 0 && log->fd >= 0)
    {
      gssize written = write (log->fd, data, size);

      if (written > 0)
        {
          data += written;
          size -= (gsize) written;
        }
      else if (written == 0 || errno != EINTR)
        log_give_up (log, written == 0 ? EIO : errno);
    }
}

/* -- Both ---------------------------------------------------------------------------------------
 */

Output *
output_new (gsize max_head_bytes, gsize max_tail_bytes, const char *log_path)
{
  Output *output = g_new0 (Output, 1);

  output->max_head_bytes = max_head_bytes;
  output->max_tail_bytes = max_tail_bytes;
  /* One more byte tells whether the tail begins with a line. */
  output->rings[OUTPUT_STDOUT].capacity = max_tail_bytes + 1;
  output->rings[OUTPUT_STDERR].capacity = max_tail_bytes + 1;
  output->log.path = g_strdup (log_path);
  output->log.fd = -1;
  return output;
}

void
output_free (Output *output)
{
  if (output == NULL)
    return;
  log_close (&output->log);
  g_free (output->head.bytes);
  g_free (output->rings[OUTPUT_STDOUT].bytes);
  g_free (output->rings[OUTPUT_STDERR].bytes);
  g_free (output->log.path);
  g_free (output);
}

static void
keep_head (Output *output, const guint8 *data, gsize size)
{
  gsize kept = MIN (size, output->max_head_bytes - output->head.size);

  if (output->sealed)
    return;
  if (kept < size)
    output->truncated = TRUE;
  if (kept > 0)
    head_append (&output->head, data, kept);
}

void
output_append (Output *output, OutputStream stream, const guint8 *data, gsize size)
{
  if (stream == OUTPUT_STDOUT)
    keep_head (output, data, size);
  ring_append (&output->rings[stream], data, size);
  log_append (&output->log, data, size);
}

void
output_seal (Output *output)
{
  output->sealed = TRUE;
}

gint
output_open_log (Output *output)
{
  Log *log = &output->log;

  if (log->path != NULL && log->error == 0 && log->fd < 0)
    log_open (log);
  return log->fd;
}

void
output_close_log (Output *output)
{
  log_close (&output->log);
  g_clear_pointer (&output->log.path, g_free);
}

const char *
output_get_stdout (const Output *output, gsize *size)
{
  *size = output->head.size;
  return output->head.bytes != NULL ? output->head.bytes : "";
}

gboolean
output_is_truncated (const Output *output)
{
  return output->truncated;
}

/* Where the text begins in a ring that has lost bytes: `size` is its capacity, one more than may be
 * shown. */
static gsize
find_beginning (const guint8 *bytes, gsize size)
{
  const guint8 *newline = memchr (bytes, '\n', size);
  gsize at = 1;

  if (newline != NULL && newline + 1 < bytes + size)
    return (gsize) (newline + 1 - bytes);
  /* At most three bytes continue a character. */
  while (at < size && at < 4 && (bytes[at] & 0xC0) == 0x80)
    at++;
  return at;
}

/* The end of one stream as text. */
static char *
dup_text (const Output *output, const Ring *ring)
{
  g_autofree guint8 *bytes = NULL;
  gsize size;
  gsize beginning;

  if (ring->bytes == NULL || output->max_tail_bytes == 0)
    return g_strdup ("");

  bytes = g_malloc (ring->capacity);
  size = ring_copy (ring, bytes);
  beginning = size > output->max_tail_bytes ? find_beginning (bytes, size) : 0;
  return g_utf8_make_valid ((const char *) bytes + beginning, (gssize) (size - beginning));
}

char *
output_dup_tail_text (const Output *output)
{
  g_autofree char *text = dup_text (output, &output->rings[OUTPUT_STDERR]);

  if (text[strspn (text, " \t\r\n")] != '\0')
    return g_steal_pointer (&text);
  return dup_text (output, &output->rings[OUTPUT_STDOUT]);
}

guint64
output_get_total (const Output *output, OutputStream stream)
{
  return output->rings[stream].total;
}

gint
output_get_log_error (const Output *output)
{
  return output->log.error;
}
