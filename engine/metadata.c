/* SPDX-License-Identifier: Apache-2.0 */
/* What people and listeners keep with an atom, or with the run, under names of their own. */
#include "engine/engine_state.h"
#include "engine/metadata_private.h"
#include "engine/records.h"

#include <backflow/engine/metadata.h>
#include <backflow/values/value.h>

/* The node that the metadata of the run itself is kept under. */
#define OF_RUN STORAGE_NO_ATOM

static GHashTable *
table_of (Engine *engine, guint32 node, gboolean make)
{
  GHashTable *table;

  if (engine->metadata == NULL)
    {
      if (!make)
        return NULL;
      engine->metadata
          = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_hash_table_unref);
    }
  table = g_hash_table_lookup (engine->metadata, GUINT_TO_POINTER (node));
  if (table == NULL && make)
    {
      table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                     (GDestroyNotify) g_variant_unref);
      g_hash_table_insert (engine->metadata, GUINT_TO_POINTER (node), table);
    }
  return table;
}

static gboolean
is_of_atom (gpointer node, gpointer table, gpointer unused)
{
  (void) table;
  (void) unused;
  return GPOINTER_TO_UINT (node) != OF_RUN;
}

void
metadata_forget_atoms (Engine *engine)
{
  if (engine->metadata != NULL)
    g_hash_table_foreach_remove (engine->metadata, is_of_atom, NULL);
}

void
metadata_restore (Engine *engine, guint32 node, GVariant *record)
{
  char *key;
  GVariant *value;

  g_variant_get (record, "(sv)", &key, &value);
  g_hash_table_replace (table_of (engine, node, TRUE), key, value);
}

/* The node that is meant. Returns: whether there is such an atom, and a run to keep it with. */
static gboolean
find_node (Engine *engine, const char *atom, guint32 *node, GError **error)
{
  if (engine->journal.run == NULL)
    {
      g_set_error_literal (error, ENGINE_ERROR, ENGINE_ERROR_STATE, "the run has not begun");
      return FALSE;
    }
  *node = atom == NULL ? OF_RUN : plan_find_atom (engine->plan, atom);
  if (atom == NULL || *node != PLAN_NO_NODE)
    return TRUE;
  g_set_error (error, ENGINE_ERROR, ENGINE_ERROR_STATE, "there is no atom named '%s'", atom);
  return FALSE;
}

gboolean
engine_set_metadata (Engine *engine, const char *atom, const char *key, GVariant *value,
                     GError **error)
{
  g_autoptr (GVariant) taken = NULL;
  g_autoptr (GVariant) normal = NULL;
  guint32 node;

  g_return_val_if_fail (engine != NULL && key != NULL && value != NULL, FALSE);
  taken = g_variant_ref_sink (value);
  normal = value_normalize (taken, error);
  if (normal == NULL || !records_check (&engine->journal, error)
      || !find_node (engine, atom, &node, error))
    return FALSE;
  g_hash_table_replace (table_of (engine, node, TRUE), g_strdup (key), g_variant_ref (normal));
  records_add (&engine->journal, STORAGE_RECORD_META, node == OF_RUN ? PLAN_NO_NODE : node, 0, 0,
               g_variant_new ("(sv)", key, normal));
  /* While the run goes on it shares the next transaction. */
  return atomic_load (&engine->flights.is_driven) != 0
         || records_append_added (&engine->journal, error);
}

GVariant *
engine_dup_metadata (Engine *engine, const char *atom, const char *key)
{
  guint32 node;
  GHashTable *table;
  GVariant *value;

  g_return_val_if_fail (engine != NULL && key != NULL, NULL);
  if (!find_node (engine, atom, &node, NULL))
    return NULL;
  table = table_of (engine, node, FALSE);
  value = table != NULL ? g_hash_table_lookup (table, key) : NULL;
  return value != NULL ? g_variant_ref (value) : NULL;
}
