/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/run_result.h"

#include <stdio.h>
#include <string.h>

#include <backflow/atoms/value.h>
#include <backflow/engine/report.h>

#include "cli/outcome.h"
#include "cli/store.h"

static ExitStatus
get_exit_status (FlowState state)
{
  switch (state)
    {
    case FLOW_STATE_SUCCESS:
      return EXIT_STATUS_SUCCESS;
    case FLOW_STATE_REVERTED:
      return EXIT_STATUS_REVERTED;
    case FLOW_STATE_FAILURE:
      return EXIT_STATUS_FAILURE;
    case FLOW_STATE_SUSPENDED:
    case FLOW_STATE_SUSPENDING:
      return EXIT_STATUS_SUSPENDED;
    case FLOW_STATE_PENDING:
    case FLOW_STATE_RUNNING:
    case FLOW_STATE_RESUMING:
    case FLOW_STATE_COUNT:
    default:
      return EXIT_STATUS_ENVIRONMENT;
    }
}

/* -- Outputs ------------------------------------------------------------------------------------ */

/* The value of an output, which for a secret is not told. Returns: (transfer full) (nullable). */
static GVariant *
fetch_output (const RunResult *result, const char *name)
{
  const FlowInput *input = flow_file_find_input (result->file, name);

  if (input != NULL && input->is_secret)
    return g_variant_ref_sink (g_variant_new_string ("(secret)"));
  return engine_fetch (result->engine, name);
}

/* A value that would not stay on its line is written as JSON. */
static char *
dup_output_text (GVariant *value)
{
  g_autofree char *word = value_to_word (value);

  return strchr (word, '\n') != NULL ? value_to_json (value) : g_steal_pointer (&word);
}

static void
print_outputs (const RunResult *result, FILE *out)
{
  for (const char *const *name = flow_file_get_outputs (result->file); *name != NULL; name++)
    {
      g_autoptr (GVariant) value = fetch_output (result, *name);
      g_autofree char *text = value != NULL ? dup_output_text (value) : NULL;

      if (text != NULL)
        fprintf (out, "%s=%s\n", *name, text);
      else
        console_print_warning (
            result->console,
            "the output \"%s\" has no value: the step that provides it was ignored", *name);
    }
}

static GVariant *
outputs_to_variant (const RunResult *result)
{
  g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  for (const char *const *name = flow_file_get_outputs (result->file); *name != NULL; name++)
    {
      g_autoptr (GVariant) value = fetch_output (result, *name);

      if (value != NULL)
        g_variant_builder_add (&object, "{sv}", *name, value);
    }
  return g_variant_builder_end (&object);
}

/* -- The outcome -------------------------------------------------------------------------------- */

/* Whether a later command finds the run. */
static gboolean
is_kept (const RunResult *result)
{
  return !g_str_has_prefix (storage_get_uri (result->storage), "memory");
}

static void
print_outcome (const RunResult *result, const Report *report, FlowState state)
{
  g_autofree char *store_option = store_dup_option (result->arguments);
  Outcome outcome = { .report = report,
                      .plan = engine_get_plan (result->engine),
                      .store_option = is_kept (result) ? store_option : NULL,
                      .style = result->console->err };
  g_autoptr (GString) out = g_string_new (NULL);

  outcome_append_headline (out, &outcome);
  if (state != FLOW_STATE_SUCCESS)
    {
      outcome_append_why (out, &outcome);
      outcome_append_left (out, &outcome);
      outcome_append_next (out, &outcome);
    }
  fputs (out->str, stderr);
}

static void
print_json (const RunResult *result, const Report *report, FlowState state)
{
  g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autoptr (GVariant) inner = report_to_variant (report);
  g_autoptr (GVariant) document = NULL;

  g_variant_builder_add (&object, "{sv}", "run",
                         g_variant_new_string (engine_get_run_id (result->engine)));
  g_variant_builder_add (&object, "{sv}", "flow",
                         g_variant_new_string (flow_get_name (flow_file_get_flow (result->file))));
  g_variant_builder_add (&object, "{sv}", "state",
                         g_variant_new_string (flow_state_get_name (state)));
  g_variant_builder_add (&object, "{sv}", "exit-status",
                         g_variant_new_int64 (get_exit_status (state)));
  if (state == FLOW_STATE_SUCCESS)
    g_variant_builder_add (&object, "{sv}", "outputs", outputs_to_variant (result));
  g_variant_builder_add (&object, "{sv}", "report", inner);
  document = g_variant_ref_sink (g_variant_builder_end (&object));
  console_print_json (document);
}

static void
print_results (const RunResult *result)
{
  gboolean is_log_on_stdout = g_strcmp0 (arguments_find (result->arguments, "events"), "-") == 0;

  print_outputs (result, is_log_on_stdout ? stderr : stdout);
}

ExitStatus
run_result_print (const RunResult *result, FlowState state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Report) report
      = report_new (result->storage, engine_get_run_id (result->engine), &error);

  if (report == NULL)
    {
      console_print_error (result->console, "the run ended in %s, but it can't be reported on: %s",
                           flow_state_get_name (state), error->message);
      return state == FLOW_STATE_SUCCESS ? EXIT_STATUS_ENVIRONMENT : get_exit_status (state);
    }
  print_outcome (result, report, state);
  if (arguments_has (result->arguments, "json"))
    print_json (result, report, state);
  else if (state == FLOW_STATE_SUCCESS)
    print_results (result);
  return get_exit_status (state);
}

ExitStatus
run_result_print_error (const RunResult *result, const GError *error)
{
  ExitStatus status = store_get_exit_status (error);
  g_autofree char *store_option = store_dup_option (result->arguments);
  g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autofree char *message = g_utf8_make_valid (error->message, -1);
  g_autoptr (GVariant) document = NULL;

  console_print_error (result->console, "run %s: %s", engine_get_run_id (result->engine),
                       error->message);
  if (status == EXIT_STATUS_ENVIRONMENT && is_kept (result)
      && engine_get_state (result->engine) != FLOW_STATE_PENDING)
    fprintf (stderr, "What was done is in the store: backflow show %s%s\n",
             engine_get_run_id (result->engine), store_option);
  if (!arguments_has (result->arguments, "json"))
    return status;
  g_variant_builder_add (&object, "{sv}", "run",
                         g_variant_new_string (engine_get_run_id (result->engine)));
  g_variant_builder_add (&object, "{sv}", "exit-status", g_variant_new_int64 (status));
  g_variant_builder_add (&object, "{sv}", "error", g_variant_new_string (message));
  document = g_variant_ref_sink (g_variant_builder_end (&object));
  console_print_json (document);
  return status;
}

void
run_result_print_findings (const Diagnostics *diagnostics)
{
  g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autoptr (GVariant) list = diagnostics_to_variant (diagnostics);
  g_autoptr (GVariant) document = NULL;

  g_variant_builder_add (&object, "{sv}", "exit-status", g_variant_new_int64 (EXIT_STATUS_USAGE));
  g_variant_builder_add (&object, "{sv}", "diagnostics", list);
  document = g_variant_ref_sink (g_variant_builder_end (&object));
  console_print_json (document);
}
