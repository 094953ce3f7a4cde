/* SPDX-License-Identifier: Apache-2.0 */

/* A process that has left a request sets the times of the database file, and the kernel tells each
 * process that watches the attributes of the file. A commit writes to the log beside it and a
 * checkpoint to the file itself; neither is an event of that kind, so that an owner is not woken by
 * its own commits. The removal of the file changes its number
 * of links, and wakes too.
 */
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/sqlite/sqlite_wait.h"

int
sqlite_wait_get_fd (Storage *base)
{
  SqliteStorage *storage = (SqliteStorage *) base;
  int fd;

  if (storage->wait_fd >= 0)
    return storage->wait_fd;
  fd = inotify_init1 (IN_NONBLOCK | IN_CLOEXEC);
  if (fd >= 0
      && inotify_add_watch (fd, storage->connection.path, IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF)
             < 0)
    {
      (void) close (fd);
      fd = -1;
    }
  storage->wait_fd = fd;
  return fd;
}

void
sqlite_wait_drain (SqliteStorage *storage)
{
  char events[4096];

  if (storage->wait_fd < 0)
    return;
  while (read (storage->wait_fd, events, sizeof events) > 0)
    continue;
}

/* Where the times can't be set, the owner finds the request when it looks next. */
void
sqlite_wait_wake (const SqliteConnection *connection)
{
  (void) utimensat (AT_FDCWD, connection->path, NULL, 0);
}

void
sqlite_wait_close (SqliteStorage *storage)
{
  if (storage->wait_fd >= 0)
    (void) close (storage->wait_fd);
  storage->wait_fd = -1;
}
