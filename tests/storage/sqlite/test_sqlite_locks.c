/* SPDX-License-Identifier: Apache-2.0 */

/* Owners whose lock is looked at: in whatever container they are, they live as long as they hold
 * it. */
#define _GNU_SOURCE

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "storage/owner.h"
#include "tests/storage/children.h"
#include "tests/storage/sqlite/sqlite_fixture.h"

static void
assert_not_taken (Storage *storage, StorageError code, const char *text)
{
  g_autoptr (GError) error = NULL;

  assert_null (storage_take_run (storage, "r", &error));
  fixture_assert_error (&error, code, text);
}

/* Makes the run "r", which nobody has. */
static Storage *
make_store (const char *folder)
{
  Storage *storage = sqlite_fixture_open (folder);

  storage_run_close (fixture_create_run (storage, "r", 2));
  return storage;
}

static void
assert_query (const char *folder, const char *sql, const char *expected)
{
  g_autofree char *path = sqlite_fixture_get_path (folder);
  sqlite3 *db = sqlite_fixture_open_file (path);
  g_autofree char *rows = sqlite_fixture_query (db, sql);

  sqlite3_close (db);
  assert_string_equal (rows, expected);
}

static char *
get_lock_file (const char *folder)
{
  g_autofree char *path = sqlite_fixture_get_path (folder);

  return g_strconcat (path, "-owners", NULL);
}

/* The owner of the run as the file has it, put into another namespace. Returns: (transfer full). */
static char *
dup_moved_owner (StorageRun *run)
{
  g_auto (GStrv) words = g_strsplit (storage_run_get_info (run)->owner, " ", -1);

  assert_int_equal (g_strv_length (words), 6);
  g_free (words[4]);
  words[4] = g_strdup ("1");
  return g_strjoinv (" ", words);
}

/* Writes the owner of the run into the file. */
static void
set_owner (const char *folder, const char *owner)
{
  g_autofree char *path = sqlite_fixture_get_path (folder);
  g_autofree char *sql = g_strdup_printf ("UPDATE runs SET owner = '%s', token = token + 1", owner);

  sqlite_fixture_execute_on (path, sql);
}

static void
assert_life (const char *folder, StorageOwnerLife life)
{
  g_autoptr (Storage) storage = sqlite_fixture_try_open (folder, STORAGE_OPEN_READ, NULL, NULL);
  g_autoptr (StorageRun) run = sqlite_fixture_open_run (storage, "r");

  assert_int_equal (storage_run_get_info (run)->owner_life, life);
}

static void
an_owner_in_another_namespace_lives_as_long_as_it_holds_the_run (void **state)
{
  const char *folder = (const char *) *state;
  g_autoptr (Storage) storage = make_store (folder);
  g_autoptr (Storage) other = sqlite_fixture_open (folder);
  StorageRun *run = fixture_take_run (storage, "r");
  g_autofree char *owner = dup_moved_owner (run);
  g_autoptr (GError) error = NULL;

  set_owner (folder, owner);
  assert_life (folder, STORAGE_OWNER_ALIVE);
  assert_not_taken (other, STORAGE_ERROR_OWNED, "in another container");
  assert_true (storage_leave_request (other, "r", STORAGE_REQUEST_SUSPEND, NULL, NULL));
  assert_false (storage_disown_run (other, "r", owner, &error));
  fixture_assert_error (&error, STORAGE_ERROR_OWNED, "which is alive");
  /* It has lost the run, so that the file says of it what it said before. */
  storage_run_close (run);
  assert_query (folder, "SELECT owner IS NULL FROM runs", "0\n");
  assert_life (folder, STORAGE_OWNER_DEAD);
  assert_false (storage_leave_request (other, "r", STORAGE_REQUEST_SUSPEND, NULL, &error));
  fixture_assert_error (&error, STORAGE_ERROR_UNOWNED, "\"r\"");
  assert_true (storage_disown_run (other, "r", owner, NULL));
  run = fixture_take_run (other, "r");
  assert_life (folder, STORAGE_OWNER_ALIVE);
  storage_run_close (run);
  assert_life (folder, STORAGE_OWNER_DEAD);
}

static void
an_owner_whose_lock_file_was_removed_is_judged_as_one_without (void **state)
{
  const char *folder = (const char *) *state;
  g_autoptr (Storage) storage = make_store (folder);
  g_autoptr (Storage) other = sqlite_fixture_open (folder);
  g_autoptr (StorageRun) run = fixture_take_run (storage, "r");
  g_autofree char *owner = dup_moved_owner (run);
  g_autofree char *file = get_lock_file (folder);

  assert_int_equal (g_unlink (file), 0);
  assert_not_taken (other, STORAGE_ERROR_OWNED, "is owned by process");
  set_owner (folder, owner);
  assert_life (folder, STORAGE_OWNER_UNKNOWN);
  /* Another run of the other store makes the file anew. */
  storage_run_close (fixture_create_run (other, "another", 1));
  assert_true (g_file_test (file, G_FILE_TEST_EXISTS));
  assert_life (folder, STORAGE_OWNER_UNKNOWN);
  assert_not_taken (other, STORAGE_ERROR_OWNED, "in another container");
}

