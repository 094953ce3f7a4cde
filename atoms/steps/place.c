/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE

#include "atoms/steps/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <backflow/atoms/attempt.h>

/* Of the name of a file, so that the longest name beside it is not longer than the 255 bytes that
 * file systems take. */
#define NAME_BYTES_MAX 200
#define TAG_DIGITS 16
#define TAG_START ".backflow-"

/* The text of a marker of absence. */
#define NOTE_START "There was no "
#define NOTE_OWNER " before "
#define NOTE_END ". This is needed to revert it.\n"

#define NANOSECONDS 1000000000

gboolean
place_fail (GError **error, int saved_errno, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (saved_errno), "%s: %s", message,
               g_strerror (saved_errno));
  return FALSE;
}

/* -- Paths ------------------------------------------------------------------------------------ */

/* Takes the last part of `path` off and puts it before `tail`. FALSE when that part is `..`. */
static gboolean
move_last_part (char **path, char **tail)
{
  g_autofree char *name = g_path_get_basename (*path);
  char *parent = g_path_get_dirname (*path);

  g_free (*path);
  *path = parent;
  if (strcmp (name, "..") == 0)
    return FALSE;
  if (strcmp (name, ".") != 0)
    {
      char *longer = g_build_filename (name, *tail, NULL);

      g_free (*tail);
      *tail = longer;
    }
  return TRUE;
}

/* The path without slashes at its end. */
static char *
dup_absolute (const char *path)
{
  g_autofree char *here = g_path_is_absolute (path) ? NULL : g_get_current_dir ();
  char *absolute = here != NULL ? g_build_filename (here, path, NULL) : g_strdup (path);
  gsize length = strlen (absolute);

  while (length > 1 && absolute[length - 1] == G_DIR_SEPARATOR)
    absolute[--length] = '\0';
  return absolute;
}

char *
place_resolve (const char *path, GError **error)
{
  g_autofree char *head = NULL;
  g_autofree char *tail = g_strdup ("");
  g_autofree char *resolved = NULL;
  gboolean is_plain;

  if (path[0] == '\0')
    {
      place_fail (error, ENOENT, "the path is empty");
      return NULL;
    }
  head = dup_absolute (path);
  is_plain = move_last_part (&head, &tail);
  while (is_plain && (resolved = realpath (head, NULL)) == NULL && errno == ENOENT
         && strcmp (head, "/") != 0)
    is_plain = move_last_part (&head, &tail);
  if (is_plain && resolved != NULL)
    return tail[0] != '\0' ? g_build_filename (resolved, tail, NULL) : g_steal_pointer (&resolved);
  if (is_plain)
    place_fail (error, errno, "cannot use the path '%s'", path);
  else
    place_fail (
        error, EINVAL,
        "cannot use the path '%s': it goes up with '..' at its end, or from what does not exist",
        path);
  return NULL;
}

/* What tells the names of this run and this atom from those of others. Runs of several stores may
 * have the same id. */
static char *
dup_tag (AtomContext *context)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  const char *key = context->run != NULL ? context->run->key : NULL;
  const char *run = key != NULL ? key : atom_context_get_run (context);
  const char *name = atom_context_get_name (context);

  g_checksum_update (sum, (const guchar *) run, (gssize) strlen (run) + 1);
  g_checksum_update (sum, (const guchar *) name, (gssize) strlen (name));
  return g_strndup (g_checksum_get_string (sum), TAG_DIGITS);
}

Place *
place_new (const char *path, AtomContext *context)
{
  Place *place = g_new (Place, 1);
  g_autofree char *tag = dup_tag (context);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *stem = NULL;

  place->path = g_strdup (path);
  place->parent = g_path_get_dirname (path);
  stem = g_strdup_printf ("%s/.%.*s" TAG_START "%s",
                          strcmp (place->parent, "/") == 0 ? "" : place->parent, NAME_BYTES_MAX,
                          name, tag);
  place->was = g_strconcat (stem, ".was", NULL);
  place->absent = g_strconcat (stem, ".none", NULL);
  place->made = g_strconcat (stem, ".made", NULL);
  place->fresh = g_strconcat (stem, ".new", NULL);
  place->copy = g_strconcat (stem, ".copy", NULL);
  place->owner = g_strdup_printf ("run '%s', step '%s'", atom_context_get_run (context),
                                  atom_context_get_name (context));
  place->note = g_strdup_printf (NOTE_START "'%s'" NOTE_OWNER "%s" NOTE_END, name, place->owner);
  return place;
}

