/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE

#include "executors/children/child_sweep.h"

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
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/executors/children/child_fixture.h"

static void
assert_stopped (const ChildOutcome *outcome, ChildStop stop, int number)
{
  assert_non_null (outcome);
  assert_int_equal (outcome->stop, stop);
  assert_int_equal (outcome->end, CHILD_END_SIGNALLED);
  assert_int_equal (outcome->signal, number);
  assert_int_equal (outcome->remains, CHILD_REMAINS_NONE);
}

/* -- The command itself -------------------------------------------------------------------------
 */

static void
cancelling_asks_with_term (void **state)
{
  g_autoptr (Child) child = child_fixture_spawn (*state, "trap-term", NULL, NULL, NULL);
  const ChildOutcome *outcome;
  g_autofree char *tail = NULL;

  child_fixture_wait_lines (child, 1);
  child_cancel (child);
  child_cancel (child);
  outcome = child_fixture_finish (child);
  tail = output_dup_tail_text (child_get_output (child));
  assert_int_equal (outcome->stop, CHILD_STOP_CANCEL);
  assert_int_equal (outcome->end, CHILD_END_EXITED);
  assert_int_equal (outcome->exit_status, 0);
  assert_string_equal (tail, "cleaned\n");
}

static void
who_ignores_term_is_killed_after_the_grace (void **state)
{
  ChildFixture *fixture = *state;
  g_autoptr (Child) child = NULL;

  fixture->spec.kill_after_us = 20000;
  child = child_fixture_spawn (fixture, "ignore-term", NULL, NULL, NULL);
  child_fixture_wait_lines (child, 1);
  child_cancel (child);
  assert_stopped (child_fixture_finish (child), CHILD_STOP_CANCEL, SIGKILL);
}

static void
past_its_deadline_a_command_is_stopped (void **state)
{
  ChildFixture *fixture = *state;
  g_autoptr (Child) child = NULL;

  fixture->spec.deadline_us = g_get_monotonic_time () + 20000;
  child = child_fixture_spawn (fixture, "wait", NULL, NULL, NULL);
  assert_stopped (child_fixture_finish (child), CHILD_STOP_DEADLINE, SIGTERM);
}

/* TERM is delivered to it only when it is continued. */
static void
a_stopped_command_is_continued_to_end (void **state)
{
  g_autoptr (Child) child = child_fixture_spawn (*state, "stop-itself", NULL, NULL, NULL);
  siginfo_t info;

  child_fixture_wait_lines (child, 1);
  assert_int_equal (waitid (P_PID, (id_t) child_get_pid (child), &info, WSTOPPED | WNOWAIT), 0);
  child_cancel (child);
  assert_stopped (child_fixture_finish (child), CHILD_STOP_CANCEL, SIGTERM);
}

/* It has ended, and nobody has noticed. */
static void
a_command_that_ended_before_it_was_stopped_ended_by_itself (void **state)
{
  ChildFixture *fixture = *state;
  g_autoptr (Child) child = NULL;
  siginfo_t info;
  gsize size;

  fixture->spec.deadline_us = 1;
  child = child_fixture_spawn (fixture, "write", "5", NULL, NULL);
  assert_int_equal (waitid (P_PID, (id_t) child_get_pid (child), &info, WEXITED | WNOWAIT), 0);
  child_cancel (child);
  assert_int_equal (child_fixture_finish (child)->stop, CHILD_STOP_NONE);
  assert_int_equal (child_get_outcome (child)->exit_status, 0);
  assert_string_equal (output_get_stdout (child_get_output (child), &size), "xxxxx");
}

/* -- What a command leaves ----------------------------------------------------------------------
 */

typedef struct
{
  const char *options; /* of the process that is left, see child_program */
  const char *status;
  gboolean survives;
} Leaving;

/* s: own session; g: own group; q: closed output; i: ignores TERM */
static const Leaving leavings[] = {
  { "", "0", FALSE },  { "q", "0", FALSE },  { "i", "0", FALSE },   { "qi", "0", FALSE },
  { "g", "0", FALSE }, { "s", "0", TRUE },   { "sq", "0", TRUE },   { "sqi", "0", TRUE },
  { "", "1", FALSE },  { "qi", "1", FALSE }, { "g", "1", FALSE },   { "gq", "1", FALSE },
  { "s", "1", FALSE }, { "sq", "1", FALSE }, { "sqi", "1", FALSE }, { "sqg", "1", FALSE },
};

