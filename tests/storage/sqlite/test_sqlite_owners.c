/* SPDX-License-Identifier: Apache-2.0 */

/* Whose a run is, as far as one process can see: owners of all sorts in the file, claims that could
 * not be given up, requests. */
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "storage/owner.h"
#include "storage/sqlite/sqlite.h"
#include "tests/storage/sqlite/sqlite_fixture.h"

typedef struct
{
  char *folder;
  char *path;
} State;

static int
set_up (void **state)
{
  State *fresh = g_new0 (State, 1);

  fresh->folder = fixture_make_folder ();
  fresh->path = sqlite_fixture_get_path (fresh->folder);
  *state = fresh;
  return 0;
}

static int
tear_down (void **state)
{
  State *used = (State *) *state;

  fixture_remove_folder (used->folder);
  fixture_forget_values ();
  g_free (used->path);
  g_free (used);
  return 0;
}

static void
assert_not_taken (Storage *storage, StorageError code, const char *text)
{
  g_autoptr (GError) error = NULL;

  assert_null (storage_take_run (storage, "r", &error));
  fixture_assert_error (&error, code, text);
}

/* Makes the run "r" of a dead owner. */
static Storage *
make_orphan (const State *my)
{
  Storage *storage = sqlite_fixture_open (my->folder);

  storage_run_close (fixture_create_run (storage, "r", 2));
  sqlite_fixture_execute_on (my->path, "UPDATE runs SET token = 7");
  return storage;
}

static void
assert_query (const State *my, const char *sql, const char *expected)
{
  sqlite3 *db = sqlite_fixture_open_file (my->path);
  g_autofree char *rows = sqlite_fixture_query (db, sql);

  sqlite3_close (db);
  assert_string_equal (rows, expected);
}

/* -- Owners ----------------------------------------------------------------------------------- */

static void
a_run_is_taken_from_the_dead_only (void **state)
{
  static const struct
  {
    const char *owner;   /* with %h for this host, %p for this process */
    const char *refusal; /* (nullable) */
  } cases[] = {
    { "%h - 2147483646 -", NULL },
    { "%h - %p 1234567890123", NULL },
    { "%h 00000000-dead 1 -", NULL },
    { "%h - 1 -", "is owned by process 1 on " },
    { "x%h - 2147483646 -", "is owned by process 2147483646 on x" },
    { "%h - 2147483646 - 1", "is owned by process 2147483646 on " },
    { "%h 00000000-dead 1 - 1", NULL },
    { "what is this", "is owned by \"what is this\"" },
    { "%h - none -", "is owned by process none on " },
  };
  State *my = (State *) *state;
  g_autoptr (Storage) storage = make_orphan (my);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *pid = g_strdup_printf ("%d", (int) getpid ());
      g_autoptr (GString) owner = g_string_new (cases[i].owner);
      g_autofree char *sql = NULL;

      g_string_replace (owner, "%h", g_get_host_name (), 0);
      g_string_replace (owner, "%p", pid, 0);
      sql = g_strdup_printf ("UPDATE runs SET owner = '%s', token = 7", owner->str);
      sqlite_fixture_execute_on (my->path, sql);
      if (cases[i].refusal != NULL)
        {
          assert_not_taken (storage, STORAGE_ERROR_OWNED, cases[i].refusal);
          assert_query (my, "SELECT token FROM runs", "7\n");
          continue;
        }
      storage_run_close (fixture_take_run (storage, "r"));
      assert_query (my, "SELECT token, owner FROM runs", "8|-\n");
    }
}

static void
the_file_says_who_took_a_run (void **state)
{
  State *my = (State *) *state;
  g_autofree char *self = owner_dup_self (NULL);
  g_autoptr (Storage) storage = make_orphan (my);
  g_autoptr (StorageRun) run = fixture_take_run (storage, "r");
  const char *owner = storage_run_get_info (run)->owner;
  g_autofree char *expected = g_strdup_printf ("%s|8\n", owner);

  /* All but the lock. */
  assert_true (strncmp (owner, self, strlen (self) - 1) == 0);
  assert_true (g_str_has_suffix (self, " -") && !g_str_has_suffix (owner, " -"));
  assert_int_equal (storage_run_get_info (run)->owner_life, STORAGE_OWNER_ALIVE);
  assert_query (my, "SELECT owner, token FROM runs", expected);
}

