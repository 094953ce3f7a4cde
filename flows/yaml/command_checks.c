/* SPDX-License-Identifier: Apache-2.0 */

#include "flows/yaml/command_checks.h"

#include <string.h>

#include "flows/yaml/variables.h"

/* -- Words ------------------------------------------------------------------------------------- */

/* A program that takes a script as a word, behind an option that has the letter. */
static const struct
{
  const char *name;
  char option;
} interpreters[] = {
  { "sh", 'c' },   { "bash", 'c' },    { "dash", 'c' },    { "ash", 'c' },  { "zsh", 'c' },
  { "ksh", 'c' },  { "mksh", 'c' },    { "python", 'c' },  { "perl", 'e' }, { "ruby", 'e' },
  { "node", 'e' }, { "python3", 'c' }, { "busybox", 'c' },
};

static char
find_option (const char *program)
{
  const char *slash = strrchr (program, '/');
  const char *name = slash == NULL ? program : slash + 1;

  for (guint i = 0; i < G_N_ELEMENTS (interpreters); i++)
    if (strcmp (name, interpreters[i].name) == 0)
      return interpreters[i].option;
  return '\0';
}

static SourceMark
mark_part (const TaskDraft *draft, const Node *node, const char *at, gsize length)
{
  const char *text = document_get_text (draft->loader->document, node);

  return document_get_mark_inside (draft->loader->document, node, (gsize) (at - text), length);
}

/* A script gets no values put in: as code they would mean something else. */
static void
refuse_placeholders (TaskDraft *draft, const Node *node)
{
  const char *text = document_get_text (draft->loader->document, node);

  for (const char *at = strchr (text, '{'); at != NULL; at = strchr (at, '{'))
    {
      gsize length = variables_measure (at + 1);
      g_autofree char *variable = variables_dup_name (at + 1, length);
      SourceMark mark = mark_part (draft, node, at, length + 2);

      if (at[1] == '{' || length == 0 || at[length + 1] != '}')
        {
          at += at[1] == '{' ? 2 : 1;
          continue;
        }
      diagnostics_add (draft->loader->diagnostics, DIAGNOSTIC_ERROR, "placeholder-in-script", &mark,
                       "the value of '%.*s' would be run as a part of this script", (int) length,
                       at + 1);
      diagnostics_add_help (draft->loader->diagnostics,
                            "arguments are environment variables: write \"$%s\"", variable);
      at += length;
    }
}

/* Whether two braces at `at` look like those of a template of another program, rather than like one
 * that is written twice to be one. */
static gboolean
is_foreign_template (const char *at, gsize length)
{
  g_autofree char *inside = g_strndup (at + 2, length - 4);
  const char *word = g_strstrip (inside);
  gsize first = variables_measure (word);

  if (*word == '.')
    return TRUE;
  if (first == 0 || g_str_has_prefix (word, "print"))
    return FALSE;
  return (word[first] == '\0' && at[2] == ' ') || g_str_has_prefix (word + first, " .");
}

static void
warn_of_template (TaskDraft *draft, const Node *node)
{
  const char *text = document_get_text (draft->loader->document, node);
  const char *at = strstr (text, "{{");
  const char *end = at == NULL ? NULL : strstr (at, "}}");
  gsize length = end == NULL ? 0 : (gsize) (end - at) + 2;
  SourceMark mark;

  if (end == NULL || !is_foreign_template (at, length))
    return;
  mark = mark_part (draft, node, at, length);
  diagnostics_add (draft->loader->diagnostics, DIAGNOSTIC_WARNING, "double-brace", &mark,
                   "two braces stand for one: the program gets '%.*s'", (int) length - 2, at + 1);
  diagnostics_add_help (draft->loader->diagnostics, "write '{{%.*s}}' for two", (int) length, at);
}

static gboolean
has_argument (const TaskDraft *draft, AtomAction action, const char *variable)
{
  guint count;
  const AtomArgument *arguments = atom_get_arguments (draft->atom, action, &count);

  for (guint i = 0; i < count; i++)
    if (variables_is_name_of (arguments[i].name, variable))
      return TRUE;
  return FALSE;
}

