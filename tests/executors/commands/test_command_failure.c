/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <string.h>

#include "executors/commands/command_failure.h"

static const CommandFailureFacts facts = { 2, 1500000, NULL, "/log" };

static Failure *
describe (const ChildOutcome *outcome, const char *stderr_text)
{
  g_autoptr (Output) output = output_new (16, COMMAND_FAILURE_TAIL_BYTES, NULL);

  output_append (output, OUTPUT_STDERR, (const guint8 *) stderr_text, strlen (stderr_text));
  assert_false (command_failure_is_success (outcome));
  return command_failure_new (outcome, output, &facts);
}

static void
failures_say_how_the_command_ended (void **state)
{
  static const struct
  {
    ChildOutcome outcome;
    const char *domain;
    const char *message;
    int exit_status;
    int signal;
  } cases[] = {
    { { .end = CHILD_END_EXITED, .exit_status = 3 }, "command", "exited with status 3", 3, 0 },
    { { .end = CHILD_END_SIGNALLED, .signal = SIGKILL },
      "command",
      "ended by signal 9 (Killed)",
      -1,
      9 },
    { { .end = CHILD_END_SIGNALLED, .signal = SIGSEGV, .core_dumped = TRUE },
      "command",
      "ended by signal 11 (Segmentation fault), core dumped",
      -1,
      11 },
    { { .end = CHILD_END_SIGNALLED, .signal = 40 }, "command", "ended by signal 40", -1, 40 },
    { { .end = CHILD_END_EXITED, .stop = CHILD_STOP_DEADLINE },
      "timeout",
      "took longer than 1s500ms",
      0,
      0 },
    { { .end = CHILD_END_SIGNALLED, .signal = SIGTERM, .stop = CHILD_STOP_CANCEL },
      "cancelled",
      "was cancelled",
      -1,
      15 },
  };

  (void) state;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Failure) failure = describe (&cases[i].outcome, "");
      const FailureFields *fields = failure_get_fields (failure);

      assert_string_equal (fields->domain, cases[i].domain);
      assert_string_equal (fields->message, cases[i].message);
      assert_int_equal (fields->exit_status, cases[i].exit_status);
      assert_int_equal (fields->signal, cases[i].signal);
      assert_int_equal (fields->attempt, 2);
      assert_string_equal (fields->log_path, "/log");
      assert_null (fields->stderr_tail);
    }
}

static void
an_end_that_nobody_knows_is_a_failure (void **state)
{
  const ChildOutcome outcome = { .end = CHILD_END_UNKNOWN };
  g_autoptr (Failure) failure = describe (&outcome, "");

  (void) state;
  assert_non_null (strstr (failure_get_message (failure), "nobody knows how"));
  assert_int_equal (failure_get_fields (failure)->exit_status, -1);
}

static void
the_last_line_that_is_not_blank_is_quoted (void **state)
{
  static const struct
  {
    const char *text;
    const char *message;
  } cases[] = {
    { "one\ntwo\n", "exited with status 1: two" },
    { "one\n  two\t\n \n\n", "exited with status 1: two" },
    { "one", "exited with status 1: one" },
    { " \n\n", "exited with status 1" },
    { "\033[31mred\033[0m\rx\n", "exited with status 1: [31mred [0m x" },
    { "a\n\xff\n", "exited with status 1: \xef\xbf\xbd" },
  };
  const ChildOutcome outcome = { .end = CHILD_END_EXITED, .exit_status = 1 };

  (void) state;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Failure) failure = describe (&outcome, cases[i].text);

      assert_string_equal (failure_get_message (failure), cases[i].message);
    }
}

static void
a_long_line_is_cut_within_no_character (void **state)
{
  const ChildOutcome outcome = { .end = CHILD_END_EXITED, .exit_status = 1 };
  g_autoptr (GString) text = g_string_new ("x");
  g_autoptr (Failure) failure = NULL;
  const char *message;

  (void) state;
  while (text->len < 1000)
    g_string_append (text, "\xe2\x82\xac");
  failure = describe (&outcome, text->str);
  message = failure_get_message (failure);
  assert_true (g_utf8_validate (message, -1, NULL));
  assert_true (g_str_has_suffix (message, "\xe2\x82\xac…"));
  assert_in_range (strlen (message), 200, 230);
}

static void
the_tail_is_the_end_of_standard_error (void **state)
{
  const ChildOutcome outcome = { .end = CHILD_END_EXITED, .exit_status = 1 };
  g_autofree char *filling = g_strnfill (2 * COMMAND_FAILURE_TAIL_BYTES, 'x');
  g_autofree char *text = g_strconcat (filling, "\nfirst\nlast\n", NULL);
  g_autoptr (Failure) failure = describe (&outcome, text);

  (void) state;
  assert_string_equal (failure_get_fields (failure)->stderr_tail, "first\nlast\n");
}

static void
survivors_are_a_failure_of_their_own (void **state)
{
  const ChildOutcome outcome = {
    .end = CHILD_END_EXITED, .exit_status = 1, .remains = CHILD_REMAINS_SURVIVORS, .survivors = 3
  };
  g_autoptr (Failure) cause = describe (&outcome, "why");
  g_autoptr (Failure) failure = command_failure_new_survivors (&outcome, cause, &facts);
  const FailureFields *fields = failure_get_fields (failure);

  (void) state;
  assert_string_equal (fields->domain, "containment");
  assert_int_equal (fields->code, CHILD_ERROR_SURVIVORS);
  assert_non_null (strstr (fields->message, "3 of its processes"));
  assert_ptr_equal (fields->cause, cause);
}

static void
what_was_left_behind_is_a_note (void **state)
{
  const ChildOutcome none = { .end = CHILD_END_EXITED };
  const ChildOutcome one = { .end = CHILD_END_EXITED, .left_behind = 1 };
  const ChildOutcome many = { .end = CHILD_END_EXITED, .left_behind = 4 };
  const ChildOutcome unknown = { .end = CHILD_END_EXITED, .remains = CHILD_REMAINS_UNKNOWN };
  g_autofree char *of_one = command_failure_dup_note (&one);
  g_autofree char *of_many = command_failure_dup_note (&many);
  g_autofree char *of_unknown = command_failure_dup_note (&unknown);

  (void) state;
  assert_true (command_failure_is_success (&none));
  assert_null (command_failure_dup_note (&none));
  assert_non_null (strstr (of_one, "one process"));
  assert_non_null (strstr (of_many, "4 processes"));
  assert_non_null (strstr (of_unknown, "/proc cannot be read"));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (failures_say_how_the_command_ended),
    cmocka_unit_test (an_end_that_nobody_knows_is_a_failure),
    cmocka_unit_test (the_last_line_that_is_not_blank_is_quoted),
    cmocka_unit_test (a_long_line_is_cut_within_no_character),
    cmocka_unit_test (the_tail_is_the_end_of_standard_error),
    cmocka_unit_test (survivors_are_a_failure_of_their_own),
    cmocka_unit_test (what_was_left_behind_is_a_note),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
