/* SPDX-License-Identifier: Apache-2.0 */

/* Reading and giving up the owner of a run. The store remembers a claim that could not be given up,
 * or of which it is not known whether it is in the file: a commit that failed may still turn up.
 * The same store may take such a run again.
 */
#include "storage/sqlite/sqlite_owner.h"
#include "storage/owner.h"

#define GIVING "give a run up"

/* Columns of FIND_OWNER. */
enum
{
  COLUMN_NO,
  COLUMN_STATE,
  COLUMN_UPDATED,
  COLUMN_OWNER,
  COLUMN_TOKEN,
};

void
sqlite_owner_clear (SqliteOwner *owner)
{
  g_clear_pointer (&owner->text, g_free);
}

gboolean
sqlite_owner_find (SqliteConnection *connection, const char *id, SqliteOwner *owner, GError **error)
{
  sqlite3_stmt *statement = connection->statements[SQLITE_STATEMENT_FIND_OWNER];
  SqliteNext next;

  sqlite_bind_text (connection, SQLITE_STATEMENT_FIND_OWNER, 1, id);
  next = sqlite_statement_next (connection, SQLITE_STATEMENT_FIND_OWNER, "read a run", error);
  if (next == SQLITE_NEXT_END)
    g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_NOT_FOUND, "%s: there is no run \"%s\"",
                 connection->path, id);
  if (next != SQLITE_NEXT_ROW)
    return FALSE;
  owner->claim.no = sqlite3_column_int64 (statement, COLUMN_NO);
  owner->claim.token = (guint64) sqlite3_column_int64 (statement, COLUMN_TOKEN);
  owner->state = (FlowState) sqlite3_column_int (statement, COLUMN_STATE);
  owner->updated_us = sqlite3_column_int64 (statement, COLUMN_UPDATED);
  owner->text = g_strdup ((const char *) sqlite3_column_text (statement, COLUMN_OWNER));
  sqlite_statement_reset (connection, SQLITE_STATEMENT_FIND_OWNER);
  owner->life = owner_get_life (owner->text, connection->locks);
  return TRUE;
}

/* -- Claims that were given up ------------------------------------------------------------------
 */

gboolean
sqlite_owner_is_given_up (const SqliteStorage *storage, const SqliteClaim *claim)
{
  for (guint i = 0; i < storage->given_up->len; i++)
    {
      const SqliteClaim *other = &g_array_index (storage->given_up, SqliteClaim, i);

      if (other->no == claim->no && other->token == claim->token)
        return TRUE;
    }
  return FALSE;
}

void
sqlite_owner_remember (SqliteStorage *storage, const SqliteClaim *claim)
{
  g_array_append_val (storage->given_up, *claim);
}

void
sqlite_owner_forget (SqliteStorage *storage, gint64 no)
{
  for (guint i = storage->given_up->len; i > 0; i--)
    if (g_array_index (storage->given_up, SqliteClaim, i - 1).no == no)
      g_array_remove_index_fast (storage->given_up, i - 1);
}

/* -- Giving a run up ----------------------------------------------------------------------------
 */

void
sqlite_owner_bind_claim (SqliteConnection *connection, SqliteStatement which,
                         const SqliteClaim *claim)
{
  sqlite_bind_number (connection, which, 1, claim->no);
  sqlite_bind_number (connection, which, 2, (gint64) claim->token);
}

/* Clears the owner if the claim is still the current one, and deletes the requests to it. */
static gboolean
release (SqliteConnection *connection, const SqliteClaim *claim)
{
  g_autoptr (SqliteTransaction) transaction = sqlite_transaction_new (connection, NULL);

  sqlite_owner_bind_claim (connection, SQLITE_STATEMENT_RELEASE, claim);
  sqlite_owner_bind_claim (connection, SQLITE_STATEMENT_DROP_REQUESTS, claim);
  return transaction != NULL
         && sqlite_statement_run (connection, SQLITE_STATEMENT_RELEASE, GIVING, NULL)
         && sqlite_statement_run (connection, SQLITE_STATEMENT_DROP_REQUESTS, GIVING, NULL)
         && sqlite_transaction_commit (g_steal_pointer (&transaction), GIVING, NULL);
}

void
sqlite_owner_release (SqliteStorage *storage, const SqliteRun *run)
{
  SqliteClaim claim = { run->no, run->base.info.token };

  if (!release (&storage->connection, &claim))
    sqlite_owner_remember (storage, &claim);
}

void
sqlite_owner_release_rest (SqliteStorage *storage)
{
  for (guint i = 0; i < storage->given_up->len; i++)
    release (&storage->connection, &g_array_index (storage->given_up, SqliteClaim, i));
}
