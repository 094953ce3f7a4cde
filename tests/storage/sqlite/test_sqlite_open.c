/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/storage/sqlite/sqlite_fixture.h"

/* Somebody who may read and write nothing that is not his. */
#define NOBODY 65534

/* Opens the store both ways, which must both be refused, and leave all files as they are. */
static void
assert_refused (const char *folder, StorageError code, const char *text)
{
  static const StorageOpen modes[] = { STORAGE_OPEN_CREATE, STORAGE_OPEN_READ };
  g_autofree char *before = sqlite_fixture_digest (folder);

  for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *after = NULL;

      assert_null (sqlite_fixture_try_open (folder, modes[i], NULL, &error));
      fixture_assert_error (&error, code, text);
      after = sqlite_fixture_digest (folder);
      assert_string_equal (after, before);
    }
}

/* Makes a store with one run, and closes it. */
static void
make_store (const char *folder)
{
  g_autoptr (Storage) storage = sqlite_fixture_open (folder);
  g_autoptr (StorageRun) run = fixture_create_run (storage, "r", 2);

  fixture_append (run, fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL));
}

static void
write_file (const char *folder, const char *content, gssize length)
{
  g_autofree char *path = sqlite_fixture_get_path (folder);

  assert_true (g_file_set_contents (path, content, length, NULL));
}

/* -- Stores of others ------------------------------------------------------------------------- */

static void
a_newer_store_is_left_untouched (void **state)
{
  const char *folder = (const char *) *state;
  g_autofree char *path = sqlite_fixture_get_path (folder);

  make_store (folder);
  sqlite_fixture_execute_on (path, "PRAGMA user_version = 99");
  assert_refused (folder, STORAGE_ERROR_NEWER, "version 99");
  /* The very next one. */
  sqlite_fixture_execute_on (path, "PRAGMA user_version = 3");
  assert_refused (folder, STORAGE_ERROR_NEWER, "version 3, this one knows up to 2");
}

static void
a_store_that_becomes_newer_while_it_is_in_use_is_left_untouched (void **state)
{
  const char *folder = (const char *) *state;
  g_autofree char *path = sqlite_fixture_get_path (folder);
  sqlite3 *db;

  make_store (folder);
  db = sqlite_fixture_open_file (path);
  /* The new version is in the log only. */
  sqlite_fixture_execute (db, "PRAGMA wal_autocheckpoint = 0; PRAGMA user_version = 99");
  assert_refused (folder, STORAGE_ERROR_NEWER, "version 99");
  sqlite3_close (db);
}

static void
a_database_of_another_program_is_left_untouched (void **state)
{
  static const char *const contents[] = {
    "CREATE TABLE runs (id TEXT)",
    "CREATE TABLE t (x); PRAGMA user_version = 1",
    "CREATE TABLE t (x); PRAGMA application_id = 1",
    "PRAGMA journal_mode = WAL; CREATE TABLE t (x)",
  };
  const char *folder = (const char *) *state;

  for (gsize i = 0; i < G_N_ELEMENTS (contents); i++)
    {
      g_autofree char *inner = g_strdup_printf ("%s/%zu", folder, i);
      g_autofree char *path = sqlite_fixture_get_path (inner);
      g_autofree char *before = NULL;
      g_autofree char *after = NULL;
      g_autoptr (GError) error = NULL;

      assert_int_equal (g_mkdir_with_parents (inner, 0700), 0);
      sqlite_fixture_execute_on (path, contents[i]);
      before = sqlite_fixture_digest (inner);
      assert_null (sqlite_fixture_try_open (inner, STORAGE_OPEN_CREATE, NULL, &error));
      fixture_assert_error (&error, STORAGE_ERROR_CORRUPT, "another program");
      after = sqlite_fixture_digest (inner);
      assert_string_equal (after, before);
    }
}

static void
a_file_that_is_no_database_is_left_untouched (void **state)
{
  static const char text[] = "flow: provision-site\nsteps: []\n";
  const char *folder = (const char *) *state;
  g_autofree char *large = g_strnfill (100000, 'x');

  write_file (folder, "x", 1);
  assert_refused (folder, STORAGE_ERROR_CORRUPT, "no SQLite database");
  write_file (folder, text, -1);
  assert_refused (folder, STORAGE_ERROR_CORRUPT, "no SQLite database");
  write_file (folder, large, -1);
  assert_refused (folder, STORAGE_ERROR_CORRUPT, "no SQLite database");
}

