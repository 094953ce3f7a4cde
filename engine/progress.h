/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How far attempts say that they are. */

#include "engine/records.h"

#include <backflow/executors/executor.h>

#include <pthread.h>

G_BEGIN_DECLS

/* What an attempt has reported. is_kept: it is in the store, or among what is appended next. */
typedef struct
{
  guint32 node;
  guint32 attempt;
  AtomAction action;
  double fraction;
  GVariant *details; /* (nullable) */
  gboolean is_kept;
} Progress;

/* The reports of a run: a part of the Engine. `mutex` protects `incoming`; all else belongs to the
 * engine's thread. */
typedef struct
{
  pthread_t thread;           /* that drives the engine */
  GHashTable *latest;         /* of Progress, by node */
  VECTOR (Progress *) unkept; /* of `latest`; some may be kept by now */
  gint64 kept_us;             /* when they were last kept, by the monotonic clock */
  pthread_mutex_t mutex;
  VECTOR (Progress) incoming; /* of other threads */
  AtomicInt has_incoming;     /* other threads have left some in `incoming` */
  gboolean has_any;           /* an attempt has reported something */
  Port *port;                 /* (nullable) before the first run; borrowed, as all below */
  const Core *core;
  Journal *journal;
  Listeners *listeners;
} Reports;

void progress_init (Reports *reports);

/* Attempts are taken reports from; on the thread that will drive the engine. */
void progress_prepare (Reports *reports, Port *port, AttemptRun *run);

/* Takes in what was reported on other threads, and keeps what is due. */
void progress_collect (Reports *reports);

/* When there is something to be kept, by the monotonic clock; G_MAXINT64: nothing. */
gint64 progress_get_due (const Reports *reports);

/* The last report of an attempt that has ended is kept. */
void progress_end (Reports *reports, const Attempt *attempt);

/* Forgets the reports of a run that begins again. */
void progress_forget (Reports *reports);

/* Frees all that is known. */
void progress_clear (Reports *reports);

/* The last report of `node`; fraction, details: (out, optional), details (nullable) (transfer
 * full). FALSE when there was none in this life. */
gboolean progress_find (const Reports *reports, guint32 node, double *fraction, GVariant **details);

G_END_DECLS
