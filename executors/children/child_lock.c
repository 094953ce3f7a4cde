/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE

#include "executors/children/child_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "executors/children/child_census.h"

struct ChildLock
{
  char *path;      /* nullable */
  gint held_fd;    /* the description that the child inherits; -1: handed over, or never taken */
  gint looking_fd; /* another description of the same file */
  ChildLockRecord record;
};

/* -- The record ---------------------------------------------------------------------------------
 */

static void
read_boot (char boot[40])
{
  gint fd = open ("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
  gssize size = fd >= 0 ? read (fd, boot, 36) : -1;

  if (fd >= 0)
    close (fd);
  if (size != 36)
    boot[0] = '\0';
}

static void
describe_place (ChildLockRecord *record)
{
  struct stat about;

  read_boot (record->boot);
  record->pid_space = stat ("/proc/self/ns/pid", &about) == 0 ? (guint64) about.st_ino : 0;
}

gboolean
child_lock_find_session (const ChildLock *lock, ChildLockRecord *record)
{
  ChildLockRecord here = { .boot = "" };

  if (lock->record.leader != 0)
    {
      *record = lock->record;
      return TRUE;
    }
  if (pread (lock->looking_fd, record, sizeof *record, 0) != (gssize) sizeof *record)
    return FALSE;
  record->boot[sizeof record->boot - 1] = '\0';
  describe_place (&here);
  return here.boot[0] != '\0' && strcmp (record->boot, here.boot) == 0
         && record->pid_space == here.pid_space && record->leader > 1
         && record->leader <= G_MAXINT32 && record->begun_after <= record->begun_before;
}

/* -- Opening ------------------------------------------------------------------------------------
 */

static gint
open_path (const char *path, gint flags)
{
  gint fd;

  do
    fd = open (path, flags | O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
  while (fd < 0 && errno == EINTR);
  return fd;
}

/* Opens the file, and makes its folder if that is not there yet. */
static gint
create_path (const char *path)
{
  gint fd = open_path (path, O_CREAT);
  g_autofree char *folder = NULL;

  if (fd >= 0 || errno != ENOENT)
    return fd;
  folder = g_path_get_dirname (path);
  return g_mkdir_with_parents (folder, 0700) == 0 ? open_path (path, O_CREAT) : -1;
}

/* A host without standard streams gets descriptors that the child's standard streams would
 * overwrite. The lock is that of the description, and goes along. */
static gint
move_above_stdio (gint fd)
{
  gint moved;

  if (fd < 0 || fd > STDERR_FILENO)
    return fd;
  moved = fcntl (fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  close (fd);
  return moved;
}

/* A second description of the file of `fd`. */
static gint
open_again (const char *path, gint fd)
{
  char link[64];

  if (path != NULL)
    return open_path (path, 0);
  (void) g_snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
  return open (link, O_RDONLY | O_CLOEXEC);
}

static gboolean
is_same_file (gint one, gint other)
{
  struct stat first;
  struct stat second;

  return fstat (one, &first) == 0 && fstat (other, &second) == 0 && first.st_dev == second.st_dev
         && first.st_ino == second.st_ino && S_ISREG (first.st_mode);
}

static gboolean
fail_to_take (const char *path, gint number, GError **error)
{
  g_set_error (error, CHILD_ERROR, CHILD_ERROR_RESOURCES, "cannot make the lock \"%s\": %s",
               path != NULL ? path : "(memory)", g_strerror (number));
  return FALSE;
}

/* Opens the file and takes its lock. A lock that is held is that of an attempt that has ended and
 * left a process on purpose: this attempt gets a file of its own in its place. */
static gboolean
take_path (ChildLock *lock)
{
  lock->held_fd = move_above_stdio (create_path (lock->path));
  if (lock->held_fd < 0 || flock (lock->held_fd, LOCK_EX | LOCK_NB) == 0)
    return lock->held_fd >= 0;
  close (lock->held_fd);
  lock->held_fd = unlink (lock->path) == 0 ? move_above_stdio (create_path (lock->path)) : -1;
  return lock->held_fd >= 0 && flock (lock->held_fd, LOCK_EX | LOCK_NB) == 0;
}

static gboolean
take_nameless (ChildLock *lock)
{
  lock->held_fd = move_above_stdio (memfd_create ("backflow-attempt", MFD_CLOEXEC));
  return lock->held_fd >= 0 && flock (lock->held_fd, LOCK_EX | LOCK_NB) == 0;
}

static gboolean
take (ChildLock *lock, GError **error)
{
  if (!(lock->path != NULL ? take_path (lock) : take_nameless (lock))
      || ftruncate (lock->held_fd, 0) < 0)
    return fail_to_take (lock->path, errno, error);
  lock->looking_fd = open_again (lock->path, lock->held_fd);
  if (lock->looking_fd < 0)
    return fail_to_take (lock->path, errno, error);
  if (!is_same_file (lock->held_fd, lock->looking_fd))
    return fail_to_take (lock->path, EINVAL, error);
  return TRUE;
}

ChildLock *
child_lock_new (const char *path, GError **error)
{
  g_autoptr (ChildLock) lock = g_new0 (ChildLock, 1);

  lock->path = g_strdup (path);
  lock->held_fd = lock->looking_fd = -1;
  if (!take (lock, error))
    return NULL;
  if (path != NULL)
    describe_place (&lock->record);
  lock->record.begun_after = child_census_now ();
  return g_steal_pointer (&lock);
}

ChildLock *
child_lock_open (const char *path, GError **error)
{
  gint fd = open_path (path, 0);
  struct stat about;
  ChildLock *lock;

  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
    return NULL;
  if (fd < 0 || fstat (fd, &about) < 0 || !S_ISREG (about.st_mode))
    {
      g_set_error (error, CHILD_ERROR, CHILD_ERROR_UNVERIFIED, "cannot look at the lock \"%s\": %s",
                   path, fd < 0 ? g_strerror (errno) : "it is no regular file");
      if (fd >= 0)
        close (fd);
      return NULL;
    }
  lock = g_new0 (ChildLock, 1);
  lock->path = g_strdup (path);
  lock->held_fd = -1;
  lock->looking_fd = fd;
  return lock;
}

static void
close_held (ChildLock *lock)
{
  if (lock->held_fd >= 0)
    close (lock->held_fd);
  lock->held_fd = -1;
}

void
child_lock_free (ChildLock *lock)
{
  if (lock == NULL)
    return;
  close_held (lock);
  if (lock->looking_fd >= 0)
    close (lock->looking_fd);
  g_free (lock->path);
  g_free (lock);
}

/* -- Use ----------------------------------------------------------------------------------------
 */

gint
child_lock_get_fd (const ChildLock *lock)
{
  return lock->held_fd;
}

const ChildLockRecord *
child_lock_get_record (const ChildLock *lock)
{
  return &lock->record;
}

void
child_lock_hand_over (ChildLock *lock, pid_t leader)
{
  close_held (lock);
  lock->record.leader = leader;
  lock->record.begun_before = child_census_now () + 1;
}

gboolean
child_lock_is_held (const ChildLock *lock)
{
  /* Only EWOULDBLOCK tells that a process holds the lock; any other failure tells nothing, and what
   * can't be told counts as held. */
  if (flock (lock->looking_fd, LOCK_SH | LOCK_NB) < 0)
    return TRUE;
  (void) flock (lock->looking_fd, LOCK_UN);
  return FALSE;
}

void
child_lock_get_file (const ChildLock *lock, dev_t *device, ino_t *inode)
{
  struct stat about;

  if (fstat (lock->looking_fd, &about) < 0)
    memset (&about, 0, sizeof about);
  *device = about.st_dev;
  *inode = about.st_ino;
}

void
child_lock_remove (ChildLock *lock)
{
  if (lock->path != NULL && !child_lock_is_held (lock))
    (void) unlink (lock->path);
}
