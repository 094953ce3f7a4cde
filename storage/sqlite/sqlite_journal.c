/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/sqlite/sqlite_journal.h"
#include "storage/run_info.h"
#include "storage/sqlite/sqlite_error.h"
#include "storage/sqlite/sqlite_value.h"

/* How many records are read at a time: no transaction is open while the caller looks at them, so
 * that a slow reader does not keep the log from being taken over into the file. */
#define PAGE_RECORDS 512

#define APPENDING "append to a run"
#define READING "read a run"

/* -- Appending ------------------------------------------------------------------------------ */

/* Parameters of ADD_RECORD and ADD_FENCED. */
enum
{
  PARAMETER_KEY = 1,
  PARAMETER_TIME,
  PARAMETER_KIND,
  PARAMETER_ATOM,
  PARAMETER_FROM,
  PARAMETER_TO,
  PARAMETER_INTENTION,
  PARAMETER_ATTEMPT,
  PARAMETER_NAME,
  PARAMETER_VALUE,
  PARAMETER_RUN, /* only of ADD_FENCED, as the next */
  PARAMETER_TOKEN,
};

static gboolean
add_record (SqliteConnection *connection, SqliteStatement which, gint64 key,
            const StorageRecord *record, GError **error)
{
  sqlite_bind_number (connection, which, PARAMETER_KEY, key);
  sqlite_bind_number (connection, which, PARAMETER_TIME, record->time_us);
  sqlite_bind_number (connection, which, PARAMETER_KIND, record->kind);
  if (record->atom != STORAGE_NO_ATOM)
    sqlite_bind_number (connection, which, PARAMETER_ATOM, record->atom);
  else
    sqlite_bind_null (connection, which, PARAMETER_ATOM);
  sqlite_bind_number (connection, which, PARAMETER_FROM, record->from);
  sqlite_bind_number (connection, which, PARAMETER_TO, record->to);
  sqlite_bind_number (connection, which, PARAMETER_INTENTION, record->intention);
  sqlite_bind_number (connection, which, PARAMETER_ATTEMPT, record->attempt);
  sqlite_value_bind (connection, which, PARAMETER_NAME, record);
  return sqlite_statement_run (connection, which, APPENDING, error);
}

void
sqlite_journal_set_fenced (const SqliteRun *run, GError **error)
{
  g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_FENCED,
               "%s: run \"%s\" was taken over by somebody else",
               sqlite_run_get_connection (&run->base)->path, run->base.info.id);
}

/* Adds the first record of a batch if the run is still ours: a taker over has raised its token, and
 * whoever writes now holds the lock until the commit, so that the answer is good for the whole
 * batch. */
static gboolean
add_first (SqliteConnection *connection, SqliteRun *run, const StorageRecord *record,
           GError **error)
{
  gint64 key = sqlite_run_get_key (run, run->last_seq + 1);

  sqlite_bind_number (connection, SQLITE_STATEMENT_ADD_FENCED, PARAMETER_RUN, run->no);
  sqlite_bind_number (connection, SQLITE_STATEMENT_ADD_FENCED, PARAMETER_TOKEN,
                      (gint64) run->base.info.token);
  if (!add_record (connection, SQLITE_STATEMENT_ADD_FENCED, key, record, error))
    return FALSE;
  if (sqlite3_changes (connection->db) == 1)
    return TRUE;
  sqlite_journal_set_fenced (run, error);
  return FALSE;
}

static gboolean
set_state (SqliteConnection *connection, const SqliteRun *run, const StorageRecord *flow,
           GError **error)
{
  StorageRunInfo info = run->base.info;

  run_info_apply (&info, flow);
  sqlite_bind_number (connection, SQLITE_STATEMENT_SET_STATE, 1, run->no);
  sqlite_bind_number (connection, SQLITE_STATEMENT_SET_STATE, 2, (int) info.state);
  sqlite_bind_number (connection, SQLITE_STATEMENT_SET_STATE, 3, info.updated_us);
  return sqlite_statement_run (connection, SQLITE_STATEMENT_SET_STATE, APPENDING, error);
}

static gboolean
append_batch (SqliteConnection *connection, SqliteRun *run, const StorageRecord *records,
              guint count, const StorageRecord *flow, GError **error)
{
  g_autoptr (SqliteTransaction) transaction = sqlite_transaction_new (connection, error);

  if (transaction == NULL || !add_first (connection, run, records, error))
    return FALSE;
  for (guint i = 1; i < count; i++)
    if (!add_record (connection, SQLITE_STATEMENT_ADD_RECORD,
                     sqlite_run_get_key (run, run->last_seq + 1 + i), &records[i], error))
      return FALSE;
  if (flow != NULL && !set_state (connection, run, flow, error))
    return FALSE;
  return sqlite_transaction_commit (g_steal_pointer (&transaction), APPENDING, error);
}

