/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <backflow/atoms/retry.h>

#include "storage/sqlite/sqlite_schema.h"
#include "tests/storage/sqlite/sqlite_fixture.h"

static const char *const scripts[] = {
  "CREATE TABLE one (x)",
  "CREATE TABLE two (x); INSERT INTO two SELECT x FROM one",
  "DROP TABLE one",
};

static sqlite3 *
open_file (void **state)
{
  g_autofree char *path = sqlite_fixture_get_path ((const char *) *state);

  return sqlite_fixture_open_file (path);
}

static void
assert_query (sqlite3 *db, const char *sql, const char *expected)
{
  g_autofree char *rows = sqlite_fixture_query (db, sql);

  assert_string_equal (rows, expected);
}

/* -- Versions --------------------------------------------------------------------------------- */

static void
a_new_file_gets_the_tables_of_the_last_version (void **state)
{
  const SqliteSchema schema = { scripts, 3 };
  sqlite3 *db = open_file (state);

  assert_true (sqlite_schema_migrate (&schema, db, "f", NULL));
  assert_query (db, "SELECT name FROM sqlite_schema", "two\n");
  assert_query (db, "PRAGMA user_version", "3\n");
  assert_query (db, "PRAGMA application_id", "1114326636\n");
  sqlite3_close (db);
}

static void
an_older_store_is_brought_up_to_date_with_what_is_in_it (void **state)
{
  const SqliteSchema old = { scripts, 1 };
  const SqliteSchema fresh = { scripts, 3 };
  sqlite3 *db = open_file (state);

  assert_true (sqlite_schema_migrate (&old, db, "f", NULL));
  sqlite_fixture_execute (db, "PRAGMA journal_mode = WAL; INSERT INTO one VALUES (7)");
  assert_true (sqlite_schema_migrate (&fresh, db, "f", NULL));
  assert_query (db, "SELECT x FROM two", "7\n");
  assert_query (db, "PRAGMA user_version", "3\n");
  sqlite3_close (db);
}

/* A program of the old version looks at the file alone before it opens it. */
static void
the_new_version_is_in_the_file_and_not_only_in_its_log (void **state)
{
  const SqliteSchema old = { scripts, 1 };
  const SqliteSchema fresh = { scripts, 2 };
  g_autofree char *path = sqlite_fixture_get_path ((const char *) *state);
  g_autofree char *content = NULL;
  sqlite3 *db = open_file (state);

  assert_true (sqlite_schema_migrate (&old, db, "f", NULL));
  sqlite_fixture_execute (db, "PRAGMA journal_mode = WAL");
  assert_true (sqlite_schema_migrate (&fresh, db, "f", NULL));
  assert_true (g_file_get_contents (path, &content, NULL, NULL));
  assert_int_equal (content[63], 2);
  sqlite3_close (db);
}

static void
a_store_that_is_up_to_date_is_not_written (void **state)
{
  const SqliteSchema schema = { scripts, 2 };
  sqlite3 *db = open_file (state);

  assert_true (sqlite_schema_migrate (&schema, db, "f", NULL));
  sqlite_fixture_execute (db, "PRAGMA query_only = ON");
  assert_true (sqlite_schema_migrate (&schema, db, "f", NULL));
  sqlite3_close (db);
}

static void
a_newer_store_is_refused (void **state)
{
  const SqliteSchema schema = { scripts, 2 };
  sqlite3 *db = open_file (state);
  g_autoptr (GError) error = NULL;

  sqlite_fixture_execute (db, "PRAGMA user_version = 3");
  assert_false (sqlite_schema_migrate (&schema, db, "f", &error));
  fixture_assert_error (&error, STORAGE_ERROR_NEWER, "f: ");
  sqlite3_close (db);
}

static void
a_migration_that_fails_changes_nothing (void **state)
{
  static const char *const broken[]
      = { "CREATE TABLE one (x)", "CREATE TABLE two (x)", "CREATE TABLE one (x)" };
  const SqliteSchema old = { broken, 1 };
  const SqliteSchema fresh = { broken, 3 };
  sqlite3 *db = open_file (state);
  g_autoptr (GError) error = NULL;

  assert_true (sqlite_schema_migrate (&old, db, "f", NULL));
  assert_false (sqlite_schema_migrate (&fresh, db, "f", &error));
  fixture_assert_error (&error, STORAGE_ERROR_CORRUPT, "already exists");
  assert_query (db, "SELECT name FROM sqlite_schema", "one\n");
  assert_query (db, "PRAGMA user_version", "1\n");
  assert_int_equal (sqlite3_get_autocommit (db), 1);
  sqlite3_close (db);
}

