/* SPDX-License-Identifier: Apache-2.0 */

/* Arguments and results of a task. Each keeps its place, so that the compiler can say where a symbol is asked for. */

#include <string.h>

#include <backflow/atoms/atom_options.h>

#include "flows/yaml/field.h"
#include "flows/yaml/task_reader.h"

typedef void (*BindFunc) (Atom *atom, const char *symbol);

static gboolean
has_argument (const TaskDraft *draft, AtomAction action, const char *name)
{
  guint count;
  const AtomArgument *arguments = atom_get_arguments (draft->atom, action, &count);

  for (guint i = 0; i < count; i++)
    if (strcmp (arguments[i].name, name) == 0)
      return TRUE;
  return FALSE;
}

static void
set_mark (TaskDraft *draft, AtomAction action, const char *argument, const Node *node)
{
  SourceMark mark = loader_get_mark (draft->loader, node);

  atom_set_argument_mark (draft->atom, action, argument, &mark);
}

/* Binds the symbol at `node` as an argument of its own name. */
static void
bind_symbol (TaskDraft *draft, const Node *node, const char *key, AtomAction action, BindFunc bind)
{
  const char *symbol = field_get_symbol (draft->loader, node, key);

  if (symbol == NULL)
    return;
  if (has_argument (draft, action, symbol))
    {
      loader_warn (draft->loader, node, "duplicate-argument", "'%s' is an argument already",
                   symbol);
      return;
    }
  bind (draft->atom, symbol);
  set_mark (draft, action, symbol, node);
}

/* Reads a list of symbols, or one symbol. */
static void
read_symbols (TaskDraft *draft, TaskKey key, AtomAction action, BindFunc bind)
{
  const Node *value = draft->values[key];
  const char *name = task_key_table.keys[key].name;
  const Node *node;
  NodeIter iter;

  if (value == NULL)
    return;
  if (document_get_kind (draft->loader->document, value) == NODE_SCALAR
      && !field_is_null (draft->loader, value))
    {
      bind_symbol (draft, value, name, action, bind);
      return;
    }
  if (!field_is_list (draft->loader, value, name, FLOW_FILE_ARGUMENTS_MAX))
    return;
  node_iter_init (&iter, draft->loader->document, value);
  while ((node = node_iter_next (&iter)) != NULL)
    bind_symbol (draft, node, name, action, bind);
}

/* Reads a map of argument to symbol. */
static void
read_rebind (TaskDraft *draft, TaskKey key, AtomAction action)
{
  const Node *value = draft->values[key];
  const char *name = task_key_table.keys[key].name;
  const Node *node;
  NodeIter iter;

  if (value == NULL || !field_is_mapping (draft->loader, value, name, FLOW_FILE_ARGUMENTS_MAX))
    return;
  node_iter_init (&iter, draft->loader->document, value);
  while ((node = node_iter_next (&iter)) != NULL)
    {
      const Node *to = node_iter_next (&iter);
      const char *argument = document_get_text (draft->loader->document, node);
      const char *symbol = field_get_symbol (draft->loader, to, name);

      if (argument == NULL || field_get_symbol (draft->loader, node, name) == NULL
          || symbol == NULL)
        continue;
      if (action == ATOM_ACTION_REVERT)
        atom_revert_rebind (draft->atom, argument, symbol);
      else
        atom_rebind (draft->atom, argument, symbol);
      set_mark (draft, action, argument, to);
    }
}

static void
read_inject (TaskDraft *draft)
{
  const Node *value = draft->values[TASK_KEY_INJECT];
  const Node *node;
  NodeIter iter;

  if (value == NULL || !field_is_mapping (draft->loader, value, "inject", FLOW_FILE_ARGUMENTS_MAX))
    return;
  node_iter_init (&iter, draft->loader->document, value);
  while ((node = node_iter_next (&iter)) != NULL)
    {
      const Node *constant = node_iter_next (&iter);
      g_autoptr (GVariant) injected = field_dup_value (draft->loader, constant);
      const char *argument = document_get_text (draft->loader->document, node);

      if (argument == NULL || field_get_symbol (draft->loader, node, "inject") == NULL
          || injected == NULL)
        continue;
      atom_inject (draft->atom, argument, injected);
      set_mark (draft, ATOM_ACTION_EXECUTE, argument, node);
    }
}

/* Gives revert those arguments of execute that read a symbol of another name, or those that read one of their own. */
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

