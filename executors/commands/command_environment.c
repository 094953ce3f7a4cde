/* SPDX-License-Identifier: Apache-2.0 */
#include "executors/commands/command_environment.h"

#include <string.h>
#include <unistd.h>

#include <backflow/atoms/context.h>
#include <backflow/values/value.h>

#include "atoms/command_private.h"
#include "atoms/provided.h"

/* -- Arguments ----------------------------------------------------------------------------------
 */

/* What a provided symbol is in the revert of its own task. Returns: (transfer full) a word. */
static char *
dup_own_word (GVariant *own_result, const AtomProvided *provided)
{
  g_autoptr (GVariant) value = atom_provided_find_value (provided, own_result);

  return value != NULL ? value_to_word (value) : g_strdup ("");
}

static const AtomArgument *
find_argument (const Attempt *attempt, const char *name, guint *index)
{
  guint count;
  const AtomArgument *arguments = atom_get_arguments (attempt->atom, attempt->action, &count);

  for (guint i = 0; i < count; i++)
    if (strcmp (arguments[i].name, name) == 0)
      {
        *index = i;
        return &arguments[i];
      }
  return NULL;
}

/* The symbols that the task provides, as far as its action sees them. */
static const AtomProvided *
get_own_symbols (const Attempt *attempt, guint *count)
{
  if (attempt->action == ATOM_ACTION_REVERT)
    return atom_get_provides (attempt->atom, count);
  *count = 0;
  return NULL;
}

char *
command_environment_dup_word (const char *name, gpointer values)
{
  const CommandValues *given = values;
  const Attempt *self = given->attempt;
  guint index;
  guint count;
  const AtomProvided *provides = get_own_symbols (self, &count);

  if (find_argument (self, name, &index) != NULL)
    return self->arguments[index] != NULL ? value_to_word (self->arguments[index]) : g_strdup ("");
  for (guint i = 0; i < count; i++)
    if (strcmp (provides[i].symbol, name) == 0)
      return dup_own_word (given->own_result, &provides[i]);
  return NULL;
}

/* -- Variables ----------------------------------------------------------------------------------
 */

static void
set_optional (Environment *environment, const char *name, const char *value)
{
  if (value != NULL)
    environment_set (environment, name, value);
  else
    environment_unset (environment, name);
}

/* The variable for an argument. Returns: (transfer full) (nullable): NULL when it has the same
 * name. */
static char *
dup_changed_name (const char *name)
{
  g_autofree char *variable = g_strconcat (g_ascii_isdigit (*name) ? "_" : "", name, NULL);

  for (char *at = variable; *at != '\0'; at++)
    if (!g_ascii_isalnum (*at))
      *at = '_';
  return strcmp (variable, name) != 0 ? g_steal_pointer (&variable) : NULL;
}

static gboolean
is_passed (const Attempt *attempt, const char *name)
{
  guint index;
  guint count;
  const AtomProvided *provides = get_own_symbols (attempt, &count);

  for (guint i = 0; i < count; i++)
    if (strcmp (provides[i].symbol, name) == 0)
      return TRUE;
  return find_argument (attempt, name, &index) != NULL;
}

/* An argument of a command. */
typedef struct
{
  const char *name;
  char *value; /* NULL for what is absent */
} Word;

static void
word_clear (gpointer data)
{
  g_free (((Word *) data)->value);
}

/* Returns: (transfer full) of Word. */
static GArray *
collect_words (const Attempt *attempt, GVariant *own_result)
{
  guint n_own;
  guint count;
  guint index;
  const AtomProvided *own = get_own_symbols (attempt, &n_own);
  const AtomArgument *arguments = atom_get_arguments (attempt->atom, attempt->action, &count);
  GArray *words = g_array_new (FALSE, FALSE, sizeof (Word));
  Word word;

  g_array_set_clear_func (words, word_clear);
  for (guint i = 0; i < n_own; i++)
    if (find_argument (attempt, own[i].symbol, &index) == NULL)
      {
        word = (Word){ own[i].symbol, dup_own_word (own_result, &own[i]) };
        g_array_append_val (words, word);
      }
  for (guint i = 0; i < count; i++)
    {
      GVariant *value = attempt->arguments[i];

      word = (Word){ arguments[i].name, value != NULL ? value_to_word (value) : NULL };
      g_array_append_val (words, word);
    }
  return words;
}

/* How long all words are that are not longer than `limit`; `longest` receives the longest of them.
 */
static gsize
measure_words (const GArray *words, gsize limit, gsize *longest)
{
  gsize total = 0;

  *longest = 0;
  for (guint i = 0; i < words->len; i++)
    {
      const char *value = g_array_index (words, Word, i).value;
      gsize size = value != NULL ? strlen (value) : 0;

      if (size > limit)
        continue;
      total += size;
      *longest = MAX (*longest, size);
    }
  return total;
}

/* The longest word that is passed as a variable. */
static gsize
find_limit (const GArray *words)
{
  glong most = sysconf (_SC_ARG_MAX);
  gsize total
      = most > 0 ? MIN (COMMAND_VALUES_MAX_BYTES, (gsize) most / 2) : COMMAND_VALUES_MAX_BYTES;
  gsize limit = COMMAND_VALUE_MAX_BYTES;
  gsize longest;

  while (measure_words (words, limit, &longest) > total)
    limit = longest - 1;
  return limit;
}

