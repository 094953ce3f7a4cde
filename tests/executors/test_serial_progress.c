/* SPDX-License-Identifier: Apache-2.0 */
/* Progress is heard of while a command runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/executors/port_fixture.h"
#include "tests/executors/progress_log.h"
#include <backflow/atoms/task.h>

#define GARBAGE_NOTE                                                                               \
  "\"what?\" is no progress such as 0.25, 25% or {\"progress\": 0.25}: 1 line of "                 \
  "BACKFLOW_PROGRESS ignored"

/* The fixture of attempts with a port to run it on, and somebody who listens. */
typedef struct
{
  PortFixture *on;
  ProgressLog log;
  char *go;
} Fixture;

static int
setup (void **state)
{
  Fixture *fixture = g_new0 (Fixture, 1);

  assert_int_equal (port_fixture_setup ((void **) &fixture->on), 0);
  progress_log_init (&fixture->log, &fixture->on->base->run);
  fixture->go = attempt_fixture_place (fixture->on->base, "go");
  attempt_fixture_set_variable (fixture->on->base, "GO", fixture->go);
  *state = fixture;
  return 0;
}

static int
teardown (void **state)
{
  Fixture *fixture = *state;
  int result = port_fixture_teardown ((void **) &fixture->on);

  progress_log_clear (&fixture->log);
  g_free (fixture->go);
  g_free (fixture);
  return result;
}

static void
run_shell (const Fixture *fixture, const char *text)
{
  attempt_fixture_set_shell (fixture->on->base, text);
  port_fixture_run (fixture->on);
}

/* Lets a command go on that waits for a file at GO. */
static void
let_go (gpointer data)
{
  const Fixture *fixture = data;

  assert_true (g_file_set_contents (fixture->go, "", 0, NULL));
}

#define WAIT_FOR_GO "while ! [ -e \"$GO\" ]; do sleep 0.01; done; "

static void
progress_is_reported_while_the_command_runs (void **state)
{
  Fixture *fixture = *state;

  fixture->log.act = let_go;
  fixture->log.data = fixture;
  run_shell (fixture, "echo 0.25 a part >> \"$BACKFLOW_PROGRESS\"; " WAIT_FOR_GO
                      "echo 1 >> \"$BACKFLOW_PROGRESS\"; echo done");
  assert_string_equal (fixture->log.text->str, "0.25 {\"text\":\"a part\"}; 1");
  attempt_fixture_assert_result (fixture->on->base, "\"done\"");
  assert_null (fixture->on->attempt->note);
}

static void
one_command_after_the_other_is_followed (void **state)
{
  Fixture *fixture = *state;

  fixture->log.act = let_go;
  fixture->log.data = fixture;
  for (guint i = 0; i < 5; i++)
    {
      run_shell (fixture, "rm -f \"$GO\"; echo 0.5 > \"$BACKFLOW_PROGRESS\"; " WAIT_FOR_GO);
      assert_string_equal (fixture->log.text->str, "0.5");
      attempt_fixture_assert_result (fixture->on->base, "null");
      progress_log_forget (&fixture->log);
      attempt_reset (fixture->on->attempt);
    }
}

static void
the_last_state_is_read_at_the_end (void **state)
{
  Fixture *fixture = *state;

  run_shell (fixture, "printf '0.5\\n100%%' > \"$BACKFLOW_PROGRESS\"");
  assert_string_equal (fixture->log.text->str, "0.5; 1");
}

static void
a_failed_command_reports_whole_lines (void **state)
{
  Fixture *fixture = *state;

  run_shell (fixture, "printf '0.25\\n0.' > \"$BACKFLOW_PROGRESS\"; exit 3");
  assert_string_equal (fixture->log.text->str, "0.25");
  assert_int_equal (attempt_fixture_assert_failure (fixture->on->base, "command", "3")->exit_status,
                    3);
}

static void
garbage_is_noted (void **state)
{
  Fixture *fixture = *state;

  run_shell (fixture, "echo what? > \"$BACKFLOW_PROGRESS\"; echo result");
  assert_int_equal (fixture->log.count, 0);
  assert_string_equal (fixture->on->attempt->note, GARBAGE_NOTE);
  attempt_fixture_assert_result (fixture->on->base, "\"result\"");
}

static void
the_result_may_be_in_a_file_besides (void **state)
{
  Fixture *fixture = *state;

  run_shell (fixture, "echo 0.5 > \"$BACKFLOW_PROGRESS\"; echo a=1 > \"$BACKFLOW_OUTPUT\"");
  assert_string_equal (fixture->log.text->str, "0.5");
  attempt_fixture_assert_result (fixture->on->base, "{\"a\":\"1\"}");
}

static void
without_a_listener_commands_may_write_all_the_same (void **state)
{
  Fixture *fixture = *state;

  fixture->on->base->run.progress = NULL;
  run_shell (fixture, "echo 0.5 > \"$BACKFLOW_PROGRESS\"; cat \"$BACKFLOW_PROGRESS\"");
  attempt_fixture_assert_result (fixture->on->base, "\"0.5\"");
  assert_int_equal (fixture->log.count, 0);
}

