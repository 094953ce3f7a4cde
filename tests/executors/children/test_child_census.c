/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE

#include "executors/children/child_census.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/executors/children/child_fixture.h"

/* A process of the test's own that waits, in a session of its own. */
static pid_t
start_waiting (const char *name)
{
  int ends[2];
  char byte;
  pid_t pid;

  assert_return_code (pipe (ends), errno);
  pid = fork ();
  assert_return_code (pid, errno);
  if (pid == 0)
    {
      setsid ();
      prctl (PR_SET_NAME, name);
      close (ends[0]);
      close (ends[1]);
      for (;;)
        pause ();
    }
  close (ends[1]);
  assert_int_equal (read (ends[0], &byte, 1), 0);
  close (ends[0]);
  return pid;
}

static void
end (pid_t pid)
{
  assert_int_equal (kill (pid, SIGKILL), 0);
  assert_int_equal (waitpid (pid, NULL, 0), pid);
}

static guint
count_found (const ChildCensus *census, pid_t session, const char *marker)
{
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (ChildCensusEntry));

  child_census_find (census, session, marker, found);
  return found->len;
}

static void
take (ChildCensus *census)
{
  assert_int_equal (child_census_take (census, G_MAXINT64), CHILD_CENSUS_COMPLETE);
}

static void
a_session_is_found_whatever_its_programs_are_called (void **state)
{
  static const char *const names[] = { "plain", "a) Z 1 1 1 (b", ")", "two\nlines" };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (ChildCensus) census = child_census_new (NULL, CHILD_CENSUS_ANY_TIME);
      pid_t pid = start_waiting (names[i]);

      take (census);
      assert_int_equal (count_found (census, pid, NULL), 1);
      end (pid);
      take (census);
      assert_int_equal (count_found (census, pid, NULL), 0);
    }
}

static void
a_mark_is_found_by_its_whole_value (void **state)
{
  const ChildFixture *fixture = *state;
  g_autofree char *longer = g_strconcat (fixture->marker, "x", NULL);
  g_autofree char *shorter = g_strndup (fixture->marker, strlen (fixture->marker) - 1);
  g_autofree char *elsewhere = g_strconcat ("X_", fixture->marker, NULL);
  g_autoptr (ChildCensus) census = child_census_new (fixture->marker, CHILD_CENSUS_ANY_TIME);
  g_autoptr (ChildCensus) other_name = child_census_new (elsewhere, CHILD_CENSUS_ANY_TIME);
  g_autoptr (Child) child = child_fixture_spawn (fixture, "wait", NULL, NULL, NULL);

  /* After exec, in the middle of which its environment is empty. */
  child_fixture_wait_lines (child, 1);
  take (census);
  assert_int_equal (count_found (census, 0, fixture->marker), 1);
  assert_int_equal (count_found (census, child_get_pid (child), fixture->marker), 1);
  assert_int_equal (count_found (census, 0, longer), 0);
  assert_int_equal (count_found (census, 0, shorter), 0);
  assert_int_equal (count_found (census, 0, NULL), 0);
  take (other_name);
  assert_int_equal (count_found (other_name, 0, elsewhere), 0);
}

static void
who_started_earlier_is_left_out (void **state)
{
  pid_t pid = start_waiting ("early");
  guint64 begin = child_census_now ();
  g_autoptr (ChildCensus) census = NULL;
  pid_t later;

  (void) state;
  /* The clock of start times is coarse. */
  while (child_census_now () == begin)
    g_usleep (1000);
  census = child_census_new (NULL, child_census_now ());
  later = start_waiting ("later");
  take (census);
  assert_int_equal (count_found (census, pid, NULL), 0);
  assert_int_equal (count_found (census, later, NULL), 1);
  end (pid);
  end (later);
}

static void
a_count_serves_all_who_asked_before_it (void **state)
{
  g_autoptr (ChildCensus) census = child_census_new (NULL, CHILD_CENSUS_ANY_TIME);
  gint64 asked_us = g_get_monotonic_time ();
  pid_t pid;

  (void) state;
  assert_int_equal (child_census_take (census, asked_us), CHILD_CENSUS_COMPLETE);
  pid = start_waiting ("late");
  assert_int_equal (child_census_take (census, asked_us), CHILD_CENSUS_COMPLETE);
  assert_int_equal (count_found (census, pid, NULL), 0);
  assert_int_equal (child_census_take (census, g_get_monotonic_time ()), CHILD_CENSUS_COMPLETE);
  assert_int_equal (count_found (census, pid, NULL), 1);
  end (pid);
}

static void
a_zombie_of_the_host_is_no_living_process (void **state)
{
  g_autoptr (ChildCensus) census = child_census_new (NULL, CHILD_CENSUS_ANY_TIME);
  pid_t pid = start_waiting ("zombie");
  const GArray *zombies;
  siginfo_t info;

  (void) state;
  assert_int_equal (kill (pid, SIGKILL), 0);
  assert_int_equal (waitid (P_PID, (id_t) pid, &info, WEXITED | WNOWAIT), 0);
  take (census);
  zombies = child_census_get_zombies (census);
  assert_int_equal (count_found (census, pid, NULL), 0);
  assert_int_equal (zombies->len, 1);
  assert_int_equal (g_array_index (zombies, ChildCensusEntry, 0).process.pid, pid);
  assert_int_equal (waitpid (pid, NULL, 0), pid);
}

