/* SPDX-License-Identifier: Apache-2.0 */
/* JSON text as values. It is our own because json-glib's parser is no strict one (it takes
 * comments, assignments and what follows the value), reads integers past int64 as something else,
 * and recurses. This one is a loop with a stack of VALUE_DEPTH_MAX open arrays and objects;
 * children wait in one array until what holds them is closed.
 */
#include <backflow/values/value.h>

#include <math.h>
#include <string.h>

#include "values/value_private.h"

/* An array or an object that is still open. first: where its children begin in `values`; an object
 * has its keys there too. */
typedef struct
{
  gsize first;
  gboolean is_object;
} JsonFrame;

/* What the reader expects next. */
typedef enum
{
  JSON_EXPECT_VALUE,
  JSON_EXPECT_MORE, /* a value is complete */
} JsonExpect;

typedef struct
{
  const char *text;
  const char *at;
  const char *end;
  GPtrArray *values; /* of floating GVariants */
  guint depth;
  JsonFrame frames[VALUE_DEPTH_MAX];
} JsonReader;

static gboolean fail (const JsonReader *reader, const char *at, ValueError code, GError **error,
                      const char *format, ...) G_GNUC_PRINTF (5, 6);

static gboolean
fail (const JsonReader *reader, const char *at, ValueError code, GError **error, const char *format,
      ...)
{
  g_autofree char *message = NULL;
  guint line = 1, column = 1;
  va_list arguments;

  for (const char *c = reader->text; c < at; c++)
    {
      column = *c == '\n' ? 1 : column + ((*c & 0xc0) != 0x80);
      line += *c == '\n';
    }
  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, VALUE_ERROR, (int) code, "line %u, column %u: %s", line, column, message);
  return FALSE;
}

static gboolean
fail_expected (const JsonReader *reader, const char *what, GError **error)
{
  if (reader->at == reader->end)
    return fail (reader, reader->at, VALUE_ERROR_SYNTAX, error, "%s is expected, but the text ends",
                 what);
  return fail (reader, reader->at, VALUE_ERROR_SYNTAX, error, "%s is expected", what);
}

static void
skip_space (JsonReader *reader)
{
  while (reader->at < reader->end && strchr (" \t\n\r", *reader->at) != NULL)
    reader->at++;
}

static gboolean
skip_character (JsonReader *reader, char c)
{
  if (reader->at == reader->end || *reader->at != c)
    return FALSE;
  reader->at++;
  return TRUE;
}

static void
take (JsonReader *reader, GVariant *value)
{
  g_ptr_array_add (reader->values, value);
}

static gboolean
read_literal (JsonReader *reader, const char *literal, GVariant *value, GError **error)
{
  gsize length = strlen (literal);

  if ((gsize) (reader->end - reader->at) < length || memcmp (reader->at, literal, length) != 0)
    {
      g_variant_unref (value);
      return fail_expected (reader, "a value", error);
    }
  take (reader, value);
  reader->at += length;
  return TRUE;
}

/* -- Numbers ---------------------------------------------------------------------------------- */

static gsize
skip_digits (JsonReader *reader)
{
  const char *start = reader->at;

  while (reader->at < reader->end && g_ascii_isdigit (*reader->at))
    reader->at++;
  return (gsize) (reader->at - start);
}

/* Goes past what is behind the integer part of a number. `is_double` is set when there is anything.
 */
static gboolean
skip_fraction (JsonReader *reader, gboolean *is_double, GError **error)
{
  *is_double = FALSE;
  if (skip_character (reader, '.'))
    {
      *is_double = TRUE;
      if (skip_digits (reader) == 0)
        return fail_expected (reader, "a digit", error);
    }
  if (skip_character (reader, 'e') || skip_character (reader, 'E'))
    {
      *is_double = TRUE;
      if (!skip_character (reader, '+'))
        skip_character (reader, '-');
      if (skip_digits (reader) == 0)
        return fail_expected (reader, "a digit", error);
    }
  return TRUE;
}

/* Whether all digits of an integer are digits of `number`. */
static gboolean
is_exact (const char *digits, double number)
{
  g_autofree char *text = isfinite (number) ? g_strdup_printf ("%.0f", number) : NULL;

  return g_strcmp0 (digits, text) == 0;
}

static gboolean
take_integer (JsonReader *reader, const char *start, const char *digits, GError **error)
{
  gint64 integer;

  if (g_ascii_string_to_signed (digits, 10, G_MININT64, G_MAXINT64, &integer, NULL))
    take (reader, g_variant_new_int64 (integer));
  else if (is_exact (digits, g_ascii_strtod (digits, NULL)))
    take (reader, g_variant_new_double (g_ascii_strtod (digits, NULL)));
  else
    return fail (reader, start, VALUE_ERROR_RANGE, error,
                 "the integer %.40s would be rounded: make it a string", digits);
  return TRUE;
}

