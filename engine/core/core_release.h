/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Release: a node that is done is counted off at its successors. The walk is inline because a run
 * without deciders spends most of its time here.
 */

#include "engine/core/core_moves.h"

G_BEGIN_DECLS

/* Whether a node that no predecessor holds back any more does not simply start: a decider has to be
 * asked first, or the node is ignored or done already and is passed at once. Only in runs that are
 * `is_watchful`. */
gboolean core_is_detained (Core *core, guint32 node);

/* Counts `node` off at its successors; entries and ends that are passed by that go onto the stack.
 */
static inline void
core_release_one (Core *core, guint32 node)
{
  const Plan *plan = core->plan;
  const guint32 *successor = plan->successors + plan->successor_offsets[node];
  const guint32 *end = plan->successors + plan->successor_offsets[node + 1];

  for (; successor < end; successor++)
    {
      if (--core->readiness.hold[*successor] > 0)
        continue;
      if (G_UNLIKELY (core->readiness.is_watchful) && core_is_detained (core, *successor))
        continue;
      if (plan_is_atom (plan, *successor))
        {
          ready_insert (&core->readiness.ready, core_rank (core, *successor));
          continue;
        }
      core_pass_through (core, *successor);
      vector_push (&core->readiness.stack, *successor);
    }
}

/* Passes a node that is done: counts it off at its successors and puts what is ready then into the
 * ready set. */
static inline void
core_release (Core *core, guint32 node)
{
  core_release_one (core, node);
  while (core->readiness.stack.length > 0)
    core_release_one (core, vector_pop (&core->readiness.stack));
}

G_END_DECLS
