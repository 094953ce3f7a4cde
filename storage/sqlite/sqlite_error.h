/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Results of SQLite as STORAGE_ERRORs: the code answers what the caller can do about it, the
 * message names the file, what was tried, and what SQLite and the system said.
 */

#include <sqlite3.h>

#include <backflow/storage/storage.h>

G_BEGIN_DECLS

/* The code for a result (extended, when known) and the errno behind it, or 0. */
StorageError sqlite_error_get_code (int result, int system_errno);

/* Sets an error for the last call on `db` (nullable), which gave `result`. doing: such as "append
 * to run x". */
void sqlite_error_set (GError **error, sqlite3 *db, const char *path, int result,
                       const char *doing);

/* Sets an error for a failed system call. */
void sqlite_error_set_system (GError **error, const char *path, int system_errno,
                              const char *doing);

G_END_DECLS
