/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/runs/new_run.h"

#include "cli/runs/store.h"

/* Ids become names of files, and are told from @last. */
gboolean
new_run_check_id (const Arguments *arguments, GError **error)
{
  const char *id = arguments_find (arguments, "id");

  if (id == NULL || storage_is_run_id (id))
    return TRUE;
  g_set_error (error, USAGE_ERROR, USAGE_ERROR_VALUE,
               "--id is 1 to 128 letters, digits, dots, dashes and underscores, the first a letter "
               "or a digit, "
               "not \"%s\"",
               id);
  return FALSE;
}

static gboolean
make_engine (Job *job, GError **error)
{
  const FlowFile *file = definition_get_file (job->definition);
  g_auto (GStrv) environment = g_get_environ ();
  g_autofree char *path = definition_is_standard_input (job->definition)
                              ? NULL
                              : g_canonicalize_filename (flow_file_get_name (file), NULL);
  g_autofree char *directory = g_get_current_dir ();
  g_autofree char *text
      = g_strndup ((const char *) g_bytes_get_data (flow_file_get_text (file), NULL),
                   g_bytes_get_size (flow_file_get_text (file)));
  EngineOptions options = {
    .run_id = arguments_find (job->arguments, "id"),
    .storage = job->storage,
    .definition = text,
    .definition_path = path,
    .directory = directory,
    .environment = (const char *const *) environment,
  };

  job->engine = engine_new (flow_file_get_flow (file), &options);
  return definition_prepare (job->definition, job->engine, error);
}

static gboolean
prepare (Job *job, GError **error)
{
  if (job->storage_uri == NULL)
    job->storage_uri = store_dup_uri (job->arguments, error);
  job->storage
      = job->storage_uri != NULL ? store_open_for_runs (job->arguments, job->console, error) : NULL;
  return job->storage != NULL && make_engine (job, error);
}

static void
warn (const Job *job)
{
  guint count = diagnostics_get_n_warnings (definition_get_diagnostics (job->definition));

  if (count > 0)
    console_print_warning (job->console, "backflow check finds %u doubtful %s in this file", count,
                           count == 1 ? "thing" : "things");
}

ExitStatus
new_run_drive (Job *job)
{
  g_autoptr (GError) error = NULL;

  if (definition_has_errors (job->definition))
    return job_refuse_definition (job);
  if (!prepare (job, &error))
    return job_refuse (job, error);
  if (definition_has_errors (job->definition))
    return job_refuse_definition (job);
  if (!job_open_events (job, &error))
    return job_refuse (job, error);
  warn (job);
  return job_run (job);
}
