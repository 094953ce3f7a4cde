/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The layout of an Engine, shared by the files that make it up: engine.c (making it, asking it), prepare.c (from flow to a run that
 * can be driven), runner.c (the loop), duties.c (what the core asks for), binding.c (arguments), results.c (values), listener.c. */

#include "engine/core.h"
#include "engine/listeners.h"

#include <pthread.h>

#include <backflow/atoms/attempt.h>
#include <backflow/engine/engine.h>

G_BEGIN_DECLS

/* The only key of the object that the journal has in place of a secret: where that came from. No value may be one. */
#define ENGINE_SECRET_KEY "$secret"

/* The domain of the failure of an execute that was never called. No atom can fail with it. */
#define ENGINE_NOT_STARTED "not-started"

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
  REQUEST_KEEP = 1 << 2,
};

/* The thread that looks for what other processes ask, see engine/watch.c. */
typedef struct Watch Watch;

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
  char *directory;
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
  pthread_mutex_t reasons_mutex;
  char *reasons[STORAGE_REQUEST_COUNT]; /* (nullable) why, of `requests` */
  Watch *watch;                         /* (nullable) */
  AtomicInt is_driven;
  gboolean has_failed_store;

  RetryHistory *histories;  /* (nullable) by place in Plan.controllers */
  GHashTable *doomed;       /* (nullable) by node: why its start fails */
  GHashTable *revert_tries; /* (nullable) by node: how often its revert has failed since it last worked */
  gint64 *flow_starts;      /* (nullable) by flow: when the first of it was started in this life, of the epoch; 0: not yet */
  gint64 clock_us;          /* what the monotonic clock is behind the epoch */

  VECTOR (guint32) revert_failed; /* nodes, in the order in which their reverts failed */
  GHashTable *metadata;     /* (nullable) by node: values by key */
  GHashTable *progress;     /* (nullable) by node: the latest report */
  GAsyncQueue *reports;     /* of other threads */
  AtomicInt has_reports;
  GThread *thread;          /* that drives the engine */
  gint64 progress_kept_us;

  Listeners listeners;
  gint64 time_us;     /* of the duties being done */

  EngineStatistics statistics;
};

/* prepare.c: makes the engine ready to be driven: compiled, validated, its run in the store, its port open, a REVERTED run reset. */
gboolean engine_prepare (Engine *engine, GError **error);

/* prepare.c: the run is there, made or taken over: what is derived from its header. */
void engine_adopt_run (Engine *engine);

/* engine.c: keeps an injected value; consumes all three. value: (nullable) a secret that is not known yet. */
void engine_keep_injected (Engine *engine, char *symbol, GVariant *value, char *source);

/* drive.c: an engine is driven by one at a time. FALSE with ENGINE_ERROR_BUSY. */
gboolean engine_take_drive (Engine *engine, GError **error);
void engine_leave_drive (Engine *engine);

/* prepare.c: whether the store took all that it was given: after a failure nobody knows where the run stands, and nothing can be
 * done with it. FALSE with ENGINE_ERROR_STATE. */
gboolean engine_check_store (const Engine *engine, GError **error);

/* runner.c: one transition of the automaton with all that belongs to it. */
gboolean runner_step (Engine *engine, GError **error);

/* runner.c: transitions of the automaton up to where the runner has something to do. */
gboolean runner_advance (Engine *engine, GError **error);

/* policy.c: answers what the core asks. */
void policy_answer (Engine *engine);

/* policy.c: what the controller of a node remembers of this life. */
RetryHistory *policy_get_history (Engine *engine, guint32 retry);

/* policy.c: a controller was asked about the failure of a node. */
void policy_remember (Engine *engine, guint32 retry, guint32 failed);

/* policy.c: forgets what all controllers remember, and what else is known of this life. */
void policy_forget (Engine *engine);

/* policy.c: takes in that an attempt of `node` has ended. */
void policy_note_end (Engine *engine, const Attempt *attempt);

/* policy.c: why the attempt can't be started (nullable) (transfer full): a decider could not decide. */
Failure *policy_take_doom (Engine *engine, guint32 node);

/* deciding.c: asks the deciders of `node`; the answer is for core_answer_decide(). FALSE with `failure` (transfer full). */
gboolean decider_evaluate (Engine *engine, guint32 node, gboolean *is_taken, FlowDepth *depth, gboolean *is_step, Failure **failure);

