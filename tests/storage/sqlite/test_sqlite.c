/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/sqlite/sqlite.h"
#include "tests/storage/conformance.h"
#include "tests/storage/sqlite/sqlite_fixture.h"

static Storage *
open_store (const char *folder, StorageDurability durability)
{
  g_autofree char *path = sqlite_fixture_get_path (folder);
  g_autoptr (GError) error = NULL;
  Storage *storage = storage_open_sqlite (path, STORAGE_OPEN_CREATE, durability, &error);

  if (storage == NULL)
    fail_msg ("%s", error->message);
  return storage;
}

static Storage *
open_full (const char *folder)
{
  return open_store (folder, STORAGE_DURABILITY_FULL);
}

static Storage *
open_normal (const char *folder)
{
  return open_store (folder, STORAGE_DURABILITY_NORMAL);
}

static const ConformanceStore stores[] = {
  { "sqlite full", open_full, TRUE },
  { "sqlite normal", open_normal, TRUE },
};

static guint
get_mode (const char *path)
{
  struct stat status;

  assert_int_equal (stat (path, &status), 0);
  return status.st_mode & 0777;
}

static void
files_and_folders_are_for_their_owner_only (void **state)
{
  const char *folder = (const char *) *state;
  g_autofree char *outer = g_build_filename (folder, "state", NULL);
  g_autofree char *inner = g_build_filename (outer, "backflow", NULL);
  g_autofree char *path = sqlite_fixture_get_path (inner);
  g_autofree char *log_path = g_strconcat (path, "-wal", NULL);
  mode_t mask = umask (0);
  g_autoptr (Storage) storage = open_full (inner);
  g_autoptr (StorageRun) run = fixture_create_run (storage, "r", 1);

  umask (mask);
  assert_non_null (run);
  assert_int_equal (get_mode (outer), 0700);
  assert_int_equal (get_mode (inner), 0700);
  assert_int_equal (get_mode (path), 0600);
  assert_int_equal (get_mode (log_path), 0600);
}

static void
logs_are_kept_beside_the_file_whatever_name_it_was_opened_by (void **state)
{
  const char *folder = (const char *) *state;
  g_autofree char *path = sqlite_fixture_get_path (folder);
  g_autofree char *log_dir = g_strconcat (path, ".logs", NULL);
  g_autofree char *uri = g_strconcat ("sqlite:", path, NULL);
  g_autofree char *link = g_build_filename (folder, "link.db", NULL);
  g_autoptr (Storage) storage = open_full (folder);
  g_autoptr (Storage) linked = NULL;

  assert_string_equal (storage_get_uri (storage), uri);
  assert_string_equal (storage_get_log_dir (storage), log_dir);
  assert_false (g_file_test (log_dir, G_FILE_TEST_EXISTS));
  assert_int_equal (symlink ("runs.db", link), 0);
  linked = storage_open_sqlite (link, STORAGE_OPEN_READ, STORAGE_DURABILITY_FULL, NULL);
  assert_string_equal (storage_get_log_dir (linked), log_dir);
}

/* -- Owners ----------------------------------------------------------------------------------- */

static void
a_run_has_an_owner_until_it_is_closed (void **state)
{
  const char *folder = (const char *) *state;
  g_autoptr (Storage) storage = open_full (folder);
  StorageRun *run = fixture_create_run (storage, "r", 1);
  g_autoptr (StorageRun) during = sqlite_fixture_open_run (storage, "r");
  g_autoptr (StorageRun) after = NULL;
  g_autofree char *pid = g_strdup_printf ("%d", (int) getpid ());
  g_auto (GStrv) words = g_strsplit (storage_run_get_info (during)->owner, " ", -1);

  assert_int_equal (g_strv_length (words), 6);
  assert_string_equal (words[0], g_get_host_name ());
  assert_string_equal (words[2], pid);
  assert_string_equal (storage_run_get_info (run)->owner, storage_run_get_info (during)->owner);
  storage_run_close (run);
  after = sqlite_fixture_open_run (storage, "r");
  assert_null (storage_run_get_info (after)->owner);
}