static void
what_a_command_leaves_is_ended_unless_it_is_the_effect_of_a_success (void **state)
{
  ChildFixture *fixture = *state;

  fixture->spec.kill_after_us = 20000;
  for (gsize i = 0; i < G_N_ELEMENTS (leavings); i++)
    {
      const Leaving *leaving = &leavings[i];
      g_autoptr (Child) child
          = child_fixture_spawn (fixture, "leave", leaving->options, leaving->status, NULL);
      const ChildOutcome *outcome = child_fixture_finish (child);
      pid_t left = child_fixture_get_pid (child, 0);

      print_message ("# left with \"%s\" and status %s\n", leaving->options, leaving->status);
      assert_int_equal (outcome->end, CHILD_END_EXITED);
      assert_int_equal (outcome->exit_status, g_ascii_strtoll (leaving->status, NULL, 10));
      assert_int_equal (outcome->stop, CHILD_STOP_NONE);
      assert_int_equal (outcome->remains, CHILD_REMAINS_NONE);
      assert_int_equal (outcome->left_behind, leaving->survives ? 0 : 1);
      assert_int_equal (child_fixture_is_gone (left), !leaving->survives);
      if (leaving->survives)
        assert_int_equal (kill (left, SIGKILL), 0);
      child_fixture_wait_gone (left);
    }
}

static void
what_a_stopped_command_had_started_ends_with_it (void **state)
{
  static const char *const options[] = { "", "q", "i", "g", "gq", "s", "sq", "sqi" };
  ChildFixture *fixture = *state;

  fixture->spec.kill_after_us = 20000;
  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    {
      g_autoptr (Child) child = child_fixture_spawn (fixture, "leave", options[i], "wait", NULL);
      pid_t left;

      print_message ("# started with \"%s\"\n", options[i]);
      child_fixture_wait_lines (child, 2);
      left = child_fixture_get_pid (child, 0);
      child_cancel (child);
      assert_stopped (child_fixture_finish (child), CHILD_STOP_CANCEL, SIGTERM);
      assert_true (child_fixture_is_gone (left));
    }
}

static void
without_a_marker_the_lock_finds_what_left_the_session (void **state)
{
  ChildFixture *fixture = *state;
  g_autoptr (Child) child = NULL;

  fixture->spec.marker = NULL;
  child = child_fixture_spawn (fixture, "leave", "sq", "1", NULL);
  assert_int_equal (child_fixture_finish (child)->left_behind, 1);
  assert_int_equal (child_fixture_finish (child)->remains, CHILD_REMAINS_NONE);
  assert_true (child_fixture_is_gone (child_fixture_get_pid (child, 0)));
}

/* The word that it says when it is told to end comes too late for the result, but not for the
 * report. */
static void
what_is_left_can_write_until_it_ends (void **state)
{
  ChildFixture *fixture = *state;
  g_autofree char *log_path = child_fixture_place (fixture, "step.log");
  g_autofree char *tail = NULL;
  g_autofree char *text = NULL;
  g_autoptr (Child) child = NULL;
  gsize size;

  fixture->spec.log_path = log_path;
  child = child_fixture_spawn (fixture, "leave", "t", "0", NULL);
  assert_int_equal (child_fixture_finish (child)->left_behind, 1);
  tail = output_dup_tail_text (child_get_output (child));
  assert_string_equal (tail, "cleaned\n");
  assert_true (g_file_get_contents (log_path, &text, NULL, NULL));
  assert_non_null (strstr (text, "\nlate\n"));
  assert_non_null (strstr (text, "\ncleaned\n"));
  assert_null (strstr (output_get_stdout (child_get_output (child), &size), "late"));
}

static void
many_processes_are_left_and_ended (void **state)
{
  ChildFixture *fixture = *state;
  g_autoptr (Child) child = NULL;

  fixture->spec.kill_after_us = 1000;
  child = child_fixture_spawn (fixture, "leave", "sqi", "1", "40");
  assert_int_equal (child_fixture_finish (child)->left_behind, 40);
  assert_int_equal (child_get_outcome (child)->remains, CHILD_REMAINS_NONE);
  for (guint i = 0; i < 40; i++)
    assert_true (child_fixture_is_gone (child_fixture_get_pid (child, i)));
}

/* -- By marker alone ----------------------------------------------------------------------------
 */

