/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files of the step core share: core.c (the automaton, moves, execution) and rollback.c (reverting).
 */

#include "engine/core.h"

G_BEGIN_DECLS

/* A failure is known that reverts everything: nothing is executed any more. Ignored when it is known already. */
void core_roll_back (Core *core);

/* While rolling back: an atom has ended executing, and may be reverted at once. */
void core_join_rollback (Core *core, guint32 node);

/* While rolling back: an atom has no effect any more, and no longer holds back its predecessors. */
void core_quiet (Core *core, guint32 node);

/* Whether an atom in that state may have an effect in the world. */
static inline gboolean
core_is_loud (AtomState state)
{
  return (1u << state
          & (1u << ATOM_STATE_RUNNING | 1u << ATOM_STATE_SUCCESS | 1u << ATOM_STATE_FAILURE | 1u << ATOM_STATE_REVERTING
             | 1u << ATOM_STATE_REVERT_FAILURE | 1u << ATOM_STATE_RETRYING))
         != 0;
}

static inline guint32
core_rank (const Core *core, guint32 node)
{
  return G_UNLIKELY (core->plan->ranks != NULL) ? core->plan->ranks[node] : node;
}

static inline guint32
core_unrank (const Core *core, guint32 rank)
{
  return G_UNLIKELY (core->plan->by_rank != NULL) ? core->plan->by_rank[rank] : rank;
}

G_END_DECLS
