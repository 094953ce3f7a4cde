/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/runs/stored_run.h"

#include <backflow/engine/report/report_reason.h>
#include <backflow/engine/resume.h>

#include "cli/runs/foreign.h"
#include "cli/runs/run_name.h"
#include "cli/runs/store.h"
#include "cli/runs/stored_definition.h"
#include "cli/runs/stored_owner.h"
#include "cli/shell_text.h"

/* How long whoever has brought the run to its end has for letting go of it. */
#define PATIENCE_US (5 * G_USEC_PER_SEC)
#define PATIENCE_STEP_US (20 * 1000)

void
stored_run_clear (StoredRun *run)
{
  g_free (run->id);
  report_free (run->report);
}

/* -- Finding ------------------------------------------------------------------------------------
 */

/* A store that is not there is not made. */
static gboolean
open_store (Job *job, GError **error)
{
  Storage *reading = store_open_for_reading (job->arguments, job->console, error);

  if (reading == NULL)
    return FALSE;
  storage_unref (reading);
  job->storage_uri = store_dup_absolute_uri (job->arguments, error);
  if (job->storage_uri != NULL)
    job->storage = storage_open (job->storage_uri, STORAGE_OPEN_CREATE, error);
  return job->storage != NULL;
}

gboolean
stored_run_find (StoredRun *run, Job *job, GError **error)
{
  if (!open_store (job, error))
    return FALSE;
  run->id = run_name_lookup (job->arguments, job->storage, error);
  return run->id != NULL && stored_owner_disown (job, run->id, error)
         && stored_run_look_again (run, job, error);
}

gboolean
stored_run_look_again (StoredRun *run, const Job *job, GError **error)
{
  Report *report = report_new (job->storage, run->id, error);

  if (report == NULL)
    return FALSE;
  report_free (run->report);
  run->report = report;
  return TRUE;
}

FlowState
stored_run_get_state (const StoredRun *run)
{
  return report_get_run (run->report)->state;
}

gboolean
stored_run_has_ended (const StoredRun *run)
{
  return flow_state_is_end (stored_run_get_state (run));
}

/* -- The definition -----------------------------------------------------------------------------
 */

static Definition *
load_stored (const StoredRun *run, GError **error)
{
  g_autofree char *path = NULL;
  g_autofree char *text = stored_definition_dup_text (run->report, &path);

  if (text != NULL)
    return definition_load_for_run (path != NULL ? path : report_get_run (run->report)->flow, text);
  g_set_error (error, ENGINE_ERROR, ENGINE_ERROR_DEFINITION,
               "run %s: no definition is stored with it: the program that began it can go on with "
               "it, or --file with the "
               "same steps",
               run->id);
  return NULL;
}

/* A definition that is given is checked as a whole, so that all that is wrong with it is shown. */
static Definition *
load_given (const char *file)
{
  g_autofree char *path = g_canonicalize_filename (file, NULL);
  Definition *definition = definition_load_for_run (path, NULL);

  plan_free (definition_compile (definition));
  return definition;
}

ExitStatus
stored_run_load (const StoredRun *run, Job *job)
{
  const char *file = arguments_find (job->arguments, "file");
  g_autoptr (GError) error = NULL;

  foreign_warn (job->console, "the flow file", file);
  job->definition = file != NULL ? load_given (file) : load_stored (run, &error);
  if (job->definition == NULL)
    return job_refuse (job, error);
  if (definition_get_file (job->definition) != NULL)
    definition_take_secrets (job->definition, job->arguments, report_get_inputs (run->report));
  if (definition_has_errors (job->definition))
    return job_refuse_definition (job);
  return job_open_events (job, &error) ? EXIT_STATUS_SUCCESS : job_refuse (job, error);
}

gboolean
stored_run_is_extended (const StoredRun *run, const Job *job)
{
  const char *file = arguments_find (job->arguments, "file");
  g_autoptr (Definition) definition = file != NULL ? load_given (file) : NULL;
  g_autoptr (Plan) plan = definition != NULL ? definition_compile (definition) : NULL;

  for (guint32 node = 0; plan != NULL && node < plan_get_n_nodes (plan); node++)
    {
      const Atom *atom = plan_get_atom (plan, node);

      if (atom != NULL && report_find_atom (run->report, atom_get_name (atom)) == REPORT_NO_ATOM)
        return TRUE;
    }
  return definition != NULL && plan == NULL;
}

