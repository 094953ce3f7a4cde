/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/resource.h>

#include "executors/children/child_wait.h"
#include "executors/commands/command_attempt.h"
#include "tests/executors/attempt_fixture.h"
#include <backflow/atoms/atom_options.h>

#define VALUE "a b\n$(touch made) {host} 'q' \"d\" `x` * \\"

/* Starts the command, lets `act` (nullable) do something, and waits for the end. */
static void
run_acting (AttemptFixture *fixture, CommandRole role, void (*act) (CommandAttempt *running))
{
  CommandHost *host = command_host_new ();
  CommandAttempt *running = command_attempt_start (host, &fixture->attempt, role);

  if (running != NULL)
    {
      assert_int_equal (fixture->attempt.outcome, ATTEMPT_OUTCOME_NONE);
      if (act != NULL)
        act (running);
      assert_int_equal (child_wait (command_attempt_get_child (running), G_MAXINT64, -1),
                        CHILD_WAIT_ENDED);
      command_attempt_finish (running);
    }
  command_host_free (host);
}

static void
run (AttemptFixture *fixture)
{
  run_acting (fixture, COMMAND_EXECUTE, NULL);
}

static void
run_shell (AttemptFixture *fixture, const char *text)
{
  attempt_fixture_set_shell (fixture, text);
  run (fixture);
}

/* -- What is run --------------------------------------------------------------------------------
 */

static void
argv_words_are_never_parsed_again (void **state)
{
  AttemptFixture *fixture = *state;

  attempt_fixture_set_argv (fixture, "args", "{value}", "x{value}", "{{value}} $value");
  attempt_fixture_add_argument (fixture, "value", g_variant_new_string (VALUE));
  run (fixture);
  attempt_fixture_assert_result (
      fixture, "\"<a b\\n$(touch made) {host} 'q' \\\"d\\\" `x` * \\\\>"
               "<xa b\\n$(touch made) {host} 'q' \\\"d\\\" `x` * \\\\><{value} $value>\"");
}

static void
a_shell_text_sees_arguments_as_variables (void **state)
{
  attempt_fixture_set_shell (*state, "args \"$value\" \"${#value}\"; args $0 $#");
  attempt_fixture_add_argument (*state, "value", g_variant_new_string ("a  b"));
  run (*state);
  attempt_fixture_assert_result (*state, "\"<a  b><4></bin/sh><0>\"");
}

static void
a_text_that_needs_no_shell_is_executed_directly (void **state)
{
  AttemptFixture *fixture = *state;

  /* A shell would export PWD, which this environment does not have. */
  run_shell (fixture, "printenv PWD");
  (void) attempt_fixture_assert_failure (fixture, "command", "exited with status 1");
  attempt_reset (&fixture->attempt);
  run_shell (fixture, "printenv PWD; :");
  assert_int_equal (fixture->attempt.outcome, ATTEMPT_OUTCOME_SUCCESS);
}

static void
a_direct_text_sees_variables_too (void **state)
{
  AttemptFixture *fixture = *state;

  attempt_fixture_set_shell (fixture, "args \"$value\" $INHERITED_lower 'x y'\n");
  attempt_fixture_set_variable (fixture, "INHERITED_lower", "low");
  attempt_fixture_add_argument (fixture, "value", g_variant_new_string (VALUE));
  run (fixture);
  attempt_fixture_assert_result (
      fixture, "\"<a b\\n$(touch made) {host} 'q' \\\"d\\\" `x` * \\\\><low><x y>\"");
}

static void
a_script_without_an_interpreter_is_run_by_the_shell (void **state)
{
  attempt_fixture_add_script (*state, "plain-script", "echo from a script\n");
  run_shell (*state, "plain-script");
  attempt_fixture_assert_result (*state, "\"from a script\"");
}

static void
an_unset_variable_stops_a_shell_text (void **state)
{
  run_shell (*state, "args \"$missing\"");
  (void) attempt_fixture_assert_failure (*state, "command", "missing");
}

static void
a_failing_command_stops_a_shell_text (void **state)
{
  run_shell (*state, "false; echo reached");
  (void) attempt_fixture_assert_failure (*state, "command", "exited with status 1");
}

static void
commands_run_in_the_folder_of_the_task (void **state)
{
  AttemptFixture *fixture = *state;
  Atom *command = attempt_fixture_set_argv (fixture, "args", "x", NULL, NULL);
  g_autofree char *inner = attempt_fixture_place (fixture, "a {b}");
  g_autofree char *expected = g_strdup_printf ("\"%s\"", inner);

  assert_int_equal (g_mkdir (inner, 0700), 0);
  command_set_cwd (command, "{root}/a {{b}}");
  command_set_shell (command, COMMAND_EXECUTE, "pwd -P");
  attempt_fixture_add_argument (fixture, "root", g_variant_new_string (fixture->folder));
  run (fixture);
  attempt_fixture_assert_result (fixture, expected);
}

