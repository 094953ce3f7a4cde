/* SPDX-License-Identifier: Apache-2.0 */

/* Arguments and results of a task or a retry controller. Each keeps its place, so that the compiler
 * can say where a symbol is asked for. */

#include <string.h>

#include <backflow/atoms/atom_options.h>

#include "flows/yaml/argument_reader.h"
#include "flows/yaml/field.h"
#include "flows/yaml/field_value.h"

static gboolean
has_argument (const ArgumentReader *reader, AtomAction action, const char *name)
{
  guint count;
  const AtomArgument *arguments = atom_get_arguments (reader->atom, action, &count);

  for (guint i = 0; i < count; i++)
    if (strcmp (arguments[i].name, name) == 0)
      return TRUE;
  return FALSE;
}

static void
set_mark (const ArgumentReader *reader, AtomAction action, const char *argument, const Node *node)
{
  SourceMark mark = loader_get_mark (reader->loader, node);

  atom_set_argument_mark (reader->atom, action, argument, &mark);
}

/* Binds the symbol at `node` as an argument of its own name. */
static void
bind_symbol (const ArgumentReader *reader, const Node *node, const char *key, AtomAction action,
             ArgumentBindFunc bind)
{
  const char *symbol = field_get_symbol (reader->loader, node, key);

  if (symbol == NULL)
    return;
  if (has_argument (reader, action, symbol))
    {
      loader_warn (reader->loader, node, "duplicate-argument", "'%s' is an argument already",
                   symbol);
      return;
    }
  bind (reader->atom, symbol);
  set_mark (reader, action, symbol, node);
}

void
argument_reader_read_symbols (const ArgumentReader *reader, const Node *value, const char *key,
                              AtomAction action, ArgumentBindFunc bind)
{
  const Node *node;
  NodeIter iter;

  if (value == NULL)
    return;
  if (document_get_kind (reader->loader->document, value) == NODE_SCALAR
      && !field_is_null (reader->loader, value))
    {
      bind_symbol (reader, value, key, action, bind);
      return;
    }
  if (!field_is_list (reader->loader, value, key, FLOW_FILE_ARGUMENTS_MAX))
    return;
  node_iter_init (&iter, reader->loader->document, value);
  while ((node = node_iter_next (&iter)) != NULL)
    bind_symbol (reader, node, key, action, bind);
}

void
argument_reader_read_rebind (const ArgumentReader *reader, const Node *value, const char *key,
                             AtomAction action)
{
  const Node *node;
  NodeIter iter;

  if (value == NULL || !field_is_mapping (reader->loader, value, key, FLOW_FILE_ARGUMENTS_MAX))
    return;
  node_iter_init (&iter, reader->loader->document, value);
  while ((node = node_iter_next (&iter)) != NULL)
    {
      const Node *to = node_iter_next (&iter);
      const char *argument = document_get_text (reader->loader->document, node);
      const char *symbol = field_get_symbol (reader->loader, to, key);

      if (argument == NULL || field_get_symbol (reader->loader, node, key) == NULL
          || symbol == NULL)
        continue;
      if (action == ATOM_ACTION_REVERT)
        atom_revert_rebind (reader->atom, argument, symbol);
      else
        atom_rebind (reader->atom, argument, symbol);
      set_mark (reader, action, argument, to);
    }
}

/* Reads a map of argument to constant. */
static void
read_inject (const ArgumentReader *reader, const Node *value)
{
  const Node *node;
  NodeIter iter;

  if (value == NULL || !field_is_mapping (reader->loader, value, "inject", FLOW_FILE_ARGUMENTS_MAX))
    return;
  node_iter_init (&iter, reader->loader->document, value);
  while ((node = node_iter_next (&iter)) != NULL)
    {
      const Node *constant = node_iter_next (&iter);
      g_autoptr (GVariant) injected = field_dup_value (reader->loader, constant);
      const char *argument = document_get_text (reader->loader->document, node);

      if (argument == NULL || field_get_symbol (reader->loader, node, "inject") == NULL
          || injected == NULL)
        continue;
      atom_inject (reader->atom, argument, injected);
      set_mark (reader, ATOM_ACTION_EXECUTE, argument, node);
    }
}

