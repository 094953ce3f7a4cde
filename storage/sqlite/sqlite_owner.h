/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The owner of a run in an SQLite store: the columns `owner` and `token` of its header row, read
 * and given up. sqlite_take.c sets them.
 */

#include "storage/sqlite/sqlite_store.h"

G_BEGIN_DECLS

/* The owner that the header of a run names now. text: (nullable) as StorageRunInfo.owner. life: of
 * that owner, now. */
typedef struct
{
  SqliteClaim claim;
  FlowState state;
  gint64 updated_us;
  char *text;
  StorageOwnerLife life;
} SqliteOwner;

/* Reads the owner of a run. FALSE with STORAGE_ERROR_NOT_FOUND, _BUSY, _CORRUPT or _IO. */
gboolean sqlite_owner_find (SqliteConnection *connection, const char *id, SqliteOwner *owner,
                            GError **error);

/* Frees the text. */
void sqlite_owner_clear (SqliteOwner *owner);

/* Binds a claim to the first two parameters of a statement. */
void sqlite_owner_bind_claim (SqliteConnection *connection, SqliteStatement which,
                              const SqliteClaim *claim);

/* Gives an owned run up; when that fails, the store remembers the claim. */
void sqlite_owner_release (SqliteStorage *storage, const SqliteRun *run);

/* Tries once more to give up the claims that could not be given up. */
void sqlite_owner_release_rest (SqliteStorage *storage);

/* Remembers a claim that may be in the file although this store does not use it. */
void sqlite_owner_remember (SqliteStorage *storage, const SqliteClaim *claim);

/* Whether this store remembers the claim. */
gboolean sqlite_owner_is_given_up (const SqliteStorage *storage, const SqliteClaim *claim);

/* Forgets the claims of run number `no`: a later claim makes them irrelevant. */
void sqlite_owner_forget (SqliteStorage *storage, gint64 no);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SqliteOwner, sqlite_owner_clear)

G_END_DECLS
