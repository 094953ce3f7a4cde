/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include <backflow/atoms/atom_options.h>
#include <backflow/atoms/step.h>
#include <backflow/atoms/task.h>
#include <backflow/values/value.h>

static GVariant *
json (const char *text)
{
  GVariant *value = value_new_from_json (text, -1, NULL);

  g_assert (value != NULL);
  return value;
}

static void
steps_are_listed_in_the_order_of_their_names (void **state)
{
  guint count;
  const StepInfo *steps = step_list (&count);

  (void) state;
  assert_true (count >= 4);
  for (guint i = 0; i < count; i++)
    {
      assert_ptr_equal (step_find (steps[i].name), &steps[i]);
      assert_true (i == 0 || strcmp (steps[i - 1].name, steps[i].name) < 0);
      assert_true (strlen (steps[i].description) > 20);
      for (const StepOption *option = steps[i].options; option->name != NULL; option++)
        assert_true (option->type != NULL && option->description != NULL);
    }
  assert_null (step_find ("file.wri"));
}

static void
a_step_is_a_task_with_a_revert_when_there_is_something_to_undo (void **state)
{
  static const struct
  {
    const char *step;
    const char *options;
    gboolean has_revert;
  } cases[] = {
    { "dir.create", "{\"path\":\"/x\",\"mode\":\"0750\",\"parents\":true}", TRUE },
    { "file.write", "{\"path\":\"/x\",\"content\":\"\",\"mode\":\"644\"}", TRUE },
    { "wait.port", "{\"port\":80,\"host\":\"h\",\"timeout\":\"1m\",\"interval\":\"1ms\"}", FALSE },
    { "wait.http",
      "{\"url\":\"http://h:8080/x?y\",\"status\":404,\"timeout\":\"0s\",\"interval\":\"1h\"}",
      FALSE },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) options = json (cases[i].options);
      g_autoptr (Atom) task = step_new_task ("t", cases[i].step, options, &error);

      assert_null (error);
      assert_int_equal (atom_get_kind (task), ATOM_KIND_TASK);
      assert_int_equal (atom_has_revert (task), cases[i].has_revert);
      assert_int_equal (atom_get_effects (task),
                        cases[i].has_revert ? ATOM_EFFECTS_REVERSIBLE : ATOM_EFFECTS_NONE);
    }
}

