/* SPDX-License-Identifier: Apache-2.0 */

/* One store, several processes: writers wait for each other, readers for nobody, and one that is
 * killed costs nobody anything. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "tests/storage/children.h"
#include "tests/storage/sqlite/sqlite_fixture.h"

#define CHILDREN 4
#define BATCHES 40
#define BATCH 3

/* -- Waiting ---------------------------------------------------------------------------------- */

static void
a_locked_store_is_busy_and_takes_the_records_later (void **state)
{
  const char *folder = (const char *) *state;
  Child child = child_start (child_hold_lock, folder);
  g_autoptr (Storage) storage = sqlite_fixture_open (folder);
  g_autoptr (StorageRun) run = fixture_create_run (storage, "r", 1);
  StorageRunInfo info = { .id = "another", .flow = "f" };
  StorageRecord batch[] = { fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL),
                            fixture_flow (FLOW_STATE_PENDING, FLOW_STATE_RUNNING) };
  g_autoptr (GError) error = NULL;

  assert_true (child_tell (child.to, 'x') && child_await (child.from));
  for (guint count = 1; count <= 2; count++)
    {
      assert_false (storage_run_append (run, batch, count, &error));
      fixture_assert_error (&error, STORAGE_ERROR_BUSY, "locked");
    }
  assert_null (storage_create_run (storage, &info, NULL, &error));
  fixture_assert_error (&error, STORAGE_ERROR_BUSY, "locked");
  assert_int_equal (fixture_count (run), 0);
  assert_true (child_tell (child.to, 'x'));
  assert_int_equal (child_finish (&child), 0);
  assert_true (storage_run_append (run, batch, 2, &error));
  assert_int_equal (fixture_count (run), 2);
}

static void
readers_do_not_wait_for_a_writer (void **state)
{
  const char *folder = (const char *) *state;
  Child child = child_start (child_hold_lock, folder);
  g_autoptr (Storage) storage = sqlite_fixture_open (folder);
  g_autoptr (StorageRun) run = fixture_create_run (storage, "r", 1);
  g_autoptr (Storage) reading = NULL;
  g_autoptr (StorageRun) reader = NULL;
  g_autofree char *id = NULL;

  fixture_append (run, fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL));
  assert_true (child_tell (child.to, 'x') && child_await (child.from));
  reading = sqlite_fixture_try_open (folder, STORAGE_OPEN_READ, NULL, NULL);
  assert_non_null (reading);
  reader = sqlite_fixture_open_run (reading, "r");
  assert_int_equal (fixture_count (reader), 1);
  id = storage_lookup_run_id (reading, "@last", NULL);
  assert_string_equal (id, "r");
  assert_true (child_tell (child.to, 'x'));
  assert_int_equal (child_finish (&child), 0);
}

static gboolean
append_while_reading (const StorageRecord *record, gpointer user_data)
{
  StorageRun *run = (StorageRun *) user_data;

  fixture_append (
      run, fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, record->attempt + 1, NULL));
  return TRUE;
}

static void
a_writer_does_not_wait_for_readers (void **state)
{
  const char *folder = (const char *) *state;
  g_autofree char *path = sqlite_fixture_get_path (folder);
  g_autoptr (Storage) storage = sqlite_fixture_open (folder);
  g_autoptr (StorageRun) run = fixture_create_run (storage, "r", 1);
  g_autoptr (Storage) reading = sqlite_fixture_try_open (folder, STORAGE_OPEN_READ, NULL, NULL);
  g_autoptr (StorageRun) reader = sqlite_fixture_open_run (reading, "r");
  sqlite3 *db = sqlite_fixture_open_file (path);

  /* One that looks at the file for as long as it likes. */
  sqlite_fixture_execute (db, "BEGIN; SELECT * FROM runs");
  for (guint i = 0; i < 600; i++)
    fixture_append (run, fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL));
  /* A listing is of what was there when it began. */
  assert_true (storage_run_foreach (reader, append_while_reading, run, NULL));
  assert_int_equal (fixture_count (reader), 1200);
  sqlite3_close (db);
}

/* -- Together --------------------------------------------------------------------------------- */

static gboolean
append_batches (StorageRun *run, int to_parent, guint batches)
{
  for (guint i = 0; i < batches; i++)
    {
      StorageRecord batch[BATCH];

      for (guint k = 0; k < BATCH; k++)
        batch[k]
            = fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, i * BATCH + k + 1, NULL);
      if (!storage_run_append (run, batch, BATCH, NULL) || !child_tell (to_parent, 'x'))
        return FALSE;
    }
  return TRUE;
}

/* Makes the store, with the others, and a run of its own in it. */
static int
drive_a_run (const char *folder, int from_parent, int to_parent)
{
  g_autofree char *path = sqlite_fixture_get_path (folder);
  g_autofree char *id = g_strdup_printf ("r%d", (int) getpid ());
  StorageRunInfo info = { .id = id, .flow = "f" };
  StorageAtom atom = { .name = "a", .flow = "f" };
  g_autoptr (Storage) storage = NULL;
  g_autoptr (StorageRun) run = NULL;
  g_autoptr (GError) error = NULL;

  if (!child_await (from_parent))
    return 1;
  storage = storage_open_sqlite (path, STORAGE_OPEN_CREATE, STORAGE_DURABILITY_NORMAL, &error);
  if (storage != NULL)
    run = storage_create_run (storage, &info, &(StorageRunContent){ .atoms = &atom, .n_atoms = 1 },
                              &error);
  if (run == NULL)
    {
      g_printerr ("# %s\n", error->message);
      return 2;
    }
  return append_batches (run, to_parent, BATCHES) ? 0 : 3;
}

