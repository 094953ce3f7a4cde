/* SPDX-License-Identifier: Apache-2.0 */

#include <backflow/flows/yaml/inputs.h>

#include <string.h>

#include <backflow/diagnostics/spelling.h>
#include <backflow/values/value.h>

#include "flows/yaml/document_reader.h"
#include "flows/yaml/field.h"
#include "flows/yaml/field_value.h"
#include "flows/yaml/input_reader.h"
#include "flows/yaml/input_text.h"

/* Where a value is from, in ascending precedence. */
typedef enum
{
  RANK_NONE,
  RANK_DEFAULT,
  RANK_ENVIRONMENT,
  RANK_FILE,
  RANK_ARGUMENT,
} Rank;

/* The value of one declared input. */
typedef struct
{
  GVariant *value; /* (nullable) */
  char *source;    /* (nullable) */
  Rank rank;
} Slot;

struct Inputs
{
  const FlowFile *file;
  const FlowInput *declared;
  guint count;
  Slot *slots;           /* by position in `declared` */
  SpellingBudget budget; /* for likely names */
};

Inputs *
inputs_new (const FlowFile *file)
{
  Inputs *inputs = g_new0 (Inputs, 1);

  inputs->file = file;
  inputs->declared = flow_file_get_inputs (file, &inputs->count);
  inputs->slots = g_new0 (Slot, inputs->count);
  inputs->budget = SPELLING_BUDGET_FULL;
  return inputs;
}

static void
slot_clear (Slot *slot)
{
  g_clear_pointer (&slot->value, g_variant_unref);
  g_clear_pointer (&slot->source, g_free);
}

void
inputs_free (Inputs *inputs)
{
  if (inputs == NULL)
    return;
  for (guint i = 0; i < inputs->count; i++)
    slot_clear (&inputs->slots[i]);
  g_free (inputs->slots);
  g_free (inputs);
}

/* Keeps a value (transfer full) unless there is one of a higher rank. */
static void
take_value (Inputs *inputs, const FlowInput *input, Rank rank, GVariant *value, const char *source)
{
  Slot *slot = &inputs->slots[input - inputs->declared];

  if (slot->rank > rank)
    {
      g_variant_unref (value);
      return;
    }
  slot_clear (slot);
  slot->rank = rank;
  slot->value = value;
  slot->source = g_strdup (source);
}

/* -- Texts ------------------------------------------------------------------------------------ */

/* Keeps the value that a text says; reports a text that says none. `from` is where it is from, for
 * people. */
static void
take_text (Inputs *inputs, const FlowInput *input, Rank rank, const char *text, const char *source,
           const char *from, Diagnostics *diagnostics)
{
  g_autofree char *why = NULL;
  GVariant *value = input_text_parse (input, text, &why);

  if (value != NULL)
    {
      take_value (inputs, input, rank, value, source);
      return;
    }
  diagnostics_add (diagnostics, DIAGNOSTIC_ERROR, "input-value", NULL,
                   "the input '%s' (%s) cannot be that value: expected %s", input->name, from,
                   why != NULL && !input->is_secret ? why : flow_input_type_get_name (input->type));
}

/* Gives the finding that was added last the input that was probably meant. */
static void
suggest_input (Inputs *inputs, const char *name, Diagnostics *diagnostics)
{
  g_autofree const char **names = g_new (const char *, inputs->count + 1);
  const char *nearest;

  for (guint i = 0; i < inputs->count; i++)
    names[i] = inputs->declared[i].name;
  nearest = spelling_find_nearest_within (name, names, inputs->count, &inputs->budget);
  if (nearest != NULL)
    diagnostics_add_help (diagnostics, "did you mean '%s'?", nearest);
  else if (inputs->count == 0)
    diagnostics_add_help (diagnostics, "the file declares no inputs");
}

void
inputs_add_argument (Inputs *inputs, const char *argument, Diagnostics *diagnostics)
{
  const char *equals = strchr (argument, '=');
  g_autofree char *name = NULL;
  const FlowInput *input;

  if (equals == NULL || equals == argument)
    {
      diagnostics_add (diagnostics, DIAGNOSTIC_ERROR, "input-syntax", NULL,
                       "'%s' is not NAME=VALUE", argument);
      return;
    }
  name = g_strndup (argument, (gsize) (equals - argument));
  input = flow_file_find_input (inputs->file, name);
  if (input != NULL)
    {
      take_text (inputs, input, RANK_ARGUMENT, equals + 1, "argument", "-i", diagnostics);
      return;
    }
  diagnostics_add (diagnostics, DIAGNOSTIC_ERROR, "unknown-input", NULL,
                   "the file declares no input '%s'", name);
  suggest_input (inputs, name, diagnostics);
}

