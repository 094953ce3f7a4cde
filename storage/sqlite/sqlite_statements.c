/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "storage/sqlite/sqlite_error.h"
#include "storage/sqlite/sqlite_statements.h"

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
    {
      (void) sqlite3_finalize (connection->statements[i]);
      connection->statements[i] = NULL;
    }
}

/* -- Binding ------------------------------------------------------------------------------------
 */

static void
keep_result (SqliteConnection *connection, int result)
{
  if (connection->bind_result == SQLITE_OK)
    connection->bind_result = result;
}

void
sqlite_bind_number (SqliteConnection *connection, SqliteStatement which, int place, gint64 number)
{
  keep_result (connection, sqlite3_bind_int64 (connection->statements[which], place, number));
}

void
sqlite_bind_text (SqliteConnection *connection, SqliteStatement which, int place, const char *text)
{
  keep_result (connection,
               sqlite3_bind_text64 (connection->statements[which], place, text,
                                    text != NULL ? strlen (text) : 0, SQLITE_STATIC, SQLITE_UTF8));
}

/* SQLITE_TRANSIENT, whose definition casts a number to a pointer to a function. */
static void
free_copy (void *copy)
{
  g_free (copy);
}

void
sqlite_bind_copy (SqliteConnection *connection, SqliteStatement which, int place, const char *text)
{
  keep_result (connection,
               sqlite3_bind_text64 (connection->statements[which], place, g_strdup (text),
                                    text != NULL ? strlen (text) : 0, free_copy, SQLITE_UTF8));
}

void
sqlite_bind_null (SqliteConnection *connection, SqliteStatement which, int place)
{
  keep_result (connection, sqlite3_bind_null (connection->statements[which], place));
}

/* -- Running ------------------------------------------------------------------------------------
 */

/* A value that was not bound would be NULL, and NULL is another value. */
static SqliteNext
refuse_binding (SqliteConnection *connection, const char *doing, GError **error)
{
  int result = connection->bind_result;

  connection->bind_result = SQLITE_OK;
  sqlite_error_set (error, connection->db, connection->path, result, doing);
  return SQLITE_NEXT_ERROR;
}

/* The result of a reset is that of the last step, which was looked at. */
void
sqlite_statement_reset (SqliteConnection *connection, SqliteStatement which)
{
  (void) sqlite3_reset (connection->statements[which]);
}

SqliteNext
sqlite_statement_next (SqliteConnection *connection, SqliteStatement which, const char *doing,
                       GError **error)
{
  sqlite3_stmt *statement = connection->statements[which];
  int result;

  if (connection->bind_result != SQLITE_OK)
    return refuse_binding (connection, doing, error);
  result = sqlite3_step (statement);
  if (result == SQLITE_ROW)
    return SQLITE_NEXT_ROW;
  if (result != SQLITE_DONE)
    sqlite_error_set (error, connection->db, connection->path, result, doing);
  sqlite_statement_reset (connection, which);
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
  if (transaction == NULL)
    return;
  /* A binding that was not run belongs to the transaction that failed. */
  transaction->bind_result = SQLITE_OK;
  /* Some errors have rolled back already. When the rollback fails, the transaction stays open, and
   * the next one is refused. */
  if (sqlite3_get_autocommit (transaction->db) == 0)
    (void) sqlite3_exec (transaction->db, "ROLLBACK", NULL, NULL, NULL);
}
