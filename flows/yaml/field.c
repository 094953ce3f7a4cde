/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include <backflow/values/duration.h>

#include "flows/yaml/field.h"
#include "flows/yaml/scalar.h"

#define NAME_LENGTH_MAX 255u
#define SYMBOL_LENGTH_MAX 255u

/* What an unquoted scalar means; a quoted one is a string. Not for collections. */
static Scalar
resolve (const Loader *loader, const Node *node)
{
  if (!document_is_plain (loader->document, node))
    return (Scalar){ .type = SCALAR_STRING };
  return scalar_resolve (document_get_text (loader->document, node));
}

static const char *
describe_scalar (const Scalar *scalar)
{
  switch (scalar->type)
    {
    case SCALAR_NULL:
      return "nothing (null)";
    case SCALAR_BOOLEAN:
      return "a boolean";
    case SCALAR_INTEGER:
      return "an integer";
    case SCALAR_FLOAT:
    case SCALAR_TOO_LARGE:
    case SCALAR_NOT_FINITE:
      return "a number";
    case SCALAR_STRING:
    default:
      return "text";
    }
}

const char *
field_describe (const Loader *loader, const Node *node)
{
  Scalar scalar;

  switch (document_get_kind (loader->document, node))
    {
    case NODE_SEQUENCE:
      return "a list";
    case NODE_MAPPING:
      return "a mapping";
    case NODE_SCALAR:
    case NODE_ALIAS:
    default:
      scalar = resolve (loader, node);
      return describe_scalar (&scalar);
    }
}

gboolean
field_is_null (const Loader *loader, const Node *node)
{
  return document_get_kind (loader->document, node) == NODE_SCALAR
         && resolve (loader, node).type == SCALAR_NULL;
}

/* Reports a value of another type than `expected`. */
static void
report_type (Loader *loader, const Node *node, const char *key, const char *expected)
{
  loader_report (loader, node, "type", "expected %s for '%s', found %s", expected, key,
                 field_describe (loader, node));
}

/* -- Texts ------------------------------------------------------------------------------------ */

const char *
field_get_any_text (Loader *loader, const Node *node, const char *key)
{
  if (document_get_kind (loader->document, node) != NODE_SCALAR || field_is_null (loader, node))
    {
      report_type (loader, node, key, "text");
      if (document_get_kind (loader->document, node) == NODE_MAPPING)
        diagnostics_add_help (loader->diagnostics, "quote text that starts with '{'");
      return NULL;
    }
  return document_get_text (loader->document, node);
}

const char *
field_get_text (Loader *loader, const Node *node, const char *key)
{
  const char *text = field_get_any_text (loader, node, key);

  if (text == NULL || *text != '\0')
    return text;
  loader_report (loader, node, "empty-text", "'%s' is empty", key);
  return NULL;
}

/* The first thing that is wrong with a name, or NULL. */
static const char *
find_name_fault (const char *name)
{
  gsize length = strlen (name);

  if (length > NAME_LENGTH_MAX)
    return "is longer than 255 bytes";
  if (g_ascii_isspace (name[0]) || g_ascii_isspace (name[length - 1]))
    return "begins or ends with a blank";
  for (const char *p = name; *p != '\0'; p += g_utf8_skip[(guchar) *p])
    if ((guchar) *p < ' ' || ((guchar) *p >= 0x7f && !g_unichar_isprint (g_utf8_get_char (p))))
      return "has a character that cannot be shown";
  return NULL;
}

const char *
field_get_name (Loader *loader, const Node *node, const char *key)
{
  const char *name = field_get_text (loader, node, key);
  const char *fault = name == NULL ? NULL : find_name_fault (name);

  if (fault == NULL)
    return name;
  loader_report (loader, node, "name", "the name %s", fault);
  return NULL;
}

