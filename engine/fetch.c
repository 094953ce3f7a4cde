/* SPDX-License-Identifier: Apache-2.0 */
/* Symbols by name, regardless of scopes: what people ask an engine for after a run. */
#include "engine/engine_private.h"

#include <string.h>

static const Injected *
find_injected (Engine *engine, const char *symbol)
{
  for (guint i = 0; i < engine->injected->len; i++)
    if (strcmp (g_array_index (engine->injected, Injected, i).symbol, symbol) == 0)
      return &g_array_index (engine->injected, Injected, i);
  return NULL;
}

/* Adds the values that atoms provide for a symbol of the plan. Returns: FALSE when one of them has
 * none. */
static gboolean
add_provided (Engine *engine, guint32 symbol, GPtrArray *values)
{
  const Plan *plan = engine->plan;
  gboolean has_all = TRUE;

  for (guint32 i = plan->provider_offsets[symbol]; i < plan->provider_offsets[symbol + 1]; i++)
    {
      GVariant *value
          = results_find_provided (engine, plan->providers[i].node, plan->providers[i].provided);

      if (value != NULL)
        g_ptr_array_add (values, value);
      has_all &= value != NULL;
    }
  return has_all;
}

GVariant *
engine_fetch (Engine *engine, const char *symbol)
{
  g_autoptr (GPtrArray) values = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  const Injected *injected;
  guint32 number;

  g_return_val_if_fail (engine != NULL && symbol != NULL, NULL);
  injected = find_injected (engine, symbol);
  if (injected != NULL && injected->value != NULL)
    return g_variant_ref (injected->value);
  if (engine->plan == NULL || engine->plan->symbols == NULL)
    return NULL;
  number = name_table_find (&engine->plan->symbol_numbers, atom_hash_name (symbol), symbol);
  if (number == NAME_NONE)
    return NULL;
  (void) add_provided (engine, number, values);
  return values->len > 0 ? g_variant_ref (values->pdata[0]) : NULL;
}

/* One value as it is, several as an array. */
static GVariant *
combine (const GPtrArray *values)
{
  GVariantBuilder builder;

  if (values->len == 1)
    return values->pdata[0];
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("av"));
  for (guint i = 0; i < values->len; i++)
    g_variant_builder_add (&builder, "v", values->pdata[i]);
  return g_variant_builder_end (&builder);
}

static void
fetch_symbol (Engine *engine, guint32 symbol, GVariantBuilder *all)
{
  const char *name = engine->plan->symbols->pdata[symbol];
  const Injected *injected = find_injected (engine, name);
  g_autoptr (GPtrArray) values = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);

  if (engine->plan->provider_offsets[symbol] == engine->plan->provider_offsets[symbol + 1])
    return;
  if (injected != NULL && injected->source == NULL)
    g_ptr_array_add (values, g_variant_ref (injected->value));
  if (add_provided (engine, symbol, values) && values->len > 0)
    g_variant_builder_add (all, "{sv}", name, combine (values));
}

GVariant *
engine_fetch_all (Engine *engine)
{
  GVariantBuilder all;

  g_return_val_if_fail (engine != NULL, NULL);
  g_variant_builder_init (&all, G_VARIANT_TYPE_VARDICT);
  for (guint i = 0; i < engine->injected->len; i++)
    {
      const Injected *injected = &g_array_index (engine->injected, Injected, i);
      guint32 symbol = NAME_NONE;

      if (engine->plan != NULL && engine->plan->symbols != NULL)
        symbol = name_table_find (&engine->plan->symbol_numbers, atom_hash_name (injected->symbol),
                                  injected->symbol);
      /* A symbol that somebody provides too comes with its other values below. */
      if (injected->source == NULL
          && (symbol == NAME_NONE
              || engine->plan->provider_offsets[symbol]
                     == engine->plan->provider_offsets[symbol + 1]))
        g_variant_builder_add (&all, "{sv}", injected->symbol, injected->value);
    }
  for (guint32 symbol = 0;
       engine->plan != NULL && engine->plan->symbols != NULL && symbol < engine->plan->symbols->len;
       symbol++)
    fetch_symbol (engine, symbol, &all);
  return g_variant_ref_sink (g_variant_builder_end (&all));
}