static void
where_there_is_no_place_for_it_the_file_is_not_offered (void **state)
{
  Fixture *fixture = *state;

  fixture->on->base->run.log_dir = NULL;
  attempt_fixture_set_variable (fixture->on->base, "TMPDIR", "/nonexistent");
  attempt_fixture_set_variable (fixture->on->base, "BACKFLOW_PROGRESS", "of an outer run");
  run_shell (fixture, "echo ${BACKFLOW_PROGRESS:-none}");
  attempt_fixture_assert_result (fixture->on->base, "\"none\"");
}

static void
reverts_report_too (void **state)
{
  Fixture *fixture = *state;
  Atom *command = attempt_fixture_set_shell (fixture->on->base, "true");

  command_set_shell (command, COMMAND_REVERT, "echo 0.5 > \"$BACKFLOW_PROGRESS\"");
  attempt_fixture_set_revert (fixture->on->base, NULL);
  port_fixture_run (fixture->on);
  assert_string_equal (fixture->log.text->str, "0.5");
}

static void
probes_do_not (void **state)
{
  Fixture *fixture = *state;
  Atom *command = attempt_fixture_set_shell (fixture->on->base, "true");

  command_set_shell (command, COMMAND_PROBE, "echo 0.5 > \"$BACKFLOW_PROGRESS\"");
  fixture->on->attempt->work = ATTEMPT_PROBE;
  port_fixture_run (fixture->on);
  attempt_fixture_assert_result (fixture->on->base, "null");
  assert_int_equal (fixture->log.count, 0);
}

static void
interrupt (gpointer data)
{
  port_interrupt (((Fixture *) data)->on->port);
}

static void
who_listens_can_interrupt (void **state)
{
  Fixture *fixture = *state;

  fixture->log.act = interrupt;
  fixture->log.data = fixture;
  attempt_fixture_set_shell (fixture->on->base,
                             "echo 0.5 > \"$BACKFLOW_PROGRESS\"; " WAIT_FOR_GO "echo went");
  port_fixture_submit (fixture->on);
  assert_int_equal (port_fixture_collect (fixture->on, G_MAXINT64), 0);
  assert_string_equal (fixture->log.text->str, "0.5");
  let_go (fixture);
  assert_int_equal (port_fixture_collect (fixture->on, G_MAXINT64), 1);
  attempt_fixture_assert_result (fixture->on->base, "\"went\"");
}

/* After a thousand reports. */
static void
cancel_at_last (gpointer data)
{
  Fixture *fixture = data;

  if (fixture->log.count == 1000)
    port_cancel (fixture->on->port, fixture->on->attempt);
}

static void
who_writes_without_end_can_be_cancelled (void **state)
{
  Fixture *fixture = *state;

  fixture->log.act = cancel_at_last;
  fixture->log.data = fixture;
  run_shell (fixture, "yes 0.5 > \"$BACKFLOW_PROGRESS\"");
  (void) attempt_fixture_assert_failure (fixture->on->base, "cancelled", "was cancelled");
}

static void
who_writes_without_end_is_ended_by_the_deadline (void **state)
{
  Fixture *fixture = *state;

  fixture->on->attempt->deadline_us = g_get_monotonic_time () + 100 * 1000;
  run_shell (fixture, "yes 0.5 > \"$BACKFLOW_PROGRESS\"");
  (void) attempt_fixture_assert_failure (fixture->on->base, "timeout", "took longer than");
}

static gboolean
count_up (AtomContext *context, gpointer user_data, GError **error)
{
  (void) user_data;
  (void) error;
  atom_context_report_progress (context, 0.5, NULL);
  atom_context_report_progress (context, 1, g_variant_new_parsed ("{'files': <3>}"));
  return TRUE;
}

static void
c_atoms_report_as_they_go (void **state)
{
  Fixture *fixture = *state;

  attempt_fixture_take_atom (fixture->on->base, task_new ("one", count_up, NULL, NULL, NULL));
  port_fixture_run (fixture->on);
  assert_string_equal (fixture->log.text->str, "0.5; 1 {\"files\":3}");
}

#define TEST(name) cmocka_unit_test_setup_teardown (name, setup, teardown)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (progress_is_reported_while_the_command_runs),
    TEST (one_command_after_the_other_is_followed),
    TEST (the_last_state_is_read_at_the_end),
    TEST (a_failed_command_reports_whole_lines),
    TEST (garbage_is_noted),
    TEST (the_result_may_be_in_a_file_besides),
    TEST (without_a_listener_commands_may_write_all_the_same),
    TEST (where_there_is_no_place_for_it_the_file_is_not_offered),
    TEST (reverts_report_too),
    TEST (probes_do_not),
    TEST (who_listens_can_interrupt),
    TEST (who_writes_without_end_can_be_cancelled),
    TEST (who_writes_without_end_is_ended_by_the_deadline),
    TEST (c_atoms_report_as_they_go),
  };

  return cmocka_run_group_tests_name ("serial_progress", tests, NULL, NULL);
}
