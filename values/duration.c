/* SPDX-License-Identifier: Apache-2.0 */
#include <backflow/values/duration.h>

#include <string.h>

GQuark
duration_error_quark (void)
{
  return g_quark_from_static_string ("backflow-duration-error-quark");
}

typedef struct
{
  const char *name;
  gint64 us;
} DurationUnit;

/* From the largest to the smallest, which is also the order within a duration. */
static const DurationUnit units[] = {
  { "d", 24 * 3600 * G_GINT64_CONSTANT (1000000) },
  { "h", 3600 * G_GINT64_CONSTANT (1000000) },
  { "m", 60 * G_GINT64_CONSTANT (1000000) },
  { "s", 1000000 },
  { "ms", 1000 },
  { "us", 1 },
};

/* No number of a valid duration is larger: every step below stays far inside of 64 bits. */
#define MAX_WHOLE DURATION_MAX_US
#define MAX_DECIMALS 6

static gboolean
fail_syntax (const char *text, const char *what, GError **error)
{
  g_set_error (error, DURATION_ERROR, DURATION_ERROR_SYNTAX,
               "'%s' is no duration: %s (such as 500ms, 30s, 5m or 1h30m)", text, what);
  return FALSE;
}

static gboolean
fail_range (const char *text, GError **error)
{
  g_set_error (error, DURATION_ERROR, DURATION_ERROR_RANGE, "'%s' is longer than a hundred years",
               text);
  return FALSE;
}

/* The index of the unit that stands at `text`, whose letters end with `length`. */
static guint
find_unit (const char *text, gsize length)
{
  guint i = 0;

  while (i < G_N_ELEMENTS (units)
         && (strlen (units[i].name) != length || memcmp (units[i].name, text, length) != 0))
    i++;
  return i;
}

/* Reads digits into `value`; returns how many there were. A value past MAX_WHOLE stays past it. */
static gsize
read_digits (const char **at, gint64 *value)
{
  const char *start = *at;

  for (*value = 0; g_ascii_isdigit (**at); (*at)++)
    if (*value <= MAX_WHOLE)
      *value = *value * 10 + (**at - '0');
  return (gsize) (*at - start);
}

/* What is behind the decimal point, in millionths; FALSE when there are no digits or too many. */
static gboolean
read_decimals (const char **at, gint64 *millionths)
{
  gsize digits;

  *millionths = 0;
  if (**at != '.')
    return TRUE;
  (*at)++;
  digits = read_digits (at, millionths);
  for (gsize i = digits; i < MAX_DECIMALS; i++)
    *millionths *= 10;
  return digits > 0 && digits <= MAX_DECIMALS;
}

/* Where a parse stands. */
typedef struct
{
  const char *text;
  const char *at;
  guint first; /* the largest unit that may still come */
  gint64 sum;
} DurationReader;

/* Reads the unit behind a number; the reader is then past it. Its index; G_N_ELEMENTS (units) with
 * an error. */
static guint
read_unit (DurationReader *reader, GError **error)
{
  gsize letters = 0;
  guint unit;

  while (g_ascii_isalpha (reader->at[letters]))
    letters++;
  unit = find_unit (reader->at, letters);
  reader->at += letters;
  if (letters == 0)
    fail_syntax (reader->text, "a unit is expected after the number", error);
  else if (unit == G_N_ELEMENTS (units))
    fail_syntax (reader->text, "the units are d, h, m, s, ms and us", error);
  else if (unit < reader->first)
    {
      fail_syntax (reader->text, "each unit stands once, larger ones first", error);
      return G_N_ELEMENTS (units);
    }
  return unit;
}

/* Reads one number with its unit and adds it. */
static gboolean
read_part (DurationReader *reader, GError **error)
{
  gint64 whole, millionths;
  guint unit;

  if (read_digits (&reader->at, &whole) == 0)
    return fail_syntax (reader->text, "a number is expected", error);
  if (!read_decimals (&reader->at, &millionths))
    return fail_syntax (reader->text, "one to six digits are expected after the point", error);
  unit = read_unit (reader, error);
  if (unit == G_N_ELEMENTS (units))
    return FALSE;
  if (whole > (DURATION_MAX_US - reader->sum) / units[unit].us)
    return fail_range (reader->text, error);
  reader->sum += whole * units[unit].us + millionths * units[unit].us / 1000000;
  if (reader->sum > DURATION_MAX_US)
    return fail_range (reader->text, error);
  reader->first = unit + 1;
  return TRUE;
}

gboolean
duration_parse (const char *text, gint64 *us, GError **error)
{
  DurationReader reader = { text, text, 0, 0 };

  g_return_val_if_fail (text != NULL && us != NULL, FALSE);
  do
    {
      if (!read_part (&reader, error))
        return FALSE;
    }
  while (*reader.at != '\0');
  *us = reader.sum;
  return TRUE;
}

char *
duration_to_text (gint64 us)
{
  GString *text = g_string_new (NULL);

  g_return_val_if_fail (us >= 0, g_string_free (text, FALSE));
  if (us == 0)
    g_string_append (text, "0s");
  for (guint i = 0; i < G_N_ELEMENTS (units); i++)
    {
      if (us >= units[i].us)
        g_string_append_printf (text, "%" G_GINT64_FORMAT "%s", us / units[i].us, units[i].name);
      us %= units[i].us;
    }
  return g_string_free (text, FALSE);
}
