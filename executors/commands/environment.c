/* SPDX-License-Identifier: Apache-2.0 */
#include "executors/commands/environment.h"

#include <string.h>

struct Environment
{
  GPtrArray *list; /* borrowed from the base or from `own`; its last element is NULL */
  GPtrArray *own;
  char *oversized;
};

Environment *
environment_new (const char *const *base)
{
  Environment *environment = g_new0 (Environment, 1);

  environment->list = g_ptr_array_sized_new (64);
  environment->own = g_ptr_array_new_with_free_func (g_free);
  for (; base != NULL && *base != NULL; base++)
    g_ptr_array_add (environment->list, (gpointer) (guintptr) *base);
  g_ptr_array_add (environment->list, NULL);
  return environment;
}

void
environment_free (Environment *environment)
{
  if (environment == NULL)
    return;
  g_ptr_array_unref (environment->list);
  g_ptr_array_unref (environment->own);
  g_free (environment->oversized);
  g_free (environment);
}

/* The index of the first variable of that name from `from` on; the index of the final NULL when
 * there is none. */
static guint
find_index (const Environment *environment, const char *name, gsize length, guint from)
{
  guint end = environment->list->len - 1;

  for (guint i = from; i < end; i++)
    {
      const char *variable = environment->list->pdata[i];

      /* Most differ at once, and this is done for every variable of every command. */
      if (variable[0] == name[0] && strncmp (variable, name, length) == 0
          && variable[length] == '=')
        return i;
    }
  return end;
}

const char *
environment_find (const Environment *environment, const char *name, gsize length)
{
  const char *variable = environment->list->pdata[find_index (environment, name, length, 0)];

  return variable != NULL ? variable + length + 1 : NULL;
}

gboolean
environment_has_prefix (const Environment *environment, const char *prefix)
{
  for (guint i = 0; i + 1 < environment->list->len; i++)
    if (g_str_has_prefix (environment->list->pdata[i], prefix))
      return TRUE;
  return FALSE;
}

static void
remove_from (Environment *environment, const char *name, guint from)
{
  gsize length = strlen (name);
  guint i = find_index (environment, name, length, from);

  for (; i < environment->list->len - 1; i = find_index (environment, name, length, i))
    g_ptr_array_remove_index (environment->list, i);
}

void
environment_set (Environment *environment, const char *name, const char *value)
{
  char *variable = g_strconcat (name, "=", value, NULL);
  guint i = find_index (environment, name, strlen (name), 0);

  g_ptr_array_add (environment->own, variable);
  if (i == environment->list->len - 1)
    g_ptr_array_add (environment->list, NULL);
  environment->list->pdata[i] = variable;
  remove_from (environment, name, i + 1);
  if (environment->oversized == NULL && strlen (variable) > ENVIRONMENT_MAX_BYTES)
    environment->oversized = g_strdup (name);
}

void
environment_unset (Environment *environment, const char *name)
{
  remove_from (environment, name, 0);
}

const char *
environment_get_oversized (const Environment *environment)
{
  return environment->oversized;
}

const char *const *
environment_get_list (const Environment *environment)
{
  return (const char *const *) (gconstpointer) environment->list->pdata;
}
