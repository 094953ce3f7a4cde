/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include <backflow/atoms/task.h>
#include <backflow/values/value.h>

#include "atoms/step_options.h"
#include "tests/atoms/atom_fixture.h"

enum
{
  OPTION_TEXT,
  OPTION_NUMBER,
  OPTION_FLAG,
  OPTION_TIME,
};

static const StepOption options[] = {
  { "text", "string", TRUE, "a text" },
  { "number", "integer", FALSE, "a number below 100" },
  { "flag", "boolean", FALSE, "a flag" },
  { "time", "duration", FALSE, "a time" },
  { NULL, NULL, FALSE, NULL },
};

static const StepInfo info = { "test.step", "A step of a test.", options };

static gboolean
check (guint option, GVariant *value, GError **error)
{
  if (option != OPTION_NUMBER || g_variant_get_int64 (value) < 100)
    return TRUE;
  g_set_error_literal (error, STEP_ERROR, STEP_ERROR_VALUE, "too large");
  return FALSE;
}

static const StepFunctions functions = { NULL, NULL, check, NULL };

static Atom *
new_task (void)
{
  Atom *task = task_new ("t", NULL, NULL, NULL, NULL);

  atom_accept (task, "a");
  atom_accept (task, "b");
  return task;
}

static StepOptions *
new_options (const char *json)
{
  g_autoptr (GVariant) given = value_new_from_json (json, -1, NULL);
  StepOptions *parsed = step_options_new (&info, &functions, given, NULL);

  g_assert (parsed != NULL);
  return parsed;
}

static void
constants_are_read_once (void **state)
{
  StepOptions *parsed
      = new_options ("{\"text\":\"a {{b}}\",\"number\":7,\"flag\":true,\"time\":\"2s\"}");
  g_auto (AtomFixture) fixture = { 0 };
  g_autoptr (StepValues) values = NULL;

  (void) state;
  atom_fixture_init (&fixture, new_task (), ATOM_ACTION_EXECUTE);
  values = step_values_new (parsed, &fixture.attempt);
  assert_string_equal (step_values_get_string (values, OPTION_TEXT), "a {b}");
  assert_int_equal (step_values_get_integer (values, OPTION_NUMBER, -1), 7);
  assert_int_equal (step_values_get_integer (values, OPTION_FLAG, -1), 1);
  assert_int_equal (step_values_get_integer (values, OPTION_TIME, -1), 2000000);
  step_options_free (parsed);
  step_values_free (NULL);
}

static void
options_that_are_not_given_have_no_value (void **state)
{
  StepOptions *parsed = new_options ("{\"text\":\"\"}");
  g_auto (AtomFixture) fixture = { 0 };
  g_autoptr (StepValues) values = NULL;

  (void) state;
  atom_fixture_init (&fixture, new_task (), ATOM_ACTION_EXECUTE);
  values = step_values_new (parsed, &fixture.attempt);
  assert_true (step_values_has (values, OPTION_TEXT));
  assert_false (step_values_has (values, OPTION_NUMBER));
  assert_int_equal (step_values_get_integer (values, OPTION_NUMBER, -1), -1);
  assert_null (step_values_get_string (values, OPTION_TIME));
  step_options_free (parsed);
}

static void
arguments_are_put_in_and_read_as_the_option_s_type (void **state)
{
  StepOptions *parsed
      = new_options ("{\"text\":\"<{a}>\",\"number\":\"{b}\",\"flag\":\"{a}\",\"time\":\"{b}ms\"}");
  g_auto (AtomFixture) fixture = { 0 };
  g_autoptr (StepValues) values = NULL;

  (void) state;
  atom_fixture_init (&fixture, new_task (), ATOM_ACTION_EXECUTE);
  atom_fixture_set (&fixture, "a", g_variant_new_boolean (FALSE));
  atom_fixture_set (&fixture, "b", g_variant_new_int64 (8));
  values = step_values_new (parsed, &fixture.attempt);
  assert_string_equal (step_values_get_string (values, OPTION_TEXT), "<false>");
  assert_int_equal (step_values_get_integer (values, OPTION_NUMBER, -1), 8);
  assert_int_equal (step_values_get_integer (values, OPTION_FLAG, -1), 0);
  assert_int_equal (step_values_get_integer (values, OPTION_TIME, -1), 8000);
  step_options_free (parsed);
}

static void
arguments_that_do_not_fit_fail_the_attempt (void **state)
{
  static const struct
  {
    const char *json;
    const char *a; /* (nullable): absent */
    const char *message;
  } cases[] = {
    { "{\"text\":\"{a}\"}", NULL, "option 'text': {a} has no value" },
    { "{\"text\":\"{c}\"}", "x", "option 'text': {c} has no value" },
    { "{\"text\":\"\",\"number\":\"{a}\"}", "8x", "option 'number': '8x' is no integer" },
    { "{\"text\":\"\",\"number\":\"{a}\"}", "100", "option 'number': too large" },
    { "{\"text\":\"\",\"flag\":\"{a}\"}", "yes", "option 'flag': 'yes' is neither true nor false" },
    { "{\"text\":\"\",\"time\":\"{a}\"}", "7",
      "option 'time': '7' is no duration: a unit is expected after the number "
      "(such as 500ms, 30s, 5m or 1h30m)" },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      StepOptions *parsed = new_options (cases[i].json);
      g_auto (AtomFixture) fixture = { 0 };

      atom_fixture_init (&fixture, new_task (), ATOM_ACTION_EXECUTE);
      fixture.attempt.number = 4;
      if (cases[i].a != NULL)
        atom_fixture_set (&fixture, "a", g_variant_new_string (cases[i].a));
      assert_null (step_values_new (parsed, &fixture.attempt));
      assert_string_equal (atom_fixture_get_domain (&fixture), "argument");
      assert_string_equal (atom_fixture_get_message (&fixture), cases[i].message);
      assert_int_equal (failure_get_fields (fixture.attempt.failure)->attempt, 4);
      step_options_free (parsed);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (constants_are_read_once),
    cmocka_unit_test (options_that_are_not_given_have_no_value),
    cmocka_unit_test (arguments_are_put_in_and_read_as_the_option_s_type),
    cmocka_unit_test (arguments_that_do_not_fit_fail_the_attempt),
  };

  return cmocka_run_group_tests_name ("step_options", tests, NULL, NULL);
}
