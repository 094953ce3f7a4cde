/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* SqliteStorage: what the parts of the SQLite store share. sqlite.c has the store and its list of
 * runs, sqlite_open.c opens it, sqlite_schema.c says what is in the file, sqlite_statements.c what
 * is asked of it, sqlite_run.c and sqlite_journal.c have one run, sqlite_owner.c says whose it is,
 * sqlite_requests.c what others ask of that one, sqlite_value.c has the values of its records,
 * sqlite_error.c turns results into errors. One thread.
 */

#include <sqlite3.h>

#include <backflow/storage/storage_backend.h>

#include "storage/atom_list.h"
#include "storage/sqlite/sqlite_schema.h"
#include "storage/sqlite/sqlite_statements.h"

G_BEGIN_DECLS

/* What a store is opened with. patience_us: how long it waits for the locks of others.
 * vfs: (nullable) the name of a registered sqlite3_vfs. */
typedef struct
{
  const char *path;
  StorageOpen mode;
  StorageDurability durability;
  gint64 patience_us;
  const char *vfs;
} SqliteOptions;

/* The right to append to a run: its number, and a token. */
typedef struct
{
  gint64 no;
  guint64 token;
} SqliteClaim;

/* What the last polling for requests found, and at which state of the file: see sqlite_requests.c.
 */
typedef struct
{
  char *id; /* (nullable) */
  guint64 seen;
  gint64 version;
  gint64 changes;
} SqlitePolled;

/* An open store. waiting_since_us: when the current wait for a lock began. given_up: of
 * SqliteClaim, see sqlite_owner.c. */
typedef struct
{
  Storage base;
  SqliteConnection connection;
  GArray *given_up;
  SqlitePolled polled;
  gint64 patience_us;
  gint64 waiting_since_us;
} SqliteStorage;

/* A handle of a run. no: its number in the tables. last_seq: of an owned run, the number of its
 * last record. lock: (nullable) that its owner holds. */
typedef struct
{
  StorageRun base;
  gint64 no;
  guint64 last_seq;
  GStringChunk *strings;
  AtomList *atoms; /* (nullable) */
  OwnerLock *lock;
} SqliteRun;

/* Who has a run: what its header says now. text: (nullable) as StorageRunInfo.owner. life: what is
 * known of it now. */
typedef struct
{
  SqliteClaim claim;
  FlowState state;
  gint64 updated_us;
  char *text;
  StorageOwnerLife life;
} SqliteOwner;

/* Opens a store; see storage_open_sqlite(). Returns: (transfer full). */
Storage *sqlite_storage_open (const SqliteOptions *options, GError **error);

/* Opens the file of a store whose path and patience are set, and prepares it for use. FALSE as
 * storage_open_sqlite(). */
gboolean sqlite_open (SqliteStorage *storage, const SqliteOptions *options, GError **error);

/* The connection of a run's store, borrowed. */
static inline SqliteConnection *
sqlite_run_get_connection (const StorageRun *run)
{
  return &((SqliteStorage *) run->storage)->connection;
}

/* The key of a row of `atoms` or `journal`. */
static inline gint64
sqlite_run_get_key (const SqliteRun *run, guint64 number)
{
  return run->no << SQLITE_SCHEMA_KEY_SHIFT | (gint64) number;
}

/* Reads a row of LIST_RUNS or FIND_RUN; the strings are borrowed from the statement, `definition`
 * is not looked at. FALSE with STORAGE_ERROR_CORRUPT. */
gboolean sqlite_run_read_info (SqliteConnection *connection, sqlite3_stmt *statement,
                               StorageRunInfo *info, GError **error);

/* Frees a handle of a run, and all that it has. */
void sqlite_run_free (SqliteRun *run);

/* Reads who has a run. FALSE with STORAGE_ERROR_NOT_FOUND, _BUSY, _CORRUPT or _IO. */
gboolean sqlite_owner_find (SqliteConnection *connection, const char *id, SqliteOwner *owner,
                            GError **error);

/* Frees what it says. */
void sqlite_owner_clear (SqliteOwner *owner);

/* Gives an owned run up; when that fails, the store remembers it. */
void sqlite_owner_release (SqliteStorage *storage, const SqliteRun *run);

/* Tries once more to give up what could not be given up. */
void sqlite_owner_release_rest (SqliteStorage *storage);

/* Reads the number of the last record of a run, 0 when there is none; what comes later is not
 * looked at. */
gboolean sqlite_journal_read_last (const SqliteRun *run, guint64 *last, GError **error);

/* Sets the error that somebody else has taken the run over. */
void sqlite_journal_set_fenced (const SqliteRun *run, GError **error);

/* Whether the file is still where it was. FALSE with STORAGE_ERROR_IO. */
gboolean sqlite_journal_check_place (SqliteConnection *connection, GError **error);

/* The slots of a run, see storage_backend.h: in sqlite_run.c what concerns its header and atoms, */
StorageRun *sqlite_run_create (Storage *storage, const StorageRunInfo *info,
                               const StorageAtom *atoms, guint n_atoms, GError **error);
StorageRun *sqlite_run_open (Storage *storage, const char *id, GError **error);
const StorageAtom *sqlite_run_get_atoms (StorageRun *run, guint *count);
gboolean sqlite_run_add_atoms (StorageRun *run, const StorageAtom *atoms, guint count,
                               GError **error);
void sqlite_run_close (StorageRun *run);

/* in sqlite_owner.c and sqlite_requests.c what concerns its owner, */
StorageRun *sqlite_owner_take (Storage *storage, const char *id, GError **error);
gboolean sqlite_owner_disown (Storage *storage, const char *id, const char *vouched,
                              GError **error);
gboolean sqlite_requests_add (Storage *storage, const char *id, StorageRequest request,
                              const char *reason, GError **error);
gboolean sqlite_requests_poll (Storage *storage, const char *id, guint64 *seen,
                               StorageRequestFunc func, gpointer user_data, GError **error);

/* and in sqlite_journal.c what concerns its records. */
gboolean sqlite_journal_append (StorageRun *run, const StorageRecord *records, guint count,
                                GError **error);
gboolean sqlite_journal_foreach (StorageRun *run, StorageRecordFunc func, gpointer user_data,
                                 GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SqliteRun, sqlite_run_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SqliteOwner, sqlite_owner_clear)

G_END_DECLS
