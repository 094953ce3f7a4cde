/* SPDX-License-Identifier: Apache-2.0 */
#include <backflow/flows/yaml/schema.h>

#include <string.h>

#include <backflow/values/value.h>

#include "flows/yaml/flow_reader.h"
#include "flows/yaml/input_reader.h"
#include "flows/yaml/link_reader.h"
#include "flows/yaml/retry_reader.h"
#include "flows/yaml/task_reader.h"

/* clang-format off */
#define SYMBOLS "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}"
#define SCALARS "[\"string\",\"number\",\"boolean\",\"null\"]"

/* Keys whose values are described by another definition of the schema. */
static const struct
{
  const char *key;
  const char *schema;
} references[] = {
  { "steps", "{\"type\":\"array\",\"items\":{\"anyOf\":[{\"$ref\":\"#/$defs/task\"},{\"$ref\":\"#/$defs/flow\"}]}}" },
  { "links", "{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/link\"}}" },
  { "inputs", "{\"type\":\"object\",\"additionalProperties\":{\"anyOf\":[{\"$ref\":\"#/$defs/input\"},{\"not\":{\"type\":\"object\"}}]}}" },
  { "retry", "{\"$ref\":\"#/$defs/retry\"}" },
  { "revert-retry", "{\"$ref\":\"#/$defs/revert-retry\"}" },
};

/* What the shape of a key says of its values. A shape that is not here is left to the loader. */
static const struct
{
  const char *shape;
  const char *schema;
} shapes[] = {
  { "name", "{\"type\":\"string\"}" },
  { "path", "{\"type\":\"string\"}" },
  { "function", "{\"type\":\"string\"}" },
  { "step", "{\"type\":\"string\"}" },
  { "symbol", "{\"type\":\"string\"}" },
  { "SQLite expression", "{\"type\":" SCALARS "}" },
  { "text", "{\"type\":" SCALARS "}" },
  { "version", "{\"type\":[\"string\",\"number\"]}" },
  { "boolean", "{\"type\":\"boolean\"}" },
  { "integer", "{\"type\":\"integer\"}" },
  { "duration", "{\"type\":\"string\",\"pattern\":\"^[0-9.]+ *(us|ms|s|m|h)\"}" },
  { "command", "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"array\",\"items\":{\"type\":" SCALARS "}}]}" },
  { "list of symbols", SYMBOLS },
  { "list of paths", SYMBOLS },
  { "map of argument to symbol", "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}}" },
  { "map of argument to value", "{\"type\":\"object\"}" },
  { "map of option to value", "{\"type\":\"object\"}" },
  { "map of variable to text", "{\"type\":\"object\",\"additionalProperties\":{\"type\":" SCALARS "}}" },
  { "symbol, list of symbols, or map of symbol to key",
    "{\"anyOf\":[{\"type\":\"string\"}," SYMBOLS ",{\"type\":\"object\",\"additionalProperties\":{\"type\":" SCALARS "}}]}" },
  { "linear, unordered, or graph", "{\"enum\":[\"linear\",\"unordered\",\"graph\"]}" },
  { "all, flow, neighbors, or atom", "{\"enum\":[\"all\",\"flow\",\"neighbors\",\"atom\"]}" },
  { "text or json", "{\"enum\":[\"text\",\"json\"]}" },
  { "revert or revert-all", "{\"enum\":[\"revert\",\"revert-all\"]}" },
};
/* clang-format on */

/* The definitions of the schema beside that of the file, by the table of their keys. required:
 * (nullable) the key without which nothing is one. */
static const struct
{
  const char *name;
  const KeyTable *table;
  const char *required;
} definitions[] = {
  { "flow", &nested_key_table, "flow" }, { "task", &task_key_table, "task" },
  { "link", &link_key_table, NULL },     { "input", &input_key_table, NULL },
  { "retry", &retry_key_table, NULL },   { "revert-retry", &revert_retry_key_table, NULL },
};

/* What is known of the values of a key, as JSON; static. */
static const char *
find_schema (const Key *key)
{
  for (guint i = 0; i < G_N_ELEMENTS (references); i++)
    if (strcmp (references[i].key, key->name) == 0)
      return references[i].schema;
  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++)
    if (strcmp (shapes[i].shape, key->shape) == 0)
      return shapes[i].schema;
  return "{}";
}

/* Returns: (transfer full). */
static GVariant *
new_property (const Key *key)
{
  g_autoptr (GVariant) schema = value_new_from_json (find_schema (key), -1, NULL);
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (schema);
  g_autofree char *description = g_strdup_printf ("%s (%s)", key->meaning, key->shape);

  g_variant_dict_insert (&dict, "description", "s", description);
  return g_variant_dict_end (&dict);
}

/* Adds what makes an object of the keys of a table. required: (nullable). */
static void
add_object (GVariantBuilder *object, const KeyTable *table, const char *required)
{
  g_auto (GVariantBuilder) properties = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_auto (GVariantBuilder) needed = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));

  for (guint i = 0; i < table->n_keys; i++)
    g_variant_builder_add (&properties, "{sv}", table->keys[i].name,
                           new_property (&table->keys[i]));
  g_variant_builder_add (object, "{sv}", "type", g_variant_new_string ("object"));
  g_variant_builder_add (object, "{sv}", "properties", g_variant_builder_end (&properties));
  g_variant_builder_add (object, "{sv}", "additionalProperties", g_variant_new_boolean (FALSE));
  if (required == NULL)
    return;
  g_variant_builder_add (&needed, "v", g_variant_new_string (required));
  g_variant_builder_add (object, "{sv}", "required", g_variant_builder_end (&needed));
}

GVariant *
flow_schema_new (void)
{
  g_auto (GVariantBuilder) schema = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_auto (GVariantBuilder) others = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  g_variant_builder_add (&schema, "{sv}", "$schema",
                         g_variant_new_string ("https://json-schema.org/draft/2020-12/schema"));
  g_variant_builder_add (&schema, "{sv}", "title", g_variant_new_string ("Backflow flow file"));
  add_object (&schema, &file_key_table, "flow");
  for (guint i = 0; i < G_N_ELEMENTS (definitions); i++)
    {
      g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

      add_object (&object, definitions[i].table, definitions[i].required);
      g_variant_builder_add (&others, "{sv}", definitions[i].name, g_variant_builder_end (&object));
    }
  g_variant_builder_add (&schema, "{sv}", "$defs", g_variant_builder_end (&others));
  return g_variant_ref_sink (g_variant_builder_end (&schema));
}
