/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Core: the step core of the engine. Events go in, duties come out, in the order in which they must
 * be done: what is to be made durable, what is then to be started, stopped and told. The core does
 * no I/O, reads no clock, draws no random number, takes no lock and calls nobody, so a run is a
 * list of events: it can be replayed, simulated and searched. A core has one owner.
 *
 * Readiness is counting: `hold` of a node is how many predecessors still hold it back from
 * executing; where a rollback goes on, how many successors still hold it back from reverting. A
 * node without work of its own (entries and ends of flows, ignored atoms) passes the count through.
 * A transition costs its edges, a rollback the nodes that it is about: of the whole run, or of the
 * flow of one retry controller.
 *
 * What the core can't know it asks: core_next_question(). Questions are answered before it is
 * stepped again.
 */

#include "engine/core/answers.h"
#include "engine/core/core_ends.h"
#include "engine/core/core_leftovers.h"
#include "engine/core/core_moves.h"
#include "engine/core/core_requests.h"
#include "engine/core/core_timers.h"
#include "engine/core/ignore.h"
#include "engine/core/restore.h"

G_BEGIN_DECLS

/* Makes the state of a run that has not begun. plan: borrowed. */
void core_init (Core *core, const Plan *plan, EngineFlags flags);

/* Frees what the core holds. */
void core_clear (Core *core);

/* Makes one transition of the automaton, from the state that the core is in. capacity: how many
 * attempts may be in flight together. completions: attempts that have ended, only in WAITING.
 * Returns: the state entered. */
EngineState core_step (Core *core, guint capacity, const CoreCompletion *completions,
                       guint n_completions);

/* Makes transitions until the runner has something to do: until the core waits, asks, or is at an
 * end. As core_step() otherwise. */
EngineState core_advance (Core *core, guint capacity, const CoreCompletion *completions,
                          guint n_completions);

/* Puts a run that is SUCCESS or REVERTED back to its beginning: atoms first, then the flow. */
void core_reset (Core *core);

/* The way from WAITING through ANALYZING and SCHEDULING back to WAITING in one, for the plainest
 * case: the only attempt in flight, of `node`, has succeeded, nobody asked for anything, nothing
 * has deciders, and one attempt at a time may be in flight. Instead of duties it fills in the
 * records: the end of `node`, and the start of the next atom when there is one ready. Returns: that
 * atom, or PLAN_NO_NODE; then only the first record was made. */
guint32 core_pass_on (Core *core, guint32 node, StorageRecord records[2]);

/* Whether an intent that became durable may be acted on: not when somebody asked for something in
 * between. */
static inline gboolean
core_may_start (const Core *core, guint32 node)
{
  return !mode_is_suspending (&core->mode) && !mode_is_stuck (&core->mode)
         && (!mode_is_rolling_back (&core->mode) || core->states[node] == ATOM_STATE_REVERTING);
}

/* The same of an attempt of a former life: to find out what became of it is never wrong. */
static inline gboolean
core_may_take_up (const Core *core, guint32 node, gboolean is_probe)
{
  return core_may_start (core, node)
         || (is_probe && !mode_is_suspending (&core->mode) && !mode_is_stuck (&core->mode));
}

G_END_DECLS
