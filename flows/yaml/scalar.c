/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <math.h>
#include <string.h>

#include "flows/yaml/scalar.h"

typedef struct
{
  const char *text;
  Scalar scalar;
} Word;

/* clang-format off */
static const Word words[] = {
  { "",      { .type = SCALAR_NULL } },
  { "~",     { .type = SCALAR_NULL } },
  { "null",  { .type = SCALAR_NULL } },
  { "Null",  { .type = SCALAR_NULL } },
  { "NULL",  { .type = SCALAR_NULL } },
  { "true",  { .type = SCALAR_BOOLEAN, .boolean = TRUE } },
  { "True",  { .type = SCALAR_BOOLEAN, .boolean = TRUE } },
  { "TRUE",  { .type = SCALAR_BOOLEAN, .boolean = TRUE } },
  { "false", { .type = SCALAR_BOOLEAN, .boolean = FALSE } },
  { "False", { .type = SCALAR_BOOLEAN, .boolean = FALSE } },
  { "FALSE", { .type = SCALAR_BOOLEAN, .boolean = FALSE } },
};
/* clang-format on */

static const Scalar STRING = { .type = SCALAR_STRING };

static Scalar
resolve_word (const char *text)
{
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (strcmp (text, words[i].text) == 0)
      return words[i].scalar;
  return STRING;
}

static Scalar
integer_of (const char *digits, guint base)
{
  Scalar scalar = { .type = SCALAR_INTEGER };

  errno = 0;
  scalar.integer = g_ascii_strtoll (digits, NULL, base);
  if (errno == ERANGE)
    scalar.type = SCALAR_TOO_LARGE;
  return scalar;
}

/* 0o17 and 0x1f. */
static Scalar
resolve_based (const char *text)
{
  gboolean is_octal = text[1] == 'o';
  const char *digits = is_octal ? "01234567" : "0123456789abcdefABCDEF";

  if (text[2] == '\0' || text[2 + strspn (text + 2, digits)] != '\0')
    return STRING;
  return integer_of (text + 2, is_octal ? 8 : 16);
}

static gboolean
is_not_finite (const char *unsigned_text)
{
  static const char *const forms[] = { ".inf", ".Inf", ".INF" };

  for (gsize i = 0; i < G_N_ELEMENTS (forms); i++)
    if (strcmp (unsigned_text, forms[i]) == 0)
      return TRUE;
  return FALSE;
}

/* Passes `[0-9]*`; returns how many there were. */
static gsize
pass_digits (const char **at)
{
  gsize n = strspn (*at, "0123456789");

  *at += n;
  return n;
}

/* Passes an exponent when there is one; FALSE when it is incomplete. */
static gboolean
pass_exponent (const char **at)
{
  if (**at != 'e' && **at != 'E')
    return TRUE;
  ++*at;
  if (**at == '+' || **at == '-')
    ++*at;
  return pass_digits (at) > 0;
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static Scalar
resolve_number (const char *text)
{
  const char *at = text + (*text == '-' || *text == '+');
  Scalar scalar = { .type = SCALAR_FLOAT };
  gsize digits;

  if (is_not_finite (at))
    return (Scalar){ .type = SCALAR_NOT_FINITE };
  digits = pass_digits (&at);
  if (digits > 0 && *at == '\0')
    return integer_of (text, 10);
  if (*at == '.')
    {
      at++;
      digits += pass_digits (&at);
    }
  if (digits == 0 || !pass_exponent (&at) || *at != '\0')
    return STRING;
  scalar.number = g_ascii_strtod (text, NULL);
  if (!isfinite (scalar.number))
    scalar.type = SCALAR_TOO_LARGE;
  return scalar;
}

Scalar
scalar_resolve (const char *text)
{
  char first = text[0];

  if (first == '0' && (text[1] == 'o' || text[1] == 'x'))
    return resolve_based (text);
  if (g_ascii_isdigit (first) || first == '-' || first == '+')
    return resolve_number (text);
  if (first == '.')
    return g_ascii_strcasecmp (text, ".nan") == 0 ? (Scalar){ .type = SCALAR_NOT_FINITE }
                                                  : resolve_number (text);
  return strchr ("~nNtTfF", first) != NULL ? resolve_word (text) : STRING;
}

gboolean
scalar_is_former_boolean (const char *text)
{
  static const char *const former[]
      = { "yes", "Yes", "YES", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF" };

  for (gsize i = 0; i < G_N_ELEMENTS (former); i++)
    if (strcmp (text, former[i]) == 0)
      return TRUE;
  return FALSE;
}

gboolean
scalar_has_leading_zero (const char *text)
{
  text += *text == '-' || *text == '+';
  return text[0] == '0' && text[1] != '\0' && text[strspn (text, "0123456789")] == '\0';
}

static gboolean
parse_version_part (const char **at, guint16 *part)
{
  const char *start = *at;
  guint64 number;

  if (pass_digits (at) == 0 || *at - start > 5)
    return FALSE;
  number = g_ascii_strtoull (start, NULL, 10);
  *part = (guint16) number;
  return number <= G_MAXUINT16;
}

gboolean
scalar_parse_version (const char *text, guint16 *major, guint16 *minor)
{
  guint16 parts[2] = { 0, 0 };
  const char *at = text;

  if (!parse_version_part (&at, &parts[0]))
    return FALSE;
  if (*at == '.')
    {
      at++;
      if (!parse_version_part (&at, &parts[1]))
        return FALSE;
    }
  if (*at != '\0')
    return FALSE;
  *major = parts[0];
  *minor = parts[1];
  return TRUE;
}