static void
the_tables_of_another_program_are_not_added_to (void **state)
{
  sqlite3 *db = open_file (state);
  g_autoptr (GError) error = NULL;

  sqlite_fixture_execute (db, "CREATE TABLE theirs (x)");
  assert_false (sqlite_schema_migrate (&sqlite_schema, db, "f", &error));
  fixture_assert_error (&error, STORAGE_ERROR_CORRUPT, "another program");
  assert_query (db, "SELECT name FROM sqlite_schema", "theirs\n");
  sqlite3_close (db);
}

/* -- Version 1 -------------------------------------------------------------------------------- */

/* Puts a store of version 1 where the store of the test is: with a run that was rolled back, and
 * one that was killed while it ran on another host. */
static void
put_version_1 (const char *folder)
{
  g_autofree char *from = g_build_filename (g_getenv ("G_TEST_SRCDIR"), "tests", "storage",
                                            "sqlite", "version-1.db", NULL);
  g_autofree char *to = sqlite_fixture_get_path (folder);
  g_autofree char *content = NULL;
  gsize length = 0;

  assert_true (g_file_get_contents (from, &content, &length, NULL));
  assert_true (g_file_set_contents (to, content, (gssize) length, NULL));
}

static void
a_store_of_version_1_keeps_all_that_is_in_it (void **state)
{
  const char *folder = (const char *) *state;
  g_autoptr (Storage) storage = NULL;
  g_autoptr (StorageRun) run = NULL;
  const StorageRunInfo *info;
  sqlite3 *db;

  put_version_1 (folder);
  storage = sqlite_fixture_open (folder);
  db = open_file (state);
  assert_query (db, "PRAGMA user_version", "2\n");
  assert_query (db, "SELECT count(*), count(kind), count(atom) FROM history", "16|16|12\n");
  sqlite3_close (db);
  run = sqlite_fixture_open_run (storage, "fc28dd728a5fbb4f");
  info = storage_run_get_info (run);
  assert_string_equal (info->flow, "version-one");
  assert_int_equal (info->state, FLOW_STATE_REVERTED);
  assert_non_null (strstr (info->definition, "flow: version-one"));
  assert_int_equal (storage_run_get_n_atoms (run), 2);
  assert_int_equal (fixture_count (run), 14);
}

static void
a_store_of_version_1_can_all_that_a_new_one_can (void **state)
{
  const char *folder = (const char *) *state;
  g_autoptr (Storage) storage = NULL;
  g_autoptr (StorageRun) run = NULL;
  g_autoptr (GError) error = NULL;
  sqlite3 *db;

  put_version_1 (folder);
  storage = sqlite_fixture_open (folder);
  db = open_file (state);
  assert_null (storage_take_run (storage, "928abfde31c98480", &error));
  fixture_assert_error (&error, STORAGE_ERROR_OWNED, "on elsewhere.example");
  assert_true (
      storage_leave_request (storage, "928abfde31c98480", STORAGE_REQUEST_CANCEL, "now", &error));
  assert_query (db, "SELECT token, request, reason FROM requests", "1|1|now\n");
  sqlite_fixture_execute (db, "UPDATE runs SET owner = NULL");
  run = storage_take_run (storage, "928abfde31c98480", &error);
  assert_non_null (run);
  fixture_append (run, fixture_other (STORAGE_RECORD_RESOLUTION, 0, STORAGE_RESOLUTION_DONE, 0,
                                      g_variant_new_parsed ("('seen', @mv <'made'>)")));
  fixture_assert_records (run, "1 FLOW PENDING>RUNNING\n"
                               "2 ATOM 0 PENDING>RUNNING EXECUTE #1\n"
                               "3 RESOLUTION 0 3 #0 ('seen', @mv <'made'>)\n");
  assert_query (db, "SELECT count(*) FROM requests", "0\n");
  sqlite3_close (db);
}

static void
a_store_of_version_1_is_brought_up_to_date_by_a_writer_only (void **state)
{
  const char *folder = (const char *) *state;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autoptr (GError) error = NULL;

  put_version_1 (folder);
  before = sqlite_fixture_digest (folder);
  assert_null (sqlite_fixture_try_open (folder, STORAGE_OPEN_READ, NULL, &error));
  fixture_assert_error (&error, STORAGE_ERROR_PERMISSION, "open it for writing once");
  after = sqlite_fixture_digest (folder);
  assert_string_equal (after, before);
  storage_unref (sqlite_fixture_open (folder));
  storage_unref (sqlite_fixture_try_open (folder, STORAGE_OPEN_READ, NULL, &error));
  assert_null (error);
}