static void
who_carries_a_marker_can_be_ended_later (void **state)
{
  ChildFixture *fixture = *state;
  g_autofree char *other_marker = g_strconcat (fixture->marker, "x", NULL);
  const char *other_environment[] = { fixture->path_variable, other_marker, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (Child) child = child_fixture_spawn (fixture, "leave", "sqi", "0", "3");
  g_autoptr (Child) other = NULL;
  guint ended;

  fixture->spec.envp = other_environment;
  fixture->spec.marker = other_marker;
  other = child_fixture_spawn (fixture, "wait", NULL, NULL, NULL);
  child_fixture_wait_lines (other, 1);
  assert_int_equal (child_fixture_finish (child)->left_behind, 0);

  assert_true (children_end_marked (fixture->marker, 1000, &ended, &error));
  assert_int_equal (ended, 3);
  for (guint i = 0; i < 3; i++)
    assert_true (child_fixture_is_gone (child_fixture_get_pid (child, i)));
  assert_true (children_end_marked (fixture->marker, 1000, &ended, &error));
  assert_int_equal (ended, 0);

  assert_int_equal (child_wait (other, 0, -1), CHILD_WAIT_TIMED_OUT);
  child_cancel (other);
  assert_stopped (child_fixture_finish (other), CHILD_STOP_CANCEL, SIGTERM);
}

/* -- When it can't be done ----------------------------------------------------------------------
 */

/* Root's processes, for somebody who is no longer root. */
static const char *
fail_to_end_the_untouchable (const ChildFixture *fixture)
{
  ChildFixture patient = *fixture;
  g_autoptr (Child) child = NULL;
  pid_t left;

  if (geteuid () != 0)
    return "skip";
  patient.spec.kill_after_us = 1000;
  patient.spec.give_up_us = 50000;
  child = child_fixture_spawn (&patient, "leave", "", "wait", NULL);
  child_fixture_wait_lines (child, 2);
  left = child_fixture_get_pid (child, 0);
  REQUIRE (setresuid (65534, 65534, 0) == 0);
  child_cancel (child);
  REQUIRE (child_wait (child, G_MAXINT64, -1) == CHILD_WAIT_ENDED);
  REQUIRE (child_get_outcome (child)->remains == CHILD_REMAINS_SURVIVORS);
  REQUIRE (child_get_outcome (child)->survivors == 2);
  REQUIRE (child_get_outcome (child)->end == CHILD_END_UNKNOWN);

  REQUIRE (setresuid (0, 0, 0) == 0);
  REQUIRE (kill (child_get_pid (child), SIGKILL) == 0 && kill (left, SIGKILL) == 0);
  REQUIRE (waitpid (child_get_pid (child), NULL, 0) == child_get_pid (child));
  child_fixture_wait_gone (left);
  return NULL;
}

static void
who_cannot_be_ended_is_a_survivor (void **state)
{
  child_fixture_isolate (fail_to_end_the_untouchable, *state);
}

static const char *
end_without_proc (const ChildFixture *fixture)
{
  ChildFixture blind = *fixture;
  g_autoptr (Child) success = NULL;
  g_autoptr (Child) failure = NULL;
  g_autoptr (Child) stopped = NULL;
  g_autoptr (GError) error = NULL;

  blind.spec.kill_after_us = 20000;
  /* Without /proc zombies count as processes, and init may take its time. */
  REQUIRE (prctl (PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0);
  /* Spawned before, because the fixture finds its program through /proc. */
  success = child_fixture_spawn (&blind, "leave", "qi", "0", NULL);
  failure = child_fixture_spawn (&blind, "exit", "1", NULL, NULL);
  stopped = child_fixture_spawn (&blind, "leave", "qi", "wait", NULL);
  child_fixture_wait_lines (stopped, 2);
  child_fixture_wait_lines (success, 1);
  if (unshare (CLONE_NEWNS) < 0 || mount ("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0
      || mount ("none", "/proc", "tmpfs", 0, NULL) < 0)
    return "skip";

  child_cancel (stopped);
  REQUIRE (child_wait (success, G_MAXINT64, -1) == CHILD_WAIT_ENDED);
  REQUIRE (child_wait (failure, G_MAXINT64, -1) == CHILD_WAIT_ENDED);
  REQUIRE (child_wait (stopped, G_MAXINT64, -1) == CHILD_WAIT_ENDED);
  /* The process group can be seen to be empty, the rest cannot. */
  REQUIRE (child_get_outcome (success)->remains == CHILD_REMAINS_NONE);
  REQUIRE (child_get_outcome (success)->left_behind == 1);
  REQUIRE (child_get_outcome (failure)->remains == CHILD_REMAINS_UNKNOWN);
  REQUIRE (child_get_outcome (stopped)->remains == CHILD_REMAINS_UNKNOWN);
  REQUIRE (kill (-child_get_pid (success), 0) < 0 && errno == ESRCH);
  REQUIRE (kill (-child_get_pid (stopped), 0) < 0 && errno == ESRCH);
  REQUIRE (!children_end_marked (fixture->marker, 1000, NULL, &error));
  REQUIRE (g_error_matches (error, CHILD_ERROR, CHILD_ERROR_UNVERIFIED));
  return NULL;
}

static void
without_proc_the_group_is_ended_and_the_rest_is_unknown (void **state)
{
  child_fixture_isolate (end_without_proc, *state);
}

/* The numbers in such a /proc are not those that kill() takes. */
static const char *
refuse_foreign_proc (const ChildFixture *fixture)
{
  g_autoptr (ChildCensus) census = child_census_new (fixture->marker, CHILD_CENSUS_ANY_TIME);
  int status;
  pid_t pid;

  if (unshare (CLONE_NEWPID) < 0)
    return "skip";
  pid = fork ();
  REQUIRE (pid >= 0);
  if (pid == 0)
    _exit (child_census_take (census, G_MAXINT64) == CHILD_CENSUS_IMPOSSIBLE ? 0 : 1);
  REQUIRE (waitpid (pid, &status, 0) == pid);
  REQUIRE (status == 0);
  return NULL;
}

static void
the_proc_of_another_namespace_is_not_believed (void **state)
{
  child_fixture_isolate (refuse_foreign_proc, *state);
}

/* -- In a subreaper -----------------------------------------------------------------------------
 */

static const char *
end_as_subreaper (const ChildFixture *fixture)
{
  static const char *const options[] = { "", "q", "s", "sq" };
  g_autoptr (Child) careless = NULL;
  siginfo_t info = { 0 };
  pid_t stranger;

  REQUIRE (prctl (PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0);
  stranger = fork ();
  if (stranger == 0)
    _exit (3);
  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    {
      g_autoptr (Child) child = child_fixture_spawn (fixture, "leave", options[i], "1", NULL);

      REQUIRE (child_wait (child, G_MAXINT64, -1) == CHILD_WAIT_ENDED);
      REQUIRE (child_get_outcome (child)->left_behind == 1);
      REQUIRE (child_get_outcome (child)->remains == CHILD_REMAINS_NONE);
      /* Not even a zombie. */
      REQUIRE (kill (child_fixture_get_pid (child, 0), 0) < 0 && errno == ESRCH);
    }
  careless = child_fixture_spawn (fixture, "leave-zombie", NULL, NULL, NULL);
  REQUIRE (child_wait (careless, G_MAXINT64, -1) == CHILD_WAIT_ENDED);
  REQUIRE (child_get_outcome (careless)->exit_status == 0);
  REQUIRE (child_get_outcome (careless)->left_behind == 0);
  /* The host's own child is still the host's. */
  REQUIRE (waitid (P_PID, (id_t) stranger, &info, WEXITED) == 0);
  REQUIRE (info.si_status == 3);
  REQUIRE (waitid (P_ALL, 0, &info, WEXITED | WNOHANG) < 0 && errno == ECHILD);
  return NULL;
}

static void
a_subreaper_gets_no_zombies_and_keeps_its_own_children (void **state)
{
  child_fixture_isolate (end_as_subreaper, *state);
}

#define TEST(name)                                                                                 \
  cmocka_unit_test_setup_teardown (name, child_fixture_setup, child_fixture_teardown)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (cancelling_asks_with_term),
    TEST (who_ignores_term_is_killed_after_the_grace),
    TEST (past_its_deadline_a_command_is_stopped),
    TEST (a_stopped_command_is_continued_to_end),
    TEST (a_command_that_ended_before_it_was_stopped_ended_by_itself),
    TEST (what_a_command_leaves_is_ended_unless_it_is_the_effect_of_a_success),
    TEST (what_a_stopped_command_had_started_ends_with_it),
    TEST (without_a_marker_the_lock_finds_what_left_the_session),
    TEST (what_is_left_can_write_until_it_ends),
    TEST (many_processes_are_left_and_ended),
    TEST (who_carries_a_marker_can_be_ended_later),
    TEST (who_cannot_be_ended_is_a_survivor),
    TEST (without_proc_the_group_is_ended_and_the_rest_is_unknown),
    TEST (the_proc_of_another_namespace_is_not_believed),
    TEST (a_subreaper_gets_no_zombies_and_keeps_its_own_children),
  };

  return cmocka_run_group_tests_name ("child_sweep", tests, NULL, NULL);
}
