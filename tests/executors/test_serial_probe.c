/* SPDX-License-Identifier: Apache-2.0 */
/* Probes of commands and of C tasks: present, absent, or nobody knows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <string.h>

#include "tests/executors/port_fixture.h"
#include <backflow/atoms/atom_options.h>
#include <backflow/atoms/task.h>
#include <backflow/executors/serial.h>

/* The attempt of the fixture is a probe. */
static int
setup (void **state)
{
  int result = port_fixture_setup (state);
  PortFixture *fixture = *state;

  fixture->attempt->work = ATTEMPT_PROBE;
  return result;
}

/* A task whose execute would fail the test. */
static Atom *
set_probe (const PortFixture *fixture, const char *text)
{
  Atom *command = attempt_fixture_set_shell (fixture->base, "echo executed; exit 9");

  command_set_shell (command, COMMAND_PROBE, text);
  assert_true (atom_has_probe (command));
  return command;
}

static void
assert_absent (const PortFixture *fixture)
{
  assert_int_equal (fixture->attempt->outcome, ATTEMPT_OUTCOME_ABSENT);
  assert_null (fixture->attempt->result);
  assert_null (fixture->attempt->failure);
}

/* -- Commands -----------------------------------------------------------------------------------
 */

static void
what_a_probe_prints_is_the_result_of_what_is_there (void **state)
{
  const PortFixture *fixture = *state;

  set_probe (fixture, "echo there");
  port_fixture_run (fixture);
  attempt_fixture_assert_result (fixture->base, "\"there\"");
}

static void
its_output_is_read_as_that_of_the_task (void **state)
{
  const PortFixture *fixture = *state;
  Atom *command = set_probe (fixture, "echo '{\"id\": 5}'");

  command_set_output (command, COMMAND_OUTPUT_JSON);
  atom_provide_key (command, "volume", "id");
  port_fixture_run (fixture);
  attempt_fixture_assert_result (fixture->base, "{\"id\":5}");
}

static void
it_may_write_its_result_to_a_file (void **state)
{
  const PortFixture *fixture = *state;

  set_probe (fixture, "echo id=5 > \"$BACKFLOW_OUTPUT\"");
  port_fixture_run (fixture);
  attempt_fixture_assert_result (fixture->base, "{\"id\":\"5\"}");
}

static void
exit_status_1_says_that_it_is_not_there (void **state)
{
  const PortFixture *fixture = *state;

  set_probe (fixture, "echo ignored; echo x=1 > \"$BACKFLOW_OUTPUT\"; exit 1");
  port_fixture_run (fixture);
  assert_absent (fixture);
}

static void
any_other_end_says_nothing (void **state)
{
  static const struct
  {
    const char *text;
    const char *message;
  } cases[] = {
    { "echo broken >&2; exit 2", "exited with status 2: broken" },
    { "exit 255", "exited with status 255" },
    { "kill -9 $$", "ended by signal 9" },
    { "no-such-command-anywhere", "exited with status 127" },
  };
  const PortFixture *fixture = *state;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      set_probe (fixture, cases[i].text);
      port_fixture_run (fixture);
      (void) attempt_fixture_assert_failure (fixture->base, "probe", cases[i].message);
      attempt_reset (fixture->attempt);
    }
}

static void
the_failure_has_the_end_of_standard_error (void **state)
{
  const PortFixture *fixture = *state;

  set_probe (fixture, "echo first >&2; echo second >&2; exit 4");
  port_fixture_run (fixture);
  assert_string_equal (
      attempt_fixture_assert_failure (fixture->base, "probe", "second")->stderr_tail,
      "first\nsecond\n");
  assert_int_equal (failure_get_fields (fixture->attempt->failure)->exit_status, 4);
}

static void
a_result_that_breaks_the_promise_says_nothing (void **state)
{
  const PortFixture *fixture = *state;

  command_set_output (set_probe (fixture, "echo no json"), COMMAND_OUTPUT_JSON);
  port_fixture_run (fixture);
  (void) attempt_fixture_assert_failure (fixture->base, "probe", "printed no JSON");
}

