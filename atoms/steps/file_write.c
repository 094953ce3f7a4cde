/* SPDX-License-Identifier: Apache-2.0 */
/* file.write. First what is there is kept (steps/former.h), then the new file is written beside it
 * and renamed over it. An attempt that repeats one that was interrupted finds what was kept, and
 * leaves it as it is: the file at the path may be new already. What is kept stays until a revert,
 * since only the engine knows when nobody will want one any more. So what is kept also tells a
 * probe a file that this step wrote from one that was there with the same content.
 */
#include "atoms/steps/file_write.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <backflow/values/value.h>

#include "atoms/steps/former.h"

enum
{
  OPTION_PATH,
  OPTION_CONTENT,
  OPTION_MODE,
};

const StepOption file_write_options[] = {
  { "path", "string", TRUE, "the file; its directory must be there" },
  { "content", "string", TRUE, "the whole new content" },
  { "mode", "string", FALSE,
    "its permissions, such as \"0644\"; those of the former file when not given, or as the umask "
    "says" },
  { NULL, NULL, FALSE, NULL },
};

static gboolean
check_option (guint option, GVariant *value, GError **error)
{
  const char *text = g_variant_get_string (value, NULL);
  guint mode;

  if (option != OPTION_MODE || place_parse_mode (text, &mode))
    return TRUE;
  g_set_error (error, STEP_ERROR, STEP_ERROR_VALUE, "'%s' is no octal mode such as \"0644\"", text);
  return FALSE;
}

/* The place that the options name; NULL with an error, or with the context's failure. */
static Place *
find_place (AtomContext *context, const StepValues *values, GError **error)
{
  g_autofree char *path = NULL;

  if (values == NULL)
    return NULL;
  path = place_resolve (step_values_get_string (values, OPTION_PATH), error);
  return path != NULL ? place_new (path, context) : NULL;
}

static char *
dup_digest (const StepValues *values)
{
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256,
                                        step_values_get_string (values, OPTION_CONTENT), -1);
}

/* -- Execute ---------------------------------------------------------------------------------- */

/* Whether nobody has written the file since an earlier attempt that was interrupted kept what was
 * there. */
static gboolean
check_interrupted (const Place *place, const char *digest, GError **error)
{
  FormerTarget target;

  if (place_get_kept (place) == PLACE_KEPT_NOTHING)
    return TRUE;
  if (!former_look (place, digest, &target, error))
    return FALSE;
  if (target != FORMER_TARGET_FOREIGN)
    return TRUE;
  return place_fail (
      error, EEXIST,
      "'%s' was changed while this run was interrupted; '%s' says what was there first",
      place->path, place_get_kept_path (place));
}

static gboolean
write_place (const Place *place, const StepValues *values, GError **error)
{
  const char *content = step_values_get_string (values, OPTION_CONTENT);
  const char *text = step_values_get_string (values, OPTION_MODE);
  guint mode = 0;
  gboolean is_given = text != NULL && place_parse_mode (text, &mode);

  return former_keep (place, error)
         && former_replace (place, content, strlen (content), is_given ? (int) mode : -1, error);
}

static void
set_result (AtomContext *context, const Place *place, const StepValues *values, const char *digest)
{
  GVariantBuilder result;
  PlaceKept kept = place_get_kept (place);

  g_variant_builder_init (&result, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&result, "{sv}", "path", g_variant_new_string (place->path));
  g_variant_builder_add (
      &result, "{sv}", "size",
      g_variant_new_int64 ((gint64) strlen (step_values_get_string (values, OPTION_CONTENT))));
  g_variant_builder_add (&result, "{sv}", "sha256", g_variant_new_string (digest));
  g_variant_builder_add (&result, "{sv}", "existed",
                         g_variant_new_boolean (kept == PLACE_KEPT_FORMER));
  if (kept == PLACE_KEPT_FORMER)
    g_variant_builder_add (&result, "{sv}", "former-inode",
                           g_variant_new_int64 ((gint64) former_get_inode (place)));
  atom_context_set_result (context, g_variant_builder_end (&result));
}

static gboolean
execute (AtomContext *context, gpointer user_data, GError **error)
{
  g_autoptr (StepValues) values = step_values_new (user_data, context);
  g_autoptr (Place) place = find_place (context, values, error);
  g_autofree char *digest = NULL;

  if (place == NULL)
    return FALSE;
  digest = dup_digest (values);
  if (!check_interrupted (place, digest, error))
    return FALSE;
  if (!write_place (place, values, error))
    {
      former_restore (place, digest, NULL);
      return FALSE;
    }
  set_result (context, place, values, digest);
  return step_is_reverted (context) || former_forget (place, error);
}

/* -- Revert ----------------------------------------------------------------------------------- */

/* What the result of an execute says. */
typedef struct
{
  char *path;
  char *digest;
  gboolean existed;
  gint64 former_inode;
} Written;

