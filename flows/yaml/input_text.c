/* SPDX-License-Identifier: Apache-2.0 */

#include "flows/yaml/input_text.h"

#include <string.h>

#include <backflow/values/value.h>

#include "flows/yaml/document_reader.h"
#include "flows/yaml/field.h"
#include "flows/yaml/field_value.h"
#include "flows/yaml/input_reader.h"
#include "flows/yaml/scalar.h"

/* The text as a YAML document. Returns: (transfer full) (nullable); `why` is then the first error.
 */
static GVariant *
parse_yaml (const char *text, char **why)
{
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));
  g_autoptr (Source) source
      = source_new_from_bytes ("the value", bytes, FLOW_FILE_SIZE_MAX, diagnostics);
  g_autoptr (Document) document
      = source == NULL ? NULL : document_reader_read (source, NULL, diagnostics);
  Loader loader
      = { .document = document, .diagnostics = diagnostics, .budget = SPELLING_BUDGET_FULL };
  g_autoptr (GVariant) value
      = document == NULL ? NULL : field_dup_value (&loader, document_get_root (document));
  const Diagnostic *first;

  if (diagnostics_get_n_errors (diagnostics) == 0)
    return g_steal_pointer (&value);
  first = diagnostics_get (diagnostics, 0);
  *why = g_strdup_printf ("YAML, but %s (line %u, column %u)", first->message, first->mark.line,
                          first->mark.column);
  return NULL;
}

/* A scalar as it would be read unquoted in a flow file. Returns: floating; NULL for a number that
 * nothing can hold. */
static GVariant *
parse_scalar (const char *text)
{
  Scalar scalar = scalar_resolve (text);

  switch (scalar.type)
    {
    case SCALAR_NULL:
      return value_new_null ();
    case SCALAR_BOOLEAN:
      return g_variant_new_boolean (scalar.boolean);
    case SCALAR_INTEGER:
      return g_variant_new_int64 (scalar.integer);
    case SCALAR_FLOAT:
      return g_variant_new_double (scalar.number);
    case SCALAR_STRING:
      return g_variant_new_string (text);
    case SCALAR_TOO_LARGE:
    case SCALAR_NOT_FINITE:
    default:
      return NULL;
    }
}

static GVariant *
parse_any (const char *text, char **why)
{
  GVariant *value;

  if (*text != '\0' && strchr ("[{\"'", *text) != NULL)
    return parse_yaml (text, why);
  value = parse_scalar (text);
  return value == NULL ? NULL : g_variant_ref_sink (value);
}

static const char *
expected_text (const FlowInput *input, const char *text)
{
  switch (input->type)
    {
    case FLOW_INPUT_INTEGER:
      return "an integer";
    case FLOW_INPUT_NUMBER:
      return "a number";
    case FLOW_INPUT_BOOLEAN:
      return scalar_is_former_boolean (text) ? "true or false, not yes or no" : "true or false";
    case FLOW_INPUT_ARRAY:
      return "an array such as [a, b]";
    case FLOW_INPUT_OBJECT:
      return "an object such as {a: 1}";
    case FLOW_INPUT_ANY:
    case FLOW_INPUT_STRING:
    default:
      return "UTF-8 text, or a number that is finite";
    }
}

GVariant *
input_text_parse (const FlowInput *input, const char *text, char **why)
{
  GVariant *value = NULL;

  *why = NULL;
  if (!g_utf8_validate (text, -1, NULL))
    {
      *why = g_strdup ("UTF-8 text");
      return NULL;
    }
  if (input->type == FLOW_INPUT_STRING)
    return g_variant_ref_sink (g_variant_new_string (text));
  if (input->type == FLOW_INPUT_ARRAY || input->type == FLOW_INPUT_OBJECT)
    value = parse_yaml (text, why);
  else
    value = parse_any (text, why);
  if (value != NULL && input_reader_fit (input, &value))
    return value;
  g_clear_pointer (&value, g_variant_unref);
  if (*why == NULL)
    *why = g_strdup (expected_text (input, text));
  return NULL;
}
