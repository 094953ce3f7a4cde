/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What is in the file of the SQLite store: a script for each version of the schema, which makes it
 * from the one before, and the code that runs those that are missing. docs/storage-schema.md is the
 * reference of the tables.
 */

#include <sqlite3.h>

#include <backflow/storage/storage.h>

G_BEGIN_DECLS

/* PRAGMA application_id of a store: "BkFl". */
#define SQLITE_SCHEMA_APPLICATION 0x426b466c

/* A run of records or atoms is a range of keys: the number of the run, then theirs. */
#define SQLITE_SCHEMA_KEY_SHIFT 32

/* The scripts: the first makes version 1. A script that was released is never changed. */
typedef struct
{
  const char *const *scripts;
  int count;
} SqliteSchema;

/* The schema of this program. */
extern const SqliteSchema sqlite_schema;

/* Refuses a store of a version that `schema` does not know. FALSE with STORAGE_ERROR_NEWER. */
gboolean sqlite_schema_check (const SqliteSchema *schema, gint64 version, const char *path,
                              GError **error);

/* Brings an open database up to date in one transaction, and leaves it alone when it is. FALSE with
 * STORAGE_ERROR_NEWER, _CORRUPT (a database of something else), _BUSY, _FULL, _PERMISSION or _IO.
 */
gboolean sqlite_schema_migrate (const SqliteSchema *schema, sqlite3 *db, const char *path,
                                GError **error);

/* Reads PRAGMA user_version. FALSE as above. */
gboolean sqlite_schema_read_version (sqlite3 *db, const char *path, gint64 *version,
                                     GError **error);

G_END_DECLS
