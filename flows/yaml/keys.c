/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include <backflow/diagnostics/spelling.h>

#include "flows/yaml/keys.h"

/* What similar tools call a key of ours. */
static const struct
{
  const char *theirs;
  const char *ours;
} synonyms[] = {
  { "name", "task" },         { "step", "task" },
  { "command", "run" },       { "cmd", "run" },
  { "script", "run" },        { "bash", "run" },
  { "exec", "run" },          { "execute", "run" },
  { "undo", "revert" },       { "rollback", "revert" },
  { "compensate", "revert" }, { "cleanup", "revert" },
  { "needs", "requires" },    { "depends-on", "requires" },
  { "inputs", "requires" },   { "outputs", "provides" },
  { "produces", "provides" }, { "register", "provides" },
  { "args", "with" },         { "arguments", "with" },
  { "options", "with" },      { "module", "use" },
  { "uses", "use" },          { "function", "call" },
  { "if", "when" },           { "condition", "when" },
  { "environment", "env" },   { "working-directory", "cwd" },
  { "workdir", "cwd" },       { "tasks", "steps" },
  { "jobs", "steps" },        { "name", "flow" },
  { "pattern", "kind" },      { "edges", "links" },
  { "attempts", "times" },    { "count", "times" },
  { "items", "for-each" },    { "interval", "delay" },
  { "tries", "times" },       { "max-attempts", "times" },
  { "values", "for-each" },   { "factor", "backoff" },
  { "retries", "retry" },     { "deadline", "timeout" },
  { "plugins", "modules" },   { "check", "probe" },
  { "vars", "inputs" },       { "parameters", "inputs" },
};

/* How many keys a table may have for its keys to be listed in a message. */
#define LISTED_KEYS 14u

/* How many different unknown keys are looked up. */
#define MEANT_KEYS_MAX 20000u

static guint
find_key (const KeyTable *table, const char *name)
{
  for (guint i = 0; i < table->n_keys; i++)
    if (table->keys[i].name[0] == name[0] && strcmp (table->keys[i].name, name) == 0)
      return i;
  return table->n_keys;
}

/* The key of the table that another tool calls `name`, in whatever spelling; n_keys when there is
 * none. */
static guint
find_synonym (const KeyTable *table, const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (synonyms); i++)
    {
      guint found = find_key (table, synonyms[i].ours);

      if (found < table->n_keys && spelling_get_distance (name, synonyms[i].theirs, 0) == 0)
        return found;
    }
  return table->n_keys;
}

static void
list_keys (Loader *loader, const KeyTable *table)
{
  g_autoptr (GString) list = g_string_new (NULL);

  for (guint i = 0; i < table->n_keys; i++)
    g_string_append_printf (list, "%s'%s'",
                            i == 0                   ? ""
                            : i + 1 == table->n_keys ? " or "
                                                     : ", ",
                            table->keys[i].name);
  diagnostics_add_help (loader->diagnostics, "expected %s", list->str);
}

static guint
search_meant (const KeyTable *table, const char *name)
{
  const char *candidates[KEYS_MAX];
  const char *nearest;

  for (guint i = 0; i < table->n_keys; i++)
    candidates[i] = table->keys[i].name;
  nearest = spelling_find_nearest (name, candidates, table->n_keys);
  return nearest != NULL ? find_key (table, nearest) : find_synonym (table, name);
}

/* The key that was probably meant; n_keys when there is none. */
static guint
find_meant (Loader *loader, const KeyTable *table, const char *name)
{
  g_autofree char *unknown = g_strconcat (table->object, "\n", name, NULL);
  guint known = GPOINTER_TO_UINT (g_hash_table_lookup (loader->meant_keys, unknown));

  if (known == 0 && g_hash_table_size (loader->meant_keys) >= MEANT_KEYS_MAX)
    return table->n_keys;
  if (known == 0)
    {
      known = search_meant (table, name) + 1;
      g_hash_table_insert (loader->meant_keys, g_steal_pointer (&unknown),
                           GUINT_TO_POINTER (known));
    }
  return known - 1;
}

