/* SPDX-License-Identifier: Apache-2.0 */
/* dir.create. Before the first directory is made, a marker beside it says that there was none:
 * everything from there down to the path is then this step's, also for an attempt that comes after
 * a crash and knows nothing else. Nothing is put into the directories themselves, so that they are
 * empty for whoever needs them to be.
 */
#include "atoms/steps/dir_create.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <backflow/values/value.h>

#include "atoms/steps/place.h"

#define ENTRIES_SHOWN 3

enum
{
  OPTION_PATH,
  OPTION_MODE,
  OPTION_PARENTS,
};

const StepOption dir_create_options[] = {
  { "path", "string", TRUE, "the directory" },
  { "mode", "string", FALSE,
    "its permissions, such as \"0750\"; as the umask says when not given" },
  { "parents", "boolean", FALSE, "make the directories above it too; false when not given" },
  { NULL, NULL, FALSE, NULL },
};

static gboolean
check_option (guint option, GVariant *value, GError **error)
{
  guint mode;

  if (option != OPTION_MODE || place_parse_mode (g_variant_get_string (value, NULL), &mode))
    return TRUE;
  g_set_error (error, STEP_ERROR, STEP_ERROR_VALUE, "'%s' is no octal mode such as \"0750\"",
               g_variant_get_string (value, NULL));
  return FALSE;
}

/* A path and the paths above it, from the top: the places at which a directory may be missing. */
static GPtrArray *
list_places (const char *path, AtomContext *context)
{
  GPtrArray *places = g_ptr_array_new_with_free_func ((GDestroyNotify) place_free);

  for (const char *slash = path; slash != NULL;)
    {
      g_autofree char *prefix = NULL;

      slash = strchr (slash + 1, G_DIR_SEPARATOR);
      prefix = slash != NULL ? g_strndup (path, (gsize) (slash - path)) : g_strdup (path);
      g_ptr_array_add (places, place_new (prefix, context));
    }
  return places;
}

/* -- Making ----------------------------------------------------------------------------------- */

/* Finds the first place that is this step's to make, which is not there or was not when the step
 * first ran; the number of places when all are there. FALSE when one is something else than a
 * directory. */
static gboolean
find_first_missing (const GPtrArray *places, guint *first, GError **error)
{
  for (*first = 0; *first < places->len; (*first)++)
    {
      const Place *place = places->pdata[*first];
      struct stat info;

      if (place_get_kept (place) == PLACE_KEPT_ABSENCE)
        return TRUE;
      if (stat (place->path, &info) < 0)
        return errno == ENOENT || place_fail (error, errno, "cannot look at '%s'", place->path);
      if (!S_ISDIR (info.st_mode))
        return place_fail (error, ENOTDIR, "cannot make the directory '%s'", place->path);
    }
  return TRUE;
}

static gboolean
check_parents (const GPtrArray *places, guint first, gboolean parents, GError **error)
{
  const Place *place = places->pdata[first];

  if (parents || first + 1 >= places->len)
    return TRUE;
  g_set_error (
      error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
      "cannot make the directory '%s': there is no '%s' (with `parents: true` it is made too)",
      ((const Place *) places->pdata[places->len - 1])->path, place->path);
  return FALSE;
}

/* Makes one directory. EEXIST is no error where an interrupted attempt may have made it. */
static gboolean
make_directory (const Place *place, gboolean *is_new, GError **error)
{
  struct stat info;
  int saved;

  *is_new = mkdir (place->path, 0777) == 0;
  saved = errno;
  if (*is_new)
    return place_sync (place, error);
  if (saved == EEXIST && stat (place->path, &info) == 0 && S_ISDIR (info.st_mode))
    return TRUE;
  return place_fail (error, saved, "cannot make the directory '%s'", place->path);
}

/* Makes the directories from `first` on. When somebody else makes the first of them in the same
 * moment, it is not ours: `is_contested` says so, and nothing is kept. */
static gboolean
make_from (const GPtrArray *places, guint first, gboolean *is_contested, GError **error)
{
  const Place *top = places->pdata[first];
  gboolean is_repeated = place_get_kept (top) == PLACE_KEPT_ABSENCE;
  gboolean is_new;

  *is_contested = FALSE;
  if (!place_keep_absence (top, error))
    return FALSE;
  for (guint i = first; i < places->len; i++)
    {
      if (!make_directory (places->pdata[i], &is_new, error))
        return FALSE;
      if (i == first && !is_new && !is_repeated)
        {
          *is_contested = TRUE;
          return place_forget_absence (top, error);
        }
    }
  return TRUE;
}

