/* SPDX-License-Identifier: Apache-2.0 */
/* What this life of the run remembers of its tries: the history of each controller, how often each
 * revert has failed since it last worked, and the starts that must fail because their deciders
 * could not decide. */
#include "engine/tries.h"
#include "atoms/retry_history.h"
#include "engine/engine_state.h"

RetryHistory *
tries_get_history (Engine *engine, guint32 retry)
{
  if (engine->histories == NULL)
    engine->histories = g_new0 (RetryHistory, engine->plan->n_controllers);
  return &engine->histories[plan_find_controller (engine->plan, retry)];
}

void
tries_forget (Engine *engine)
{
  for (guint32 i = 0; engine->histories != NULL && i < engine->plan->n_controllers; i++)
    retry_history_clear (&engine->histories[i]);
  g_clear_pointer (&engine->histories, g_free);
  g_clear_pointer (&engine->doomed, g_hash_table_unref);
  g_clear_pointer (&engine->revert_tries, g_hash_table_unref);
  g_clear_pointer (&engine->flow_starts, g_free);
}

void
tries_note_end (Engine *engine, const Attempt *attempt)
{
  gboolean is_success = attempt->outcome == ATTEMPT_OUTCOME_SUCCESS;

  if (attempt->action == ATOM_ACTION_REVERT && is_success && engine->revert_tries != NULL)
    g_hash_table_remove (engine->revert_tries, GUINT_TO_POINTER (attempt->node));
  if (attempt->atom->member.kind != ATOM_KIND_RETRY || !is_success)
    return;
  if (attempt->action == ATOM_ACTION_EXECUTE)
    retry_history_begin (tries_get_history (engine, attempt->node), attempt->result);
  else
    retry_history_clear (tries_get_history (engine, attempt->node));
}

/* Why `node` counts as failed: its execute has, or it is a controller that gave up on something. */
static Failure *
find_failure (Engine *engine, guint32 node)
{
  const RetryHistory *history;

  if (engine->values.failures != NULL && engine->values.failures[node] != NULL)
    return failure_ref (engine->values.failures[node]);
  if (engine->plan->kinds[node] == PLAN_NODE_RETRY)
    {
      history = tries_get_history (engine, node);
      if (history->length > 0 && history->entries[history->length - 1].n_failures > 0)
        {
          const RetryEntry *last = &history->entries[history->length - 1];

          return failure_ref (last->failures[last->n_failures - 1].failure);
        }
    }
  return failure_new_printf ("unknown", "nobody knows why '%s' has failed",
                             plan_atom (engine->plan, node)->name);
}

void
tries_remember (Engine *engine, guint32 retry, guint32 failed)
{
  RetryHistory *history = tries_get_history (engine, retry);
  g_autoptr (Failure) failure = NULL;

  /* What the flow has no more is not told of. */
  if (history->length == 0 || failed == PLAN_NO_NODE)
    return;
  failure = find_failure (engine, failed);
  retry_history_add_failure (history, plan_atom (engine->plan, failed)->name, failure);
}

guint
tries_count_revert (Engine *engine, guint32 node)
{
  guint tries;

  if (engine->revert_tries == NULL)
    engine->revert_tries = g_hash_table_new (NULL, NULL);
  tries
      = GPOINTER_TO_UINT (g_hash_table_lookup (engine->revert_tries, GUINT_TO_POINTER (node))) + 1;
  g_hash_table_insert (engine->revert_tries, GUINT_TO_POINTER (node), GUINT_TO_POINTER (tries));
  return tries;
}

void
tries_doom (Engine *engine, guint32 node, Failure *failure)
{
  if (engine->doomed == NULL)
    engine->doomed = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) failure_unref);
  g_hash_table_insert (engine->doomed, GUINT_TO_POINTER (node), failure);
}

Failure *
tries_take_doom (Engine *engine, guint32 node)
{
  Failure *failure = NULL;

  if (engine->doomed != NULL)
    (void) g_hash_table_steal_extended (engine->doomed, GUINT_TO_POINTER (node), NULL,
                                        (gpointer *) &failure);
  return failure;
}
