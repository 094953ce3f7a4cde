/* SPDX-License-Identifier: Apache-2.0 */

/* Placeholders in the words of commands, in working directories and in the options of built-in
 * steps. */

#include "flows/yaml/placeholders.h"

#include <string.h>

#include "values/template.h"

static gboolean
is_name (const char *known, const char *name, gsize length)
{
  return strncmp (known, name, length) == 0 && known[length] == '\0';
}

/* Whether the action has the argument; a task's own results are arguments of its revert. */
static gboolean
has_argument (const TaskDraft *draft, AtomAction action, const char *name, gsize length)
{
  guint count;
  const AtomArgument *arguments = atom_get_arguments (draft->atom, action, &count);
  const AtomProvided *provided;

  for (guint i = 0; i < count; i++)
    if (is_name (arguments[i].name, name, length))
      return TRUE;
  provided = atom_get_provides (draft->atom, &count);
  for (guint i = 0; action == ATOM_ACTION_REVERT && i < count; i++)
    if (is_name (provided[i].symbol, name, length))
      return TRUE;
  return FALSE;
}

static void
suggest_argument (TaskDraft *draft, AtomAction action, const char *name)
{
  g_autoptr (GPtrArray) candidates = g_ptr_array_new ();
  guint count;
  const AtomArgument *arguments = atom_get_arguments (draft->atom, action, &count);
  const AtomProvided *provided;

  for (guint i = 0; i < count; i++)
    g_ptr_array_add (candidates, (gpointer) (guintptr) arguments[i].name);
  provided = atom_get_provides (draft->atom, &count);
  for (guint i = 0; action == ATOM_ACTION_REVERT && i < count; i++)
    g_ptr_array_add (candidates, (gpointer) (guintptr) provided[i].symbol);
  if (!loader_suggest (draft->loader, name, (const char *const *) candidates->pdata,
                       candidates->len))
    diagnostics_add_help (draft->loader->diagnostics, "add it to '%s'",
                          action == ATOM_ACTION_REVERT
                                  && draft->values[TASK_KEY_REVERT_REQUIRES] != NULL
                              ? "revert-requires"
                              : "requires");
}

static void
report_placeholder (TaskDraft *draft, const Node *node, AtomAction action, const char *name)
{
  const char *text = document_get_text (draft->loader->document, node);
  g_autofree char *placeholder = g_strconcat ("{", name, "}", NULL);
  const char *found = strstr (text, placeholder);
  SourceMark mark = loader_get_mark (draft->loader, node);

  if (found != NULL)
    mark = document_get_mark_inside (draft->loader->document, node, (gsize) (found - text),
                                     strlen (placeholder));
  diagnostics_add (draft->loader->diagnostics, DIAGNOSTIC_ERROR, "placeholder", &mark,
                   "'%s' is not an argument of this task", name);
  suggest_argument (draft, action, name);
}

/* Checks what a template says, as the module of templates sees it. */
static gboolean
check_parsed (TaskDraft *draft, const Node *node, AtomAction action)
{
  g_autoptr (GError) error = NULL;
  gsize offset = 0;
  g_autoptr (Template) parsed
      = template_new (document_get_text (draft->loader->document, node), &offset, &error);
  const char *const *names;
  guint count;

  if (parsed == NULL)
    {
      SourceMark mark = document_get_mark_inside (draft->loader->document, node, offset, 1);

      diagnostics_add (draft->loader->diagnostics, DIAGNOSTIC_ERROR, "placeholder", &mark, "%s",
                       error->message);
      return FALSE;
    }
  names = template_get_placeholders (parsed, &count);
  for (guint i = 0; i < count; i++)
    if (!has_argument (draft, action, names[i], strlen (names[i])))
      report_placeholder (draft, node, action, names[i]);
  return TRUE;
}

/* Whether every brace of the text stands around the name of an argument. Costs nothing but the
 * look; what is not so simple is for check_parsed(). */
static gboolean
is_simple (const TaskDraft *draft, const char *text, AtomAction action)
{
  const char *brace;

  for (; (brace = strpbrk (text, "{}")) != NULL; text++)
    {
      text = strpbrk (brace + 1, "{}");
      if (*brace != '{' || text == NULL || *text != '}'
          || !has_argument (draft, action, brace + 1, (gsize) (text - brace - 1)))
        return FALSE;
    }
  return TRUE;
}

gboolean
placeholders_check (TaskDraft *draft, const Node *node, AtomAction action)
{
  return is_simple (draft, document_get_text (draft->loader->document, node), action)
         || check_parsed (draft, node, action);
}
