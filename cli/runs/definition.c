/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/runs/definition.h"

#include <backflow/diagnostics/diagnostic_text.h>
#include <backflow/engine/plan/checks_inputs.h>
#include <backflow/engine/plan/checks_unused.h>
#include <backflow/values/value.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/text.h"
#include "cli/views/run_result.h"

struct Definition
{
  FlowFile *file; /* (nullable) */
  Inputs *inputs; /* (nullable) */
  Diagnostics *diagnostics;
  gboolean is_standard_input;
  GPtrArray *secrets; /* (nullable) of FlowInput: those that a stored run has */
};

static const char *
look_up_variable (const char *name, gpointer user_data)
{
  (void) user_data;
  return g_getenv (name);
}

/* Takes what the command line gives. */
static void
take_given (Definition *definition, const Arguments *arguments)
{
  definition->inputs = inputs_new (definition->file);
  for (const char *const *at = arguments_get_all (arguments, "input"); *at != NULL; at++)
    inputs_add_argument (definition->inputs, *at, definition->diagnostics);
  for (const char *const *at = arguments_get_all (arguments, "input-file"); *at != NULL; at++)
    inputs_add_file (definition->inputs, strcmp (*at, "-") == 0 ? "/dev/stdin" : *at,
                     definition->diagnostics);
}

static void
take_inputs (Definition *definition, const Arguments *arguments, DefinitionPurpose purpose)
{
  take_given (definition, arguments);
  inputs_add_environment (definition->inputs, look_up_variable, NULL, definition->diagnostics);
  if (purpose == DEFINITION_TO_RUN)
    inputs_add_defaults (definition->inputs, definition->diagnostics);
}

/* Reads standard input to its end. Returns: (transfer full) (nullable): NULL, with an error among
 * the diagnostics. */
static GBytes *
read_standard_input (Diagnostics *diagnostics)
{
  g_autoptr (GByteArray) text = g_byte_array_new ();
  guint8 buffer[65536];
  gsize count;

  while ((count = fread (buffer, 1, sizeof buffer, stdin)) > 0 && text->len <= FLOW_FILE_SIZE_MAX)
    g_byte_array_append (text, buffer, (guint) count);
  if (!ferror (stdin))
    return g_byte_array_free_to_bytes (g_steal_pointer (&text));
  diagnostics_add (diagnostics, DIAGNOSTIC_ERROR, "file", NULL, "standard input can't be read: %s",
                   g_strerror (errno));
  return NULL;
}

/* Loads the file at `path`, or standard input for "-". */
static FlowFile *
load_file (Definition *definition, const char *path, const FlowFileOptions *options)
{
  g_autoptr (GBytes) text = NULL;

  definition->is_standard_input = strcmp (path, "-") == 0;
  if (!definition->is_standard_input)
    return flow_file_load (path, options, definition->diagnostics);
  text = read_standard_input (definition->diagnostics);
  return text != NULL
             ? flow_file_load_text ("standard input", text, options, definition->diagnostics)
             : NULL;
}

gboolean
definition_is_standard_input (const Definition *definition)
{
  return definition->is_standard_input;
}

Definition *
definition_load (const Arguments *arguments, DefinitionPurpose purpose)
{
  Definition *definition = g_new0 (Definition, 1);
  gboolean skips_modules = purpose == DEFINITION_TO_LOOK && !arguments_has (arguments, "load");
  FlowFileOptions options
      = { .modules = skips_modules ? FLOW_FILE_MODULES_SKIP : FLOW_FILE_MODULES_LOAD };

  definition->diagnostics = diagnostics_new ();
  definition->file = load_file (definition, arguments_get_operand (arguments, 0), &options);
  if (definition->file != NULL)
    take_inputs (definition, arguments, purpose);
  return definition;
}

/* -- Of a run that was begun before -------------------------------------------------------------
 */

Definition *
definition_load_for_run (const char *path, const char *text)
{
  Definition *definition = g_new0 (Definition, 1);
  g_autoptr (GBytes) bytes = text != NULL ? g_bytes_new (text, strlen (text)) : NULL;
  g_autofree char *directory = g_path_get_dirname (path);
  FlowFileOptions options = { .base_directory = directory };

  definition->diagnostics = diagnostics_new ();
  definition->file = text != NULL
                         ? flow_file_load_text (path, bytes, &options, definition->diagnostics)
                         : flow_file_load (path, NULL, definition->diagnostics);
  return definition;
}

/* A lookup that knows no variable but the one whose name is `user_data`. */
static const char *
look_up_one (const char *name, gpointer user_data)
{
  return strcmp (name, (const char *) user_data) == 0 ? g_getenv (name) : NULL;
}

/* Where a secret came from when the run was begun. Returns: (transfer full); NULL: the run was not
 * given it. */