static void
a_probe_that_cannot_start_says_nothing (void **state)
{
  static const char *const argv[] = { "no-such-command", NULL };
  const PortFixture *fixture = *state;

  command_set_argv (attempt_fixture_set_shell (fixture->base, "true"), COMMAND_PROBE, argv);
  port_fixture_run (fixture);
  (void) attempt_fixture_assert_failure (fixture->base, "probe", "not found");
}

static void
a_task_without_a_probe_says_nothing (void **state)
{
  const PortFixture *fixture = *state;

  assert_false (atom_has_probe (attempt_fixture_set_shell (fixture->base, "true")));
  port_fixture_run (fixture);
  (void) attempt_fixture_assert_failure (fixture->base, "probe", "no such command");
}

static void
it_sees_what_the_execute_saw (void **state)
{
  const PortFixture *fixture = *state;
  g_autofree char *key = g_strdup_printf ("\"probe/one/3/%s/one/execute/3/v w/from the run\"",
                                          fixture->base->run_id);

  set_probe (fixture, "echo $BACKFLOW_ACTION/$BACKFLOW_ATOM/$BACKFLOW_ATTEMPT/"
                      "$BACKFLOW_IDEMPOTENCY_KEY/$value/$INHERITED");
  attempt_fixture_add_argument (fixture->base, "value", g_variant_new_string ("v w"));
  fixture->attempt->number = 3;
  port_fixture_run (fixture);
  attempt_fixture_assert_result (fixture->base, key);
}

static void
it_gets_the_time_of_an_execute (void **state)
{
  const PortFixture *fixture = *state;
  Atom *command = set_probe (fixture, "sleep 1000");

  atom_set_timeout (command, ATOM_ACTION_EXECUTE, 50 * 1000);
  port_fixture_run (fixture);
  (void) attempt_fixture_assert_failure (fixture->base, "probe", "took longer than 50ms");
}

static void
a_deadline_of_the_attempt_counts (void **state)
{
  const PortFixture *fixture = *state;

  set_probe (fixture, "sleep 1000");
  fixture->attempt->deadline_us = g_get_monotonic_time () + 20000;
  port_fixture_run (fixture);
  (void) attempt_fixture_assert_failure (fixture->base, "probe", "took longer than");
}

static void
a_cancelled_probe_was_cancelled (void **state)
{
  const PortFixture *fixture = *state;

  set_probe (fixture, "sleep 1000");
  port_fixture_submit (fixture);
  assert_int_equal (port_fixture_collect (fixture, 0), 0);
  port_cancel (fixture->port, fixture->attempt);
  port_fixture_finish (fixture);
  (void) attempt_fixture_assert_failure (fixture->base, "cancelled", "was cancelled");
}

/* The process whose id is in the file. */
static pid_t
read_pid (const char *path)
{
  g_autofree char *text = NULL;

  assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return (pid_t) g_ascii_strtoll (text, NULL, 10);
}

/* The daemon is what the execute has made, and it has the key that the probe has too. */
static void
what_the_execute_has_left_outlives_a_probe_that_fails (void **state)
{
  static const char *const ends[] = { "exit 1", "exit 2", "kill -9 $$" };
  const PortFixture *fixture = *state;
  g_autofree char *path = attempt_fixture_place (fixture->base, "pid");
  Atom *command;

  attempt_fixture_set_variable (fixture->base, "PID_FILE", path);
  command = attempt_fixture_set_shell (
      fixture->base, "setsid sh -c 'echo $$ > \"$PID_FILE\".new; mv \"$PID_FILE\".new "
                     "\"$PID_FILE\"; exec sleep 1000' & "
                     "while ! [ -s \"$PID_FILE\" ]; do sleep 0.01; done");
  fixture->attempt->work = ATTEMPT_EXECUTE;
  port_fixture_run (fixture);
  attempt_fixture_assert_result (fixture->base, "null");
  fixture->attempt->work = ATTEMPT_PROBE;
  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      attempt_reset (fixture->attempt);
      command_set_shell (command, COMMAND_PROBE, ends[i]);
      port_fixture_run (fixture);
      assert_int_not_equal (fixture->attempt->outcome, ATTEMPT_OUTCOME_SUCCESS);
      assert_int_equal (kill (read_pid (path), 0), 0);
    }
  attempt_reset (fixture->attempt);
  fixture->attempt->work = ATTEMPT_CLEAR;
  fixture->attempt->cleared = ATTEMPT_EXECUTE;
  port_fixture_run (fixture);
  assert_int_equal (fixture->attempt->outcome, ATTEMPT_OUTCOME_SUCCESS);
}

