/* SPDX-License-Identifier: Apache-2.0 */
/* why: the chain of reasons that led to the state of a step, and what to do about it. */
#include "cli/verbs/verb_why.h"

#include <stdio.h>

#include <backflow/values/value.h>

#include "cli/json.h"
#include "cli/runs/store.h"
#include "cli/runs/stored_definition.h"
#include "cli/shell_text.h"
#include "cli/text.h"
#include "cli/views/reason_commands.h"
#include "cli/views/reason_text.h"
#include "cli/views/run_result.h"
#include "cli/views/step.h"

/* How many reasons at the beginning and at the end of a long chain are told, and how many steps
 * that wait are named. */
#define REASONS_AT_FIRST 4
#define REASONS_AT_LAST 3
#define WAITING_NAMED 20

/* Where what a command is good for is said. */
#define COMMAND_COLUMNS 48

typedef struct
{
  const Report *report;
  guint atom;
  const ReportReason *chain;
  guint count;
  const GArray *commands; /* of ReasonCommand */
  const char *problem;    /* (nullable) why there is no definition */
  const Style *style;
} Answer;

static const ReportAtom *
get_atom (const Answer *answer, guint atom)
{
  return step_get (answer->report, atom);
}

/* The steps whose revert waits behind that of the atom that was asked about. Returns: (transfer
 * full), of borrowed names. */
static GPtrArray *
new_waiting (const Answer *answer)
{
  GPtrArray *names = g_ptr_array_new ();
  guint count;
  const ReportAtom *atoms = report_get_atoms (answer->report, &count);

  for (guint i = 0; i < count; i++)
    if (g_strcmp0 (atoms[i].waits_for, atoms[answer->atom].name) == 0)
      g_ptr_array_add (names, (gpointer) (guintptr) atoms[i].name);
  return names;
}

/* -- As text ------------------------------------------------------------------------------------
 */

static void
print_chain (const Answer *answer)
{
  guint skipped = answer->count > REASONS_AT_FIRST + REASONS_AT_LAST + 1
                      ? answer->count - REASONS_AT_FIRST - REASONS_AT_LAST
                      : 0;

  for (guint i = 0; i < answer->count; i++)
    {
      g_autofree char *text = NULL;

      if (skipped > 0 && i == REASONS_AT_FIRST)
        {
          printf ("  … and %u more like that …\n", skipped);
          i += skipped - 1;
          continue;
        }
      text = reason_dup_text (answer->report, &answer->chain[i]);
      printf ("  %s\n", text);
    }
}

static void
print_waiting (const Answer *answer)
{
  g_autoptr (GPtrArray) names = new_waiting (answer);

  for (guint i = 0; i < names->len && i < WAITING_NAMED; i++)
    {
      g_autofree char *name = text_dup_visible ((const char *) g_ptr_array_index (names, i));

      printf ("%s%s", i == 0 ? "  Behind it wait the reverts of " : ", ", name);
    }
  if (names->len > WAITING_NAMED)
    printf (" and %u more", names->len - WAITING_NAMED);
  if (names->len > 0)
    printf (".\n");
}

static void
print_commands (const Answer *answer)
{
  if (answer->commands->len == 0)
    return;
  printf ("\n%sNext%s\n", answer->style->bold, answer->style->off);
  for (guint i = 0; i < answer->commands->len; i++)
    {
      const ReasonCommand *command = &g_array_index (answer->commands, ReasonCommand, i);
      g_autofree char *visible = text_dup_visible (command->command);
      g_autofree char *padded = text_dup_padded (visible, COMMAND_COLUMNS);

      printf ("  %s  %s# %s%s\n", padded, answer->style->dim, command->what, answer->style->off);
    }
}

static void
print_text (const Answer *answer)
{
  const ReportAtom *atom = get_atom (answer, answer->atom);
  g_autofree char *name = text_dup_visible (atom->name);

  printf ("%s%s%s is %s\n", answer->style->bold, name, answer->style->off,
          atom_state_get_name (atom->state));
  print_chain (answer);
  print_waiting (answer);
  if (answer->problem != NULL && atom->state != ATOM_STATE_SUCCESS)
    {
      g_autofree char *visible = text_dup_visible (answer->problem);

      printf ("  %s%s So what depends on what is not known.%s\n", answer->style->dim, visible,
              answer->style->off);
    }
  print_commands (answer);
}

/* -- As JSON ------------------------------------------------------------------------------------
 */

static void
add_decision (GVariantBuilder *object, const Answer *answer, const ReportDecision *decision)
{
  if (decision == NULL)
    return;
  json_add_text (object, "controller", get_atom (answer, decision->controller)->name);
  json_add_text (object, "answer", retry_decision_get_name (decision->answer));
  json_add_time (object, "until", decision->until_us);
}

static void
add_attempt (GVariantBuilder *object, const ReportAttempt *attempt)
{
  if (attempt == NULL)
    return;
  json_add_text (object, "action", atom_action_get_name (attempt->action));
  g_variant_builder_add (object, "{sv}", "attempt", g_variant_new_int64 (attempt->number));
  if (attempt->failure != NULL)
    {
      g_autoptr (GVariant) failure = failure_to_variant (attempt->failure);

      g_variant_builder_add (object, "{sv}", "failure", failure);
    }
}

