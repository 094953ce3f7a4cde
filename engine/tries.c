/* SPDX-License-Identifier: Apache-2.0 */
/* What this life of the run remembers of its tries: the history of each controller, how often each
 * revert has failed since it last worked, and the starts that must fail because their deciders
 * could not decide. */
#include "engine/tries.h"
#include "atoms/retry_history.h"

RetryHistory *
tries_get_history (Tries *tries, guint32 retry)
{
  if (tries->histories == NULL)
    tries->histories = g_new0 (RetryHistory, tries->values->core->plan->n_controllers);
  return &tries->histories[plan_find_controller (tries->values->core->plan, retry)];
}

void
tries_forget (Tries *tries)
{
  for (guint32 i = 0; tries->histories != NULL && i < tries->values->core->plan->n_controllers; i++)
    retry_history_clear (&tries->histories[i]);
  g_clear_pointer (&tries->histories, g_free);
  g_clear_pointer (&tries->uncleared, g_hash_table_unref);
  g_clear_pointer (&tries->doomed, g_hash_table_unref);
  g_clear_pointer (&tries->reverts, g_hash_table_unref);
}

void
tries_forget_revert (Tries *tries, guint32 node)
{
  if (tries->reverts != NULL)
    g_hash_table_remove (tries->reverts, GUINT_TO_POINTER (node));
}

void
tries_note_end (Tries *tries, const Attempt *attempt)
{
  gboolean is_success = attempt->outcome == ATTEMPT_OUTCOME_SUCCESS;

  if (attempt->action == ATOM_ACTION_REVERT && is_success)
    tries_forget_revert (tries, attempt->node);
  if (attempt->atom->member.kind != ATOM_KIND_RETRY || !is_success)
    return;
  if (attempt->action == ATOM_ACTION_EXECUTE)
    retry_history_begin (tries_get_history (tries, attempt->node), attempt->result);
  else
    retry_history_clear (tries_get_history (tries, attempt->node));
}

/* Why `node` counts as failed: its execute has, or it is a controller that gave up on something. */
static Failure *
find_failure (Tries *tries, guint32 node)
{
  const RetryHistory *history;

  if (tries->values->failures != NULL && tries->values->failures[node] != NULL)
    return failure_ref (tries->values->failures[node]);
  if (tries->values->core->plan->kinds[node] == PLAN_NODE_RETRY)
    {
      history = tries_get_history (tries, node);
      if (history->length > 0 && history->entries[history->length - 1].n_failures > 0)
        {
          const RetryEntry *last = &history->entries[history->length - 1];

          return failure_ref (last->failures[last->n_failures - 1].failure);
        }
    }
  return failure_new_printf ("unknown", "nobody knows why '%s' has failed",
                             plan_atom (tries->values->core->plan, node)->name);
}

void
tries_remember (Tries *tries, guint32 retry, guint32 failed)
{
  RetryHistory *history = tries_get_history (tries, retry);
  g_autoptr (Failure) failure = NULL;

  /* What the flow has no more is not told of. */
  if (history->length == 0 || failed == PLAN_NO_NODE)
    return;
  failure = find_failure (tries, failed);
  retry_history_add_failure (history, plan_atom (tries->values->core->plan, failed)->name, failure);
}

guint
tries_count_revert (Tries *tries, guint32 node)
{
  guint count;

  if (tries->reverts == NULL)
    tries->reverts = g_hash_table_new (NULL, NULL);
  count = GPOINTER_TO_UINT (g_hash_table_lookup (tries->reverts, GUINT_TO_POINTER (node))) + 1;
  g_hash_table_insert (tries->reverts, GUINT_TO_POINTER (node), GUINT_TO_POINTER (count));
  return count;
}

void
tries_doom (Tries *tries, guint32 node, Failure *failure)
{
  if (tries->doomed == NULL)
    tries->doomed = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) failure_unref);
  g_hash_table_insert (tries->doomed, GUINT_TO_POINTER (node), failure);
}

void
tries_forget_reverts (Tries *tries)
{
  g_clear_pointer (&tries->reverts, g_hash_table_unref);
}

Failure *
tries_take_doom (Tries *tries, guint32 node)
{
  Failure *failure = NULL;

  if (tries->doomed != NULL)
    (void) g_hash_table_steal_extended (tries->doomed, GUINT_TO_POINTER (node), NULL,
                                        (gpointer *) &failure);
  return failure;
}
