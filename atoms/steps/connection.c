/* SPDX-License-Identifier: Apache-2.0 */
#include "atoms/steps/connection.h"

#include <errno.h>
#include <gio/gio.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "atoms/steps/resolving.h"

/* A first line that is longer is no HTTP. */
#define LINE_BYTES_MAX 4096

/* Replaces what `why` says. */
static void
explain (char **why, const char *text)
{
  g_free (*why);
  *why = g_strdup (text);
}

/* Waits for the descriptor; FALSE with `why` when its time is over. */
static gboolean
wait_for (const Waiting *waiting, int fd, short events, gint64 until_us, char **why)
{
  WaitingEnd end = waiting_poll (waiting, fd, events, until_us);

  if (end == WAITING_READY)
    return TRUE;
  explain (why, end == WAITING_CANCELLED ? "cancelled" : "no answer");
  return FALSE;
}

/* Goes on with a connect that was begun; FALSE with `why`. */
static gboolean
finish_connect (const Waiting *waiting, int fd, gint64 until_us, char **why)
{
  int status = 0;
  socklen_t size = sizeof status;

  if (!wait_for (waiting, fd, POLLOUT, until_us, why))
    return FALSE;
  if (getsockopt (fd, SOL_SOCKET, SO_ERROR, &status, &size) < 0)
    status = errno;
  if (status != 0)
    explain (why, g_strerror (status));
  return status == 0;
}

/* Connects a socket; FALSE with `why`. */
static gboolean
connect_socket (const Waiting *waiting, int fd, GSocketAddress *target, gint64 until_us, char **why)
{
  struct sockaddr_storage native;
  gssize size = g_socket_address_get_native_size (target);

  if (!g_socket_address_to_native (target, &native, sizeof native, NULL))
    return FALSE;
  if (connect (fd, (const struct sockaddr *) &native, (socklen_t) size) == 0)
    return TRUE;
  if (errno == EINPROGRESS)
    return finish_connect (waiting, fd, until_us, why);
  explain (why, g_strerror (errno));
  return FALSE;
}

/* Connects to one address. Returns: a descriptor; -1 with `why`. */
static int
connect_to (const Waiting *waiting, GInetAddress *address, guint16 port, gint64 until_us,
            char **why)
{
  g_autoptr (GSocketAddress) target = g_inet_socket_address_new (address, port);
  int family = (int) g_inet_address_get_family (address);
  int fd = socket (family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  if (fd < 0)
    explain (why, g_strerror (errno));
  if (fd < 0 || connect_socket (waiting, fd, target, until_us, why))
    return fd;
  close (fd);
  return -1;
}

int
connection_open (const Waiting *waiting, const char *host, guint16 port, gint64 until_us,
                 char **why)
{
  GList *addresses = resolving_find (waiting, host, until_us, why);
  int fd = -1;

  /* Also when the time is over: what can be had at once is had. */
  for (const GList *link = addresses;
       link != NULL && fd < 0 && !atom_context_is_cancelled (waiting->context); link = link->next)
    fd = connect_to (waiting, link->data, port, until_us, why);
  g_resolver_free_addresses (addresses);
  return fd;
}

gboolean
connection_send (const Waiting *waiting, int fd, const char *text, gint64 until_us, char **why)
{
  gsize left = strlen (text);

  while (left > 0)
    {
      gssize sent;

      if (!wait_for (waiting, fd, POLLOUT, until_us, why))
        return FALSE;
      sent = send (fd, text, left, MSG_NOSIGNAL);
      if (sent < 0 && errno != EINTR && errno != EAGAIN)
        {
          explain (why, g_strerror (errno));
          return FALSE;
        }
      text += MAX (sent, 0);
      left -= (gsize) MAX (sent, 0);
    }
  return TRUE;
}

char *
connection_receive_line (const Waiting *waiting, int fd, gint64 until_us, char **why)
{
  char line[LINE_BYTES_MAX + 1];
  gsize size = 0;
  char *end = NULL;

  while (end == NULL && size < LINE_BYTES_MAX)
    {
      gssize got;

      if (!wait_for (waiting, fd, POLLIN, until_us, why))
        return NULL;
      got = recv (fd, line + size, LINE_BYTES_MAX - size, 0);
      if (got < 0 && (errno == EINTR || errno == EAGAIN))
        continue;
      if (got <= 0)
        {
          explain (why, got < 0 ? g_strerror (errno) : "the connection was closed");
          return NULL;
        }
      end = memchr (line + size, '\n', (gsize) got);
      size += (gsize) got;
    }
  if (end == NULL)
    {
      explain (why, "the answer is no HTTP");
      return NULL;
    }
  if (end > line && end[-1] == '\r')
    end--;
  return g_strndup (line, (gsize) (end - line));
}