static void
each_role_runs_its_own_command (void **state)
{
  AttemptFixture *fixture = *state;
  Atom *command = attempt_fixture_set_shell (fixture, "echo execute");

  command_set_shell (command, COMMAND_PROBE, "echo $BACKFLOW_ACTION");
  command_set_shell (command, COMMAND_REVERT, "echo undo \"$BACKFLOW_ACTION\"");
  run_acting (fixture, COMMAND_PROBE, NULL);
  attempt_fixture_assert_result (fixture, "\"probe\"");
  attempt_reset (&fixture->attempt);
  attempt_fixture_set_revert (fixture, NULL);
  run_acting (fixture, COMMAND_REVERT, NULL);
  attempt_fixture_assert_result (fixture, "\"undo revert\"");
}

static void
a_probe_that_finds_nothing_exits_with_status_1 (void **state)
{
  AttemptFixture *fixture = *state;
  Atom *command = attempt_fixture_set_shell (fixture, "true");

  command_set_shell (command, COMMAND_PROBE, "exit 1");
  run_acting (fixture, COMMAND_PROBE, NULL);
  assert_int_equal (fixture->attempt.outcome, ATTEMPT_OUTCOME_ABSENT);
  assert_null (fixture->attempt.result);
  assert_null (fixture->attempt.failure);
}

static void
a_task_without_a_revert_reverts_by_doing_nothing (void **state)
{
  attempt_fixture_set_shell (*state, "true");
  attempt_fixture_set_revert (*state, NULL);
  run_acting (*state, COMMAND_REVERT, NULL);
  attempt_fixture_assert_result (*state, "null");
}

static void
a_task_without_a_command_fails (void **state)
{
  attempt_fixture_take_atom (*state, command_new ("one"));
  run (*state);
  (void) attempt_fixture_assert_unstarted (*state, "command", "no such command");
}

static void
own_results_are_words_and_variables_of_a_revert (void **state)
{
  static const char *const argv[] = { "args", "{config}", "{missing}", NULL };
  AttemptFixture *fixture = *state;
  Atom *command = attempt_fixture_set_shell (fixture, "true");

  command_set_argv (command, COMMAND_REVERT, argv);
  atom_provide (command, "config");
  atom_provide_key (command, "missing", "key");
  attempt_fixture_set_revert (fixture, g_variant_new_string ("/etc/x y"));
  run_acting (fixture, COMMAND_REVERT, NULL);
  attempt_fixture_assert_result (fixture, "\"</etc/x y><>\"");
}

/* -- Results ------------------------------------------------------------------------------------
 */

static void
standard_output_is_the_result (void **state)
{
  AttemptFixture *fixture = *state;
  Atom *command = attempt_fixture_set_shell (fixture, "echo to stderr >&2; echo site.conf");

  atom_provide (command, "config");
  run (fixture);
  attempt_fixture_assert_result (fixture, "\"site.conf\"");
  assert_null (fixture->attempt.note);
}

static void
json_output_is_a_value (void **state)
{
  AttemptFixture *fixture = *state;
  Atom *command = attempt_fixture_set_shell (fixture, "echo '{\"port\": 80, \"up\": true}'");

  command_set_output (command, COMMAND_OUTPUT_JSON);
  atom_provide_key (command, "port", "port");
  run (fixture);
  attempt_fixture_assert_result (fixture, "{\"port\":80,\"up\":true}");
}

static void
the_file_of_backflow_output_is_the_result (void **state)
{
  AttemptFixture *fixture = *state;
  Atom *command = attempt_fixture_set_shell (
      fixture, "echo printed; echo host=alpha >> \"$BACKFLOW_OUTPUT\"; "
               "echo port=80 >> \"$BACKFLOW_OUTPUT\"");

  atom_provide_key (command, "port", "port");
  run (fixture);
  attempt_fixture_assert_result (fixture, "{\"host\":\"alpha\",\"port\":\"80\"}");
}

static void
the_file_may_be_json_and_is_private (void **state)
{
  run_shell (*state, "d=${BACKFLOW_OUTPUT%/*}; [ $(stat -c %a \"$d\") = 700 ]; "
                     "echo '{\"n\": [1]}' > \"$BACKFLOW_OUTPUT\"");
  attempt_fixture_assert_result (*state, "{\"n\":[1]}");
}

