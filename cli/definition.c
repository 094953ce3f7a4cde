/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/definition.h"

#include <stdio.h>

#include "cli/text.h"

struct Definition
{
  FlowFile *file; /* (nullable) */
  Inputs *inputs; /* (nullable) */
  Diagnostics *diagnostics;
};

static const char *
look_up_variable (const char *name, gpointer user_data)
{
  (void) user_data;
  return g_getenv (name);
}

static void
take_inputs (Definition *definition, const Arguments *arguments, DefinitionPurpose purpose)
{
  definition->inputs = inputs_new (definition->file);
  for (const char *const *at = arguments_get_all (arguments, "input"); *at != NULL; at++)
    inputs_add_argument (definition->inputs, *at, definition->diagnostics);
  for (const char *const *at = arguments_get_all (arguments, "input-file"); *at != NULL; at++)
    inputs_add_file (definition->inputs, *at, definition->diagnostics);
  inputs_add_environment (definition->inputs, look_up_variable, NULL, definition->diagnostics);
  if (purpose == DEFINITION_TO_RUN)
    inputs_add_defaults (definition->inputs, definition->diagnostics);
}

Definition *
definition_load (const Arguments *arguments, DefinitionPurpose purpose)
{
  Definition *definition = g_new0 (Definition, 1);

  definition->diagnostics = diagnostics_new ();
  definition->file
      = flow_file_load (arguments_get_operand (arguments, 0), NULL, definition->diagnostics);
  if (definition->file != NULL)
    take_inputs (definition, arguments, purpose);
  return definition;
}

void
definition_free (Definition *definition)
{
  if (definition == NULL)
    return;
  inputs_free (definition->inputs);
  flow_file_free (definition->file);
  diagnostics_free (definition->diagnostics);
  g_free (definition);
}

gboolean
definition_has_errors (const Definition *definition)
{
  return diagnostics_get_n_errors (definition->diagnostics) > 0;
}

const FlowFile *
definition_get_file (const Definition *definition)
{
  return definition->file;
}

const Diagnostics *
definition_get_diagnostics (Definition *definition)
{
  diagnostics_sort (definition->diagnostics);
  return definition->diagnostics;
}

Plan *
definition_compile (Definition *definition)
{
  Flow *flow = definition->file != NULL ? flow_file_get_flow (definition->file) : NULL;
  g_autoptr (Plan) plan = flow != NULL ? plan_new (flow, definition->diagnostics) : NULL;
  guint n_inputs;
  const FlowInput *inputs;
  g_autofree const char **names = NULL;

  if (plan == NULL)
    return NULL;
  inputs = flow_file_get_inputs (definition->file, &n_inputs);
  names = g_new0 (const char *, n_inputs + 1);
  for (guint i = 0; i < n_inputs; i++)
    names[i] = inputs[i].name;
  if (!plan_check_inputs (plan, names, definition->diagnostics)
      || definition_has_errors (definition))
    return NULL;
  plan_check_outputs (plan, flow_file_get_outputs (definition->file), definition->diagnostics);
  return g_steal_pointer (&plan);
}

static gboolean
inject (const Definition *definition, Engine *engine, const FlowInput *input, GError **error)
{
  const char *source = NULL;
  GVariant *value = inputs_find (definition->inputs, input->name, &source);

  if (value == NULL)
    return TRUE;
  if (input->is_secret)
    return engine_inject_secret (engine, input->name, value, source, error);
  return engine_inject (engine, input->name, value, error);
}

gboolean
definition_prepare (Definition *definition, Engine *engine, GError **error)
{
  guint n_inputs;
  const FlowInput *inputs = flow_file_get_inputs (definition->file, &n_inputs);
  g_autoptr (GError) invalid = NULL;
  gboolean is_valid;

  for (guint i = 0; i < n_inputs; i++)
    if (!inject (definition, engine, &inputs[i], error))
      return FALSE;
  is_valid = engine_validate (engine, &invalid);
  if (engine_get_diagnostics (engine) != NULL)
    diagnostics_append (definition->diagnostics, engine_get_diagnostics (engine));
  if (is_valid)
    plan_check_outputs (engine_get_plan (engine), flow_file_get_outputs (definition->file), definition->diagnostics);
  if (is_valid || definition_has_errors (definition))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&invalid));
  return FALSE;
}

void
definition_print (Definition *definition, const Console *console, guint limit)
{
  const Diagnostics *diagnostics = definition_get_diagnostics (definition);
  DiagnosticsFormat format
      = *console->err->bold != '\0' ? DIAGNOSTICS_FORMAT_COLOR : DIAGNOSTICS_FORMAT_PLAIN;
  g_autofree char *text = diagnostics_format_text (diagnostics, limit, format);
  g_autofree char *errors = text_dup_count (diagnostics_get_n_errors (diagnostics), "error");
  g_autofree char *warnings = text_dup_count (diagnostics_get_n_warnings (diagnostics), "warning");

  fprintf (stderr, "%s%s, %s. Nothing was run.\n", text, errors, warnings);
}
