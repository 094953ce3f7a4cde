/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the parts of the memory store share: memory.c has the store and its runs, memory_log.c what
 * a run keeps of its records, memory_requests.c what was asked of its owner. A log belongs to the
 * store and lives as long as it; handles of runs borrow it.
 */

#include <backflow/storage/storage_backend.h>

#include "storage/atom_list.h"

G_BEGIN_DECLS

/* One run. records: of StorageRecord, with a reference to each value; seq is not filled in.
 * current: (nullable) with STORAGE_MEMORY_CURRENT, a word an atom, see memory_log.c. progress:
 * (nullable) with STORAGE_MEMORY_CURRENT, one more than the place in `records` of the PROGRESS that
 * is an atom's last record. is_owned: some handle may append. requests: those made of the present
 * owner; n_requests: of all owners. */
typedef struct
{
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

/* no: from 1, over all owners of the run. reason: (nullable). */
typedef struct
{
  guint64 no;
  StorageRequest request;
  char *reason;
} MemoryRequest;

/* A handle of a run. */
typedef struct
{
  StorageRun base;
  MemoryLog *log;
} MemoryRun;

/* Makes the log of a run with copies of the header and, when they are to be kept, the atoms.
 * Returns: (transfer full). */
MemoryLog *memory_log_new (const StorageRunInfo *info, const StorageAtom *atoms, guint n_atoms,
                           StorageMemory keeps);

/* Frees the log. */
void memory_log_free (MemoryLog *log);

/* Makes the empty list of requests. Returns: (transfer full). */
GPtrArray *memory_requests_new (void);

/* Adds a request; reason: (nullable). */
void memory_requests_add (MemoryLog *log, StorageRequest request, const char *reason);

/* The slot `poll_requests`, for the run of the log. */
void memory_requests_poll (const MemoryLog *log, guint64 *seen, StorageRequestFunc func,
                           gpointer user_data);

/* The slots `add_atoms`, `append` and `foreach_record` of either kind. */
gboolean memory_log_add_atoms (StorageRun *run, const StorageAtom *atoms, guint count,
                               GError **error);
gboolean memory_log_append_journal (StorageRun *run, const StorageRecord *records, guint count,
                                    GError **error);
gboolean memory_log_append_current (StorageRun *run, const StorageRecord *records, guint count,
                                    GError **error);
gboolean memory_log_foreach (StorageRun *run, StorageRecordFunc func, gpointer user_data,
                             GError **error);

G_END_DECLS
