/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What moves are made of in the step core: marks of nodes, duties, and the only place that changes
 * the state of an atom.
 */

#include "engine/core/core_state.h"

G_BEGIN_DECLS

/* What is kept of a node besides its state. UNDO: the flow of a controller around it is being
 * rolled back. RETRY: a controller whose flow is, to be tried again. FAILED: its execute failed.
 * SKIPPED: its revert failed, and nobody waits for it. SWEPT: all that comes after it is ignored.
 * AGAIN: a controller that has executed before in this life. WAITS: has a timer. LEFT: has a
 * leftover. */
typedef enum
{
  CORE_MARK_UNDO = 1 << 0,
  CORE_MARK_RETRY = 1 << 1,
  CORE_MARK_FAILED = 1 << 2,
  CORE_MARK_SKIPPED = 1 << 3,
  CORE_MARK_SWEPT = 1 << 4,
  CORE_MARK_AGAIN = 1 << 5,
  CORE_MARK_WAITS = 1 << 6,
  CORE_MARK_LEFT = 1 << 7,
} CoreMark;

/* What an atom in a state adds to Core.counts. */
extern const guint64 core_weights[ATOM_STATE_COUNT];

/* Makes room for more duties. */
void core_grow_duties (Duties *duties);

/* Empties the duties. */
void core_clear_duties (Core *core);

/* Makes `marks`, `reverts` and `undo` when they are not there. */
void core_need_marks (Core *core);

/* What the core means to do with an atom. */
Intention core_get_intention (const Core *core, guint32 node);

/* Moves the flow by the table. */
void core_move_flow (Core *core, FlowEvent on);

/* Whether an atom in that state may have an effect in the world. */
static inline gboolean
core_is_loud (AtomState state)
{
  return (1u << state
          & (1u << ATOM_STATE_RUNNING | 1u << ATOM_STATE_SUCCESS | 1u << ATOM_STATE_FAILURE
             | 1u << ATOM_STATE_REVERTING | 1u << ATOM_STATE_REVERT_FAILURE
             | 1u << ATOM_STATE_RETRYING))
         != 0;
}

static inline gboolean
core_has_mark (const Core *core, guint32 node, CoreMark mark)
{
  return core->marks != NULL && (core->marks[node] & mark) != 0;
}

/* Whether what `node` is part of is being rolled back. */
static inline gboolean
core_is_in_rollback (const Core *core, guint32 node)
{
  return G_UNLIKELY (mode_is_undoing (&core->mode))
         && (mode_is_rolling_back (&core->mode) || core_has_mark (core, node, CORE_MARK_UNDO));
}

/* How many atoms are SUCCESS or IGNORE. */
static inline guint32
core_get_n_settled (const Core *core)
{
  return (guint32) (core->counts >> 32);
}

/* How many atoms may have an effect in the world: RUNNING, SUCCESS, FAILURE, REVERTING,
 * REVERT_FAILURE. */
static inline guint32
core_get_n_effects (const Core *core)
{
  return (guint32) core->counts;
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

/* Moves the automaton by the table. */
static inline void
core_enter (Core *core, EngineEvent on)
{
  core->state = engine_state_next (core->state, on);
}

/* An entry or end of a flow has no machine: it is passed, or not passed yet. */
static inline void
core_pass_through (Core *core, guint32 node)
{
  core->states[node] = ATOM_STATE_SUCCESS;
}

static inline void
core_unpass (Core *core, guint32 node)
{
  core->states[node] = ATOM_STATE_PENDING;
}

/* Moves an atom by the table. Returns: the record of it. */
static inline StorageRecord
core_make_move (Core *core, guint32 node, AtomEvent on)
{
  AtomState from = (AtomState) core->states[node];
  AtomState to = atom_state_next (from, on);
  gboolean reverts = from == ATOM_STATE_REVERTING || to == ATOM_STATE_REVERTING
                     || from == ATOM_STATE_REVERT_FAILURE;
  gboolean is_plain = !mode_is_undoing (&core->mode) && to != ATOM_STATE_IGNORE;
  Intention intention;

  core->states[node] = (guint8) to;
  core->counts += core_weights[to] - core_weights[from];
  intention = G_LIKELY (is_plain) ? INTENTION_EXECUTE : core_get_intention (core, node);
  return (StorageRecord){ .atom = node,
                          .kind = STORAGE_RECORD_ATOM,
                          .from = (guint8) from,
                          .to = (guint8) to,
                          .intention = (guint8) intention,
                          .attempt
                          = G_UNLIKELY (reverts) ? core->reverts[node] : core->attempts[node],
                          .time_us = 0,
                          .seq = 0,
                          .value = NULL };
}

static inline void
core_move_atom (Core *core, guint32 node, AtomEvent on, DutyKind duty)
{
  core_add_duty (core, duty, core_make_move (core, node, on));
}

/* Says in the journal what is meant to be done from here on with `node`; STORAGE_NO_ATOM: with all.
 */
static inline void
core_record_intention (Core *core, guint32 node, Intention intention)
{
  core_add_duty (core, DUTY_RECORD,
                 (StorageRecord){ .atom = node,
                                  .kind = STORAGE_RECORD_INTENTION,
                                  .from = 0,
                                  .to = 0,
                                  .intention = (guint8) intention,
                                  .attempt = 0,
                                  .time_us = 0,
                                  .seq = 0,
                                  .value = NULL });
}

/* A duty that nothing is recorded of. */
static inline void
core_add_order (Core *core, DutyKind kind, StorageRecord record)
{
  core->duties.is_special = TRUE;
  core_add_duty (core, kind, record);
}

G_END_DECLS
