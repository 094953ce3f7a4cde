/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/runs/run_name.h"

#include <string.h>

#define LAST "@last"

/* What the newest run is searched by. file: (nullable) the path of a flow file. */
typedef struct
{
  Storage *storage;
  const char *file;
  const char *folder;
  char *id; /* (nullable) what was found */
} Search;

/* Whether the run was begun in the folder of the search. */
typedef struct
{
  const Search *search;
  gboolean is_there;
} Origin;

static gboolean
read_origin (const StorageRecord *record, gpointer user_data)
{
  Origin *origin = (Origin *) user_data;
  const char *name;
  g_autoptr (GVariant) value = NULL;

  if (record->kind != STORAGE_RECORD_META || record->atom != STORAGE_NO_ATOM
      || record->value == NULL || !g_variant_is_of_type (record->value, G_VARIANT_TYPE ("(sv)")))
    return record->kind != STORAGE_RECORD_ATOM;
  g_variant_get (record->value, "(&sv)", &name, &value);
  if (strcmp (name, "directory") != 0 || !g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return TRUE;
  origin->is_there = strcmp (g_variant_get_string (value, NULL), origin->search->folder) == 0;
  return FALSE;
}

/* The folder where a run was begun is one of the first records of its journal. */
static gboolean
was_begun_in_folder (const Search *search, const char *id)
{
  g_autoptr (StorageRun) run = storage_open_run (search->storage, id, NULL);
  Origin origin = { .search = search };

  if (run != NULL)
    (void) storage_run_foreach (run, read_origin, &origin, NULL);
  return origin.is_there;
}

static gboolean
is_of_folder (const Search *search, const StorageRunInfo *info)
{
  g_autofree char *folder
      = info->definition_path != NULL ? g_path_get_dirname (info->definition_path) : NULL;

  return g_strcmp0 (folder, search->folder) == 0 || was_begun_in_folder (search, info->id);
}

static gboolean
look_at (const StorageRunInfo *info, gpointer user_data)
{
  Search *search = (Search *) user_data;
  gboolean is_meant = search->file != NULL ? g_strcmp0 (info->definition_path, search->file) == 0
                                           : is_of_folder (search, info);

  if (is_meant)
    search->id = g_strdup (info->id);
  return !is_meant;
}

static char *
lookup_last (Storage *storage, const char *file, GError **error)
{
  g_autofree char *folder = g_get_current_dir ();
  g_autofree char *path = file != NULL ? g_canonicalize_filename (file, NULL) : NULL;
  Search search = { .storage = storage, .file = path, .folder = folder };

  if (!storage_list_runs (storage, look_at, &search, error))
    return NULL;
  if (search.id == NULL && file != NULL)
    g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_NOT_FOUND,
                 "there is no run of the flow file %s in %s", path, storage_get_uri (storage));
  else if (search.id == NULL)
    g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_NOT_FOUND,
                 LAST " is the last run of this folder, and there is none in %s: name the run; "
                      "backflow list shows all of them",
                 storage_get_uri (storage));
  return search.id;
}

char *
run_name_lookup (const Arguments *arguments, Storage *storage, GError **error)
{
  const char *name = arguments_get_operand (arguments, 0);

  if (strcmp (name, LAST) == 0)
    return lookup_last (storage, arguments_find (arguments, "file"), error);
  if (g_str_has_prefix (name, LAST ":"))
    return lookup_last (storage, name + strlen (LAST ":"), error);
  return storage_lookup_run_id (storage, name, error);
}