static void
add_words (GVariantBuilder *object, const ReportReason *reason)
{
  if (reason->request != NULL)
    {
      json_add_text (object, "request", report_request_get_name (reason->request->request));
      json_add_text (object, "given-reason", reason->request->reason);
    }
  if (reason->resolution != NULL)
    {
      json_add_text (object, "resolution",
                     report_resolution_get_name (reason->resolution->resolution));
      json_add_text (object, "given-reason", reason->resolution->reason);
    }
  json_add_text (object, "when", reason->expression);
  json_add_text (object, "decider-of", reason->flow);
}

static GVariant *
reason_to_variant (const Answer *answer, const ReportReason *reason)
{
  g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autofree char *text = reason_dup_text (answer->report, reason);

  json_add_text (&object, "reason", report_reason_get_name (reason->kind));
  json_add_text (&object, "atom", get_atom (answer, reason->atom)->name);
  if (reason->other != REPORT_NO_ATOM)
    json_add_text (&object, "other", get_atom (answer, reason->other)->name);
  json_add_text (&object, "text", text);
  add_attempt (&object, reason->attempt);
  if (reason->controller != REPORT_NO_ATOM)
    json_add_text (&object, "tried-by", get_atom (answer, reason->controller)->name);
  if (reason->try_number > 0)
    g_variant_builder_add (&object, "{sv}", "try", g_variant_new_int64 (reason->try_number));
  add_decision (&object, answer, reason->decision);
  add_words (&object, reason);
  return g_variant_builder_end (&object);
}

static GVariant *
commands_to_variant (const Answer *answer)
{
  g_auto (GVariantBuilder) list = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));

  for (guint i = 0; i < answer->commands->len; i++)
    {
      const ReasonCommand *command = &g_array_index (answer->commands, ReasonCommand, i);
      g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

      json_add_text (&object, "command", command->command);
      json_add_text (&object, "what", command->what);
      g_variant_builder_add (&list, "v", g_variant_builder_end (&object));
    }
  return g_variant_builder_end (&list);
}

static void
print_json (const Answer *answer)
{
  const ReportAtom *atom = get_atom (answer, answer->atom);
  g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_auto (GVariantBuilder) reasons = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));
  g_auto (GVariantBuilder) waiting = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));
  g_autoptr (GPtrArray) names = new_waiting (answer);

  json_add_text (&object, "run", report_get_run (answer->report)->id);
  json_add_text (&object, "atom", atom->name);
  json_add_text (&object, "flow", atom->flow);
  json_add_text (&object, "state", atom_state_get_name (atom->state));
  json_add_text (&object, "intention", intention_get_name (atom->intention));
  json_add_text (&object, "effect", report_effect_get_name (atom->effect));
  for (guint i = 0; i < answer->count; i++)
    g_variant_builder_add (&reasons, "v", reason_to_variant (answer, &answer->chain[i]));
  g_variant_builder_add (&object, "{sv}", "reasons", g_variant_builder_end (&reasons));
  for (guint i = 0; i < names->len; i++)
    g_variant_builder_add (&waiting, "v",
                           g_variant_new_string ((const char *) g_ptr_array_index (names, i)));
  g_variant_builder_add (&object, "{sv}", "waiting", g_variant_builder_end (&waiting));
  g_variant_builder_add (&object, "{sv}", "next", commands_to_variant (answer));
  json_add_text (&object, "problem", answer->problem);
  console_print_json (g_variant_builder_end (&object));
}

/* -- The verb -----------------------------------------------------------------------------------
 */

static void
answer_for (const Report *report, guint atom, const Arguments *arguments, const Console *console)
{
  g_autoptr (StoredDefinition) definition = stored_definition_new (report);
  g_autofree char *store_option = shell_text_dup_store_option (arguments);
  guint count;
  g_autofree ReportReason *chain
      = report_dup_reasons (report, stored_definition_get_plan (definition), atom, &count);
  g_autoptr (GArray) commands = reason_new_commands (report, store_option, chain, count);
  Answer answer = { .report = report,
                    .atom = atom,
                    .chain = chain,
                    .count = count,
                    .commands = commands,
                    .problem = stored_definition_get_problem (definition),
                    .style = console->out };

  if (arguments_has (arguments, "json"))
    print_json (&answer);
  else
    print_text (&answer);
}

static ExitStatus
run (const Arguments *arguments, const Console *console)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Report) report = store_read_report (arguments, console, NULL, &error);
  guint atom = report != NULL ? step_lookup (report, arguments_get_operand (arguments, 1), &error)
                              : REPORT_NO_ATOM;

  if (atom == REPORT_NO_ATOM)
    return run_result_refuse (arguments, console, error);
  answer_for (report, atom, arguments, console);
  return EXIT_STATUS_SUCCESS;
}

static const Option options[]
    = { OPTION_STORE, OPTION_JSON, OPTION_COLOR, OPTION_HELP, OPTION_END };

const Verb verb_why = {
  .syntax = { "why", "RUN STEP", 2, 2, options },
  .summary = "Say why a step is in its state, and what to type next.",
  .notes = "RUN is the beginning of a run's id, or @last.",
  .run = run,
};
