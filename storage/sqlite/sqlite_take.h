/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Taking a run over in an SQLite store, and removing one, which takes the same right. */

#include "storage/sqlite/sqlite_store.h"

G_BEGIN_DECLS

/* The slots take_run, disown_run and remove_run: see storage_backend.h. */
StorageRun *sqlite_take_run (Storage *storage, const char *id, GError **error);
gboolean sqlite_take_disown (Storage *storage, const char *id, const char *vouched, GError **error);
gboolean sqlite_take_remove (Storage *storage, const char *id, GError **error);

G_END_DECLS