static void
who_lost_a_run_can_write_nothing_to_it (void **state)
{
  const char *folder = (const char *) *state;
  g_autofree char *path = sqlite_fixture_get_path (folder);
  g_autoptr (Storage) storage = open_full (folder);
  StorageRun *run = fixture_create_run (storage, "r", 1);
  StorageRecord batch[] = { fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL),
                            fixture_flow (FLOW_STATE_PENDING, FLOW_STATE_RUNNING) };
  g_autoptr (StorageRun) reader = NULL;
  g_autoptr (GError) error = NULL;

  sqlite_fixture_execute_on (path, "UPDATE runs SET token = token + 1, owner = 'another'");
  assert_false (storage_run_append (run, batch, 1, &error));
  fixture_assert_error (&error, STORAGE_ERROR_FENCED, "\"r\"");
  assert_false (storage_run_append (run, batch, 2, &error));
  fixture_assert_error (&error, STORAGE_ERROR_FENCED, "\"r\"");
  assert_int_equal (storage_run_get_info (run)->state, FLOW_STATE_PENDING);
  storage_run_close (run);
  reader = sqlite_fixture_open_run (storage, "r");
  assert_int_equal (fixture_count (reader), 0);
  assert_int_equal (storage_run_get_info (reader)->state, FLOW_STATE_PENDING);
  assert_string_equal (storage_run_get_info (reader)->owner, "another");
}

static void
the_number_of_a_deleted_run_is_never_another_runs (void **state)
{
  const char *folder = (const char *) *state;
  g_autofree char *path = sqlite_fixture_get_path (folder);
  g_autoptr (Storage) storage = open_full (folder);
  g_autoptr (StorageRun) old = fixture_create_run (storage, "old", 1);
  g_autoptr (StorageRun) fresh = NULL;
  StorageRecord record = fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL);
  g_autoptr (GError) error = NULL;

  sqlite_fixture_execute_on (path, "DELETE FROM runs");
  fresh = fixture_create_run (storage, "fresh", 1);
  assert_false (storage_run_append (old, &record, 1, &error));
  fixture_assert_error (&error, STORAGE_ERROR_FENCED, "\"old\"");
  assert_int_equal (fixture_count (fresh), 0);
}

static void
a_store_that_was_deleted_in_use_is_noticed_when_the_flow_moves (void **state)
{
  const char *folder = (const char *) *state;
  g_autofree char *path = sqlite_fixture_get_path (folder);
  g_autoptr (Storage) storage = open_full (folder);
  g_autoptr (StorageRun) run = fixture_create_run (storage, "r", 1);
  StorageRecord record = fixture_flow (FLOW_STATE_RUNNING, FLOW_STATE_SUCCESS);
  g_autoptr (GError) error = NULL;

  assert_int_equal (unlink (path), 0);
  assert_false (storage_run_append (run, &record, 1, &error));
  fixture_assert_error (&error, STORAGE_ERROR_IO, "deleted");
}

static void
a_store_that_was_replaced_in_use_takes_no_intent (void **state)
{
  const char *folder = (const char *) *state;
  g_autofree char *path = sqlite_fixture_get_path (folder);
  g_autofree char *aside = g_strconcat (path, ".old", NULL);
  g_autoptr (Storage) storage = open_full (folder);
  g_autoptr (StorageRun) run = fixture_create_run (storage, "r", 1);
  StorageRecord intent = fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL);
  StorageRunInfo info = { .id = "another", .flow = "f" };
  g_autoptr (GError) error = NULL;

  assert_int_equal (rename (path, aside), 0);
  assert_true (g_file_set_contents (path, "another", -1, NULL));
  assert_false (storage_run_append (run, &intent, 1, &error));
  fixture_assert_error (&error, STORAGE_ERROR_IO, "deleted or moved");
  assert_null (storage_create_run (storage, &info, NULL, &error));
  fixture_assert_error (&error, STORAGE_ERROR_IO, "deleted or moved");
}

/* -- Damage ----------------------------------------------------------------------------------- */

static gboolean
count_up (const StorageRecord *record, gpointer user_data)
{
  (void) record;
  ++*(guint *) user_data;
  return TRUE;
}

/* Makes the run "r" of five records, and damages it. */
static Storage *
make_damaged (const char *folder, const char *sql)
{
  g_autofree char *path = sqlite_fixture_get_path (folder);
  Storage *storage = open_normal (folder);
  g_autoptr (StorageRun) run = fixture_create_run (storage, "r", 2);

  for (guint i = 0; i < 5; i++)
    fixture_append (run, fixture_atom (i % 2, ATOM_STATE_RUNNING, ATOM_STATE_SUCCESS, 1,
                                       g_variant_new_int64 (i)));
  sqlite_fixture_execute_on (path, sql);
  return storage;
}