/* -- Taking over --------------------------------------------------------------------------------
 */

/* Who reads the state of the end may be quicker than who wrote it lets go of the run. */
static Engine *
take_patiently (const StoredRun *run, Flow *flow, const EngineOptions *options, GError **error)
{
  gint64 until_us = stored_run_has_ended (run) ? g_get_monotonic_time () + PATIENCE_US : 0;

  while (TRUE)
    {
      g_autoptr (GError) refused = NULL;
      Engine *engine = engine_new_resumed (flow, options, &refused);

      if (engine != NULL)
        return engine;
      if (!g_error_matches (refused, STORAGE_ERROR, STORAGE_ERROR_OWNED)
          || g_get_monotonic_time () >= until_us)
        {
          g_propagate_error (error, g_steal_pointer (&refused));
          return NULL;
        }
      g_usleep (PATIENCE_STEP_US);
    }
}

static char *
dup_directory (const StoredRun *run, const Job *job)
{
  const char *given = arguments_find (job->arguments, "directory");
  char *directory = NULL;

  if (given != NULL)
    return g_canonicalize_filename (given, NULL);
  (void) g_variant_lookup (report_get_meta (run->report), "directory", "s", &directory);
  return directory;
}

/* Says what can be done with a run that does not take the definition of --file. */
static void
explain_misfit (const StoredRun *run, const Job *job, GError **error)
{
  g_autofree char *store_option = shell_text_dup_store_option (job->arguments);
  g_autofree char *message = NULL;

  if (error == NULL || !g_error_matches (*error, ENGINE_ERROR, ENGINE_ERROR_DEFINITION)
      || !arguments_has (job->arguments, "file") || stored_run_has_ended (run))
    return;
  message = g_strdup_printf ("%s; nothing was done: without --file the run goes on with its own "
                             "definition, and backflow cancel %s%s "
                             "rolls it back",
                             (*error)->message, run->id, store_option);
  g_clear_error (error);
  g_set_error_literal (error, ENGINE_ERROR, ENGINE_ERROR_DEFINITION, message);
}

gboolean
stored_run_take (const StoredRun *run, Job *job, GError **error)
{
  const FlowFile *file = definition_get_file (job->definition);
  g_auto (GStrv) environment = g_get_environ ();
  EngineOptions options = {
    .run_id = run->id,
    .storage = job->storage,
    .environment = (const char *const *) environment,
  };

  job->engine = take_patiently (run, flow_file_get_flow (file), &options, error);
  if (job->engine == NULL)
    {
      g_prefix_error (error, "run %s: ", run->id);
      explain_misfit (run, job, error);
      stored_owner_explain (job, run->id, error);
      return FALSE;
    }
  g_free (job->directory);
  job->directory = dup_directory (run, job);
  return definition_inject_secrets (job->definition, job->engine, error)
         && (!arguments_has (job->arguments, "file")
             || stored_definition_replace (job->engine, file, error))
         && stored_owner_keep (job, error);
}

ExitStatus
stored_run_go_on (const StoredRun *run, Job *job)
{
  g_autoptr (GError) error = NULL;
  ExitStatus status = stored_run_load (run, job);

  if (status != EXIT_STATUS_SUCCESS)
    return status;
  return stored_run_take (run, job, &error) ? EXIT_STATUS_SUCCESS : job_refuse (job, error);
}

ExitStatus
stored_run_print (const StoredRun *run, const Job *job)
{
  g_autoptr (StoredDefinition) definition = stored_definition_new (run->report);
  RunResult result = { .arguments = job->arguments,
                       .console = job->console,
                       .goal = job->goal,
                       .file = stored_definition_get_file (definition),
                       .plan = stored_definition_get_plan (definition),
                       .storage = job->storage };

  return run_result_print_report (&result, run->report);
}
