/* SPDX-License-Identifier: Apache-2.0 */

#include "flows/yaml/task_arguments.h"

#include <string.h>

#include <backflow/atoms/atom_options.h>

#include "flows/yaml/argument_reader.h"

/* Gives revert those arguments of execute that read a symbol of another name, or those that read
 * one of their own. */
static void
copy_arguments (TaskDraft *draft, gboolean is_rebound)
{
  guint count;
  const AtomArgument *arguments = atom_get_arguments (draft->atom, ATOM_ACTION_EXECUTE, &count);

  for (guint i = 0; i < count; i++)
    {
      const AtomArgument *argument = &arguments[i];

      if (argument->is_optional || (strcmp (argument->name, argument->symbol) != 0) != is_rebound)
        continue;
      atom_revert_rebind (draft->atom, argument->name, argument->symbol);
      if (argument->mark != NULL)
        atom_set_argument_mark (draft->atom, ATOM_ACTION_REVERT, argument->name, argument->mark);
    }
}

/* Arguments of revert alone. As in TaskFlow, the one of the two keys that is not there is that of
 * execute. */
static void
read_revert_arguments (TaskDraft *draft, const ArgumentReader *reader)
{
  const Node *requires = draft->values[TASK_KEY_REVERT_REQUIRES];
  const Node *rebind = draft->values[TASK_KEY_REVERT_REBIND];

  if (requires == NULL && rebind == NULL)
    return;
  atom_revert_require_none (draft->atom);
  if (requires != NULL)
    argument_reader_read_symbols (reader, requires, "revert-requires", ATOM_ACTION_REVERT,
                                  atom_revert_require);
  else
    copy_arguments (draft, FALSE);
  if (rebind != NULL)
    argument_reader_read_rebind (reader, rebind, "revert-rebind", ATOM_ACTION_REVERT);
  else
    copy_arguments (draft, TRUE);
}

void
task_arguments_read (TaskDraft *draft)
{
  const ArgumentReader reader = { draft->loader, draft->atom };
  const ArgumentNodes nodes = { draft->values[TASK_KEY_REQUIRES], draft->values[TASK_KEY_OPTIONAL],
                                draft->values[TASK_KEY_REBIND], draft->values[TASK_KEY_INJECT] };

  argument_reader_read_execute (&reader, &nodes);
  read_revert_arguments (draft, &reader);
  argument_reader_read_provides (&reader, draft->values[TASK_KEY_PROVIDES]);
}