static void
a_result_that_breaks_the_promise_is_a_failure (void **state)
{
  AttemptFixture *fixture = *state;
  Atom *command = attempt_fixture_set_shell (fixture, "printf 'a\\000b'");
  const FailureFields *fields;

  atom_provide (command, "config");
  run (fixture);
  fields = attempt_fixture_assert_failure (fixture, "output", "NUL at byte 2");
  assert_int_equal (fields->exit_status, 0);
  assert_string_equal (fields->log_path, fixture->attempt.log_path);
}

static void
where_there_is_no_place_for_it_the_file_is_not_offered (void **state)
{
  AttemptFixture *fixture = *state;

  fixture->run.log_dir = NULL;
  attempt_fixture_set_variable (fixture, "TMPDIR", "/nonexistent");
  run_shell (fixture, "echo ${BACKFLOW_OUTPUT:-none}");
  attempt_fixture_assert_result (fixture, "\"none\"");
  assert_non_null (strstr (fixture->attempt.note, "BACKFLOW_OUTPUT is not set"));
}

static void
the_file_of_a_failed_command_is_removed (void **state)
{
  run_shell (*state, "echo a=1 > \"$BACKFLOW_OUTPUT\"; exit 2");
  (void) attempt_fixture_assert_failure (*state, "command", "exited with status 2");
}

static void
much_output_takes_bounded_memory (void **state)
{
  AttemptFixture *fixture = *state;
  struct rusage before;
  struct rusage after;

  fixture->run.log_dir = NULL;
  attempt_fixture_set_argv (fixture, "head", "-c", "100000000", "/dev/zero");
  assert_int_equal (getrusage (RUSAGE_SELF, &before), 0);
  run (fixture);
  assert_int_equal (getrusage (RUSAGE_SELF, &after), 0);
  assert_int_equal (fixture->attempt.outcome, ATTEMPT_OUTCOME_SUCCESS);
  assert_non_null (strstr (fixture->attempt.note, "printed 100000000 bytes"));
  assert_in_range (after.ru_maxrss - before.ru_maxrss, 0, 40 * 1024);
}

/* -- Failures -----------------------------------------------------------------------------------
 */

static void
a_failure_says_status_last_line_and_tail (void **state)
{
  AttemptFixture *fixture = *state;
  const FailureFields *fields;

  fixture->attempt.number = 3;
  run_shell (fixture, "echo first >&2; printf 'last \\033[31mline\\n\\n' >&2; exit 3");
  fields
      = attempt_fixture_assert_failure (fixture, "command", "exited with status 3: last  [31mline");
  assert_int_equal (fields->exit_status, 3);
  assert_int_equal (fields->signal, 0);
  assert_string_equal (fields->stderr_tail, "first\nlast \033[31mline\n\n");
  assert_string_equal (fields->log_path, fixture->attempt.log_path);
}

static void
a_command_that_is_not_there_is_said_to_be_missing (void **state)
{
  AttemptFixture *fixture = *state;
  const FailureFields *fields;

  attempt_fixture_set_argv (fixture, "no-such-command", NULL, NULL, NULL);
  run (fixture);
  fields = attempt_fixture_assert_unstarted (fixture, "command",
                                             "command \"no-such-command\" was not found in PATH");
  assert_int_equal (fields->code, CHILD_ERROR_NOT_FOUND);
  assert_int_equal (fields->exit_status, -1);
}

static void
the_shell_says_itself_what_it_cannot_find (void **state)
{
  AttemptFixture *fixture = *state;
  const FailureFields *fields;

  run_shell (fixture, "no-such-command a b");
  fields = attempt_fixture_assert_unstarted (fixture, "command", "exited with status 127: ");
  assert_int_equal (fields->exit_status, 127);
}

static void
a_missing_folder_is_a_failure (void **state)
{
  AttemptFixture *fixture = *state;
  Atom *command = attempt_fixture_set_shell (fixture, "true");

  command_set_cwd (command, "/nonexistent");
  run (fixture);
  assert_int_equal (attempt_fixture_assert_unstarted (fixture, "command", "/nonexistent")->code,
                    CHILD_ERROR_CWD);
}

static void
a_placeholder_that_is_no_argument_is_a_failure (void **state)
{
  AttemptFixture *fixture = *state;
  Atom *command = attempt_fixture_set_argv (fixture, "args", "{nobody}", NULL, NULL);

  run (fixture);
  (void) attempt_fixture_assert_unstarted (fixture, "argument", "nobody");
  attempt_reset (&fixture->attempt);
  command_set_shell (command, COMMAND_EXECUTE, "true");
  command_set_cwd (command, "/{somebody}");
  run (fixture);
  (void) attempt_fixture_assert_unstarted (fixture, "argument", "somebody");
}

