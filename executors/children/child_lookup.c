/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE

#include "executors/children/child_lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_PATH "/bin:/usr/bin"

typedef enum
{
  CANDIDATE_ABSENT,
  CANDIDATE_UNUSABLE,
  CANDIDATE_USABLE,
} Candidate;

/* -- Finding ------------------------------------------------------------------------------------
 */

/* `path` as the child will see it from `cwd`. */
static char *
place (const char *path, const char *cwd)
{
  if (cwd == NULL || g_path_is_absolute (path))
    return g_strdup (path);
  return g_build_filename (cwd, path, NULL);
}

static Candidate
judge (const char *path, const char *cwd)
{
  g_autofree char *placed = place (path, cwd);
  struct stat about;

  if (stat (placed, &about) < 0)
    return errno == EACCES ? CANDIDATE_UNUSABLE : CANDIDATE_ABSENT;
  if (!S_ISREG (about.st_mode) || faccessat (AT_FDCWD, placed, X_OK, AT_EACCESS) < 0)
    return CANDIDATE_UNUSABLE;
  return CANDIDATE_USABLE;
}

static const char *
get_search_path (const char *const *envp)
{
  for (; *envp != NULL; envp++)
    {
      if (g_str_has_prefix (*envp, "PATH="))
        return *envp + strlen ("PATH=");
    }
  return DEFAULT_PATH;
}

char *
child_lookup_command (const char *name, const char *const *envp, const char *cwd, GError **error)
{
  const char *search_path = get_search_path (envp);
  const char *folder = search_path;
  g_autofree char *unusable = NULL;

  if (name[0] == '\0')
    {
      g_set_error (error, CHILD_ERROR, CHILD_ERROR_ARGUMENTS, "the name of the command is empty");
      return NULL;
    }
  if (strchr (name, '/') != NULL)
    return g_strdup (name);

  while (folder != NULL)
    {
      const char *end = strchrnul (folder, ':');
      gint length = (gint) (end - folder);
      /* An empty folder in PATH is the current one. */
      g_autofree char *path
          = g_strdup_printf ("%.*s/%s", length > 0 ? length : 1, length > 0 ? folder : ".", name);
      Candidate candidate = judge (path, cwd);

      if (candidate == CANDIDATE_USABLE)
        return g_steal_pointer (&path);
      if (candidate == CANDIDATE_UNUSABLE && unusable == NULL)
        unusable = g_steal_pointer (&path);
      folder = *end == ':' ? end + 1 : NULL;
    }

  if (unusable != NULL)
    g_set_error (error, CHILD_ERROR, CHILD_ERROR_NOT_EXECUTABLE,
                 "command \"%s\": \"%s\" is no executable file, and PATH \"%s\" has no other", name,
                 unusable, search_path);
  else
    g_set_error (error, CHILD_ERROR, CHILD_ERROR_NOT_FOUND,
                 "command \"%s\" was not found in PATH \"%s\"", name, search_path);
  return NULL;
}

/* -- Explaining ---------------------------------------------------------------------------------
 */

/* The interpreter that the first line of a script names, escaped so that a stray carriage return
 * shows. Returns: (transfer full) (nullable): NULL when it names none or can't be read. */
