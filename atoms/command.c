/* SPDX-License-Identifier: Apache-2.0 */
#include "atoms/command_private.h"

#include <string.h>

#define KILL_AFTER_US (5 * G_USEC_PER_SEC)

/* -- Commands -----------------------------------------------------------------------------------
 */

static void
templates_free (Template **templates, gsize count)
{
  for (gsize i = 0; templates != NULL && i < count; i++)
    template_free (templates[i]);
  g_free (templates);
}

static void
line_clear (CommandLine *line)
{
  templates_free (line->templates, line->argv != NULL ? g_strv_length (line->argv) : 0);
  g_strfreev (line->argv);
  g_free (line->shell);
  *line = (CommandLine){ .shell = NULL };
}

gboolean
command_line_is_set (const CommandLine *line)
{
  return line->shell != NULL || line->argv != NULL;
}

/* A word with braces as a template. FALSE and a critical message when it is none: a caller that has
 * words from people checks them first, where it knows their place. */
static gboolean
parse_word (const char *word, Template **parsed)
{
  g_autoptr (GError) error = NULL;
  gsize offset = 0;

  *parsed = NULL;
  if (strpbrk (word, "{}") == NULL)
    return TRUE;
  *parsed = template_new (word, &offset, &error);
  if (*parsed == NULL)
    g_critical ("the word \"%s\" of a command is malformed at byte %zu: %s", word, offset,
                error->message);
  return *parsed != NULL;
}

static gsize
count_words (const char *const *argv)
{
  gsize count = 0;

  while (argv[count] != NULL)
    count++;
  return count;
}

static char **
copy_words (const char *const *argv)
{
  gsize count = count_words (argv);
  char **copy = g_new0 (char *, count + 1);

  for (gsize i = 0; i < count; i++)
    copy[i] = g_strdup (argv[i]);
  return copy;
}

/* The templates of all words, NULL when no word has braces. Returns: FALSE when one is malformed.
 */
static gboolean
parse_words (const char *const *argv, Template ***templates)
{
  gsize count = count_words (argv);

  *templates = NULL;
  for (gsize i = 0; i < count; i++)
    {
      Template *parsed;

      if (!parse_word (argv[i], &parsed))
        {
          templates_free (*templates, count);
          return FALSE;
        }
      if (parsed == NULL)
        continue;
      if (*templates == NULL)
        *templates = g_new0 (Template *, count);
      (*templates)[i] = parsed;
    }
  return TRUE;
}

char **
command_line_expand (const CommandLine *line, TemplateLookupFunc lookup, gpointer user_data,
                     GError **error)
{
  gsize count = g_strv_length (line->argv);
  g_auto (GStrv) words = g_new0 (char *, count + 1);

  for (gsize i = 0; i < count; i++)
    {
      const Template *parsed = line->templates != NULL ? line->templates[i] : NULL;

      words[i] = parsed == NULL ? g_strdup (line->argv[i])
                                : template_expand (parsed, lookup, user_data, error);
      if (words[i] == NULL)
        return NULL;
    }
  return g_steal_pointer (&words);
}

char *
command_expand_word (const char *word, TemplateLookupFunc lookup, gpointer user_data,
                     GError **error)
{
  g_autoptr (Template) parsed = NULL;

  if (strpbrk (word, "{}") == NULL)
    return g_strdup (word);
  parsed = template_new (word, NULL, error);
  return parsed == NULL ? NULL : template_expand (parsed, lookup, user_data, error);
}

char *
command_spec_expand_cwd (const CommandSpec *spec, TemplateLookupFunc lookup, gpointer user_data,
                         GError **error)
{
  if (spec->cwd_template != NULL)
    return template_expand (spec->cwd_template, lookup, user_data, error);
  return g_strdup (spec->cwd);
}

/* -- The task -----------------------------------------------------------------------------------
 */

static void
command_spec_free (gpointer data)
{
  CommandSpec *spec = data;

  for (guint i = 0; i < COMMAND_COUNT; i++)
    line_clear (&spec->lines[i]);
  g_strfreev (spec->env);
  g_free (spec->cwd);
  template_free (spec->cwd_template);
  g_free (spec);
}

gboolean
command_spec_has_revert (const CommandSpec *spec)
{
  return command_line_is_set (&spec->lines[COMMAND_REVERT]);
}

gboolean
command_spec_has_probe (const CommandSpec *spec)
{
  return command_line_is_set (&spec->lines[COMMAND_PROBE]);
}

static gboolean
is_command (const Atom *atom)
{
  return atom != NULL && atom->member.kind == ATOM_KIND_COMMAND;
}

const CommandSpec *
command_get_spec (const Atom *command)
{
  return command->extra->command;
}