static void
a_damaged_record_is_named_after_those_before_it (void **state)
{
  static const struct
  {
    const char *sql;
    guint before;
    const char *text;
  } cases[] = {
    { "UPDATE journal SET value = '{' WHERE seq = 4", 3, "run \"r\", record 4: line 1" },
    { "UPDATE journal SET value = '[]', kind = 3 WHERE seq = 3", 2, "run \"r\", record 3: " },
    { "UPDATE journal SET kind = 2 WHERE seq = 1", 0, "run \"r\", record 1: " },
    { "UPDATE journal SET kind = 99 WHERE seq = 2", 1, "run \"r\", record 2: " },
    { "UPDATE journal SET to_state = 255 WHERE seq = 2", 1, "run \"r\", record 2: " },
    { "UPDATE journal SET to_state = 256 WHERE seq = 2", 1, "run \"r\", record 2: " },
    { "UPDATE journal SET attempt = -1 WHERE seq = 2", 1, "run \"r\", record 2: " },
    { "UPDATE journal SET atom = 2 WHERE seq = 5", 4, "run \"r\", record 5: " },
    { "UPDATE journal SET atom = NULL WHERE seq = 5", 4, "run \"r\", record 5: " },
    { "UPDATE journal SET time_us = -1 WHERE seq = 2", 1, "run \"r\", record 2: " },
    { "UPDATE journal SET time_us = 9223372036854775807 WHERE seq = 2", 1,
      "run \"r\", record 2: " },
    { "UPDATE journal SET kind = 3, value = NULL, attempt = 2 WHERE seq = 3", 2,
      "run \"r\", record 3: " },
    { "UPDATE journal SET kind = 5, value = '\"/etc/passwd\"', to_state = 0 WHERE seq = 3", 2,
      "run \"r\", record 3: " },
    { "UPDATE journal SET value = CAST (x'ff' AS TEXT) WHERE seq = 3", 2, "run \"r\", record 3: " },
    { "DELETE FROM journal WHERE seq = 2", 1, "run \"r\", record 2: it is missing" },
  };
  const char *folder = (const char *) *state;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *inner = g_strdup_printf ("%s/%zu", folder, i);
      g_autoptr (Storage) storage = make_damaged (inner, cases[i].sql);
      g_autoptr (StorageRun) run = sqlite_fixture_open_run (storage, "r");
      g_autoptr (GError) error = NULL;
      guint count = 0;

      assert_false (storage_run_foreach (run, count_up, &count, &error));
      fixture_assert_error (&error, STORAGE_ERROR_CORRUPT, cases[i].text);
      assert_int_equal (count, cases[i].before);
    }
}

static void
a_damaged_run_is_not_opened (void **state)
{
  static const char *const damages[] = {
    "UPDATE runs SET state = 99",
    "UPDATE runs SET version_major = 65536",
    "UPDATE runs SET n_atoms = -1",
    "UPDATE runs SET n_atoms = 3",
    "UPDATE atoms SET kind = 17 WHERE atom = 1",
    "UPDATE atoms SET effects = -1 WHERE atom = 1",
    "DELETE FROM atoms WHERE atom = 0",
    "UPDATE atoms SET name = CAST (x'ff' AS TEXT) WHERE atom = 0",
    "UPDATE runs SET created_us = 9223372036854775807",
    "UPDATE runs SET updated_us = -1",
    "UPDATE runs SET token = -1",
    "UPDATE runs SET flow = CAST (x'ff' AS TEXT)",
    "UPDATE runs SET token = 9, owner = CAST (x'ff' AS TEXT)",
  };
  const char *folder = (const char *) *state;

  for (gsize i = 0; i < G_N_ELEMENTS (damages); i++)
    {
      g_autofree char *inner = g_strdup_printf ("%s/%zu", folder, i);
      g_autoptr (Storage) storage = make_damaged (inner, damages[i]);
      g_autoptr (GError) error = NULL;

      assert_null (storage_open_run (storage, "r", &error));
      fixture_assert_error (&error, STORAGE_ERROR_CORRUPT, "run \"r\"");
    }
}

static gboolean
accept_run (const StorageRunInfo *info, gpointer user_data)
{
  (void) info;
  (void) user_data;
  return TRUE;
}