static void
two_stores_of_a_process_do_not_both_have_a_run (void **state)
{
  State *my = (State *) *state;
  g_autoptr (Storage) first = make_orphan (my);
  g_autoptr (Storage) second = sqlite_fixture_open (my->folder);
  g_autoptr (StorageRun) run = fixture_take_run (first, "r");

  assert_not_taken (second, STORAGE_ERROR_OWNED, "is owned by process");
  assert_not_taken (first, STORAGE_ERROR_OWNED, "is owned by process");
  g_clear_pointer (&run, storage_run_close);
  run = fixture_take_run (second, "r");
  assert_not_taken (first, STORAGE_ERROR_OWNED, "is owned by process");
  fixture_append (run, fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL));
}

static void
who_lost_a_run_takes_nothing_from_the_next (void **state)
{
  State *my = (State *) *state;
  g_autoptr (Storage) storage = sqlite_fixture_open (my->folder);
  StorageRun *lost = fixture_create_run (storage, "r", 2);
  StorageRecord record = fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL);
  g_autoptr (Storage) other = sqlite_fixture_open (my->folder);
  g_autoptr (StorageRun) run = NULL;
  g_autoptr (GError) error = NULL;

  sqlite_fixture_execute_on (my->path, "UPDATE runs SET owner = NULL");
  run = fixture_take_run (other, "r");
  assert_true (storage_leave_request (other, "r", STORAGE_REQUEST_SUSPEND, NULL, NULL));
  assert_false (storage_run_append (lost, &record, 1, &error));
  fixture_assert_error (&error, STORAGE_ERROR_FENCED, "\"r\"");
  storage_run_close (lost);
  assert_not_taken (storage, STORAGE_ERROR_OWNED, "is owned by process");
  assert_query (my, "SELECT count(*) FROM requests", "1\n");
  fixture_append (run, record);
  assert_int_equal (fixture_count (run), 1);
}

/* -- Owners that are vouched to be dead ---------------------------------------------------------
 */

/* Makes the run "r" whose owner is `owner`, as the file says; it is still open here. */
static StorageRun *
make_run_of (const State *my, Storage *storage, const char *owner)
{
  StorageRun *run = fixture_create_run (storage, "r", 2);
  g_autofree char *sql = g_strdup_printf ("UPDATE runs SET owner = '%s'", owner);

  sqlite_fixture_execute_on (my->path, sql);
  return run;
}

static void
assert_not_disowned (Storage *storage, const char *owner, StorageError code, const char *text)
{
  g_autoptr (GError) error = NULL;

  assert_false (storage_disown_run (storage, "r", owner, &error));
  fixture_assert_error (&error, code, text);
}

static void
assert_fenced (StorageRun *run)
{
  StorageRecord record = fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL);
  StorageAtom atom = { .name = "more", .flow = "f" };
  g_autoptr (GError) error = NULL;

  assert_false (storage_run_append (run, &record, 1, &error));
  fixture_assert_error (&error, STORAGE_ERROR_FENCED, "\"r\"");
  assert_false (storage_run_add_atoms (run, &atom, 1, &error));
  fixture_assert_error (&error, STORAGE_ERROR_FENCED, "\"r\"");
}

