/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE

#include "storage/owner_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define SUFFIX "-owners"

/* Nothing is waited for, whatever stands there under the name. */
#define OPEN_FLAGS (O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)

#define FILE_MODE 0600
#define MODE_BITS 0777

/* How often another byte is tried, and opening again what somebody else has just made or removed.
 */
#define BYTE_TRIES 16
#define OPEN_TRIES 4

/* fd: -1 as long as no lock was wanted. file: how the open file is told from others. next_byte:
 * that was not tried yet. n_held: how many of its locks are. */
struct OwnerLocks
{
  char *database;
  char *path;
  gint fd;
  char *file;
  guint64 next_byte;
  guint n_held;
};

struct OwnerLock
{
  OwnerLocks *locks;
  guint64 byte;
  char *word;
};

OwnerLocks *
owner_locks_new (const char *database)
{
  OwnerLocks *locks = g_new0 (OwnerLocks, 1);

  locks->database = g_strdup (database);
  locks->path = g_strconcat (database, SUFFIX, NULL);
  locks->fd = -1;
  return locks;
}

static void
close_file (OwnerLocks *locks)
{
  if (locks->fd >= 0)
    close (locks->fd);
  locks->fd = -1;
  g_clear_pointer (&locks->file, g_free);
}

void
owner_locks_free (OwnerLocks *locks)
{
  if (locks == NULL)
    return;
  close_file (locks);
  g_free (locks->database);
  g_free (locks->path);
  g_free (locks);
}

/* -- The file -----------------------------------------------------------------------------------
 */

/* File systems whose locks are the kernel's own, so that whoever sees the same inode sees them. On
 * others (of the network, of another machine, of a process) a lock may be seen by some, and not by
 * others. */
static gboolean
is_local (guint64 file_system)
{
  static const guint64 local[] = {
    0xef53,     /* ext2, ext3, ext4 */
    0x58465342, /* XFS */
    0x9123683e, /* Btrfs */
    0x01021994, /* tmpfs */
    0x858458f6, /* ramfs */
    0x794c7630, /* overlayfs */
    0x2fc12fc1, /* ZFS */
    0xf2f52010, /* F2FS */
    0xca451a4e, /* bcachefs */
    0x3153464a, /* JFS */
  };

  for (gsize i = 0; i < G_N_ELEMENTS (local); i++)
    if (local[i] == file_system)
      return TRUE;
  return FALSE;
}

static guint64
count_ns (const struct statx_timestamp *time)
{
  return (guint64) time->tv_sec * G_GUINT64_CONSTANT (1000000000) + time->tv_nsec;
}

/* How an open file is told from others. Where it is not known when it was made, it was then that it
 * was last written to: it stays empty. Returns: (transfer full) (nullable) NULL when locks of it
 * say nothing. */
static char *
describe (gint fd)
{
  struct statfs place;
  struct statx about;
  gboolean has_birth;

  if (fstatfs (fd, &place) != 0 || !is_local ((guint64) place.f_type & G_MAXUINT32)
      || statx (fd, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME | STATX_MTIME, &about) != 0)
    return NULL;
  has_birth = (about.stx_mask & STATX_BTIME) != 0;
  return g_strdup_printf ("%" G_GINT64_MODIFIER "x:%" G_GINT64_MODIFIER "x:%" G_GINT64_MODIFIER "x",
                          (guint64) place.f_type & G_MAXUINT32, (guint64) about.stx_ino,
                          count_ns (has_birth ? &about.stx_btime : &about.stx_mtime));
}

/* Opens the file that stands there. It is looked at before, because a database must not be opened:
 * closing it would drop the locks that this process has on it (POSIX). Returns: -1 with errno. */
static gint
open_present (const char *path, gint access_mode)
{
  struct stat status;

  if (lstat (path, &status) != 0)
    return -1;
  if (S_ISREG (status.st_mode) && status.st_size == 0)
    return open (path, access_mode | OPEN_FLAGS);
  errno = EINVAL;
  return -1;
}

/* Everybody who may write to the database may hold locks, whoever came first. */
static gint
make_file (const OwnerLocks *locks)
{
  struct stat database;
  gint fd = open (locks->path, O_RDWR | O_CREAT | O_EXCL | OPEN_FLAGS, FILE_MODE);

  if (fd < 0 || stat (locks->database, &database) != 0)
    return fd;
  if (geteuid () == 0 && fchown (fd, database.st_uid, database.st_gid) != 0)
    return fd;
  (void) fchmod (fd, database.st_mode & MODE_BITS);
  return fd;
}

