/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Rollback: which effects are reverted, and in which order; and the next try of a controller. */

#include "engine/core/core_state.h"

G_BEGIN_DECLS

/* Reverts everything; nothing is executed any more. Ignored when that is going on already. */
void core_roll_back (Core *core);

/* The direction is that of a rollback: finds out from the states alone what may be reverted. */
void core_roll_back_again (Core *core);

/* Reverts the flow of a controller, to try it again. Ignored when that is going on already, or a
 * flow around it is rolled back. */
void core_roll_back_flow (Core *core, guint32 retry);

/* The parts of core_roll_back_flow(): marks the nodes of the flow; and counts which effects hold
 * back which reverts. */
void core_mark_flow (Core *core, guint32 retry);
void core_hold_flow (Core *core, guint32 retry);

/* In a rollback an atom has ended executing: its revert may start at once. */
void core_join_rollback (Core *core, guint32 node);

/* In a rollback an atom has no effect any more: it no longer holds back its predecessors, unless
 * its successors do. */
void core_quiet (Core *core, guint32 node);

/* Begins the next try of a controller whose flow is reverted, unless it waits for its time.
 * Returns: whether an attempt was started. */
gboolean core_try_again (Core *core, guint32 retry);

/* Whether the atom is in a state from which a revert, or a next try, can start. */
gboolean core_can_be_undone (const Core *core, guint32 node);

G_END_DECLS
