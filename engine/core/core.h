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

#include "engine/core/core_state.h"

G_BEGIN_DECLS

/* Makes the state of a run that has not begun. plan: borrowed. */
void core_init (Core *core, const Plan *plan, EngineFlags flags);

/* Frees what the core holds. */
void core_clear (Core *core);

/* Empties the duties. */
void core_clear_duties (Core *core);

/* Makes one transition of the automaton, from the state that the core is in. capacity: how many
 * attempts may be in flight together. completions: attempts that have ended, only in WAITING.
 * Returns: the state entered. */
EngineState core_step (Core *core, guint capacity, const CoreCompletion *completions,
                       guint n_completions);

/* Makes transitions until the runner has something to do: until the core waits, asks, or is at an
 * end. As core_step() otherwise. */
EngineState core_advance (Core *core, guint capacity, const CoreCompletion *completions,
                          guint n_completions);

/* Somebody asks to suspend: what runs ends, nothing is started. */
void core_suspend (Core *core);

/* Somebody asks to cancel: what executes is asked to stop; everything is rolled back, or kept as it
 * is then. */
void core_cancel (Core *core, gboolean keep);

/* An intent that became durable was not acted on and will not be: because of a request that came in
 * between. */
void core_take_back (Core *core, guint32 node);

/* A REPEAT or PROBE was not acted on, because of a request that came in between: what to make of it
 * is asked again. */
void core_give_back (Core *core, guint32 node);

/* Puts a run that is SUCCESS or REVERTED back to its beginning: atoms first, then the flow. */
void core_reset (Core *core);

/* Takes the next question out. Returns: whether there was one. */
gboolean core_next_question (Core *core, CoreQuestion *question);

/* Answers. wait_us, until_us: how long a RETRY waits, and until when; 0 for not at all. */
void core_answer_failure (Core *core, const CoreQuestion *question, RetryDecision decision,
                          gint64 wait_us, gint64 until_us);
void core_answer_revert (Core *core, const CoreQuestion *question, gboolean again, gint64 wait_us,
                         gint64 until_us);
void core_answer_decide (Core *core, const CoreQuestion *question, gboolean is_taken,
                         FlowDepth depth, gboolean is_step);
/* The deciders of `question` could not decide: an atom of what they hold back starts, to fail.
 * Returns: it, PLAN_NO_NODE when there is none; then it goes on as if they had said yes. One that a
 * former life has started has failed already. */
guint32 core_answer_undecided (Core *core, const CoreQuestion *question);
void core_answer_unknown (Core *core, const CoreQuestion *question, CoreUnknown what);

/* Whether an interrupted attempt counts as failed when it is to be repeated: to execute something
 * once more only to revert it makes no sense, and a run that is to be kept as it is starts nothing.
 */
gboolean core_counts_as_failed (const Core *core, guint32 node);

/* The time is `now_us`: who waited until then goes on. */
void core_set_time (Core *core, gint64 now_us);

/* When the next one goes on, or before that; G_MAXINT64 when nobody waits for a time, or the run
 * does not go on anyway. */
gint64 core_get_due (const Core *core);

/* The next record of the journal of a former life, with the node as its atom; to a core that was
 * just made. */
void core_apply (Core *core, const StorageRecord *record);

/* All records of the journal were applied: finds out what is ready, and what was interrupted. */
void core_rebuild (Core *core);

/* Whether that can be said of an atom in its state. */
gboolean core_can_resolve (const Core *core, guint32 node, StorageResolution resolution);

/* Somebody says what to make of an atom, in a run that is at an end or was just restored; it then
 * goes on from UNDEFINED. Returns: whether that can be said of an atom in its state; nothing is
 * changed otherwise. */
gboolean core_resolve (Core *core, guint32 node, StorageResolution resolution);

/* Whether a former life has left an attempt of the node behind that nobody has taken up. */
gboolean core_is_left (const Core *core, guint32 node);

/* Somebody asks to undo a run that is SUCCESS or FAILURE; it then goes on from UNDEFINED. */
void core_undo (Core *core);

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
  return !core->is_suspending && !core->is_stuck
         && (!core->is_rolling_back || core->states[node] == ATOM_STATE_REVERTING);
}

/* The same of an attempt of a former life: to find out what became of it is never wrong. */
static inline gboolean
core_may_take_up (const Core *core, guint32 node, gboolean is_probe)
{
  return core_may_start (core, node) || (is_probe && !core->is_suspending && !core->is_stuck);
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

G_END_DECLS