/* An owner of that version goes on with its run: what it knows of is as it was. */
static void
the_statements_of_version_1_work_on_a_new_store (void **state)
{
  static const char *const statements[] = {
    "INSERT INTO journal (key, time_us, kind, atom, from_state, to_state, intention, attempt, "
    "name, value)"
    " SELECT 2 << 32 | 3, 1, 0, 0, 1, 2, 0, 1, NULL, '1' FROM runs WHERE no = 2 AND token = 1",
    "UPDATE runs SET state = 2, updated_us = 9 WHERE no = 2",
    "UPDATE runs SET owner = NULL WHERE no = 2 AND token = 1",
  };
  const char *folder = (const char *) *state;
  g_autoptr (Storage) storage = NULL;
  g_autoptr (StorageRun) run = NULL;
  sqlite3_stmt *prepared[G_N_ELEMENTS (statements)];
  sqlite3 *db;

  put_version_1 (folder);
  db = open_file (state);
  for (guint i = 0; i < G_N_ELEMENTS (statements); i++)
    assert_int_equal (sqlite3_prepare_v2 (db, statements[i], -1, &prepared[i], NULL), SQLITE_OK);
  storage = sqlite_fixture_open (folder);
  for (guint i = 0; i < G_N_ELEMENTS (statements); i++)
    {
      assert_int_equal (sqlite3_step (prepared[i]), SQLITE_DONE);
      assert_int_equal (sqlite3_changes (db), 1);
      sqlite3_finalize (prepared[i]);
    }
  sqlite3_close (db);
  run = sqlite_fixture_open_run (storage, "928abfde31c98480");
  assert_int_equal (fixture_count (run), 3);
  assert_int_equal (storage_run_get_info (run)->state, FLOW_STATE_SUCCESS);
}

/* -- The view --------------------------------------------------------------------------------- */

/* Lets the view name every number of `column` in records of a kind, and compares. */
static void
assert_names (sqlite3 *db, StorageRecordKind kind, const char *column, const char *const *names,
              guint count)
{
  g_autofree char *query
      = g_strdup_printf ("SELECT %s FROM history WHERE kind = '%s' AND run = 'names'", column,
                         storage_record_kind_get_name (kind));
  g_autoptr (GString) expected = g_string_new (NULL);

  for (guint i = 0; i < count; i++)
    {
      g_autofree char *insert = g_strdup_printf (
          "INSERT INTO journal (key, time_us, kind, from_state, to_state, intention, attempt)"
          " VALUES (1 << 32 | %u, 0, %d, %u, %u, %u, 0)",
          (guint) kind * 100 + i, (int) kind, i, i, i);

      sqlite_fixture_execute (db, insert);
      g_string_append_printf (expected, "%s\n", names[i]);
    }
  assert_query (db, query, expected->str);
  sqlite_fixture_execute (db, "DELETE FROM journal");
}

#define X(name) #name,
static const char *const atom_states[] = { ATOM_STATES (X) };
static const char *const flow_states[] = { FLOW_STATES (X) };
static const char *const intentions[] = { INTENTIONS (X) };
#undef X

static void
the_view_names_every_number_there_is (void **state)
{
  static const char *const decisions[] = { "RETRY", "REVERT", "REVERT_ALL" };
  static const char *const actions[] = { "EXECUTE", "REVERT" };
  static const char *const answers[] = { "PRESENT", "ABSENT", "UNKNOWN" };
  static const char *const requests[] = { "SUSPEND", "CANCEL", "KEEP", "UNDO" };
  static const char *const resolutions[] = { "RETRY", "REVERTED", "SKIP", "DONE" };
  g_autoptr (Storage) storage = sqlite_fixture_open ((const char *) *state);
  g_autoptr (StorageRun) run = fixture_create_run (storage, "names", 1);
  sqlite3 *db = open_file (state);

  assert_non_null (run);
  G_STATIC_ASSERT (G_N_ELEMENTS (decisions) == RETRY_DECISION_REVERT_ALL + 1);
  G_STATIC_ASSERT (G_N_ELEMENTS (answers) == STORAGE_PROBE_COUNT);
  G_STATIC_ASSERT (G_N_ELEMENTS (requests) == STORAGE_REQUEST_COUNT);
  G_STATIC_ASSERT (G_N_ELEMENTS (resolutions) == STORAGE_RESOLUTION_COUNT);
  assert_names (db, STORAGE_RECORD_ATOM, "from_state", atom_states, ATOM_STATE_COUNT);
  assert_names (db, STORAGE_RECORD_ATOM, "to_state", atom_states, ATOM_STATE_COUNT);
  assert_names (db, STORAGE_RECORD_FLOW, "from_state", flow_states, FLOW_STATE_COUNT);
  assert_names (db, STORAGE_RECORD_FLOW, "to_state", flow_states, FLOW_STATE_COUNT);
  assert_names (db, STORAGE_RECORD_ATOM, "intention", intentions, INTENTION_COUNT);
  assert_names (db, STORAGE_RECORD_INTENTION, "intention", intentions, INTENTION_COUNT);
  assert_names (db, STORAGE_RECORD_DECISION, "to_state", decisions, G_N_ELEMENTS (decisions));
  assert_names (db, STORAGE_RECORD_LOG, "to_state", actions, G_N_ELEMENTS (actions));
  assert_names (db, STORAGE_RECORD_REQUEST, "to_state", requests, G_N_ELEMENTS (requests));
  assert_names (db, STORAGE_RECORD_RESOLUTION, "to_state", resolutions, G_N_ELEMENTS (resolutions));
  assert_names (db, STORAGE_RECORD_PROGRESS, "to_state", actions, G_N_ELEMENTS (actions));
  assert_names (db, STORAGE_RECORD_PROBE, "from_state", actions, G_N_ELEMENTS (actions));
  assert_names (db, STORAGE_RECORD_PROBE, "to_state", answers, G_N_ELEMENTS (answers));
  sqlite3_close (db);
}

