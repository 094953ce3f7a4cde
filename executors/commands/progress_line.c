/* SPDX-License-Identifier: Apache-2.0 */
#include "executors/commands/progress_line.h"

#include <string.h>

#include <backflow/values/value.h>

#define PROGRESS_KEY "progress"
#define BLANKS " \t"

/* Reads a share that `text` begins with. Returns: how many bytes it has, 0 when there is none. */
static gsize
read_share (const char *text, double *fraction)
{
  gsize length = strspn (text, G_CSET_DIGITS ".");
  char *end;
  double share = g_ascii_strtod (text, &end);

  /* The number that is read is to be just those bytes: no sign, no exponent, no hexadecimal one, no
   * second point. */
  if (length == 0 || (gsize) (end - text) != length)
    return 0;
  if (text[length] == '%')
    {
      share /= 100;
      length++;
    }
  if (share > 1)
    return 0;
  *fraction = share;
  return length;
}

static GVariant *
words_to_details (const char *words)
{
  GVariantBuilder details;

  g_variant_builder_init (&details, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&details, "{sv}", "text", g_variant_new_string (words));
  return g_variant_ref_sink (g_variant_builder_end (&details));
}

static ProgressLineKind
read_words (const char *text, double *fraction, GVariant **details)
{
  gsize length = read_share (text, fraction);
  const char *words = text + length;

  if (length == 0 || (*words != '\0' && strchr (BLANKS, *words) == NULL))
    return PROGRESS_LINE_GARBAGE;
  words += strspn (words, BLANKS);
  *details = *words != '\0' ? words_to_details (words) : NULL;
  return PROGRESS_LINE_PROGRESS;
}

/* Reads the value of `progress`: a number, or a text such as `25%`. */
static gboolean
read_value (GVariant *value, double *fraction)
{
  const char *text;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    {
      text = g_variant_get_string (value, NULL);
      return *text != '\0' && read_share (text, fraction) == strlen (text);
    }
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE))
    *fraction = g_variant_get_double (value);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    *fraction = (double) g_variant_get_int64 (value);
  else
    return FALSE;
  return *fraction >= 0 && *fraction <= 1;
}

/* The object without its key `progress`; NULL when nothing is left. */
static GVariant *
object_to_details (GVariant *object)
{
  g_autoptr (GVariant) rest = NULL;
  GVariantBuilder details;
  GVariantIter iterator;
  const char *key;
  GVariant *value;

  g_variant_builder_init (&details, G_VARIANT_TYPE_VARDICT);
  g_variant_iter_init (&iterator, object);
  while (g_variant_iter_loop (&iterator, "{&sv}", &key, &value))
    if (strcmp (key, PROGRESS_KEY) != 0)
      g_variant_builder_add (&details, "{sv}", key, value);
  rest = g_variant_ref_sink (g_variant_builder_end (&details));
  return g_variant_n_children (rest) > 0 ? g_steal_pointer (&rest) : NULL;
}

static ProgressLineKind
read_object (const char *text, double *fraction, GVariant **details)
{
  g_autoptr (GVariant) object = value_new_from_json (text, -1, NULL);
  g_autoptr (GVariant) value = NULL;

  if (object == NULL || !g_variant_is_of_type (object, G_VARIANT_TYPE_VARDICT))
    return PROGRESS_LINE_GARBAGE;
  value = value_find_key (object, PROGRESS_KEY);
  if (value == NULL || !read_value (value, fraction))
    return PROGRESS_LINE_GARBAGE;
  *details = object_to_details (object);
  return PROGRESS_LINE_PROGRESS;
}

ProgressLineKind
progress_line_read (const char *line, gsize size, double *fraction, GVariant **details)
{
  g_autofree char *text = NULL;

  *details = NULL;
  if (size > PROGRESS_LINE_MAX_BYTES || !g_utf8_validate_len (line, size, NULL))
    return PROGRESS_LINE_GARBAGE;
  text = g_strstrip (g_strndup (line, size));
  if (*text == '\0')
    return PROGRESS_LINE_BLANK;
  return *text == '{' ? read_object (text, fraction, details)
                      : read_words (text, fraction, details);
}