static void
a_damaged_header_is_found_in_a_listing (void **state)
{
  const char *folder = (const char *) *state;
  g_autoptr (Storage) storage = make_damaged (folder, "UPDATE runs SET state = -1");
  g_autoptr (GError) error = NULL;

  assert_false (storage_list_runs (storage, accept_run, NULL, &error));
  fixture_assert_error (&error, STORAGE_ERROR_CORRUPT, "run \"r\"");
}

static void
an_id_that_is_none_is_not_listed (void **state)
{
  const char *folder = (const char *) *state;
  g_autoptr (Storage) storage = make_damaged (folder, "UPDATE runs SET id = '../r'");
  g_autoptr (GError) error = NULL;

  assert_false (storage_list_runs (storage, accept_run, NULL, &error));
  fixture_assert_error (&error, STORAGE_ERROR_CORRUPT, "run \"?\"");
  assert_null (storage_lookup_run_id (storage, "@last", &error));
  fixture_assert_error (&error, STORAGE_ERROR_CORRUPT, "an id that is none");
}

/* -- Sizes ------------------------------------------------------------------------------------ */

/* The limit of SQLite, made smaller. */
static Storage *
open_narrow (const char *folder)
{
  Storage *storage = open_normal (folder);

  (void) sqlite3_limit (((SqliteStorage *) storage)->connection.db, SQLITE_LIMIT_LENGTH, 100000);
  return storage;
}

static GVariant *
make_large (void)
{
  return g_variant_ref_sink (g_variant_new_take_string (g_strnfill (100001, 'x')));
}

static void
a_value_that_is_too_large_is_refused_whole (void **state)
{
  g_autoptr (Storage) storage = open_narrow ((const char *) *state);
  g_autoptr (StorageRun) run = fixture_create_run (storage, "r", 1);
  g_autoptr (GVariant) large = make_large ();
  StorageRecord batch[] = { fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL),
                            fixture_atom (0, ATOM_STATE_RUNNING, ATOM_STATE_SUCCESS, 1, large) };
  g_autoptr (GError) error = NULL;

  assert_false (storage_run_append (run, &batch[1], 1, &error));
  fixture_assert_error (&error, STORAGE_ERROR_TOO_LARGE, "larger than");
  assert_false (storage_run_append (run, batch, 2, &error));
  fixture_assert_error (&error, STORAGE_ERROR_TOO_LARGE, "larger than");
  assert_int_equal (fixture_count (run), 0);
  assert_true (storage_run_append (run, batch, 1, &error));
  assert_int_equal (fixture_count (run), 1);
}

static void
a_run_with_an_input_that_is_too_large_is_not_made (void **state)
{
  g_autoptr (Storage) storage = open_narrow ((const char *) *state);
  StorageRunInfo info = { .id = "r", .flow = "f" };
  g_autoptr (GVariant) large = make_large ();
  g_autoptr (GVariant) value = g_variant_ref_sink (g_variant_new ("(sv)", "input", large));
  StorageRecord records[]
      = { { .kind = STORAGE_RECORD_NOTE,
            .atom = STORAGE_NO_ATOM,
            .value = g_variant_new_string ("first") },
          { .kind = STORAGE_RECORD_INPUT, .atom = STORAGE_NO_ATOM, .value = value } };
  StorageRunContent content = { .records = records, .n_records = 2 };
  g_autoptr (GError) error = NULL;

  g_variant_ref_sink (records[0].value);
  assert_null (storage_create_run (storage, &info, &content, &error));
  fixture_assert_error (&error, STORAGE_ERROR_TOO_LARGE, "larger than");
  assert_null (storage_open_run (storage, "r", &error));
  fixture_assert_error (&error, STORAGE_ERROR_NOT_FOUND, "\"r\"");
  g_variant_unref (records[0].value);
}

/* -- Tables ----------------------------------------------------------------------------------- */

