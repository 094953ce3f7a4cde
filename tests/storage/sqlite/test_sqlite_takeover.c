/* SPDX-License-Identifier: Apache-2.0 */

/* A run and the processes that want it: it goes to one of them, once the one that had it is dead,
 * and what is asked of it reaches that one. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/storage/children.h"
#include "tests/storage/sqlite/sqlite_fixture.h"

#define RACERS 2
#define RACES 200
#define REQUESTS 50

/* An owner of whom nothing is known here. */
#define STRANGER "elsewhere - 7 1 1"

/* Opens the store with all its patience. */
static Storage *
open_store (const char *folder, StorageOpen mode)
{
  g_autofree char *path = sqlite_fixture_get_path (folder);

  return storage_open_sqlite (path, mode, STORAGE_DURABILITY_NORMAL, NULL);
}

static StorageRecord
make_record (guint attempt)
{
  return fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, attempt, NULL);
}

/* -- After a death ------------------------------------------------------------------------------
 */

/* Makes the run "r" with a record, and says so; appends another when it is told to, or with 'a'
 * adds an atom, and answers how that went. */
static int
own_a_run (const char *folder, int from_parent, int to_parent)
{
  StorageRunInfo info = { .id = "r", .flow = "f" };
  StorageAtom atom = { .name = "a", .flow = "f" };
  g_autoptr (Storage) storage = open_store (folder, STORAGE_OPEN_CREATE);
  g_autoptr (StorageRun) run
      = storage != NULL ? storage_create_run (
            storage, &info, &(StorageRunContent){ .atoms = &atom, .n_atoms = 1 }, NULL)
                        : NULL;
  StorageRecord record = make_record (1);
  char word;

  if (run == NULL || !storage_run_append (run, &record, 1, NULL) || !child_tell (to_parent, 'o'))
    return 1;
  while ((word = child_await (from_parent)) != 0)
    {
      g_autoptr (GError) error = NULL;
      gboolean is_written = word == 'a' ? storage_run_add_atoms (run, &atom, 1, &error)
                                        : storage_run_append (run, &record, 1, &error);

      child_tell (to_parent, is_written                                                     ? 'w'
                             : g_error_matches (error, STORAGE_ERROR, STORAGE_ERROR_FENCED) ? 'f'
                                                                                            : 'e');
    }
  return 0;
}

static void
assert_owned_by (Storage *storage, pid_t pid)
{
  g_autofree char *who = g_strdup_printf ("the run \"r\" is owned by process %d on %s", (int) pid,
                                          g_get_host_name ());
  g_autoptr (GError) error = NULL;

  assert_null (storage_take_run (storage, "r", &error));
  fixture_assert_error (&error, STORAGE_ERROR_OWNED, who);
}

static void
wait_for_death (const Child *child)
{
  siginfo_t info;

  assert_int_equal (kill (child->pid, SIGKILL), 0);
  assert_int_equal (waitid (P_PID, (id_t) child->pid, &info, WEXITED | WNOWAIT), 0);
}

static void
the_run_of_a_killed_process_is_taken_over (void **state)
{
  const char *folder = (const char *) *state;
  Child child = child_start (own_a_run, folder);
  g_autoptr (Storage) storage = NULL;
  g_autoptr (StorageRun) run = NULL;
  g_autoptr (GError) error = NULL;

  assert_int_equal (child_await (child.from), 'o');
  storage = sqlite_fixture_open (folder);
  assert_owned_by (storage, child.pid);
  assert_true (storage_leave_request (storage, "r", STORAGE_REQUEST_SUSPEND, NULL, NULL));
  /* Nobody has waited for it yet: it is a zombie. */
  wait_for_death (&child);
  assert_false (storage_leave_request (storage, "r", STORAGE_REQUEST_SUSPEND, NULL, &error));
  fixture_assert_error (&error, STORAGE_ERROR_UNOWNED, "\"r\"");
  run = fixture_take_run (storage, "r");
  assert_int_equal (storage_run_get_info (run)->token, 2);
  assert_int_equal (child_finish (&child), 128 + SIGKILL);
  fixture_append (run, make_record (2));
  fixture_assert_records (run, "1 ATOM 0 PENDING>RUNNING EXECUTE #1\n"
                               "2 ATOM 0 PENDING>RUNNING EXECUTE #2\n");
}

