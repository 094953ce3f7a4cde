/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Taking a run over in an SQLite store. */

#include "storage/sqlite/sqlite_store.h"

G_BEGIN_DECLS

/* The slots take_run and disown_run: see storage_backend.h. */
StorageRun *sqlite_take_run (Storage *storage, const char *id, GError **error);
gboolean sqlite_take_disown (Storage *storage, const char *id, const char *vouched, GError **error);

G_END_DECLS
