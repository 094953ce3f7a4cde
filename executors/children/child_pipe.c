/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE

#include "executors/children/child_pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "executors/children/child_error.h"

#define BUFFER_BYTES (64 * 1024)
#define READS_PER_CALL 8
/* Of a pipe that was found full: fewer switches between writer and reader. */
#define LARGE_PIPE_BYTES (256 * 1024)

/* A host without standard streams gets descriptors that the child's standard streams would
 * overwrite. Returns: -1 on error. */
static gint
move_above_stdio (gint fd)
{
  gint moved;

  if (fd > STDERR_FILENO)
    return fd;
  moved = fcntl (fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (moved >= 0)
    close (fd);
  return moved;
}

static gboolean
fail_to_open (gint number, GError **error)
{
  g_set_error (error, CHILD_ERROR, CHILD_ERROR_RESOURCES, "cannot open a pipe: %s",
               g_strerror (number));
  return FALSE;
}

gboolean
child_pipe_open (ChildPipe *self, OutputStream stream, gint *writing_end, GError **error)
{
  gint ends[2];
  gint moved;

  *self = (ChildPipe){ .fd = -1, .stream = stream };
  if (pipe2 (ends, O_CLOEXEC) < 0)
    return fail_to_open (errno, error);

  moved = move_above_stdio (ends[1]);
  if (moved < 0 || fcntl (ends[0], F_SETFL, O_NONBLOCK) < 0)
    {
      gint number = errno;

      close (ends[0]);
      close (moved < 0 ? ends[1] : moved);
      return fail_to_open (number, error);
    }
  self->fd = ends[0];
  *writing_end = moved;
  return TRUE;
}

/* A writer that is faster than we are gets a larger pipe; being refused (the user's quota) does no
 * harm. */
static void
enlarge (ChildPipe *self)
{
  if (self->is_large)
    return;
  self->is_large = TRUE;
  (void) fcntl (self->fd, F_SETPIPE_SZ, LARGE_PIPE_BYTES);
}

/* One read. Returns: how many bytes there were; 0 when there are none now, or, with the pipe
 * closed, none any more. */
static gsize
read_once (ChildPipe *self, Output *output)
{
  guint8 buffer[BUFFER_BYTES];
  gssize size;

  do
    size = read (self->fd, buffer, sizeof buffer);
  while (size < 0 && errno == EINTR);

  if (size > 0)
    {
      output_append (output, self->stream, buffer, (gsize) size);
      if (size == (gssize) sizeof buffer)
        enlarge (self);
      return (gsize) size;
    }
  if (size == 0 || errno != EAGAIN)
    child_pipe_close (self);
  return 0;
}

void
child_pipe_read (ChildPipe *self, Output *output)
{
  for (guint i = 0; self->fd >= 0 && i < READS_PER_CALL; i++)
    {
      if (read_once (self, output) == 0)
        return;
    }
}

void
child_pipe_drain (ChildPipe *self, Output *output)
{
  gint waiting = 0;
  gsize taken = 0;

  if (self->fd < 0 || ioctl (self->fd, FIONREAD, &waiting) < 0)
    return;
  /* One read more than that, to see the end of the stream. */
  while (self->fd >= 0 && taken <= (gsize) waiting)
    {
      gsize size = read_once (self, output);

      if (size == 0)
        return;
      taken += size;
    }
}

void
child_pipe_close (ChildPipe *self)
{
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
}