static char *
dup_stored_source (GVariant *stored, const char *name)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (stored, name, G_VARIANT_TYPE_VARDICT);
  char *source = NULL;

  if (value != NULL)
    (void) g_variant_lookup (value, "$secret", "s", &source);
  return source;
}

static void
report_missing (Definition *definition, const FlowInput *input, const char *source)
{
  g_autofree char *from = g_strdup ("is given on the command line");

  if (g_str_has_prefix (source, "env:"))
    {
      g_free (from);
      from = g_strdup_printf ("comes from the environment variable %s, which is not set",
                              source + 4);
    }
  else if (g_str_has_prefix (source, "file:"))
    {
      g_free (from);
      from = g_strdup_printf ("comes from the file %s, where it is no more", source + 5);
    }
  diagnostics_add (definition->diagnostics, DIAGNOSTIC_ERROR, "missing-secret", NULL,
                   "the secret '%s' is not in the store: it %s", input->name, from);
  diagnostics_add_help (definition->diagnostics, "give it again: -i %s=VALUE", input->name);
}

/* Reads a secret where it was read when the run was begun. */
static void
recall_secret (Definition *definition, const FlowInput *input, const char *source)
{
  if (g_str_has_prefix (source, "env:"))
    inputs_add_environment (definition->inputs, look_up_one, (gpointer) (guintptr) (source + 4),
                            definition->diagnostics);
  else if (g_str_has_prefix (source, "file:"))
    inputs_add_file (definition->inputs, source + 5, definition->diagnostics);
  else if (strcmp (source, "default") == 0 && input->default_value != NULL)
    return;
  if (inputs_find (definition->inputs, input->name, NULL) == NULL)
    report_missing (definition, input, source);
}

static void
check_given (Definition *definition, const FlowInput *input)
{
  if (input->is_secret || inputs_find (definition->inputs, input->name, NULL) == NULL)
    return;
  diagnostics_add (
      definition->diagnostics, DIAGNOSTIC_ERROR, "input-fixed", NULL,
      "the input '%s' can't be given again: the run has the value that it was begun with",
      input->name);
  diagnostics_add_help (definition->diagnostics,
                        "only secrets, which are not stored, are given again");
}

/* Takes an input of a stored run, unless the command line has given it. */
static void
recall_input (Definition *definition, const FlowInput *input, GVariant *stored)
{
  g_autofree char *source = input->is_secret ? dup_stored_source (stored, input->name) : NULL;
  g_autoptr (GVariant) value = value_find_key (stored, input->name);
  g_autofree char *text = NULL;
  g_autofree char *argument = NULL;

  if (inputs_find (definition->inputs, input->name, NULL) != NULL || value == NULL)
    return;
  if (input->is_secret)
    {
      if (source != NULL)
        recall_secret (definition, input, source);
      return;
    }
  text = input->type == FLOW_INPUT_STRING ? value_to_word (value) : value_to_json (value);
  argument = g_strconcat (input->name, "=", text, NULL);
  inputs_add_argument (definition->inputs, argument, definition->diagnostics);
}

Definition *
definition_load_again (const char *path, const Arguments *arguments, GVariant *stored)
{
  Definition *definition = definition_load_for_run (path, NULL);
  guint n_inputs = 0;
  const FlowInput *inputs
      = definition->file != NULL ? flow_file_get_inputs (definition->file, &n_inputs) : NULL;

  if (definition->file == NULL)
    return definition;
  take_given (definition, arguments);
  for (guint i = 0; i < n_inputs; i++)
    recall_input (definition, &inputs[i], stored);
  inputs_add_environment (definition->inputs, look_up_variable, NULL, definition->diagnostics);
  inputs_add_defaults (definition->inputs, definition->diagnostics);
  return definition;
}

void
definition_take_secrets (Definition *definition, const Arguments *arguments, GVariant *stored)
{
  guint n_inputs;
  const FlowInput *inputs = flow_file_get_inputs (definition->file, &n_inputs);

  definition->secrets = g_ptr_array_new ();
  take_given (definition, arguments);
  for (guint i = 0; i < n_inputs; i++)
    check_given (definition, &inputs[i]);
  for (guint i = 0; i < n_inputs; i++)
    {
      g_autofree char *source
          = inputs[i].is_secret ? dup_stored_source (stored, inputs[i].name) : NULL;

      if (source == NULL)
        continue;
      g_ptr_array_add (definition->secrets, (gpointer) (guintptr) &inputs[i]);
      if (inputs_find (definition->inputs, inputs[i].name, NULL) == NULL)
        recall_secret (definition, &inputs[i], source);
    }
}

