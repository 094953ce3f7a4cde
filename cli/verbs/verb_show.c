/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/verb_show.h"

#include <stdio.h>

#include <backflow/engine/report/report_history.h>
#include <backflow/engine/report/report_variant.h>

#include "cli/runs/store.h"
#include "cli/runs/stored_definition.h"
#include "cli/shell_text.h"
#include "cli/text.h"
#include "cli/views/outcome.h"
#include "cli/views/outcome_left.h"
#include "cli/views/outcome_next.h"
#include "cli/views/outputs.h"
#include "cli/views/run_result.h"
#include "cli/views/step_tree.h"

/* How many columns of a value are shown. */
#define DETAIL_COLUMNS 60

static void
append_fact (GString *out, const char *name, const char *text)
{
  g_autofree char *visible = text_dup_visible (text);

  g_string_append_printf (out, "  %-8s  %s\n", name, visible);
}

/* A value as it is told; of a secret, where it comes from. Returns: (transfer full). */
static char *
dup_input_text (GVariant *value)
{
  const char *source;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT)
      && g_variant_lookup (value, "$secret", "&s", &source))
    return g_strdup_printf ("(secret, from %s)", source);
  return text_dup_value (value, DETAIL_COLUMNS);
}

static void
append_values (GString *out, const char *what, GVariant *values)
{
  g_autoptr (GString) text = g_string_new (NULL);
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_variant_iter_init (&iter, values);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    {
      g_autofree char *word = dup_input_text (value);

      g_string_append_printf (text, "%s%s=%s", text->len > 0 ? ", " : "", name, word);
    }
  if (text->len > 0)
    append_fact (out, what, text->str);
}

/* What is known of the life of a run's owner. */
static const char *
get_owner_remark (const Report *report)
{
  if (!report_is_driven (report))
    return " (gone)";
  return report_get_run (report)->owner_life == STORAGE_OWNER_UNKNOWN
             ? " (whether it is alive can't be known from here)"
             : "";
}

/* What somebody asked of the run, in order. */
static void
append_requests (GString *out, const Report *report)
{
  guint count;
  const ReportRequest *requests = report_get_requests (report, &count);

  for (guint i = 0; i < count; i++)
    {
      g_autofree char *time = text_dup_time (requests[i].time_us);
      g_autofree char *text
          = g_strdup_printf ("%s at %s%s%s", report_request_get_name (requests[i].request), time,
                             requests[i].reason != NULL ? ": " : "",
                             requests[i].reason != NULL ? requests[i].reason : "");

      append_fact (out, "asked", text);
    }
}

static void
append_facts (GString *out, const Report *report, Storage *storage)
{
  const StorageRunInfo *run = report_get_run (report);
  g_autofree char *started = text_dup_time (run->created_us);
  g_autofree char *updated = text_dup_time (report_get_changed_us (report));
  g_autofree char *owner = NULL;

  if (run->definition_path != NULL)
    append_fact (out, "file", run->definition_path);
  append_fact (out, "store", storage_get_uri (storage));
  append_fact (out, "started", started);
  append_fact (out, "updated", updated);
  if (run->owner != NULL)
    {
      owner = g_strdup_printf ("%s%s", run->owner, get_owner_remark (report));
      append_fact (out, "owner", owner);
    }
  append_values (out, "inputs", report_get_inputs (report));
  append_values (out, "meta", report_get_meta (report));
  append_requests (out, report);
  for (const char *const *note = report_get_notes (report); *note != NULL; note++)
    append_fact (out, "note", *note);
}

/* Whether the run has outputs to print. */
static gboolean
has_outputs (const Report *report, const StoredDefinition *definition)
{
  const FlowFile *file = stored_definition_get_file (definition);

  return report_get_run (report)->state == FLOW_STATE_SUCCESS
         && stored_definition_get_plan (definition) != NULL
         && *flow_file_get_outputs (file) != NULL;
}

static void
print_outputs (const Report *report, const StoredDefinition *definition, const Console *console)
{
  Outputs outputs = { stored_definition_get_file (definition),
                      stored_definition_get_plan (definition), report };

  if (!has_outputs (report, definition))
    return;
  printf ("\n%sOutputs%s\n", console->out->bold, console->out->off);
  outputs_print (&outputs, console, stdout);
}

static void
print_text (const Report *report, const StoredDefinition *definition, Storage *storage,
            const char *store_option, const Style *style)
{
  const Plan *plan = stored_definition_get_plan (definition);
  Outcome outcome = {
    .report = report, .plan = plan, .store_option = store_option, .is_shown = TRUE, .style = style
  };
  g_autoptr (GString) out = g_string_new (NULL);

  outcome_append_headline (out, &outcome);
  append_facts (out, report, storage);
  step_tree_append (out, report, plan, style);
  outcome_append_why (out, &outcome);
  outcome_append_left (out, &outcome);
  if (report_get_run (report)->state != FLOW_STATE_SUCCESS)
    outcome_append_next (out, &outcome);
  fputs (out->str, stdout);
}

/* The report, and the outputs of a run that succeeded. */
static void
print_json (const Report *report, const StoredDefinition *definition)
{
  g_autoptr (GVariant) document = report_to_variant (report);
  g_auto (GVariantDict) object = G_VARIANT_DICT_INIT (document);
  Outputs outputs = { stored_definition_get_file (definition),
                      stored_definition_get_plan (definition), report };

  if (has_outputs (report, definition))
    g_variant_dict_insert_value (&object, "outputs", outputs_to_variant (&outputs));
  console_print_json (g_variant_dict_end (&object));
}

static ExitStatus
run (const Arguments *arguments, const Console *console)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Storage) storage = NULL;
  g_autoptr (Report) report = store_read_report (arguments, console, &storage, &error);
  g_autofree char *store_option = shell_text_dup_store_option (arguments);
  g_autoptr (StoredDefinition) definition = NULL;

  if (report == NULL)
    return run_result_refuse (arguments, console, error);
  definition = stored_definition_new (report);
  if (arguments_has (arguments, "json"))
    {
      print_json (report, definition);
      return EXIT_STATUS_SUCCESS;
    }
  print_text (report, definition, storage, store_option, console->out);
  print_outputs (report, definition, console);
  return EXIT_STATUS_SUCCESS;
}

static const Option options[]
    = { OPTION_STORE, OPTION_JSON, OPTION_COLOR, OPTION_HELP, OPTION_END };

const Verb verb_show = {
  .syntax = { "show", "RUN", 1, 1, options },
  .summary = "Show a run: its steps, why it failed, what is left in the world.",
  .notes = "RUN is the beginning of a run's id, or @last.",
  .run = run,
};