static gint
open_or_make (const OwnerLocks *locks)
{
  for (guint i = 0; i < OPEN_TRIES; i++)
    {
      gint fd = open_present (locks->path, O_RDWR);

      if (fd >= 0 || errno != ENOENT)
        return fd;
      fd = make_file (locks);
      if (fd >= 0 || errno != EEXIST)
        return fd;
    }
  return -1;
}

/* Whether the open file still has its name. */
static gboolean
is_there (const OwnerLocks *locks)
{
  struct stat opened;
  struct stat named;

  return fstat (locks->fd, &opened) == 0 && lstat (locks->path, &named) == 0
         && opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

/* Where somebody has removed the file, nobody sees the locks on it any more. Those that are held
 * stay what they are until they are let go of: no other file takes its place before. */
static gboolean
need_file (OwnerLocks *locks)
{
  if (locks->fd >= 0 && is_there (locks))
    return TRUE;
  if (locks->n_held > 0)
    return FALSE;
  close_file (locks);
  locks->fd = open_or_make (locks);
  if (locks->fd < 0)
    return FALSE;
  locks->file = describe (locks->fd);
  locks->next_byte = g_random_int ();
  if (locks->file == NULL)
    close_file (locks);
  return locks->file != NULL;
}

/* -- A lock -------------------------------------------------------------------------------------
 */

static struct flock
make_request (short type, guint64 byte)
{
  return (
      struct flock){ .l_type = type, .l_whence = SEEK_SET, .l_start = (off_t) byte, .l_len = 1 };
}

static gboolean
set_lock (gint fd, short type, guint64 byte)
{
  struct flock request = make_request (type, byte);

  return fcntl (fd, F_OFD_SETLK, &request) == 0;
}

/* The bytes of a store begin somewhere: that of a dead owner, who may still be named, does not come
 * again soon. None comes twice: to lock what is locked already succeeds when it is through the same
 * open file. */
OwnerLock *
owner_lock_take (OwnerLocks *locks)
{
  if (locks == NULL || !need_file (locks))
    return NULL;
  for (guint i = 0; i < BYTE_TRIES; i++)
    {
      guint64 byte = locks->next_byte++;
      OwnerLock *lock;

      if (!set_lock (locks->fd, F_WRLCK, byte))
        continue;
      lock = g_new0 (OwnerLock, 1);
      lock->locks = locks;
      lock->byte = byte;
      lock->word = g_strdup_printf ("%s:%" G_GINT64_MODIFIER "x", locks->file, byte);
      locks->n_held++;
      return lock;
    }
  return NULL;
}

const char *
owner_lock_get_word (const OwnerLock *lock)
{
  return lock->word;
}

void
owner_lock_free (OwnerLock *lock)
{
  if (lock == NULL)
    return;
  (void) set_lock (lock->locks->fd, F_UNLCK, lock->byte);
  lock->locks->n_held--;
  g_free (lock->word);
  g_free (lock);
}

/* -- Looking ------------------------------------------------------------------------------------
 */

static OwnerLockState
look_at_byte (gint fd, const char *file, const char *word)
{
  gsize length = strlen (file);
  struct flock request;
  guint64 byte;

  if (strncmp (word, file, length) != 0 || word[length] != ':'
      || !g_ascii_string_to_unsigned (word + length + 1, 16, 0, G_MAXINT64, &byte, NULL))
    return OWNER_LOCK_UNSEEN;
  request = make_request (F_WRLCK, byte);
  if (fcntl (fd, F_OFD_GETLK, &request) != 0)
    return OWNER_LOCK_UNSEEN;
  return request.l_type == F_UNLCK ? OWNER_LOCK_FREE : OWNER_LOCK_HELD;
}

/* The file is opened anew: a lock of this very store is then one of somebody else. */
OwnerLockState
owner_locks_look (const OwnerLocks *locks, const char *word)
{
  gint fd = locks != NULL ? open_present (locks->path, O_RDONLY) : -1;
  g_autofree char *file = fd >= 0 ? describe (fd) : NULL;
  OwnerLockState state = file != NULL ? look_at_byte (fd, file, word) : OWNER_LOCK_UNSEEN;

  if (fd >= 0)
    close (fd);
  return state;
}
