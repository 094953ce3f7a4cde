/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE

#include "executors/commands/scratch_removal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* How often the folder is gone through: once for each level of folders in it. What is deeper, or is
 * being made as fast as it is removed, is left. */
#define PASSES_MAX 4096

/* A folder being removed. count: of the names that were given out. */
typedef struct
{
  gint fd;
  guint64 count;
} Removal;

typedef gboolean (*EntryFunc) (Removal *removal, gint folder, const char *name);

/* Calls `func` for each entry. Returns: for how many it was successful. */
static guint64
visit_entries (Removal *removal, gint folder, EntryFunc func)
{
  gint fd = openat (folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *list = fd >= 0 ? fdopendir (fd) : NULL;
  const struct dirent *entry;
  guint64 count = 0;

  if (list == NULL)
    {
      if (fd >= 0)
        close (fd);
      return 0;
    }
  while ((entry = readdir (list)) != NULL)
    if (strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0)
      count += func (removal, folder, entry->d_name) ? 1 : 0;
  closedir (list);
  return count;
}

/* A file, or an empty folder. What is mounted is busy. */
static gboolean
remove_one (gint folder, const char *name)
{
  return unlinkat (folder, name, 0) == 0 || unlinkat (folder, name, AT_REMOVEDIR) == 0;
}

/* Of a folder in a folder: what is in it comes up by one level, so that no depth needs a stack. */
static gboolean
lift_entry (Removal *removal, gint folder, const char *name)
{
  char lifted[32];

  if (remove_one (folder, name))
    return TRUE;
  g_snprintf (lifted, sizeof lifted, "~%" G_GUINT64_FORMAT, removal->count++);
  return renameat (folder, name, removal->fd, lifted) == 0;
}

static gboolean
remove_entry (Removal *removal, gint folder, const char *name)
{
  gboolean is_changed;
  gint inner;

  if (remove_one (folder, name))
    return TRUE;
  if (errno != ENOTEMPTY && errno != EEXIST)
    return FALSE;
  inner = openat (folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (inner < 0)
    return FALSE;
  is_changed = visit_entries (removal, inner, lift_entry) > 0;
  close (inner);
  return remove_one (folder, name) || is_changed;
}

gboolean
scratch_remove (gint place, const char *name, gint folder)
{
  Removal removal = { .fd = folder };

  for (guint pass = 0; pass < PASSES_MAX; pass++)
    if (visit_entries (&removal, folder, remove_entry) == 0)
      break;
  return unlinkat (place, name, AT_REMOVEDIR) == 0;
}