/* No shell replaces a variable in a word. */
static void
warn_of_variables (TaskDraft *draft, const Node *node, AtomAction action)
{
  VariableIter iter;
  g_autofree char *name = NULL;

  variable_iter_init (&iter, document_get_text (draft->loader->document, node));
  while (variable_iter_next (&iter, &name))
    {
      SourceMark mark = mark_part (draft, node, iter.start, iter.length);

      if (!has_argument (draft, action, name) && strcmp (name, "HOME") != 0
          && strcmp (name, "USER") != 0 && strcmp (name, "PWD") != 0)
        continue;
      diagnostics_add (draft->loader->diagnostics, DIAGNOSTIC_WARNING, "variable-in-word", &mark,
                       "a list has no shell: '$%s' stays as it is", name);
      if (has_argument (draft, action, name))
        diagnostics_add_help (draft->loader->diagnostics, "write '{%s}'", name);
      else
        diagnostics_add_help (draft->loader->diagnostics, "write the command as one text");
    }
}

void
command_checks_word (TaskDraft *draft, const Node *word)
{
  warn_of_template (draft, word);
}

void
command_checks_words (TaskDraft *draft, const Node *list, AtomAction action)
{
  const Document *document = draft->loader->document;
  char option = '\0';
  gboolean is_script = FALSE;
  const Node *node;
  NodeIter iter;

  node_iter_init (&iter, document, list);
  while ((node = node_iter_next (&iter)) != NULL)
    {
      const char *word = document_get_text (document, node);

      if (is_script)
        {
          refuse_placeholders (draft, node);
          return;
        }
      warn_of_template (draft, node);
      warn_of_variables (draft, node, action);
      is_script
          = option != '\0' && word[0] == '-' && word[1] != '-' && strchr (word + 1, option) != NULL;
      if (find_option (word) != '\0')
        option = find_option (word);
    }
}

/* -- Scripts ----------------------------------------------------------------------------------- */

static void
check_first_line (TaskDraft *draft, const Node *node, const char *shell)
{
  const char *text = document_get_text (draft->loader->document, node);
  gsize length = strcspn (text, "\n");
  g_autofree char *line = g_strndup (text, length);
  SourceMark mark = mark_part (draft, node, text, length);

  if (!g_str_has_prefix (text, "#!") || g_str_has_suffix (line, shell)
      || (strcmp (shell, "bash") == 0 && g_str_has_suffix (line, "/sh")))
    return;
  diagnostics_add (draft->loader->diagnostics, DIAGNOSTIC_ERROR, "interpreter-line", &mark,
                   "the script is run by %s: its first line is a comment", shell);
  if (g_str_has_suffix (line, "bash"))
    diagnostics_add_help (draft->loader->diagnostics, "leave it out, and add 'shell: bash'");
  else
    diagnostics_add_help (draft->loader->diagnostics,
                          "write a list: the program, its option and the script");
}

/* Whether a quote is open at the end of the text. */
static gboolean
has_open_quote (const char *text)
{
  char open = '\0';

  for (; *text != '\0'; text++)
    if (*text == '\\' && open != '\'' && text[1] != '\0')
      text++;
    else if (open == '\0' && (*text == '"' || *text == '\''))
      open = *text;
    else if (*text == open)
      open = '\0';
  return open != '\0';
}

/* A comment of YAML that was meant to be a part of the text. */
static void
check_comment (TaskDraft *draft, const Node *node)
{
  const Document *document = draft->loader->document;
  const char *text = document_get_text (document, node);
  SourceMark mark = loader_get_mark (draft->loader, node);
  gsize sign = 0;

  while (document_get_byte_behind (document, node, sign) == ' ')
    sign++;
  if (!document_is_plain (document, node) || sign == 0
      || document_get_byte_behind (document, node, sign) != '#')
    return;
  if (!has_open_quote (text)
      && (sign > 1 || g_ascii_isspace (document_get_byte_behind (document, node, sign + 1))))
    return;
  diagnostics_add (draft->loader->diagnostics, DIAGNOSTIC_WARNING, "comment-in-text", &mark,
                   "the text ends before ' #', which begins a comment of YAML");
  diagnostics_add_help (draft->loader->diagnostics, "quote the text, or write it in a '|' block");
}

static gboolean
is_in_env (const TaskDraft *draft, const char *name)
{
  const Node *env = draft->values[TASK_KEY_ENV];

  return env != NULL && keys_find (draft->loader, env, name) != NULL;
}

