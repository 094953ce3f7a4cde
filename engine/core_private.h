/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files of the step core share: core.c (the automaton, execution), rollback.c (reverting and trying again), answers.c
 * (questions and time), ignore.c (deciders), restore.c (a former life, and what people say of it).
 */

#include "engine/core.h"

G_BEGIN_DECLS

/* What is kept of a node besides its state. UNDO: the flow of a controller around it is being rolled back. RETRY: a controller
 * whose flow is, to be tried again. FAILED: its execute failed. SKIPPED: its revert failed, and nobody waits for it. SWEPT: all that
 * comes after it is ignored. AGAIN: a controller that has executed before in this life. */
typedef enum
{
  CORE_MARK_UNDO = 1 << 0,
  CORE_MARK_RETRY = 1 << 1,
  CORE_MARK_FAILED = 1 << 2,
  CORE_MARK_SKIPPED = 1 << 3,
  CORE_MARK_SWEPT = 1 << 4,
  CORE_MARK_AGAIN = 1 << 5,
} CoreMark;

/* core.c: what an atom in a state adds to Core.counts. */
extern const guint64 core_weights[ATOM_STATE_COUNT];

/* core.c: makes room for more duties. */
void core_grow_duties (Duties *duties);

/* core.c: makes `marks`, `reverts` and `undo` when they are not there. */
void core_need_marks (Core *core);

/* core.c: passes a node that is done: counts it off at its successors; what may start then is ready, or asked about. */
void core_release (Core *core, guint32 node);

/* core.c: takes a node out of those that run. */
void core_forget_running (Core *core, guint32 node);

/* core.c: an execute ended. */
void core_complete_execute (Core *core, guint32 node, CoreOutcome outcome);

/* answers.c: the end of a probe of an interrupted attempt. */
void core_complete_probe (Core *core, guint32 node, CoreOutcome outcome);

/* answers.c: starts what a former life has left behind, as far as it is known what to do and `capacity` allows. */
void core_start_leftovers (Core *core, guint capacity);

/* answers.c: asks about all that a former life has left behind and nobody has looked at. */
void core_ask_leftovers (Core *core);

/* answers.c: whether of one of them it is known what to do. */
gboolean core_has_known_leftover (const Core *core);

/* answers.c: nobody need look at the node any more. */
void core_forget_leftover (Core *core, guint32 node);

/* answers.c: asks the controller of `node` about its failure; without one the whole run is rolled back. */
void core_ask_failure (Core *core, guint32 node);

/* answers.c: nobody waits for that time any more. */
void core_forget_timer (Core *core, guint32 node);

/* answers.c: whether the node waits for a time. */
gboolean core_has_timer (const Core *core, guint32 node);

/* rollback.c: reverts everything; nothing is executed any more. Ignored when it is done already. */
void core_roll_back (Core *core);

/* rollback.c: the same anew, from the states alone: after an end. */
void core_roll_back_again (Core *core);

/* rollback.c: reverts the flow of a controller, to try it again. Ignored when it is done already, or something around it is rolled back. */
void core_roll_back_flow (Core *core, guint32 retry);

/* rollback.c: the parts of core_roll_back_flow() that say so, and that find out from the states what holds back what. */
void core_mark_flow (Core *core, guint32 retry);
void core_hold_flow (Core *core, guint32 retry);

/* rollback.c: in a rollback an atom has ended executing, and may be reverted at once. */
void core_join_rollback (Core *core, guint32 node);

/* rollback.c: in a rollback an atom has no effect any more, and no longer holds back its predecessors. */
void core_quiet (Core *core, guint32 node);

/* rollback.c: begins the next try of a controller whose flow is undone, or waits for its time. Returns: whether an attempt was started. */
gboolean core_try_again (Core *core, guint32 retry);

/* rollback.c: whether the atom is in a state that a revert, or a next try, can start from. */
gboolean core_can_be_undone (const Core *core, guint32 node);

/* Whether an atom in that state may have an effect in the world. */
static inline gboolean
core_is_loud (AtomState state)
{
  return (1u << state
          & (1u << ATOM_STATE_RUNNING | 1u << ATOM_STATE_SUCCESS | 1u << ATOM_STATE_FAILURE | 1u << ATOM_STATE_REVERTING
             | 1u << ATOM_STATE_REVERT_FAILURE | 1u << ATOM_STATE_RETRYING))
         != 0;
}

static inline gboolean
core_has_mark (const Core *core, guint32 node, CoreMark mark)
{
  return core->marks != NULL && (core->marks[node] & mark) != 0;
}

/* Whether what `node` is part of is being rolled back. */
static inline gboolean
core_is_undone (const Core *core, guint32 node)
{
  return G_UNLIKELY (core->is_undoing) && (core->is_rolling_back || core_has_mark (core, node, CORE_MARK_UNDO));
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

static inline void
core_add_duty (Core *core, DutyKind kind, StorageRecord record)
{
  Duties *duties = &core->duties;

  if (G_UNLIKELY (duties->length == duties->size))
    core_grow_duties (duties);
  duties->kinds[duties->length] = (guint8) kind;
  duties->records[duties->length++] = record;
}

/* Moves an atom by the table. Returns: the record of it. */
static inline StorageRecord
core_make_move (Core *core, guint32 node, AtomEvent on)
{
  AtomState from = (AtomState) core->states[node];
  AtomState to = atom_state_next (from, on);
  gboolean reverts = from == ATOM_STATE_REVERTING || to == ATOM_STATE_REVERTING || from == ATOM_STATE_REVERT_FAILURE;

  core->states[node] = (guint8) to;
  core->counts += core_weights[to] - core_weights[from];
  return (StorageRecord){ .atom = node,
                          .kind = STORAGE_RECORD_ATOM,
                          .from = (guint8) from,
                          .to = (guint8) to,
                          .intention = (guint8) (G_LIKELY (!core->is_undoing && to != ATOM_STATE_IGNORE)
                                                     ? INTENTION_EXECUTE
                                                     : core_get_intention (core, node)),
                          .attempt = G_UNLIKELY (reverts) ? core->reverts[node] : core->attempts[node] };
}

static inline void
core_move_atom (Core *core, guint32 node, AtomEvent on, DutyKind duty)
{
  core_add_duty (core, duty, core_make_move (core, node, on));
}

/* Says in the journal what is meant to be done from here on with `node`; STORAGE_NO_ATOM: with all. */
static inline void
core_record_intention (Core *core, guint32 node, Intention intention)
{
  core_add_duty (core, DUTY_RECORD,
                 (StorageRecord){ .atom = node, .kind = STORAGE_RECORD_INTENTION, .intention = (guint8) intention });
}

/* A duty that nothing is recorded of. */
static inline void
core_add_order (Core *core, DutyKind kind, StorageRecord record)
{
  core->duties.is_special = TRUE;
  core_add_duty (core, kind, record);
}

/* core.c: moves the flow by the table. */
void core_move_flow (Core *core, FlowEvent on);

G_END_DECLS