Atom *
command_new (const char *name)
{
  CommandSpec *spec;
  Atom *command;

  g_return_val_if_fail (name != NULL && *name != '\0', NULL);
  spec = g_new0 (CommandSpec, 1);
  spec->kill_after_us = KILL_AFTER_US;
  command = atom_new (ATOM_KIND_COMMAND, name);
  atom_need_extra (command)->command = spec;
  command->extra->spec_free = command_spec_free;
  return command;
}

void
command_set_shell (Atom *command, CommandRole role, const char *text)
{
  CommandLine *line;

  g_return_if_fail (is_command (command) && role < COMMAND_COUNT && text != NULL);
  line = &command->extra->command->lines[role];
  line_clear (line);
  line->shell = g_strdup (text);
}

void
command_set_argv (Atom *command, CommandRole role, const char *const *argv)
{
  Template **templates;
  CommandLine *line;

  g_return_if_fail (is_command (command) && role < COMMAND_COUNT);
  g_return_if_fail (argv != NULL && argv[0] != NULL);
  if (!parse_words (argv, &templates))
    return;
  line = &command->extra->command->lines[role];
  line_clear (line);
  line->argv = copy_words (argv);
  line->templates = templates;
}

gboolean
command_has (const Atom *command, CommandRole role)
{
  g_return_val_if_fail (is_command (command) && role < COMMAND_COUNT, FALSE);
  return command_line_is_set (&command->extra->command->lines[role]);
}

void
command_set_output (Atom *command, CommandOutput output)
{
  g_return_if_fail (is_command (command));
  command->extra->command->output = output;
}

void
command_set_env (Atom *command, const char *name, const char *value)
{
  g_autoptr (Template) parsed = NULL;
  CommandSpec *spec;

  g_return_if_fail (is_command (command) && name != NULL && value != NULL);
  g_return_if_fail (*name != '\0' && strchr (name, '=') == NULL);
  if (!parse_word (value, &parsed))
    return;
  spec = command->extra->command;
  spec->env = g_environ_setenv (spec->env, name, value, TRUE);
}

void
command_set_interpreter (Atom *command, CommandShell shell)
{
  g_return_if_fail (is_command (command) && shell <= COMMAND_SHELL_BASH);
  command->extra->command->shell = shell;
}

void
command_set_cwd (Atom *command, const char *cwd)
{
  CommandSpec *spec;
  Template *parsed;

  g_return_if_fail (is_command (command) && cwd != NULL);
  if (!parse_word (cwd, &parsed))
    return;
  spec = command->extra->command;
  g_free (spec->cwd);
  template_free (spec->cwd_template);
  spec->cwd = g_strdup (cwd);
  spec->cwd_template = parsed;
}

void
command_set_kill_after (Atom *command, gint64 kill_after_us)
{
  g_return_if_fail (is_command (command) && kill_after_us >= 0);
  command->extra->command->kill_after_us = kill_after_us;
}

/* -- What was given -----------------------------------------------------------------------------
 */

/* Whether a shell takes the word as it is; `NAME=VALUE` it would take for an assignment. */
static gboolean
is_plain (const char *word)
{
  gsize length = strlen (word);

  return length > 0 && (word[0] == '-' || strchr (word, '=') == NULL)
         && strspn (word, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_./:,+@%=-") == length;
}

static char *
quote_words (char *const *argv)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; argv[i] != NULL; i++)
    {
      g_autofree char *quoted = is_plain (argv[i]) ? NULL : g_shell_quote (argv[i]);

      if (i > 0)
        g_string_append_c (text, ' ');
      g_string_append (text, quoted != NULL ? quoted : argv[i]);
    }
  return g_string_free (text, FALSE);
}

char *
command_dup_text (const Atom *command, CommandRole role)
{
  const CommandLine *line;

  g_return_val_if_fail (is_command (command) && role < COMMAND_COUNT, NULL);
  line = &command->extra->command->lines[role];
  return line->argv != NULL ? quote_words (line->argv) : g_strdup (line->shell);
}

static void
add_placeholders (GPtrArray *names, const Template *parsed)
{
  guint count = 0;
  const char *const *placeholders;

  if (parsed == NULL)
    return;
  placeholders = template_get_placeholders (parsed, &count);
  for (guint i = 0; i < count; i++)
    if (!g_ptr_array_find_with_equal_func (names, placeholders[i], g_str_equal, NULL))
      g_ptr_array_add (names, g_strdup (placeholders[i]));
}

char **
command_dup_placeholders (const Atom *command, CommandRole role)
{
  GPtrArray *names = g_ptr_array_new ();
  const CommandSpec *spec;
  const CommandLine *line;

  g_return_val_if_fail (is_command (command) && role < COMMAND_COUNT, NULL);
  spec = command->extra->command;
  line = &spec->lines[role];
  for (guint i = 0; line->templates != NULL && line->argv[i] != NULL; i++)
    add_placeholders (names, line->templates[i]);
  if (command_line_is_set (line))
    add_placeholders (names, spec->cwd_template);
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}
