/* SPDX-License-Identifier: Apache-2.0 */

/* What a task does: commands, a registered function, or a built-in step. */

#include "flows/yaml/command_reader.h"

#include <backflow/atoms/command.h>
#include <backflow/atoms/step.h>

#include "flows/yaml/command_checks.h"
#include "flows/yaml/field.h"
#include "flows/yaml/placeholders.h"
#include "flows/yaml/stand_ins.h"
#include "flows/yaml/step_reader.h"

/* The beginning of the name of a task that has none; its place makes the name the only one. */
#define UNNAMED "?"

/* -- Commands -----------------------------------------------------------------------------------
 */

/* The words of an argv list, borrowed; NULL when one of them is wrong. */
static GPtrArray *
read_words (TaskDraft *draft, const Node *list, const char *key, AtomAction action)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  gboolean is_good = TRUE;
  const Node *node;
  NodeIter iter;

  node_iter_init (&iter, draft->loader->document, list);
  while ((node = node_iter_next (&iter)) != NULL)
    {
      const char *word = field_get_any_text (draft->loader, node, key);

      is_good &= word != NULL && placeholders_check (draft, node, action);
      g_ptr_array_add (words, (gpointer) (guintptr) word);
    }
  if (words->len == 0 || (is_good && *(const char *) words->pdata[0] == '\0'))
    {
      loader_report (draft->loader, list, "empty-command", "'%s' has no program", key);
      return NULL;
    }
  g_ptr_array_add (words, NULL);
  if (!is_good)
    return NULL;
  command_checks_words (draft, list, action);
  return g_steal_pointer (&words);
}

static void
read_command (TaskDraft *draft, TaskKey key, CommandRole role)
{
  const Node *value = draft->values[key];
  const char *name = task_key_table.keys[key].name;
  AtomAction action = role == COMMAND_REVERT ? ATOM_ACTION_REVERT : ATOM_ACTION_EXECUTE;
  g_autoptr (GPtrArray) words = NULL;
  const char *text;

  if (value == NULL)
    return;
  if (document_get_kind (draft->loader->document, value) == NODE_SEQUENCE)
    {
      words = read_words (draft, value, name, action);
      if (words != NULL)
        command_set_argv (draft->atom, role, (const char *const *) words->pdata);
      return;
    }
  text = field_get_text (draft->loader, value, name);
  if (text == NULL)
    return;
  command_checks_script (draft, value, action, draft->shell == COMMAND_SHELL_BASH ? "bash" : "sh");
  command_set_shell (draft->atom, role, text);
}

static gboolean
is_variable (const char *name)
{
  if (!g_ascii_isalpha (*name) && *name != '_')
    return FALSE;
  while (g_ascii_isalnum (*name) || *name == '_')
    name++;
  return *name == '\0';
}

/* Checks a template that every command of the task expands. Returns: whether it is a good one. */
static gboolean
check_everywhere (TaskDraft *draft, const Node *node)
{
  gboolean is_good = placeholders_check (draft, node, ATOM_ACTION_EXECUTE);

  if (is_good && draft->values[TASK_KEY_REVERT] != NULL
      && (draft->values[TASK_KEY_REVERT_REQUIRES] != NULL
          || draft->values[TASK_KEY_REVERT_REBIND] != NULL))
    is_good = placeholders_check (draft, node, ATOM_ACTION_REVERT);
  return is_good;
}

static void
read_env (TaskDraft *draft)
{
  Loader *loader = draft->loader;
  const Node *value = draft->values[TASK_KEY_ENV];
  const Node *node;
  NodeIter iter;

  if (value == NULL || !field_is_mapping (loader, value, "env", FLOW_FILE_ARGUMENTS_MAX))
    return;
  node_iter_init (&iter, loader->document, value);
  while ((node = node_iter_next (&iter)) != NULL)
    {
      const Node *word = node_iter_next (&iter);
      const char *text = field_get_any_text (loader, word, "env");
      const char *name = document_get_text (loader->document, node);

      if (name == NULL || text == NULL || !check_everywhere (draft, word))
        continue;
      command_checks_word (draft, word);
      if (is_variable (name) && !g_str_has_prefix (name, "BACKFLOW_"))
        command_set_env (draft->atom, name, text);
      else
        loader_report (loader, node, "variable", "'%s' cannot be set as an environment variable",
                       name);
    }
}

static void
read_cwd (TaskDraft *draft)
{
  const Node *value = draft->values[TASK_KEY_CWD];
  const char *text = value == NULL ? NULL : field_get_text (draft->loader, value, "cwd");

  if (text != NULL && check_everywhere (draft, value))
    command_set_cwd (draft->atom, text);
}

static void
read_output (TaskDraft *draft)
{
  static const char *const choices[] = { "text", "json" };
  const Node *value = draft->values[TASK_KEY_OUTPUT];
  guint index;

  if (value != NULL && field_get_choice (draft->loader, value, "output", choices, 2, &index))
    command_set_output (draft->atom, index == 0 ? COMMAND_OUTPUT_TEXT : COMMAND_OUTPUT_JSON);
}

static void
read_kill_after (TaskDraft *draft)
{
  const Node *value = draft->values[TASK_KEY_KILL_AFTER];
  gint64 us;

  if (value != NULL && field_get_duration (draft->loader, value, "kill-after", &us))
    command_set_kill_after (draft->atom, us);
}