/* Passes a word as a file. */
static gboolean
set_file (Environment *environment, const Attempt *attempt, const char *name, const char *value,
          CommandFiles *files, GError **error)
{
  g_autofree char *variable = g_strconcat (name, "_FILE", NULL);
  const char *path;

  environment_unset (environment, name);
  if (is_passed (attempt, variable))
    return TRUE;
  path = command_files_write (files, value, error);
  if (path != NULL)
    environment_set (environment, variable, path);
  return path != NULL;
}

static gboolean
set_argument (Environment *environment, const Attempt *attempt, const Word *word,
              CommandFiles *files, GError **error)
{
  g_autofree char *changed = dup_changed_name (word->name);
  const char *name = changed != NULL ? changed : word->name;

  if (changed != NULL && is_passed (attempt, changed))
    return TRUE;
  if (files != NULL)
    return set_file (environment, attempt, name, word->value, files, error);
  set_optional (environment, name, word->value);
  return TRUE;
}

static gboolean
set_arguments (Environment *environment, const Attempt *attempt,
               const CommandSurroundings *surroundings, GError **error)
{
  g_autoptr (GArray) words = collect_words (attempt, surroundings->own_result);
  gsize limit = surroundings->files != NULL ? find_limit (words) : G_MAXSIZE;

  for (guint i = 0; i < words->len; i++)
    {
      const Word *word = &g_array_index (words, Word, i);
      gboolean is_long = word->value != NULL && strlen (word->value) > limit;

      if (!set_argument (environment, attempt, word, is_long ? surroundings->files : NULL, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
set_task_variables (Environment *environment, Attempt *attempt,
                    const CommandSurroundings *surroundings, GError **error)
{
  CommandValues values = { attempt, surroundings->own_result };
  char *const *variables = command_get_spec (attempt->atom)->env;

  for (; variables != NULL && *variables != NULL; variables++)
    {
      const char *equals = strchr (*variables, '=');
      g_autofree char *name = g_strndup (*variables, (gsize) (equals - *variables));
      g_autofree char *value
          = command_expand_word (equals + 1, command_environment_dup_word, &values, error);

      if (value == NULL)
        return FALSE;
      environment_set (environment, name, value);
    }
  return TRUE;
}

/* The shell checks PWD and takes it back when it is wrong; what is executed without one believes
 * it. */
static void
set_folder (Environment *environment, const char *cwd)
{
  if (cwd == NULL)
    return;
  if (g_path_is_absolute (cwd))
    environment_set (environment, "PWD", cwd);
  else
    environment_unset (environment, "PWD");
}

/* -- BACKFLOW_* ---------------------------------------------------------------------------------
 */

static char *
failures_to_json (const AttemptFailures *list)
{
  guint count;
  const AttemptFailure *failures = attempt_failures_get (list, &count);
  GString *json = g_string_new ("{");

  for (guint i = 0; i < count; i++)
    {
      gsize length = json->len;
      g_autoptr (GVariant) failure = failure_to_variant (failures[i].failure);

      if (i > 0)
        g_string_append_c (json, ',');
      value_append_json_string (json, failures[i].atom);
      g_string_append_c (json, ':');
      value_append_json (json, failure);
      if (json->len <= COMMAND_FAILURES_MAX_BYTES)
        continue;
      g_string_truncate (json, length);
      break;
    }
  g_string_append_c (json, '}');
  return g_string_free (json, FALSE);
}

static const char *
get_action_name (const Attempt *attempt, CommandRole role)
{
  if (role == COMMAND_PROBE)
    return "probe";
  return atom_action_get_name (attempt->action);
}

static void
set_own_variables (Environment *environment, Attempt *attempt,
                   const CommandSurroundings *surroundings)
{
  g_autofree char *key = attempt_dup_idempotency_key (attempt);
  g_autofree char *failures = NULL;
  char number[16];

  (void) g_snprintf (number, sizeof number, "%u", attempt->number);
  if (attempt->action == ATOM_ACTION_REVERT)
    failures = failures_to_json (attempt->failures);
  environment_set (environment, "BACKFLOW_RUN", attempt->run->run_id);
  environment_set (environment, "BACKFLOW_ATOM", atom_get_name (attempt->atom));
  environment_set (environment, "BACKFLOW_ACTION", get_action_name (attempt, surroundings->role));
  environment_set (environment, "BACKFLOW_ATTEMPT", number);
  environment_set (environment, COMMAND_MARK, key);
  set_optional (environment, COMMAND_PROBE_MARK, surroundings->role == COMMAND_PROBE ? key : NULL);
  set_optional (environment, "BACKFLOW_FAILURE", failures);
  set_optional (environment, "BACKFLOW_OUTPUT", surroundings->output_path);
  set_optional (environment, "BACKFLOW_PROGRESS", surroundings->progress_path);
}

Environment *
command_environment_new (Attempt *attempt, const CommandSurroundings *surroundings, GError **error)
{
  g_autoptr (Environment) environment = environment_new (attempt->run->environment);

  set_folder (environment, surroundings->cwd);
  if (!set_task_variables (environment, attempt, surroundings, error)
      || !set_arguments (environment, attempt, surroundings, error))
    return NULL;
  set_own_variables (environment, attempt, surroundings);
  return g_steal_pointer (&environment);
}
