/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files of the step core share: core.c (the automaton), moves.c (the only place that changes a state, and execution),
 * rollback.c (reverting).
 */

#include "engine/core.h"

G_BEGIN_DECLS

/* Moves an atom by the table, and adds the duty. */
void core_move (Core *core, guint32 node, AtomEvent on, DutyKind duty);

/* Moves the flow by the table, and adds the duty. */
void core_move_flow (Core *core, FlowEvent on);

/* Adds a duty of a kind. */
void core_add_duty (Core *core, DutyKind kind, StorageRecord record);

/* Passes a node that is done: counts it off at its successors and puts what is ready then into the ready set. */
void core_release (Core *core, guint32 node);

/* Starts the next ready atom, if there is one. */
gboolean core_start_next (Core *core);

/* Takes the end of an attempt in. */
void core_complete (Core *core, const CoreCompletion *completion);

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