static void
read_shell (TaskDraft *draft)
{
  const Node *value = draft->values[TASK_KEY_SHELL];

  if (value != NULL)
    field_get_shell (draft->loader, value, &draft->shell);
  command_set_interpreter (draft->atom, draft->shell);
}

/* Reports keys that are for commands only. */
static void
refuse_command_keys (TaskDraft *draft)
{
  static const TaskKey keys[] = { TASK_KEY_OUTPUT, TASK_KEY_ENV,   TASK_KEY_CWD,
                                  TASK_KEY_PROBE,  TASK_KEY_SHELL, TASK_KEY_KILL_AFTER };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (draft->values[keys[i]] != NULL)
      loader_report (draft->loader, draft->values[keys[i]], "key-without-command",
                     "'%s' is for tasks with 'run'", task_key_table.keys[keys[i]].name);
}

/* Whether the task says `revert: none`. */
static gboolean
has_no_revert (const TaskDraft *draft)
{
  const Node *value = draft->values[TASK_KEY_REVERT];

  return value != NULL
         && g_strcmp0 (document_get_text (draft->loader->document, value), "none") == 0;
}

void
command_reader_read (TaskDraft *draft)
{
  if (draft->values[TASK_KEY_WITH] != NULL && draft->values[TASK_KEY_USE] == NULL)
    loader_report (draft->loader, draft->values[TASK_KEY_WITH], "key-without-step",
                   "'with' is for tasks with 'use'");
  if (draft->does == TASK_DOES_USE)
    step_reader_check_options (draft);
  if (draft->does == TASK_DOES_CALL || draft->does == TASK_DOES_USE)
    {
      refuse_command_keys (draft);
      return;
    }
  read_shell (draft);
  command_checks_variables (draft);
  read_command (draft, TASK_KEY_RUN, COMMAND_EXECUTE);
  if (!has_no_revert (draft))
    read_command (draft, TASK_KEY_REVERT, COMMAND_REVERT);
  read_command (draft, TASK_KEY_PROBE, COMMAND_PROBE);
  read_env (draft);
  read_cwd (draft);
  read_output (draft);
  read_kill_after (draft);
}

/* -- Functions ----------------------------------------------------------------------------------
 */

/* The name of a registered function at `node`; NULL when there is none, which is reported. */
static const char *
get_function (TaskDraft *draft, const Node *node, const char *key)
{
  const char *name = field_get_text (draft->loader, node, key);

  if (name == NULL || registry_find (draft->loader->registry, name) != NULL
      || stand_ins_add (draft->loader, ATOM_KIND_TASK, name))
    return name;
  loader_report_unregistered (draft->loader, node, ATOM_KIND_TASK, name);
  return NULL;
}

/* Makes the task of a registered function; NULL when there is none. */
static Atom *
make_call (TaskDraft *draft, const char *name)
{
  const Node *revert_node = draft->values[TASK_KEY_REVERT];
  const char *function = get_function (draft, draft->values[TASK_KEY_CALL], "call");
  const char *revert = NULL;

  if (revert_node != NULL)
    {
      revert = get_function (draft, revert_node, "revert");
      if (revert == NULL)
        return NULL;
    }
  return function == NULL
             ? NULL
             : registry_new_task (draft->loader->registry, name, function, revert, NULL);
}

/* -- Which of them ------------------------------------------------------------------------------
 */

/* Whether keys are missing because a merge key was to bring them, which is reported. */
static gboolean
has_merge_key (const TaskDraft *draft)
{
  return keys_find (draft->loader, draft->node, "<<") != NULL;
}

/* Finds out what the task does; reports when that is nothing or several things. */
static TaskDoes
find_does (TaskDraft *draft)
{
  static const TaskKey keys[] = { TASK_KEY_RUN, TASK_KEY_CALL, TASK_KEY_USE };
  TaskDoes does = TASK_DOES_NOTHING;

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      if (draft->values[keys[i]] == NULL)
        continue;
      if (does != TASK_DOES_NOTHING)
        {
          loader_report (draft->loader, draft->values[keys[i]], "several-executes",
                         "a task has only one of 'run', 'call' and 'use'");
          return TASK_DOES_NOTHING;
        }
      does = (TaskDoes) i;
    }
  if (does == TASK_DOES_NOTHING && !has_merge_key (draft))
    loader_report (draft->loader, draft->node, "no-execute",
                   "the task does nothing: it has none of 'run', 'call' and 'use'");
  return does;
}

void
command_reader_make_atom (TaskDraft *draft)
{
  SourceMark mark = loader_get_mark (draft->loader, draft->node);
  g_autofree char *unnamed
      = draft->name == NULL ? g_strdup_printf (UNNAMED "%u", mark.offset) : NULL;
  const char *name = draft->name == NULL ? unnamed : draft->name;

  if (draft->values[TASK_KEY_TASK] == NULL && !has_merge_key (draft))
    loader_report (draft->loader, draft->node, "missing-key", "a task needs a name: 'task'");
  draft->does = find_does (draft);
  draft->atom = NULL;
  if (draft->does == TASK_DOES_CALL)
    draft->atom = make_call (draft, name);
  else if (draft->does == TASK_DOES_USE)
    draft->atom = step_reader_make (draft, name);
  if (draft->atom != NULL)
    return;
  /* also stands for what could not be made, so that the rest of the task is checked */
  if (draft->does != TASK_DOES_RUN)
    draft->does = TASK_DOES_NOTHING;
  draft->atom = command_new (name);
}