static void
the_view_tells_a_run_to_people (void **state)
{
  g_autoptr (Storage) storage = sqlite_fixture_open ((const char *) *state);
  g_autoptr (StorageRun) run = fixture_create_run (storage, "r", 2);
  StorageRecord started = fixture_atom (1, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL);
  sqlite3 *db = open_file (state);

  started.time_us = 1700000000000123;
  fixture_append (run, fixture_other (STORAGE_RECORD_INPUT, STORAGE_NO_ATOM, 0, 0,
                                      g_variant_new_parsed ("('port', <int64 8080>)")));
  fixture_append (run, started);
  fixture_append (run, fixture_other (STORAGE_RECORD_NOTE, 1, 0, 0, g_variant_new_string ("hm")));
  fixture_append (run,
                  fixture_other (STORAGE_RECORD_PROGRESS, 1, ATOM_ACTION_EXECUTE, 1,
                                 g_variant_new_parsed ("(0.25, @mv <{'copied': <int64 10>}>)")));
  fixture_append (run, fixture_other (STORAGE_RECORD_RESOLUTION, 1, STORAGE_RESOLUTION_REVERTED, 0,
                                      g_variant_new_parsed ("('removed by hand', @mv nothing)")));
  fixture_append (run, fixture_other (STORAGE_RECORD_META, STORAGE_NO_ATOM, 0, 0,
                                      g_variant_new_parsed ("('ticket', <int64 7>)")));
  fixture_append (run, fixture_other (STORAGE_RECORD_REQUEST, STORAGE_NO_ATOM, STORAGE_REQUEST_KEEP,
                                      0, g_variant_new_string ("because")));
  assert_query (db, "SELECT * FROM history",
                "r|1|1970-01-01T00:00:03.000000Z|INPUT|-|-|-|-|0|port|8080\n"
                "r|2|2023-11-14T22:13:20.000123Z|ATOM|a1|PENDING|RUNNING|EXECUTE|1|-|-\n"
                "r|3|1970-01-01T00:00:03.000000Z|NOTE|a1|-|-|-|0|-|\"hm\"\n"
                "r|4|1970-01-01T00:00:03.000000Z|PROGRESS|a1|-|EXECUTE|-|1|0.25|{\"copied\":10}\n"
                "r|5|1970-01-01T00:00:03.000000Z|RESOLUTION|a1|-|REVERTED|-|0|removed by hand|-\n"
                "r|6|1970-01-01T00:00:03.000000Z|META|-|-|-|-|0|ticket|7\n"
                "r|7|1970-01-01T00:00:03.000000Z|REQUEST|-|-|KEEP|-|0|-|\"because\"\n");
  sqlite3_close (db);
}

#define TEST(name) cmocka_unit_test_setup_teardown (name, fixture_set_up, fixture_tear_down)

int
main (void)
{
  static const struct CMUnitTest tests[] = {
    TEST (a_new_file_gets_the_tables_of_the_last_version),
    TEST (an_older_store_is_brought_up_to_date_with_what_is_in_it),
    TEST (the_new_version_is_in_the_file_and_not_only_in_its_log),
    TEST (a_store_that_is_up_to_date_is_not_written),
    TEST (a_newer_store_is_refused),
    TEST (a_migration_that_fails_changes_nothing),
    TEST (the_tables_of_another_program_are_not_added_to),
    TEST (a_store_of_version_1_keeps_all_that_is_in_it),
    TEST (a_store_of_version_1_can_all_that_a_new_one_can),
    TEST (a_store_of_version_1_is_brought_up_to_date_by_a_writer_only),
    TEST (the_statements_of_version_1_work_on_a_new_store),
    TEST (the_view_names_every_number_there_is),
    TEST (the_view_tells_a_run_to_people),
  };

  return cmocka_run_group_tests_name ("storage/sqlite_schema", tests, NULL, NULL);
}