static void
who_was_taken_for_dead_writes_nothing_more (void **state)
{
  const char *folder = (const char *) *state;
  g_autofree char *path = sqlite_fixture_get_path (folder);
  Child child = child_start (own_a_run, folder);
  g_autoptr (Storage) storage = NULL;
  g_autoptr (StorageRun) run = NULL;

  assert_int_equal (child_await (child.from), 'o');
  storage = sqlite_fixture_open (folder);
  assert_true (child_tell (child.to, 'x') && child_await (child.from) == 'w');
  /* As if it had been another boot that it was started in. */
  sqlite_fixture_execute_on (
      path, "UPDATE runs SET owner = substr (owner, 1, instr (owner, ' ')) || 'another-boot 1 1'");
  run = fixture_take_run (storage, "r");
  for (guint i = 0; i < 3; i++)
    assert_true (child_tell (child.to, 'x') && child_await (child.from) == 'f');
  assert_int_equal (fixture_count (run), 2);
  fixture_append (run, make_record (2));
  assert_true (child_tell (child.to, 'x') && child_await (child.from) == 'f');
  assert_true (child_tell (child.to, 'a') && child_await (child.from) == 'f');
  g_clear_pointer (&run, storage_run_close);
  run = fixture_take_run (storage, "r");
  assert_int_equal (storage_run_get_n_atoms (run), 1);
  /* Giving up what it has not takes nothing from who has it. */
  assert_int_equal (child_finish (&child), 0);
  assert_owned_by (storage, getpid ());
  assert_int_equal (fixture_count (run), 3);
}

/* -- Races --------------------------------------------------------------------------------------
 */

/* Takes the run; with 'v' whatever became of a stranger who has it. */
static StorageRun *
try_to_take (Storage *storage, char word, GError **error)
{
  if (word == 'v' && !storage_disown_run (storage, "r", STRANGER, error))
    return NULL;
  return storage_take_run (storage, "r", error);
}

/* Until it is told to quit (a later child holds the pipes of an earlier one, so that it would wait
 * for their end in vain): at each start tries to take the run, says whether it was the winner, and
 * holds the run until the next word. */
static int
race (const char *folder, int from_parent, int to_parent)
{
  g_autoptr (Storage) storage = NULL;
  char word;

  if (child_await (from_parent) == 0)
    return 1;
  storage = open_store (folder, STORAGE_OPEN_CREATE);
  if (storage == NULL || !child_tell (to_parent, 'o'))
    return 2;
  while ((word = child_await (from_parent)) == 's' || word == 'v')
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (StorageRun) run = try_to_take (storage, word, &error);
      StorageRecord record = make_record (1);
      char result = run != NULL                                                   ? 'w'
                    : g_error_matches (error, STORAGE_ERROR, STORAGE_ERROR_OWNED) ? 'l'
                                                                                  : 'e';

      if (run != NULL && !storage_run_append (run, &record, 1, NULL))
        result = 'e';
      child_tell (to_parent, result);
      if (child_await (from_parent) != 'c')
        return 3;
      g_clear_pointer (&run, storage_run_close);
      child_tell (to_parent, 'c');
    }
  return 0;
}

/* Returns: how many have won. */
static guint
tell_racers (Child *racers, char word)
{
  guint winners = 0;

  for (guint i = 0; i < RACERS; i++)
    assert_true (child_tell (racers[i].to, word));
  for (guint i = 0; i < RACERS; i++)
    {
      char answer = child_await (racers[i].from);

      assert_true (answer == 'w' || answer == 'l' || answer == 'o' || answer == 'c');
      winners += answer == 'w';
    }
  return winners;
}