void
place_free (Place *place)
{
  if (place == NULL)
    return;
  g_free (place->path);
  g_free (place->parent);
  g_free (place->was);
  g_free (place->absent);
  g_free (place->made);
  g_free (place->fresh);
  g_free (place->copy);
  g_free (place->note);
  g_free (place->owner);
  g_free (place);
}

/* -- Keeping ---------------------------------------------------------------------------------- */

static gboolean
is_there (const char *path)
{
  struct stat info;

  return lstat (path, &info) == 0;
}

PlaceKept
place_get_kept (const Place *place)
{
  if (is_there (place->was))
    return PLACE_KEPT_FORMER;
  return is_there (place->absent) ? PLACE_KEPT_ABSENCE : PLACE_KEPT_NOTHING;
}

const char *
place_get_kept_path (const Place *place)
{
  switch (place_get_kept (place))
    {
    case PLACE_KEPT_FORMER:
      return place->was;
    case PLACE_KEPT_ABSENCE:
      return place->absent;
    case PLACE_KEPT_NOTHING:
    default:
      return NULL;
    }
}

gboolean
place_sync (const Place *place, GError **error)
{
  int fd = open (place->parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int status, saved;

  /* A directory that may be written but not read cannot be synchronised; nor can one of some file
   * systems. */
  if (fd < 0 && errno == EACCES)
    return TRUE;
  if (fd < 0)
    return place_fail (error, errno, "cannot open the directory '%s'", place->parent);
  status = fsync (fd);
  saved = errno;
  close (fd);
  if (status < 0 && saved != EINVAL && saved != ENOTSUP)
    return place_fail (error, saved, "cannot write the directory '%s' to the disk", place->parent);
  return TRUE;
}

/* Makes the marker; that it is there is what counts, so a text cut short by a crash does no harm.
 */
static gboolean
write_marker (const Place *place, GError **error)
{
  gsize length = strlen (place->note);
  int fd = open (place->absent, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  gboolean is_written;
  int saved;

  if (fd < 0 && errno == EEXIST)
    return TRUE;
  if (fd < 0)
    return place_fail (error, errno, "cannot make '%s'", place->absent);
  errno = ENOSPC; /* what a short write means */
  is_written = write (fd, place->note, length) == (gssize) length && fsync (fd) == 0;
  saved = errno;
  close (fd);
  if (is_written)
    return TRUE;
  unlink (place->absent);
  return place_fail (error, saved, "cannot write '%s'", place->absent);
}

gboolean
place_keep_absence (const Place *place, GError **error)
{
  return write_marker (place, error) && place_sync (place, error);
}

gboolean
place_forget_absence (const Place *place, GError **error)
{
  return place_remove (place->absent, error) && place_sync (place, error);
}

/* -- Identity --------------------------------------------------------------------------------- */

static char *
dup_identity (int folder, const char *path, int flags)
{
  struct statx info;
  gint64 birth = 0;

  if (statx (folder, path, flags, STATX_INO | STATX_BTIME, &info) < 0)
    return NULL;
  if ((info.stx_mask & STATX_BTIME) != 0)
    birth = info.stx_btime.tv_sec * NANOSECONDS + info.stx_btime.tv_nsec;
  return g_strdup_printf ("%" G_GUINT64_FORMAT ".%" G_GINT64_FORMAT, (guint64) info.stx_ino, birth);
}

char *
place_dup_identity (const char *path)
{
  return dup_identity (AT_FDCWD, path, AT_SYMLINK_NOFOLLOW);
}

char *
place_dup_identity_of (int fd)
{
  return dup_identity (fd, "", AT_EMPTY_PATH);
}

/* A line for each file that the step was about to put at the path: one that was interrupted may
 * have come to it or not. */
gboolean
place_note_made (const Place *place, const char *identity, GError **error)
{
  g_autofree char *line = g_strdup_printf ("%s %s\n", identity, place->owner);
  gsize length = strlen (line);
  int fd = open (place->made, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  gboolean is_written;
  int saved;

  if (fd < 0)
    return place_fail (error, errno, "cannot make '%s'", place->made);
  errno = ENOSPC; /* what a short write means */
  is_written = write (fd, line, length) == (gssize) length && fsync (fd) == 0;
  saved = errno;
  close (fd);
  return is_written || place_fail (error, saved, "cannot write '%s'", place->made);
}

/* What stands behind the identity in a file of notes. Returns: (transfer full) (nullable): NULL
 * when the identity is not there. */
static char *
find_owner (const char *notes, const char *identity)
{
  g_auto (GStrv) lines = g_strsplit (notes, "\n", -1);
  gsize length = strlen (identity);

  for (guint i = 0; lines[i] != NULL; i++)
    if (strncmp (lines[i], identity, length) == 0 && lines[i][length] == ' ')
      return g_strdup (lines[i] + length + 1);
  return NULL;
}

gboolean
place_has_made (const Place *place)
{
  g_autofree char *identity = place_dup_identity (place->path);
  g_autofree char *notes = NULL;
  g_autofree char *owner = NULL;

  if (identity == NULL || !g_file_get_contents (place->made, &notes, NULL, NULL))
    return TRUE;
  owner = find_owner (notes, identity);
  return owner != NULL;
}

/* The owner that the text of a marker names. Returns: (transfer full) (nullable). */
static char *
dup_owner_of_marker (const char *text)
{
  const char *start = g_str_has_prefix (text, NOTE_START) ? strstr (text, NOTE_OWNER) : NULL;
  const char *end = start != NULL ? g_strrstr (start, NOTE_END) : NULL;

  if (end == NULL)
    return NULL;
  start += strlen (NOTE_OWNER);
  return g_strndup (start, (gsize) (end - start));
}

/* The owner that a file beside the place names, when it stands for what is at the path. */
static char *
read_other (const char *path, const char *identity, gboolean is_directory)
{
  g_autofree char *text = NULL;

  if (!g_str_has_suffix (path, is_directory ? ".none" : ".made")
      || !g_file_get_contents (path, &text, NULL, NULL))
    return NULL;
  return is_directory ? dup_owner_of_marker (text) : find_owner (text, identity);
}

char *
place_find_other (const Place *place)
{
  g_autofree char *identity = place_dup_identity (place->path);
  gboolean is_directory = g_file_test (place->path, G_FILE_TEST_IS_DIR);
  const char *tag = g_strrstr (place->made, TAG_START) + strlen (TAG_START);
  g_autofree char *stem = g_strndup (place->made, (gsize) (tag - place->made));
  g_autofree char *prefix = g_path_get_basename (stem);
  g_autoptr (GDir) folder = g_dir_open (place->parent, 0, NULL);
  const char *name;
  char *owner = NULL;

  while (identity != NULL && folder != NULL && owner == NULL
         && (name = g_dir_read_name (folder)) != NULL)
    if (g_str_has_prefix (name, prefix) && strncmp (name + strlen (prefix), tag, TAG_DIGITS) != 0)
      {
        g_autofree char *path = g_build_filename (place->parent, name, NULL);

        owner = read_other (path, identity, is_directory);
      }
  return owner;
}

gboolean
place_remove (const char *path, GError **error)
{
  if (unlink (path) == 0 || errno == ENOENT)
    return TRUE;
  return place_fail (error, errno, "cannot remove '%s'", path);
}

gboolean
place_parse_mode (const char *text, guint *mode)
{
  gsize digits = strspn (text, "01234567");

  if (digits < 3 || digits > 4 || text[digits] != '\0')
    return FALSE;
  *mode = (guint) strtoul (text, NULL, 8);
  return TRUE;
}
