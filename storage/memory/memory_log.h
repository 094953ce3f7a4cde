/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* MemoryLog: one run of a store in memory: its header, its atoms and its records. The store
 * and each handle of the run have a reference: a run that was removed stays readable through the
 * handles that are open. One thread.
 */

#include <backflow/storage/storage_backend.h>

#include "storage/atom_list.h"

G_BEGIN_DECLS

/* One run. records: of StorageRecord, with a reference to each value; seq is not filled in.
 * current: (nullable) with STORAGE_MEMORY_CURRENT, a word an atom, see memory_log.c. progress:
 * (nullable) with STORAGE_MEMORY_CURRENT, one more than the place in `records` of the PROGRESS that
 * is an atom's last record. is_owned: a handle exists that may append. requests: those to the
 * present owner; n_requests: the number of requests to all owners. */
typedef struct
{
  int ref_count;
  StorageRunInfo info;
  GStringChunk *strings;
  AtomList *atoms; /* (nullable) */
  GArray *records;
  guint32 *current;
  GHashTable *progress;
  guint n_atoms;
  gboolean is_owned;
  GPtrArray *requests; /* of MemoryRequest */
  guint64 n_requests;
} MemoryLog;

/* A handle of a run. */
typedef struct
{
  StorageRun base;
  MemoryLog *log;
} MemoryRun;

/* Makes the log of a run with copies of the header and, when they are to be kept, the atoms;
 * the records are the caller's to append.
 * requests: (transfer full). Returns: (transfer full). */
MemoryLog *memory_log_new (const StorageRunInfo *info, const StorageRunContent *content,
                           StorageMemory keeps, GPtrArray *requests);

/* Takes a reference. Returns: (transfer full). */
MemoryLog *memory_log_ref (MemoryLog *log);

/* Drops a reference; the last one frees the log. */
void memory_log_unref (MemoryLog *log);

/* The slots `add_atoms`, `append` and `foreach_record` of either kind. */
gboolean memory_log_add_atoms (StorageRun *run, const StorageAtom *atoms, guint count,
                               GError **error);
gboolean memory_log_append_journal (StorageRun *run, const StorageRecord *records, guint count,
                                    GError **error);
gboolean memory_log_append_current (StorageRun *run, const StorageRecord *records, guint count,
                                    GError **error);
gboolean memory_log_foreach (StorageRun *run, guint64 first, StorageRecordFunc func,
                             gpointer user_data, GError **error);

G_END_DECLS