static void
a_store_that_lost_its_end_is_corrupt (void **state)
{
  static const off_t lengths[] = { 100, 4096, 3 * 4096 + 100 };
  const char *folder = (const char *) *state;
  g_autofree char *path = sqlite_fixture_get_path (folder);

  make_store (folder);
  for (guint i = G_N_ELEMENTS (lengths); i > 0; i--)
    {
      g_autoptr (GError) error = NULL;

      assert_int_equal (truncate (path, lengths[i - 1]), 0);
      assert_null (sqlite_fixture_try_open (folder, STORAGE_OPEN_CREATE, NULL, &error));
      fixture_assert_error (&error, STORAGE_ERROR_CORRUPT, "runs.db");
      assert_null (sqlite_fixture_try_open (folder, STORAGE_OPEN_READ, NULL, &error));
      fixture_assert_error (&error, STORAGE_ERROR_CORRUPT, "runs.db");
    }
}

static void
a_store_without_its_tables_is_corrupt (void **state)
{
  const char *folder = (const char *) *state;
  g_autofree char *path = sqlite_fixture_get_path (folder);

  make_store (folder);
  sqlite_fixture_execute_on (path, "DROP TABLE journal");
  assert_refused (folder, STORAGE_ERROR_CORRUPT, "journal");
}

/* -- No store yet ----------------------------------------------------------------------------- */

static void
an_empty_file_becomes_a_store (void **state)
{
  const char *folder = (const char *) *state;
  g_autofree char *path = sqlite_fixture_get_path (folder);
  g_autoptr (GError) error = NULL;
  struct stat status;

  write_file (folder, "", 0);
  assert_null (sqlite_fixture_try_open (folder, STORAGE_OPEN_READ, NULL, &error));
  fixture_assert_error (&error, STORAGE_ERROR_NOT_FOUND, "empty file");
  assert_int_equal (stat (path, &status), 0);
  assert_int_equal (status.st_size, 0);
  make_store (folder);
}

static void
a_store_that_is_to_be_read_is_not_made (void **state)
{
  const char *folder = (const char *) *state;
  g_autofree char *inner = g_build_filename (folder, "inner", NULL);
  g_autoptr (GError) error = NULL;

  assert_null (sqlite_fixture_try_open (inner, STORAGE_OPEN_READ, NULL, &error));
  fixture_assert_error (&error, STORAGE_ERROR_NOT_FOUND, "no such store");
  assert_false (g_file_test (inner, G_FILE_TEST_EXISTS));
}

/* -- Places that cannot be used --------------------------------------------------------------- */

static void
a_path_that_is_too_long_is_called_so (void **state)
{
  const char *folder = (const char *) *state;
  g_autoptr (GString) path = g_string_new (folder);

  /* A step below the limit, wherever the folder is, on it, and above. */
  while (path->len < 480)
    g_string_append (path, "/long");
  g_string_append_c (path, '/');
  while (path->len < 504)
    g_string_append_c (path, 'x');
  for (gsize i = 0; i < 3; i++, g_string_append_c (path, 'x'))
    {
      g_autofree char *uri = g_strconcat ("sqlite:", path->str, NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (Storage) storage = storage_open (uri, STORAGE_OPEN_CREATE, &error);

      assert_int_equal (storage != NULL, i == 0);
      assert_int_equal (g_file_test (path->str, G_FILE_TEST_EXISTS), i == 0);
      if (storage == NULL)
        fixture_assert_error (&error, STORAGE_ERROR_URI, "the path is too long");
    }
}

static void
what_is_no_regular_file_is_refused (void **state)
{
  const char *folder = (const char *) *state;
  g_autofree char *path = sqlite_fixture_get_path (folder);
  g_autoptr (GError) error = NULL;

  assert_int_equal (mkdir (path, 0700), 0);
  assert_null (sqlite_fixture_try_open (folder, STORAGE_OPEN_CREATE, NULL, &error));
  fixture_assert_error (&error, STORAGE_ERROR_PERMISSION, "folder");
  assert_int_equal (rmdir (path), 0);
  /* Nobody writes to this one: opening it would wait for ever. */
  assert_int_equal (mkfifo (path, 0600), 0);
  assert_null (sqlite_fixture_try_open (folder, STORAGE_OPEN_CREATE, NULL, &error));
  fixture_assert_error (&error, STORAGE_ERROR_PERMISSION, "no regular file");
  assert_int_equal (unlink (path), 0);
  write_file (folder, "", 0);
  assert_null (sqlite_fixture_try_open (path, STORAGE_OPEN_CREATE, NULL, &error));
  fixture_assert_error (&error, STORAGE_ERROR_PERMISSION, "runs.db");
}

/* Opens the store in a child without privileges, and exits with the code of the error, or 100. */
static int
open_as_nobody (const char *folder, StorageOpen mode)
{
  pid_t child = fork ();
  int status = 0;

  assert_true (child >= 0);
  if (child == 0)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (Storage) storage = NULL;

      if (geteuid () == 0 && setuid (NOBODY) != 0)
        _exit (101);
      storage = sqlite_fixture_try_open (folder, mode, NULL, &error);
      _exit (storage != NULL ? 100 : error->domain == STORAGE_ERROR ? error->code : 102);
    }
  assert_int_equal (waitpid (child, &status, 0), child);
  assert_true (WIFEXITED (status));
  return WEXITSTATUS (status);
}

