/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/verb_plan.h"

#include <stdio.h>

#include "cli/runs/definition.h"
#include "cli/runs/foreign.h"
#include "cli/text.h"
#include "cli/views/rollback.h"
#include "cli/views/run_result.h"

/* How many names are listed in one line of text. */
#define NAMES_IN_LINE 12

/* Up to how many steps the rollback from each of them is worked out: that is quadratic in what is
 * printed. */
#define STEPS_WITH_ROLLBACK 2000

typedef struct
{
  const Definition *definition;
  const Plan *plan;
  Rollback *rollback;
  const Style *style;
  guint width;
} View;

/* -- As text ------------------------------------------------------------------------------------
 */

static const char *
get_undoing_text (const Plan *plan, guint32 node)
{
  switch (atom_get_effects (plan_get_atom (plan, node)))
    {
    case ATOM_EFFECTS_REVERSIBLE:
      return "reverted";
    case ATOM_EFFECTS_IRREVERSIBLE:
      return "POINT OF NO RETURN";
    case ATOM_EFFECTS_DEFAULT:
    case ATOM_EFFECTS_NONE:
    default:
      return "nothing to undo";
    }
}

/* The first names of a list, and how many more there are. Returns: (transfer full). */
static char *
dup_names (const GPtrArray *names)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < names->len && i < NAMES_IN_LINE; i++)
    {
      g_autofree char *name = text_dup_visible ((const char *) g_ptr_array_index (names, i));

      g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", name);
    }
  if (names->len > NAMES_IN_LINE)
    g_string_append_printf (text, " … and %u more", names->len - NAMES_IN_LINE);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
dup_padded_name (const View *view, guint32 node)
{
  g_autofree char *name = plan_dup_name (view->plan, node);
  g_autofree char *visible = text_dup_visible (name);

  return text_dup_padded (visible, view->width);
}

static void
print_order (const View *view)
{
  guint count;
  const guint32 *order = rollback_get_order (view->rollback, &count);

  printf ("\n%s%5s  %-*s  %-18s  %s%s\n", view->style->bold, "", (int) view->width, "STEP",
          "IN A ROLLBACK", "STARTS AFTER", view->style->off);
  for (guint i = 0; i < count; i++)
    {
      g_autofree char *padded = dup_padded_name (view, order[i]);
      g_autoptr (GPtrArray) dependencies = rollback_new_dependencies (view->rollback, order[i]);
      g_autofree char *names = dup_names (dependencies);

      printf ("%5u  %s  %-18s  %s\n", i + 1, padded, get_undoing_text (view->plan, order[i]),
              names);
    }
}

static void
print_rollback_from (const View *view, guint32 node)
{
  g_autofree char *padded = dup_padded_name (view, node);
  g_autoptr (GArray) effects = rollback_new_effects (view->rollback, node);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *text = NULL;

  for (guint i = 0; i < effects->len; i++)
    {
      const RollbackEffect *effect = &g_array_index (effects, RollbackEffect, i);
      g_autofree char *name = plan_dup_name (view->plan, effect->node);
      const char *mark = effect->stays ? "!" : "";

      if (effect->is_certain)
        g_ptr_array_add (names, g_strconcat (mark, name, NULL));
      else
        g_ptr_array_add (names, g_strdup_printf ("[%s%s]", mark, name));
    }
  text = dup_names (names);
  printf ("       %s  %s\n", padded, names->len > 0 ? text : "nothing");
}

static void
print_rollbacks (const View *view, guint32 only)
{
  guint count;
  const guint32 *order = rollback_get_order (view->rollback, &count);

  printf ("\n%sIf a step fails, this is undone, in this order%s\n", view->style->bold,
          view->style->off);
  printf ("  [step]: if it has run by then; !step: it can't be taken back, and stays\n");
  if (only != PLAN_NO_NODE)
    print_rollback_from (view, only);
  else if (count > STEPS_WITH_ROLLBACK)
    printf ("  %u steps are too many to list each: ask for one with --step STEP\n", count);
  else
    for (guint i = 0; i < count; i++)
      print_rollback_from (view, order[i]);
}

static void
print_text (const View *view, guint32 only)
{
  const FlowFile *file = definition_get_file (view->definition);
  g_autofree char *name = text_dup_visible (flow_get_name (flow_file_get_flow (file)));
  g_autofree char *description = text_dup_visible (flow_file_get_description (file));
  guint count;
  g_autofree char *steps = NULL;

  rollback_get_order (view->rollback, &count);
  steps = text_dup_count (count, "step");
  printf ("%s%s%s  %s  %s\n", view->style->bold, name, view->style->off, steps, description);
  if (only == PLAN_NO_NODE)
    print_order (view);
  print_rollbacks (view, only);
}

/* -- As JSON ------------------------------------------------------------------------------------
 */

static GVariant *
names_to_variant (const GPtrArray *names)
{
  g_auto (GVariantBuilder) list = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));

  for (guint i = 0; i < names->len; i++)
    g_variant_builder_add (&list, "v",
                           g_variant_new_string ((const char *) g_ptr_array_index (names, i)));
  return g_variant_builder_end (&list);
}

