/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE

#include "executors/command_scratch.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WALK_DESCRIPTORS 8

struct CommandScratch
{
  char *folder; /* NULL until it is needed */
  DIR *list;    /* of the folder */
  guint64 count;
};

CommandScratch *
command_scratch_new (void)
{
  return g_new0 (CommandScratch, 1);
}

static int
remove_entry (const char *path, const struct stat *about, int flag, struct FTW *place)
{
  (void) about;
  (void) flag;
  (void) place;
  /* What can't be removed is left to whoever cleans the temporary folder. */
  (void) remove (path);
  return 0;
}

/* Removes the folder with what is in it. */
static void
remove_folder (CommandScratch *scratch)
{
  if (scratch->list != NULL)
    closedir (scratch->list);
  if (scratch->folder != NULL)
    (void) nftw (scratch->folder, remove_entry, WALK_DESCRIPTORS, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
  scratch->list = NULL;
  g_clear_pointer (&scratch->folder, g_free);
}

void
command_scratch_free (CommandScratch *scratch)
{
  if (scratch == NULL)
    return;
  remove_folder (scratch);
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

static gboolean
make_folder (CommandScratch *scratch, const char *const *environment, GError **error)
{
  g_autofree char *folder
      = g_build_filename (find_temporary_folder (environment), "backflow-XXXXXX", NULL);

  remove_folder (scratch);
  if (mkdtemp (folder) == NULL)
    return fail (folder, error);
  scratch->list = opendir (folder);
  if (scratch->list == NULL)
    {
      (void) fail (folder, error);
      (void) rmdir (folder);
      return FALSE;
    }
  scratch->folder = g_steal_pointer (&folder);
  return TRUE;
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
