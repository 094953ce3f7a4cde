/* SPDX-License-Identifier: Apache-2.0 */
#include <backflow/values/value.h>

#include <stdlib.h>
#include <string.h>

#include "values/value_private.h"

GQuark
value_error_quark (void)
{
  return g_quark_from_static_string ("backflow-value-error-quark");
}

GVariant *
value_new_null (void)
{
  return g_variant_new_maybe (G_VARIANT_TYPE_VARIANT, NULL);
}

gboolean
value_is_null (GVariant *value)
{
  return value == NULL
         || (g_variant_classify (value) == G_VARIANT_CLASS_MAYBE
             && g_variant_n_children (value) == 0);
}

GVariant *
value_unpack (GVariant *value)
{
  GVariant *inner = g_variant_take_ref (value);

  while (g_variant_classify (inner) == G_VARIANT_CLASS_VARIANT
         || (g_variant_classify (inner) == G_VARIANT_CLASS_MAYBE && !value_is_null (inner)))
    {
      GVariant *outer = inner;

      inner = g_variant_get_child_value (outer, 0);
      g_variant_unref (outer);
    }
  return inner;
}

gboolean
value_get_integer (GVariant *value, gint64 *integer)
{
  switch ((int) g_variant_classify (value))
    {
    case G_VARIANT_CLASS_BYTE:
      *integer = g_variant_get_byte (value);
      return TRUE;
    case G_VARIANT_CLASS_INT16:
      *integer = g_variant_get_int16 (value);
      return TRUE;
    case G_VARIANT_CLASS_UINT16:
      *integer = g_variant_get_uint16 (value);
      return TRUE;
    case G_VARIANT_CLASS_INT32:
      *integer = g_variant_get_int32 (value);
      return TRUE;
    case G_VARIANT_CLASS_UINT32:
      *integer = g_variant_get_uint32 (value);
      return TRUE;
    case G_VARIANT_CLASS_INT64:
      *integer = g_variant_get_int64 (value);
      return TRUE;
    case G_VARIANT_CLASS_UINT64:
      *integer = (gint64) g_variant_get_uint64 (value);
      return *integer >= 0;
    default:
      return FALSE;
    }
}

gboolean
value_is_object (GVariant *value)
{
  const GVariantType *type = g_variant_get_type (value);
  const GVariantType *key;

  if (!g_variant_type_is_subtype_of (type, G_VARIANT_TYPE_DICTIONARY))
    return FALSE;
  key = g_variant_type_key (g_variant_type_element (type));
  return strchr ("sog", *g_variant_type_peek_string (key)) != NULL;
}

gboolean
value_is_array (GVariant *value)
{
  return g_variant_classify (value) == G_VARIANT_CLASS_TUPLE
         || (g_variant_classify (value) == G_VARIANT_CLASS_ARRAY && !value_is_object (value));
}

/* The type's name of a value that is neither a variant nor a filled maybe. */
static const char *
get_unpacked_type_name (GVariant *value)
{
  switch (g_variant_classify (value))
    {
    case G_VARIANT_CLASS_BOOLEAN:
      return "boolean";
    case G_VARIANT_CLASS_BYTE:
    case G_VARIANT_CLASS_INT16:
    case G_VARIANT_CLASS_UINT16:
    case G_VARIANT_CLASS_INT32:
    case G_VARIANT_CLASS_UINT32:
    case G_VARIANT_CLASS_INT64:
    case G_VARIANT_CLASS_UINT64:
      return "integer";
    case G_VARIANT_CLASS_DOUBLE:
      return "number";
    case G_VARIANT_CLASS_STRING:
    case G_VARIANT_CLASS_OBJECT_PATH:
    case G_VARIANT_CLASS_SIGNATURE:
      return "string";
    case G_VARIANT_CLASS_MAYBE:
      return "null";
    case G_VARIANT_CLASS_ARRAY:
    case G_VARIANT_CLASS_TUPLE:
      return value_is_object (value) ? "object" : "array";
    case G_VARIANT_CLASS_VARIANT:
    case G_VARIANT_CLASS_HANDLE:
    case G_VARIANT_CLASS_DICT_ENTRY:
    default:
      return "unknown";
    }
}

const char *
value_get_type_name (GVariant *value)
{
  g_autoptr (GVariant) inner = NULL;

  if (value == NULL)
    return "null";
  inner = value_unpack (g_variant_ref (value));
  return get_unpacked_type_name (inner);
}

static GVariant *
find_character (GVariant *value, guint index)
{
  const char *text = g_variant_get_string (value, NULL);
  const char *end;

  for (; index > 0 && *text != '\0'; index--)
    text = g_utf8_find_next_char (text, NULL);
  if (*text == '\0')
    return NULL;
  end = g_utf8_find_next_char (text, NULL);
  return g_variant_ref_sink (g_variant_new_take_string (g_strndup (text, (gsize) (end - text))));
}

GVariant *
value_find_index (GVariant *value, guint index)
{
  if (value == NULL)
    return NULL;
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return find_character (value, index);
  if (!value_is_array (value) || index >= g_variant_n_children (value))
    return NULL;
  return value_unpack (g_variant_get_child_value (value, index));
}

GVariant *
value_find_key (GVariant *value, const char *key)
{
  g_return_val_if_fail (key != NULL, NULL);
  if (value == NULL || !g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT))
    return NULL;
  return g_variant_lookup_value (value, key, NULL);
}

static int
compare_keys (const void *a, const void *b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

const char *
value_find_duplicate (const char **keys, gsize count)
{
  if (count < 2)
    return NULL;
  qsort (keys, count, sizeof *keys, compare_keys);
  for (gsize i = 1; i < count; i++)
    if (strcmp (keys[i - 1], keys[i]) == 0)
      return keys[i];
  return NULL;
}
