/* SPDX-License-Identifier: Apache-2.0 */
#include "executors/commands/shell_words.h"

#include <stdlib.h>
#include <string.h>

/* What a byte means outside of quotes. */
typedef enum
{
  BYTE_SHELL, /* something that only a shell understands */
  BYTE_END,
  BYTE_BLANK,
  BYTE_NEWLINE,
  BYTE_WORD,  /* itself, in any word */
  BYTE_LATER, /* itself, in any word but the first */
  BYTE_SINGLE,
  BYTE_DOUBLE,
  BYTE_DOLLAR,
} ByteClass;

typedef struct
{
  const char *at; /* what is to be read */
  GPtrArray *words;
  GString *word; /* the one being read */
  gboolean in_word;
  gboolean is_over; /* the command's line has ended */
  ShellLookupFunc lookup;
  gpointer user_data;
} Scan;

/* clang-format off */
/* Of what is neither a letter nor a digit. */
static const guint8 byte_classes[128] = {
  ['\0'] = BYTE_END, [' '] = BYTE_BLANK, ['\t'] = BYTE_BLANK, ['\n'] = BYTE_NEWLINE,
  ['\''] = BYTE_SINGLE, ['"'] = BYTE_DOUBLE, ['$'] = BYTE_DOLLAR,
  ['_'] = BYTE_WORD, ['.'] = BYTE_WORD, ['/'] = BYTE_WORD, ['+'] = BYTE_WORD, ['-'] = BYTE_WORD,
  [','] = BYTE_LATER, [':'] = BYTE_LATER, ['='] = BYTE_LATER, ['@'] = BYTE_LATER, ['%'] = BYTE_LATER,
};

/* Reserved words, and commands that POSIX, dash, bash, ksh or busybox have built in with a meaning that the file of that name
 * does not have, or has not quite. Sorted. */
static const char *const shell_commands[] = {
  ".", "alias", "bg", "bind", "break", "builtin", "caller", "case", "cd", "chdir", "command", "compgen", "complete",
  "compopt", "continue", "coproc", "declare", "dirs", "disown", "do", "done", "echo", "elif", "else", "enable", "esac",
  "eval", "exec", "exit", "export", "fc", "fg", "fi", "for", "function", "getopts", "hash", "help", "hist", "history", "if",
  "in", "jobs", "kill", "let", "local", "logout", "mapfile", "newgrp", "nocorrect", "noglob", "popd", "print", "printf",
  "pushd", "pwd", "read", "readarray", "readonly", "return", "select", "set", "shift", "shopt", "source", "stop",
  "suspend", "test", "then", "time", "times", "trap", "type", "typeset", "ulimit", "umask", "unalias", "unset", "until",
  "wait", "whence", "while",
};
/* clang-format on */

static ByteClass
classify (char byte)
{
  if (g_ascii_isalnum (byte))
    return BYTE_WORD;
  return (guint8) byte < G_N_ELEMENTS (byte_classes) ? (ByteClass) byte_classes[(guint8) byte]
                                                     : BYTE_SHELL;
}

static int
compare_command (gconstpointer key, gconstpointer element)
{
  return strcmp (key, *(const char *const *) element);
}

/* Whether exec() of `word` is what a shell does with it in the place of a command. Values of
 * variables come here too. */
static gboolean
is_executable (const char *word)
{
  if (*word == '\0'
      || bsearch (word, shell_commands, G_N_ELEMENTS (shell_commands), sizeof (char *),
                  compare_command)
             != NULL)
    return FALSE;
  for (; *word != '\0'; word++)
    if (classify (*word) != BYTE_WORD)
      return FALSE;
  return TRUE;
}

/* Whether a value is one word, and the same word, after field splitting and pathname expansion. */
static gboolean
is_inert (const char *value)
{
  if (*value == '\0')
    return FALSE;
  for (; *value != '\0'; value++)
    {
      ByteClass class = classify (*value);

      if (class != BYTE_WORD && class != BYTE_LATER)
        return FALSE;
    }
  return TRUE;
}

/* The length of the name at `at`, 0 when there is none, or it might be one of the shell's own
 * variables. */
