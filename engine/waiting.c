/* SPDX-License-Identifier: Apache-2.0 */
/* Who waits behind a revert that failed. It is found once, when a rollback has come to its end and
 * something is left, and written into the journal: a store knows no edges, and people should read
 * there what holds each of them back.
 */
#include "engine/waiting.h"
#include "engine/core/core.h"
#include "engine/engine_state.h"
#include "engine/plan/block.h"
#include "engine/records.h"

/* Walks back from a failed revert, and marks all that must wait for it and is not marked yet. */
static void
mark_waiting (const Core *core, guint32 failed, guint32 *behind)
{
  const Plan *plan = core->plan;
  VECTOR (guint32) stack = VECTOR_INIT;

  vector_push (&stack, failed);
  while (stack.length > 0)
    {
      guint32 node = vector_pop (&stack);

      for (guint32 i = plan->predecessor_offsets[node]; i < plan->predecessor_offsets[node + 1];
           i++)
        if (behind[plan->predecessors[i]] == 0)
          {
            behind[plan->predecessors[i]] = failed + 1;
            vector_push (&stack, plan->predecessors[i]);
          }
    }
  vector_clear (&stack);
}

static gboolean
is_waiting (const Core *core, guint32 node)
{
  return plan_is_atom (core->plan, node)
         && (core->states[node] == ATOM_STATE_SUCCESS || core->states[node] == ATOM_STATE_FAILURE);
}

void
waiting_record (Engine *engine)
{
  const Core *core = &engine->core;
  const Plan *plan = core->plan;
  guint32 *behind = block_new_array (guint32, plan->n_nodes);

  for (guint32 node = 0; node < plan->n_nodes; node++)
    if (plan_is_atom (plan, node) && core->states[node] == ATOM_STATE_REVERT_FAILURE)
      mark_waiting (core, node, behind);
  for (guint32 node = 0; node < plan->n_nodes; node++)
    if (behind[node] != 0 && is_waiting (core, node))
      records_add_waiting (&engine->journal, node, behind[node] - 1);
  block_free_array (guint32, behind, plan->n_nodes);
}
