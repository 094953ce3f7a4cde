/* SPDX-License-Identifier: Apache-2.0 */
/* A revert can be started whenever its execute could, and gets what is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "executors/children/child_wait.h"
#include "executors/commands/command_attempt.h"
#include "executors/commands/command_environment.h"
#include "tests/executors/attempt_fixture.h"

/* Runs a command of the task to its end. */
static void
run (AttemptFixture *fixture, CommandRole role)
{
  CommandHost *host = command_host_new ();
  CommandAttempt *running = command_attempt_start (host, &fixture->attempt, role);

  if (running != NULL)
    {
      assert_int_equal (child_wait (command_attempt_get_child (running), G_MAXINT64, -1),
                        CHILD_WAIT_ENDED);
      command_attempt_finish (running);
    }
  command_host_free (host);
}

static void
a_script_that_is_too_long_for_an_argument_runs_from_a_file (void **state)
{
  g_autofree char *padding = g_strnfill (COMMAND_VALUE_MAX_BYTES, '#');
  g_autofree char *text = g_strconcat (padding, "\nargs \"$0\" a | sed 's/.*<a>/<a>/'\n", NULL);

  attempt_fixture_set_shell (*state, text);
  run (*state, COMMAND_EXECUTE);
  attempt_fixture_assert_result (*state, "\"<a>\"");
}

static void
what_its_revert_could_not_be_given_fails_an_execute (void **state)
{
  AttemptFixture *fixture = *state;
  Atom *command = attempt_fixture_set_shell (fixture, "head -c 131072 /dev/zero | tr '\\0' x");
  const char *const revert[] = { "args", "{blob}", NULL };

  command_set_argv (command, COMMAND_REVERT, revert);
  atom_provide (command, "blob");
  run (fixture, COMMAND_EXECUTE);
  (void) attempt_fixture_assert_failure (fixture, "output", "\"{blob}\", would be too long");
  attempt_reset (&fixture->attempt);
  run (fixture, COMMAND_REVERT);
}

static void
what_is_known_to_be_too_long_for_its_revert_keeps_an_execute_from_starting (void **state)
{
  AttemptFixture *fixture = *state;
  Atom *command = attempt_fixture_set_shell (fixture, "true");
  const char *const revert[] = { "args", "x{big}", NULL };

  command_set_argv (command, COMMAND_REVERT, revert);
  attempt_fixture_add_argument (fixture, "big",
                                g_variant_new_take_string (g_strnfill (200000, 'x')));
  run (fixture, COMMAND_EXECUTE);
  (void) attempt_fixture_assert_unstarted (fixture, "command", "\"x{big}\", would be too long");
}

/* Runs the revert of the execute that the fixture has just run. */
static void
run_revert (AttemptFixture *fixture)
{
  fixture->attempt.execute_number = fixture->attempt.number;
  attempt_reset (&fixture->attempt);
  fixture->attempt.action = ATOM_ACTION_REVERT;
  run (fixture, COMMAND_REVERT);
}

static void
a_revert_gets_what_a_failed_execute_had_written (void **state)
{
  static const char *const executes[] = {
    "echo id=vm-42 > \"$BACKFLOW_OUTPUT\"; exit 2",
    "echo id=vm-42 > \"$BACKFLOW_OUTPUT\"; printf name=cu >> \"$BACKFLOW_OUTPUT\"; kill -9 $$",
    "echo other=1 > \"$BACKFLOW_OUTPUT\"; echo id=vm-42 >> \"$BACKFLOW_OUTPUT\"",
  };
  AttemptFixture *fixture = *state;

  for (guint i = 0; i < G_N_ELEMENTS (executes); i++)
    {
      Atom *command = attempt_fixture_set_shell (fixture, executes[i]);

      command_set_shell (command, COMMAND_REVERT, "echo \"[$id]\"");
      atom_provide_key (command, "id", "id");
      atom_provide_key (command, "missing", "missing");
      fixture->attempt.action = ATOM_ACTION_EXECUTE;
      run (fixture, COMMAND_EXECUTE);
      assert_int_equal (fixture->attempt.outcome, ATTEMPT_OUTCOME_FAILURE);
      run_revert (fixture);
      attempt_fixture_assert_result (fixture, "\"[vm-42]\"");
      attempt_reset (&fixture->attempt);
    }
}

#define TEST(name)                                                                                 \
  cmocka_unit_test_setup_teardown (name, attempt_fixture_setup, attempt_fixture_teardown)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (a_script_that_is_too_long_for_an_argument_runs_from_a_file),
    TEST (what_its_revert_could_not_be_given_fails_an_execute),
    TEST (what_is_known_to_be_too_long_for_its_revert_keeps_an_execute_from_starting),
    TEST (a_revert_gets_what_a_failed_execute_had_written),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