static gboolean
read_number (JsonReader *reader, GError **error)
{
  const char *start = reader->at;
  g_autofree char *text = NULL;
  gboolean is_double;
  double number;

  skip_character (reader, '-');
  if (!skip_character (reader, '0') && skip_digits (reader) == 0)
    return fail_expected (reader, reader->at == start ? "a value" : "a digit", error);
  if (!skip_fraction (reader, &is_double, error))
    return FALSE;
  text = g_strndup (start, (gsize) (reader->at - start));
  if (!is_double)
    return take_integer (reader, start, text, error);
  number = g_ascii_strtod (text, NULL);
  if (!isfinite (number))
    return fail (reader, start, VALUE_ERROR_RANGE, error, "the number %.40s is too large", text);
  take (reader, g_variant_new_double (number));
  return TRUE;
}

/* -- Strings ---------------------------------------------------------------------------------- */

/* Reads four hexadecimal digits. */
static gboolean
read_unit (JsonReader *reader, gunichar *unit, GError **error)
{
  *unit = 0;
  for (guint i = 0; i < 4; i++, reader->at++)
    {
      if (reader->at == reader->end || !g_ascii_isxdigit (*reader->at))
        return fail_expected (reader, "a hexadecimal digit", error);
      *unit = *unit * 16 + (gunichar) g_ascii_xdigit_value (*reader->at);
    }
  return TRUE;
}

/* Reads what follows `\u`: one code point, of one or two escapes. */
static gboolean
read_code_point (JsonReader *reader, GString *out, GError **error)
{
  const char *start = reader->at - 2;
  gunichar first, second = 0;

  if (!read_unit (reader, &first, error))
    return FALSE;
  if (first >= 0xd800 && first < 0xdc00 && reader->end - reader->at >= 2
      && memcmp (reader->at, "\\u", 2) == 0)
    {
      reader->at += 2;
      if (!read_unit (reader, &second, error))
        return FALSE;
      if (second >= 0xdc00 && second < 0xe000)
        first = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
    }
  if (first == 0)
    return fail (reader, start, VALUE_ERROR_RANGE, error, "a string holds no NUL");
  if (!g_unichar_validate (first))
    return fail (reader, start, VALUE_ERROR_RANGE, error,
                 "half of a surrogate pair is no character");
  g_string_append_unichar (out, first);
  return TRUE;
}

/* Reads what follows a backslash. */
static gboolean
read_escape (JsonReader *reader, GString *out, GError **error)
{
  static const char names[] = "\"\\/bfnrt";
  static const char characters[] = "\"\\/\b\f\n\r\t";
  const char *name;

  if (skip_character (reader, 'u'))
    return read_code_point (reader, out, error);
  name = reader->at < reader->end ? strchr (names, *reader->at) : NULL;
  if (name == NULL)
    return fail_expected (reader, "one of \"\\/bfnrtu", error);
  reader->at++;
  g_string_append_c (out, characters[name - names]);
  return TRUE;
}

/* Reads a string behind its first quote, past its last one. */
static gboolean
read_string (JsonReader *reader, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);

  while (!skip_character (reader, '"'))
    {
      const char *run = reader->at;

      while (reader->at < reader->end && (guchar) *reader->at >= 0x20 && *reader->at != '"'
             && *reader->at != '\\')
        reader->at++;
      g_string_append_len (out, run, reader->at - run);
      if (reader->at == reader->end)
        return fail_expected (reader, "'\"'", error);
      if ((guchar) *reader->at < 0x20)
        return fail (reader, reader->at, VALUE_ERROR_SYNTAX, error,
                     "a control character must be escaped");
      if (skip_character (reader, '\\') && !read_escape (reader, out, error))
        return FALSE;
    }
  take (reader, g_variant_new_take_string (g_string_free (g_steal_pointer (&out), FALSE)));
  return TRUE;
}

/* -- Arrays and objects ----------------------------------------------------------------------- */

/* Reads the key of a member and its colon. */
static gboolean
read_key (JsonReader *reader, GError **error)
{
  skip_space (reader);
  if (!skip_character (reader, '"'))
    return fail_expected (reader, "a key in quotes", error);
  if (!read_string (reader, error))
    return FALSE;
  skip_space (reader);
  return skip_character (reader, ':') || fail_expected (reader, "':'", error);
}

/* Makes the children of a closed array its elements. */
static GVariant *
new_array (GVariant **children, gsize count)
{
  for (gsize i = 0; i < count; i++)
    children[i] = g_variant_new_variant (children[i]);
  return g_variant_new_array (G_VARIANT_TYPE_VARIANT, children, count);
}

/* Makes the children of a closed object, each key followed by its value, its members. */
static GVariant *
new_object (GVariant **children, gsize count)
{
  for (gsize i = 0; i < count; i += 2)
    children[i / 2]
        = g_variant_new_dict_entry (children[i], g_variant_new_variant (children[i + 1]));
  return g_variant_new_array (G_VARIANT_TYPE ("{sv}"), children, count / 2);
}

