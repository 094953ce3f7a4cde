/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE

#include "executors/commands/command_scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "executors/commands/scratch_removal.h"
#include "executors/commands/scratch_sweep.h"

/* How often a new folder may be taken for one that a dead engine left, before it has been locked.
 */
#define TRIES_MAX 16

struct CommandScratch
{
  char *place;  /* where the folder stands, as of the last time that it was made (nullable) */
  char *folder; /* NULL until it is needed */
  DIR *list;    /* of the folder */
  guint64 count;
  gboolean has_rest; /* a dead engine has left something that could not be removed yet */
};

CommandScratch *
command_scratch_new (void)
{
  return g_new0 (CommandScratch, 1);
}

/* Removes the folder with what is in it. What can't be removed is left to whoever cleans the
 * temporary folder. */
static void
remove_folder (CommandScratch *scratch)
{
  gint place = scratch->list != NULL ? open (scratch->place, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
  g_autofree char *name = scratch->folder != NULL ? g_path_get_basename (scratch->folder) : NULL;

  if (place >= 0)
    {
      (void) scratch_remove (place, name, dirfd (scratch->list));
      close (place);
    }
  if (scratch->list != NULL)
    closedir (scratch->list);
  scratch->list = NULL;
  g_clear_pointer (&scratch->folder, g_free);
}

void
command_scratch_free (CommandScratch *scratch)
{
  if (scratch == NULL)
    return;
  remove_folder (scratch);
  /* A command that had its files there may have been ended meanwhile. */
  if (scratch->has_rest)
    (void) scratch_sweep (scratch->place);
  g_free (scratch->place);
  g_free (scratch);
}

static const char *
find_temporary_folder (const char *const *environment)
{
  for (; environment != NULL && *environment != NULL; environment++)
    if (g_str_has_prefix (*environment, "TMPDIR=/"))
      return *environment + strlen ("TMPDIR=");
  return "/tmp";
}

static gboolean
fail (const char *folder, GError **error)
{
  int number = errno;

  g_set_error (error, G_FILE_ERROR, (gint) g_file_error_from_errno (number),
               "cannot make the folder %s: %s", folder, g_strerror (number));
  return FALSE;
}

/* Whether the folder that was opened is still there under its name. */
static gboolean
is_there (DIR *list, const char *folder)
{
  struct stat opened;
  struct stat named;

  return fstat (dirfd (list), &opened) == 0 && lstat (folder, &named) == 0
         && opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

/* Tries to make a folder, to open and to lock it. An engine that looks for what dead ones have left
 * may be quicker, and remove it: then there is neither an error nor a list. */
static gboolean
try_to_make (CommandScratch *scratch, GError **error)
{
  g_autofree char *folder = g_build_filename (scratch->place, SCRATCH_TEMPLATE, NULL);
  DIR *list;

  if (mkdtemp (folder) == NULL)
    return fail (folder, error);
  list = opendir (folder);
  if (list == NULL && errno == ENOENT)
    return TRUE;
  if (list == NULL)
    {
      (void) fail (folder, error);
      (void) rmdir (folder);
      return FALSE;
    }
  if (!scratch_lock (dirfd (list)) || !is_there (list, folder))
    {
      closedir (list);
      return TRUE;
    }
  scratch->list = list;
  scratch->folder = g_steal_pointer (&folder);
  return TRUE;
}

static gboolean
make_folder (CommandScratch *scratch, const char *const *environment, GError **error)
{
  remove_folder (scratch);
  g_free (scratch->place);
  scratch->place = g_strdup (find_temporary_folder (environment));
  scratch->has_rest = scratch_sweep (scratch->place);
  for (guint i = 0; i < TRIES_MAX && scratch->list == NULL; i++)
    if (!try_to_make (scratch, error))
      return FALSE;
  if (scratch->list != NULL)
    return TRUE;
  errno = EBUSY;
  return fail (scratch->place, error);
}

/* In a life of weeks somebody may clean the temporary folder. */
static gboolean
has_folder (const CommandScratch *scratch)
{
  struct stat about;

  return scratch->list != NULL && fstat (dirfd (scratch->list), &about) == 0 && about.st_nlink > 0;
}

gboolean
command_scratch_is_empty (CommandScratch *scratch)
{
  const struct dirent *entry;

  if (scratch->list == NULL)
    return TRUE;
  rewinddir (scratch->list);
  do
    entry = readdir (scratch->list);
  while (entry != NULL && (strcmp (entry->d_name, ".") == 0 || strcmp (entry->d_name, "..") == 0));
  return entry == NULL;
}

char *
command_scratch_dup_path (CommandScratch *scratch, const char *const *environment, GError **error)
{
  if (!has_folder (scratch) && !make_folder (scratch, environment, error))
    return NULL;
  return g_strdup_printf ("%s/%" G_GUINT64_FORMAT, scratch->folder, ++scratch->count);
}
