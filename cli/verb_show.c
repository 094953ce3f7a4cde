/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "cli/outcome.h"
#include "cli/store.h"
#include "cli/text.h"
#include "cli/verb.h"

/* How many columns of a result or a failure are shown. */
#define DETAIL_COLUMNS 60

static void
append_fact (GString *out, const char *name, const char *text)
{
  g_autofree char *visible = text_dup_visible (text);

  g_string_append_printf (out, "  %-8s  %s\n", name, visible);
}

static void
append_inputs (GString *out, GVariant *inputs)
{
  g_autoptr (GString) text = g_string_new (NULL);
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_variant_iter_init (&iter, inputs);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    {
      g_autofree char *word = text_dup_value (value, DETAIL_COLUMNS);

      g_string_append_printf (text, "%s%s=%s", text->len > 0 ? ", " : "", name, word);
    }
  if (text->len > 0)
    append_fact (out, "inputs", text->str);
}

static void
append_facts (GString *out, const Report *report, Storage *storage)
{
  const StorageRunInfo *run = report_get_run (report);
  g_autofree char *started = text_dup_time (run->created_us);
  g_autofree char *updated = text_dup_time (run->updated_us);
  g_autofree char *owner = NULL;

  if (run->definition_path != NULL)
    append_fact (out, "file", run->definition_path);
  append_fact (out, "store", storage_get_uri (storage));
  append_fact (out, "started", started);
  append_fact (out, "updated", updated);
  if (run->owner != NULL)
    {
      owner = g_strdup_printf ("%s%s", run->owner, report_is_driven (report) ? "" : " (gone)");
      append_fact (out, "owner", owner);
    }
  append_inputs (out, report_get_inputs (report));
  for (const char *const *note = report_get_notes (report); *note != NULL; note++)
    append_fact (out, "note", *note);
}

static gint64
get_took (const ReportAtom *atom)
{
  gint64 took_us = 0;

  for (guint i = 0; i < atom->n_attempts; i++)
    if (atom->attempts[i].ended_us > 0 && atom->attempts[i].action == ATOM_ACTION_EXECUTE)
      took_us += atom->attempts[i].ended_us - atom->attempts[i].started_us;
  return took_us;
}

/* What the last attempt brought: its result, or why it failed. */
static char *
dup_detail (const ReportAtom *atom)
{
  const ReportAttempt *last = atom->n_attempts > 0 ? &atom->attempts[atom->n_attempts - 1] : NULL;
  g_autofree char *message = NULL;

  if (last == NULL)
    return g_strdup ("");
  if (last->failure == NULL)
    return text_dup_value (last->result, DETAIL_COLUMNS);
  message = text_dup_visible (failure_get_message (last->failure));
  return text_dup_cut (message, DETAIL_COLUMNS);
}

static const char *
get_atom_style (const Style *style, AtomState state)
{
  if (state == ATOM_STATE_SUCCESS)
    return style->good;
  return state == ATOM_STATE_FAILURE || state == ATOM_STATE_REVERT_FAILURE ? style->bad : "";
}

static void
append_atom (GString *out, const ReportAtom *atom, const Style *style, guint width)
{
  g_autofree char *name = text_dup_visible (atom->name);
  g_autofree char *padded = text_dup_padded (name, width);
  g_autofree char *took = text_dup_duration (get_took (atom));
  g_autofree char *detail = dup_detail (atom);
  const char *state_style = get_atom_style (style, atom->state);

  g_string_append_printf (out, "  %s  %s%-14s%s  %8u  %8s  %s\n", padded, state_style,
                          atom_state_get_name (atom->state), *state_style != '\0' ? style->off : "",
                          atom->n_attempts, atom->n_attempts > 0 ? took : "", detail);
}

static void
append_atoms (GString *out, const Report *report, const Style *style)
{
  guint n_atoms;
  const ReportAtom *atoms = report_get_atoms (report, &n_atoms);
  const char *flow = NULL;
  guint width = 4;

  for (guint i = 0; i < n_atoms; i++)
    width = MAX (width, text_get_width (atoms[i].name));
  width = MIN (width, 40);
  g_string_append_printf (out, "\n%s  %-*s  %-14s  %8s  %8s  %s%s\n", style->bold, (int) width,
                          "STEP", "STATE", "ATTEMPTS", "TOOK", "RESULT", style->off);
  for (guint i = 0; i < n_atoms; i++)
    {
      g_autofree char *visible = text_dup_visible (atoms[i].flow);

      if (g_strcmp0 (flow, atoms[i].flow) != 0)
        g_string_append_printf (out, "%s flow %s%s\n", style->dim, visible, style->off);
      flow = atoms[i].flow;
      append_atom (out, &atoms[i], style, width);
    }
}

static void
print_text (const Report *report, Storage *storage, const char *store_option, const Style *style)
{
  Outcome outcome = { .report = report, .store_option = store_option, .style = style };
  g_autoptr (GString) out = g_string_new (NULL);

  outcome_append_headline (out, &outcome);
  append_facts (out, report, storage);
  append_atoms (out, report, style);
  outcome_append_why (out, &outcome);
  outcome_append_left (out, &outcome);
  fputs (out->str, stdout);
}

static ExitStatus
run (const Arguments *arguments, const Console *console)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Storage) storage = NULL;
  g_autoptr (Report) report = store_read_report (arguments, &storage, &error);
  g_autofree char *store_option = store_dup_option (arguments);
  g_autoptr (GVariant) document = NULL;

  if (report == NULL)
    {
      console_print_error (console, "%s", error->message);
      return store_get_exit_status (error);
    }
  if (!arguments_has (arguments, "json"))
    {
      print_text (report, storage, store_option, console->out);
      return EXIT_STATUS_SUCCESS;
    }
  document = report_to_variant (report);
  console_print_json (document);
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
