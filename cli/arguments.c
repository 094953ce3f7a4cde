/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/arguments.h"

#include <string.h>

#include <backflow/diagnostics/spelling.h>

struct Arguments
{
  const Syntax *syntax;
  GHashTable *values;  /* a NULL-terminated GPtrArray of words, by the option's name */
  GPtrArray *operands; /* of words */
};

/* The words that are still to be read. */
typedef struct
{
  char *const *words;
  int count;
  int next;
} Words;

G_DEFINE_QUARK (backflow - usage - error - quark, usage_error)

static const Option *
find_option (const Syntax *syntax, const char *name, gsize length)
{
  for (const Option *option = syntax->options; option->name != NULL; option++)
    if (strncmp (option->name, name, length) == 0 && option->name[length] == '\0')
      return option;
  return NULL;
}

static const Option *
find_letter (const Syntax *syntax, char letter)
{
  for (const Option *option = syntax->options; option->name != NULL; option++)
    if (option->letter == letter)
      return option;
  return NULL;
}

static void
set_unknown (const Syntax *syntax, const char *name, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *nearest;

  for (const Option *option = syntax->options; option->name != NULL; option++)
    g_ptr_array_add (names, g_strdup (option->name));
  nearest = spelling_find_nearest (name, (const char *const *) (gconstpointer) names->pdata,
                                   names->len);
  if (nearest != NULL)
    g_set_error (error, USAGE_ERROR, USAGE_ERROR_SYNTAX, "unknown option --%s: did you mean --%s?",
                 name, nearest);
  else
    g_set_error (error, USAGE_ERROR, USAGE_ERROR_SYNTAX, "unknown option --%s", name);
}

static void
add_value (Arguments *arguments, const Option *option, const char *value)
{
  GPtrArray *values = (GPtrArray *) g_hash_table_lookup (arguments->values, option->name);

  if (values == NULL)
    {
      values = g_ptr_array_new_with_free_func (g_free);
      g_ptr_array_add (values, NULL);
      g_hash_table_insert (arguments->values, g_strdup (option->name), values);
    }
  g_ptr_array_insert (values, (gint) values->len - 1, g_strdup (value));
}

/* The value of an option is the next word. */
static gboolean
take_value (Arguments *arguments, const Option *option, Words *words, GError **error)
{
  if (words->next >= words->count)
    {
      g_set_error (error, USAGE_ERROR, USAGE_ERROR_SYNTAX, "--%s needs a value: --%s %s",
                   option->name, option->name, option->metavar);
      return FALSE;
    }
  add_value (arguments, option, words->words[words->next++]);
  return TRUE;
}

static gboolean
read_long (Arguments *arguments, const char *name, Words *words, GError **error)
{
  const char *equals = strchr (name, '=');
  gsize length = equals != NULL ? (gsize) (equals - name) : strlen (name);
  const Option *option = find_option (arguments->syntax, name, length);
  g_autofree char *bare = g_strndup (name, length);

  if (option == NULL)
    {
      set_unknown (arguments->syntax, bare, error);
      return FALSE;
    }
  if (option->kind == OPTION_FLAG && equals != NULL)
    {
      g_set_error (error, USAGE_ERROR, USAGE_ERROR_SYNTAX, "--%s takes no value", bare);
      return FALSE;
    }
  if (option->kind == OPTION_FLAG || equals != NULL)
    {
      add_value (arguments, option, equals != NULL ? equals + 1 : "");
      return TRUE;
    }
  return take_value (arguments, option, words, error);
}

/* Letters until one that takes a value: what follows it in the word is the value. */
static gboolean
read_letters (Arguments *arguments, const char *letters, Words *words, GError **error)
{
  for (const char *letter = letters; *letter != '\0'; letter++)
    {
      const Option *option = find_letter (arguments->syntax, *letter);

      if (option == NULL)
        {
          g_set_error (error, USAGE_ERROR, USAGE_ERROR_SYNTAX, "unknown option -%c", *letter);
          return FALSE;
        }
      if (option->kind == OPTION_FLAG)
        {
          add_value (arguments, option, "");
          continue;
        }
      if (letter[1] == '\0')
        return take_value (arguments, option, words, error);
      add_value (arguments, option, letter + 1);
      return TRUE;
    }
  return TRUE;
}

static gboolean
read_words (Arguments *arguments, Words *words, GError **error)
{
  gboolean are_options_over = FALSE;

  while (words->next < words->count)
    {
      const char *word = words->words[words->next++];
      gboolean is_read = TRUE;

      if (are_options_over || word[0] != '-' || word[1] == '\0')
        g_ptr_array_add (arguments->operands, g_strdup (word));
      else if (strcmp (word, "--") == 0)
        are_options_over = TRUE;
      else if (word[1] == '-')
        is_read = read_long (arguments, word + 2, words, error);
      else
        is_read = read_letters (arguments, word + 1, words, error);
      if (!is_read)
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_operands (const Arguments *arguments, GError **error)
{
  const Syntax *syntax = arguments->syntax;
  guint count = arguments->operands->len;

  if (count < syntax->min_operands)
    {
      g_set_error (error, USAGE_ERROR, USAGE_ERROR_SYNTAX, "%s needs %s", syntax->name,
                   syntax->operands);
      return FALSE;
    }
  if (count > syntax->max_operands)
    {
      g_set_error (error, USAGE_ERROR, USAGE_ERROR_SYNTAX, "%s is one word too many: %s takes %s",
                   (const char *) g_ptr_array_index (arguments->operands, syntax->max_operands),
                   syntax->name, syntax->max_operands > 0 ? syntax->operands : "no operands");
      return FALSE;
    }
  return TRUE;
}

Arguments *
arguments_new (const Syntax *syntax, int count, char *const *words, GError **error)
{
  g_autoptr (Arguments) arguments = g_new0 (Arguments, 1);
  Words rest = { .words = words, .count = count };

  arguments->syntax = syntax;
  arguments->values
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  arguments->operands = g_ptr_array_new_with_free_func (g_free);
  if (!read_words (arguments, &rest, error))
    return NULL;
  if (!arguments_has (arguments, "help") && !check_operands (arguments, error))
    return NULL;
  return g_steal_pointer (&arguments);
}

void
arguments_free (Arguments *arguments)
{
  if (arguments == NULL)
    return;
  g_hash_table_unref (arguments->values);
  g_ptr_array_unref (arguments->operands);
  g_free (arguments);
}

gboolean
arguments_has (const Arguments *arguments, const char *option)
{
  return g_hash_table_contains (arguments->values, option);
}

const char *
arguments_find (const Arguments *arguments, const char *option)
{
  GPtrArray *values = (GPtrArray *) g_hash_table_lookup (arguments->values, option);

  return values != NULL ? (const char *) g_ptr_array_index (values, values->len - 2) : NULL;
}

const char *const *
arguments_get_all (const Arguments *arguments, const char *option)
{
  static const char *const none[] = { NULL };
  GPtrArray *values = (GPtrArray *) g_hash_table_lookup (arguments->values, option);

  return values != NULL ? (const char *const *) (gconstpointer) values->pdata : none;
}

const char *
arguments_get_operand (const Arguments *arguments, guint index)
{
  if (index >= arguments->operands->len)
    return NULL;
  return (const char *) g_ptr_array_index (arguments->operands, index);
}