static void
a_value_that_is_too_long_and_has_no_place_is_named (void **state)
{
  AttemptFixture *fixture = *state;

  fixture->run.log_dir = NULL;
  attempt_fixture_set_variable (fixture, "TMPDIR", "/nonexistent");
  attempt_fixture_set_shell (fixture, "true");
  attempt_fixture_add_argument (fixture, "big",
                                g_variant_new_take_string (g_strnfill (200000, 'x')));
  run (fixture);
  assert_int_equal (
      attempt_fixture_assert_unstarted (fixture, "command", "\"big\" is longer")->code,
      CHILD_ERROR_ARGUMENTS);
}

static void
past_its_deadline_a_command_is_ended (void **state)
{
  AttemptFixture *fixture = *state;
  Atom *command = attempt_fixture_set_shell (fixture, "echo started >&2; exec sleep 1000");
  const FailureFields *fields;

  atom_set_timeout (command, ATOM_ACTION_EXECUTE, 50000);
  fixture->attempt.deadline_us = g_get_monotonic_time () + 50000;
  run (fixture);
  fields = attempt_fixture_assert_failure (fixture, "timeout", "took longer than 50ms");
  assert_int_equal (fields->signal, 15);
}

/* Cancels once the command has said something. */
static void
cancel_when_ready (CommandAttempt *running)
{
  Child *child = command_attempt_get_child (running);

  while (output_get_total (child_get_output (child), OUTPUT_STDOUT) == 0)
    (void) child_wait (child, g_get_monotonic_time () + 1000, -1);
  command_attempt_cancel (running);
}

static void
a_command_that_ignores_term_is_killed (void **state)
{
  AttemptFixture *fixture = *state;
  Atom *command = attempt_fixture_set_shell (
      fixture, "trap '' TERM; echo ready; while :; do sleep 0.01; done");

  command_set_kill_after (command, 20000);
  run_acting (fixture, COMMAND_EXECUTE, cancel_when_ready);
  assert_int_equal (attempt_fixture_assert_failure (fixture, "cancelled", "was cancelled")->signal,
                    9);
}

static void
what_exits_well_after_it_was_told_to_end_has_failed_all_the_same (void **state)
{
  AttemptFixture *fixture = *state;

  attempt_fixture_set_shell (fixture, "trap 'echo late; exit 0' TERM; echo ready; "
                                      "while :; do sleep 0.01; done");
  run_acting (fixture, COMMAND_EXECUTE, cancel_when_ready);
  assert_int_equal (
      attempt_fixture_assert_failure (fixture, "cancelled", "was cancelled")->exit_status, 0);
}

static void
a_cancelled_command_has_failed (void **state)
{
  attempt_fixture_set_argv (*state, "sleep", "1000", NULL, NULL);
  run_acting (*state, COMMAND_EXECUTE, command_attempt_cancel);
  assert_int_equal (attempt_fixture_assert_failure (*state, "cancelled", "was cancelled")->signal,
                    15);
}

static void
wait_for_end (CommandAttempt *running)
{
  Child *child = command_attempt_get_child (running);

  assert_int_equal (child_wait (child, G_MAXINT64, -1), CHILD_WAIT_ENDED);
  command_attempt_cancel (running);
}

static void
a_cancel_that_comes_too_late_changes_nothing (void **state)
{
  attempt_fixture_set_shell (*state, "echo done");
  run_acting (*state, COMMAND_EXECUTE, wait_for_end);
  attempt_fixture_assert_result (*state, "\"done\"");
}

static void
what_is_abandoned_is_killed_and_has_no_outcome (void **state)
{
  AttemptFixture *fixture = *state;
  CommandHost *host = command_host_new ();

  attempt_fixture_set_argv (fixture, "sleep", "1000", NULL, NULL);
  command_attempt_abandon (command_attempt_start (host, &fixture->attempt, COMMAND_EXECUTE));
  command_host_free (host);
  assert_int_equal (fixture->attempt.outcome, ATTEMPT_OUTCOME_NONE);
}

static void
pipes_that_close_early_do_not_end_the_command (void **state)
{
  run_shell (*state, "exec >&- 2>&-; i=0; while [ $i -lt 1000 ]; do i=$((i+1)); done; exit 4");
  (void) attempt_fixture_assert_failure (*state, "command", "exited with status 4");
}

/* Whether there is no such process, or nothing of it but that nobody has asked how it ended. */
static gboolean
is_gone (const char *pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%s/stat", pid);
  g_autofree char *text = NULL;

  return !g_file_get_contents (path, &text, NULL, NULL) || strstr (text, ") Z ") != NULL;
}

