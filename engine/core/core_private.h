/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files of the step core share: core.c (the automaton, execution), rollback.c (reverting
 * and trying again), answers.c (questions, time, and what a former life has left behind), ignore.c
 * (deciders), restore.c (a former life, and what people say of it).
 */

#include "engine/core/core.h"
#include "engine/core/core_moves.h"

G_BEGIN_DECLS

/* core.c: makes `marks`, `reverts` and `undo` when they are not there. */
void core_need_marks (Core *core);

/* core.c: passes a node that is done: counts it off at its successors; what may start then is
 * ready, or asked about. */
void core_release (Core *core, guint32 node);

/* core.c: takes a node out of those that run. */
void core_forget_running (Core *core, guint32 node);

/* core.c: an execute ended. */
void core_complete_execute (Core *core, guint32 node, CoreOutcome outcome);

/* answers.c: the end of a probe of an interrupted attempt. */
void core_complete_probe (Core *core, guint32 node, CoreOutcome outcome);

/* answers.c: starts what a former life has left behind, as far as it is known what to do and
 * `capacity` allows. */
void core_start_leftovers (Core *core, guint capacity);

/* answers.c: asks about all that a former life has left behind and that nobody has looked at or
 * people were asked about; `anew`: also about what was known. */
void core_ask_leftovers (Core *core, gboolean anew);

/* answers.c: whether of one of them it is known what to do. */
gboolean core_has_known_leftover (const Core *core);

/* answers.c: nobody need look at the node any more. */
void core_forget_leftover (Core *core, guint32 node);

/* answers.c: nothing of an interrupted execute is in the world. */
void core_withdraw_leftover (Core *core, guint32 node);

/* answers.c: asks the controller of `node` about its failure; without one the whole run is rolled
 * back. */
void core_ask_failure (Core *core, guint32 node);

/* answers.c: the node waits until then; there are marks. */
void core_add_timer (Core *core, guint32 node, gint64 due_us);

/* answers.c: nobody waits for that time any more. */
void core_forget_timer (Core *core, guint32 node);

/* answers.c: no controller waits any more to try again. */
void core_forget_tries (Core *core);

/* answers.c: whether the node waits for a time. */
gboolean core_has_timer (const Core *core, guint32 node);

/* ignore.c: the flow that ends at `end` is tried again: what was ignored after it because of
 * deciders within it is not any more. */
void core_unsweep (Core *core, guint32 end);

/* ignore.c: after a restore, which nodes have only ignored ones after them. */
void core_find_swept (Core *core);

/* rollback.c: reverts everything; nothing is executed any more. Ignored when it is done already. */
void core_roll_back (Core *core);

/* rollback.c: the same anew, from the states alone: after an end. */
void core_roll_back_again (Core *core);

/* rollback.c: reverts the flow of a controller, to try it again. Ignored when it is done already,
 * or something around it is rolled back. */
void core_roll_back_flow (Core *core, guint32 retry);

/* rollback.c: the parts of core_roll_back_flow() that say so, and that find out from the states
 * what holds back what. */
void core_mark_flow (Core *core, guint32 retry);
void core_hold_flow (Core *core, guint32 retry);

/* rollback.c: in a rollback an atom has ended executing, and may be reverted at once. */
void core_join_rollback (Core *core, guint32 node);

/* rollback.c: in a rollback an atom has no effect any more, and no longer holds back its
 * predecessors, unless what comes after it does. */
void core_quiet (Core *core, guint32 node);

/* rollback.c: begins the next try of a controller whose flow is undone, or waits for its time.
 * Returns: whether an attempt was started. */
gboolean core_try_again (Core *core, guint32 retry);

/* rollback.c: whether the atom is in a state that a revert, or a next try, can start from. */
gboolean core_can_be_undone (const Core *core, guint32 node);

/* core.c: moves the flow by the table. */
void core_move_flow (Core *core, FlowEvent on);

G_END_DECLS
