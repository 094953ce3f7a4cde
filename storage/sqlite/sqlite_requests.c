/* SPDX-License-Identifier: Apache-2.0 */

/* What others ask of the owner of a run: rows that carry its token, so that the next owner never
 * heeds them. */
#include "storage/sqlite/sqlite_requests.h"
#include "storage/owner.h"
#include "storage/sqlite/sqlite_journal.h"
#include "storage/sqlite/sqlite_owner.h"
#include "storage/sqlite/sqlite_wait.h"

#define ASKING "ask something of a run"
#define POLLING "look for requests"

/* -- Asking -------------------------------------------------------------------------------------
 */

static gboolean
add_request (SqliteConnection *connection, const SqliteClaim *owner, StorageRequest request,
             const char *reason, GError **error)
{
  sqlite_bind_number (connection, SQLITE_STATEMENT_ADD_REQUEST, 1, owner->no);
  sqlite_bind_number (connection, SQLITE_STATEMENT_ADD_REQUEST, 2, (gint64) owner->token);
  sqlite_bind_number (connection, SQLITE_STATEMENT_ADD_REQUEST, 3, g_get_real_time ());
  sqlite_bind_number (connection, SQLITE_STATEMENT_ADD_REQUEST, 4, (int) request);
  sqlite_bind_text (connection, SQLITE_STATEMENT_ADD_REQUEST, 5, reason);
  return sqlite_statement_run (connection, SQLITE_STATEMENT_ADD_REQUEST, ASKING, error);
}

gboolean
sqlite_requests_add (Storage *base, const char *id, StorageRequest request, const char *reason,
                     GError **error)
{
  SqliteConnection *connection = &((SqliteStorage *) base)->connection;
  g_autoptr (SqliteTransaction) transaction = sqlite_transaction_new (connection, error);
  g_auto (SqliteOwner) owner = { 0 };

  if (transaction == NULL || !sqlite_owner_find (connection, id, &owner, error))
    return FALSE;
  if (owner_has_left (owner.state) || owner.life == STORAGE_OWNER_DEAD)
    {
      owner_set_none (error, connection->path, id);
      return FALSE;
    }
  if (!add_request (connection, &owner.claim, request, reason, error)
      || !sqlite_transaction_commit (g_steal_pointer (&transaction), ASKING, error))
    return FALSE;
  sqlite_wait_wake (connection);
  return TRUE;
}

/* -- Polling ------------------------------------------------------------------------------------
 */

/* A row of LIST_REQUESTS. reason: (nullable). */
typedef struct
{
  guint64 no;
  StorageRequest request;
  char *reason;
} Row;

static void
clear_row (gpointer row)
{
  g_clear_pointer (&((Row *) row)->reason, g_free);
}

/* What changes with every commit: the version with those of other connections, the count with our
 * own. */
static gboolean
read_version (SqliteConnection *connection, SqlitePolled *now, GError **error)
{
  sqlite3_stmt *statement = connection->statements[SQLITE_STATEMENT_DATA_VERSION];

  if (sqlite_statement_next (connection, SQLITE_STATEMENT_DATA_VERSION, POLLING, error)
      != SQLITE_NEXT_ROW)
    return FALSE;
  now->version = sqlite3_column_int64 (statement, 0);
  now->changes = sqlite3_total_changes64 (connection->db);
  sqlite_statement_reset (connection, SQLITE_STATEMENT_DATA_VERSION);
  return TRUE;
}

static gboolean
is_unchanged (const SqlitePolled *last, const SqlitePolled *now, const char *id)
{
  return last->version == now->version && last->changes == now->changes && last->seen == now->seen
         && last->token == now->token && g_strcmp0 (last->id, id) == 0;
}

/* Reads the current row, unless it only says that there is such a run. */
static gboolean
read_row (const SqliteConnection *connection, sqlite3_stmt *statement, GArray *rows, GError **error)
{
  gint64 request = sqlite3_column_int64 (statement, 1);
  Row row = { .no = (guint64) sqlite3_column_int64 (statement, 0),
              .request = (StorageRequest) request };

  if (sqlite3_column_type (statement, 0) == SQLITE_NULL)
    return TRUE;
  if (request < 0 || request >= STORAGE_REQUEST_COUNT)
    {
      g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_CORRUPT,
                   "%s: request %" G_GUINT64_FORMAT ": it has a number that means nothing",
                   connection->path, row.no);
      return FALSE;
    }
  row.reason = g_strdup ((const char *) sqlite3_column_text (statement, 2));
  g_array_append_val (rows, row);
  return TRUE;
}

/* Column 3 is the token of the present owner. */
static gboolean
check_token (const SqliteConnection *connection, sqlite3_stmt *statement, const char *id,
             guint64 token, GError **error)
{
  if (token == 0 || (guint64) sqlite3_column_int64 (statement, 3) == token)
    return TRUE;
  g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_FENCED, "%s: run \"%s\" has another owner now",
               connection->path, id);
  return FALSE;
}

static gboolean
read_rows (SqliteConnection *connection, const char *id, const StorageAttendance *attendance,
           GArray *rows, GError **error)
{
  sqlite3_stmt *statement = connection->statements[SQLITE_STATEMENT_LIST_REQUESTS];
  gboolean is_found = FALSE;
  SqliteNext next;

  sqlite_bind_text (connection, SQLITE_STATEMENT_LIST_REQUESTS, 1, id);
  sqlite_bind_number (connection, SQLITE_STATEMENT_LIST_REQUESTS, 2, (gint64) attendance->seen);
  while ((next = sqlite_statement_next (connection, SQLITE_STATEMENT_LIST_REQUESTS, POLLING, error))
         == SQLITE_NEXT_ROW)
    {
      is_found = TRUE;
      if (!check_token (connection, statement, id, attendance->token, error)
          || !read_row (connection, statement, rows, error))
        {
          sqlite_statement_reset (connection, SQLITE_STATEMENT_LIST_REQUESTS);
          return FALSE;
        }
    }
  if (next == SQLITE_NEXT_END && !is_found)
    g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_NOT_FOUND, "%s: there is no run \"%s\"",
                 connection->path, id);
  return next == SQLITE_NEXT_END && is_found;
}

gboolean
sqlite_requests_attend (Storage *base, const char *id, StorageAttendance *attendance,
                        StorageRequestFunc func, gpointer user_data, GError **error)
{
  SqliteStorage *storage = (SqliteStorage *) base;
  SqlitePolled now = { .seen = attendance->seen, .token = attendance->token };
  g_autoptr (GArray) rows = NULL;

  sqlite_wait_drain (storage);
  if (!sqlite_journal_check_place (&storage->connection, error)
      || !read_version (&storage->connection, &now, error))
    return FALSE;
  if (is_unchanged (&storage->polled, &now, id))
    return TRUE;
  rows = g_array_new (FALSE, FALSE, sizeof (Row));
  g_array_set_clear_func (rows, clear_row);
  if (!read_rows (&storage->connection, id, attendance, rows, error))
    return FALSE;
  if (rows->len > 0)
    now.seen = g_array_index (rows, Row, rows->len - 1).no;
  g_free (storage->polled.id);
  storage->polled = now;
  storage->polled.id = g_strdup (id);
  attendance->seen = now.seen;
  for (guint i = 0; i < rows->len; i++)
    func (g_array_index (rows, Row, i).request, g_array_index (rows, Row, i).reason, user_data);
  return TRUE;
}
