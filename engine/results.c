/* SPDX-License-Identifier: Apache-2.0 */
/* The values of a run: results and failures by node, and symbols by name. */
#include "engine/results.h"
#include "atoms/provided.h"
#include "engine/engine_state.h"
#include "engine/plan/block.h"

#include <backflow/values/value.h>

static void
keep_value (const Plan *plan, GVariant ***values, guint32 node, GVariant *value)
{
  if (*values == NULL && value == NULL)
    return;
  if (*values == NULL)
    *values = block_new_array (GVariant *, plan->n_nodes);
  g_clear_pointer (&(*values)[node], g_variant_unref);
  (*values)[node] = value;
}

static void
keep_failure (const Plan *plan, Failure ***failures, guint32 node, Failure *failure)
{
  if (*failures == NULL && failure == NULL)
    return;
  if (*failures == NULL)
    *failures = block_new_array (Failure *, plan->n_nodes);
  g_clear_pointer (&(*failures)[node], failure_unref);
  (*failures)[node] = failure;
}

/* Takes a provided symbol out of a result; the whole of no result is null. Returns: (transfer full)
 * (nullable). */
static GVariant *
extract (GVariant *result, const AtomProvided *provided)
{
  if (result == NULL && provided->kind == ATOM_PROVIDES_WHOLE)
    return g_variant_ref_sink (value_new_null ());
  return atom_provided_find_value (provided, result);
}

/* The first provided symbol that the result does not hold (nullable). */
static const AtomProvided *
find_lacking (const Atom *atom, GVariant *result)
{
  guint count;
  const AtomProvided *provides = atom_get_provides (atom, &count);

  for (guint i = 0; i < count; i++)
    {
      g_autoptr (GVariant) value = extract (result, &provides[i]);

      if (value == NULL)
        return &provides[i];
    }
  return NULL;
}

Failure *
results_find_lack (const Atom *atom, GVariant *result)
{
  const AtomProvided *lacking = find_lacking (atom, result);

  if (lacking == NULL)
    return NULL;
  if (lacking->kind == ATOM_PROVIDES_KEY)
    return failure_new_printf ("result", "the result has no '%s', which is to be provided as '%s'",
                               lacking->key, lacking->symbol);
  return failure_new_printf ("result",
                             "the result has no element %u, which is to be provided as '%s'",
                             lacking->index, lacking->symbol);
}

/* An atom that promised a symbol and returned something without it has failed: better there than
 * where the symbol is used. */
static void
check_provides (Attempt *attempt)
{
  Failure *failure = results_find_lack (attempt->atom, attempt->result);

  if (failure == NULL)
    return;
  g_clear_pointer (&attempt->result, g_variant_unref);
  attempt_fail (attempt, failure);
}

/* Takes an atom out of those that have failed in this life. */
static void
forget_failed (Engine *engine, const char *atom)
{
  for (guint i = 0; i < engine->attempt_failures->len; i++)
    if (g_array_index (engine->attempt_failures, AttemptFailure, i).atom == atom)
      {
        g_array_remove_index (engine->attempt_failures, i);
        engine->attempt_run.n_failures = engine->attempt_failures->len;
        return;
      }
}

void
results_set_failure (Engine *engine, guint32 node, Failure *failure)
{
  AttemptFailure failed = { plan_atom (engine->plan, node)->name, failure };

  engine->values.has_any = TRUE;
  if (engine->values.failures != NULL && engine->values.failures[node] != NULL)
    forget_failed (engine, failed.atom);
  keep_value (engine->plan, &engine->values.results, node, NULL);
  keep_failure (engine->plan, &engine->values.failures, node, failure);
  g_array_append_val (engine->attempt_failures, failed);
  engine->attempt_run.failures
      = (const AttemptFailure *) (gconstpointer) engine->attempt_failures->data;
  engine->attempt_run.n_failures = engine->attempt_failures->len;
}

void
results_set_result (Engine *engine, guint32 node, GVariant *result)
{
  engine->values.has_any = TRUE;
  keep_value (engine->plan, &engine->values.results, node, result);
  keep_failure (engine->plan, &engine->values.failures, node, NULL);
}

