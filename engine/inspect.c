/* SPDX-License-Identifier: Apache-2.0 */
/* The values that callers ask an engine for: symbols by name, regardless of scopes, and results,
 * failures and progress by atom. */
#include "engine/engine_state.h"
#include "engine/progress.h"
#include "engine/results.h"

#include <backflow/engine/inspect.h>

#include <string.h>

/* The node of an atom, PLAN_NO_NODE also before compiling. */
static guint32
find_node (Engine *engine, const char *atom)
{
  return engine->plan != NULL ? plan_find_atom (engine->plan, atom) : PLAN_NO_NODE;
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
      GVariant *value = results_find_provided (&engine->values, plan->providers[i].node,
                                               plan->providers[i].provided);

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
  injected = injected_find (&engine->injected, symbol);
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
  const Injected *injected = injected_find (&engine->injected, name);
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
  for (guint i = 0; i < engine->injected.list->len; i++)
    {
      const Injected *injected = injected_at (&engine->injected, i);
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

GVariant *
engine_dup_result (Engine *engine, const char *atom)
{
  guint32 node;

  g_return_val_if_fail (engine != NULL && atom != NULL, NULL);
  node = find_node (engine, atom);
  if (node == PLAN_NO_NODE || engine->values.results == NULL
      || engine->values.results[node] == NULL)
    return NULL;
  if (engine->core.states[node] != ATOM_STATE_SUCCESS
      && engine->core.states[node] != ATOM_STATE_REVERTING)
    return NULL;
  return g_variant_ref (engine->values.results[node]);
}

GVariant *
engine_dup_revert_result (Engine *engine, const char *atom)
{
  guint32 node;

  g_return_val_if_fail (engine != NULL && atom != NULL, NULL);
  node = find_node (engine, atom);
  if (node == PLAN_NO_NODE || engine->values.revert_results == NULL
      || engine->values.revert_results[node] == NULL)
    return NULL;
  return engine->core.states[node] == ATOM_STATE_REVERTED
             ? g_variant_ref (engine->values.revert_results[node])
             : NULL;
}

Failure *
engine_find_failure (Engine *engine, const char *atom, AtomAction action)
{
  Failure **failures;
  guint32 node;

  g_return_val_if_fail (engine != NULL && atom != NULL, NULL);
  node = find_node (engine, atom);
  failures
      = action == ATOM_ACTION_EXECUTE ? engine->values.failures : engine->values.revert_failures;
  return node != PLAN_NO_NODE && failures != NULL ? failures[node] : NULL;
}

char **
engine_dup_failed_atoms (Engine *engine, AtomAction action)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  g_return_val_if_fail (engine != NULL, NULL);
  if (action == ATOM_ACTION_EXECUTE)
    for (guint i = 0; i < engine->values.failed->len; i++)
      g_ptr_array_add (names,
                       g_strdup (g_array_index (engine->values.failed, AttemptFailure, i).atom));
  else
    for (guint i = 0; i < engine->values.revert_failed.length; i++)
      g_ptr_array_add (
          names, g_strdup (plan_atom (engine->plan, engine->values.revert_failed.items[i])->name));
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

gboolean
engine_get_progress (Engine *engine, const char *atom, double *fraction, GVariant **details)
{
  guint32 node;

  g_return_val_if_fail (engine != NULL && atom != NULL, FALSE);
  node = find_node (engine, atom);
  return node != PLAN_NO_NODE && progress_find (&engine->reports, node, fraction, details);
}
