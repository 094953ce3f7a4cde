/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Opens the database file of a store. Checks come before writes: a file of another program, or of a
 * newer Backflow, stays as it is.
 */

#include "storage/sqlite/sqlite_store.h"

G_BEGIN_DECLS

/* Opens the file of a store whose path and patience are set, and prepares it for use. FALSE as
 * storage_open_sqlite(). */
gboolean sqlite_open (SqliteStorage *storage, const SqliteOptions *options, GError **error);

G_END_DECLS