static char *
dup_interpreter (const char *placed)
{
  char line[256];
  gint fd = open (placed, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  gssize size = fd >= 0 ? read (fd, line, sizeof line - 1) : -1;
  const char *name;

  if (fd >= 0)
    close (fd);
  if (size < 2 || line[0] != '#' || line[1] != '!')
    return NULL;
  line[size] = '\0';
  name = line + 2 + strspn (line + 2, " \t");
  line[(gsize) (name - line) + strcspn (name, " \t\n")] = '\0';
  return g_strescape (name, NULL);
}

static gboolean
explain_resources (gint number, GError **error)
{
  if (number == EAGAIN || number == ENOMEM || number == EMFILE || number == ENFILE)
    g_set_error (error, CHILD_ERROR, CHILD_ERROR_RESOURCES, "cannot start a process: %s",
                 g_strerror (number));
  else if (number == E2BIG)
    g_set_error (error, CHILD_ERROR, CHILD_ERROR_ARGUMENTS,
                 "the arguments and the environment of the command are too long");
  else
    return FALSE;
  return TRUE;
}

static gboolean
explain_surroundings (const char *cwd, GError **error)
{
  struct stat about;

  if (cwd != NULL && stat (cwd, &about) < 0)
    g_set_error (error, CHILD_ERROR, CHILD_ERROR_CWD, "cannot enter the folder \"%s\": %s", cwd,
                 g_strerror (errno));
  else if (cwd != NULL && !S_ISDIR (about.st_mode))
    g_set_error (error, CHILD_ERROR, CHILD_ERROR_CWD, "cannot enter \"%s\": it is no folder", cwd);
  else if (cwd != NULL && faccessat (AT_FDCWD, cwd, X_OK, AT_EACCESS) < 0)
    g_set_error (error, CHILD_ERROR, CHILD_ERROR_CWD, "cannot enter the folder \"%s\": %s", cwd,
                 g_strerror (errno));
  else if (faccessat (AT_FDCWD, "/dev/null", R_OK, AT_EACCESS) < 0)
    g_set_error (error, CHILD_ERROR, CHILD_ERROR_RESOURCES, "cannot open /dev/null: %s",
                 g_strerror (errno));
  else
    return FALSE;
  return TRUE;
}

/* The file is there, a regular one, and may be executed: what does it need that is not there? */
static void
explain_program (gint number, const char *path, const char *placed, GError **error)
{
  g_autofree char *interpreter = dup_interpreter (placed);

  if (interpreter != NULL && number != ETXTBSY)
    g_set_error (error, CHILD_ERROR, CHILD_ERROR_NOT_EXECUTABLE,
                 "\"%s\" cannot be run: its interpreter \"%s\" (its first line) cannot: %s", path,
                 interpreter, g_strerror (number));
  else if (number == ENOEXEC)
    g_set_error (error, CHILD_ERROR, CHILD_ERROR_NO_FORMAT,
                 "\"%s\" cannot be run: it is no program for this machine, and no script that "
                 "begins with #!",
                 path);
  else if (number == ENOENT)
    g_set_error (error, CHILD_ERROR, CHILD_ERROR_NOT_EXECUTABLE,
                 "\"%s\" cannot be run: the loader that it was linked for is missing", path);
  else
    g_set_error (error, CHILD_ERROR, CHILD_ERROR_NOT_EXECUTABLE, "\"%s\" cannot be run: %s", path,
                 g_strerror (number));
}

void
child_lookup_explain (gint number, const char *path, const char *cwd, GError **error)
{
  g_autofree char *placed = place (path, cwd);
  struct stat about;

  if (explain_resources (number, error) || explain_surroundings (cwd, error))
    return;

  if (stat (placed, &about) < 0)
    {
      gboolean is_dangling = errno == ENOENT && lstat (placed, &about) == 0;
      gboolean is_hidden = errno == EACCES;

      g_set_error (error, CHILD_ERROR,
                   is_hidden ? CHILD_ERROR_NOT_EXECUTABLE : CHILD_ERROR_NOT_FOUND,
                   "command \"%s\" cannot be run: %s", path,
                   is_dangling ? "it is a link to a file that does not exist" : g_strerror (errno));
    }
  else if (S_ISDIR (about.st_mode))
    g_set_error (error, CHILD_ERROR, CHILD_ERROR_NOT_EXECUTABLE,
                 "\"%s\" cannot be run: it is a folder", path);
  else if (faccessat (AT_FDCWD, placed, X_OK, AT_EACCESS) < 0)
    g_set_error (error, CHILD_ERROR, CHILD_ERROR_NOT_EXECUTABLE,
                 "\"%s\" cannot be run: it is not executable for this user (%s)", path,
                 g_strerror (errno));
  else
    explain_program (number, path, placed, error);
}