static void
whoever_is_vouched_dead_has_the_run_no_more (void **state)
{
  static const char *const owners[] = { "elsewhere - 7 1 1", "elsewhere - 7 1", "what is this" };
  State *my = (State *) *state;

  for (gsize i = 0; i < G_N_ELEMENTS (owners); i++)
    {
      g_autoptr (Storage) storage = sqlite_fixture_open (my->folder);
      g_autoptr (Storage) other = sqlite_fixture_open (my->folder);
      StorageRun *lost = make_run_of (my, storage, owners[i]);

      assert_true (storage_leave_request (other, "r", STORAGE_REQUEST_SUSPEND, NULL, NULL));
      assert_not_taken (other, STORAGE_ERROR_OWNED, "is owned by");
      assert_true (storage_disown_run (other, "r", owners[i], NULL));
      assert_query (my, "SELECT owner, token FROM runs", "-|2\n");
      assert_query (my, "SELECT count(*) FROM requests", "0\n");
      /* It was not dead at all, and nobody has taken the run yet. */
      assert_fenced (lost);
      storage_run_close (lost);
      /* Saying it again changes nothing. */
      assert_true (storage_disown_run (other, "r", owners[i], NULL));
      storage_run_close (fixture_take_run (other, "r"));
      assert_query (my, "SELECT owner, token FROM runs", "-|3\n");
      sqlite_fixture_execute_on (my->path, "DELETE FROM runs");
    }
}

static void
nobody_else_is_disowned_than_who_was_named (void **state)
{
  State *my = (State *) *state;
  g_autofree char *self = owner_dup_self (NULL);
  g_autoptr (Storage) storage = sqlite_fixture_open (my->folder);
  g_autoptr (StorageRun) run = make_run_of (my, storage, "elsewhere - 7 1 1");
  const char *claimed = "is owned by somebody else: process 7 on elsewhere";

  assert_not_disowned (storage, "elsewhere - 7 1 2", STORAGE_ERROR_OWNED, claimed);
  assert_not_disowned (storage, "elsewhere - 7 1", STORAGE_ERROR_OWNED, claimed);
  assert_not_disowned (storage, "", STORAGE_ERROR_OWNED, claimed);
  assert_query (my, "SELECT owner, token FROM runs", "elsewhere - 7 1 1|1\n");
  fixture_append (run, fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL));
  /* Of who lives here it can't be said at all. */
  g_clear_pointer (&run, storage_run_close);
  sqlite_fixture_execute_on (my->path, "DELETE FROM runs");
  run = fixture_create_run (storage, "r", 2);
  assert_not_disowned (storage, self, STORAGE_ERROR_OWNED, "which is alive");
  fixture_append (run, fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL));
}

static void
a_store_for_reading_disowns_nobody (void **state)
{
  State *my = (State *) *state;
  g_autoptr (Storage) storage = sqlite_fixture_open (my->folder);
  g_autoptr (StorageRun) run = make_run_of (my, storage, "elsewhere - 7 1 1");
  g_autoptr (Storage) reading = sqlite_fixture_try_open (my->folder, STORAGE_OPEN_READ, NULL, NULL);

  assert_non_null (run);
  assert_not_disowned (reading, "elsewhere - 7 1 1", STORAGE_ERROR_PERMISSION, my->path);
  assert_query (my, "SELECT owner, token FROM runs", "elsewhere - 7 1 1|1\n");
}

/* -- Claims that could not be given up -------------------------------------------------------- */

/* Closes a run while the file is locked. */
static void
close_in_vain (const State *my, StorageRun *run)
{
  sqlite3 *db = sqlite_fixture_open_file (my->path);

  sqlite_fixture_execute (db, "BEGIN IMMEDIATE");
  storage_run_close (run);
  sqlite_fixture_execute (db, "ROLLBACK");
  sqlite3_close (db);
}

static void
a_run_that_could_not_be_given_up_is_taken_by_the_same_store (void **state)
{
  State *my = (State *) *state;
  g_autoptr (Storage) storage = sqlite_fixture_open (my->folder);
  g_autoptr (Storage) other = sqlite_fixture_open (my->folder);
  g_autoptr (StorageRun) run = NULL;
  g_autofree char *lock_file = g_strconcat (my->path, "-owners", NULL);

  /* There are no locks. */
  assert_int_equal (g_mkdir (lock_file, 0700), 0);
  close_in_vain (my, fixture_create_run (storage, "r", 2));
  assert_query (my, "SELECT owner IS NULL FROM runs", "0\n");
  assert_not_taken (other, STORAGE_ERROR_OWNED, "is owned by process");
  run = fixture_take_run (storage, "r");
  assert_int_equal (storage_run_get_info (run)->token, 2);
  /* That was forgiven once. */
  assert_not_taken (storage, STORAGE_ERROR_OWNED, "is owned by process");
  fixture_append (run, fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL));
}