static void
written_clear (Written *written)
{
  g_free (written->path);
  g_free (written->digest);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Written, written_clear)

static void
written_read (Written *written, GVariant *result)
{
  g_variant_lookup (result, "path", "s", &written->path);
  g_variant_lookup (result, "sha256", "s", &written->digest);
  g_variant_lookup (result, "existed", "b", &written->existed);
  g_variant_lookup (result, "former-inode", "x", &written->former_inode);
}

/* Whether an earlier revert, which was interrupted before anybody heard of it, has put everything
 * back; a file of ours that replaced none is removed. */
static gboolean
restore_without_kept (const Place *place, const Written *written, GError **error)
{
  FormerTarget target;

  if (!former_look (place, written->digest, &target, error))
    return FALSE;
  if (!written->existed && target == FORMER_TARGET_OURS)
    return place_remove (place->path, error) && place_remove (place->made, error)
           && place_sync (place, error);
  if (written->existed ? former_get_target_inode (place) == (guint64) written->former_inode
                       : target == FORMER_TARGET_ABSENT)
    return place_remove (place->made, error);
  if (written->existed)
    return place_fail (error, ENOENT, "cannot put back what was '%s': '%s' is gone", place->path,
                       place->was);
  return former_refuse (place, NULL, error);
}

static gboolean
revert_written (AtomContext *context, GVariant *result, GError **error)
{
  g_auto (Written) written = { NULL, NULL, FALSE, 0 };
  g_autoptr (Place) place = NULL;

  written_read (&written, result);
  if (written.path == NULL || written.digest == NULL)
    return step_fail (context, "contract", "the result is none of file.write");
  place = place_new (written.path, context);
  if (place_get_kept (place) == PLACE_KEPT_NOTHING)
    return restore_without_kept (place, &written, error);
  return former_restore (place, written.digest, error);
}

static gboolean
revert (AtomContext *context, gpointer user_data, GError **error)
{
  GVariant *result = atom_context_get_result (context);
  g_autoptr (StepValues) values = NULL;
  g_autoptr (Place) place = NULL;
  g_autofree char *digest = NULL;

  if (result != NULL)
    return revert_written (context, result, error);
  values = step_values_new (user_data, context);
  place = find_place (context, values, error);
  if (place == NULL)
    return FALSE;
  digest = dup_digest (values);
  return former_restore (place, digest, error);
}

/* -- Probe ------------------------------------------------------------------------------------ */

/* Whether the file has the permissions that were asked for. */
static gboolean
has_mode (const Place *place, const StepValues *values)
{
  const char *text = step_values_get_string (values, OPTION_MODE);
  struct stat info;
  guint mode;

  return text == NULL || !place_parse_mode (text, &mode)
         || (lstat (place->path, &info) == 0 && (info.st_mode & 07777) == mode);
}

/* Whether what is kept is what an execute keeps that has come to its end: without a revert,
 * nothing. */
static gboolean
is_complete (AtomContext *context, const Place *place)
{
  return (place_get_kept (place) != PLACE_KEPT_NOTHING) == step_is_reverted (context);
}

static gboolean
is_begun (const Place *place)
{
  return place_get_kept (place) != PLACE_KEPT_NOTHING || access (place->fresh, F_OK) == 0
         || access (place->copy, F_OK) == 0 || access (place->made, F_OK) == 0;
}

/* The file is not as this step writes it. What is kept is to be put back all the same, and what is
 * absent is not reverted. */
static TaskProbe
find_part (AtomContext *context, const Place *place, GError **error)
{
  if (!step_is_reverted (context) || !is_begun (place))
    return TASK_PROBE_ABSENT;
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
               "'%s' is not as this step writes it, but what it keeps beside it is there",
               place->path);
  return TASK_PROBE_UNKNOWN;
}

static TaskProbe
probe_place (AtomContext *context, const Place *place, const StepValues *values, GError **error)
{
  g_autofree char *digest = dup_digest (values);
  FormerTarget target;

  if (!check_interrupted (place, digest, error) || !former_look (place, digest, &target, error))
    return TASK_PROBE_UNKNOWN;
  if (target != FORMER_TARGET_OURS || !is_complete (context, place) || !has_mode (place, values))
    return find_part (context, place, error);
  /* It may have been renamed to its place by somebody who died before that was on the disk. */
  if (!place_sync (place, error))
    return TASK_PROBE_UNKNOWN;
  set_result (context, place, values, digest);
  return TASK_PROBE_PRESENT;
}

static TaskProbe
probe (AtomContext *context, gpointer user_data, GError **error)
{
  g_autoptr (StepValues) values = step_values_new (user_data, context);
  g_autoptr (Place) place = find_place (context, values, error);

  return place != NULL ? probe_place (context, place, values, error) : TASK_PROBE_UNKNOWN;
}

const StepFunctions file_write_functions = { execute, revert, check_option, probe };
