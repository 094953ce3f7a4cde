/* SPDX-License-Identifier: Apache-2.0 */
/* Rolling back: every atom that may have an effect is reverted once all that depended on it is reverted or never ran.
 *
 * A node is loud while it, or something after it, may have an effect: an atom by its state, a node without work of its own
 * (and an ignored atom) as long as a successor is loud. `hold` counts loud successors. The counts are made when the failure
 * is known, from what had started by then, so that execution pays nothing for them.
 */
#include "engine/core_private.h"

#include "engine/block.h"

#include <string.h>

/* Whether the node has no effect itself and only passes on what is behind it. */
static inline gboolean
passes_through (const Core *core, guint32 node)
{
  return !plan_is_atom (core->plan, node) || !core_is_loud ((AtomState) core->states[node]);
}

static inline gboolean
can_be_undone (const Core *core, guint32 node)
{
  return plan_is_atom (core->plan, node)
         && (core->states[node] == ATOM_STATE_SUCCESS || core->states[node] == ATOM_STATE_FAILURE);
}

/* `node` has become loud: counts it at its predecessors, those that pass it on become loud too. */
static void
raise_predecessors (Core *core, guint32 node)
{
  const Plan *plan = core->plan;

  vector_push (&core->stack, node);
  while (core->stack.length > 0)
    {
      guint32 at = vector_pop (&core->stack);

      for (guint32 i = plan->predecessor_offsets[at]; i < plan->predecessor_offsets[at + 1]; i++)
        {
          guint32 before = plan->predecessors[i];

          if (core->hold[before]++ == 0 && passes_through (core, before))
            vector_push (&core->stack, before);
        }
    }
}

void
core_roll_back (Core *core)
{
  const Plan *plan = core->plan;

  if (core->is_rolling_back)
    return;
  core->is_rolling_back = TRUE;
  if (core->reverts == NULL)
    core->reverts = block_new_array (guint32, plan->n_nodes);
  ready_empty (&core->ready);
  memset (core->hold, 0, (gsize) plan->n_nodes * sizeof *core->hold);
  for (guint32 node = 0; node <= core->high; node++)
    if (plan_is_atom (plan, node) && core_is_loud ((AtomState) core->states[node]))
      raise_predecessors (core, node);
  for (guint32 node = 0; node <= core->high; node++)
    if (core->hold[node] == 0 && can_be_undone (core, node))
      ready_insert (&core->ready, core_rank (core, node));
}

void
core_join_rollback (Core *core, guint32 node)
{
  /* Nothing behind an atom that was still executing has started, so nothing holds it back. */
  g_assert (core->hold[node] == 0);
  ready_insert (&core->ready, core_rank (core, node));
}

void
core_quiet (Core *core, guint32 node)
{
  const Plan *plan = core->plan;

  vector_push (&core->stack, node);
  while (core->stack.length > 0)
    {
      guint32 at = vector_pop (&core->stack);

      for (guint32 i = plan->predecessor_offsets[at]; i < plan->predecessor_offsets[at + 1]; i++)
        {
          guint32 before = plan->predecessors[i];

          if (--core->hold[before] > 0)
            continue;
          if (passes_through (core, before))
            vector_push (&core->stack, before);
          else if (can_be_undone (core, before))
            ready_insert (&core->ready, core_rank (core, before));
        }
    }
}