static void
forget_revert_failed (Engine *engine, guint32 node)
{
  guint kept = 0;

  if (engine->values.revert_failures == NULL || engine->values.revert_failures[node] == NULL)
    return;
  for (guint i = 0; i < engine->revert_failed.length; i++)
    if (engine->revert_failed.items[i] != node)
      engine->revert_failed.items[kept++] = engine->revert_failed.items[i];
  engine->revert_failed.length = kept;
}

void
results_set_revert (Engine *engine, guint32 node, GVariant *result, Failure *failure)
{
  engine->values.has_any = TRUE;
  forget_revert_failed (engine, node);
  if (failure != NULL)
    vector_push (&engine->revert_failed, node);
  keep_value (engine->plan, &engine->values.revert_results, node, result);
  keep_failure (engine->plan, &engine->values.revert_failures, node, failure);
}

void
results_forget (Engine *engine, guint32 node)
{
  Values *values = &engine->values;

  if (values->failures != NULL && values->failures[node] != NULL)
    forget_failed (engine, plan_atom (engine->plan, node)->name);
  keep_value (engine->plan, &values->results, node, NULL);
  forget_revert_failed (engine, node);
  keep_value (engine->plan, &values->revert_results, node, NULL);
  keep_failure (engine->plan, &values->failures, node, NULL);
  keep_failure (engine->plan, &values->revert_failures, node, NULL);
}

void
results_keep (Engine *engine, Attempt *attempt)
{
  Values *values = &engine->values;

  values->has_any = TRUE;
  if (attempt->action == ATOM_ACTION_REVERT)
    {
      results_set_revert (engine, attempt->node, g_steal_pointer (&attempt->result),
                          g_steal_pointer (&attempt->failure));
      return;
    }
  if (attempt->outcome == ATTEMPT_OUTCOME_SUCCESS && attempt->atom->extra != NULL)
    check_provides (attempt);
  if (attempt->outcome == ATTEMPT_OUTCOME_FAILURE)
    results_set_failure (engine, attempt->node, g_steal_pointer (&attempt->failure));
  else
    results_set_result (engine, attempt->node, g_steal_pointer (&attempt->result));
}

GVariant *
results_find_provided (Engine *engine, guint32 node, guint provided)
{
  AtomState state = (AtomState) engine->core.states[node];
  guint count;
  const AtomProvided *provides = atom_get_provides (plan_atom (engine->plan, node), &count);

  if (state != ATOM_STATE_SUCCESS && state != ATOM_STATE_RETRYING && state != ATOM_STATE_REVERTING
      && state != ATOM_STATE_REVERT_FAILURE)
    return NULL;
  if (engine->values.failures != NULL && engine->values.failures[node] != NULL)
    return NULL;
  return extract (engine->values.results != NULL ? engine->values.results[node] : NULL,
                  &provides[provided]);
}

static void
values_clear (const Plan *plan, GVariant ***values)
{
  for (guint32 node = 0; *values != NULL && node < plan->n_nodes; node++)
    if ((*values)[node] != NULL)
      g_variant_unref ((*values)[node]);
  block_free_array (GVariant *, *values, plan->n_nodes);
  *values = NULL;
}

static void
failures_clear (const Plan *plan, Failure ***failures)
{
  for (guint32 node = 0; *failures != NULL && node < plan->n_nodes; node++)
    failure_unref ((*failures)[node]);
  block_free_array (Failure *, *failures, plan->n_nodes);
  *failures = NULL;
}

void
results_clear (Engine *engine)
{
  if (engine->plan == NULL)
    return;
  engine->revert_failed.length = 0;
  g_array_set_size (engine->attempt_failures, 0);
  engine->attempt_run.failures = NULL;
  engine->attempt_run.n_failures = 0;
  values_clear (engine->plan, &engine->values.results);
  values_clear (engine->plan, &engine->values.revert_results);
  failures_clear (engine->plan, &engine->values.failures);
  failures_clear (engine->plan, &engine->values.revert_failures);
  engine->values.has_any = FALSE;
}