static void
a_definition_is_kept_once (void **state)
{
  const char *folder = (const char *) *state;
  g_autofree char *path = sqlite_fixture_get_path (folder);
  g_autoptr (Storage) storage = open_full (folder);
  StorageRunInfo first = { .id = "a", .flow = "f", .definition = "flow: f\n" };
  StorageRunInfo second = { .id = "b", .flow = "f", .definition = "flow: f\n" };
  sqlite3 *db;
  g_autofree char *rows = NULL;

  storage_run_close (storage_create_run (storage, &first, NULL, NULL));
  storage_run_close (storage_create_run (storage, &second, NULL, NULL));
  db = sqlite_fixture_open_file (path);
  rows = sqlite_fixture_query (db, "SELECT count(*), text FROM definitions");
  sqlite3_close (db);
  assert_string_equal (rows, "1|flow: f\n\n");
}

static void
what_belongs_to_a_run_is_deleted_with_it (void **state)
{
  const char *folder = (const char *) *state;
  g_autofree char *path = sqlite_fixture_get_path (folder);
  g_autoptr (Storage) storage = open_full (folder);
  sqlite3 *db;
  g_autofree char *rows = NULL;

  for (guint i = 0; i < 3; i++)
    {
      static const char *const ids[] = { "a", "b", "c" };
      g_autoptr (StorageRun) run = fixture_create_run (storage, ids[i], 2);

      fixture_append (run, fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL));
    }
  db = sqlite_fixture_open_file (path);
  sqlite_fixture_execute (db, "DELETE FROM runs WHERE id = 'b'");
  rows = sqlite_fixture_query (db, "SELECT (SELECT group_concat(DISTINCT run) FROM atoms),"
                                   " (SELECT group_concat(DISTINCT run) FROM journal)");
  sqlite3_close (db);
  assert_string_equal (rows, "1,3|1,3\n");
}

static void
a_store_takes_no_more_runs_than_have_numbers (void **state)
{
  const char *folder = (const char *) *state;
  g_autofree char *path = sqlite_fixture_get_path (folder);
  g_autoptr (Storage) storage = open_full (folder);
  g_autoptr (GError) error = NULL;
  StorageRunInfo info = { .id = "r", .flow = "f" };

  sqlite_fixture_execute_on (path, "INSERT INTO sqlite_sequence VALUES ('runs', 2147483647)");
  assert_null (storage_create_run (storage, &info, NULL, &error));
  fixture_assert_error (&error, STORAGE_ERROR_FULL, "no more runs");
}

static void
a_run_takes_no_more_records_than_have_numbers (void **state)
{
  g_autoptr (Storage) storage = open_full ((const char *) *state);
  g_autoptr (StorageRun) run = fixture_create_run (storage, "r", 1);
  StorageRecord batch[] = { fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL),
                            fixture_atom (0, ATOM_STATE_RUNNING, ATOM_STATE_SUCCESS, 1, NULL) };
  g_autoptr (GError) error = NULL;

  ((SqliteRun *) run)->last_seq = G_MAXUINT32 - 1;
  assert_false (storage_run_append (run, batch, 2, &error));
  fixture_assert_error (&error, STORAGE_ERROR_FULL, "no more records");
  assert_true (storage_run_append (run, batch, 1, &error));
}

#define TEST(name) cmocka_unit_test_setup_teardown (name, fixture_set_up, fixture_tear_down)

int
main (void)
{
  static const struct CMUnitTest own[] = {
    TEST (files_and_folders_are_for_their_owner_only),
    TEST (logs_are_kept_beside_the_file_whatever_name_it_was_opened_by),
    TEST (a_run_has_an_owner_until_it_is_closed),
    TEST (who_lost_a_run_can_write_nothing_to_it),
    TEST (the_number_of_a_deleted_run_is_never_another_runs),
    TEST (a_store_that_was_deleted_in_use_is_noticed_when_the_flow_moves),
    TEST (a_store_that_was_replaced_in_use_takes_no_intent),
    TEST (a_damaged_record_is_named_after_those_before_it),
    TEST (a_damaged_run_is_not_opened),
    TEST (a_damaged_header_is_found_in_a_listing),
    TEST (an_id_that_is_none_is_not_listed),
    TEST (a_value_that_is_too_large_is_refused_whole),
    TEST (a_run_with_an_input_that_is_too_large_is_not_made),
    TEST (a_definition_is_kept_once),
    TEST (what_belongs_to_a_run_is_deleted_with_it),
    TEST (a_store_takes_no_more_runs_than_have_numbers),
    TEST (a_run_takes_no_more_records_than_have_numbers),
  };

  return conformance_run ("storage/sqlite", stores, G_N_ELEMENTS (stores), own, G_N_ELEMENTS (own));
}
