/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The journal of a run in an SQLite store: the rows of the table `journal`. */

#include "storage/sqlite/sqlite_store.h"

G_BEGIN_DECLS

/* Reads the number of the last record of a run, 0 when the journal is empty. FALSE with
 * STORAGE_ERROR_BUSY, _CORRUPT or _IO. */
gboolean sqlite_journal_read_last (const SqliteRun *run, guint64 *last, GError **error);

/* Sets STORAGE_ERROR_FENCED: another owner has taken the run over. */
void sqlite_journal_set_fenced (const SqliteRun *run, GError **error);

/* Whether the database file is still at its path. FALSE with STORAGE_ERROR_IO. */
gboolean sqlite_journal_check_place (SqliteConnection *connection, GError **error);

/* In the transaction that makes the run: adds its first records. FALSE as storage_create_run(). */
gboolean sqlite_journal_add_first (SqliteConnection *connection, const SqliteRun *run,
                                   const StorageRecord *records, guint count, GError **error);

/* The slots append and foreach_record: see storage_backend.h. */
gboolean sqlite_journal_append (StorageRun *run, const StorageRecord *records, guint count,
                                GError **error);
gboolean sqlite_journal_foreach (StorageRun *run, guint64 first, StorageRecordFunc func,
                                 gpointer user_data, GError **error);

G_END_DECLS