static void
what_one_may_not_write_is_refused (void **state)
{
  const char *folder = (const char *) *state;
  g_autofree char *path = sqlite_fixture_get_path (folder);
  g_autofree char *inner = g_build_filename (folder, "inner", NULL);

  make_store (folder);
  /* Neither a new file, nor a new folder. */
  assert_int_equal (mkdir (inner, 0755), 0);
  assert_int_equal (chmod (folder, 0755), 0);
  assert_int_equal (chmod (inner, 0555), 0);
  assert_int_equal (open_as_nobody (inner, STORAGE_OPEN_CREATE), STORAGE_ERROR_PERMISSION);
  /* A file that can be read only. */
  assert_int_equal (chmod (path, 0444), 0);
  assert_int_equal (open_as_nobody (folder, STORAGE_OPEN_CREATE), STORAGE_ERROR_PERMISSION);
  /* One that cannot be read. */
  assert_int_equal (chmod (path, 0), 0);
  assert_int_equal (open_as_nobody (folder, STORAGE_OPEN_CREATE), STORAGE_ERROR_PERMISSION);
  assert_int_equal (open_as_nobody (folder, STORAGE_OPEN_READ), STORAGE_ERROR_PERMISSION);
  /* A folder that cannot be entered. */
  assert_int_equal (chmod (folder, 0), 0);
  if (geteuid () == 0)
    assert_int_equal (open_as_nobody (folder, STORAGE_OPEN_CREATE), STORAGE_ERROR_PERMISSION);
  assert_int_equal (chmod (folder, 0700), 0);
}

static void
who_may_only_read_can_read (void **state)
{
  const char *folder = (const char *) *state;
  g_autofree char *path = sqlite_fixture_get_path (folder);

  make_store (folder);
  assert_int_equal (chmod (path, 0444), 0);
  assert_int_equal (chmod (folder, 0777), 0);
  assert_int_equal (open_as_nobody (folder, STORAGE_OPEN_READ), 100);
}

static void
a_store_in_a_folder_where_one_may_only_read_can_be_read (void **state)
{
  g_autofree char *folder = g_build_filename ((const char *) *state, "50% of it? #1", NULL);
  g_autofree char *path = sqlite_fixture_get_path (folder);

  assert_int_equal (mkdir (folder, 0755), 0);
  assert_int_equal (chmod ((const char *) *state, 0755), 0);
  make_store (folder);
  assert_int_equal (chmod (path, 0444), 0);
  assert_int_equal (chmod (folder, 0555), 0);
  assert_int_equal (open_as_nobody (folder, STORAGE_OPEN_READ), 100);
  assert_int_equal (open_as_nobody (folder, STORAGE_OPEN_CREATE), STORAGE_ERROR_PERMISSION);
  assert_int_equal (chmod (folder, 0755), 0);
}

static void
a_store_that_was_opened_for_reading_is_not_written (void **state)
{
  const char *folder = (const char *) *state;
  StorageRunInfo info = { .id = "new", .flow = "f" };
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autoptr (Storage) storage = NULL;
  g_autoptr (GError) error = NULL;

  make_store (folder);
  before = sqlite_fixture_digest (folder);
  storage = sqlite_fixture_try_open (folder, STORAGE_OPEN_READ, NULL, &error);
  assert_non_null (storage);
  storage_run_close (sqlite_fixture_open_run (storage, "r"));
  assert_null (storage_create_run (storage, &info, NULL, &error));
  fixture_assert_error (&error, STORAGE_ERROR_PERMISSION, "runs.db");
  g_clear_pointer (&storage, storage_unref);
  after = sqlite_fixture_digest (folder);
  assert_string_equal (after, before);
}

#define TEST(name) cmocka_unit_test_setup_teardown (name, fixture_set_up, fixture_tear_down)

int
main (void)
{
  static const struct CMUnitTest tests[] = {
    TEST (a_newer_store_is_left_untouched),
    TEST (a_store_that_becomes_newer_while_it_is_in_use_is_left_untouched),
    TEST (a_database_of_another_program_is_left_untouched),
    TEST (a_file_that_is_no_database_is_left_untouched),
    TEST (a_store_that_lost_its_end_is_corrupt),
    TEST (a_store_without_its_tables_is_corrupt),
    TEST (an_empty_file_becomes_a_store),
    TEST (a_store_that_is_to_be_read_is_not_made),
    TEST (a_path_that_is_too_long_is_called_so),
    TEST (what_is_no_regular_file_is_refused),
    TEST (what_one_may_not_write_is_refused),
    TEST (who_may_only_read_can_read),
    TEST (a_store_in_a_folder_where_one_may_only_read_can_be_read),
    TEST (a_store_that_was_opened_for_reading_is_not_written),
  };

  return cmocka_run_group_tests_name ("storage/sqlite_open", tests, NULL, NULL);
}