gboolean
definition_inject_secrets (const Definition *definition, Engine *engine, GError **error)
{
  for (guint i = 0; definition->secrets != NULL && i < definition->secrets->len; i++)
    {
      const FlowInput *input = (const FlowInput *) g_ptr_array_index (definition->secrets, i);
      const char *source = "default";
      GVariant *value = inputs_find (definition->inputs, input->name, &source);

      if (value == NULL)
        value = input->default_value;
      if (!engine_inject_secret (engine, input->name, value, source, error))
        return FALSE;
    }
  return TRUE;
}

void
definition_free (Definition *definition)
{
  if (definition == NULL)
    return;
  g_clear_pointer (&definition->secrets, g_ptr_array_unref);
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

/* The names of the declared inputs, borrowed, NULL-terminated. Returns: (transfer container). */
static const char **
list_inputs (const Definition *definition)
{
  guint n_inputs;
  const FlowInput *inputs = flow_file_get_inputs (definition->file, &n_inputs);
  const char **names = g_new0 (const char *, n_inputs + 1);

  for (guint i = 0; i < n_inputs; i++)
    names[i] = inputs[i].name;
  return names;
}

/* Whether the finding is about a flow that could not be compiled, and no consequence of that. Where
 * steps could not be read, a symbol may be one of theirs unless it looks like a misspelt one. */
static gboolean
is_own_mistake (const Definition *definition, const Diagnostic *found)
{
  gboolean is_whole = flow_file_get_flow (definition->file) != NULL;

  if (strcmp (found->code, "duplicate-name") == 0)
    return !is_whole;
  return strcmp (found->code, "missing-symbol") == 0
         && (is_whole || (found->help != NULL && g_str_has_prefix (found->help, "did you mean")));
}

/* Adds what else is wrong with a flow that can't be compiled. */
static void
find_more (Definition *definition, const char *const *inputs)
{
  g_autoptr (Diagnostics) found = diagnostics_new ();

  if (flow_file_get_partial_flow (definition->file) == NULL)
    return;
  plan_find_mistakes (flow_file_get_partial_flow (definition->file), inputs, found);
  for (guint i = 0; i < diagnostics_get_length (found); i++)
    {
      const Diagnostic *one = diagnostics_get (found, i);

      if (!is_own_mistake (definition, one))
        continue;
      diagnostics_add (definition->diagnostics, one->severity, one->code, &one->mark, "%s",
                       one->message);
      if (one->help != NULL)
        diagnostics_add_help (definition->diagnostics, "%s", one->help);
    }
}

Plan *
definition_compile (Definition *definition)
{
  Flow *flow = definition->file != NULL ? flow_file_get_flow (definition->file) : NULL;
  g_autoptr (Plan) plan = flow != NULL ? plan_new (flow, definition->diagnostics) : NULL;
  g_autofree const char **names = NULL;

  if (definition->file == NULL)
    return NULL;
  names = list_inputs (definition);
  if (plan == NULL)
    {
      find_more (definition, names);
      return NULL;
    }
  if (!plan_check_inputs (plan, names, definition->diagnostics)
      || definition_has_errors (definition))
    return NULL;
  plan_check_outputs (plan, flow_file_get_outputs (definition->file), definition->diagnostics);
  return g_steal_pointer (&plan);
}

/* Where a secret is from is kept with the run, so that it can be read there again, from another
 * folder too. */
static gboolean
inject_secret (Engine *engine, const FlowInput *input, GVariant *value, const char *source,
               GError **error)
{
  g_autofree char *path = NULL;
  g_autofree char *whole = NULL;

  if (!g_str_has_prefix (source, "file:"))
    return engine_inject_secret (engine, input->name, value, source, error);
  path = g_canonicalize_filename (source + 5, NULL);
  whole = g_strconcat ("file:", path, NULL);
  return engine_inject_secret (engine, input->name, value, whole, error);
}

static gboolean
inject (const Definition *definition, Engine *engine, const FlowInput *input, GError **error)
{
  const char *source = NULL;
  GVariant *value = inputs_find (definition->inputs, input->name, &source);

  if (value == NULL)
    return TRUE;
  if (input->is_secret)
    return inject_secret (engine, input, value, source, error);
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
    plan_check_outputs (engine_get_plan (engine), flow_file_get_outputs (definition->file),
                        definition->diagnostics);
  if (is_valid || definition_has_errors (definition))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&invalid));
  return FALSE;
}

void
definition_note_modules (const Definition *definition)
{
  if (definition->file != NULL && flow_file_has_skipped_modules (definition->file))
    fprintf (stderr,
             "The modules of the file were not loaded, and the functions that it calls were "
             "not looked up: --load does both.\n");
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
  definition_note_modules (definition);
}

ExitStatus
definition_refuse (Definition *definition, const Arguments *arguments, const Console *console,
                   guint limit)
{
  if (arguments_has (arguments, "json"))
    run_result_print_findings (definition_get_diagnostics (definition));
  definition_print (definition, console, limit);
  return EXIT_STATUS_USAGE;
}