static void
a_store_gives_up_at_its_end_what_it_could_not_before (void **state)
{
  State *my = (State *) *state;
  Storage *storage = sqlite_fixture_open (my->folder);
  g_autoptr (Storage) other = sqlite_fixture_open (my->folder);
  g_autoptr (StorageRun) run = NULL;

  close_in_vain (my, fixture_create_run (storage, "r", 2));
  close_in_vain (my, fixture_create_run (storage, "s", 2));
  storage_unref (storage);
  assert_query (my, "SELECT count(owner) FROM runs", "0\n");
  run = fixture_take_run (other, "r");
  assert_int_equal (storage_run_get_info (run)->token, 2);
}

/* -- What cannot be taken --------------------------------------------------------------------- */

static void
a_store_for_reading_takes_and_asks_nothing (void **state)
{
  State *my = (State *) *state;
  g_autoptr (Storage) storage = make_orphan (my);
  g_autoptr (Storage) reading = sqlite_fixture_try_open (my->folder, STORAGE_OPEN_READ, NULL, NULL);
  g_autoptr (GError) error = NULL;

  assert_string_equal (storage_get_uri (reading), storage_get_uri (storage));
  assert_not_taken (reading, STORAGE_ERROR_PERMISSION, my->path);
  assert_false (storage_leave_request (reading, "r", STORAGE_REQUEST_CANCEL, NULL, &error));
  fixture_assert_error (&error, STORAGE_ERROR_PERMISSION, my->path);
}

static void
a_run_of_a_deleted_file_is_not_taken (void **state)
{
  State *my = (State *) *state;
  g_autoptr (Storage) storage = make_orphan (my);

  assert_int_equal (unlink (my->path), 0);
  assert_not_taken (storage, STORAGE_ERROR_IO, "deleted");
}

static void
a_damaged_run_is_not_taken (void **state)
{
  State *my = (State *) *state;
  g_autoptr (Storage) storage = make_orphan (my);

  sqlite_fixture_execute_on (my->path, "DELETE FROM atoms WHERE atom = 1");
  assert_not_taken (storage, STORAGE_ERROR_CORRUPT, "run \"r\"");
  assert_query (my, "SELECT owner, token FROM runs", "-|7\n");
}

/* -- Requests --------------------------------------------------------------------------------- */

static void
count_request (StorageRequest request, const char *reason, gpointer user_data)
{
  (void) request;
  (void) reason;
  ++*(guint *) user_data;
}

/* How often the table of requests was looked at. */
static int
count_looks (Storage *storage)
{
  sqlite3_stmt *statement
      = ((SqliteStorage *) storage)->connection.statements[SQLITE_STATEMENT_LIST_REQUESTS];

  return sqlite3_stmt_status (statement, SQLITE_STMTSTATUS_RUN, 0);
}

static void
poll_often (Storage *storage, guint64 *seen, guint *count)
{
  for (guint i = 0; i < 100; i++)
    assert_true (fixture_poll_requests (storage, "r", seen, count_request, count, NULL));
}