void
argument_reader_read_execute (const ArgumentReader *reader, const ArgumentNodes *nodes)
{
  argument_reader_read_symbols (reader, nodes->requires, "requires", ATOM_ACTION_EXECUTE,
                                atom_require);
  argument_reader_read_symbols (reader, nodes->optional, "optional", ATOM_ACTION_EXECUTE,
                                atom_accept);
  argument_reader_read_rebind (reader, nodes->rebind, "rebind", ATOM_ACTION_EXECUTE);
  read_inject (reader, nodes->inject);
}

/* -- Results ---------------------------------------------------------------------------------- */

/* Whether the symbol is provided already, which is reported. */
static gboolean
is_provided (const ArgumentReader *reader, const Node *node, const char *symbol)
{
  guint count;
  const AtomProvided *provided = atom_get_provides (reader->atom, &count);

  for (guint i = 0; i < count; i++)
    if (strcmp (provided[i].symbol, symbol) == 0)
      {
        loader_report (reader->loader, node, "duplicate-symbol", "'%s' is provided already",
                       symbol);
        return TRUE;
      }
  return FALSE;
}

/* The symbol at `node`, when it can be provided; a hole when not. */
static const char *
get_provided (const ArgumentReader *reader, const Node *node)
{
  const char *symbol = field_get_symbol (reader->loader, node, "provides");

  if (symbol == NULL)
    loader_note_hole (reader->loader);
  return symbol == NULL || is_provided (reader, node, symbol) ? NULL : symbol;
}

static void
set_provided_mark (const ArgumentReader *reader, const char *symbol, const Node *node)
{
  SourceMark mark = loader_get_mark (reader->loader, node);

  atom_set_provided_mark (reader->atom, symbol, &mark);
}

static void
read_provided_list (const ArgumentReader *reader, const Node *value)
{
  const Node *node;
  NodeIter iter;

  if (!field_is_list (reader->loader, value, "provides", FLOW_FILE_ARGUMENTS_MAX))
    return;
  node_iter_init (&iter, reader->loader->document, value);
  for (guint index = 0; (node = node_iter_next (&iter)) != NULL; index++)
    {
      const char *symbol = get_provided (reader, node);

      if (symbol == NULL)
        continue;
      atom_provide_index (reader->atom, symbol, index);
      set_provided_mark (reader, symbol, node);
    }
}

static void
read_provided_map (const ArgumentReader *reader, const Node *value)
{
  const Node *node;
  NodeIter iter;

  if (!field_is_mapping (reader->loader, value, "provides", FLOW_FILE_ARGUMENTS_MAX))
    return;
  node_iter_init (&iter, reader->loader->document, value);
  while ((node = node_iter_next (&iter)) != NULL)
    {
      const Node *key_node = node_iter_next (&iter);
      const char *symbol = get_provided (reader, node);
      const char *key = field_get_any_text (reader->loader, key_node, "provides");

      if (symbol == NULL || key == NULL)
        continue;
      atom_provide_key (reader->atom, symbol, key);
      set_provided_mark (reader, symbol, node);
    }
}

void
argument_reader_read_provides (const ArgumentReader *reader, const Node *value)
{
  const char *symbol;

  if (value == NULL)
    return;
  switch (document_get_kind (reader->loader->document, value))
    {
    case NODE_SEQUENCE:
      read_provided_list (reader, value);
      break;
    case NODE_MAPPING:
      read_provided_map (reader, value);
      break;
    case NODE_SCALAR:
    case NODE_ALIAS:
    default:
      symbol = get_provided (reader, value);
      if (symbol == NULL)
        return;
      atom_provide (reader->atom, symbol);
      set_provided_mark (reader, symbol, value);
    }
}
