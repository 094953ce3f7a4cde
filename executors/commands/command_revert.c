/* SPDX-License-Identifier: Apache-2.0 */
#include "executors/commands/command_revert.h"

#include <string.h>

#include <backflow/values/value.h>

#include "atoms/command_private.h"
#include "atoms/provided.h"
#include "executors/children/child_error.h"
#include "executors/commands/command_environment.h"

/* The word for `{name}` in a revert, as far as it is known while its execute runs; empty where it
 * is not. */
static char *
dup_known_word (const char *name, gpointer values)
{
  const CommandValues *given = values;
  guint count;
  const AtomProvided *provides = atom_get_provides (given->attempt->atom, &count);
  char *word = NULL;

  for (guint i = 0; i < count && given->own_result != NULL && word == NULL; i++)
    if (strcmp (provides[i].symbol, name) == 0)
      {
        g_autoptr (GVariant) value = atom_provided_find_value (&provides[i], given->own_result);

        word = value != NULL ? value_to_word (value) : NULL;
      }
  if (word == NULL)
    word = command_environment_dup_word (name, values);
  return word != NULL ? word : g_strdup ("");
}

gboolean
command_revert_check (const Attempt *attempt, GVariant *result, GError **error)
{
  const CommandLine *line = &command_get_spec (attempt->atom)->lines[COMMAND_REVERT];
  CommandValues values = { attempt, result };
  g_auto (GStrv) words = NULL;
  gsize total = 0;

  if (line->argv == NULL || line->templates == NULL)
    return TRUE;
  words = command_line_expand (line, dup_known_word, &values, NULL);
  for (guint i = 0; words != NULL && words[i] != NULL; i++)
    {
      gsize size = strlen (words[i]);

      total += size;
      if (size <= COMMAND_VALUE_MAX_BYTES && total <= COMMAND_VALUES_MAX_BYTES)
        continue;
      g_set_error (error, CHILD_ERROR, CHILD_ERROR_ARGUMENTS,
                   "an argument of its revert, \"%s\", would be too long to be passed",
                   line->argv[i]);
      return FALSE;
    }
  return TRUE;
}