static gboolean
is_set (const TaskDraft *draft, AtomAction action, const char *text, const char *name)
{
  guint count;
  const AtomProvided *provided = atom_get_provides (draft->atom, &count);

  if (has_argument (draft, action, name) || is_in_env (draft, name)
      || variables_is_mentioned (text, name))
    return TRUE;
  for (guint i = 0; action == ATOM_ACTION_REVERT && i < count; i++)
    if (variables_is_name_of (provided[i].symbol, name))
      return TRUE;
  return FALSE;
}

/* Notes the variables that nothing here sets; some may be meant to be symbols. */
static void
note_unset (TaskDraft *draft, const Node *node, AtomAction action)
{
  const char *text = document_get_text (draft->loader->document, node);
  VariableIter iter;
  g_autofree char *name = NULL;

  variable_iter_init (&iter, text);
  while (variable_iter_next (&iter, &name))
    if (!g_str_has_prefix (name, "BACKFLOW_") && !is_set (draft, action, text, name))
      {
        SourceMark mark = mark_part (draft, node, iter.start, iter.length);

        loader_note_unset (draft->loader, name, &mark);
      }
}

void
command_checks_script (TaskDraft *draft, const Node *node, AtomAction action, const char *shell)
{
  const char *text = document_get_text (draft->loader->document, node);

  check_comment (draft, node);
  if (text[0] == '#')
    check_first_line (draft, node, shell);
  if (strchr (text, '$') != NULL)
    note_unset (draft, node, action);
}

/* -- Variables --------------------------------------------------------------------------------- */

/* Adds a name to the table. mark: (nullable) where it is reported when it becomes the variable of
 * another name in the table; NULL to leave it at adding. */
static void
add_variable (TaskDraft *draft, GHashTable *names, const char *name, const SourceMark *mark)
{
  char *variable = variables_dup_name (name, strlen (name));
  const char *other = g_hash_table_lookup (names, variable);

  if (mark != NULL && other != NULL && strcmp (other, name) != 0)
    {
      diagnostics_add (draft->loader->diagnostics, DIAGNOSTIC_ERROR, "same-variable", mark,
                       "'%s' and '%s' are both the environment variable '%s'", other, name,
                       variable);
      diagnostics_add_help (draft->loader->diagnostics, "give one of them another name");
    }
  g_hash_table_insert (names, variable, (gpointer) (guintptr) name);
}

/* Reports what becomes the same variable in the action. The revert's arguments are those of the
 * execute unless the task says otherwise. */
static void
check_action (TaskDraft *draft, AtomAction action)
{
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gboolean is_known = action == ATOM_ACTION_REVERT
                      && draft->values[TASK_KEY_REVERT_REQUIRES] == NULL
                      && draft->values[TASK_KEY_REVERT_REBIND] == NULL;
  guint count;
  guint n_provided;
  const AtomArgument *arguments = atom_get_arguments (draft->atom, action, &count);
  const AtomProvided *provided = atom_get_provides (draft->atom, &n_provided);
  const Node *provides = draft->values[TASK_KEY_PROVIDES];
  SourceMark mark = loader_get_mark (draft->loader, provides == NULL ? draft->node : provides);

  for (guint i = 0; i < count; i++)
    {
      const SourceMark *own = arguments[i].mark != NULL ? arguments[i].mark : &mark;

      add_variable (draft, names, arguments[i].name, is_known ? NULL : own);
    }
  for (guint i = 0; action == ATOM_ACTION_REVERT && i < n_provided; i++)
    add_variable (draft, names, provided[i].symbol, &mark);
}

/* Whether a name of the action may become a variable of another name. */
static gboolean
has_changed_name (const TaskDraft *draft, AtomAction action)
{
  guint count;
  guint n_provided;
  const AtomArgument *arguments = atom_get_arguments (draft->atom, action, &count);
  const AtomProvided *provided = atom_get_provides (draft->atom, &n_provided);

  for (guint i = 0; i < count; i++)
    if (strpbrk (arguments[i].name, "-.") != NULL)
      return TRUE;
  for (guint i = 0; action == ATOM_ACTION_REVERT && i < n_provided; i++)
    if (strpbrk (provided[i].symbol, "-.") != NULL)
      return TRUE;
  return FALSE;
}

void
command_checks_variables (TaskDraft *draft)
{
  if (has_changed_name (draft, ATOM_ACTION_EXECUTE))
    check_action (draft, ATOM_ACTION_EXECUTE);
  if (draft->values[TASK_KEY_REVERT] != NULL && has_changed_name (draft, ATOM_ACTION_REVERT))
    check_action (draft, ATOM_ACTION_REVERT);
}