static gboolean
is_symbol (const char *text)
{
  const char *p = text;

  if (!g_ascii_isalpha (*p) && *p != '_')
    return FALSE;
  while (g_ascii_isalnum (*p) || *p == '_' || *p == '-' || *p == '.')
    p++;
  return *p == '\0' && p - text <= SYMBOL_LENGTH_MAX;
}

const char *
field_get_symbol (Loader *loader, const Node *node, const char *key)
{
  const char *text = field_get_text (loader, node, key);

  if (text == NULL)
    return NULL;
  if (!is_symbol (text))
    {
      loader_report (loader, node, "symbol", "'%s' is not the name of a symbol", text);
      diagnostics_add_help (loader->diagnostics,
                            "a letter or '_' comes first, then letters, digits, '_', '-' and '.'");
      return NULL;
    }
  if (g_str_has_prefix (text, "BACKFLOW") && text[8] != '\0' && strchr ("_-.", text[8]) != NULL)
    {
      loader_report (loader, node, "symbol", "names that begin with 'BACKFLOW_' are reserved");
      return NULL;
    }
  return text;
}

/* -- Numbers ---------------------------------------------------------------------------------- */

/* Reports what is not a number of the wanted type; a quoted one gets a hint. */
static void
report_number (Loader *loader, const Node *node, const char *key, const char *expected)
{
  const char *text = document_get_text (loader->document, node);
  ScalarType unquoted = text == NULL ? SCALAR_STRING : scalar_resolve (text).type;

  report_type (loader, node, key, expected);
  if (!document_is_plain (loader->document, node) && unquoted != SCALAR_STRING
      && unquoted != SCALAR_NULL)
    diagnostics_add_help (loader->diagnostics, "leave out the quotes");
}

