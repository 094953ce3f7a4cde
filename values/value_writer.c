/* SPDX-License-Identifier: Apache-2.0 */
/* Values as JSON text. It is our own because the event log and the storage write every value
 * through here: it appends to a string that is there already, and writes numbers so that they read
 * back as the same value of the same type, which json-glib does not. The recursion goes into arrays
 * and objects only, and is bounded by VALUE_DEPTH_MAX.
 */
#include <backflow/values/value.h>

#include <float.h>
#include <math.h>
#include <string.h>

#include "values/value_private.h"

/* Integers of doubles up to here are written with all their digits. */
#define PLAIN_DOUBLE_MAX 1e15

static void append_value (GString *out, GVariant *value, guint depth);

static void
append_integer (GString *out, gint64 integer)
{
  char digits[24];
  char *at = digits + sizeof digits;
  guint64 left = integer < 0 ? -(guint64) integer : (guint64) integer;

  do
    *--at = (char) ('0' + left % 10);
  while ((left /= 10) != 0);
  if (integer < 0)
    *--at = '-';
  g_string_append_len (out, at, digits + sizeof digits - at);
}

/* The shortest text that reads back as `number`. Fifteen digits are kept by every double but the
 * tiniest, so that fewer need not be tried; seventeen always do. */
static void
format_double (char *text, gsize size, double number)
{
  int digits = fabs (number) < DBL_MIN ? 1 : DBL_DIG;
  char format[8];

  do
    {
      g_snprintf (format, sizeof format, "%%.%dg", digits);
      g_ascii_formatd (text, (int) size, format, number);
    }
  while (g_ascii_strtod (text, NULL) != number && digits++ < DBL_DECIMAL_DIG);
}

/* Appends a number so that its point or exponent tells it from an integer. */
static void
append_double (GString *out, double number)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  if (!isfinite (number))
    {
      g_string_append (out, "null");
      return;
    }
  if (fabs (number) < PLAIN_DOUBLE_MAX && number == (double) (gint64) number && !signbit (number))
    {
      append_integer (out, (gint64) number);
      g_string_append (out, ".0");
      return;
    }
  format_double (text, sizeof text, number);
  g_string_append (out, text);
  if (strpbrk (text, ".e") == NULL)
    g_string_append (out, ".0");
}

static gboolean
is_plain (char c)
{
  return (guchar) c >= 0x20 && c != '"' && c != '\\';
}

static void
append_escaped (GString *out, char c)
{
  static const char hex[] = "0123456789abcdef";
  static const char letters[] = "btn\0fr"; /* of the characters from \b to \r */

  if (c == '"' || c == '\\')
    {
      g_string_append_c (out, '\\');
      g_string_append_c (out, c);
    }
  else if (c >= '\b' && c <= '\r' && c != '\v')
    {
      g_string_append_c (out, '\\');
      g_string_append_c (out, letters[c - '\b']);
    }
  else
    {
      g_string_append (out, "\\u00");
      g_string_append_c (out, hex[(guchar) c >> 4]);
      g_string_append_c (out, hex[c & 0xf]);
    }
}

/* Appends `length` bytes of valid UTF-8. */
static void
append_valid (GString *out, const char *text, gsize length)
{
  const char *end = text + length;

  while (text < end)
    {
      const char *run = text;

      while (text < end && is_plain (*text))
        text++;
      g_string_append_len (out, run, text - run);
      if (text < end)
        append_escaped (out, *text++);
    }
}

void
value_append_json_string (GString *out, const char *text)
{
  const char *bad;
  gsize left = strlen (text);

  g_string_append_c (out, '"');
  while (!g_utf8_validate_len (text, left, &bad))
    {
      append_valid (out, text, (gsize) (bad - text));
      g_string_append (out, "\xef\xbf\xbd");
      left -= (gsize) (bad + 1 - text);
      text = bad + 1;
    }
  append_valid (out, text, left);
  g_string_append_c (out, '"');
}

static void
append_string (GString *out, GVariant *value)
{
  gsize length;
  const char *text = g_variant_get_string (value, &length);

  g_string_append_c (out, '"');
  append_valid (out, text, length);
  g_string_append_c (out, '"');
}

static void
append_array (GString *out, GVariant *value, guint depth)
{
  gsize count = g_variant_n_children (value);

  g_string_append_c (out, '[');
  for (gsize i = 0; i < count; i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (value, i);

      if (i > 0)
        g_string_append_c (out, ',');
      append_value (out, child, depth);
    }
  g_string_append_c (out, ']');
}

static void
append_object (GString *out, GVariant *value, guint depth)
{
  gsize count = g_variant_n_children (value);

  g_string_append_c (out, '{');
  for (gsize i = 0; i < count; i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (value, i);
      g_autoptr (GVariant) key = g_variant_get_child_value (entry, 0);
      g_autoptr (GVariant) child = g_variant_get_child_value (entry, 1);

      if (i > 0)
        g_string_append_c (out, ',');
      append_string (out, key);
      g_string_append_c (out, ':');
      append_value (out, child, depth);
    }
  g_string_append_c (out, '}');
}

/* Appends an array or an object, or a value outside of the table. */
static void
append_other (GString *out, GVariant *value, guint depth)
{
  g_autoptr (GVariant) inner = value_unpack (g_variant_ref (value));
  gboolean is_container = value_is_object (inner) || value_is_array (inner);
  gint64 integer;

  if (inner != value && !is_container)
    append_value (out, inner, depth);
  else if (is_container && depth == VALUE_DEPTH_MAX)
    g_string_append (out, "null");
  else if (is_container)
    (value_is_object (inner) ? append_object : append_array) (out, inner, depth + 1);
  else if (value_get_integer (inner, &integer))
    append_integer (out, integer);
  else
    g_string_append (out, "null");
}

static void
append_value (GString *out, GVariant *value, guint depth)
{
  switch ((int) g_variant_classify (value))
    {
    case G_VARIANT_CLASS_STRING:
    case G_VARIANT_CLASS_OBJECT_PATH:
    case G_VARIANT_CLASS_SIGNATURE:
      append_string (out, value);
      break;
    case G_VARIANT_CLASS_INT64:
      append_integer (out, g_variant_get_int64 (value));
      break;
    case G_VARIANT_CLASS_BOOLEAN:
      g_string_append (out, g_variant_get_boolean (value) ? "true" : "false");
      break;
    case G_VARIANT_CLASS_DOUBLE:
      append_double (out, g_variant_get_double (value));
      break;
    default:
      append_other (out, value, depth);
    }
}

void
value_append_json (GString *out, GVariant *value)
{
  if (value == NULL)
    g_string_append (out, "null");
  else
    append_value (out, value, 0);
}

char *
value_to_json (GVariant *value)
{
  GString *out = g_string_new (NULL);

  value_append_json (out, value);
  return g_string_free (out, FALSE);
}

char *
value_to_word (GVariant *value)
{
  if (value != NULL && g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return g_variant_dup_string (value, NULL);
  return value_to_json (value);
}
