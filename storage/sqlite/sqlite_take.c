/* SPDX-License-Identifier: Apache-2.0 */

/* Taking a run over raises its token and sets its owner, in the transaction in which no living
 * owner was found: of two stores that try at once, the second finds the first. An owner takes its
 * lock before its name is in the file, and holds it until its name is cleared, so that the lock
 * alone tells whether the owner is alive.
 */
#include "storage/sqlite/sqlite_take.h"
#include "storage/owner.h"
#include "storage/sqlite/sqlite_journal.h"
#include "storage/sqlite/sqlite_owner.h"
#include "storage/sqlite/sqlite_run.h"

#define TAKING "take a run over"

/* Whether the run may be taken from its present owner. */
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
  if (owner->life == STORAGE_OWNER_DEAD || sqlite_owner_is_given_up (storage, &owner->claim))
    return TRUE;
  owner_set_error (error, path, id, owner->text);
  return FALSE;
}

/* In a transaction: makes `self` (nullable) the owner, and deletes the requests to the owner
 * before. */
static gboolean
claim (SqliteConnection *connection, const SqliteOwner *owner, const char *self, GError **error)
{
  sqlite_bind_number (connection, SQLITE_STATEMENT_CLAIM, 1, owner->claim.no);
  sqlite_bind_text (connection, SQLITE_STATEMENT_CLAIM, 2, self);
  sqlite_owner_bind_claim (connection, SQLITE_STATEMENT_DROP_REQUESTS, &owner->claim);
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
      sqlite_owner_remember (storage, &ours);
      return FALSE;
    }
  sqlite_owner_forget (storage, run->no);
  run->base.info.state = owner.state;
  run->base.info.updated_us = owner.updated_us;
  run->base.info.token = ours.token;
  run->base.info.owner = g_string_chunk_insert (run->strings, self);
  run->base.info.owner_life = STORAGE_OWNER_ALIVE;
  return TRUE;
}

/* Header and atoms do not change, so they are read before the lock for writing is taken. */
StorageRun *
sqlite_take_run (Storage *base, const char *id, GError **error)
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

/* Has the effect of a take over and a release. */
gboolean
sqlite_take_disown (Storage *base, const char *id, const char *vouched, GError **error)
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

/* The trigger of the table deletes what belongs to the run. */
gboolean
sqlite_take_remove (Storage *base, const char *id, GError **error)
{
  SqliteStorage *storage = (SqliteStorage *) base;
  SqliteConnection *connection = &storage->connection;
  g_autoptr (SqliteTransaction) transaction = NULL;
  g_auto (SqliteOwner) owner = { 0 };

  if (!sqlite_journal_check_place (connection, error))
    return FALSE;
  transaction = sqlite_transaction_new (connection, error);
  if (transaction == NULL || !sqlite_owner_find (connection, id, &owner, error))
    return FALSE;
  if (owner.life != STORAGE_OWNER_DEAD && !sqlite_owner_is_given_up (storage, &owner.claim))
    {
      owner_set_error (error, connection->path, id, owner.text);
      return FALSE;
    }
  sqlite_owner_bind_claim (connection, SQLITE_STATEMENT_REMOVE_RUN, &owner.claim);
  if (!sqlite_statement_run (connection, SQLITE_STATEMENT_REMOVE_RUN, "remove a run", error)
      || !sqlite_transaction_commit (g_steal_pointer (&transaction), "remove a run", error))
    return FALSE;
  sqlite_owner_forget (storage, owner.claim.no);
  return TRUE;
}
