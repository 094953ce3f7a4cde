/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "storage/run_info.h"
#include "storage/sqlite/sqlite.h"
#include "storage/sqlite/sqlite_journal.h"
#include "storage/sqlite/sqlite_open.h"
#include "storage/sqlite/sqlite_owner.h"
#include "storage/sqlite/sqlite_requests.h"
#include "storage/sqlite/sqlite_run.h"
#include "storage/sqlite/sqlite_take.h"
#include "storage/sqlite/sqlite_wait.h"

/* How long a store waits for the locks of others. */
#define PATIENCE_US (10 * G_USEC_PER_SEC)

/* How many runs are read at a time. */
#define PAGE_RUNS 64

static void
sqlite_free (Storage *base)
{
  SqliteStorage *storage = (SqliteStorage *) base;

  sqlite_owner_release_rest (storage);
  sqlite_wait_close (storage);
  sqlite_statements_finalize (&storage->connection);
  /* Statements are finalized, so that there is nothing that could keep it open. */
  (void) sqlite3_close_v2 (storage->connection.db);
  owner_locks_free (storage->connection.locks);
  g_string_free (storage->connection.text, TRUE);
  g_array_unref (storage->given_up);
  g_free (storage->polled.id);
  g_free (storage->connection.path);
  g_free (storage);
}

/* Reads rows of one text into `ids`. */
static gboolean
read_ids (SqliteConnection *connection, SqliteStatement which, const char *prefix, GPtrArray *ids,
          GError **error)
{
  sqlite3_stmt *statement = connection->statements[which];
  SqliteNext next;

  while ((next = sqlite_statement_next (connection, which, "look for a run", error))
         == SQLITE_NEXT_ROW)
    {
      const char *id = (const char *) sqlite3_column_text (statement, 0);

      if (!storage_is_run_id (id))
        {
          sqlite_statement_reset (connection, which);
          g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_CORRUPT,
                       "%s: a run has an id that is none", connection->path);
          return FALSE;
        }
      /* The ids that follow the last one with the prefix have another. */
      if (prefix != NULL && !g_str_has_prefix (id, prefix))
        {
          sqlite_statement_reset (connection, which);
          return TRUE;
        }
      g_ptr_array_add (ids, g_strdup (id));
    }
  return next == SQLITE_NEXT_END;
}

static char **
sqlite_find_run_ids (Storage *base, const char *prefix, guint max, GError **error)
{
  SqliteConnection *connection = &((SqliteStorage *) base)->connection;
  SqliteStatement which = prefix != NULL ? SQLITE_STATEMENT_LIST_IDS : SQLITE_STATEMENT_NEWEST_ID;
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);

  if (prefix != NULL)
    {
      sqlite_bind_text (connection, which, 1, prefix);
      sqlite_bind_number (connection, which, 2, max);
    }
  if (!read_ids (connection, which, prefix, ids, error))
    return NULL;
  g_ptr_array_add (ids, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&ids), FALSE);
}

/* Reads the next page of runs, those with smaller numbers than `before`, which becomes the
 * smallest. */
static gboolean
read_page (SqliteConnection *connection, gint64 *before, GArray *page, GStringChunk *strings,
           GError **error)
{
  sqlite3_stmt *statement = connection->statements[SQLITE_STATEMENT_LIST_RUNS];
  SqliteNext next;

  g_array_set_size (page, 0);
  g_string_chunk_clear (strings);
  sqlite_bind_number (connection, SQLITE_STATEMENT_LIST_RUNS, 1, *before);
  sqlite_bind_number (connection, SQLITE_STATEMENT_LIST_RUNS, 2, PAGE_RUNS);
  while ((next
          = sqlite_statement_next (connection, SQLITE_STATEMENT_LIST_RUNS, "list its runs", error))
         == SQLITE_NEXT_ROW)
    {
      StorageRunInfo info;

      if (!sqlite_run_read_info (connection, statement, &info, error))
        {
          sqlite_statement_reset (connection, SQLITE_STATEMENT_LIST_RUNS);
          return FALSE;
        }
      info = run_info_copy (&info, strings);
      g_array_append_val (page, info);
      *before = sqlite3_column_int64 (statement, 0);
    }
  return next == SQLITE_NEXT_END;
}

static gboolean
sqlite_foreach_run (Storage *base, StorageRunFunc func, gpointer user_data, GError **error)
{
  g_autoptr (GArray) page = g_array_new (FALSE, FALSE, sizeof (StorageRunInfo));
  g_autoptr (GStringChunk) strings = g_string_chunk_new (4096);
  gint64 before = G_MAXINT64;

  do
    {
      if (!read_page (&((SqliteStorage *) base)->connection, &before, page, strings, error))
        return FALSE;
      for (guint i = 0; i < page->len; i++)
        if (!func (&g_array_index (page, StorageRunInfo, i), user_data))
          return TRUE;
    }
  while (page->len == PAGE_RUNS);
  return TRUE;
}

static const StorageSlots slots = {
  .scheme = "sqlite",
  .has_times = TRUE,
  .has_atoms = TRUE,
  .free = sqlite_free,
  .create_run = sqlite_run_create,
  .open_run = sqlite_run_open,
  .take_run = sqlite_take_run,
  .disown_run = sqlite_take_disown,
  .request = sqlite_requests_add,
  .attend = sqlite_requests_attend,
  .get_wait_fd = sqlite_wait_get_fd,
  .remove_run = sqlite_take_remove,
  .find_run_ids = sqlite_find_run_ids,
  .foreach_run = sqlite_foreach_run,
  .append = sqlite_journal_append,
  .add_atoms = sqlite_run_add_atoms,
  .foreach_record = sqlite_journal_foreach,
  .get_atoms = sqlite_run_get_atoms,
  .close_run = sqlite_run_close,
};

/* What opens it again: a question mark in the path must not be the last one. */
static char *
make_uri (StorageDurability durability, const char *path)
{
  if (strchr (path, '?') == NULL)
    return g_strconcat ("sqlite:", path, NULL);
  return g_strconcat ("sqlite:", path,
                      "?durability=", durability == STORAGE_DURABILITY_FULL ? "full" : "normal",
                      NULL);
}

Storage *
sqlite_storage_open (const SqliteOptions *options, GError **error)
{
  SqliteStorage *storage = g_new0 (SqliteStorage, 1);
  g_autoptr (Storage) base = &storage->base;

  base->slots = &slots;
  base->ref_count = 1;
  storage->connection.path = g_canonicalize_filename (options->path, NULL);
  storage->patience_us = options->patience_us;
  storage->wait_fd = -1;
  storage->connection.text = g_string_new (NULL);
  storage->given_up = g_array_new (FALSE, FALSE, sizeof (SqliteClaim));
  base->uri = make_uri (options->durability, storage->connection.path);
  if (!sqlite_open (storage, options, error))
    return NULL;
  return g_steal_pointer (&base);
}

Storage *
storage_open_sqlite (const char *path, StorageOpen mode, StorageDurability durability,
                     GError **error)
{
  SqliteOptions options
      = { .path = path, .mode = mode, .durability = durability, .patience_us = PATIENCE_US };

  g_return_val_if_fail (path != NULL && *path != '\0', NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);
  return sqlite_storage_open (&options, error);
}
