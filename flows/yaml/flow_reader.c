/* SPDX-License-Identifier: Apache-2.0 */

#include "flows/yaml/flow_reader.h"

#include <string.h>

#include <backflow/flows/link.h>

#include "flows/yaml/decider_reader.h"
#include "flows/yaml/field.h"
#include "flows/yaml/link_reader.h"
#include "flows/yaml/retry_reader.h"
#include "flows/yaml/task_reader.h"

#define UNNAMED "?"

#define X(id, name, shape, meaning) { name, shape, meaning },
static const Key file_keys[] = { FLOW_KEYS (X) FILE_KEYS (X) };
static const Key nested_keys[] = { FLOW_KEYS (X) NESTED_KEYS (X) };
#undef X

static const char *const outer_keys[] = { "inputs", "modules", NULL };

const KeyTable file_key_table = { "a flow file", file_keys, FILE_KEY_COUNT, NULL, NULL };
const KeyTable nested_key_table
    = { "a nested flow", nested_keys, NESTED_KEY_COUNT, "task", outer_keys };

/* A flow whose steps are being read. */
typedef struct
{
  Flow *flow; /* borrowed: of its parent, or of who reads the file */
  const Node *links;
  CommandShell shell;
  NodeIter steps;
} Level;

/* -- What a flow says about itself --------------------------------------------------------------
 */

static FlowKind
read_kind (Loader *loader, const Node *node)
{
  static const char *const choices[] = { "linear", "unordered", "graph" };
  static const FlowKind kinds[] = { FLOW_KIND_LINEAR, FLOW_KIND_UNORDERED, FLOW_KIND_GRAPH };
  guint index = 0;

  if (node == NULL)
    return FLOW_KIND_LINEAR;
  if (!field_get_choice (loader, node, "kind", choices, G_N_ELEMENTS (choices), &index))
    loader_note_hole (loader);
  return kinds[index];
}

static void
read_version (Loader *loader, const Node *node, Flow *flow)
{
  guint16 major;
  guint16 minor;

  if (node != NULL && field_get_version (loader, node, &major, &minor))
    flow_set_version (flow, major, minor);
}

static void
read_outputs (Loader *loader, const Node *node)
{
  const Node *output;
  NodeIter iter;

  if (node == NULL || !field_is_list (loader, node, "outputs", FLOW_FILE_ARGUMENTS_MAX))
    return;
  node_iter_init (&iter, loader->document, node);
  while ((output = node_iter_next (&iter)) != NULL)
    {
      const char *symbol = field_get_symbol (loader, output, "outputs");
      SourceMark mark = loader_get_mark (loader, output);

      if (symbol == NULL)
        continue;
      g_ptr_array_add (loader->file->outputs, g_strdup (symbol));
      g_array_append_val (loader->output_marks, mark);
    }
}

static void
read_retry (Loader *loader, const Node *node, Flow *flow)
{
  Atom *retry = node == NULL ? NULL : retry_reader_read (loader, node);

  if (retry != NULL)
    flow_set_retry (flow, retry);
}

static void
read_timeout (Loader *loader, const Node *node, Flow *flow)
{
  gint64 us;

  if (node != NULL && field_get_timeout (loader, node, "timeout", &us))
    flow_set_timeout (flow, us);
}

/* Makes a flow without its steps. */
static Flow *
make_flow (Loader *loader, const Node *node, const Node *const *values)
{
  const Node *name_node = values[FLOW_KEY_FLOW];
  const char *name = NULL;
  SourceMark mark = loader_get_mark (loader, name_node == NULL ? node : name_node);
  Flow *flow;

  if (name_node != NULL)
    name = field_get_name (loader, name_node, "flow");
  else
    loader_report (loader, node, "missing-key", "a flow needs a name: 'flow'");
  flow = flow_new (read_kind (loader, values[FLOW_KEY_KIND]), name == NULL ? UNNAMED : name);
  flow_set_mark (flow, &mark);
  if (values[FLOW_KEY_DESCRIPTION] != NULL)
    field_get_any_text (loader, values[FLOW_KEY_DESCRIPTION], "description");
  read_version (loader, values[FLOW_KEY_VERSION], flow);
  read_outputs (loader, values[FLOW_KEY_OUTPUTS]);
  read_retry (loader, values[FLOW_KEY_RETRY], flow);
  read_timeout (loader, values[FLOW_KEY_TIMEOUT], flow);
  return flow;
}

/* -- Steps --------------------------------------------------------------------------------------
 */

/* Gives the last member of the flow its decider. */
static void
read_member_decider (Loader *loader, const Node *when, const Node *depth, Flow *flow)
{
  FlowDecider decider;
  SourceMark mark;

  if (when == NULL && depth == NULL)
    return;
  if (decider_reader_read (loader, when, depth, FLOW_DEPTH_ATOM, &decider, &mark))
    flow_set_decider (flow, flow_get_n_items (flow) - 1, &decider);
}