/* Makes what is missing; `first` receives the number of the first place that is this step's. */
static gboolean
make_missing (const GPtrArray *places, gboolean parents, guint *first, GError **error)
{
  gboolean is_contested = TRUE;

  while (is_contested)
    {
      if (!find_first_missing (places, first, error))
        return FALSE;
      if (*first == places->len)
        return TRUE;
      if (!check_parents (places, *first, parents, error)
          || !make_from (places, *first, &is_contested, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
set_mode (const char *path, const char *text, GError **error)
{
  guint mode;

  if (text == NULL || !place_parse_mode (text, &mode) || chmod (path, (mode_t) mode) == 0)
    return TRUE;
  return place_fail (error, errno, "cannot set the mode of '%s'", path);
}

static void
set_result (AtomContext *context, const char *path, const GPtrArray *places, guint first)
{
  GVariantBuilder created;
  GVariantBuilder identities;
  GVariantBuilder result;

  g_variant_builder_init (&created, G_VARIANT_TYPE ("av"));
  g_variant_builder_init (&identities, G_VARIANT_TYPE ("av"));
  for (guint i = first; i < places->len; i++)
    {
      const Place *place = places->pdata[i];
      g_autofree char *identity = place_dup_identity (place->path);

      g_variant_builder_add (&created, "v", g_variant_new_string (place->path));
      g_variant_builder_add (&identities, "v",
                             g_variant_new_string (identity != NULL ? identity : ""));
    }
  g_variant_builder_init (&result, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&result, "{sv}", "path", g_variant_new_string (path));
  g_variant_builder_add (&result, "{sv}", "created", g_variant_builder_end (&created));
  g_variant_builder_add (&result, "{sv}", "identities", g_variant_builder_end (&identities));
  atom_context_set_result (context, g_variant_builder_end (&result));
}

/* -- Unmaking --------------------------------------------------------------------------------- */

/* The first entries of a directory, for people. */
static char *
describe_entries (const char *path)
{
  GString *text = g_string_new (NULL);
  DIR *directory = opendir (path);
  const struct dirent *entry;
  guint count = 0;

  while (directory != NULL && (entry = readdir (directory)) != NULL)
    {
      if (strcmp (entry->d_name, ".") == 0 || strcmp (entry->d_name, "..") == 0)
        continue;
      if (count < ENTRIES_SHOWN)
        g_string_append_printf (text, "%s'%s'", count > 0 ? ", " : "", entry->d_name);
      count++;
    }
  if (directory != NULL)
    closedir (directory);
  if (count > ENTRIES_SHOWN)
    g_string_append_printf (text, " and %u more", count - ENTRIES_SHOWN);
  return g_string_free (text, FALSE);
}

static gboolean
remove_directory (const Place *place, GError **error)
{
  g_autofree char *entries = NULL;
  int saved;

  if (rmdir (place->path) == 0)
    return place_sync (place, error);
  saved = errno;
  if (saved == ENOENT)
    return TRUE;
  if (saved != ENOTEMPTY && saved != EEXIST)
    return place_fail (error, saved, "cannot remove the directory '%s'", place->path);
  entries = describe_entries (place->path);
  return place_fail (error, saved, "cannot remove the directory '%s', which holds %s", place->path,
                     entries);
}

/* Removes the directories from the last to the first, then forgets that the first was not there. */
static gboolean
remove_places (const GPtrArray *places, guint first, GError **error)
{
  for (guint i = places->len; i > first; i--)
    if (!remove_directory (places->pdata[i - 1], error))
      return FALSE;
  return first == places->len || place_forget_absence (places->pdata[first], error);
}

/* Whether the directories that stand at the places are those that the step made, as its result
 * says; results of former versions say nothing. */
static gboolean
check_identities (const GPtrArray *places, GVariant *result, GError **error)
{
  g_autoptr (GVariant) identities = value_find_key (result, "identities");

  for (guint i = 0; i < places->len; i++)
    {
      const Place *place = places->pdata[i];
      g_autoptr (GVariant) made = value_find_index (identities, i);
      g_autofree char *now = place_dup_identity (place->path);
      g_autofree char *other = NULL;

      if (!g_file_test (place->path, G_FILE_TEST_IS_DIR)
          || g_file_test (place->path, G_FILE_TEST_IS_SYMLINK))
        continue;
      if (made == NULL || now == NULL || !g_variant_is_of_type (made, G_VARIANT_TYPE_STRING)
          || strcmp (g_variant_get_string (made, NULL), "") == 0
          || strcmp (g_variant_get_string (made, NULL), now) == 0)
        continue;
      other = place_find_other (place);
      return place_fail (error, EEXIST, "'%s' is not the directory that this step made%s%s",
                         place->path, other != NULL ? ", but that of " : "",
                         other != NULL ? other : "");
    }
  return TRUE;
}

/* The places that a result says were made. */
static GPtrArray *
list_created (GVariant *result, AtomContext *context)
{
  g_autoptr (GVariant) created = value_find_key (result, "created");
  GPtrArray *places = g_ptr_array_new_with_free_func ((GDestroyNotify) place_free);
  gsize count = created != NULL ? g_variant_n_children (created) : 0;

  for (guint i = 0; i < count; i++)
    {
      g_autoptr (GVariant) path = value_find_index (created, i);

      if (g_variant_is_of_type (path, G_VARIANT_TYPE_STRING))
        g_ptr_array_add (places, place_new (g_variant_get_string (path, NULL), context));
    }
  return places;
}

/* The number of the first place that this step has made, as its marker says; the number of places
 * when there is no marker. */
static guint
find_first_made (const GPtrArray *places)
{
  guint first = 0;

  while (first < places->len && place_get_kept (places->pdata[first]) != PLACE_KEPT_ABSENCE)
    first++;
  return first;
}

/* Undoes an attempt of which nothing is known but what its marker says. */
static gboolean
revert_unknown (const char *path, AtomContext *context, GError **error)
{
  g_autoptr (GPtrArray) places = list_places (path, context);

  return remove_places (places, find_first_made (places), error);
}

/* -- The step --------------------------------------------------------------------------------- */

/* The directory that the options name, absolute; NULL with an error, or when there are no options.
 */
static char *
dup_path (const StepValues *values, GError **error)
{
  if (values == NULL)
    return NULL;
  return place_resolve (step_values_get_string (values, OPTION_PATH), error);
}

static gboolean
execute (AtomContext *context, gpointer user_data, GError **error)
{
  g_autoptr (StepValues) values = step_values_new (user_data, context);
  g_autofree char *path = dup_path (values, error);
  g_autoptr (GPtrArray) places = NULL;
  gboolean is_made;
  guint first;

  if (path == NULL)
    return FALSE;
  places = list_places (path, context);
  is_made = make_missing (places, step_values_get_integer (values, OPTION_PARENTS, FALSE) != 0,
                          &first, error)
            && (first == places->len
                || set_mode (path, step_values_get_string (values, OPTION_MODE), error));
  if (!is_made)
    {
      revert_unknown (path, context, NULL);
      return FALSE;
    }
  set_result (context, path, places, first);
  return step_is_reverted (context) || first == places->len
         || place_forget_absence (places->pdata[first], error);
}

static gboolean
revert (AtomContext *context, gpointer user_data, GError **error)
{
  GVariant *result = atom_context_get_result (context);
  g_autoptr (GPtrArray) places = NULL;
  g_autoptr (StepValues) values = NULL;
  g_autofree char *path = NULL;

  if (result != NULL)
    {
      places = list_created (result, context);
      return check_identities (places, result, error) && remove_places (places, 0, error);
    }
  values = step_values_new (user_data, context);
  path = dup_path (values, error);
  return path != NULL && revert_unknown (path, context, error);
}

/* -- Probe ------------------------------------------------------------------------------------ */

/* Whether the directory is there, with the permissions that were asked for. Something else in its
 * place is an error. */
static gboolean
find_directory (const char *path, const char *mode_text, gboolean *is_there, GError **error)
{
  struct stat info;
  guint mode;

  *is_there = FALSE;
  if (stat (path, &info) < 0)
    return errno == ENOENT || place_fail (error, errno, "cannot look at '%s'", path);
  if (!S_ISDIR (info.st_mode))
    return place_fail (error, ENOTDIR, "there is something else at '%s'", path);
  *is_there
      = mode_text == NULL || !place_parse_mode (mode_text, &mode) || (info.st_mode & 07777) == mode;
  return TRUE;
}

static gboolean
sync_from (const GPtrArray *places, guint first, GError **error)
{
  for (guint i = first; i < places->len; i++)
    if (!place_sync (places->pdata[i], error))
      return FALSE;
  return TRUE;
}

/* With a marker something of it may be there, until a revert has come to its end: what is absent is
 * not reverted. */
static TaskProbe
find_part (AtomContext *context, const char *path, GError **error)
{
  if (!step_is_reverted (context))
    return TASK_PROBE_ABSENT;
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
               "'%s' is not as this step makes it, but may be there in part", path);
  return TASK_PROBE_UNKNOWN;
}

/* A directory without a marker is somebody else's, unless nobody will revert the step, which then
 * keeps none: there a marker is of an execute that has not come to its end. */
static TaskProbe
probe_path (AtomContext *context, const char *path, const char *mode, GError **error)
{
  g_autoptr (GPtrArray) places = list_places (path, context);
  guint first = find_first_made (places);
  gboolean is_there;

  if ((first < places->len) != step_is_reverted (context))
    return TASK_PROBE_ABSENT;
  if (!find_directory (path, mode, &is_there, error))
    return TASK_PROBE_UNKNOWN;
  if (!is_there)
    return find_part (context, path, error);
  if (!sync_from (places, first, error))
    return TASK_PROBE_UNKNOWN;
  set_result (context, path, places, first);
  return TASK_PROBE_PRESENT;
}

static TaskProbe
probe (AtomContext *context, gpointer user_data, GError **error)
{
  g_autoptr (StepValues) values = step_values_new (user_data, context);
  g_autofree char *path = dup_path (values, error);

  if (path == NULL)
    return TASK_PROBE_UNKNOWN;
  return probe_path (context, path, step_values_get_string (values, OPTION_MODE), error);
}

const StepFunctions dir_create_functions = { execute, revert, check_option, probe };
