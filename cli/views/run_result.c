/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/run_result.h"

#include <stdio.h>
#include <string.h>

#include <backflow/atoms/atom_options.h>
#include <backflow/diagnostics/diagnostic_text.h>
#include <backflow/engine/report/report_variant.h>
#include <backflow/values/value.h>

#include "cli/shell_text.h"
#include "cli/text.h"
#include "cli/views/outcome.h"
#include "cli/views/outcome_left.h"
#include "cli/views/outcome_next.h"
#include "cli/views/outputs.h"

static ExitStatus
get_exit_status (RunGoal goal, FlowState state)
{
  if (goal == RUN_GOAL_SAY)
    return EXIT_STATUS_SUCCESS;
  switch (state)
    {
    case FLOW_STATE_SUCCESS:
      return EXIT_STATUS_SUCCESS;
    case FLOW_STATE_REVERTED:
      return goal == RUN_GOAL_UNDO ? EXIT_STATUS_SUCCESS : EXIT_STATUS_REVERTED;
    case FLOW_STATE_FAILURE:
      return EXIT_STATUS_FAILURE;
    /* A run that was interrupted can be resumed as a suspended one can. */
    case FLOW_STATE_PENDING:
    case FLOW_STATE_RUNNING:
    case FLOW_STATE_RESUMING:
    case FLOW_STATE_SUSPENDED:
    case FLOW_STATE_SUSPENDING:
      return EXIT_STATUS_SUSPENDED;
    case FLOW_STATE_COUNT:
    default:
      return EXIT_STATUS_ENVIRONMENT;
    }
}

/* -- The outcome --------------------------------------------------------------------------------
 */

/* Whether a later command finds the run. */
static gboolean
is_kept (const RunResult *result)
{
  return !g_str_has_prefix (storage_get_uri (result->storage), "memory");
}

static void
print_outcome (const RunResult *result, const Report *report)
{
  g_autofree char *store_option = shell_text_dup_store_option (result->arguments);
  Outcome outcome = { .report = report,
                      .plan = result->plan,
                      .store_option = is_kept (result) ? store_option : NULL,
                      .style = result->console->err };
  g_autoptr (GString) out = g_string_new (NULL);

  outcome_append_headline (out, &outcome);
  if (report_get_run (report)->state != FLOW_STATE_SUCCESS)
    {
      outcome_append_why (out, &outcome);
      outcome_append_left (out, &outcome);
      outcome_append_next (out, &outcome);
    }
  fputs (out->str, stderr);
}

static gboolean
has_outputs (const RunResult *result, const Report *report)
{
  return report_get_run (report)->state == FLOW_STATE_SUCCESS && result->file != NULL
         && result->plan != NULL;
}

static void
print_json (const RunResult *result, const Report *report)
{
  const StorageRunInfo *run = report_get_run (report);
  g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autoptr (GVariant) inner = report_to_variant (report);

  g_variant_builder_add (&object, "{sv}", "run", g_variant_new_string (run->id));
  g_variant_builder_add (&object, "{sv}", "flow", g_variant_new_string (run->flow));
  g_variant_builder_add (&object, "{sv}", "state",
                         g_variant_new_string (flow_state_get_name (run->state)));
  g_variant_builder_add (&object, "{sv}", "exit-status",
                         g_variant_new_int64 (get_exit_status (result->goal, run->state)));
  if (has_outputs (result, report))
    {
      Outputs outputs = { result->file, result->plan, report };

      g_variant_builder_add (&object, "{sv}", "outputs", outputs_to_variant (&outputs));
    }
  g_variant_builder_add (&object, "{sv}", "report", inner);
  console_print_json (g_variant_builder_end (&object));
}

static void
print_results (const RunResult *result, const Report *report)
{
  gboolean is_log_on_stdout = g_strcmp0 (arguments_find (result->arguments, "events"), "-") == 0;
  Outputs outputs = { result->file, result->plan, report };

  outputs_print (&outputs, result->console, is_log_on_stdout ? stderr : stdout);
}

ExitStatus
run_result_print_report (const RunResult *result, const Report *report)
{
  FlowState state = report_get_run (report)->state;

  print_outcome (result, report);
  if (arguments_has (result->arguments, "json"))
    print_json (result, report);
  else if (has_outputs (result, report))
    print_results (result, report);
  return get_exit_status (result->goal, state);
}

