/* SPDX-License-Identifier: Apache-2.0 */

#include "flows/yaml/input_reader.h"

#include <string.h>

#include <backflow/values/value.h>

#include "flows/yaml/field.h"
#include "flows/yaml/field_value.h"

/* clang-format off */
#define INPUT_KEYS(X) \
  X (TYPE, "type", "string, integer, number, boolean, array, object, or any", "what it may be") \
  X (DEFAULT, "default", "value", "what it is when it is not given; without one it is required") \
  X (DESCRIPTION, "description", "text", "what it is for") \
  X (ENV, "env", "name of a variable", "the environment variable that it may come from") \
  X (SECRET, "secret", "boolean", "never stored nor shown")
/* clang-format on */

typedef enum
{
#define X(id, name, shape, meaning) INPUT_KEY_##id,
  INPUT_KEYS (X)
#undef X
      INPUT_KEY_COUNT
} InputKey;

#define X(id, name, shape, meaning) { name, shape, meaning },
static const Key input_keys[] = { INPUT_KEYS (X) };
#undef X

const KeyTable input_key_table = { "an input", input_keys, INPUT_KEY_COUNT, NULL, NULL };

/* Other words for types that are understood. */
static const struct
{
  const char *name;
  FlowInputType type;
} other_names[] = {
  { "int", FLOW_INPUT_INTEGER }, { "float", FLOW_INPUT_NUMBER }, { "bool", FLOW_INPUT_BOOLEAN },
  { "list", FLOW_INPUT_ARRAY },  { "map", FLOW_INPUT_OBJECT },   { "mapping", FLOW_INPUT_OBJECT },
};

/* -- Types ------------------------------------------------------------------------------------ */

gboolean
input_reader_fit (const FlowInput *input, GVariant **value)
{
  const char *is = value_get_type_name (*value);
  GVariant *number;

  if (input->type == FLOW_INPUT_ANY || strcmp (is, flow_input_type_names[input->type]) == 0)
    return TRUE;
  if (value_is_null (*value))
    return input->default_value != NULL && value_is_null (input->default_value);
  if (input->type != FLOW_INPUT_NUMBER || strcmp (is, "integer") != 0)
    return FALSE;
  number = g_variant_new_double ((double) g_variant_get_int64 (*value));
  g_variant_unref (*value);
  *value = g_variant_ref_sink (number);
  return TRUE;
}

static FlowInputType
type_of_value (GVariant *value)
{
  const char *name = value_get_type_name (value);
  guint type = FLOW_INPUT_STRING;

  while (type < FLOW_INPUT_OBJECT && strcmp (flow_input_type_names[type], name) != 0)
    type++;
  return (FlowInputType) type;
}

static FlowInputType
read_type (Loader *loader, const Node *node)
{
  const char *name = document_get_text (loader->document, node);
  guint index = FLOW_INPUT_ANY;

  for (guint i = 0; name != NULL && i < G_N_ELEMENTS (other_names); i++)
    if (strcmp (name, other_names[i].name) == 0)
      return other_names[i].type;
  field_get_choice (loader, node, "type", flow_input_type_names,
                    G_N_ELEMENTS (flow_input_type_names), &index);
  return (FlowInputType) index;
}

/* -- One input ----------------------------------------------------------------------------------
 */

static gboolean
is_variable (const char *name)
{
  return name[0] != '\0' && !g_ascii_isdigit (name[0])
         && name[strspn (name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_")] == '\0';
}

static char *
dup_env (Loader *loader, const Node *node)
{
  const char *name = field_get_text (loader, node, "env");

  if (name == NULL || is_variable (name))
    return g_strdup (name);
  loader_report (loader, node, "variable", "'%s' is not the name of an environment variable", name);
  return NULL;
}

static void
read_default (Loader *loader, const Node *node, FlowInput *input)
{
  g_autoptr (GVariant) value = field_dup_value (loader, node);

  if (value == NULL)
    return;
  if (!value_is_null (value) && !input_reader_fit (input, &value))
    {
      loader_report (loader, node, "type",
                     "the default of '%s' is not of its type: expected %s, found %s", input->name,
                     flow_input_type_names[input->type], value_get_type_name (value));
      if (input->type == FLOW_INPUT_STRING && document_get_text (loader->document, node) != NULL)
        diagnostics_add_help (loader->diagnostics, "quote it");
      return;
    }
  input->default_value = g_steal_pointer (&value);
}

static void
read_long_form (Loader *loader, const Node *const *values, FlowInput *input)
{
  const Node *description = values[INPUT_KEY_DESCRIPTION];
  const char *text
      = description == NULL ? NULL : field_get_any_text (loader, description, "description");

  input->type = FLOW_INPUT_ANY;
  if (values[INPUT_KEY_TYPE] != NULL)
    input->type = read_type (loader, values[INPUT_KEY_TYPE]);
  input->description = g_strdup (text);
  if (values[INPUT_KEY_ENV] != NULL)
    input->env = dup_env (loader, values[INPUT_KEY_ENV]);
  if (values[INPUT_KEY_SECRET] != NULL)
    field_get_boolean (loader, values[INPUT_KEY_SECRET], "secret", &input->is_secret);
  if (values[INPUT_KEY_DEFAULT] == NULL)
    return;
  read_default (loader, values[INPUT_KEY_DEFAULT], input);
  if (values[INPUT_KEY_TYPE] == NULL && input->default_value != NULL
      && !value_is_null (input->default_value))
    input->type = type_of_value (input->default_value);
  if (input->is_secret && !field_is_null (loader, values[INPUT_KEY_DEFAULT]))
    {
      loader_report (loader, values[INPUT_KEY_DEFAULT], "secret-default",
                     "a secret has no default: everybody who reads the file would know it");
      diagnostics_add_help (loader->diagnostics, "leave it out, and name a variable with 'env'");
    }
}

/* A default alone, whose type is that of the input. It is no mapping: a mapping is always the long
 * form. */
static void
read_short_form (Loader *loader, const Node *node, FlowInput *input)
{
  if (field_is_null (loader, node))
    {
      loader_report (loader, node, "missing-key", "the input '%s' has neither a type nor a default",
                     input->name);
      diagnostics_add_help (loader->diagnostics, "write {type: string} for one that must be given");
      return;
    }
  input->default_value = field_dup_value (loader, node);
  if (input->default_value != NULL)
    input->type = type_of_value (input->default_value);
}

static void
read_input (Loader *loader, const Node *key, const Node *node)
{
  FlowInput input = { .type = FLOW_INPUT_ANY, .mark = loader_get_mark (loader, key) };
  const Node *values[KEYS_MAX];
  const char *name = document_get_text (loader->document, key);

  if (name == NULL || field_get_symbol (loader, key, "inputs") == NULL)
    {
      loader_note_hole (loader);
      return;
    }
  input.name = g_strdup (name);
  if (document_get_kind (loader->document, node) != NODE_MAPPING)
    read_short_form (loader, node, &input);
  else if (keys_read (loader, &input_key_table, node, values))
    read_long_form (loader, values, &input);
  g_array_append_val (loader->file->inputs, input);
}

void
input_reader_read (Loader *loader, const Node *node)
{
  const Node *key;
  NodeIter iter;

  if (!field_is_mapping (loader, node, "inputs", G_MAXUINT))
    {
      loader_note_hole (loader);
      return;
    }
  node_iter_init (&iter, loader->document, node);
  while ((key = node_iter_next (&iter)) != NULL)
    read_input (loader, key, node_iter_next (&iter));
}