static const struct
{
  const char *step;
  const char *options; /* (nullable) */
  int code;
  const char *message;
} wrong_options[] = {
  { "file.wirte", "{}", STEP_ERROR_NOT_FOUND, "no built-in step 'file.wirte'" },
  { "file.write", NULL, STEP_ERROR_OPTION, "file.write needs the option 'path'" },
  { "file.write", "{\"path\":\"/x\"}", STEP_ERROR_OPTION, "file.write needs the option 'content'" },
  { "file.write", "{\"pth\":\"/x\"}", STEP_ERROR_OPTION,
    "file.write has no option 'pth': did you mean 'path'?" },
  { "file.write", "{\"else\":\"/x\"}", STEP_ERROR_OPTION, "file.write has no option 'else'" },
  { "file.write", "[1]", STEP_ERROR_TYPE, "are to be an object, not array" },
  { "file.write", "{\"path\":7}", STEP_ERROR_TYPE, "option 'path' is to be string, not integer" },
  { "file.write", "{\"mode\":644}", STEP_ERROR_TYPE, "option 'mode' is to be string, not integer" },
  { "file.write", "{\"mode\":\"rw\"}", STEP_ERROR_VALUE, "option 'mode': 'rw' is no octal mode" },
  { "file.write", "{\"mode\":\"0888\"}", STEP_ERROR_VALUE, "option 'mode'" },
  { "file.write", "{\"mode\":\"00644\"}", STEP_ERROR_VALUE, "option 'mode'" },
  { "file.write", "{\"content\":\"a { b\"}", STEP_ERROR_VALUE,
    "option 'content': '{' begins no placeholder" },
  { "dir.create", "{\"parents\":\"yes\"}", STEP_ERROR_TYPE,
    "option 'parents' is to be boolean, not string" },
  { "dir.create", "{\"mode\":\"7\"}", STEP_ERROR_VALUE, "option 'mode'" },
  { "wait.port", "{\"port\":\"80\"}", STEP_ERROR_TYPE,
    "option 'port' is to be integer, not string" },
  { "wait.port", "{\"port\":0}", STEP_ERROR_VALUE, "0 is no TCP port" },
  { "wait.port", "{\"port\":65536}", STEP_ERROR_VALUE, "65536 is no TCP port" },
  { "wait.port", "{\"timeout\":30}", STEP_ERROR_TYPE,
    "is to be a duration such as 500ms or 30s, not integer" },
  { "wait.port", "{\"timeout\":\"30\"}", STEP_ERROR_VALUE,
    "option 'timeout': '30' is no duration" },
  { "wait.port", "{\"interval\":\"0s\"}", STEP_ERROR_VALUE,
    "option 'interval': it is to be 1ms or more" },
  { "wait.http", "{\"url\":\"https://h/\"}", STEP_ERROR_VALUE, "https is not spoken here" },
  { "wait.http", "{\"url\":\"ftp://h/\"}", STEP_ERROR_VALUE, "is to begin with http://" },
  { "wait.http", "{\"url\":\"h\"}", STEP_ERROR_VALUE, "this is no URL" },
  { "wait.http", "{\"url\":\"http:///x\"}", STEP_ERROR_VALUE, "this is no URL" },
  { "wait.http", "{\"url\":\"http://h:99999/\"}", STEP_ERROR_VALUE, "this is no URL" },
  { "wait.http", "{\"url\":\"http://h/a b\"}", STEP_ERROR_VALUE, "this is no URL" },
  { "wait.http", "{\"url\":\"http://h/\\r\\nX: y\"}", STEP_ERROR_VALUE, "this is no URL" },
  { "wait.http", "{\"url\":\"http://me:pw@h/\"}", STEP_ERROR_VALUE, "no user" },
  { "wait.http", "{\"status\":99}", STEP_ERROR_VALUE, "99 is no HTTP status" },
  { "wait.http", "{\"interval\":\"999us\"}", STEP_ERROR_VALUE, "1ms or more" },
};

static void
wrong_options_are_refused (void **state)
{

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (wrong_options); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) options
          = wrong_options[i].options != NULL ? json (wrong_options[i].options) : NULL;

      assert_null (step_new_task ("t", wrong_options[i].step, options, &error));
      if (!g_error_matches (error, STEP_ERROR, wrong_options[i].code)
          || strstr (error->message, wrong_options[i].message) == NULL)
        fail_msg ("%s %s: %s", wrong_options[i].step, wrong_options[i].options, error->message);
    }
}

static void
one_option_is_checked_alone (void **state)
{
  g_autoptr (GError) error = NULL;
  const StepInfo *step = step_find ("wait.port");

  (void) state;
  assert_true (step_check_option (step, "port", g_variant_new_int64 (80), &error));
  assert_true (step_check_option (step, "port", g_variant_new_string ("{port}"), &error));
  assert_true (step_check_option (step, "timeout", g_variant_new_string ("5s"), &error));
  assert_null (error);
  assert_false (step_check_option (step, "port", g_variant_new_int64 (-1), &error));
  assert_true (g_error_matches (error, STEP_ERROR, STEP_ERROR_VALUE));
  g_clear_error (&error);
  assert_false (step_check_option (step, "prt", g_variant_new_int64 (80), &error));
  assert_true (g_error_matches (error, STEP_ERROR, STEP_ERROR_OPTION));
}

static void
a_revert_is_taken_away (void **state)
{
  g_autoptr (GVariant) options = json ("{\"path\":\"/x\"}");
  g_autoptr (Atom) task = step_new_task ("t", "dir.create", options, NULL);

  (void) state;
  step_clear_revert (task);
  assert_false (atom_has_revert (task));
  assert_int_equal (atom_get_effects (task), ATOM_EFFECTS_NONE);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (steps_are_listed_in_the_order_of_their_names),
    cmocka_unit_test (a_step_is_a_task_with_a_revert_when_there_is_something_to_undo),
    cmocka_unit_test (wrong_options_are_refused),
    cmocka_unit_test (one_option_is_checked_alone),
    cmocka_unit_test (a_revert_is_taken_away),
  };

  return cmocka_run_group_tests_name ("steps", tests, NULL, NULL);
}
