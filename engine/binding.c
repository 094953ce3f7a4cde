/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments of an attempt: where each value comes from is in the plan, here it is taken.
 *
 * In this order: the constant injected for the atom, the value injected into the run, in a revert
 * the atom's own result, then the providers in the order of the plan: ignored ones are skipped, and
 * an outer scope counts only when all further in were ignored. An optional argument that nobody can
 * give is absent.
 */
#include "engine/binding.h"
#include "engine/engine_state.h"
#include "engine/results.h"

/* The value of the nearest provider that has one (nullable) (transfer full). */
static GVariant *
find_provided (Engine *engine, guint32 at)
{
  const Plan *plan = engine->plan;
  gboolean has_seen = FALSE;

  while (at != 0)
    {
      const PlanScope *scope = &g_array_index (plan->scopes, PlanScope, at);

      for (guint32 i = scope->high; i-- > scope->low;)
        {
          PlanProvided provider = plan->providers[i];
          GVariant *value;

          if (engine->core.states[provider.node] == ATOM_STATE_IGNORE)
            continue;
          value = results_find_provided (&engine->values, provider.node, provider.provided);
          if (value != NULL)
            return value;
          has_seen = TRUE;
        }
      if (scope->is_level && has_seen)
        return NULL;
      at = scope->next;
    }
  return NULL;
}

GVariant *
binding_find_value (Engine *engine, guint32 node, const PlanArgument *binding)
{
  if (binding->injected != NULL)
    return g_variant_ref (binding->injected);
  if (engine->injected.by_symbol != NULL && engine->injected.by_symbol[binding->symbol] != NULL)
    return g_variant_ref (engine->injected.by_symbol[binding->symbol]);
  if (binding->is_own)
    return results_find_provided (&engine->values, node, binding->scope);
  return find_provided (engine, binding->scope);
}

Failure *
binding_fill (Engine *engine, Attempt *attempt)
{
  guint count;
  guint n_declared;
  const PlanArgument *bindings
      = plan_get_bindings (engine->plan, attempt->node, attempt->action, &count);
  const AtomArgument *declared = atom_get_arguments (attempt->atom, attempt->action, &n_declared);

  attempt->arguments = NULL;
  if (count == 0)
    return NULL;
  attempt->arguments = g_new0 (GVariant *, count);
  for (guint i = 0; i < count; i++)
    {
      attempt->arguments[i] = binding_find_value (engine, attempt->node, &bindings[i]);
      /* A revert of an atom that failed has no result of its own to be given, and one that does
       * nothing needs nothing. */
      if (attempt->arguments[i] == NULL && !bindings[i].is_optional && !bindings[i].is_own
          && (attempt->action == ATOM_ACTION_EXECUTE || atom_has_revert (attempt->atom)))
        return failure_new_printf ("argument",
                                   "nobody has a value for '%s', which it requires as '%s'",
                                   declared[i].symbol, declared[i].name);
    }
  return NULL;
}

void
binding_drop (Engine *engine, Attempt *attempt)
{
  guint count;

  if (attempt->arguments == NULL)
    return;
  (void) plan_get_bindings (engine->plan, attempt->node, attempt->action, &count);
  for (guint i = 0; i < count; i++)
    if (attempt->arguments[i] != NULL)
      g_variant_unref (attempt->arguments[i]);
  g_clear_pointer (&attempt->arguments, g_free);
}
