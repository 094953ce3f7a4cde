/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/sqlite/sqlite_statements.h"
#include "storage/sqlite/sqlite_error.h"

static const char *const texts[] = {
#define X(name, sql) sql,
  SQLITE_STATEMENTS (X)
#undef X
};

gboolean
sqlite_statements_prepare (SqliteConnection *connection, GError **error)
{
  for (guint i = 0; i < SQLITE_STATEMENT_COUNT; i++)
    {
      int result = sqlite3_prepare_v3 (connection->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                                       &connection->statements[i], NULL);

      if (result == SQLITE_OK)
        continue;
      sqlite_error_set (error, connection->db, connection->path, result, "use its tables");
      return FALSE;
    }
  return TRUE;
}

void
sqlite_statements_finalize (SqliteConnection *connection)
{
  for (guint i = 0; i < SQLITE_STATEMENT_COUNT; i++)
    g_clear_pointer (&connection->statements[i], sqlite3_finalize);
}

SqliteNext
sqlite_statement_next (SqliteConnection *connection, SqliteStatement which, const char *doing,
                       GError **error)
{
  sqlite3_stmt *statement = connection->statements[which];
  int result = sqlite3_step (statement);

  if (result == SQLITE_ROW)
    return SQLITE_NEXT_ROW;
  if (result != SQLITE_DONE)
    sqlite_error_set (error, connection->db, connection->path, result, doing);
  sqlite3_reset (statement);
  return result == SQLITE_DONE ? SQLITE_NEXT_END : SQLITE_NEXT_ERROR;
}

gboolean
sqlite_statement_run (SqliteConnection *connection, SqliteStatement which, const char *doing,
                      GError **error)
{
  return sqlite_statement_next (connection, which, doing, error) == SQLITE_NEXT_END;
}

SqliteTransaction *
sqlite_transaction_new (SqliteConnection *connection, GError **error)
{
  if (!sqlite_statement_run (connection, SQLITE_STATEMENT_BEGIN, "write to it", error))
    return NULL;
  return connection;
}

gboolean
sqlite_transaction_commit (SqliteTransaction *transaction, const char *doing, GError **error)
{
  if (sqlite_statement_run (transaction, SQLITE_STATEMENT_COMMIT, doing, error))
    return TRUE;
  sqlite_transaction_free (transaction);
  return FALSE;
}

void
sqlite_transaction_free (SqliteTransaction *transaction)
{
  /* Some errors have rolled back already. Another failure here leaves nothing to do: nothing that
   * was not committed is ever read. */
  if (transaction != NULL && sqlite3_get_autocommit (transaction->db) == 0)
    sqlite3_exec (transaction->db, "ROLLBACK", NULL, NULL, NULL);
}