static void
polling_looks_at_nothing_as_long_as_nothing_changes (void **state)
{
  State *my = (State *) *state;
  g_autoptr (Storage) storage = make_orphan (my);
  g_autoptr (StorageRun) run = fixture_take_run (storage, "r");
  g_autoptr (Storage) polling = sqlite_fixture_try_open (my->folder, STORAGE_OPEN_READ, NULL, NULL);
  guint64 seen = 0;
  guint count = 0;

  poll_often (polling, &seen, &count);
  assert_int_equal (count_looks (polling), 1);
  fixture_append (run, fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL));
  poll_often (polling, &seen, &count);
  assert_int_equal (count_looks (polling), 2);
  assert_true (storage_leave_request (storage, "r", STORAGE_REQUEST_CANCEL, NULL, NULL));
  poll_often (polling, &seen, &count);
  assert_int_equal (count_looks (polling), 3);
  assert_int_equal (count, 1);
}

static void
requests_go_with_their_owner_and_with_their_run (void **state)
{
  State *my = (State *) *state;
  g_autoptr (Storage) storage = make_orphan (my);
  g_autoptr (StorageRun) run = fixture_take_run (storage, "r");
  g_autoptr (StorageRun) other = fixture_create_run (storage, "other", 1);

  assert_non_null (other);
  assert_true (storage_leave_request (storage, "other", STORAGE_REQUEST_CANCEL, "mine", NULL));
  assert_true (storage_leave_request (storage, "r", STORAGE_REQUEST_CANCEL, NULL, NULL));
  g_clear_pointer (&run, storage_run_close);
  assert_query (my, "SELECT reason FROM requests", "mine\n");
  run = fixture_take_run (storage, "r");
  assert_true (storage_leave_request (storage, "r", STORAGE_REQUEST_CANCEL, "first", NULL));
  sqlite_fixture_execute_on (my->path, "UPDATE runs SET owner = NULL WHERE id = 'r'");
  storage_run_close (fixture_take_run (storage, "r"));
  assert_query (my, "SELECT reason FROM requests", "mine\n");
  sqlite_fixture_execute_on (my->path, "DELETE FROM runs WHERE id = 'other'");
  assert_query (my, "SELECT count(*) FROM requests", "0\n");
}

static void
a_damaged_request_is_named (void **state)
{
  static const char *const damages[]
      = { "UPDATE requests SET request = 99", "UPDATE requests SET request = -1" };
  State *my = (State *) *state;
  g_autoptr (Storage) storage = make_orphan (my);
  g_autoptr (StorageRun) run = fixture_take_run (storage, "r");

  assert_non_null (run);
  assert_true (storage_leave_request (storage, "r", STORAGE_REQUEST_CANCEL, NULL, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (damages); i++)
    {
      g_autoptr (GError) error = NULL;
      guint64 seen = 0;
      guint count = 0;

      sqlite_fixture_execute_on (my->path, damages[i]);
      assert_false (fixture_poll_requests (storage, "r", &seen, count_request, &count, &error));
      fixture_assert_error (&error, STORAGE_ERROR_CORRUPT, "request 1");
      assert_int_equal (count, 0);
      assert_int_equal (seen, 0);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown (name, set_up, tear_down)

int
main (void)
{
  static const struct CMUnitTest tests[] = {
    TEST (a_run_is_taken_from_the_dead_only),
    TEST (the_file_says_who_took_a_run),
    TEST (two_stores_of_a_process_do_not_both_have_a_run),
    TEST (who_lost_a_run_takes_nothing_from_the_next),
    TEST (whoever_is_vouched_dead_has_the_run_no_more),
    TEST (nobody_else_is_disowned_than_who_was_named),
    TEST (a_store_for_reading_disowns_nobody),
    TEST (a_run_that_could_not_be_given_up_is_taken_by_the_same_store),
    TEST (a_store_gives_up_at_its_end_what_it_could_not_before),
    TEST (a_store_for_reading_takes_and_asks_nothing),
    TEST (a_run_of_a_deleted_file_is_not_taken),
    TEST (a_damaged_run_is_not_taken),
    TEST (polling_looks_at_nothing_as_long_as_nothing_changes),
    TEST (requests_go_with_their_owner_and_with_their_run),
    TEST (a_damaged_request_is_named),
  };

  return cmocka_run_group_tests_name ("storage/sqlite_owners", tests, NULL, NULL);
}
