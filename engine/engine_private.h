/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The layout of an Engine, shared by the files that make it up: engine.c (making it, asking it), prepare.c (from flow to a run that
 * can be driven), runner.c (the loop), duties.c (what the core asks for), binding.c (arguments), results.c (values), listener.c. */

#include "engine/core.h"
#include "engine/listeners.h"

#include <backflow/atoms/attempt.h>
#include <backflow/engine/engine.h>

G_BEGIN_DECLS

/* A value given from outside. source: (nullable) of a secret, where it came from. */
typedef struct
{
  char *symbol;
  GVariant *value;
  char *source;
} Injected;

/* What somebody asked for from outside, as bits of Engine.requests. */
enum
{
  REQUEST_SUSPEND = 1 << 0,
  REQUEST_CANCEL = 1 << 1,
};

/* The values of a run by node. Each array is made with the first value that it has to keep: a run of atoms that return
 * nothing keeps none. */
typedef struct
{
  GVariant **results;
  GVariant **revert_results;
  Failure **failures;
  Failure **revert_failures;
  gboolean has_any; /* one of the arrays was made */
} Values;

struct Engine
{
  Flow *flow;
  Plan *plan; /* (nullable) before compiling */
  Diagnostics *diagnostics;
  Core core; /* valid with `plan` */
  Values values;

  char *run_id;
  char *definition;
  char *definition_path;
  char **environment;
  char *log_dir;
  EngineFlags flags;

  Executor *executor;
  Port *port; /* (nullable) before the first run */
  Storage *storage;
  StorageRun *run;  /* (nullable) before the first run */
  guint32 *numbers; /* (nullable) number of the atom in the store by node; NULL: the node itself */
  gboolean needs_completion; /* the store wants times, or its own numbers */

  GArray *injected;           /* of Injected, in the order of injection */
  GVariant **injected_values; /* (nullable) by symbol of the plan, borrowed from `injected` */

  AttemptRun attempt_run;
  char *run_key;             /* of attempt_run */
  AtomicInt is_cancelled;    /* of attempt_run */
  GArray *attempt_failures; /* of AttemptFailure: what attempt_run.failures points into */
  VECTOR (Attempt *) in_flight;        /* that the executor has */
  VECTOR (Attempt *) idle;             /* for the next use */
  VECTOR (Attempt *) submitting;       /* of the duties being done */
  VECTOR (Attempt *) ended;            /* that ended without the executor: their arguments could not be had */
  Attempt **done;           /* room for what port_collect() gives back, `capacity` of them */
  guint capacity;
  VECTOR (CoreCompletion) completions; /* of the step being made */
  VECTOR (StorageRecord) records;      /* to be appended next */
  VECTOR (GVariant *) record_values;   /* what is made for records only, until they are appended */

  AtomicInt requests;
  AtomicInt is_driven;
  gboolean has_failed_store;

  Listeners listeners;
  gint64 time_us;     /* of the duties being done */

  EngineStatistics statistics;
};

/* prepare.c: makes the engine ready to be driven: compiled, validated, its run in the store, its port open, a REVERTED run reset. */
gboolean engine_prepare (Engine *engine, GError **error);

/* prepare.c: whether the store took all that it was given: after a failure nobody knows where the run stands, and nothing can be
 * done with it. FALSE with ENGINE_ERROR_STATE. */
gboolean engine_check_store (const Engine *engine, GError **error);

/* runner.c: one transition of the automaton with all that belongs to it. */
gboolean runner_step (Engine *engine, GError **error);

/* runner.c: transitions of the automaton up to where the runner has something to do. */
gboolean runner_advance (Engine *engine, GError **error);

/* duties.c: does what the core asked for, in its order. FALSE with a STORAGE_ERROR: then nothing that was not durable was done. */
gboolean duties_perform (Engine *engine, GError **error);

/* duties.c: takes in what was asked from outside. */
void duties_take_requests (Engine *engine);

/* duties.c: adds a record that the core knows nothing of, to be appended with the next ones; value: (transfer full) (nullable). */
void duties_add_record (Engine *engine, StorageRecordKind kind, guint32 node, guint8 to, guint32 attempt, GVariant *value);

/* duties.c: adds the record that `node` can't be reverted before `behind` is. */
void duties_add_waiting (Engine *engine, guint32 node, guint32 behind);

/* waiting.c: records what waits behind failed reverts, when a rollback could not undo everything. */
void waiting_record (Engine *engine);

/* binding.c: fills in the arguments of an attempt, with references. Returns: (transfer full) (nullable): why they can't be had. */
Failure *binding_fill (Engine *engine, Attempt *attempt);

/* binding.c: drops what binding_fill() filled in. */
void binding_drop (Engine *engine, Attempt *attempt);

/* results.c: keeps what an attempt made of it; turns a success that lacks what the atom provides into a failure. */
void results_keep (Engine *engine, Attempt *attempt);

/* results.c: the value that the `provided`-th symbol of the atom of `node` has. Returns: (transfer full) (nullable). */
GVariant *results_find_provided (Engine *engine, guint32 node, guint provided);

/* results.c: forgets all values and failures. */
void results_clear (Engine *engine);

/* Fills in what every event of this engine says, and tells it. */
void engine_tell (Engine *engine, ListenerEvent event);

static inline gboolean
engine_is_heard (const Engine *engine, ListenerMask kind)
{
  return listeners_hear (&engine->listeners, kind);
}

G_END_DECLS