/* SQLite goes on writing to a file that was deleted or replaced, in which no other process will
 * find the run. The check is one stat(), so every transaction makes it: no step starts whose intent
 * is in such a file. A file layer that does not know the question has no files that move. */
gboolean
sqlite_journal_check_place (SqliteConnection *connection, GError **error)
{
  int has_moved = 0;
  int result = sqlite3_file_control (connection->db, "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);

  if (result != SQLITE_OK && result != SQLITE_NOTFOUND)
    {
      sqlite_error_set (error, connection->db, connection->path, result, "look at its file");
      return FALSE;
    }
  if (has_moved == 0)
    return TRUE;
  g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_IO,
               "%s: the file was deleted or moved while it was in use", connection->path);
  return FALSE;
}

gboolean
sqlite_journal_add_first (SqliteConnection *connection, const SqliteRun *run,
                          const StorageRecord *records, guint count, GError **error)
{
  for (guint i = 0; i < count; i++)
    if (!add_record (connection, SQLITE_STATEMENT_ADD_RECORD, sqlite_run_get_key (run, 1 + i),
                     &records[i], error))
      return FALSE;
  return TRUE;
}

gboolean
sqlite_journal_append (StorageRun *base, const StorageRecord *records, guint count, GError **error)
{
  SqliteConnection *connection = sqlite_run_get_connection (base);
  SqliteRun *run = (SqliteRun *) base;
  const StorageRecord *flow = run_info_find_flow (records, count);
  gboolean is_added;

  if (run->last_seq + count > G_MAXUINT32)
    {
      g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_FULL,
                   "%s: run \"%s\": no more records fit into it", connection->path, base->info.id);
      return FALSE;
    }
  if (!sqlite_journal_check_place (connection, error))
    return FALSE;
  /* A single statement is a transaction of its own. */
  if (count == 1 && flow == NULL)
    is_added = add_first (connection, run, records, error);
  else
    is_added = append_batch (connection, run, records, count, flow, error);
  if (!is_added)
    return FALSE;
  run->last_seq += count;
  if (flow != NULL)
    run_info_apply (&base->info, flow);
  return TRUE;
}

/* -- Reading -------------------------------------------------------------------------------- */

/* Columns of LIST_RECORDS. */
enum
{
  COLUMN_SEQ,
  COLUMN_TIME,
  COLUMN_KIND,
  COLUMN_ATOM,
  COLUMN_FROM,
  COLUMN_TO,
  COLUMN_INTENTION,
  COLUMN_ATTEMPT,
  COLUMN_NAME,
  COLUMN_VALUE,
};

/* Reads an integer of at most `max`. FALSE when it is another. */
static gboolean
read_number (sqlite3_stmt *statement, int column, gint64 max, gint64 *number)
{
  *number = sqlite3_column_int64 (statement, column);
  return *number >= 0 && *number <= max;
}

/* Reads all but the value. FALSE when a number does not fit. */
static gboolean
read_numbers (sqlite3_stmt *statement, StorageRecord *record)
{
  gint64 kind, atom = STORAGE_NO_ATOM, from, to, intention, attempt, time_us;

  if (!read_number (statement, COLUMN_KIND, STORAGE_RECORD_COUNT - 1, &kind)
      || !read_number (statement, COLUMN_FROM, G_MAXUINT8, &from)
      || !read_number (statement, COLUMN_TO, G_MAXUINT8, &to)
      || !read_number (statement, COLUMN_INTENTION, G_MAXUINT8, &intention)
      || !read_number (statement, COLUMN_ATTEMPT, G_MAXUINT32, &attempt)
      || !read_number (statement, COLUMN_TIME, STORAGE_TIME_MAX_US, &time_us))
    return FALSE;
  if (sqlite3_column_type (statement, COLUMN_ATOM) != SQLITE_NULL
      && !read_number (statement, COLUMN_ATOM, STORAGE_NO_ATOM - 1, &atom))
    return FALSE;
  *record = (StorageRecord){
    .atom = (guint32) atom,
    .kind = (guint8) kind,
    .from = (guint8) from,
    .to = (guint8) to,
    .intention = (guint8) intention,
    .attempt = (guint32) attempt,
    .time_us = time_us,
  };
  return TRUE;
}

static gboolean
set_corrupt (const SqliteRun *run, guint64 seq, const char *why, GError **error)
{
  g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_CORRUPT,
               "%s: run \"%s\", record %" G_GUINT64_FORMAT ": %s",
               sqlite_run_get_connection (&run->base)->path, run->base.info.id, seq, why);
  return FALSE;
}

