/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/atoms/steps/faults.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct
{
  guint fail_at;
  guint crash_at;
  guint count;
  FaultsLinks links;
  gboolean has_rival;
} faults;

void
faults_fail_at (guint n)
{
  faults.fail_at = n;
  faults.crash_at = faults.count = 0;
}

void
faults_crash_at (guint n)
{
  faults.crash_at = n;
  faults.fail_at = faults.count = 0;
}

void
faults_disarm (void)
{
  faults.crash_at = faults.fail_at = 0;
}

gboolean
faults_is_reached (void)
{
  return faults.count >= MAX (faults.fail_at, faults.crash_at);
}

void
faults_set_links (FaultsLinks links)
{
  faults.links = links;
}

void
faults_set_rival (void)
{
  faults.has_rival = TRUE;
}

/* Whether the change that is asked for now fails. */
static gboolean
strike (void)
{
  if (faults.crash_at == 0 && faults.fail_at == 0)
    return FALSE;
  faults.count++;
  if (faults.count == faults.crash_at)
    _exit (FAULTS_CRASHED);
  if (faults.count != faults.fail_at)
    return FALSE;
  errno = EIO;
  return TRUE;
}

int
open (const char *path, int flags, ...)
{
  va_list arguments;
  int mode;

  va_start (arguments, flags);
  mode = (flags & O_CREAT) != 0 ? va_arg (arguments, int) : 0;
  va_end (arguments);
  if ((flags & O_ACCMODE) != O_RDONLY && strike ())
    return -1;
  return (int) syscall (SYS_openat, AT_FDCWD, path, flags, mode);
}

ssize_t
write (int fd, const void *data, size_t size)
{
  return strike () ? -1 : syscall (SYS_write, fd, data, size);
}

int
fsync (int fd)
{
  return strike () ? -1 : (int) syscall (SYS_fsync, fd);
}

int
fchmod (int fd, mode_t mode)
{
  return strike () ? -1 : (int) syscall (SYS_fchmod, fd, mode);
}

int
fchown (int fd, uid_t owner, gid_t group)
{
  return strike () ? -1 : (int) syscall (SYS_fchown, fd, owner, group);
}

int
chmod (const char *path, mode_t mode)
{
  return strike () ? -1 : (int) syscall (SYS_fchmodat, AT_FDCWD, path, mode);
}

int
link (const char *from, const char *to)
{
  if (strike ())
    return -1;
  if (faults.links == FAULTS_LINKS_REFUSED)
    {
      errno = EPERM;
      return -1;
    }
  return (int) syscall (SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int
rename (const char *from, const char *to)
{
  return strike () ? -1 : (int) syscall (SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int
unlink (const char *path)
{
  return strike () ? -1 : (int) syscall (SYS_unlinkat, AT_FDCWD, path, 0);
}

int
mkdir (const char *path, mode_t mode)
{
  if (strike ())
    return -1;
  if (faults.has_rival)
    {
      faults.has_rival = FALSE;
      (void) !syscall (SYS_mkdirat, AT_FDCWD, path, mode);
    }
  return (int) syscall (SYS_mkdirat, AT_FDCWD, path, mode);
}

int
rmdir (const char *path)
{
  return strike () ? -1 : (int) syscall (SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
}