gboolean
field_get_integer (Loader *loader, const Node *node, const char *key, gint64 least, gint64 most,
                   gint64 *integer)
{
  Scalar scalar = resolve (loader, node);

  if (scalar.type != SCALAR_INTEGER && scalar.type != SCALAR_TOO_LARGE)
    {
      report_number (loader, node, key, "an integer");
      return FALSE;
    }
  if (scalar.type == SCALAR_TOO_LARGE || scalar.integer < least || scalar.integer > most)
    {
      loader_report (loader, node, "range",
                     "'%s' is from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, key, least, most);
      return FALSE;
    }
  *integer = scalar.integer;
  return TRUE;
}

gboolean
field_get_number (Loader *loader, const Node *node, const char *key, double least, double most,
                  double *number)
{
  Scalar scalar = resolve (loader, node);
  double read = scalar.type == SCALAR_INTEGER ? (double) scalar.integer : scalar.number;

  if (scalar.type != SCALAR_INTEGER && scalar.type != SCALAR_FLOAT)
    {
      report_number (loader, node, key, "a number");
      return FALSE;
    }
  if (read < least || read > most)
    {
      loader_report (loader, node, "range", "'%s' is from %g to %g", key, least, most);
      return FALSE;
    }
  *number = read;
  return TRUE;
}

gboolean
field_get_boolean (Loader *loader, const Node *node, const char *key, gboolean *boolean)
{
  Scalar scalar = resolve (loader, node);

  if (scalar.type != SCALAR_BOOLEAN)
    {
      const char *text = document_get_text (loader->document, node);

      report_number (loader, node, key, "true or false");
      if (text != NULL && scalar_is_former_boolean (text))
        diagnostics_add_help (loader->diagnostics, "write 'true' or 'false'");
      return FALSE;
    }
  *boolean = scalar.boolean;
  return TRUE;
}

gboolean
field_get_duration (Loader *loader, const Node *node, const char *key, gint64 *us)
{
  const char *text = field_get_text (loader, node, key);
  g_autoptr (GError) error = NULL;

  if (text == NULL)
    return FALSE;
  if (duration_parse (text, us, &error))
    return TRUE;
  loader_report (loader, node, "duration", "%s", error->message);
  if (scalar_resolve (text).type == SCALAR_INTEGER)
    diagnostics_add_help (loader->diagnostics, "write '%ss' for seconds, or '%sms'", text, text);
  return FALSE;
}

gboolean
field_get_timeout (Loader *loader, const Node *node, const char *key, gint64 *us)
{
  gint64 duration = 0;

  if (!field_get_duration (loader, node, key, &duration))
    return FALSE;
  if (duration == 0)
    {
      loader_report (loader, node, "range", "'%s' is longer than nothing", key);
      return FALSE;
    }
  *us = duration;
  return TRUE;
}

/* -- Words ------------------------------------------------------------------------------------ */

gboolean
field_get_choice (Loader *loader, const Node *node, const char *key, const char *const *choices,
                  guint count, guint *index)
{
  const char *text = field_get_text (loader, node, key);
  g_autoptr (GString) list = NULL;

  if (text == NULL)
    return FALSE;
  for (guint i = 0; i < count; i++)
    if (strcmp (text, choices[i]) == 0)
      {
        *index = i;
        return TRUE;
      }
  list = g_string_new (NULL);
  for (guint i = 0; i < count; i++)
    g_string_append_printf (list, "%s'%s'",
                            i == 0           ? ""
                            : i + 1 == count ? " or "
                                             : ", ",
                            choices[i]);
  loader_report (loader, node, "choice", "'%s' is %s, not '%s'", key, list->str, text);
  loader_suggest (loader, text, choices, count);
  return FALSE;
}

gboolean
field_get_shell (Loader *loader, const Node *node, CommandShell *shell)
{
  static const char *const choices[] = { "sh", "bash" };
  static const CommandShell shells[] = { COMMAND_SHELL_SH, COMMAND_SHELL_BASH };
  guint index;

  if (!field_get_choice (loader, node, "shell", choices, G_N_ELEMENTS (choices), &index))
    return FALSE;
  *shell = shells[index];
  return TRUE;
}

/* An unquoted 1.10 is the number 1.1. */
static gboolean
loses_zeros (const char *text)
{
  const char *point = strchr (text, '.');
  gsize length = strlen (text);

  return point != NULL && text + length - point > 2 && text[length - 1] == '0';
}

gboolean
field_get_version (Loader *loader, const Node *node, guint16 *major, guint16 *minor)
{
  const char *text = field_get_text (loader, node, "version");

  if (text == NULL)
    return FALSE;
  if (!scalar_parse_version (text, major, minor))
    {
      loader_report (loader, node, "version", "'%s' is not a version", text);
      diagnostics_add_help (loader->diagnostics, "write MAJOR.MINOR in quotes, such as \"1.2\"");
      return FALSE;
    }
  if (!document_is_plain (loader->document, node) || !loses_zeros (text))
    return TRUE;
  loader_report (loader, node, "version", "without quotes, %s is the number %g", text,
                 g_ascii_strtod (text, NULL));
  diagnostics_add_help (loader->diagnostics, "write \"%s\"", text);
  return FALSE;
}

/* -- Collections ------------------------------------------------------------------------------ */

static gboolean
check_collection (Loader *loader, const Node *node, const char *key, NodeKind kind,
                  const char *expected, guint most)
{
  if (document_get_kind (loader->document, node) != kind)
    {
      report_type (loader, node, key, expected);
      return FALSE;
    }
  if (document_get_size (loader->document, node) > most)
    {
      loader_report (loader, node, "too-many", "'%s' has more than %u members", key, most);
      return FALSE;
    }
  return TRUE;
}

gboolean
field_is_list (Loader *loader, const Node *node, const char *key, guint most)
{
  return check_collection (loader, node, key, NODE_SEQUENCE, "a list", most);
}

gboolean
field_is_mapping (Loader *loader, const Node *node, const char *key, guint most)
{
  return check_collection (loader, node, key, NODE_MAPPING, "a mapping", most);
}
