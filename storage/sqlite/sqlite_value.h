/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The values of records as the SQLite store keeps them: the columns `name` and `value` of the
 * journal. value is JSON text, which sqlite3's shell and its JSON functions can read. name is that
 * of an INPUT or a META, of a RESOLUTION the reason, of a PROGRESS how far it is: beside the value
 * and not around it, so that a value may be as deep as any.
 */

#include <sqlite3.h>

#include <backflow/storage/record.h>

#include "storage/sqlite/sqlite_statements.h"

G_BEGIN_DECLS

/* Binds both columns of `record`, of which `name` is the place of the first. The text of the
 * connection holds the JSON until the statement was run. */
void sqlite_value_bind (SqliteConnection *connection, SqliteStatement which, int name,
                        const StorageRecord *record);

/* Reads both columns of the current row as the value of a record of `kind`; NULL columns are no
 * value. FALSE with a VALUE_ERROR, or STORAGE_ERROR_CORRUPT, when the text is not such a value. */
gboolean sqlite_value_read (sqlite3_stmt *statement, int name, int value, StorageRecordKind kind,
                            GVariant **read, GError **error);

G_END_DECLS
