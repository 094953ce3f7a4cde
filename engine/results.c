/* SPDX-License-Identifier: Apache-2.0 */
/* The values of a run: results and failures by node, and symbols by name. */
#include "engine/results.h"
#include "atoms/provided.h"
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
forget_failed (Values *values, const char *atom)
{
  for (guint i = 0; i < values->failed->len; i++)
    if (g_array_index (values->failed, AttemptFailure, i).atom == atom)
      {
        g_array_remove_index (values->failed, i);
        g_clear_pointer (&values->snapshot, attempt_failures_unref);
        return;
      }
}

void
results_set_failure (Values *values, guint32 node, Failure *failure)
{
  AttemptFailure failed = { plan_atom (values->core->plan, node)->name, failure };

  values->has_any = TRUE;
  if (values->failures != NULL && values->failures[node] != NULL)
    forget_failed (values, failed.atom);
  keep_value (values->core->plan, &values->results, node, NULL);
  keep_failure (values->core->plan, &values->failures, node, failure);
  g_array_append_val (values->failed, failed);
  g_clear_pointer (&values->snapshot, attempt_failures_unref);
}

AttemptFailures *
results_ref_failed (Values *values)
{
  if (values->failed->len == 0)
    return NULL;
  if (values->snapshot == NULL)
    values->snapshot = attempt_failures_new (
        (const AttemptFailure *) (gconstpointer) values->failed->data, values->failed->len);
  return attempt_failures_ref (values->snapshot);
}

void
results_set_result (Values *values, guint32 node, GVariant *result)
{
  values->has_any = TRUE;
  keep_value (values->core->plan, &values->results, node, result);
  keep_failure (values->core->plan, &values->failures, node, NULL);
}

static void
forget_revert_failed (Values *values, guint32 node)
{
  guint kept = 0;

  if (values->revert_failures == NULL || values->revert_failures[node] == NULL)
    return;
  for (guint i = 0; i < values->revert_failed.length; i++)
    if (values->revert_failed.items[i] != node)
      values->revert_failed.items[kept++] = values->revert_failed.items[i];
  values->revert_failed.length = kept;
}

void
results_set_revert (Values *values, guint32 node, GVariant *result, Failure *failure)
{
  values->has_any = TRUE;
  forget_revert_failed (values, node);
  if (failure != NULL)
    vector_push (&values->revert_failed, node);
  keep_value (values->core->plan, &values->revert_results, node, result);
  keep_failure (values->core->plan, &values->revert_failures, node, failure);
}

void
results_forget (Values *values, guint32 node)
{
  if (values->failures != NULL && values->failures[node] != NULL)
    forget_failed (values, plan_atom (values->core->plan, node)->name);
  keep_value (values->core->plan, &values->results, node, NULL);
  forget_revert_failed (values, node);
  keep_value (values->core->plan, &values->revert_results, node, NULL);
  keep_failure (values->core->plan, &values->failures, node, NULL);
  keep_failure (values->core->plan, &values->revert_failures, node, NULL);
}

void
results_keep (Values *values, Attempt *attempt)
{
  values->has_any = TRUE;
  if (attempt->action == ATOM_ACTION_REVERT)
    {
      results_set_revert (values, attempt->node, g_steal_pointer (&attempt->result),
                          g_steal_pointer (&attempt->failure));
      return;
    }
  if (attempt->outcome == ATTEMPT_OUTCOME_SUCCESS && attempt->atom->extra != NULL)
    check_provides (attempt);
  if (attempt->outcome == ATTEMPT_OUTCOME_FAILURE)
    results_set_failure (values, attempt->node, g_steal_pointer (&attempt->failure));
  else
    results_set_result (values, attempt->node, g_steal_pointer (&attempt->result));
}

GVariant *
results_find_provided (Values *values, guint32 node, guint provided)
{
  AtomState state = (AtomState) values->core->states[node];
  guint count;
  const AtomProvided *provides = atom_get_provides (plan_atom (values->core->plan, node), &count);

  if (state != ATOM_STATE_SUCCESS && state != ATOM_STATE_RETRYING && state != ATOM_STATE_REVERTING
      && state != ATOM_STATE_REVERT_FAILURE)
    return NULL;
  if (values->failures != NULL && values->failures[node] != NULL)
    return NULL;
  return extract (values->results != NULL ? values->results[node] : NULL, &provides[provided]);
}

static void
clear_values (const Plan *plan, GVariant ***array)
{
  for (guint32 node = 0; *array != NULL && node < plan->n_nodes; node++)
    if ((*array)[node] != NULL)
      g_variant_unref ((*array)[node]);
  block_free_array (GVariant *, *array, plan->n_nodes);
  *array = NULL;
}

static void
clear_failures (const Plan *plan, Failure ***array)
{
  for (guint32 node = 0; *array != NULL && node < plan->n_nodes; node++)
    failure_unref ((*array)[node]);
  block_free_array (Failure *, *array, plan->n_nodes);
  *array = NULL;
}

void
results_clear (Values *values)
{
  if (values->core->plan == NULL)
    return;
  values->revert_failed.length = 0;
  g_array_set_size (values->failed, 0);
  g_clear_pointer (&values->snapshot, attempt_failures_unref);
  clear_values (values->core->plan, &values->results);
  clear_values (values->core->plan, &values->revert_results);
  clear_failures (values->core->plan, &values->failures);
  clear_failures (values->core->plan, &values->revert_failures);
  values->has_any = FALSE;
}