ExitStatus
run_result_print (const RunResult *result, FlowState state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Report) report
      = report_new (result->storage, engine_get_run_id (result->engine), &error);

  if (report != NULL)
    return run_result_print_report (result, report);
  console_print_error (result->console, "the run ended in %s, but it can't be reported on: %s",
                       flow_state_get_name (state), error->message);
  return state == FLOW_STATE_SUCCESS ? EXIT_STATUS_ENVIRONMENT
                                     : get_exit_status (result->goal, state);
}

/* -- Errors -------------------------------------------------------------------------------------
 */

void
run_result_print_json_error (const char *run, ExitStatus status, const GError *error)
{
  g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autofree char *message = g_utf8_make_valid (error->message, -1);

  if (run != NULL)
    g_variant_builder_add (&object, "{sv}", "run", g_variant_new_string (run));
  g_variant_builder_add (&object, "{sv}", "exit-status", g_variant_new_int64 (status));
  g_variant_builder_add (&object, "{sv}", "error", g_variant_new_string (message));
  console_print_json (g_variant_builder_end (&object));
}

ExitStatus
run_result_refuse_as (const Arguments *arguments, const Console *console, const GError *error,
                      ExitStatus status)
{
  console_print_error (console, "%s", error->message);
  if (arguments_has (arguments, "json"))
    run_result_print_json_error (NULL, status, error);
  return status;
}

ExitStatus
run_result_refuse (const Arguments *arguments, const Console *console, const GError *error)
{
  return run_result_refuse_as (arguments, console, error, exit_status_of_error (error));
}

/* Whether who opens the store now finds the run in it: it may have been taken away while it was in
 * use. */
static gboolean
can_be_found (const RunResult *result)
{
  g_autoptr (Storage) again
      = storage_open (storage_get_uri (result->storage), STORAGE_OPEN_READ, NULL);
  g_autoptr (StorageRun) run
      = again != NULL ? storage_open_run (again, engine_get_run_id (result->engine), NULL) : NULL;

  return run != NULL;
}

/* Nobody else knows any more what this process did: the steps that may have an effect, with their
 * states. */
static void
print_last_knowledge (const RunResult *result)
{
  const Plan *plan = engine_get_plan (result->engine);

  fprintf (stderr, "The run can't be found in its store any more, and can't be gone on with. As "
                   "far as this process knows, of these steps\n"
                   "something is, or may be, in the world:\n");
  for (guint32 node = 0; node < plan_get_n_nodes (plan); node++)
    {
      Atom *atom = plan_get_kind (plan, node) == PLAN_NODE_TASK ? plan_get_atom (plan, node) : NULL;
      AtomState state = ATOM_STATE_PENDING;
      g_autofree char *name = atom != NULL ? text_dup_visible (atom_get_name (atom)) : NULL;

      if (atom == NULL || atom_get_effects (atom) == ATOM_EFFECTS_NONE
          || !engine_get_atom_state (result->engine, atom_get_name (atom), &state, NULL)
          || state == ATOM_STATE_PENDING || state == ATOM_STATE_REVERTED
          || state == ATOM_STATE_IGNORE)
        continue;
      fprintf (stderr, "  %s  %s\n", name, atom_state_get_name (state));
    }
}

ExitStatus
run_result_print_error (const RunResult *result, const GError *error)
{
  ExitStatus status = exit_status_of_error (error);
  const char *run = engine_get_run_id (result->engine);
  g_autofree char *store_option = shell_text_dup_store_option (result->arguments);

  console_print_error (result->console, "run %s: %s", run, error->message);
  if (status == EXIT_STATUS_ENVIRONMENT && is_kept (result)
      && engine_get_state (result->engine) != FLOW_STATE_PENDING)
    {
      if (can_be_found (result))
        fprintf (stderr, "What was done is in the store: backflow show %s%s\n", run, store_option);
      else
        print_last_knowledge (result);
    }
  if (arguments_has (result->arguments, "json"))
    run_result_print_json_error (run, status, error);
  return status;
}

void
run_result_print_findings (const Diagnostics *diagnostics)
{
  g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autoptr (GVariant) list = diagnostics_to_variant (diagnostics);

  g_variant_builder_add (&object, "{sv}", "exit-status", g_variant_new_int64 (EXIT_STATUS_USAGE));
  g_variant_builder_add (&object, "{sv}", "diagnostics", list);
  console_print_json (g_variant_builder_end (&object));
}
