/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the two halves of the memory store share: memory.c has the store and its runs, memory_log.c what a run keeps of its
 * records. A log belongs to the store and lives as long as it; handles of runs borrow it.
 */

#include <backflow/storage/storage_backend.h>

#include "storage/atom_list.h"

G_BEGIN_DECLS

/* One run. records: of StorageRecord, with a reference to each value; seq is not filled in.
 * current: (nullable) with STORAGE_MEMORY_CURRENT, a word an atom, see memory_log.c. */
typedef struct
{
  StorageRunInfo info;
  GStringChunk *strings;
  AtomList *atoms; /* (nullable) */
  GArray *records;
  guint32 *current;
  guint n_atoms;
} MemoryLog;

/* A handle of a run. */
typedef struct
{
  StorageRun base;
  MemoryLog *log;
} MemoryRun;

/* Makes the log of a run with copies of the header and, when they are to be kept, the atoms. Returns: (transfer full). */
MemoryLog *memory_log_new (const StorageRunInfo *info, const StorageAtom *atoms, guint n_atoms,
                           StorageMemory keeps);

/* Frees the log. */
void memory_log_free (MemoryLog *log);

/* The slots `append` and `foreach_record` of either kind. */
gboolean memory_log_append_journal (StorageRun *run, const StorageRecord *records, guint count,
                                    GError **error);
gboolean memory_log_append_current (StorageRun *run, const StorageRecord *records, guint count,
                                    GError **error);
gboolean memory_log_foreach (StorageRun *run, StorageRecordFunc func, gpointer user_data,
                             GError **error);

G_END_DECLS