/* The time in microseconds of the epoch, which never goes back while the engine lives. */
static inline gint64
engine_get_now (const Engine *engine)
{
  return g_get_monotonic_time () + engine->clock_us;
}

/* An attempt to be filled in; the memory of ended ones is used again. */
Attempt *duties_new_attempt (Engine *engine);

/* deadline.c: finds out whether flows have deadlines. */
void deadline_prepare (Engine *engine);

/* deadline.c: when what executes in `node` must have ended, by the monotonic clock, and because of which flow; 0: never. */
gint64 deadline_find (const Engine *engine, guint32 node, const char **flow);

/* deadline.c: whether the time of the flow of a controller, or of one around it, is over. */
gboolean deadline_is_over (const Engine *engine, guint32 retry);

/* deadline.c: an execute of `node` was started at `time_us` of the epoch. */
void deadline_note_start (Engine *engine, guint32 node, gint64 time_us);

/* duties.c: does what the core asked for, in its order. FALSE with a STORAGE_ERROR: then nothing that was not durable was done. */
gboolean duties_perform (Engine *engine, GError **error);

/* duties.c: takes in what was asked from outside. */
void duties_take_requests (Engine *engine);

/* duties.c: adds a record that the core knows nothing of, to be appended with the next ones; value: (transfer full) (nullable). */
void duties_add_record (Engine *engine, StorageRecordKind kind, guint32 node, guint8 to, guint32 attempt, GVariant *value);

/* duties.c: appends what was added by hand. FALSE with a STORAGE_ERROR: then it is appended with what comes next. */
gboolean duties_append_added (Engine *engine, GError **error);

/* progress.c: attempts are taken reports from; on the thread that will drive the engine. */
void progress_prepare (Engine *engine);

/* progress.c: takes in what was reported on other threads. */
void progress_collect (Engine *engine);

/* progress.c: keeps reports in the store, now and then. */
void progress_keep_now (Engine *engine);

/* progress.c: the last report of an attempt that has ended is kept. */
void progress_end (Engine *engine, const Attempt *attempt);

/* progress.c: frees all that is known. */
void progress_clear (Engine *engine);

/* metadata.c: what the journal says of `node` (STORAGE_NO_ATOM: the run): `(sv)`. */
void metadata_restore (Engine *engine, guint32 node, GVariant *record);

/* duties.c: adds the record that `node` can't be reverted before `behind` is. */
void duties_add_waiting (Engine *engine, guint32 node, guint32 behind);

/* watch.c: why somebody asked for that, once. Returns: (transfer full) (nullable). */
char *engine_steal_reason (Engine *engine, StorageRequest request);

/* watch.c: nobody looks for requests any more. */
void engine_stop_watch (Engine *engine);

/* waiting.c: records what waits behind failed reverts, when a rollback could not undo everything. */
void waiting_record (Engine *engine);

/* binding.c: fills in the arguments of an attempt, with references. Returns: (transfer full) (nullable): why they can't be had. */
Failure *binding_fill (Engine *engine, Attempt *attempt);

/* binding.c: the value of an argument of `node`, or of a condition that holds it back. Returns: (transfer full) (nullable). */
GVariant *binding_find_value (Engine *engine, guint32 node, const PlanArgument *binding);

/* binding.c: drops what binding_fill() filled in. */
void binding_drop (Engine *engine, Attempt *attempt);

/* results.c: keeps what an attempt made of it; turns a success that lacks what the atom provides into a failure. */
void results_keep (Engine *engine, Attempt *attempt);

/* results.c: the value that the `provided`-th symbol of the atom of `node` has. Returns: (transfer full) (nullable). */
GVariant *results_find_provided (Engine *engine, guint32 node, guint provided);

/* results.c: an execute counts as failed though nobody saw its end; failure: (transfer full). */
void results_set_failure (Engine *engine, guint32 node, Failure *failure);

/* results.c: an execute counts as done though nobody saw its end; result: (transfer full) (nullable). */
void results_set_result (Engine *engine, guint32 node, GVariant *result);

/* results.c: what a revert made of it; both (transfer full) (nullable). */
void results_set_revert (Engine *engine, guint32 node, GVariant *result, Failure *failure);

/* results.c: an atom is as if it had never run. */
void results_forget (Engine *engine, guint32 node);

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