static GVariant *
effects_to_variant (const View *view, guint32 node)
{
  g_autoptr (GArray) effects = rollback_new_effects (view->rollback, node);
  g_auto (GVariantBuilder) list = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));

  for (guint i = 0; i < effects->len; i++)
    {
      const RollbackEffect *effect = &g_array_index (effects, RollbackEffect, i);
      g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
      g_autofree char *name = plan_dup_name (view->plan, effect->node);

      g_variant_builder_add (&object, "{sv}", "step", g_variant_new_string (name));
      g_variant_builder_add (&object, "{sv}", "certain",
                             g_variant_new_boolean (effect->is_certain));
      g_variant_builder_add (&object, "{sv}", "stays", g_variant_new_boolean (effect->stays));
      g_variant_builder_add (&list, "v", g_variant_builder_end (&object));
    }
  return g_variant_builder_end (&list);
}

static const char *
get_effects_name (const Plan *plan, guint32 node)
{
  AtomEffects effects = atom_get_effects (plan_get_atom (plan, node));

  if (effects == ATOM_EFFECTS_IRREVERSIBLE)
    return "irreversible";
  return effects == ATOM_EFFECTS_REVERSIBLE ? "reversible" : "none";
}

static GVariant *
step_to_variant (const View *view, guint32 node, gboolean has_rollback)
{
  g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autofree char *name = plan_dup_name (view->plan, node);
  g_autoptr (GPtrArray) dependencies = rollback_new_dependencies (view->rollback, node);
  const char *kind = plan_get_kind (view->plan, node) == PLAN_NODE_RETRY ? "retry" : "task";

  g_variant_builder_add (&object, "{sv}", "step", g_variant_new_string (name));
  g_variant_builder_add (&object, "{sv}", "kind", g_variant_new_string (kind));
  g_variant_builder_add (&object, "{sv}", "flow",
                         g_variant_new_string (flow_get_name (plan_get_flow (view->plan, node))));
  g_variant_builder_add (&object, "{sv}", "effects",
                         g_variant_new_string (get_effects_name (view->plan, node)));
  g_variant_builder_add (&object, "{sv}", "after", names_to_variant (dependencies));
  if (has_rollback)
    g_variant_builder_add (&object, "{sv}", "rollback", effects_to_variant (view, node));
  return g_variant_builder_end (&object);
}

static void
print_json (const View *view, guint32 only)
{
  Flow *flow = flow_file_get_flow (definition_get_file (view->definition));
  g_auto (GVariantBuilder) steps = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));
  g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  guint count;
  const guint32 *order = rollback_get_order (view->rollback, &count);

  for (guint i = 0; i < count; i++)
    if (only == PLAN_NO_NODE || order[i] == only)
      g_variant_builder_add (
          &steps, "v",
          step_to_variant (view, order[i], only == order[i] || count <= STEPS_WITH_ROLLBACK));
  g_variant_builder_add (&object, "{sv}", "flow", g_variant_new_string (flow_get_name (flow)));
  g_variant_builder_add (&object, "{sv}", "steps", g_variant_builder_end (&steps));
  console_print_json (g_variant_builder_end (&object));
}

/* -- The verb -----------------------------------------------------------------------------------
 */

static guint
get_name_width (const Plan *plan, const Rollback *rollback)
{
  guint count;
  const guint32 *order = rollback_get_order (rollback, &count);
  guint width = 4;

  for (guint i = 0; i < count; i++)
    width = MAX (width, text_get_width (atom_get_name (plan_get_atom (plan, order[i]))));
  return MIN (width, 40);
}

static ExitStatus
print (const Definition *definition, const Plan *plan, const Arguments *arguments,
       const Console *console)
{
  const char *step = arguments_find (arguments, "step");
  guint32 only = step != NULL ? plan_find_atom (plan, step) : PLAN_NO_NODE;
  g_autoptr (Rollback) rollback = rollback_new (plan);
  View view = { definition, plan, rollback, console->out, get_name_width (plan, rollback) };

  if (step != NULL && only == PLAN_NO_NODE)
    {
      g_autoptr (GError) error
          = g_error_new (ENGINE_ERROR, ENGINE_ERROR_STATE, "the flow has no step \"%s\"", step);

      return run_result_refuse_as (arguments, console, error, EXIT_STATUS_USAGE);
    }
  if (arguments_has (arguments, "json"))
    print_json (&view, only);
  else
    print_text (&view, only);
  return EXIT_STATUS_SUCCESS;
}

static ExitStatus
run (const Arguments *arguments, const Console *console)
{
  g_autoptr (Definition) definition = definition_load (arguments, DEFINITION_TO_LOOK);
  g_autoptr (Plan) plan = definition_compile (definition);

  foreign_warn (console, "the flow file", arguments_get_operand (arguments, 0));
  if (plan == NULL)
    return definition_refuse (definition, arguments, console, 0);
  if (diagnostics_get_n_warnings (definition_get_diagnostics (definition)) > 0)
    definition_print (definition, console, 0);
  else
    definition_note_modules (definition);
  return print (definition, plan, arguments, console);
}

static const Option options[] = {
  { "step", 's', OPTION_VALUE, "STEP", "only what is undone when that step fails" },
  OPTION_LOAD,
  OPTION_INPUT,
  OPTION_INPUT_FILE,
  OPTION_JSON,
  OPTION_COLOR,
  OPTION_HELP,
  OPTION_END,
};

const Verb verb_plan = {
  .syntax = { "plan", "FILE", 1, 1, options },
  .summary = "Show the order of the steps, and what a rollback from each would undo.",
  .run = run,
};