/* Reports a key that the table does not have. Returns: the index of the one that was probably
 * meant, or n_keys. */
static guint
report_unknown (Loader *loader, const KeyTable *table, const Node *key)
{
  const char *name = document_get_text (loader->document, key);
  guint meant;

  loader_report (loader, key, "unknown-key", "%s has no key '%s'", table->object, name);
  if (table->outer != NULL && g_strv_contains (table->outer, name))
    {
      diagnostics_add_help (loader->diagnostics, "only the outermost flow has it");
      return table->n_keys;
    }
  meant = find_meant (loader, table, name);
  if (meant < table->n_keys)
    diagnostics_add_help (loader->diagnostics, "did you mean '%s'?", table->keys[meant].name);
  else if (table->n_keys <= LISTED_KEYS)
    list_keys (loader, table);
  return meant;
}

/* Whether the key is the rest of a text that a comma has cut: it stands in braces, and has neither
 * a colon nor a value. */
static gboolean
is_rest (const Loader *loader, const Node *key, const Node *value)
{
  const char *text = document_get_text (loader->document, value);
  gsize at = 0;
  char behind;

  if (text == NULL || *text != '\0' || !document_is_plain (loader->document, value))
    return FALSE;
  do
    behind = document_get_byte_behind (loader->document, key, at++);
  while (g_ascii_isspace (behind));
  return behind == ',' || behind == '}';
}

static void
report_rest (Loader *loader, const Node *key)
{
  loader_report (loader, key, "comma", "'%s' has no value: a comma ends the text before it",
                 document_get_text (loader->document, key));
  diagnostics_add_help (loader->diagnostics, "quote the text before the comma, with this");
}

/* Whether the key was reported as what it is when the document was read, or is by who reads the
 * mapping. */
static gboolean
is_reported (const KeyTable *table, const char *name)
{
  return name == NULL || *name == '\0' || strcmp (name, "<<") == 0
         || g_strcmp0 (name, table->ignored) == 0;
}

gboolean
keys_read (Loader *loader, const KeyTable *table, const Node *mapping, const Node **values)
{
  const Node *meant[KEYS_MAX + 1] = { NULL };
  const Node *key;
  NodeIter iter;

  for (guint i = 0; i < table->n_keys; i++)
    values[i] = NULL;
  if (document_get_kind (loader->document, mapping) != NODE_MAPPING)
    {
      loader_report (loader, mapping, "type",
                     "expected %s here, that is a mapping of keys to values", table->object);
      return FALSE;
    }
  node_iter_init (&iter, loader->document, mapping);
  while ((key = node_iter_next (&iter)) != NULL)
    {
      const Node *value = node_iter_next (&iter);
      const char *name = document_get_text (loader->document, key);
      guint found = is_reported (table, name) ? table->n_keys : find_key (table, name);

      if (!is_reported (table, name) && is_rest (loader, key, value))
        report_rest (loader, key);
      else if (found < table->n_keys)
        values[found] = value;
      else if (!is_reported (table, name))
        meant[report_unknown (loader, table, key)] = value;
    }
  for (guint i = 0; i < table->n_keys; i++)
    if (values[i] == NULL)
      values[i] = meant[i];
  return TRUE;
}

const Node *
keys_find (const Loader *loader, const Node *mapping, const char *name)
{
  const Node *at;
  NodeIter iter;

  if (document_get_kind (loader->document, mapping) != NODE_MAPPING)
    return NULL;
  node_iter_init (&iter, loader->document, mapping);
  while ((at = node_iter_next (&iter)) != NULL)
    {
      const Node *value = node_iter_next (&iter);

      if (g_strcmp0 (document_get_text (loader->document, at), name) == 0)
        return value;
    }
  return NULL;
}
