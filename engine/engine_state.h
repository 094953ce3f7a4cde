/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The state of an Engine, for the files of engine/ alone. */

#include "engine/core/core.h"
#include "engine/injected.h"
#include "engine/listeners.h"

#include <pthread.h>

#include <backflow/atoms/attempt.h>
#include <backflow/diagnostics/diagnostic.h>
#include <backflow/engine/engine_error.h>
#include <backflow/engine/engine_types.h>

G_BEGIN_DECLS

/* The values of a run by node. Each array is made with the first value that it has to keep: a run
 * of atoms that return nothing keeps none. */
typedef struct
{
  GVariant **results;
  GVariant **revert_results;
  Failure **failures;
  Failure **revert_failures;
  gboolean has_any; /* one of the arrays was made */
} Values;

/* The domain of the failure of an execute that was never called. No atom can fail with it. */
#define ENGINE_NOT_STARTED "not-started"

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

  InjectedValues injected;

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

  EngineStatistics statistics;
};

/* The time in microseconds of the epoch, which never goes back while the engine lives. */
static inline gint64
engine_get_now (const Engine *engine)
{
  return g_get_monotonic_time () + engine->clock_us;
}

G_END_DECLS
