/* SPDX-License-Identifier: Apache-2.0 */

/* Who has a run. To take it is to raise its token and to set its owner, in the transaction that
 * found nobody alive there: of two that try at once the second finds the first. An owner has its
 * lock before it is in the file, and until it no longer is: the lock only judges. A claim that
 * could not be given up, or of which it is not known whether it is in the file (a commit that
 * failed may turn up after all), is remembered, so that the same store may take the run again. */
#include "storage/owner.h"
#include "storage/sqlite/sqlite_error.h"
#include "storage/sqlite/sqlite_private.h"

#define TAKING "take a run over"
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

  sqlite3_bind_text (statement, 1, id, -1, SQLITE_STATIC);
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
  sqlite3_reset (statement);
  owner->life = owner_get_life (owner->text, connection->locks);
  return TRUE;
}

/* -- Claims that were given up ------------------------------------------------------------------
 */

static gboolean
is_given_up (const SqliteStorage *storage, const SqliteClaim *claim)
{
  for (guint i = 0; i < storage->given_up->len; i++)
    {
      const SqliteClaim *other = &g_array_index (storage->given_up, SqliteClaim, i);

      if (other->no == claim->no && other->token == claim->token)
        return TRUE;
    }
  return FALSE;
}

/* A later claim makes those before it irrelevant. */
static void
forget_given_up (SqliteStorage *storage, gint64 no)
{
  for (guint i = storage->given_up->len; i > 0; i--)
    if (g_array_index (storage->given_up, SqliteClaim, i - 1).no == no)
      g_array_remove_index_fast (storage->given_up, i - 1);
}

/* -- Giving a run up ----------------------------------------------------------------------------
 */

static void
bind_claim (sqlite3_stmt *statement, const SqliteClaim *claim)
{
  sqlite3_bind_int64 (statement, 1, claim->no);
  sqlite3_bind_int64 (statement, 2, (gint64) claim->token);
}

/* Clears the owner, if that is still us, and forgets what was asked of us. */
static gboolean
release (SqliteConnection *connection, const SqliteClaim *claim)
{
  g_autoptr (SqliteTransaction) transaction = sqlite_transaction_new (connection, NULL);

  bind_claim (connection->statements[SQLITE_STATEMENT_RELEASE], claim);
  bind_claim (connection->statements[SQLITE_STATEMENT_DROP_REQUESTS], claim);
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
    g_array_append_val (storage->given_up, claim);
}

void
sqlite_owner_release_rest (SqliteStorage *storage)
{
  for (guint i = 0; i < storage->given_up->len; i++)
    release (&storage->connection, &g_array_index (storage->given_up, SqliteClaim, i));
}

/* -- Taking a run over --------------------------------------------------------------------------
 */

/* Whether the run may be taken from whoever has it. */
static gboolean
check_owner (const SqliteStorage *storage, const SqliteRun *run, const SqliteOwner *owner,
             GError **error)
{
  const char *path = storage->connection.path;
  const char *id = run->base.info.id;

  if (owner->claim.no != run->no)
    {
      g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_NOT_FOUND, "%s: the run \"%s\" was deleted",
                   path, id);
      return FALSE;
    }
  if (owner->life == STORAGE_OWNER_DEAD || is_given_up (storage, &owner->claim))
    return TRUE;
  owner_set_error (error, path, id, owner->text);
  return FALSE;
}

/* In a transaction: makes `self` the owner; NULL is nobody. */
static gboolean
claim (SqliteConnection *connection, const SqliteOwner *owner, const char *self, GError **error)
{
  sqlite3_stmt *statement = connection->statements[SQLITE_STATEMENT_CLAIM];

  sqlite3_bind_int64 (statement, 1, owner->claim.no);
  sqlite3_bind_text (statement, 2, self, -1, SQLITE_STATIC);
  bind_claim (connection->statements[SQLITE_STATEMENT_DROP_REQUESTS], &owner->claim);
  return sqlite_statement_run (connection, SQLITE_STATEMENT_CLAIM, TAKING, error)
         && sqlite_statement_run (connection, SQLITE_STATEMENT_DROP_REQUESTS, TAKING, error);
}

/* Makes this process, which holds the lock of the run if there is one, the owner of an opened run.
 */
static gboolean
take (SqliteStorage *storage, SqliteRun *run, GError **error)
{
  SqliteConnection *connection = &storage->connection;
  g_autofree char *self = owner_dup_self (run->lock);
  g_auto (SqliteOwner) owner = { 0 };
  g_autoptr (SqliteTransaction) transaction = sqlite_transaction_new (connection, error);
  SqliteClaim ours;

  if (transaction == NULL || !sqlite_owner_find (connection, run->base.info.id, &owner, error)
      || !check_owner (storage, run, &owner, error)
      || !sqlite_journal_read_last (run, &run->last_seq, error)
      || !claim (connection, &owner, self, error))
    return FALSE;
  ours = (SqliteClaim){ run->no, owner.claim.token + 1 };
  if (!sqlite_transaction_commit (g_steal_pointer (&transaction), TAKING, error))
    {
      g_array_append_val (storage->given_up, ours);
      return FALSE;
    }
  forget_given_up (storage, run->no);
  run->base.info.state = owner.state;
  run->base.info.updated_us = owner.updated_us;
  run->base.info.token = ours.token;
  run->base.info.owner = g_string_chunk_insert (run->strings, self);
  run->base.info.owner_life = STORAGE_OWNER_ALIVE;
  return TRUE;
}

/* What does not change is read before the lock for writing is taken. */
StorageRun *
sqlite_owner_take (Storage *base, const char *id, GError **error)
{
  SqliteStorage *storage = (SqliteStorage *) base;
  g_autoptr (SqliteRun) run = (SqliteRun *) sqlite_run_open (base, id, error);

  if (run == NULL)
    return NULL;
  run->base.storage = base;
  if (!sqlite_journal_check_place (&storage->connection, error))
    return NULL;
  run->lock = owner_lock_take (storage->connection.locks);
  if (!take (storage, run, error))
    return NULL;
  return (StorageRun *) g_steal_pointer (&run);
}

/* As if somebody had taken the run over, and given it up. */
gboolean
sqlite_owner_disown (Storage *base, const char *id, const char *vouched, GError **error)
{
  SqliteConnection *connection = &((SqliteStorage *) base)->connection;
  g_autoptr (SqliteTransaction) transaction = sqlite_transaction_new (connection, error);
  g_auto (SqliteOwner) owner = { 0 };
  StorageRunInfo run = { .id = id };

  if (transaction == NULL || !sqlite_owner_find (connection, id, &owner, error))
    return FALSE;
  if (owner.life == STORAGE_OWNER_DEAD)
    return TRUE;
  run.owner = owner.text;
  run.owner_life = owner.life;
  return owner_check_vouched (connection->path, &run, vouched, error)
         && claim (connection, &owner, NULL, error)
         && sqlite_transaction_commit (g_steal_pointer (&transaction), TAKING, error);
}