/* Reads the current row, which has to be record `seq`. */
static gboolean
read_record (const SqliteRun *run, sqlite3_stmt *statement, guint64 seq, StorageRecord *record,
             GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (GVariant) value = NULL;

  if ((guint64) sqlite3_column_int64 (statement, COLUMN_SEQ) != seq)
    return set_corrupt (run, seq, "it is missing", error);
  if (!read_numbers (statement, record))
    return set_corrupt (run, seq, "it has a number that means nothing", error);
  if (!sqlite_value_read (statement, COLUMN_NAME, COLUMN_VALUE, (StorageRecordKind) record->kind,
                          &value, &cause))
    return set_corrupt (run, seq, cause->message, error);
  record->seq = seq;
  record->value = value;
  if (!storage_record_is_valid (record, run->base.n_atoms))
    return set_corrupt (run, seq, "it says what its kind cannot say", error);
  g_steal_pointer (&value);
  return TRUE;
}

/* Reads records from `first` to `last`, as many as a page takes; those before an error too. */
static gboolean
read_page (const SqliteRun *run, guint64 first, guint64 last, GArray *page, GError **error)
{
  SqliteConnection *connection = sqlite_run_get_connection (&run->base);
  sqlite3_stmt *statement = connection->statements[SQLITE_STATEMENT_LIST_RECORDS];
  SqliteNext next;

  g_array_set_size (page, 0);
  sqlite_bind_number (connection, SQLITE_STATEMENT_LIST_RECORDS, 1,
                      sqlite_run_get_key (run, first));
  sqlite_bind_number (connection, SQLITE_STATEMENT_LIST_RECORDS, 2, sqlite_run_get_key (run, last));
  sqlite_bind_number (connection, SQLITE_STATEMENT_LIST_RECORDS, 3, PAGE_RECORDS);
  while ((next = sqlite_statement_next (connection, SQLITE_STATEMENT_LIST_RECORDS, READING, error))
         == SQLITE_NEXT_ROW)
    {
      StorageRecord record;

      if (!read_record (run, statement, first + page->len, &record, error))
        {
          sqlite_statement_reset (connection, SQLITE_STATEMENT_LIST_RECORDS);
          return FALSE;
        }
      g_array_append_val (page, record);
    }
  if (next == SQLITE_NEXT_END && page->len == 0)
    return set_corrupt (run, first, "it is missing", error);
  return next == SQLITE_NEXT_END;
}

gboolean
sqlite_journal_read_last (const SqliteRun *run, guint64 *last, GError **error)
{
  SqliteConnection *connection = sqlite_run_get_connection (&run->base);
  sqlite3_stmt *statement = connection->statements[SQLITE_STATEMENT_LAST_RECORD];
  gboolean is_sound;
  SqliteNext next;
  gint64 seq;

  *last = 0;
  sqlite_bind_number (connection, SQLITE_STATEMENT_LAST_RECORD, 1, sqlite_run_get_key (run, 0));
  sqlite_bind_number (connection, SQLITE_STATEMENT_LAST_RECORD, 2,
                      sqlite_run_get_key (run, G_MAXUINT32));
  next = sqlite_statement_next (connection, SQLITE_STATEMENT_LAST_RECORD, READING, error);
  if (next != SQLITE_NEXT_ROW)
    return next == SQLITE_NEXT_END;
  is_sound = read_number (statement, 0, G_MAXUINT32, &seq);
  sqlite_statement_reset (connection, SQLITE_STATEMENT_LAST_RECORD);
  *last = (guint64) seq;
  return is_sound || set_corrupt (run, 0, "its number means nothing", error);
}

static void
clear_record (gpointer record)
{
  g_clear_pointer (&((StorageRecord *) record)->value, g_variant_unref);
}

/* Hands out a page; FALSE when the caller has had enough. */
static gboolean
call (const GArray *page, StorageRecordFunc func, gpointer user_data)
{
  for (guint i = 0; i < page->len; i++)
    if (!func (&g_array_index (page, StorageRecord, i), user_data))
      return FALSE;
  return TRUE;
}

gboolean
sqlite_journal_foreach (StorageRun *base, guint64 first, StorageRecordFunc func, gpointer user_data,
                        GError **error)
{
  const SqliteRun *run = (const SqliteRun *) base;
  g_autoptr (GArray) page = g_array_new (FALSE, FALSE, sizeof (StorageRecord));
  guint64 last;

  g_array_set_clear_func (page, clear_record);
  if (!sqlite_journal_read_last (run, &last, error))
    return FALSE;
  for (; first <= last; first += page->len)
    {
      g_autoptr (GError) failure = NULL;
      gboolean is_read = read_page (run, first, last, page, &failure);

      if (!call (page, func, user_data))
        return TRUE;
      if (is_read)
        continue;
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  return TRUE;
}