static void
assert_driven_together (const char *folder)
{
  Child children[CHILDREN];
  g_autoptr (Storage) storage = NULL;

  for (guint i = 0; i < CHILDREN; i++)
    children[i] = child_start (drive_a_run, folder);
  for (guint i = 0; i < CHILDREN; i++)
    assert_true (child_tell (children[i].to, 'x'));
  for (guint i = 0; i < CHILDREN; i++)
    for (guint k = 0; k < BATCHES; k++)
      assert_true (child_await (children[i].from));
  for (guint i = 0; i < CHILDREN; i++)
    assert_int_equal (child_finish (&children[i]), 0);
  storage = sqlite_fixture_open (folder);
  for (guint i = 0; i < CHILDREN; i++)
    {
      g_autofree char *id = g_strdup_printf ("r%d", (int) children[i].pid);
      g_autoptr (StorageRun) run = sqlite_fixture_open_run (storage, id);

      assert_int_equal (fixture_count (run), BATCHES * BATCH);
    }
}

static void
processes_that_make_and_fill_a_store_together_lose_nothing (void **state)
{
  const char *folder = (const char *) *state;

  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *inner = g_strdup_printf ("%s/%u", folder, i);

      assert_driven_together (inner);
    }
}

/* -- Killed ----------------------------------------------------------------------------------- */

/* Appends until it is killed. */
static int
append_for_ever (const char *folder, int from_parent, int to_parent)
{
  g_autofree char *path = sqlite_fixture_get_path (folder);
  StorageRunInfo info = { .id = "killed", .flow = "f" };
  StorageAtom atom = { .name = "a", .flow = "f" };
  g_autoptr (Storage) storage
      = storage_open_sqlite (path, STORAGE_OPEN_CREATE, STORAGE_DURABILITY_NORMAL, NULL);
  g_autoptr (StorageRun) run = storage_create_run (
      storage, &info, &(StorageRunContent){ .atoms = &atom, .n_atoms = 1 }, NULL);

  (void) from_parent;
  append_batches (run, to_parent, G_MAXUINT);
  return 1;
}

static gboolean
assert_in_order (const StorageRecord *record, gpointer user_data)
{
  guint *count = (guint *) user_data;

  assert_int_equal (record->attempt, ++*count);
  return TRUE;
}

static void
a_killed_writer_leaves_all_that_was_acknowledged_in_whole_batches (void **state)
{
  const char *folder = (const char *) *state;

  for (guint kills = 0; kills < 10; kills++)
    {
      g_autofree char *inner = g_strdup_printf ("%s/%u", folder, kills);
      Child child = child_start (append_for_ever, inner);
      g_autoptr (Storage) storage = NULL;
      g_autoptr (StorageRun) run = NULL;
      guint acknowledged = 0;
      guint count = 0;

      for (; acknowledged < 7 * kills + 1; acknowledged++)
        assert_true (child_await (child.from));
      assert_int_equal (kill (child.pid, SIGKILL), 0);
      while (child_await (child.from))
        acknowledged++;
      assert_int_equal (child_finish (&child), 128 + SIGKILL);
      storage = sqlite_fixture_open (inner);
      run = sqlite_fixture_open_run (storage, "killed");
      assert_true (storage_run_foreach (run, assert_in_order, &count, NULL));
      assert_int_equal (count % BATCH, 0);
      assert_true (count / BATCH == acknowledged || count / BATCH == acknowledged + 1);
      /* Whoever comes next sees that its owner is dead. */
      assert_non_null (storage_run_get_info (run)->owner);
    }
}

/* -- One process, several stores -------------------------------------------------------------- */

/* Once told to, tries to take the file for itself, which works only when nobody else has it. */
static int
take_the_file (const char *folder, int from_parent, int to_parent)
{
  g_autofree char *path = sqlite_fixture_get_path (folder);
  sqlite3 *db = NULL;

  (void) to_parent;
  if (!child_await (from_parent) || sqlite3_open (path, &db) != SQLITE_OK)
    return 1;
  return sqlite3_exec (db, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL) == SQLITE_BUSY ? 0 : 2;
}

static void
opening_a_store_leaves_the_locks_of_another_in_the_process (void **state)
{
  const char *folder = (const char *) *state;
  Child child = child_start (take_the_file, folder);
  g_autoptr (Storage) storage = sqlite_fixture_open (folder);
  g_autoptr (StorageRun) run = fixture_create_run (storage, "r", 1);

  assert_non_null (run);
  storage_unref (sqlite_fixture_open (folder));
  storage_unref (sqlite_fixture_try_open (folder, STORAGE_OPEN_READ, NULL, NULL));
  assert_true (child_tell (child.to, 'x'));
  assert_int_equal (child_finish (&child), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown (name, fixture_set_up, fixture_tear_down)

int
main (void)
{
  static const struct CMUnitTest tests[] = {
    TEST (a_locked_store_is_busy_and_takes_the_records_later),
    TEST (readers_do_not_wait_for_a_writer),
    TEST (a_writer_does_not_wait_for_readers),
    TEST (processes_that_make_and_fill_a_store_together_lose_nothing),
    TEST (a_killed_writer_leaves_all_that_was_acknowledged_in_whole_batches),
    TEST (opening_a_store_leaves_the_locks_of_another_in_the_process),
  };

  signal (SIGPIPE, SIG_IGN);
  return cmocka_run_group_tests_name ("storage/sqlite_sharing", tests, NULL, NULL);
}