static void
an_owner_that_gets_no_lock_says_so (void **state)
{
  const char *folder = (const char *) *state;
  g_autofree char *self = owner_dup_self (NULL);
  g_autofree char *expected = g_strdup_printf ("%s\n", self);
  g_autofree char *file = get_lock_file (folder);
  g_autoptr (Storage) storage = make_store (folder);
  g_autoptr (Storage) other = sqlite_fixture_open (folder);
  g_autoptr (StorageRun) run = NULL;

  assert_int_equal (g_unlink (file), 0);
  assert_int_equal (g_mkdir (file, 0700), 0);
  run = fixture_take_run (other, "r");
  assert_query (folder, "SELECT owner FROM runs", expected);
  assert_not_taken (storage, STORAGE_ERROR_OWNED, "is owned by process");
  fixture_append (run, fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL));
  g_clear_pointer (&run, storage_run_close);
  run = fixture_take_run (storage, "r");
  g_clear_pointer (&run, storage_run_close);
  assert_int_equal (g_rmdir (file), 0);
}

static void
a_run_that_could_not_be_given_up_is_free_for_others_all_the_same (void **state)
{
  const char *folder = (const char *) *state;
  g_autoptr (Storage) storage = make_store (folder);
  g_autoptr (Storage) other = sqlite_fixture_open (folder);
  StorageRun *run = fixture_take_run (storage, "r");
  g_autofree char *path = sqlite_fixture_get_path (folder);
  sqlite3 *db = sqlite_fixture_open_file (path);

  sqlite_fixture_execute (db, "BEGIN IMMEDIATE");
  storage_run_close (run);
  sqlite_fixture_execute (db, "ROLLBACK");
  sqlite3_close (db);
  assert_query (folder, "SELECT owner IS NULL FROM runs", "0\n");
  run = fixture_take_run (other, "r");
  assert_int_equal (storage_run_get_info (run)->token, 3);
  assert_not_taken (storage, STORAGE_ERROR_OWNED, "is owned by process");
  storage_run_close (run);
}

static void
a_run_that_is_refused_leaves_no_lock_behind (void **state)
{
  const char *folder = (const char *) *state;
  g_autoptr (Storage) storage = make_store (folder);
  g_autoptr (Storage) other = sqlite_fixture_open (folder);
  StorageRun *run = fixture_take_run (storage, "r");
  g_autofree char *file = get_lock_file (folder);
  g_autofree char *locks = NULL;
  struct stat about;
  g_autofree char *mine = NULL;
  guint count = 0;

  for (guint i = 0; i < 3; i++)
    assert_not_taken (other, STORAGE_ERROR_OWNED, "is owned by process");
  assert_null (storage_create_run (other, &(StorageRunInfo){ .id = "r", .flow = "f" }, NULL, NULL));
  assert_int_equal (stat (file, &about), 0);
  assert_true (g_file_get_contents ("/proc/locks", &locks, NULL, NULL));
  mine = g_strdup_printf (":%" G_GUINT64_FORMAT " ", (guint64) about.st_ino);
  for (const char *at = locks; (at = strstr (at, mine)) != NULL; at++)
    count++;
  assert_int_equal (count, 1);
  storage_run_close (run);
}

/* -- Real namespaces ----------------------------------------------------------------------------
 */

#define NO_WAY 77

/* Makes the run "r" with a record, and says so; when it is told to goes on with it, and says so
 * again. */
static int
own_a_run (const char *folder, int from_parent, int to_parent)
{
  g_autofree char *path = sqlite_fixture_get_path (folder);
  g_autoptr (Storage) storage
      = storage_open_sqlite (path, STORAGE_OPEN_CREATE, STORAGE_DURABILITY_NORMAL, NULL);
  StorageAtom atom = { .name = "a", .flow = "f" };
  g_autoptr (StorageRun) run
      = storage != NULL
            ? storage_create_run (storage, &(StorageRunInfo){ .id = "r", .flow = "f" },
                                  &(StorageRunContent){ .atoms = &atom, .n_atoms = 1 }, NULL)
            : NULL;
  StorageRecord record = fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL);

  if (run == NULL)
    return 1;
  do
    child_tell (to_parent, storage_run_append (run, &record, 1, NULL) ? 'o' : 'e');
  while (child_await (from_parent) == 'g');
  return 0;
}