static void
of_those_who_vouch_for_a_death_at_once_one_gets_the_run (void **state)
{
  const char *folder = (const char *) *state;
  g_autofree char *path = sqlite_fixture_get_path (folder);
  Child racers[RACERS];
  g_autoptr (Storage) storage = NULL;

  for (guint i = 0; i < RACERS; i++)
    racers[i] = child_start (race, folder);
  storage = sqlite_fixture_open (folder);
  storage_run_close (fixture_create_run (storage, "r", 1));
  assert_int_equal (tell_racers (racers, 'o'), 0);
  for (guint i = 0; i < RACES; i++)
    {
      sqlite_fixture_execute_on (path, "UPDATE runs SET owner = '" STRANGER "'");
      assert_int_equal (tell_racers (racers, 's'), 0);
      assert_int_equal (tell_racers (racers, 'c'), 0);
      assert_int_equal (tell_racers (racers, 'v'), 1);
      assert_int_equal (tell_racers (racers, 'c'), 0);
    }
  for (guint i = 0; i < RACERS; i++)
    assert_true (child_tell (racers[i].to, 'q'));
  for (guint i = 0; i < RACERS; i++)
    assert_int_equal (child_finish (&racers[i]), 0);
}

static void
of_those_who_take_a_run_at_once_one_gets_it (void **state)
{
  const char *folder = (const char *) *state;
  Child racers[RACERS];
  g_autoptr (Storage) storage = NULL;
  g_autoptr (StorageRun) run = NULL;

  for (guint i = 0; i < RACERS; i++)
    racers[i] = child_start (race, folder);
  storage = sqlite_fixture_open (folder);
  storage_run_close (fixture_create_run (storage, "r", 1));
  assert_int_equal (tell_racers (racers, 'o'), 0);
  for (guint i = 0; i < RACES; i++)
    {
      assert_int_equal (tell_racers (racers, 's'), 1);
      assert_int_equal (tell_racers (racers, 'c'), 0);
    }
  for (guint i = 0; i < RACERS; i++)
    assert_true (child_tell (racers[i].to, 'q'));
  for (guint i = 0; i < RACERS; i++)
    assert_int_equal (child_finish (&racers[i]), 0);
  run = fixture_take_run (storage, "r");
  assert_int_equal (storage_run_get_info (run)->token, RACES + 2);
  assert_int_equal (fixture_count (run), RACES);
}

/* -- Requests -----------------------------------------------------------------------------------
 */

/* Asks again and again, numbering its reasons. */
static int
ask (const char *folder, int from_parent, int to_parent)
{
  g_autoptr (Storage) storage = NULL;

  (void) to_parent;
  if (child_await (from_parent) == 0)
    return 1;
  storage = open_store (folder, STORAGE_OPEN_CREATE);
  for (guint i = 0; i < REQUESTS; i++)
    {
      g_autofree char *reason = g_strdup_printf ("%u", i);

      if (storage == NULL
          || !storage_leave_request (storage, "r", STORAGE_REQUEST_CANCEL, reason, NULL))
        return 2;
    }
  return 0;
}

/* What the polling thread has; all but the flags is its own until it was joined. is_asked: nothing
 * more will be asked. is_over: the thread has ended. */
typedef struct
{
  const char *folder;
  atomic_bool is_asked;
  atomic_bool is_over;
  guint count;
  gboolean is_in_order;
  gboolean has_failed;
} Poller;

static void
count_request (StorageRequest request, const char *reason, gpointer user_data)
{
  Poller *poller = (Poller *) user_data;
  g_autofree char *expected = g_strdup_printf ("%u", poller->count);

  poller->is_in_order = poller->is_in_order && request == STORAGE_REQUEST_CANCEL
                        && g_strcmp0 (reason, expected) == 0;
  poller->count++;
}

