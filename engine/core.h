/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Core: the step core of the engine. Events go in, duties come out, in the order in which they must be done: what is to be made
 * durable, what is then to be started, stopped and told. The core does no I/O, reads no clock, draws no random number, takes
 * no lock and calls nobody, so a run is a list of events: it can be replayed, simulated and searched. A core has one owner.
 *
 * Readiness is counting: `hold` of a node is how many predecessors still hold it back from executing; while a rollback goes on, how
 * many successors still hold it back from reverting. A node without work of its own (entries and ends of flows, ignored atoms)
 * passes the count through. A transition costs its edges.
 */

#include "engine/plan_private.h"
#include "engine/ready.h"
#include "engine/transitions.h"
#include "engine/vector.h"

#include <backflow/storage/record.h>

G_BEGIN_DECLS

/* What the runner has to do. All records of a list are made durable before anything else of it is done; then the list is gone
 * through in order.
 * MOVE: an atom went from one state to another: make it durable, then tell it.
 * START: as MOVE, to RUNNING or REVERTING; once it is durable hand the attempt to the executor, then tell it.
 * TAKE_BACK: as MOVE, but the intent was never acted on and nobody was told of it, so nobody is told of this.
 * FLOW: the flow went from one state to another: make it durable, then tell it.
 * CANCEL: ask the running attempt of the atom to stop. */
typedef enum
{
  DUTY_MOVE,
  DUTY_START,
  DUTY_TAKE_BACK,
  DUTY_FLOW,
  DUTY_CANCEL,
} DutyKind;

/* The duties, in their order. What is to be made durable is written as the record that the store will be given, so that the
 * cheapest store takes it as it is: records[i].atom is the node (0 for FLOW and CANCEL). The runner fills in time and value, and
 * the store's own number of the atom where that differs. */
typedef struct
{
  StorageRecord *records;
  guint8 *kinds; /* DutyKind */
  guint length;
  guint size;
} Duties;

/* How an attempt ended. */
typedef enum
{
  CORE_OUTCOME_SUCCESS,
  CORE_OUTCOME_FAILURE,
  CORE_OUTCOME_NOT_STARTED,
} CoreOutcome;

/* What may be known of an ended attempt. */
typedef struct
{
  guint32 node;
  CoreOutcome outcome;
} CoreCompletion;

typedef struct
{
  const Plan *plan;
  EngineFlags flags;
  EngineState state;
  FlowState flow_state;

  guint8 *states;    /* AtomState by node; of entries and ends: SUCCESS when passed */
  guint32 *hold;     /* by node, see above */
  guint32 *attempts; /* executes begun by node, over all lives */
  guint32 *reverts;  /* (nullable) reverts begun by node, over all lives; made with the first rollback */
  ReadySet ready;    /* ranks of atoms that may execute, or while rolling back revert */

  VECTOR (guint32) running; /* nodes with an attempt in flight */
  VECTOR (guint32) failed;  /* atoms whose execute failed in this life, in order */
  VECTOR (guint32) stack;   /* scratch of the walks */
  Duties duties;            /* to be done by the runner, who empties them */
  guint32 high;      /* no node above this one was ever started in this life */
  guint64 counts;    /* two sums over all atoms: core_get_n_settled(), core_get_n_effects() */
  gboolean is_rolling_back;
  gboolean is_suspending;
  gboolean is_cancelled;
  gboolean is_stuck; /* a failure that nobody resolves (NEVER_RESOLVE) */
} Core;

/* Makes the state of a run that has not begun. plan: borrowed. */
void core_init (Core *core, const Plan *plan, EngineFlags flags);

/* Frees what the core holds. */
void core_clear (Core *core);

/* Makes one transition of the automaton, from the state that the core is in. capacity: how many attempts may be in flight together.
 * completions: attempts that have ended, only in WAITING. Returns: the state entered. */
EngineState core_step (Core *core, guint capacity, const CoreCompletion *completions, guint n_completions);

/* Somebody asks to suspend: what runs ends, nothing is started. */
void core_suspend (Core *core);

/* Somebody asks to cancel: what executes is asked to stop, and everything is rolled back. */
void core_cancel (Core *core);

/* An intent that became durable was not acted on and will not be: because of a request that came in between. */
void core_take_back (Core *core, guint32 node);

/* Whether an intent that became durable may be acted on: not when somebody asked for something in between. */
static inline gboolean
core_may_start (const Core *core, guint32 node)
{
  return !core->is_suspending && (!core->is_rolling_back || core->states[node] == ATOM_STATE_REVERTING);
}

/* Puts a run that is SUCCESS or REVERTED back to its beginning: atoms first, then the flow. */
void core_reset (Core *core);

/* Makes transitions until the runner has something to do: until the core waits, or is at an end. As core_step() otherwise. */
EngineState core_advance (Core *core, guint capacity, const CoreCompletion *completions, guint n_completions);

/* The way from WAITING through ANALYZING and SCHEDULING back to WAITING in one, for the plainest case: the only attempt in
 * flight, of `node`, has succeeded, nobody asked for anything, and one attempt at a time may be in flight. Instead of duties
 * it fills in the records: the end of `node`, and the start of the next atom when there is one ready.
 * Returns: that atom, or PLAN_NO_NODE; then only the first record was made. */
guint32 core_pass_on (Core *core, guint32 node, StorageRecord records[2]);

/* How many atoms are SUCCESS or IGNORE. */
static inline guint32
core_get_n_settled (const Core *core)
{
  return (guint32) (core->counts >> 32);
}

/* How many atoms may have an effect in the world: RUNNING, SUCCESS, FAILURE, REVERTING, REVERT_FAILURE. */
static inline guint32
core_get_n_effects (const Core *core)
{
  return (guint32) core->counts;
}

/* What the core means to do with an atom. */
static inline Intention
core_get_intention (const Core *core, guint32 node)
{
  if (core->is_rolling_back)
    return INTENTION_REVERT;
  return core->states[node] == ATOM_STATE_IGNORE ? INTENTION_IGNORE : INTENTION_EXECUTE;
}

G_END_DECLS
