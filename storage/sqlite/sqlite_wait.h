/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Waking the owner of a run in an SQLite store: the descriptor that storage_get_wait_fd() gives. */

#include "storage/sqlite/sqlite_store.h"

G_BEGIN_DECLS

/* The slot get_wait_fd: see storage_backend.h. */
int sqlite_wait_get_fd (Storage *storage);

/* Makes the descriptor unreadable, if there is one. */
void sqlite_wait_drain (SqliteStorage *storage);

/* Makes the descriptors of all stores of the file readable, in all processes. */
void sqlite_wait_wake (const SqliteConnection *connection);

/* Closes the descriptor. */
void sqlite_wait_close (SqliteStorage *storage);

G_END_DECLS