static void
a_process_is_known_by_its_start (void **state)
{
  g_autoptr (ChildCensus) census = child_census_new (NULL, CHILD_CENSUS_ANY_TIME);
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (ChildCensusEntry));
  pid_t pid = start_waiting ("known");
  ChildProcess process;
  ChildProcess other;

  (void) state;
  take (census);
  child_census_find (census, pid, NULL, found);
  assert_int_equal (found->len, 1);
  process = g_array_index (found, ChildCensusEntry, 0).process;
  other = (ChildProcess){ .pid = process.pid, .started = process.started + 1 };
  assert_true (child_census_is_alive (census, &process));
  assert_false (child_census_is_alive (census, &other));
  end (pid);
  assert_false (child_census_is_alive (census, &process));
}

static const char *
look_for_oneself (const ChildFixture *fixture)
{
  g_autoptr (ChildCensus) census = child_census_new (fixture->marker, CHILD_CENSUS_ANY_TIME);

  REQUIRE (setsid () == getpid ());
  REQUIRE (child_census_take (census, G_MAXINT64) == CHILD_CENSUS_COMPLETE);
  REQUIRE (count_found (census, getpid (), NULL) == 0);
  return NULL;
}

static void
the_host_does_not_find_itself (void **state)
{
  child_fixture_isolate (look_for_oneself, *state);
}

/* As process 1 of a namespace, which is in the session of somebody outside: number 0. */
static gboolean
count_in_session_of_nobody (const ChildFixture *fixture)
{
  g_autoptr (ChildCensus) census = child_census_new (fixture->marker, CHILD_CENSUS_ANY_TIME);
  char *const environment[] = { fixture->marker, NULL };
  int ends[2];
  char byte;
  pid_t pid;

  if (pipe2 (ends, O_CLOEXEC) < 0 || (pid = fork ()) < 0)
    return FALSE;
  if (pid == 0)
    {
      execle ("/bin/sleep", "sleep", "1000", NULL, environment);
      _exit (1);
    }
  close (ends[1]);
  /* The pipe is closed in the middle of exec, before the environment shows. */
  if (read (ends[0], &byte, 1) != 0)
    return FALSE;
  do
    child_census_take (census, G_MAXINT64);
  while (child_census_is_blurred (census));
  return getsid (pid) == 0 && count_found (census, 0, fixture->marker) == 1
         && count_found (census, getpid (), fixture->marker) == 1
         && count_found (census, 0, NULL) == 0;
}

static const char *
look_in_a_namespace (const ChildFixture *fixture)
{
  int status;
  pid_t pid;

  if (unshare (CLONE_NEWPID | CLONE_NEWNS) < 0
      || mount ("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0)
    return "skip";
  pid = fork ();
  REQUIRE (pid >= 0);
  /* With process 1 all others of its namespace end. */
  if (pid == 0)
    _exit (mount ("proc", "/proc", "proc", 0, NULL) < 0 ? 2
           : count_in_session_of_nobody (fixture)       ? 0
                                                        : 1);
  REQUIRE (waitpid (pid, &status, 0) == pid);
  if (status == W_EXITCODE (2, 0))
    return "skip";
  REQUIRE (status == 0);
  return NULL;
}

static void
a_mark_is_found_where_sessions_have_no_number (void **state)
{
  child_fixture_isolate (look_in_a_namespace, *state);
}

/* Then nobody may be called gone. */
static const char *
count_without_descriptors (const ChildFixture *fixture)
{
  g_autoptr (ChildCensus) census = child_census_new (fixture->marker, CHILD_CENSUS_ANY_TIME);
  int first_free = dup (STDIN_FILENO);
  struct rlimit limit;
  guint incomplete = 0;

  close (first_free);
  REQUIRE (getrlimit (RLIMIT_NOFILE, &limit) == 0);
  for (rlim_t spare = 0; spare <= 4; spare++)
    {
      struct rlimit low = { .rlim_cur = (rlim_t) first_free + spare, .rlim_max = limit.rlim_max };
      ChildCensusResult result;

      REQUIRE (setrlimit (RLIMIT_NOFILE, &low) == 0);
      result = child_census_take (census, G_MAXINT64);
      REQUIRE (setrlimit (RLIMIT_NOFILE, &limit) == 0);
      REQUIRE (result != CHILD_CENSUS_IMPOSSIBLE);
      incomplete += result == CHILD_CENSUS_INCOMPLETE;
      REQUIRE (spare < 4 || result == CHILD_CENSUS_COMPLETE);
    }
  /* One for /proc and one for the process that is looked at. */
  REQUIRE (incomplete >= 2);
  return NULL;
}

static void
a_count_without_descriptors_is_incomplete (void **state)
{
  child_fixture_isolate (count_without_descriptors, *state);
}

#define TEST(name)                                                                                 \
  cmocka_unit_test_setup_teardown (name, child_fixture_setup, child_fixture_teardown)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (a_session_is_found_whatever_its_programs_are_called),
    TEST (a_mark_is_found_by_its_whole_value),
    TEST (who_started_earlier_is_left_out),
    TEST (a_count_serves_all_who_asked_before_it),
    TEST (a_zombie_of_the_host_is_no_living_process),
    TEST (a_process_is_known_by_its_start),
    TEST (the_host_does_not_find_itself),
    TEST (a_mark_is_found_where_sessions_have_no_number),
    TEST (a_count_without_descriptors_is_incomplete),
  };

  return cmocka_run_group_tests_name ("child_census", tests, NULL, NULL);
}
