/* SPDX-License-Identifier: Apache-2.0 */
#include "executors/commands/command_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "executors/commands/command_log.h"

#define TEMPLATE "backflow-files-XXXXXX"

/* Tells the runs of one host apart. */
#define TAG_DIGITS 16

struct CommandFolder
{
  char *path; /* NULL until it is needed */
};

struct CommandFiles
{
  char *stem; /* of all names */
  char *output_path;
  char *progress_path;
  char *former_path;  /* (nullable) */
  GPtrArray *written; /* paths */
};

/* -- The folder -------------------------------------------------------------------------------- */

CommandFolder *
command_folder_new (void)
{
  return g_new0 (CommandFolder, 1);
}

/* Removes the folder. A command may have made folders in it: they are left to the sweeping of
 * temporary folders. */
static void
remove_folder (CommandFolder *folder)
{
  g_autoptr (GDir) list = folder->path != NULL ? g_dir_open (folder->path, 0, NULL) : NULL;
  const char *name;

  while (list != NULL && (name = g_dir_read_name (list)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder->path, name, NULL);

      (void) unlink (path);
    }
  if (folder->path != NULL)
    (void) rmdir (folder->path);
  g_clear_pointer (&folder->path, g_free);
}

void
command_folder_free (CommandFolder *folder)
{
  if (folder == NULL)
    return;
  remove_folder (folder);
  g_free (folder);
}

static gboolean
fail (const char *path, GError **error)
{
  int number = errno;

  g_set_error (error, G_FILE_ERROR, (gint) g_file_error_from_errno (number), "cannot make %s: %s",
               path, g_strerror (number));
  return FALSE;
}

static const char *
find_temporary_folder (const char *const *environment)
{
  for (; environment != NULL && *environment != NULL; environment++)
    if (g_str_has_prefix (*environment, "TMPDIR=/"))
      return *environment + strlen ("TMPDIR=");
  return "/tmp";
}

/* In a life of weeks the temporary folder may be swept, and this one with it. */
static gboolean
need_folder (CommandFolder *folder, const char *const *environment, GError **error)
{
  g_autofree char *path = NULL;

  if (folder->path != NULL && access (folder->path, W_OK) == 0)
    return TRUE;
  remove_folder (folder);
  path = g_build_filename (find_temporary_folder (environment), TEMPLATE, NULL);
  if (mkdtemp (path) == NULL)
    return fail (path, error);
  folder->path = g_steal_pointer (&path);
  return TRUE;
}

/* -- Names ------------------------------------------------------------------------------------ */

/* The folder for files of the run's attempts, beside the logs. */
static char *
dup_log_folder (const Attempt *attempt, GError **error)
{
  g_autofree char *path = g_canonicalize_filename (attempt->run->log_dir, NULL);

  if (access (path, W_OK) == 0 || g_mkdir_with_parents (path, 0700) == 0)
    return g_steal_pointer (&path);
  (void) fail (path, error);
  return NULL;
}

/* How the names of the files of a run begin, with the path of their folder. Returns: (transfer
 * full), NULL with an error. */
static char *
dup_prefix (CommandFolder *folder, const Attempt *attempt, GError **error)
{
  const AttemptRun *run = attempt->run;
  const char *key = run->key != NULL ? run->key : run->run_id;
  g_autofree char *path = NULL;
  g_autofree char *tag = NULL;

  if (run->log_dir != NULL)
    {
      path = dup_log_folder (attempt, error);
      return path != NULL ? g_strconcat (path, "/", NULL) : NULL;
    }
  if (!need_folder (folder, run->environment, error))
    return NULL;
  tag = g_compute_checksum_for_string (G_CHECKSUM_SHA256, key != NULL ? key : "", -1);
  return g_strdup_printf ("%s/%.*s.", folder->path, TAG_DIGITS, tag);
}

/* What an interrupted attempt has left is not of this one. */
static void
remove_stale (const CommandFiles *files)
{
  (void) unlink (files->output_path);
  (void) unlink (files->progress_path);
}

CommandFiles *
command_files_new (CommandFolder *folder, const Attempt *attempt, CommandRole role, GError **error)
{
  g_autofree char *prefix = dup_prefix (folder, attempt, error);
  g_autofree char *name = command_log_dup_name (attempt, role, attempt->number);
  CommandFiles *files;

  if (prefix == NULL)
    return NULL;
  files = g_new0 (CommandFiles, 1);
  files->stem = g_strconcat (prefix, name, NULL);
  files->output_path = g_strconcat (files->stem, ".output", NULL);
  files->progress_path = g_strconcat (files->stem, ".progress", NULL);
  files->written = g_ptr_array_new_with_free_func (g_free);
  if (role == COMMAND_REVERT)
    {
      g_autofree char *former
          = command_log_dup_name (attempt, COMMAND_EXECUTE, attempt->execute_number);

      files->former_path = g_strconcat (prefix, former, ".output", NULL);
    }
  remove_stale (files);
  return files;
}

void
command_files_free (CommandFiles *files)
{
  if (files == NULL)
    return;
  for (guint i = 0; i < files->written->len; i++)
    (void) unlink (files->written->pdata[i]);
  (void) unlink (files->progress_path);
  g_ptr_array_unref (files->written);
  g_free (files->stem);
  g_free (files->output_path);
  g_free (files->progress_path);
  g_free (files->former_path);
  g_free (files);
}

const char *
command_files_get_output_path (const CommandFiles *files)
{
  return files->output_path;
}

const char *
command_files_get_progress_path (const CommandFiles *files)
{
  return files->progress_path;
}

const char *
command_files_get_former_path (const CommandFiles *files)
{
  return files->former_path;
}

/* -- Writing ---------------------------------------------------------------------------------- */

static gboolean
write_text (int fd, const char *text)
{
  gsize left = strlen (text);

  while (left > 0)
    {
      gssize put = write (fd, text, left);

      if (put < 0 && errno != EINTR)
        return FALSE;
      text += MAX (put, 0);
      left -= (gsize) MAX (put, 0);
    }
  return TRUE;
}

const char *
command_files_write (CommandFiles *files, const char *text, GError **error)
{
  char *path = g_strdup_printf ("%s.value-%u", files->stem, files->written->len + 1);
  gboolean is_written;
  int fd;

  g_ptr_array_add (files->written, path);
  (void) unlink (path);
  fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  is_written = fd >= 0 && write_text (fd, text);
  if (!is_written)
    (void) fail (path, error);
  if (fd >= 0)
    close (fd);
  return is_written ? path : NULL;
}
