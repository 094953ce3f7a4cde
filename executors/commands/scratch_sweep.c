/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE

#include "executors/commands/scratch_sweep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "executors/commands/scratch_removal.h"

/* How many names are looked at, and how many folders removed, before the rest is left for the next
 * time. */
#define NAMES_MAX 100000
#define FOLDERS_MAX 64

/* What a template ends in, and the variable that names a file in the folder. */
#define RANDOM_PART "XXXXXX"
#define VARIABLE "BACKFLOW_OUTPUT="

/* A folder of a dead engine, open and locked. */
typedef struct
{
  char *name;
  gint fd;
} Orphan;

gboolean
scratch_lock (gint folder)
{
  return flock (folder, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

/* -- Looking for them ---------------------------------------------------------------------------
 */

static gboolean
is_scratch_name (const char *name)
{
  return strlen (name) == strlen (SCRATCH_TEMPLATE)
         && strncmp (name, SCRATCH_TEMPLATE, strlen (SCRATCH_TEMPLATE) - strlen (RANDOM_PART)) == 0;
}

/* Whether the open folder is as mkdtemp() made it, for us, and, now that it is locked, still there.
 */
static gboolean
is_ours (gint fd, gint place, const char *name)
{
  struct stat about;
  struct stat named;

  return fstat (fd, &about) == 0 && about.st_uid == geteuid () && (about.st_mode & 0777) == 0700
         && fstatat (place, name, &named, AT_SYMLINK_NOFOLLOW) == 0 && named.st_dev == about.st_dev
         && named.st_ino == about.st_ino;
}

static void
clear_orphan (gpointer data)
{
  Orphan *orphan = (Orphan *) data;

  close (orphan->fd);
  g_free (orphan->name);
}

/* Adds the folder if its engine is dead. A link is not followed. */
static void
add_orphan (GArray *orphans, gint place, const char *name)
{
  Orphan orphan = { .fd = openat (place, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) };

  if (orphan.fd < 0)
    return;
  if (flock (orphan.fd, LOCK_EX | LOCK_NB) != 0 || !is_ours (orphan.fd, place, name))
    {
      close (orphan.fd);
      return;
    }
  orphan.name = g_strdup (name);
  g_array_append_val (orphans, orphan);
}

/* Returns: (transfer full) an array of Orphan. */
static GArray *
find_orphans (DIR *place)
{
  GArray *orphans = g_array_new (FALSE, FALSE, sizeof (Orphan));
  const struct dirent *entry;

  g_array_set_clear_func (orphans, clear_orphan);
  for (guint i = 0;
       i < NAMES_MAX && orphans->len < FOLDERS_MAX && (entry = readdir (place)) != NULL; i++)
    if (is_scratch_name (entry->d_name))
      add_orphan (orphans, dirfd (place), entry->d_name);
  return orphans;
}

/* -- Commands that still run --------------------------------------------------------------------
 */

/* Adds the name of the folder, the last but one of the path. */
static void
add_used (GHashTable *used, const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);

  g_hash_table_add (used, g_path_get_basename (folder));
}

static void
add_used_by (GHashTable *used, const char *pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%s/environ", pid);
  g_autofree char *environment = NULL;
  gsize size = 0;

  if (!g_file_get_contents (path, &environment, &size, NULL))
    return;
  for (const char *entry = environment; entry < environment + size; entry += strlen (entry) + 1)
    if (g_str_has_prefix (entry, VARIABLE))
      add_used (used, entry + strlen (VARIABLE));
}

/* The names of the folders that processes have files in. Returns: (transfer full). */
static GHashTable *
find_used (void)
{
  GHashTable *used = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GDir) proc = g_dir_open ("/proc", 0, NULL);
  const char *name;

  while (proc != NULL && (name = g_dir_read_name (proc)) != NULL)
    if (g_ascii_isdigit (name[0]))
      add_used_by (used, name);
  return used;
}

/* -- Removing them ------------------------------------------------------------------------------
 */

/* Returns: whether some stay. */
static gboolean
remove_orphans (gint place, const GArray *orphans)
{
  g_autoptr (GHashTable) used = find_used ();
  gboolean is_rest = orphans->len == FOLDERS_MAX;

  for (guint i = 0; i < orphans->len; i++)
    {
      const Orphan *orphan = &g_array_index (orphans, Orphan, i);

      if (g_hash_table_contains (used, orphan->name)
          || !scratch_remove (place, orphan->name, orphan->fd))
        is_rest = TRUE;
    }
  return is_rest;
}

gboolean
scratch_sweep (const char *place)
{
  DIR *folder = opendir (place);
  g_autoptr (GArray) orphans = NULL;
  gboolean is_rest;

  if (folder == NULL)
    return FALSE;
  orphans = find_orphans (folder);
  is_rest = orphans->len > 0 && remove_orphans (dirfd (folder), orphans);
  closedir (folder);
  return is_rest;
}
