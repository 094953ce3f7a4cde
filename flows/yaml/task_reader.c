/* SPDX-License-Identifier: Apache-2.0 */

#include "flows/yaml/task_reader.h"

#include "flows/yaml/command_reader.h"
#include "flows/yaml/field.h"
#include "flows/yaml/retry_reader.h"
#include "flows/yaml/task_arguments.h"

static void
read_timeout (TaskDraft *draft, TaskKey key, AtomAction action)
{
  const Node *value = draft->values[key];
  gint64 us;

  if (value != NULL && field_get_timeout (draft->loader, value, task_key_table.keys[key].name, &us))
    atom_set_timeout (draft->atom, action, us);
}

static void
read_priority (TaskDraft *draft)
{
  const Node *value = draft->values[TASK_KEY_PRIORITY];
  gint64 priority;

  if (value != NULL
      && field_get_integer (draft->loader, value, "priority", G_MININT32, G_MAXINT32, &priority))
    atom_set_priority (draft->atom, (int) priority);
}

static void
read_version (TaskDraft *draft)
{
  const Node *value = draft->values[TASK_KEY_VERSION];
  guint16 major;
  guint16 minor;

  if (value != NULL && field_get_version (draft->loader, value, &major, &minor))
    atom_set_version (draft->atom, major, minor);
}

static void
read_unknown (TaskDraft *draft)
{
  static const char *const choices[] = { "repeat", "ask" };
  const Node *value = draft->values[TASK_KEY_ON_UNKNOWN];
  guint index;

  if (value != NULL && field_get_choice (draft->loader, value, "on-unknown", choices, 2, &index))
    atom_set_unknown (draft->atom, index == 0 ? ATOM_UNKNOWN_REPEAT : ATOM_UNKNOWN_ASK);
}

static void
read_effects (TaskDraft *draft)
{
  static const char *const choices[] = { "reversible", "none", "irreversible" };
  static const AtomEffects effects[]
      = { ATOM_EFFECTS_REVERSIBLE, ATOM_EFFECTS_NONE, ATOM_EFFECTS_IRREVERSIBLE };
  const Node *value = draft->values[TASK_KEY_EFFECTS];
  guint index;

  if (value == NULL || !field_get_choice (draft->loader, value, "effects", choices, 3, &index))
    return;
  atom_set_effects (draft->atom, effects[index]);
  if (effects[index] == ATOM_EFFECTS_REVERSIBLE && !atom_has_revert (draft->atom))
    {
      loader_report (draft->loader, value, "no-revert",
                     "'%s' has no revert that takes its effect back", draft->name);
      diagnostics_add_help (draft->loader->diagnostics, "add 'revert', or say 'irreversible'");
    }
}

static void
read_revert_retry (TaskDraft *draft)
{
  const Node *value = draft->values[TASK_KEY_REVERT_RETRY];
  AtomBackoff backoff;

  if (value == NULL || !retry_reader_read_backoff (draft->loader, value, &backoff))
    return;
  atom_set_revert_backoff (draft->atom, &backoff);
  if (!atom_has_revert (draft->atom) && draft->does != TASK_DOES_NOTHING)
    loader_report (draft->loader, value, "no-revert", "'%s' has no revert to be tried again",
                   draft->name);
}

static void
read_name (TaskDraft *draft)
{
  const Node *value = draft->values[TASK_KEY_TASK];

  draft->name = NULL;
  if (value != NULL)
    draft->name = field_get_name (draft->loader, value, "task");
}

Atom *
task_reader_read (Loader *loader, const Node *node, TaskDraft *draft)
{
  g_autoptr (Atom) atom = NULL;
  SourceMark mark;

  draft->loader = loader;
  draft->node = node;
  if (!keys_read (loader, &task_key_table, node, draft->values))
    {
      loader_note_hole (loader);
      return NULL;
    }
  read_name (draft);
  command_reader_make_atom (draft);
  atom = draft->atom;
  mark = loader_get_mark (loader, draft->name == NULL ? node : draft->values[TASK_KEY_TASK]);
  atom_set_mark (atom, &mark);
  if (draft->values[TASK_KEY_DESCRIPTION] != NULL)
    field_get_any_text (loader, draft->values[TASK_KEY_DESCRIPTION], "description");
  task_arguments_read (draft);
  command_reader_read (draft);
  read_version (draft);
  read_timeout (draft, TASK_KEY_TIMEOUT, ATOM_ACTION_EXECUTE);
  read_timeout (draft, TASK_KEY_REVERT_TIMEOUT, ATOM_ACTION_REVERT);
  read_priority (draft);
  read_unknown (draft);
  read_effects (draft);
  read_revert_retry (draft);
  if (draft->name != NULL)
    return g_steal_pointer (&atom);
  loader_note_hole (loader);
  return g_steal_pointer (&atom);
}
