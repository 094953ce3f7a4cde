/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The SQLite store as a Storage: its table of slots and its list of runs. */

#include "storage/sqlite/sqlite_store.h"

G_BEGIN_DECLS

/* Opens a store. Returns: (transfer full); NULL with an error as storage_open_sqlite(). */
Storage *sqlite_storage_open (const SqliteOptions *options, GError **error);

G_END_DECLS
