/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/storage/sqlite/sqlite_fixture.h"
#include "storage/sqlite/sqlite.h"

#define PATIENCE_US 20000

char *
sqlite_fixture_get_path (const char *folder)
{
  return g_build_filename (folder, "runs.db", NULL);
}

Storage *
sqlite_fixture_try_open (const char *folder, StorageOpen mode, const char *vfs, GError **error)
{
  g_autofree char *path = sqlite_fixture_get_path (folder);
  SqliteOptions options = { .path = path, .mode = mode, .patience_us = PATIENCE_US, .vfs = vfs };

  return sqlite_storage_open (&options, error);
}

Storage *
sqlite_fixture_open (const char *folder)
{
  g_autoptr (GError) error = NULL;
  Storage *storage = sqlite_fixture_try_open (folder, STORAGE_OPEN_CREATE, NULL, &error);

  if (storage == NULL)
    fail_msg ("%s", error->message);
  return storage;
}

StorageRun *
sqlite_fixture_open_run (Storage *storage, const char *id)
{
  g_autoptr (GError) error = NULL;
  StorageRun *run = storage_open_run (storage, id, &error);

  if (run == NULL)
    fail_msg ("%s", error->message);
  return run;
}

sqlite3 *
sqlite_fixture_open_file (const char *path)
{
  sqlite3 *db = NULL;

  assert_int_equal (sqlite3_open (path, &db), SQLITE_OK);
  return db;
}

void
sqlite_fixture_execute (sqlite3 *db, const char *sql)
{
  if (sqlite3_exec (db, sql, NULL, NULL, NULL) != SQLITE_OK)
    fail_msg ("%s: %s", sql, sqlite3_errmsg (db));
}

void
sqlite_fixture_execute_on (const char *path, const char *sql)
{
  sqlite3 *db = sqlite_fixture_open_file (path);

  sqlite_fixture_execute (db, sql);
  sqlite3_close (db);
}

char *
sqlite_fixture_query (sqlite3 *db, const char *sql)
{
  GString *rows = g_string_new (NULL);
  sqlite3_stmt *statement = NULL;

  if (sqlite3_prepare_v2 (db, sql, -1, &statement, NULL) != SQLITE_OK)
    fail_msg ("%s: %s", sql, sqlite3_errmsg (db));
  while (sqlite3_step (statement) == SQLITE_ROW)
    for (int i = 0; i < sqlite3_column_count (statement); i++)
      {
        const char *text = (const char *) sqlite3_column_text (statement, i);

        g_string_append (rows, text != NULL ? text : "-");
        g_string_append_c (rows, i + 1 < sqlite3_column_count (statement) ? '|' : '\n');
      }
  sqlite3_finalize (statement);
  return g_string_free (rows, FALSE);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const char *const *) a, *(const char *const *) b);
}

char *
sqlite_fixture_digest (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GChecksum) digest = g_checksum_new (G_CHECKSUM_SHA256);
  const char *name;

  assert_non_null (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    if (!g_str_has_suffix (name, "-shm"))
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *path = g_build_filename (folder, g_ptr_array_index (names, i), NULL);
      g_autofree char *content = NULL;
      gsize length = 0;

      assert_true (g_file_get_contents (path, &content, &length, NULL));
      g_checksum_update (digest, g_ptr_array_index (names, i), -1);
      g_checksum_update (digest, (const guchar *) content, (gssize) length);
    }
  return g_strdup (g_checksum_get_string (digest));
}
