/* SPDX-License-Identifier: Apache-2.0 */
/* Turns any GVariant into a value of the table. The recursion goes into arrays and objects only,
 * and is bounded by VALUE_DEPTH_MAX.
 */
#include <backflow/values/value.h>

#include <math.h>
#include <string.h>

#include "values/value_private.h"

/* TRUE when the keys of the entries are all different. */
static gboolean
check_keys (GPtrArray *entries, GError **error)
{
  g_autoptr (GPtrArray) keys
      = g_ptr_array_new_full (entries->len, (GDestroyNotify) g_variant_unref);
  g_autofree const char **texts = g_new (const char *, entries->len + 1);
  const char *twice;

  for (guint i = 0; i < entries->len; i++)
    {
      g_ptr_array_add (keys, g_variant_get_child_value (entries->pdata[i], 0));
      texts[i] = g_variant_get_string (keys->pdata[i], NULL);
    }
  twice = value_find_duplicate (texts, entries->len);
  if (twice != NULL)
    g_set_error (error, VALUE_ERROR, VALUE_ERROR_TYPE, "the object has the key '%s' twice", twice);
  return twice == NULL;
}

/* Whether a scalar is one of the table as it is. */
static gboolean
is_normal_scalar (GVariant *value)
{
  switch ((int) g_variant_classify (value))
    {
    case G_VARIANT_CLASS_STRING:
    case G_VARIANT_CLASS_BOOLEAN:
    case G_VARIANT_CLASS_INT64:
      return TRUE;
    case G_VARIANT_CLASS_DOUBLE:
      return isfinite (g_variant_get_double (value));
    case G_VARIANT_CLASS_MAYBE:
      return g_variant_is_of_type (value, G_VARIANT_TYPE ("mv")) && value_is_null (value);
    default:
      return FALSE;
    }
}

static void
set_scalar_error (GVariant *value, GError **error)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64))
    g_set_error (error, VALUE_ERROR, VALUE_ERROR_RANGE,
                 "%" G_GUINT64_FORMAT " is past the largest integer", g_variant_get_uint64 (value));
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE))
    g_set_error (error, VALUE_ERROR, VALUE_ERROR_RANGE,
                 "a number that is infinite or NaN is no value");
  else
    g_set_error (error, VALUE_ERROR, VALUE_ERROR_TYPE, "a GVariant of type '%s' is no value",
                 g_variant_get_type_string (value));
}

/* Normalises what is neither an array nor an object, a variant or a filled maybe. */
static GVariant *
normalize_scalar (GVariant *value, GError **error)
{
  gint64 integer;

  if (is_normal_scalar (value))
    return g_variant_ref (value);
  if (value_is_null (value))
    return g_variant_ref_sink (value_new_null ());
  if (value_get_integer (value, &integer))
    return g_variant_ref_sink (g_variant_new_int64 (integer));
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_OBJECT_PATH)
      || g_variant_is_of_type (value, G_VARIANT_TYPE_SIGNATURE))
    return g_variant_ref_sink (g_variant_new_string (g_variant_get_string (value, NULL)));
  set_scalar_error (value, error);
  return NULL;
}

static GVariant *normalize (GVariant *value, guint depth, GError **error);

/* Normalises the element `index`. `same` is cleared when it is another value now. Returns:
 * (transfer full) boxed in a variant. */
static GVariant *
normalize_element (GVariant *array, gsize index, guint depth, gboolean *same, GError **error)
{
  g_autoptr (GVariant) child = g_variant_get_child_value (array, index);
  g_autoptr (GVariant) inner = NULL;
  g_autoptr (GVariant) normal = NULL;

  if (!g_variant_is_of_type (child, G_VARIANT_TYPE_VARIANT))
    {
      *same = FALSE;
      normal = normalize (child, depth, error);
    }
  else
    {
      inner = g_variant_get_variant (child);
      normal = normalize (inner, depth, error);
      if (normal == inner)
        return g_steal_pointer (&child);
      *same = FALSE;
    }
  return normal != NULL ? g_variant_ref_sink (g_variant_new_variant (normal)) : NULL;
}

static GVariant *
normalize_array (GVariant *value, guint depth, GError **error)
{
  g_autoptr (GPtrArray) children
      = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  gsize count = g_variant_n_children (value);
  gboolean same = g_variant_is_of_type (value, G_VARIANT_TYPE ("av"));

  for (gsize i = 0; i < count; i++)
    {
      GVariant *child = normalize_element (value, i, depth, &same, error);

      if (child == NULL)
        return NULL;
      g_ptr_array_add (children, child);
    }
  if (same)
    return g_variant_ref (value);
  return g_variant_ref_sink (
      g_variant_new_array (G_VARIANT_TYPE_VARIANT, (GVariant **) children->pdata, count));
}

/* Normalises a dictionary entry; as normalize_element(). */
static GVariant *
normalize_entry (GVariant *object, gsize index, guint depth, gboolean *same, GError **error)
{
  g_autoptr (GVariant) entry = g_variant_get_child_value (object, index);
  g_autoptr (GVariant) key = g_variant_get_child_value (entry, 0);
  g_autoptr (GVariant) value = NULL;
  gboolean is_same = *same;

  value = normalize_element (entry, 1, depth, &is_same, error);
  if (value == NULL)
    return NULL;
  if (is_same)
    return g_steal_pointer (&entry);
  *same = FALSE;
  return g_variant_ref_sink (
      g_variant_new_dict_entry (g_variant_new_string (g_variant_get_string (key, NULL)), value));
}

static GVariant *
normalize_object (GVariant *value, guint depth, GError **error)
{
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  gsize count = g_variant_n_children (value);
  gboolean same = g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT);

  for (gsize i = 0; i < count; i++)
    {
      GVariant *entry = normalize_entry (value, i, depth, &same, error);

      if (entry == NULL)
        return NULL;
      g_ptr_array_add (entries, entry);
    }
  if (!check_keys (entries, error))
    return NULL;
  if (same)
    return g_variant_ref (value);
  return g_variant_ref_sink (
      g_variant_new_array (G_VARIANT_TYPE ("{sv}"), (GVariant **) entries->pdata, count));
}

static GVariant *
normalize (GVariant *value, guint depth, GError **error)
{
  g_autoptr (GVariant) inner = value_unpack (g_variant_ref (value));
  gboolean is_object = value_is_object (inner);

  if (!is_object && !value_is_array (inner))
    return normalize_scalar (inner, error);
  if (depth == VALUE_DEPTH_MAX)
    {
      g_set_error (error, VALUE_ERROR, VALUE_ERROR_RANGE,
                   "the value is nested deeper than %u levels", VALUE_DEPTH_MAX);
      return NULL;
    }
  return is_object ? normalize_object (inner, depth + 1, error)
                   : normalize_array (inner, depth + 1, error);
}

GVariant *
value_normalize (GVariant *value, GError **error)
{
  g_autoptr (GVariant) sunk = g_variant_ref_sink (value != NULL ? value : value_new_null ());

  /* The usual result costs next to nothing. */
  if (is_normal_scalar (sunk))
    return g_steal_pointer (&sunk);
  return normalize (sunk, 0, error);
}
