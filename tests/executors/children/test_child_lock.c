/* SPDX-License-Identifier: Apache-2.0 */
/* A lock is held as long as one process lives that has its descriptor, and says who began it. */
#define _GNU_SOURCE

#include "executors/children/child_clear.h"
#include "executors/children/child_lock.h"
#include "executors/children/child_wait.h"
#include "tests/executors/children/child_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A process that has the descriptors of this one, and waits. */
static pid_t
fork_holder (void)
{
  pid_t pid = fork ();

  if (pid == 0)
    {
      pause ();
      _exit (0);
    }
  assert_true (pid > 0);
  return pid;
}

static void
end_holder (pid_t pid)
{
  assert_int_equal (kill (pid, SIGKILL), 0);
  assert_int_equal (waitpid (pid, NULL, 0), pid);
}

static void
a_lock_is_held_while_a_process_has_it (void **state)
{
  ChildFixture *fixture = *state;
  g_autofree char *path = child_fixture_place (fixture, "lock");
  const char *const paths[] = { path, NULL };

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (ChildLock) lock = child_lock_new (paths[i], NULL);
      pid_t holder;

      assert_non_null (lock);
      assert_true (child_lock_is_held (lock));
      holder = fork_holder ();
      child_lock_hand_over (lock, holder);
      assert_true (child_lock_is_held (lock));
      end_holder (holder);
      assert_false (child_lock_is_held (lock));
    }
}

static void
the_next_owner_finds_the_lock_by_its_path (void **state)
{
  ChildFixture *fixture = *state;
  g_autofree char *path = child_fixture_place (fixture, "lock");
  g_autoptr (ChildLock) first = child_lock_new (path, NULL);
  g_autoptr (ChildLock) next = NULL;
  pid_t holder = fork_holder ();

  child_lock_hand_over (first, holder);
  next = child_lock_open (path, NULL);
  assert_non_null (next);
  assert_true (child_lock_is_held (next));
  /* A held lock is not removed. */
  child_lock_remove (next);
  assert_int_equal (access (path, F_OK), 0);
  end_holder (holder);
  assert_false (child_lock_is_held (next));
  child_lock_remove (next);
  assert_int_not_equal (access (path, F_OK), 0);
}

static void
what_is_no_lock_tells_nothing (void **state)
{
  ChildFixture *fixture = *state;
  g_autofree char *path = child_fixture_place (fixture, "lock");
  g_autoptr (GError) error = NULL;
  ChildLockRecord record;
  g_autoptr (ChildLock) empty = NULL;

  assert_null (child_lock_open (path, &error));
  assert_null (error);
  assert_int_equal (mkfifo (path, 0600), 0);
  assert_null (child_lock_open (path, &error));
  assert_true (g_error_matches (error, CHILD_ERROR, CHILD_ERROR_UNVERIFIED));
  assert_int_equal (unlink (path), 0);
  assert_true (g_file_set_contents (path, "garbage", -1, NULL));
  empty = child_lock_open (path, NULL);
  assert_false (child_lock_is_held (empty));
  assert_false (child_lock_find_session (empty, &record));
}

static void
a_child_writes_its_session_before_its_command_runs (void **state)
{
  ChildFixture *fixture = *state;
  g_autofree char *path = child_fixture_place (fixture, "lock");
  g_autoptr (Child) child = NULL;
  g_autoptr (ChildLock) lock = NULL;
  ChildLockRecord record;

  fixture->spec.lock_path = path;
  child = child_fixture_spawn (fixture, "sleep", NULL, NULL, NULL);
  lock = child_lock_open (path, NULL);
  assert_true (child_lock_find_session (lock, &record));
  assert_int_equal (record.leader, child_get_pid (child));
  assert_true (record.begun_after <= record.begun_before);
  child_cancel (child);
  assert_int_equal (child_fixture_finish (child)->remains, CHILD_REMAINS_NONE);
  assert_int_not_equal (access (path, F_OK), 0);
}

static void
clearing_ends_the_holder_of_the_lock (void **state)
{
  ChildFixture *fixture = *state;
  g_autofree char *path = child_fixture_place (fixture, "lock");
  ChildLock *lock = child_lock_new (path, NULL);
  g_autoptr (ChildClear) clear = NULL;
  pid_t holder = fork_holder ();
  struct pollfd fd;

  child_lock_hand_over (lock, 0);
  /* The holder has neither the mark nor the session. */
  clear = child_clear_new (lock, "BACKFLOW_TEST=nothing", 0);
  while (!child_clear_advance (clear))
    {
      child_clear_fill_poll (clear, &fd);
      child_wait_poll (&fd, 1, child_clear_get_next_time (clear));
    }
  assert_int_equal (child_clear_get_n_ended (clear), 1);
  assert_true (child_clear_finish (clear, NULL));
  assert_int_equal (waitpid (holder, NULL, WNOHANG), -1);
}

#define TEST(name)                                                                                 \
  cmocka_unit_test_setup_teardown (name, child_fixture_setup, child_fixture_teardown)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (a_lock_is_held_while_a_process_has_it),
    TEST (the_next_owner_finds_the_lock_by_its_path),
    TEST (what_is_no_lock_tells_nothing),
    TEST (a_child_writes_its_session_before_its_command_runs),
    TEST (clearing_ends_the_holder_of_the_lock),
  };

  return cmocka_run_group_tests_name ("child lock", tests, NULL, NULL);
}