static void
what_a_command_leaves_behind_is_ended_and_noted (void **state)
{
  AttemptFixture *fixture = *state;
  Atom *command = attempt_fixture_set_shell (fixture, "sleep 1000 & echo $!");

  atom_provide (command, "pid");
  run (fixture);
  assert_int_equal (fixture->attempt.outcome, ATTEMPT_OUTCOME_SUCCESS);
  assert_non_null (strstr (fixture->attempt.note, "one process"));
  assert_true (is_gone (g_variant_get_string (fixture->attempt.result, NULL)));
}

/* -- Logs ---------------------------------------------------------------------------------------
 */

/* The whole text of the attempt's log, which has this name. */
static char *
read_log (const AttemptFixture *fixture, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->log_dir, name, NULL);
  char *text = NULL;

  assert_string_equal (fixture->attempt.log_path, path);
  assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return text;
}

static void
all_output_is_in_the_log_of_the_attempt (void **state)
{
  AttemptFixture *fixture = *state;
  g_autofree char *text = NULL;

  fixture->attempt.number = 2;
  run_shell (fixture, "echo one; exec 1>&2; echo two");
  text = read_log (fixture, "one.execute.2.log");
  assert_true (strcmp (text, "one\ntwo\n") == 0 || strcmp (text, "two\none\n") == 0);
}

static void
without_output_there_is_no_log (void **state)
{
  AttemptFixture *fixture = *state;

  run_shell (fixture, "true");
  assert_null (fixture->attempt.log_path);
  /* The lock of the attempt was there, and is gone. */
  assert_int_equal (g_rmdir (fixture->log_dir), 0);
}

static void
a_log_that_cannot_be_written_is_noted (void **state)
{
  AttemptFixture *fixture = *state;

  fixture->run.log_dir = "/proc/nonexistent";
  run_shell (fixture, "echo x");
  attempt_fixture_assert_result (fixture, "\"x\"");
  assert_null (fixture->attempt.log_path);
  assert_non_null (strstr (fixture->attempt.note, "is not complete"));
}

#define TEST(name)                                                                                 \
  cmocka_unit_test_setup_teardown (name, attempt_fixture_setup, attempt_fixture_teardown)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (argv_words_are_never_parsed_again),
    TEST (a_shell_text_sees_arguments_as_variables),
    TEST (a_text_that_needs_no_shell_is_executed_directly),
    TEST (a_direct_text_sees_variables_too),
    TEST (a_script_without_an_interpreter_is_run_by_the_shell),
    TEST (an_unset_variable_stops_a_shell_text),
    TEST (a_failing_command_stops_a_shell_text),
    TEST (commands_run_in_the_folder_of_the_task),
    TEST (each_role_runs_its_own_command),
    TEST (a_probe_that_finds_nothing_exits_with_status_1),
    TEST (a_task_without_a_revert_reverts_by_doing_nothing),
    TEST (a_task_without_a_command_fails),
    TEST (own_results_are_words_and_variables_of_a_revert),
    TEST (standard_output_is_the_result),
    TEST (json_output_is_a_value),
    TEST (the_file_of_backflow_output_is_the_result),
    TEST (the_file_may_be_json_and_is_private),
    TEST (a_result_that_breaks_the_promise_is_a_failure),
    TEST (where_there_is_no_place_for_it_the_file_is_not_offered),
    TEST (the_file_of_a_failed_command_is_removed),
    TEST (much_output_takes_bounded_memory),
    TEST (a_failure_says_status_last_line_and_tail),
    TEST (a_command_that_is_not_there_is_said_to_be_missing),
    TEST (the_shell_says_itself_what_it_cannot_find),
    TEST (a_missing_folder_is_a_failure),
    TEST (a_placeholder_that_is_no_argument_is_a_failure),
    TEST (a_value_that_is_too_long_and_has_no_place_is_named),
    TEST (past_its_deadline_a_command_is_ended),
    TEST (a_command_that_ignores_term_is_killed),
    TEST (what_exits_well_after_it_was_told_to_end_has_failed_all_the_same),
    TEST (a_cancelled_command_has_failed),
    TEST (a_cancel_that_comes_too_late_changes_nothing),
    TEST (what_is_abandoned_is_killed_and_has_no_outcome),
    TEST (pipes_that_close_early_do_not_end_the_command),
    TEST (what_a_command_leaves_behind_is_ended_and_noted),
    TEST (all_output_is_in_the_log_of_the_attempt),
    TEST (without_output_there_is_no_log),
    TEST (a_log_that_cannot_be_written_is_noted),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
