/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/runs/stored_owner.h"

#include "cli/shell_text.h"

/* Under which name it is kept with the run. */
#define META_GONE "owner-is-gone"

/* What to do, to be followed by the option. */
#define WAY_OUT                                                                                    \
  "whether it is alive can't be known from here.\n"                                                \
  "When it is gone for good, and nothing that it started runs any more, resume, cancel, revert "   \
  "and resolve take the run from it with:\n  "

static void
set_owned (GError **error, const StorageRunInfo *run)
{
  g_autofree char *option = shell_text_dup_owner_option (run);
  g_autofree char *who = storage_owner_dup_text (run->owner);

  g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_OWNED, "run %s: %s drives it%s%s", run->id, who,
               option != NULL ? "; " WAY_OUT : "", option != NULL ? option : "");
}

gboolean
stored_owner_check (const Report *report, GError **error)
{
  if (!report_is_driven (report))
    return TRUE;
  set_owned (error, report_get_run (report));
  return FALSE;
}

void
stored_owner_explain (const Job *job, const char *id, GError **error)
{
  g_autoptr (StorageRun) now = NULL;
  const StorageRunInfo *run;

  if (error == NULL || !g_error_matches (*error, STORAGE_ERROR, STORAGE_ERROR_OWNED))
    return;
  now = storage_open_run (job->storage, id, NULL);
  run = now != NULL ? storage_run_get_info (now) : NULL;
  if (run == NULL || run->owner == NULL || run->owner_life != STORAGE_OWNER_UNKNOWN)
    return;
  g_clear_error (error);
  set_owned (error, run);
}

gboolean
stored_owner_disown (const Job *job, const char *id, GError **error)
{
  const char *gone = arguments_find (job->arguments, SHELL_TEXT_OWNER_OPTION);

  if (gone == NULL || storage_disown_run (job->storage, id, gone, error))
    return TRUE;
  stored_owner_explain (job, id, error);
  return FALSE;
}

gboolean
stored_owner_keep (const Job *job, GError **error)
{
  const char *gone = arguments_find (job->arguments, SHELL_TEXT_OWNER_OPTION);
  g_autofree char *text = gone != NULL ? g_utf8_make_valid (gone, -1) : NULL;

  return text == NULL
         || engine_set_metadata (job->engine, NULL, META_GONE, g_variant_new_string (text), error);
}