/* Arguments of revert alone. As in TaskFlow, the one of the two keys that is not there is that of execute. */
static void
read_revert_arguments (TaskDraft *draft)
{
  gboolean has_requires = draft->values[TASK_KEY_REVERT_REQUIRES] != NULL;
  gboolean has_rebind = draft->values[TASK_KEY_REVERT_REBIND] != NULL;

  if (!has_requires && !has_rebind)
    return;
  atom_revert_require_none (draft->atom);
  if (has_requires)
    read_symbols (draft, TASK_KEY_REVERT_REQUIRES, ATOM_ACTION_REVERT, atom_revert_require);
  else
    copy_arguments (draft, FALSE);
  if (has_rebind)
    read_rebind (draft, TASK_KEY_REVERT_REBIND, ATOM_ACTION_REVERT);
  else
    copy_arguments (draft, TRUE);
}

/* -- Results ---------------------------------------------------------------------------------- */

/* Whether the symbol is provided already, which is reported. */
static gboolean
is_provided (TaskDraft *draft, const Node *node, const char *symbol)
{
  guint count;
  const AtomProvided *provided = atom_get_provides (draft->atom, &count);

  for (guint i = 0; i < count; i++)
    if (strcmp (provided[i].symbol, symbol) == 0)
      {
        loader_report (draft->loader, node, "duplicate-symbol", "'%s' is provided already", symbol);
        return TRUE;
      }
  return FALSE;
}

/* The symbol at `node`, when it can be provided; a hole when not. */
static const char *
get_provided (TaskDraft *draft, const Node *node)
{
  const char *symbol = field_get_symbol (draft->loader, node, "provides");

  if (symbol == NULL)
    loader_note_hole (draft->loader);
  return symbol == NULL || is_provided (draft, node, symbol) ? NULL : symbol;
}

static void
set_provided_mark (TaskDraft *draft, const char *symbol, const Node *node)
{
  SourceMark mark = loader_get_mark (draft->loader, node);

  atom_set_provided_mark (draft->atom, symbol, &mark);
}

static void
read_provided_list (TaskDraft *draft, const Node *value)
{
  const Node *node;
  NodeIter iter;

  if (!field_is_list (draft->loader, value, "provides", FLOW_FILE_ARGUMENTS_MAX))
    return;
  node_iter_init (&iter, draft->loader->document, value);
  for (guint index = 0; (node = node_iter_next (&iter)) != NULL; index++)
    {
      const char *symbol = get_provided (draft, node);

      if (symbol == NULL)
        continue;
      atom_provide_index (draft->atom, symbol, index);
      set_provided_mark (draft, symbol, node);
    }
}

static void
read_provided_map (TaskDraft *draft, const Node *value)
{
  const Node *node;
  NodeIter iter;

  if (!field_is_mapping (draft->loader, value, "provides", FLOW_FILE_ARGUMENTS_MAX))
    return;
  node_iter_init (&iter, draft->loader->document, value);
  while ((node = node_iter_next (&iter)) != NULL)
    {
      const Node *key_node = node_iter_next (&iter);
      const char *symbol = get_provided (draft, node);
      const char *key = field_get_any_text (draft->loader, key_node, "provides");

      if (symbol == NULL || key == NULL)
        continue;
      atom_provide_key (draft->atom, symbol, key);
      set_provided_mark (draft, symbol, node);
    }
}

static void
read_provides (TaskDraft *draft)
{
  const Node *value = draft->values[TASK_KEY_PROVIDES];
  const char *symbol;

  if (value == NULL)
    return;
  switch (document_get_kind (draft->loader->document, value))
    {
    case NODE_SEQUENCE:
      read_provided_list (draft, value);
      break;
    case NODE_MAPPING:
      read_provided_map (draft, value);
      break;
    case NODE_SCALAR:
    case NODE_ALIAS:
    default:
      symbol = get_provided (draft, value);
      if (symbol == NULL)
        return;
      atom_provide (draft->atom, symbol);
      set_provided_mark (draft, symbol, value);
    }
}

void
task_reader_read_arguments (TaskDraft *draft)
{
  read_symbols (draft, TASK_KEY_REQUIRES, ATOM_ACTION_EXECUTE, atom_require);
  read_symbols (draft, TASK_KEY_OPTIONAL, ATOM_ACTION_EXECUTE, atom_accept);
  read_rebind (draft, TASK_KEY_REBIND, ATOM_ACTION_EXECUTE);
  read_inject (draft);
  read_revert_arguments (draft);
  read_provides (draft);
}
