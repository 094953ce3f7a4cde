/* SPDX-License-Identifier: Apache-2.0 */
/* The values that a run is given from outside. A secret is known to the engine alone: the store has
 * its source in its place, and a resumed run is given the secret again.
 */
#include "engine/injected.h"

#include <backflow/engine/engine_error.h>

#include <backflow/values/value.h>

#include <string.h>

static void
value_clear (gpointer data)
{
  Injected *injected = data;

  g_free (injected->symbol);
  g_free (injected->source);
  g_clear_pointer (&injected->value, g_variant_unref);
}

void
injected_init (InjectedValues *injected)
{
  injected->list = g_array_new (FALSE, FALSE, sizeof (Injected));
  g_array_set_clear_func (injected->list, value_clear);
  injected->by_symbol = NULL;
}

void
injected_clear (InjectedValues *injected)
{
  g_clear_pointer (&injected->list, g_array_unref);
  g_clear_pointer (&injected->by_symbol, g_free);
}

const Injected *
injected_find (const InjectedValues *injected, const char *symbol)
{
  for (guint i = 0; i < injected->list->len; i++)
    if (strcmp (injected_at (injected, i)->symbol, symbol) == 0)
      return injected_at (injected, i);
  return NULL;
}

void
injected_keep (InjectedValues *injected, char *symbol, GVariant *value, char *source)
{
  Injected kept = { symbol, value, source };

  for (guint i = 0; i < injected->list->len; i++)
    if (strcmp (injected_at (injected, i)->symbol, symbol) == 0)
      {
        g_array_remove_index (injected->list, i);
        break;
      }
  g_array_append_val (injected->list, kept);
}

/* Whether the value could not be told from what the journal has in place of a secret. */
static gboolean
is_reserved (GVariant *value)
{
  g_autoptr (GVariant) source = NULL;

  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT) || g_variant_n_children (value) != 1)
    return FALSE;
  source = g_variant_lookup_value (value, INJECTED_SECRET_KEY, NULL);
  return source != NULL;
}

gboolean
injected_set (InjectedValues *injected, const char *symbol, GVariant *value, const char *source,
              GError **error)
{
  g_autoptr (GVariant) normal = value_normalize (value, error);

  if (normal == NULL)
    {
      g_prefix_error (error, "input '%s': ", symbol);
      return FALSE;
    }
  if (is_reserved (normal))
    {
      g_set_error (error, ENGINE_ERROR, ENGINE_ERROR_STATE,
                   "input '%s': an object with the only key '" INJECTED_SECRET_KEY
                   "' stands for a secret",
                   symbol);
      return FALSE;
    }
  injected_keep (injected, g_strdup (symbol), g_steal_pointer (&normal), g_strdup (source));
  return TRUE;
}

GVariant *
injected_dup_stored (const Injected *injected)
{
  if (injected->source == NULL)
    return g_variant_ref (injected->value);
  return g_variant_ref_sink (
      g_variant_new_parsed ("{'" INJECTED_SECRET_KEY "': <%s>}", injected->source));
}

void
injected_restore (InjectedValues *injected, GVariant *record)
{
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GVariant) source = NULL;
  char *symbol;

  g_variant_get (record, "(sv)", &symbol, &value);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT) && g_variant_n_children (value) == 1)
    source = g_variant_lookup_value (value, INJECTED_SECRET_KEY, G_VARIANT_TYPE_STRING);
  /* A secret is not in the store: the caller injects it again. */
  injected_keep (injected, symbol, source != NULL ? NULL : g_steal_pointer (&value),
                 source != NULL ? g_variant_dup_string (source, NULL) : NULL);
}

void
injected_index (InjectedValues *injected, const Plan *plan)
{
  g_clear_pointer (&injected->by_symbol, g_free);
  if (plan->symbols == NULL || injected->list->len == 0)
    return;
  injected->by_symbol = g_new0 (GVariant *, plan->symbols->len + 1);
  for (guint i = 0; i < injected->list->len; i++)
    {
      const Injected *value = injected_at (injected, i);
      guint32 symbol
          = name_table_find (&plan->symbol_numbers, atom_hash_name (value->symbol), value->symbol);

      if (symbol != NAME_NONE)
        injected->by_symbol[symbol] = value->value;
    }
}
