/* SPDX-License-Identifier: Apache-2.0 */
/* What an engine that was killed has left running is ended by the next one. */
#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <backflow/executors/serial.h>

#include "tests/executors/attempt_fixture.h"
#include "tests/executors/children/child_fixture.h"

/* Says who it is, and a daemon of its own that doesn't hear TERM, and goes on. The pipe makes both
 * wait for a reader. */
#define COMMAND "setsid sh -c 'trap \"\" TERM; exec sleep 1000' & echo $$ $! > \"$FIFO\"; wait"

/* The processes of a former life. */
typedef struct
{
  pid_t command;
  pid_t daemon;
} Left;

/* The life of an engine, until it is killed. */
static void
live (AttemptFixture *fixture)
{
  g_autoptr (Executor) executor = executor_new_serial ();
  g_autoptr (Port) port = port_open (executor, NULL);
  Attempt *attempt = &fixture->attempt;
  Attempt *done = NULL;

  (void) prctl (PR_SET_PDEATHSIG, SIGKILL);
  port_submit (port, &attempt, 1);
  (void) port_collect (port, &done, 1, G_MAXINT64);
  _exit (1);
}

static Left
read_left (const char *fifo)
{
  FILE *file = fopen (fifo, "re");
  Left left = { 0, 0 };

  assert_non_null (file);
  assert_int_equal (fscanf (file, "%d %d", &left.command, &left.daemon), 2);
  /* Who writes next is not to meet a pipe that the former one has not closed. */
  while (fgetc (file) != EOF)
    continue;
  assert_int_equal (fclose (file), 0);
  return left;
}

/* Runs the attempt in another process, which is killed when the command is under way. */
static Left
crash (AttemptFixture *fixture)
{
  g_autofree char *fifo = attempt_fixture_place (fixture, "fifo");
  pid_t pid;
  Left left;
  int status;

  assert_true (mkfifo (fifo, 0600) == 0 || errno == EEXIST);
  attempt_fixture_set_variable (fixture, "FIFO", fifo);
  pid = fork ();
  assert_return_code (pid, errno);
  if (pid == 0)
    live (fixture);
  left = read_left (fifo);
  assert_int_equal (kill (pid, SIGKILL), 0);
  assert_int_equal (waitpid (pid, &status, 0), pid);
  assert_true (WIFSIGNALED (status));
  assert_false (child_fixture_is_gone (left.command));
  assert_false (child_fixture_is_gone (left.daemon));
  return left;
}

static void
assert_gone (Left left)
{
  assert_true (child_fixture_is_gone (left.command));
  assert_true (child_fixture_is_gone (left.daemon));
}

/* Clears what the attempt has left running. Returns: whether no process is left; else `failure`
 * (nullable) (transfer full) says why. */
static gboolean
clear (Executor *executor, const Attempt *left, Failure **failure)
{
  g_autoptr (Port) port = port_open (executor, NULL);
  Attempt attempt = { .atom = left->atom,
                      .work = ATTEMPT_CLEAR,
                      .cleared = left->work,
                      .action = left->action,
                      .number = left->number,
                      .run = left->run,
                      .cancel_fd = -1 };
  Attempt *submitted = &attempt;
  Attempt *done = NULL;
  gboolean is_clear;

  port_submit (port, &submitted, 1);
  while (port_collect (port, &done, 1, G_MAXINT64) == 0)
    continue;
  is_clear = attempt.outcome == ATTEMPT_OUTCOME_SUCCESS;
  if (failure != NULL)
    *failure = g_steal_pointer (&attempt.failure);
  attempt_reset (&attempt);
  return is_clear;
}

/* The folder of the killed port is what nobody removes. */
static void
clean (const AttemptFixture *fixture)
{
  g_autofree char *command = g_strdup_printf ("rm -rf '%s'/*", fixture->temporary);

  assert_int_equal (system (command), 0);
}

static void
what_a_killed_engine_left_running_is_ended (void **state)
{
  AttemptFixture *fixture = *state;
  g_autoptr (Executor) executor = executor_new_serial ();
  g_autoptr (Failure) failure = NULL;
  Left left;

  command_set_kill_after (attempt_fixture_set_shell (fixture, COMMAND), 1000);
  left = crash (fixture);
  assert_true (clear (executor, &fixture->attempt, &failure));
  assert_null (failure);
  assert_gone (left);
  assert_true (clear (executor, &fixture->attempt, &failure));
  clean (fixture);
}

static void
other_attempts_of_the_run_live_on (void **state)
{
  AttemptFixture *fixture = *state;
  g_autoptr (Executor) executor = executor_new_serial ();
  Attempt first;
  Left left[2];

  command_set_kill_after (attempt_fixture_set_shell (fixture, COMMAND), 1000);
  first = fixture->attempt;
  left[0] = crash (fixture);
  fixture->attempt.number = 11;
  left[1] = crash (fixture);
  assert_true (clear (executor, &first, NULL));
  assert_gone (left[0]);
  assert_false (child_fixture_is_gone (left[1].command));
  assert_false (child_fixture_is_gone (left[1].daemon));
  assert_true (clear (executor, &fixture->attempt, NULL));
  assert_gone (left[1]);
  clean (fixture);
}

static void
a_probe_of_a_former_life_is_ended_too (void **state)
{
  AttemptFixture *fixture = *state;
  g_autoptr (Executor) executor = executor_new_serial ();
  Left left;

  command_set_shell (attempt_fixture_set_shell (fixture, "true"), COMMAND_PROBE, COMMAND);
  command_set_kill_after (fixture->attempt.atom, 1000);
  fixture->attempt.work = ATTEMPT_PROBE;
  left = crash (fixture);
  assert_true (clear (executor, &fixture->attempt, NULL));
  assert_gone (left);
  clean (fixture);
}

static const char *
look_without_proc (const ChildFixture *fixture)
{
  g_autoptr (Atom) atom = command_new ("atom");
  const AttemptRun run = { .run_id = "run" };
  const Attempt attempt = { .atom = atom, .number = 1, .run = &run };
  g_autoptr (Executor) executor = executor_new_serial ();
  g_autoptr (Failure) failure = NULL;

  (void) fixture;
  if (unshare (CLONE_NEWNS) < 0 || mount ("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0
      || mount ("none", "/proc", "tmpfs", 0, NULL) < 0)
    return "skip";
  REQUIRE (!clear (executor, &attempt, &failure));
  REQUIRE (strcmp (failure_get_fields (failure)->domain, "containment") == 0);
  REQUIRE (strstr (failure_get_message (failure), "run/atom/execute/1") != NULL);
  REQUIRE (strstr (failure_get_message (failure), "/proc cannot be read") != NULL);
  return NULL;
}

static void
what_cannot_be_seen_is_an_error (void **state)
{
  (void) state;
  child_fixture_isolate (look_without_proc, NULL);
}

#define TEST(name)                                                                                 \
  cmocka_unit_test_setup_teardown (name, attempt_fixture_setup, attempt_fixture_teardown)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (what_a_killed_engine_left_running_is_ended),
    TEST (other_attempts_of_the_run_live_on),
    TEST (a_probe_of_a_former_life_is_ended_too),
    TEST (what_cannot_be_seen_is_an_error),
  };

  return cmocka_run_group_tests_name ("leftovers", tests, NULL, NULL);
}