static gsize
measure_name (const char *at)
{
  gboolean has_lower = FALSE;
  gsize length = 0;

  if (g_ascii_isdigit (at[0]))
    return 0;
  for (; g_ascii_isalnum (at[length]) || at[length] == '_'; length++)
    has_lower = has_lower || g_ascii_islower (at[length]);
  return has_lower ? length : 0;
}

/* Reads `$name` or `${name}`. Returns: the value, or NULL when it takes a shell. */
static const char *
read_variable (Scan *scan)
{
  gboolean is_braced = scan->at[1] == '{';
  const char *name = scan->at + (is_braced ? 2 : 1);
  gsize length = measure_name (name);

  if (length == 0 || (is_braced && name[length] != '}'))
    return NULL;
  scan->at = name + length + (is_braced ? 1 : 0);
  return scan->lookup (name, length, scan->user_data);
}

static gboolean
read_single_quoted (Scan *scan)
{
  const char *end = strchr (scan->at + 1, '\'');

  if (end == NULL)
    return FALSE;
  g_string_append_len (scan->word, scan->at + 1, end - scan->at - 1);
  scan->at = end + 1;
  return TRUE;
}

static gboolean
read_double_quoted (Scan *scan)
{
  scan->at++;
  while (*scan->at != '"')
    {
      gsize plain = strcspn (scan->at, "\"$`\\");

      g_string_append_len (scan->word, scan->at, (gssize) plain);
      scan->at += plain;
      if (*scan->at == '$')
        {
          const char *value = read_variable (scan);

          if (value == NULL)
            return FALSE;
          g_string_append (scan->word, value);
        }
      else if (*scan->at != '"')
        return FALSE;
    }
  scan->at++;
  return TRUE;
}

static gboolean
read_bare_variable (Scan *scan)
{
  const char *value = read_variable (scan);

  if (value == NULL || !is_inert (value))
    return FALSE;
  g_string_append (scan->word, value);
  return TRUE;
}

static void
end_word (Scan *scan)
{
  if (!scan->in_word)
    return;
  g_ptr_array_add (scan->words, g_strndup (scan->word->str, scan->word->len));
  g_string_truncate (scan->word, 0);
  scan->in_word = FALSE;
}

static void
end_line (Scan *scan)
{
  end_word (scan);
  scan->is_over = scan->words->len > 0;
  scan->at++;
}

static void
read_plain (Scan *scan)
{
  g_string_append_c (scan->word, *scan->at++);
}

/* Reads what `class` says in a word. Returns: whether no shell is needed so far. */
static gboolean
read_part (Scan *scan, ByteClass class)
{
  if (scan->is_over)
    return FALSE;
  scan->in_word = TRUE;
  switch (class)
    {
    case BYTE_LATER:
      if (scan->words->len == 0)
        return FALSE;
      read_plain (scan);
      return TRUE;
    case BYTE_WORD:
      read_plain (scan);
      return TRUE;
    case BYTE_SINGLE:
      return read_single_quoted (scan);
    case BYTE_DOUBLE:
      return read_double_quoted (scan);
    case BYTE_DOLLAR:
      return read_bare_variable (scan);
    case BYTE_SHELL:
    case BYTE_END:
    case BYTE_BLANK:
    case BYTE_NEWLINE:
    default:
      return FALSE;
    }
}

/* Reads the next byte and what belongs to it. */
static gboolean
read_next (Scan *scan)
{
  ByteClass class = classify (*scan->at);

  if (class == BYTE_NEWLINE)
    end_line (scan);
  else if (class == BYTE_BLANK)
    {
      end_word (scan);
      scan->at++;
    }
  else
    return read_part (scan, class);
  return TRUE;
}

char **
shell_words_find (const char *text, ShellLookupFunc lookup, gpointer user_data)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GString) word = g_string_new (NULL);
  Scan scan = { text, words, word, FALSE, FALSE, lookup, user_data };

  while (*scan.at != '\0')
    if (!read_next (&scan))
      return NULL;
  end_word (&scan);
  if (words->len == 0 || !is_executable (words->pdata[0]))
    return NULL;
  g_ptr_array_add (words, NULL);
  return (char **) g_ptr_array_steal (words, NULL);
}
