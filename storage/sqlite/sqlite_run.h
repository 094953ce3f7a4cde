/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One run in an SQLite store: its header row and its atoms. */

#include "storage/sqlite/sqlite_store.h"

G_BEGIN_DECLS

/* Reads a row of LIST_RUNS or FIND_RUN; the strings are borrowed from the statement, `definition`
 * is not read. FALSE with STORAGE_ERROR_CORRUPT. */
gboolean sqlite_run_read_info (SqliteConnection *connection, sqlite3_stmt *statement,
                               StorageRunInfo *info, GError **error);

/* Frees a handle of a run with its strings, atoms and lock. */
void sqlite_run_free (SqliteRun *run);

/* The slots create_run, open_run, get_atoms, add_atoms and close_run: see storage_backend.h. */
StorageRun *sqlite_run_create (Storage *storage, const StorageRunInfo *info,
                               const StorageRunContent *content, GError **error);
StorageRun *sqlite_run_open (Storage *storage, const char *id, GError **error);
const StorageAtom *sqlite_run_get_atoms (StorageRun *run, guint *count);
gboolean sqlite_run_add_atoms (StorageRun *run, const StorageAtom *atoms, guint count,
                               GError **error);
void sqlite_run_close (StorageRun *run);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SqliteRun, sqlite_run_free)

G_END_DECLS
