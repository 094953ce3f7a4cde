/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the tests of the SQLite store share: a store of one's own patience, and SQL on the file
 * behind its back.
 */

#include <sqlite3.h>

#include "tests/storage/fixture.h"

G_BEGIN_DECLS

/* The path of the store in the folder of a test. Returns: (transfer full). */
char *sqlite_fixture_get_path (const char *folder);

/* Opens that store with a patience of 20 ms and a VFS (nullable). Returns: (transfer full). */
Storage *sqlite_fixture_try_open (const char *folder, StorageOpen mode, const char *vfs,
                                  GError **error);

/* As above for writing; it must succeed. */
Storage *sqlite_fixture_open (const char *folder);

/* Opens a run for reading; it must succeed. */
StorageRun *sqlite_fixture_open_run (Storage *storage, const char *id);

/* Opens the file itself; it must succeed. Returns: (transfer full). */
sqlite3 *sqlite_fixture_open_file (const char *path);

/* Runs SQL; it must succeed. */
void sqlite_fixture_execute (sqlite3 *db, const char *sql);

/* Opens the file, runs SQL, closes it. */
void sqlite_fixture_execute_on (const char *path, const char *sql);

/* The rows that SQL gives, as lines with columns separated by `|`. Returns: (transfer full). */
char *sqlite_fixture_query (sqlite3 *db, const char *sql);

/* A digest of the names and contents of the files in a folder, but for the shared memory of a store
 * that is in use. Returns: (transfer full). */
char *sqlite_fixture_digest (const char *folder);

G_END_DECLS
