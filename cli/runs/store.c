/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/runs/store.h"

#include <errno.h>
#include <string.h>

#include <glib/gstdio.h>

#include "cli/runs/foreign.h"
#include "cli/runs/run_name.h"

/* The folder of the default store. Returns: (transfer full); NULL with a G_FILE_ERROR. */
static char *
dup_state_dir (GError **error)
{
  const char *state = g_getenv ("XDG_STATE_HOME");
  const char *home = g_getenv ("HOME");

  if (state != NULL && g_path_is_absolute (state))
    return g_build_filename (state, "backflow", NULL);
  if (home != NULL && g_path_is_absolute (home))
    return g_build_filename (home, ".local", "state", "backflow", NULL);
  g_set_error_literal (
      error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
      "there is no folder for the store: set HOME or XDG_STATE_HOME, or give --store sqlite:PATH");
  return NULL;
}

/* The store that the command line or the environment names, borrowed (nullable). */
static const char *
find_given (const Arguments *arguments)
{
  const char *option = arguments_find (arguments, "store");
  const char *variable = g_getenv ("BACKFLOW_STORE");

  if (option != NULL)
    return option;
  return variable != NULL && *variable != '\0' ? variable : NULL;
}

gboolean
store_is_default (const Arguments *arguments)
{
  return find_given (arguments) == NULL;
}

char *
store_dup_uri (const Arguments *arguments, GError **error)
{
  const char *given = find_given (arguments);
  g_autofree char *dir = NULL;

  if (given != NULL)
    return g_strdup (given);
  dir = dup_state_dir (error);
  return dir != NULL ? g_strdup_printf ("sqlite:%s/runs.db", dir) : NULL;
}

char *
store_dup_absolute_uri (const Arguments *arguments, GError **error)
{
  g_autofree char *uri = store_dup_uri (arguments, error);
  g_autofree char *path = NULL;

  if (uri == NULL || !g_str_has_prefix (uri, "sqlite:") || uri[strlen ("sqlite:")] == '\0')
    return g_steal_pointer (&uri);
  path = g_canonicalize_filename (uri + strlen ("sqlite:"), NULL);
  return g_strconcat ("sqlite:", path, NULL);
}

static gboolean
make_default_dir (GError **error)
{
  g_autofree char *dir = dup_state_dir (error);

  if (dir == NULL)
    return FALSE;
  if (g_mkdir_with_parents (dir, 0700) == 0)
    return TRUE;
  g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (errno),
               "the store's folder %s can't be made: %s", dir, g_strerror (errno));
  return FALSE;
}

/* Opens a store, and says whose it is when it belongs to another user. */
static Storage *
open_store (const char *uri, StorageOpen mode, const Console *console, GError **error)
{
  const char *path = g_str_has_prefix (uri, "sqlite:") ? uri + strlen ("sqlite:") : NULL;
  g_autofree char *plain = path != NULL ? g_strndup (path, strcspn (path, "?")) : NULL;

  foreign_warn (console, "the store", plain);
  return storage_open (uri, mode, error);
}

Storage *
store_open_for_runs (const Arguments *arguments, const Console *console, GError **error)
{
  g_autofree char *uri = store_dup_uri (arguments, error);

  if (uri == NULL)
    return NULL;
  if (store_is_default (arguments) && !make_default_dir (error))
    return NULL;
  return open_store (uri, STORAGE_OPEN_CREATE, console, error);
}

Storage *
store_open_for_reading (const Arguments *arguments, const Console *console, GError **error)
{
  g_autofree char *uri = store_dup_uri (arguments, error);

  return uri != NULL ? open_store (uri, STORAGE_OPEN_READ, console, error) : NULL;
}

Report *
store_read_report (const Arguments *arguments, const Console *console, Storage **storage,
                   GError **error)
{
  g_autoptr (Storage) opened = store_open_for_reading (arguments, console, error);
  g_autofree char *id = NULL;
  Report *report;

  if (opened == NULL)
    return NULL;
  id = run_name_lookup (arguments, opened, error);
  if (id == NULL)
    return NULL;
  report = report_new (opened, id, error);
  if (report != NULL && storage != NULL)
    *storage = g_steal_pointer (&opened);
  return report;
}