/* -- C tasks ------------------------------------------------------------------------------------
 */

/* What the probe is to say. */
typedef struct
{
  TaskProbe found;
  gboolean fails;
  gboolean is_slow;
} Script;

static gboolean
do_not_execute (AtomContext *context, gpointer user_data, GError **error)
{
  (void) context;
  (void) user_data;
  (void) error;
  fail_msg ("the action of a probe was executed");
  return TRUE;
}

static TaskProbe
probe (AtomContext *context, gpointer user_data, GError **error)
{
  const Script *script = user_data;

  while (script->is_slow && g_get_monotonic_time () <= atom_context_get_deadline (context))
    g_thread_yield ();
  atom_context_set_result (context, g_variant_new_int32 (5));
  if (script->fails)
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_IO, "cannot look");
  return script->found;
}

static void
run_task (const PortFixture *fixture, Script script)
{
  Atom *task = task_new ("one", do_not_execute, do_not_execute, &script, NULL);

  task_set_probe (task, probe);
  attempt_fixture_take_atom (fixture->base, task);
  port_fixture_run (fixture);
}

static void
a_c_probe_says_what_is_there (void **state)
{
  const PortFixture *fixture = *state;

  run_task (fixture, (Script){ .found = TASK_PROBE_PRESENT });
  attempt_fixture_assert_result (fixture->base, "5");
  attempt_reset (fixture->attempt);
  run_task (fixture, (Script){ .found = TASK_PROBE_ABSENT });
  assert_absent (fixture);
  attempt_reset (fixture->attempt);
  run_task (fixture, (Script){ .found = TASK_PROBE_UNKNOWN });
  (void) attempt_fixture_assert_failure (fixture->base, "probe", "cannot tell");
}

static void
an_error_makes_any_answer_none (void **state)
{
  const PortFixture *fixture = *state;

  for (TaskProbe found = TASK_PROBE_PRESENT; found <= TASK_PROBE_UNKNOWN; found++)
    {
      run_task (fixture, (Script){ .found = found, .fails = TRUE });
      (void) attempt_fixture_assert_failure (fixture->base, "probe", "cannot look");
      attempt_reset (fixture->attempt);
    }
}

static void
an_answer_that_comes_late_is_an_answer (void **state)
{
  const PortFixture *fixture = *state;

  fixture->attempt->deadline_us = g_get_monotonic_time () + 1000;
  run_task (fixture, (Script){ .found = TASK_PROBE_PRESENT, .is_slow = TRUE });
  attempt_fixture_assert_result (fixture->base, "5");
}

#define TEST(name) cmocka_unit_test_setup_teardown (name, setup, port_fixture_teardown)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (what_a_probe_prints_is_the_result_of_what_is_there),
    TEST (its_output_is_read_as_that_of_the_task),
    TEST (it_may_write_its_result_to_a_file),
    TEST (exit_status_1_says_that_it_is_not_there),
    TEST (any_other_end_says_nothing),
    TEST (the_failure_has_the_end_of_standard_error),
    TEST (a_result_that_breaks_the_promise_says_nothing),
    TEST (a_probe_that_cannot_start_says_nothing),
    TEST (a_task_without_a_probe_says_nothing),
    TEST (it_sees_what_the_execute_saw),
    TEST (it_gets_the_time_of_an_execute),
    TEST (a_deadline_of_the_attempt_counts),
    TEST (a_cancelled_probe_was_cancelled),
    TEST (what_the_execute_has_left_outlives_a_probe_that_fails),
    TEST (a_c_probe_says_what_is_there),
    TEST (an_error_makes_any_answer_none),
    TEST (an_answer_that_comes_late_is_an_answer),
  };

  return cmocka_run_group_tests_name ("serial_probe", tests, NULL, NULL);
}