/* Goes into a flow: its steps come next. */
static void
open_level (Loader *loader, GArray *levels, Flow *flow, const Node *node, const Node *const *values,
            CommandShell shell)
{
  const Node *steps = values[FLOW_KEY_STEPS];
  Level level = { .flow = flow, .links = values[FLOW_KEY_LINKS], .shell = shell };

  if (values[FLOW_KEY_SHELL] != NULL)
    field_get_shell (loader, values[FLOW_KEY_SHELL], &level.shell);
  if (steps == NULL)
    loader_report (loader, node, "missing-key", "a flow needs 'steps'");
  if (steps == NULL || !field_is_list (loader, steps, "steps", G_MAXUINT))
    {
      loader_note_hole (loader);
      level.steps = (NodeIter){ .document = loader->document };
    }
  else
    node_iter_init (&level.steps, loader->document, steps);
  g_array_append_val (levels, level);
}

static void
read_nested (Loader *loader, GArray *levels, const Node *node)
{
  const Level *around = &g_array_index (levels, Level, levels->len - 1);
  Flow *parent = around->flow;
  CommandShell shell = around->shell;
  const Node *values[KEYS_MAX];
  Flow *flow;

  keys_read (loader, &nested_key_table, node, values);
  flow = make_flow (loader, node, values);
  flow_add_flow (parent, flow);
  read_member_decider (loader, values[NESTED_KEY_WHEN], values[NESTED_KEY_DEPTH], parent);
  open_level (loader, levels, flow, node, values, shell);
}

/* Makes the flow that a task with a retry (both taken over) stands for: it has the task's name and
 * place, and is the step. The retry, which goes first, has the task's priority. */
static Flow *
make_retried (Atom *atom, Atom *retry)
{
  Flow *flow = flow_new_linear (atom_get_name (atom));

  flow_set_mark (flow, atom_get_mark (atom));
  atom_set_priority (retry, atom_get_priority (atom));
  flow_set_retry (flow, retry);
  flow_add (flow, atom);
  return flow;
}

static void
read_task (Loader *loader, const Level *level, const Node *node)
{
  Flow *flow = level->flow;
  TaskDraft draft = { .shell = level->shell };
  Atom *atom = task_reader_read (loader, node, &draft);
  const Node *retry_node = draft.values[TASK_KEY_RETRY];
  g_autoptr (Atom) retry = retry_node == NULL ? NULL : retry_reader_read (loader, retry_node);

  if (atom == NULL)
    return;
  if (retry != NULL)
    flow_add_flow (flow, make_retried (atom, g_steal_pointer (&retry)));
  else
    flow_add (flow, atom);
  read_member_decider (loader, draft.values[TASK_KEY_WHEN], draft.values[TASK_KEY_DEPTH], flow);
}

/* The keys of a mapping that say what kind of step it is, each (nullable). */
typedef struct
{
  const Node *flow;
  const Node *task;
  const Node *steps;
} KindKeys;

static KindKeys
find_kind_keys (const Loader *loader, const Node *node)
{
  KindKeys keys = { NULL, NULL, NULL };
  const Node *key;
  NodeIter iter;

  node_iter_init (&iter, loader->document, node);
  while ((key = node_iter_next (&iter)) != NULL)
    {
      const char *name = document_get_text (loader->document, key);

      node_iter_next (&iter);
      if (g_strcmp0 (name, "task") == 0)
        keys.task = key;
      else if (g_strcmp0 (name, "flow") == 0)
        keys.flow = key;
      else if (g_strcmp0 (name, "steps") == 0)
        keys.steps = key;
    }
  return keys;
}

/* Whether the mapping is a nested flow. One that has neither of the keys that say so is what its
 * other keys look like. */
static gboolean
is_flow (Loader *loader, const Node *node)
{
  KindKeys keys = find_kind_keys (loader, node);

  if (keys.flow == NULL || keys.task == NULL)
    return keys.flow != NULL || (keys.task == NULL && keys.steps != NULL);
  loader_report (loader, keys.flow, "several-kinds", "a step is either a 'task' or a 'flow'");
  return keys.steps != NULL;
}

static void
read_step (Loader *loader, GArray *levels, const Node *node)
{
  if (document_get_kind (loader->document, node) != NODE_MAPPING)
    {
      loader_report (loader, node, "type", "expected a step here, found %s",
                     field_describe (loader, node));
      diagnostics_add_help (
          loader->diagnostics,
          "a step is a mapping with 'task' and 'run', or with 'flow' and 'steps'");
      loader_note_hole (loader);
    }
  else if (is_flow (loader, node))
    read_nested (loader, levels, node);
  else
    read_task (loader, &g_array_index (levels, Level, levels->len - 1), node);
}

Flow *
flow_reader_read (Loader *loader, const Node *root, const Node *const *values)
{
  g_autoptr (GArray) levels = g_array_new (FALSE, FALSE, sizeof (Level));
  Flow *flow = make_flow (loader, root, values);

  open_level (loader, levels, flow, root, values, COMMAND_SHELL_SH);
  while (levels->len > 0)
    {
      Level *level = &g_array_index (levels, Level, levels->len - 1);
      const Node *step = node_iter_next (&level->steps);

      if (step != NULL)
        {
          read_step (loader, levels, step);
          continue;
        }
      if (level->links != NULL)
        link_reader_read (loader, level->links, level->flow);
      g_array_set_size (levels, levels->len - 1);
    }
  return flow;
}
