/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What an engine writes into the journal of its run. */

#include "engine/clock_private.h"
#include "engine/listeners.h"
#include "engine/results.h"

#include <backflow/engine/engine_types.h>
#include <backflow/storage/storage_run.h>

G_BEGIN_DECLS

/* The journal of a run: a part of the Engine, on its thread. */
typedef struct
{
  Storage *storage;
  StorageRun *run;  /* (nullable) before the first run */
  guint32 *numbers; /* (nullable) number of the atom in the store by node; NULL: the node itself */
  gboolean needs_completion;      /* the store wants times, or its own numbers */
  gboolean has_failed;            /* the store did not take a record */
  VECTOR (StorageRecord) records; /* to be appended next */
  VECTOR (GVariant *) values;     /* what is made for records only, until they are appended */
  const Core *core;               /* borrowed, as all below */
  const Values *values_of_run;
  Listeners *listeners;
  EngineStatistics *statistics;
  const RunClock *clock;
} Journal;

void records_clear (Journal *journal);

/* Whether the store took all that it was given: after a failure the state of the run is unknown,
 * and nothing can be done with it. FALSE with ENGINE_ERROR_STATE. */
gboolean records_check (const Journal *journal, GError **error);

/* Appends the records of the duties from `first` on, and those added by hand, in one
 * transaction. */
gboolean records_make_durable (Journal *journal, guint first, GError **error);

/* Adds a record that the core knows nothing of, to be appended with the next ones;
 * value: (transfer full) (nullable). */
void records_add (Journal *journal, StorageRecordKind kind, guint32 node, guint8 to,
                  guint32 attempt, GVariant *value);

/* Adds what people should know about an attempt of an atom, and tells it; text: valid
 * UTF-8. */
void records_add_note (Journal *journal, guint32 node, AtomAction action, guint32 attempt,
                       const char *text);

/* Adds what the probe that the attempt is has said. Returns: that. */
StorageProbe records_add_probe (Journal *journal, const Attempt *attempt);

/* Adds what an ended attempt left behind besides its outcome: its log and its note. */
void records_add_leavings (Journal *journal, const Attempt *attempt);

/* Adds that `node` can't be reverted before `behind` is. */
void records_add_waiting (Journal *journal, guint32 node, guint32 behind);

/* Makes the run in the store, in one transaction with the records that were added, which are
 * forgotten, whether it was made or not. Returns: (transfer full); NULL as storage_create_run(). */
StorageRun *records_create_run (Journal *journal, const StorageRunInfo *info,
                                StorageRunContent content, GError **error);

/* Appends what was added by hand. FALSE with a STORAGE_ERROR: then it is appended with
 * what comes next. */
gboolean records_append_added (Journal *journal, GError **error);

G_END_DECLS
