/* SPDX-License-Identifier: Apache-2.0 */
/* The part of passing a node that only flows with deciders, and restored runs, come to. */
#include "engine/core/core_release.h"

/* Whether there is anything in the flow of an entry, or the atom is, what a decider could still
 * hold back. It let by what a former life has seen an end of. */
static gboolean
has_pending (const Core *core, guint32 node)
{
  guint32 end = core->plan->kinds[node] == PLAN_NODE_FLOW
                    ? core->plan->flows[plan_find_flow (core->plan, node)].end
                    : node;
  gboolean is_pending = FALSE;

  for (guint32 inner = node; inner <= end; inner++)
    {
      AtomState state = (AtomState) core->states[inner];

      if (!plan_is_atom (core->plan, inner))
        continue;
      if (state != ATOM_STATE_PENDING && state != ATOM_STATE_IGNORE && state != ATOM_STATE_RUNNING)
        return FALSE;
      is_pending |= state == ATOM_STATE_PENDING;
    }
  return is_pending;
}

gboolean
core_is_detained (Core *core, guint32 node)
{
  guint count;

  if (core->states[node] != ATOM_STATE_PENDING)
    {
      if (plan_is_atom (core->plan, node) && !core_is_in_rollback (core, node)
          && (core->states[node] == ATOM_STATE_IGNORE || core->states[node] == ATOM_STATE_SUCCESS))
        vector_push (&core->readiness.stack, node);
      return TRUE;
    }
  if (plan_find_deciders (core->plan, node, &count) == NULL || !has_pending (core, node))
    return FALSE;
  vector_push (&core->questions,
               ((CoreQuestion){ CORE_QUESTION_DECIDE, node, PLAN_NO_NODE, FALSE }));
  return TRUE;
}
