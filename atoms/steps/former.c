/* SPDX-License-Identifier: Apache-2.0 */
#include "atoms/steps/former.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK_BYTES (256 * 1024)

/* -- Reading and writing ---------------------------------------------------------------------- */

static gssize
read_chunk (int fd, char *buffer)
{
  gssize got;

  do
    got = read (fd, buffer, CHUNK_BYTES);
  while (got < 0 && errno == EINTR);
  return got;
}

static gboolean
write_all (int fd, const char *data, gsize size)
{
  while (size > 0)
    {
      gssize put = write (fd, data, MIN (size, CHUNK_BYTES));

      if (put < 0 && errno == EINTR)
        continue;
      if (put < 0)
        return FALSE;
      data += put;
      size -= (gsize) put;
    }
  return TRUE;
}

/* The SHA-256 of a file, in hexadecimal; NULL with errno. */
static char *
dup_digest (int fd)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree char *buffer = g_malloc (CHUNK_BYTES);
  gssize got;

  while ((got = read_chunk (fd, buffer)) > 0)
    g_checksum_update (sum, (const guchar *) buffer, got);
  return got == 0 ? g_strdup (g_checksum_get_string (sum)) : NULL;
}

static char *
dup_file_digest (const char *path, GError **error)
{
  int fd = open (path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  char *digest;

  if (fd < 0)
    {
      place_fail (error, errno, "cannot read '%s'", path);
      return NULL;
    }
  digest = dup_digest (fd);
  if (digest == NULL)
    place_fail (error, errno, "cannot read '%s'", path);
  close (fd);
  return digest;
}

/* Gives a new file owner, permissions and times of another one. FALSE with errno. */
static gboolean
set_attributes (int fd, const struct stat *like)
{
  const struct timespec times[2] = { like->st_atim, like->st_mtim };

  return fchown (fd, like->st_uid, like->st_gid) == 0 && fchmod (fd, like->st_mode & 07777) == 0
         && futimens (fd, times) == 0;
}

/* Copies what is left of `from`. FALSE with errno. */
static gboolean
copy_content (int from, int to)
{
  g_autofree char *buffer = g_malloc (CHUNK_BYTES);
  gssize got;

  while ((got = read_chunk (from, buffer)) > 0)
    if (!write_all (to, buffer, (gsize) got))
      return FALSE;
  return got == 0;
}

/* -- Keeping ---------------------------------------------------------------------------------- */

/* Fills a new file with an equal copy of the one at the place. FALSE with errno. */
static gboolean
fill_copy (const Place *place, int to, const struct stat *like)
{
  int from = open (place->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  gboolean is_copied;
  int saved;

  if (from < 0)
    return FALSE;
  is_copied = copy_content (from, to) && set_attributes (to, like) && fsync (to) == 0;
  saved = errno;
  close (from);
  errno = saved;
  return is_copied;
}

static gboolean
keep_copy (const Place *place, const struct stat *info, GError **error)
{
  gboolean is_copied;
  int to, saved;

  if (!place_remove (place->copy, error))
    return FALSE;
  to = open (place->copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (to < 0)
    return place_fail (error, errno, "cannot keep the file '%s' as '%s'", place->path, place->copy);
  is_copied = fill_copy (place, to, info);
  saved = errno;
  close (to);
  if (is_copied && rename (place->copy, place->was) == 0)
    return TRUE;
  saved = is_copied ? errno : saved;
  unlink (place->copy);
  return place_fail (error, saved, "cannot keep the file '%s' as '%s'", place->path, place->was);
}

gboolean
former_keep (const Place *place, GError **error)
{
  struct stat info;

  if (place_get_kept (place) != PLACE_KEPT_NOTHING)
    return TRUE;
  if (lstat (place->path, &info) < 0)
    {
      if (errno == ENOENT)
        return place_keep_absence (place, error);
      return place_fail (error, errno, "cannot look at '%s'", place->path);
    }
  if (S_ISDIR (info.st_mode))
    return place_fail (error, EISDIR, "cannot write '%s'", place->path);
  if (S_ISLNK (info.st_mode))
    return place_fail (error, ELOOP, "cannot write '%s', which is a symbolic link", place->path);
  if (!S_ISREG (info.st_mode))
    return place_fail (error, EINVAL, "cannot write '%s', which is no file", place->path);
  if (link (place->path, place->was) < 0 && !keep_copy (place, &info, error))
    return FALSE;
  return place_sync (place, error);
}

gboolean
former_forget (const Place *place, GError **error)
{
  return place_remove (place->fresh, error) && place_remove (place->copy, error)
         && place_remove (place->made, error) && place_remove (place->was, error)
         && place_remove (place->absent, error) && place_sync (place, error);
}

static guint64
get_inode (const char *path)
{
  struct stat info;

  return lstat (path, &info) == 0 ? info.st_ino : 0;
}

guint64
former_get_inode (const Place *place)
{
  return get_inode (place->was);
}

guint64
former_get_target_inode (const Place *place)
{
  return get_inode (place->path);
}

/* -- Looking ---------------------------------------------------------------------------------- */

/* What a file that is not the kept one itself is. */
static gboolean
look_at_content (const Place *place, const char *digest, FormerTarget *target, GError **error)
{
  g_autofree char *now = dup_file_digest (place->path, error);
  g_autofree char *was = NULL;

  if (now == NULL)
    return FALSE;
  *target = FORMER_TARGET_FOREIGN;
  if (strcmp (now, digest) == 0 && place_has_made (place))
    *target = FORMER_TARGET_OURS;
  else if (place_get_kept (place) == PLACE_KEPT_FORMER)
    {
      was = dup_file_digest (place->was, error);
      if (was == NULL)
        return FALSE;
      if (strcmp (now, was) == 0)
        *target = FORMER_TARGET_KEPT;
    }
  return TRUE;
}

gboolean
former_look (const Place *place, const char *digest, FormerTarget *target, GError **error)
{
  struct stat info;

  *target = FORMER_TARGET_ABSENT;
  if (lstat (place->path, &info) < 0)
    return errno == ENOENT || place_fail (error, errno, "cannot look at '%s'", place->path);
  *target = FORMER_TARGET_FOREIGN;
  if (!S_ISREG (info.st_mode))
    return TRUE;
  *target = FORMER_TARGET_KEPT;
  if (info.st_ino == former_get_inode (place))
    return TRUE;
  return look_at_content (place, digest, target, error);
}

/* -- Replacing -------------------------------------------------------------------------------- */

/* Notes that the open file is the step's. */
static gboolean
note_fresh (const Place *place, int fd, GError **error)
{
  g_autofree char *identity = place_dup_identity_of (fd);

  return identity == NULL || place_note_made (place, identity, error);
}

/* Fills the new file. The owner of the former one is taken over where that is allowed. FALSE with
 * errno. */
static gboolean
fill_fresh (int fd, const char *content, gsize size, int mode, const struct stat *former)
{
  if (former != NULL && fchown (fd, former->st_uid, former->st_gid) < 0 && errno != EPERM)
    return FALSE;
  if (mode < 0 && former != NULL)
    mode = (int) (former->st_mode & 07777);
  if (mode >= 0 && fchmod (fd, (mode_t) mode) < 0)
    return FALSE;
  return write_all (fd, content, size) && fsync (fd) == 0;
}

gboolean
former_replace (const Place *place, const char *content, gsize size, int mode, GError **error)
{
  struct stat info;
  gboolean is_former = lstat (place->was, &info) == 0 || lstat (place->path, &info) == 0;
  gboolean is_written;
  int fd, saved;

  if (!place_remove (place->fresh, error))
    return FALSE;
  fd = open (place->fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0)
    return place_fail (error, errno, "cannot write '%s'", place->fresh);
  is_written = fill_fresh (fd, content, size, mode, is_former ? &info : NULL);
  saved = errno;
  if (is_written && !note_fresh (place, fd, error))
    {
      close (fd);
      unlink (place->fresh);
      return FALSE;
    }
  close (fd);
  if (is_written && rename (place->fresh, place->path) == 0)
    return place_sync (place, error);
  saved = is_written ? errno : saved;
  unlink (place->fresh);
  return place_fail (error, saved, "cannot write '%s'", place->path);
}

/* -- Restoring -------------------------------------------------------------------------------- */

static gboolean
put_back_file (const Place *place, FormerTarget target, GError **error)
{
  /* What stands there may be the kept file itself: a rename to itself would do nothing and leave
   * both names. */
  if (target == FORMER_TARGET_KEPT)
    return place_remove (place->was, error);
  if (rename (place->was, place->path) == 0)
    return TRUE;
  return place_fail (error, errno, "cannot put '%s' back as '%s'", place->was, place->path);
}

static gboolean
put_back_absence (const Place *place, GError **error)
{
  return place_remove (place->path, error) && place_sync (place, error)
         && place_remove (place->absent, error);
}

gboolean
former_refuse (const Place *place, const char *kept, GError **error)
{
  g_autofree char *other = place_find_other (place);

  if (other != NULL)
    return place_fail (
        error, EEXIST,
        "'%s' is left as it is: %s has written it since, and has to be reverted first", place->path,
        other);
  if (kept != NULL)
    return place_fail (
        error, EEXIST,
        "'%s' is not what this step wrote and is left as it is; '%s' says what was there before",
        place->path, kept);
  return place_fail (
      error, EEXIST,
      "'%s' is not what this step wrote and is left as it is; there was no such file before",
      place->path);
}

gboolean
former_restore (const Place *place, const char *digest, GError **error)
{
  PlaceKept kept = place_get_kept (place);
  FormerTarget target;
  gboolean is_back;

  if (kept == PLACE_KEPT_NOTHING)
    return place_remove (place->fresh, error) && place_remove (place->copy, error)
           && place_remove (place->made, error);
  if (!former_look (place, digest, &target, error))
    return FALSE;
  if (target == FORMER_TARGET_FOREIGN)
    return former_refuse (place, place_get_kept_path (place), error);
  is_back = kept == PLACE_KEPT_FORMER ? put_back_file (place, target, error)
                                      : put_back_absence (place, error);
  return is_back && place_remove (place->fresh, error) && place_remove (place->copy, error)
         && place_remove (place->made, error) && place_sync (place, error);
}
