/* SPDX-License-Identifier: Apache-2.0 */

#include "flows/yaml/variables.h"

#include <string.h>

static gboolean
is_of_variable (char c)
{
  return g_ascii_isalnum (c) || c == '_';
}

gsize
variables_measure (const char *text)
{
  gsize length = 0;

  while (is_of_variable (text[length]) || text[length] == '-' || text[length] == '.')
    length++;
  return length;
}

char *
variables_dup_name (const char *argument, gsize length)
{
  char *name = g_strndup (argument, length);

  for (char *c = name; *c != '\0'; c++)
    if (!is_of_variable (*c))
      *c = '_';
  return name;
}

gboolean
variables_is_name_of (const char *argument, const char *variable)
{
  while (*argument != '\0' && *variable == (is_of_variable (*argument) ? *argument : '_'))
    {
      argument++;
      variable++;
    }
  return *argument == '\0' && *variable == '\0';
}

gboolean
variables_is_mentioned (const char *text, const char *name)
{
  gsize length = strlen (name);

  for (const char *at = strstr (text, name); at != NULL; at = strstr (at + length, name))
    {
      char before = at == text ? ' ' : at[-1];

      if (!is_of_variable (before) && before != '$' && before != '{'
          && !is_of_variable (at[length]))
        return TRUE;
    }
  return FALSE;
}

void
variable_iter_init (VariableIter *iter, const char *text)
{
  *iter = (VariableIter){ .at = text };
}

/* Takes the variable at a `$`. FALSE when it is something else. */
static gboolean
take_variable (VariableIter *iter, char **name)
{
  const char *begin = iter->at[1] == '{' ? iter->at + 2 : iter->at + 1;
  gsize length = 0;

  while (is_of_variable (begin[length]))
    length++;
  if (length == 0 || g_ascii_isdigit (*begin) || (begin != iter->at + 1 && begin[length] != '}'))
    return FALSE;
  g_free (*name);
  *name = g_strndup (begin, length);
  iter->start = iter->at;
  iter->length = (gsize) (begin - iter->at) + length + (begin != iter->at + 1);
  iter->at += iter->length;
  return TRUE;
}

/* Goes over what is no variable. */
static void
skip (VariableIter *iter)
{
  const char *end;

  if (*iter->at == '\\' && iter->at[1] != '\0')
    iter->at++;
  else if (*iter->at == '"')
    iter->is_quoted = !iter->is_quoted;
  else if (*iter->at == '\'' && !iter->is_quoted)
    {
      end = strchr (iter->at + 1, '\'');
      iter->at = end == NULL ? iter->at + strlen (iter->at) - 1 : end;
    }
  iter->at++;
}

gboolean
variable_iter_next (VariableIter *iter, char **name)
{
  while (*iter->at != '\0')
    {
      if (*iter->at == '$' && take_variable (iter, name))
        return TRUE;
      skip (iter);
    }
  return FALSE;
}