static gboolean
check_keys (const JsonReader *reader, gsize first, GError **error)
{
  gsize count = (reader->values->len - first) / 2;
  g_autofree const char **keys = g_new (const char *, count + 1);
  const char *twice;

  for (gsize i = 0; i < count; i++)
    keys[i] = g_variant_get_string (reader->values->pdata[first + 2 * i], NULL);
  twice = value_find_duplicate (keys, count);
  return twice == NULL
         || fail (reader, reader->at, VALUE_ERROR_SYNTAX, error,
                  "this object has the key '%s' twice", twice);
}

/* Puts the innermost array or object in the place of its children. */
static gboolean
close_frame (JsonReader *reader, GError **error)
{
  const JsonFrame *frame = &reader->frames[reader->depth - 1];
  GVariant **children = (GVariant **) reader->values->pdata + frame->first;
  gsize count = reader->values->len - frame->first;
  GVariant *value;

  if (frame->is_object && !check_keys (reader, frame->first, error))
    return FALSE;
  value = frame->is_object ? new_object (children, count) : new_array (children, count);
  g_ptr_array_set_size (reader->values, (int) frame->first);
  take (reader, value);
  reader->depth--;
  return TRUE;
}

/* Opens an array or an object; `expect` says what follows, since it may be empty. */
static gboolean
open_frame (JsonReader *reader, JsonExpect *expect, GError **error)
{
  gboolean is_object = *reader->at == '{';

  if (reader->depth == VALUE_DEPTH_MAX)
    return fail (reader, reader->at, VALUE_ERROR_RANGE, error,
                 "the value is nested deeper than %u levels", VALUE_DEPTH_MAX);
  reader->frames[reader->depth++] = (JsonFrame){ reader->values->len, is_object };
  reader->at++;
  skip_space (reader);
  if (skip_character (reader, is_object ? '}' : ']'))
    {
      *expect = JSON_EXPECT_MORE;
      return close_frame (reader, error);
    }
  *expect = JSON_EXPECT_VALUE;
  return !is_object || read_key (reader, error);
}

/* Reads a value, or the beginning of an array or an object. */
static gboolean
read_value (JsonReader *reader, JsonExpect *expect, GError **error)
{
  skip_space (reader);
  if (reader->at == reader->end)
    return fail_expected (reader, "a value", error);
  *expect = JSON_EXPECT_MORE;
  switch (*reader->at)
    {
    case '{':
    case '[':
      return open_frame (reader, expect, error);
    case '"':
      reader->at++;
      return read_string (reader, error);
    case 'n':
      return read_literal (reader, "null", value_new_null (), error);
    case 't':
      return read_literal (reader, "true", g_variant_new_boolean (TRUE), error);
    case 'f':
      return read_literal (reader, "false", g_variant_new_boolean (FALSE), error);
    default:
      return read_number (reader, error);
    }
}

/* Reads what follows a value inside of an array or an object. */
static gboolean
read_more (JsonReader *reader, JsonExpect *expect, GError **error)
{
  gboolean is_object = reader->frames[reader->depth - 1].is_object;

  skip_space (reader);
  if (skip_character (reader, is_object ? '}' : ']'))
    return close_frame (reader, error);
  if (!skip_character (reader, ','))
    return fail_expected (reader, is_object ? "',' or '}'" : "',' or ']'", error);
  *expect = JSON_EXPECT_VALUE;
  return !is_object || read_key (reader, error);
}

static gboolean
read_text (JsonReader *reader, GError **error)
{
  JsonExpect expect = JSON_EXPECT_VALUE;

  while (expect == JSON_EXPECT_VALUE || reader->depth > 0)
    if (!(expect == JSON_EXPECT_VALUE ? read_value : read_more) (reader, &expect, error))
      return FALSE;
  skip_space (reader);
  if (reader->at != reader->end)
    return fail (reader, reader->at, VALUE_ERROR_SYNTAX, error, "the end of the text is expected");
  return TRUE;
}

/* Drops floating values. */
static void
values_free (GPtrArray *values)
{
  g_ptr_array_foreach (values, (GFunc) (void (*) (void)) g_variant_unref, NULL);
  g_ptr_array_unref (values);
}

GVariant *
value_new_from_json (const char *text, gssize length, GError **error)
{
  JsonReader reader = { .text = text, .at = text };
  GVariant *value = NULL;
  const char *bad;

  g_return_val_if_fail (text != NULL, NULL);
  reader.end = text + (length < 0 ? strlen (text) : (gsize) length);
  if (!g_utf8_validate_len (text, (gsize) (reader.end - text), &bad))
    {
      fail (&reader, bad, VALUE_ERROR_SYNTAX, error, "this is no UTF-8 text");
      return NULL;
    }
  reader.values = g_ptr_array_sized_new (16);
  if (read_text (&reader, error))
    value = g_variant_ref_sink (g_ptr_array_steal_index_fast (reader.values, 0));
  values_free (reader.values);
  return value;
}