static void *
poll_until_all_came (void *user_data)
{
  Poller *poller = (Poller *) user_data;
  g_autoptr (Storage) storage = open_store (poller->folder, STORAGE_OPEN_READ);
  guint64 seen = 0;
  gboolean is_last = FALSE;

  poller->has_failed = storage == NULL;
  while (!poller->has_failed && !is_last)
    {
      /* What was asked before this was set is there. */
      is_last = atomic_load_explicit (&poller->is_asked, memory_order_acquire);
      poller->has_failed
          = !fixture_poll_requests (storage, "r", &seen, count_request, poller, NULL);
    }
  atomic_store_explicit (&poller->is_over, TRUE, memory_order_release);
  return NULL;
}

static gboolean
has_ended (const Child *child)
{
  siginfo_t info = { 0 };

  return waitid (P_PID, (id_t) child->pid, &info, WEXITED | WNOWAIT | WNOHANG) != 0
         || info.si_pid != 0;
}

static void
requests_of_another_process_reach_a_thread_that_polls_while_the_owner_writes (void **state)
{
  const char *folder = (const char *) *state;
  Child child = child_start (ask, folder);
  g_autoptr (Storage) storage = open_store (folder, STORAGE_OPEN_CREATE);
  g_autoptr (StorageRun) run = fixture_create_run (storage, "r", 1);
  Poller poller = { .folder = folder, .is_in_order = TRUE };
  StorageRecord record = make_record (1);
  gboolean is_written = TRUE;
  guint count = 0;
  pthread_t thread;

  assert_int_equal (pthread_create (&thread, NULL, poll_until_all_came, &poller), 0);
  child_tell (child.to, 'x');
  for (; !atomic_load_explicit (&poller.is_over, memory_order_acquire); count++)
    {
      is_written = is_written && storage_run_append (run, &record, 1, NULL);
      if (has_ended (&child))
        atomic_store_explicit (&poller.is_asked, TRUE, memory_order_release);
    }
  pthread_join (thread, NULL);
  assert_int_equal (child_finish (&child), 0);
  assert_true (is_written);
  assert_false (poller.has_failed);
  assert_true (poller.is_in_order);
  assert_int_equal (poller.count, REQUESTS);
  assert_int_equal (fixture_count (run), count);
}

static void
polling_waits_for_no_writer (void **state)
{
  const char *folder = (const char *) *state;
  Child child = child_start (child_hold_lock, folder);
  g_autoptr (Storage) storage = sqlite_fixture_open (folder);
  g_autoptr (StorageRun) run = fixture_create_run (storage, "r", 1);
  g_autoptr (Storage) reading = sqlite_fixture_try_open (folder, STORAGE_OPEN_READ, NULL, NULL);
  Poller poller = { .is_in_order = TRUE };
  g_autoptr (GError) error = NULL;
  guint64 seen = 0;

  assert_non_null (run);
  assert_true (storage_leave_request (storage, "r", STORAGE_REQUEST_CANCEL, "0", NULL));
  assert_true (child_tell (child.to, 'x') && child_await (child.from));
  assert_true (fixture_poll_requests (reading, "r", &seen, count_request, &poller, NULL));
  assert_int_equal (poller.count, 1);
  assert_false (storage_leave_request (storage, "r", STORAGE_REQUEST_CANCEL, "1", &error));
  fixture_assert_error (&error, STORAGE_ERROR_BUSY, "locked");
  assert_null (storage_take_run (storage, "r", &error));
  fixture_assert_error (&error, STORAGE_ERROR_BUSY, "locked");
  assert_true (child_tell (child.to, 'x'));
  assert_int_equal (child_finish (&child), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown (name, fixture_set_up, fixture_tear_down)

int
main (void)
{
  static const struct CMUnitTest tests[] = {
    TEST (the_run_of_a_killed_process_is_taken_over),
    TEST (who_was_taken_for_dead_writes_nothing_more),
    TEST (of_those_who_take_a_run_at_once_one_gets_it),
    TEST (of_those_who_vouch_for_a_death_at_once_one_gets_the_run),
    TEST (requests_of_another_process_reach_a_thread_that_polls_while_the_owner_writes),
    TEST (polling_waits_for_no_writer),
  };

  signal (SIGPIPE, SIG_IGN);
  return cmocka_run_group_tests_name ("storage/sqlite_takeover", tests, NULL, NULL);
}
