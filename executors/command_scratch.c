/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE

#include "executors/command_scratch.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define WALK_DESCRIPTORS 8

struct CommandScratch
{
  char *folder; /* NULL until it is needed */
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

void
command_scratch_free (CommandScratch *scratch)
{
  if (scratch == NULL)
    return;
  if (scratch->folder != NULL)
    (void) nftw (scratch->folder, remove_entry, WALK_DESCRIPTORS, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
  g_free (scratch->folder);
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
make_folder (CommandScratch *scratch, const char *const *environment, GError **error)
{
  g_autofree char *folder
      = g_build_filename (find_temporary_folder (environment), "backflow-XXXXXX", NULL);

  if (mkdtemp (folder) == NULL)
    {
      int number = errno;

      g_set_error (error, G_FILE_ERROR, (gint) g_file_error_from_errno (number),
                   "cannot make the folder %s: %s", folder, g_strerror (number));
      return FALSE;
    }
  g_free (scratch->folder);
  scratch->folder = g_steal_pointer (&folder);
  return TRUE;
}

char *
command_scratch_dup_path (CommandScratch *scratch, const char *const *environment, GError **error)
{
  /* In a life of weeks somebody may clean the temporary folder. */
  gboolean is_there = scratch->folder != NULL && access (scratch->folder, W_OK | X_OK) == 0;

  if (!is_there && !make_folder (scratch, environment, error))
    return NULL;
  return g_strdup_printf ("%s/%" G_GUINT64_FORMAT, scratch->folder, ++scratch->count);
}
