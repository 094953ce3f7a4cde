/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The layout of an Engine, shared by the files that make it up: engine.c (making it, asking it),
 * prepare.c (from flow to a run that can be driven), drive.c (who drives it), resume.c (a run of a
 * former life), resolve.c (what people say), watch.c (what other processes ask), listeners.c (who
 * is told); those that loop.h, values.h and policies.h name do the work. */

#include "engine/core/core.h"
#include "engine/listeners.h"
#include "engine/loop.h"
#include "engine/policies.h"
#include "engine/values.h"

#include <pthread.h>

#include <backflow/atoms/attempt.h>
#include <backflow/engine/engine.h>

G_BEGIN_DECLS

/* The only key of the object that the journal has in place of a secret: where that came from. No
 * value may be one. */
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

/* What attempts report of their progress, see engine/progress.c. */
typedef struct Reports Reports;

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
  char *run_key;                 /* of attempt_run */
  AtomicInt is_cancelled;        /* of attempt_run */
  GArray *attempt_failures;      /* of AttemptFailure: what attempt_run.failures points into */
  VECTOR (Attempt *) in_flight;  /* that the executor has */
  VECTOR (Attempt *) idle;       /* for the next use */
  VECTOR (Attempt *) submitting; /* of the duties being done */
  VECTOR (Attempt *) ended; /* that ended without the executor: their arguments could not be had */
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

  RetryHistory *histories; /* (nullable) by place in Plan.controllers */
  GHashTable *doomed;      /* (nullable) by node: why its start fails */
  GHashTable
      *revert_tries; /* (nullable) by node: how often its revert has failed since it last worked */
  gint64 *flow_starts; /* (nullable) by flow: when the first of it was started in this life, of the
                          epoch; 0: not yet */
  gint64 clock_us;     /* what the monotonic clock is behind the epoch */

  VECTOR (guint32) revert_failed; /* nodes, in the order in which their reverts failed */
  GHashTable *metadata;           /* (nullable) by node: values by key */
  Reports *reports;               /* (nullable) before the first run */
  AtomicInt has_reports;          /* other threads have left some in `reports` */
  gboolean has_progress;          /* an attempt has reported something */

  Listeners listeners;
  gint64 time_us; /* of the duties being done */

  EngineStatistics statistics;
};

/* prepare.c: makes the engine ready to be driven: compiled, validated, its run in the store, its
 * port open, a REVERTED run reset. */
gboolean engine_prepare (Engine *engine, GError **error);

/* prepare.c: the run is there, made or taken over: what is derived from its header. */
void engine_adopt_run (Engine *engine);

/* prepare.c: what the store is told of the atom of `node`; strings borrowed. */
StorageAtom engine_describe_atom (const Engine *engine, guint32 node);

/* engine.c: keeps an injected value; consumes all three. value: (nullable) a secret that is not
 * known yet. */
void engine_keep_injected (Engine *engine, char *symbol, GVariant *value, char *source);

/* drive.c: an engine is driven by one at a time. FALSE with ENGINE_ERROR_BUSY. */
gboolean engine_take_drive (Engine *engine, GError **error);
void engine_leave_drive (Engine *engine);

/* prepare.c: whether the store took all that it was given: after a failure nobody knows where the
 * run stands, and nothing can be done with it. FALSE with ENGINE_ERROR_STATE. */
gboolean engine_check_store (const Engine *engine, GError **error);

/* The time in microseconds of the epoch, which never goes back while the engine lives. */
static inline gint64
engine_get_now (const Engine *engine)
{
  return g_get_monotonic_time () + engine->clock_us;
}

/* watch.c: why somebody asked for that, once. Returns: (transfer full) (nullable). */
char *engine_steal_reason (Engine *engine, StorageRequest request);

/* watch.c: nobody looks for requests any more. */
void engine_stop_watch (Engine *engine);

/* Fills in what every event of this engine says, and tells it. */
void engine_tell (Engine *engine, ListenerEvent event);

/* The same of an atom, whose name, kind and flow are filled in too. */
void engine_tell_of (Engine *engine, guint32 node, ListenerEvent event);

static inline gboolean
engine_is_heard (const Engine *engine, ListenerMask kind)
{
  return listeners_hear (&engine->listeners, kind);
}

G_END_DECLS
