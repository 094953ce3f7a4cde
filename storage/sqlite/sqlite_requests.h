/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Requests to the owner of a run in an SQLite store: the rows of the table `requests`. */

#include "storage/sqlite/sqlite_store.h"

G_BEGIN_DECLS

/* The slots request and attend: see storage_backend.h. */
gboolean sqlite_requests_add (Storage *storage, const char *id, StorageRequest request,
                              const char *reason, GError **error);
gboolean sqlite_requests_attend (Storage *storage, const char *id, StorageAttendance *attendance,
                                 StorageRequestFunc func, gpointer user_data, GError **error);

G_END_DECLS