/* In another namespace: says first which process it is there, so that it can be killed. */
static int
own_a_run_elsewhere (const char *folder, int from_parent, int to_parent)
{
  int gate[2];
  int status = 0;
  pid_t child;

  if (unshare (CLONE_NEWUSER | CLONE_NEWPID) != 0 || pipe (gate) != 0)
    return NO_WAY;
  child = fork ();
  if (child == 0)
    {
      close (gate[1]);
      child_await (gate[0]);
      _exit (own_a_run (folder, from_parent, to_parent));
    }
  if (child < 0 || write (to_parent, &child, sizeof child) != sizeof child)
    return NO_WAY;
  close (gate[0]);
  close (gate[1]);
  if (waitpid (child, &status, 0) != child)
    return 2;
  return WIFSIGNALED (status) ? 128 + WTERMSIG (status) : WEXITSTATUS (status);
}

static void
the_run_of_a_process_that_was_killed_in_another_namespace_is_taken_over_at_once (void **state)
{
  const char *folder = (const char *) *state;
  Child child = child_start (own_a_run_elsewhere, folder);
  g_autoptr (Storage) storage = NULL;
  g_autoptr (StorageRun) run = NULL;
  g_autofree char *owner = NULL;
  g_autoptr (GError) error = NULL;
  pid_t inner = 0;

  if (read (child.from, &inner, sizeof inner) != sizeof inner)
    {
      assert_int_equal (child_finish (&child), NO_WAY);
      skip ();
    }
  assert_int_equal (child_await (child.from), 'o');
  storage = sqlite_fixture_open (folder);
  assert_life (folder, STORAGE_OWNER_ALIVE);
  assert_not_taken (storage, STORAGE_ERROR_OWNED, "process 1 on ");
  run = sqlite_fixture_open_run (storage, "r");
  owner = g_strdup (storage_run_get_info (run)->owner);
  g_clear_pointer (&run, storage_run_close);
  assert_false (storage_disown_run (storage, "r", owner, &error));
  fixture_assert_error (&error, STORAGE_ERROR_OWNED, "in another container, which is alive");
  assert_true (child_tell (child.to, 'g'));
  assert_int_equal (child_await (child.from), 'o');

  assert_int_equal (kill (inner, SIGKILL), 0);
  assert_int_equal (child_finish (&child), 128 + SIGKILL);
  assert_life (folder, STORAGE_OWNER_DEAD);
  run = fixture_take_run (storage, "r");
  assert_int_equal (storage_run_get_info (run)->token, 2);
  assert_int_equal (fixture_count (run), 2);
  fixture_append (run, fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 2, NULL));
}

/* -- Forks --------------------------------------------------------------------------------------
 */

/* Forks a child that only waits, while it has a run. */
static int
own_a_run_and_fork (const char *folder, int from_parent, int to_parent)
{
  g_autofree char *path = sqlite_fixture_get_path (folder);
  g_autoptr (Storage) storage
      = storage_open_sqlite (path, STORAGE_OPEN_CREATE, STORAGE_DURABILITY_NORMAL, NULL);
  g_autoptr (StorageRun) run = storage != NULL ? fixture_create_run (storage, "r", 1) : NULL;

  if (run == NULL)
    return 1;
  if (fork () == 0)
    {
      child_tell (to_parent, 'o');
      child_await (from_parent);
      _exit (0);
    }
  pause ();
  return 2;
}

static void
a_child_that_an_owner_forked_does_not_keep_its_run (void **state)
{
  const char *folder = (const char *) *state;
  Child child = child_start (own_a_run_and_fork, folder);
  g_autoptr (Storage) storage = NULL;
  g_autoptr (StorageRun) run = NULL;

  assert_int_equal (child_await (child.from), 'o');
  storage = sqlite_fixture_open (folder);
  assert_not_taken (storage, STORAGE_ERROR_OWNED, "is owned by process");
  assert_int_equal (kill (child.pid, SIGKILL), 0);
  assert_int_equal (waitpid (child.pid, NULL, 0), child.pid);
  assert_life (folder, STORAGE_OWNER_DEAD);
  run = fixture_take_run (storage, "r");
  close (child.to);
  close (child.from);
}

#define TEST(name) cmocka_unit_test_setup_teardown (name, fixture_set_up, fixture_tear_down)

int
main (void)
{
  static const struct CMUnitTest tests[] = {
    TEST (an_owner_in_another_namespace_lives_as_long_as_it_holds_the_run),
    TEST (an_owner_whose_lock_file_was_removed_is_judged_as_one_without),
    TEST (an_owner_that_gets_no_lock_says_so),
    TEST (a_run_that_could_not_be_given_up_is_free_for_others_all_the_same),
    TEST (a_run_that_is_refused_leaves_no_lock_behind),
    TEST (the_run_of_a_process_that_was_killed_in_another_namespace_is_taken_over_at_once),
    TEST (a_child_that_an_owner_forked_does_not_keep_its_run),
  };

  signal (SIGPIPE, SIG_IGN);
  return cmocka_run_group_tests_name ("storage/sqlite_locks", tests, NULL, NULL);
}
