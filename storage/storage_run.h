/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* StorageRun: one run of a store, opened: its header, its atoms and its journal (storage/record.h).
 * It is made by storage_create_run(), storage_take_run() or storage_open_run(), owned by whoever
 * called, holds a reference to its store, and is used by the thread that uses the store. Only a run
 * that was created or taken is owned and takes records.
 */

#include <backflow/atoms/atom.h>
#include <backflow/atoms/atom_options.h>
#include <backflow/storage/record.h>
#include <backflow/values/visibility.h>

G_BEGIN_DECLS

typedef struct StorageRun StorageRun;

/* What can be known of an owner from here. DEAD: its process is gone, or a zombie, or of an earlier
 * boot; so is nobody. On a local file system that is known on the whole host: an owner of a store
 * on disk holds a lock beside it, which is looked at. (A child that it forked, and that runs no
 * other program, keeps it: in another container than this one the owner counts as alive until that
 * has ended.) UNKNOWN: it is on another host, or in another container of this one and its lock
 * can't be looked at, or of a later version; it counts as alive. */
typedef enum
{
  STORAGE_OWNER_DEAD,
  STORAGE_OWNER_ALIVE,
  STORAGE_OWNER_UNKNOWN,
} StorageOwnerLife;

/* The header of a run. Strings borrowed from the run, the listing or the caller.
 * definition: (nullable) the text of the flow file; always NULL in a listing. definition_path:
 * (nullable) where it was. state: of the flow, as of the last FLOW record. updated_us: when that
 * was. owner: (nullable) who has it: "HOST BOOT-ID PID START-TIME NAMESPACE LOCK"; NULL: nobody, or
 * a store in memory, which only this process has. owner_life: what was known of it when the header
 * was read. token: the fencing token, grows with each owner. */
typedef struct
{
  const char *id;
  const char *flow;
  guint16 version_major;
  guint16 version_minor;
  const char *definition;
  const char *definition_path;
  gint64 created_us;
  gint64 updated_us;
  FlowState state;
  const char *owner;
  StorageOwnerLife owner_life;
  guint64 token;
} StorageRunInfo;

/* An atom of a run: its number is its place in the list. flow: the flow it belongs to. */
typedef struct
{
  const char *name;
  const char *flow;
  AtomKind kind;
  gboolean has_revert;
  AtomEffects effects;
} StorageAtom;

/* The content of a new run, beside its header. atoms: (nullable) `n_atoms` of them; may be NULL
 * where storage_has_atoms() says no. records: (nullable) the first `n_records` of its journal. */
typedef struct
{
  const StorageAtom *atoms;
  guint n_atoms;
  const StorageRecord *records;
  guint n_records;
} StorageRunContent;

/* Called for each record; FALSE stops. The record is valid during the call only. The store may be
 * used in the call, but nothing appended to the run that is read. */
typedef gboolean (*StorageRecordFunc) (const StorageRecord *record, gpointer user_data);

/* Appends records in one transaction: when it returns TRUE they are as durable as the store
 * promises; after FALSE none of them is in the store, and the same may be appended again. (When the
 * process ends before anything else is appended, a batch whose last write failed may still turn up,
 * whole: a disk that reports an error need not have forgotten.) Only for a run that is owned. FALSE
 * with STORAGE_ERROR_FENCED, _FULL, _BUSY, _PERMISSION, _CORRUPT or _IO. */
BACKFLOW_PUBLIC gboolean storage_run_append (StorageRun *run, const StorageRecord *records,
                                             guint count, GError **error);

/* Adds `n_atoms` atoms behind the last of a run that is owned: their numbers follow on those that
 * it has. In one transaction, as storage_run_append(), and with the same errors. atoms: copied;
 * (nullable) where the store forgets them (storage_has_atoms()). What storage_run_get_atoms()
 * returned before is no longer valid, in a store in memory that of other handles neither. */
BACKFLOW_PUBLIC gboolean storage_run_add_atoms (StorageRun *run, const StorageAtom *atoms,
                                                guint n_atoms, GError **error);

/* Calls `func` for each record in order. FALSE with STORAGE_ERROR_CORRUPT (the message names the
 * record), _BUSY or _IO. */
BACKFLOW_PUBLIC gboolean storage_run_foreach (StorageRun *run, StorageRecordFunc func,
                                              gpointer user_data, GError **error);

/* Calls `func` for the records from number `first` on, as storage_run_foreach(), so that a reader
 * that has read to a record goes on behind it. (STORAGE_MEMORY_CURRENT numbers its records anew at
 * each reading.) */
BACKFLOW_PUBLIC gboolean storage_run_foreach_from (StorageRun *run, guint64 first,
                                                   StorageRecordFunc func, gpointer user_data,
                                                   GError **error);

/* The header as of opening, or of the last append; borrowed. */
BACKFLOW_PUBLIC const StorageRunInfo *storage_run_get_info (StorageRun *run);

/* The atoms, borrowed from the run, `count` of them. (nullable): NULL and 0 where the store forgets
 * them (storage_has_atoms()), and perhaps on what storage_create_run() returned: its caller has the
 * list. */
BACKFLOW_PUBLIC const StorageAtom *storage_run_get_atoms (StorageRun *run, guint *count);

/* The number of atoms, which every store knows. */
BACKFLOW_PUBLIC guint storage_run_get_n_atoms (StorageRun *run);

/* Gives an owned run up (its owner is cleared) and frees it; NULL is fine. Errors in giving up are
 * dropped: the same Storage may take it again all the same, and others find its owner dead, at once
 * where it had a lock, else once this process is. */
BACKFLOW_PUBLIC void storage_run_close (StorageRun *run);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (StorageRun, storage_run_close)

G_END_DECLS