void
inputs_add_environment (Inputs *inputs, InputsLookupFunc lookup, gpointer user_data,
                        Diagnostics *diagnostics)
{
  for (guint i = 0; i < inputs->count; i++)
    {
      const FlowInput *input = &inputs->declared[i];
      const char *text = input->env == NULL ? NULL : lookup (input->env, user_data);
      g_autofree char *source = NULL;

      if (text == NULL || inputs->slots[i].rank > RANK_ENVIRONMENT)
        continue;
      source = g_strconcat ("env:", input->env, NULL);
      take_text (inputs, input, RANK_ENVIRONMENT, text, source, input->env, diagnostics);
    }
}

/* -- Files ------------------------------------------------------------------------------------ */

/* Reports a value that does not fit. The source line of a secret is not shown. */
static void
report_misfit (Loader *loader, const Source *source, const FlowInput *input, const Node *node,
               GVariant *value)
{
  SourceMark mark
      = input->is_secret ? source_get_file_mark (source) : loader_get_mark (loader, node);

  diagnostics_add (loader->diagnostics, DIAGNOSTIC_ERROR, "type", &mark,
                   "the input '%s' is of type %s, found %s", input->name,
                   flow_input_type_get_name (input->type), value_get_type_name (value));
  if (input->type == FLOW_INPUT_STRING && document_get_text (loader->document, node) != NULL)
    diagnostics_add_help (loader->diagnostics, "quote it");
}

static void
read_member (Inputs *inputs, Loader *loader, const Source *source, const Node *key,
             const Node *node)
{
  const char *name = document_get_text (loader->document, key);
  const FlowInput *input = name == NULL ? NULL : flow_file_find_input (inputs->file, name);
  g_autofree char *from = NULL;
  GVariant *value;

  if (name == NULL)
    return;
  if (input == NULL)
    {
      loader_report (loader, key, "unknown-input", "the flow file declares no input '%s'", name);
      suggest_input (inputs, name, loader->diagnostics);
      return;
    }
  value = field_dup_value (loader, node);
  if (value == NULL)
    return;
  if (!input_reader_fit (input, &value))
    {
      report_misfit (loader, source, input, node, value);
      g_variant_unref (value);
      return;
    }
  from = g_strconcat ("file:", source_get_name (source), NULL);
  take_value (inputs, input, RANK_FILE, value, from);
}

void
inputs_add_file (Inputs *inputs, const char *path, Diagnostics *diagnostics)
{
  g_autoptr (Source) source = source_new_from_file (path, FLOW_FILE_SIZE_MAX, diagnostics);
  g_autoptr (Document) document
      = source == NULL ? NULL : document_reader_read (source, NULL, diagnostics);
  Loader loader
      = { .document = document, .diagnostics = diagnostics, .budget = SPELLING_BUDGET_FULL };
  const Node *root;
  const Node *key;
  NodeIter iter;

  if (document == NULL)
    return;
  root = document_get_root (document);
  if (document_get_kind (document, root) != NODE_MAPPING)
    {
      loader_report (&loader, root, "type", "expected a mapping of inputs to values, found %s",
                     field_describe (&loader, root));
      return;
    }
  node_iter_init (&iter, document, root);
  while ((key = node_iter_next (&iter)) != NULL)
    read_member (inputs, &loader, source, key, node_iter_next (&iter));
}

/* -- The rest --------------------------------------------------------------------------------- */

static void
report_missing (const FlowInput *input, Diagnostics *diagnostics)
{
  diagnostics_add (diagnostics, DIAGNOSTIC_ERROR, "missing-input", &input->mark,
                   "the input '%s' is missing", input->name);
  if (input->env != NULL)
    diagnostics_add_help (diagnostics, "give it with -i %s=VALUE, or in the variable %s",
                          input->name, input->env);
  else
    diagnostics_add_help (diagnostics, "give it with -i %s=VALUE", input->name);
}

void
inputs_add_defaults (Inputs *inputs, Diagnostics *diagnostics)
{
  for (guint i = 0; i < inputs->count; i++)
    {
      const FlowInput *input = &inputs->declared[i];

      if (inputs->slots[i].rank != RANK_NONE)
        continue;
      if (input->default_value != NULL)
        take_value (inputs, input, RANK_DEFAULT, g_variant_ref (input->default_value), "default");
      else
        report_missing (input, diagnostics);
    }
}

GVariant *
inputs_find (const Inputs *inputs, const char *name, const char **source)
{
  const FlowInput *input = flow_file_find_input (inputs->file, name);
  const Slot *slot = input == NULL ? NULL : &inputs->slots[input - inputs->declared];

  if (source != NULL)
    *source = slot == NULL ? NULL : slot->source;
  return slot == NULL ? NULL : slot->value;
}
