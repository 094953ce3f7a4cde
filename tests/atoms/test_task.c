/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gio/gio.h>
#include <string.h>

#include <backflow/atoms/atom_options.h>
#include <backflow/atoms/command.h>
#include <backflow/atoms/retry.h>
#include <backflow/atoms/task.h>
#include <backflow/values/value.h>

#include "atoms/atom_private.h"
#include "atoms/task_private.h"
#include "tests/atoms/atom_fixture.h"

static gboolean
do_nothing (AtomContext *context, gpointer user_data, GError **error)
{
  (void) context;
  (void) user_data;
  (void) error;
  return TRUE;
}

static void
count_free (gpointer data)
{
  ++*(int *) data;
}

static void
a_task_is_a_small_atom (void **state)
{
  g_autoptr (Atom) task = task_new ("plain", do_nothing, NULL, NULL, NULL);
  g_autoptr (Atom) reverted = task_new ("reverted", do_nothing, do_nothing, NULL, NULL);

  (void) state;
  assert_int_equal (atom_get_kind (task), ATOM_KIND_TASK);
  assert_null (task->extra);
  assert_false (atom_has_revert (task));
  assert_false (atom_has_probe (task));
  /* To take away what is not there costs nothing either. */
  task_set_probe (task, NULL);
  assert_null (task->extra);
  assert_true (atom_has_revert (reverted));
  assert_int_equal (task_get_min_arguments (task), 0);
}

static TaskProbe
find_nothing (AtomContext *context, gpointer user_data, GError **error)
{
  (void) context;
  (void) user_data;
  (void) error;
  return TASK_PROBE_ABSENT;
}

static void
a_probe_is_set_and_taken_away (void **state)
{
  g_autoptr (Atom) task = task_new ("probed", do_nothing, NULL, NULL, NULL);
  g_autoptr (Atom) command = command_new ("command");
  g_autoptr (Atom) retry = retry_new_always_revert ("retry");

  (void) state;
  task_set_probe (task, find_nothing);
  assert_true (atom_has_probe (task));
  task_set_probe (task, NULL);
  assert_false (atom_has_probe (task));
  assert_false (atom_has_probe (command));
  command_set_shell (command, COMMAND_PROBE, "true");
  assert_true (atom_has_probe (command));
  assert_false (atom_has_probe (retry));
}

static void
user_data_is_given_back_with_the_last_reference (void **state)
{
  int freed = 0;
  Atom *task = task_new ("plain", do_nothing, NULL, &freed, count_free);

  (void) state;
  atom_ref (task);
  atom_unref (task);
  assert_int_equal (freed, 0);
  atom_unref (task);
  assert_int_equal (freed, 1);
}

static void
hooks_are_copied_and_replaced (void **state)
{
  TaskHooks hooks = { .pre_execute = do_nothing };
  g_autoptr (Atom) task = task_new ("plain", do_nothing, NULL, NULL, NULL);

  (void) state;
  task_set_hooks (task, &hooks);
  hooks.pre_execute = NULL;
  assert_ptr_equal (task->extra->hooks->pre_execute, do_nothing);
  task_set_hooks (task, &hooks);
  assert_null (task->extra->hooks->pre_execute);
}

/* -- Map -------------------------------------------------------------------------------------- */

/* Doubles an integer; fails for 13; breaks its contract for 14; returns an unfit value for 15. */
static GVariant *
double_it (GVariant *value, gpointer user_data, GError **error)
{
  gint64 number = g_variant_get_int64 (value);

  ++*(int *) user_data;
  if (number == 13)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "not 13");
  if (number == 13 || number == 14)
    return NULL;
  return number == 15 ? g_variant_new_handle (1) : g_variant_new_int32 ((gint32) (2 * number));
}

static Atom *
require_three (Atom *task)
{
  atom_require (task, "a");
  atom_require (task, "b");
  atom_accept (task, "c");
  return task;
}

static void
set_two (AtomFixture *fixture, gint64 a, gint64 b)
{
  atom_fixture_set (fixture, "a", g_variant_new_int64 (a));
  atom_fixture_set (fixture, "b", g_variant_new_int64 (b));
}

static void
assert_result (const AtomFixture *fixture, const char *json)
{
  g_autofree char *text = value_to_json (fixture->attempt.result);

  assert_string_equal (text, json);
}

static void
map_applies_its_function_in_the_order_of_declaration (void **state)
{
  int calls = 0;
  g_auto (AtomFixture) fixture = { 0 };

  (void) state;
  atom_fixture_init (&fixture, require_three (task_new_map ("map", double_it, &calls, NULL)),
                     ATOM_ACTION_EXECUTE);
  set_two (&fixture, 1, 2);
  assert_int_equal (atom_fixture_run (&fixture), ATTEMPT_OUTCOME_SUCCESS);
  assert_result (&fixture, "[2,4]");
  attempt_reset (&fixture.attempt);
  atom_fixture_set (&fixture, "c", g_variant_new_int64 (3));
  assert_int_equal (atom_fixture_run (&fixture), ATTEMPT_OUTCOME_SUCCESS);
  assert_result (&fixture, "[2,4,6]");
  assert_int_equal (calls, 5);
  assert_int_equal (task_get_min_arguments (fixture.atom), 0);
}

static void
map_of_nothing_is_the_empty_array (void **state)
{
  int calls = 0;
  g_auto (AtomFixture) fixture = { 0 };

  (void) state;
  atom_fixture_init (&fixture, task_new_map ("map", double_it, &calls, NULL), ATOM_ACTION_EXECUTE);
  assert_int_equal (atom_fixture_run (&fixture), ATTEMPT_OUTCOME_SUCCESS);
  assert_result (&fixture, "[]");
}

static void
map_fails_with_the_first_value_that_fails (void **state)
{
  static const struct
  {
    gint64 number;
    const char *domain;
    const char *message;
    int calls;
  } cases[] = {
    { 13, "g-io-error-quark", "not 13", 1 },
    { 14, "contract", "the function returned no value and no error", 1 },
    { 15, "backflow-value-error-quark", "the result: a GVariant of type 'h' is no value", 2 },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      int calls = 0;
      g_auto (AtomFixture) fixture = { 0 };

      atom_fixture_init (&fixture, require_three (task_new_map ("map", double_it, &calls, NULL)),
                         ATOM_ACTION_EXECUTE);
      set_two (&fixture, cases[i].number, 1);
      assert_int_equal (atom_fixture_run (&fixture), ATTEMPT_OUTCOME_FAILURE);
      assert_string_equal (atom_fixture_get_domain (&fixture), cases[i].domain);
      assert_string_equal (atom_fixture_get_message (&fixture), cases[i].message);
      assert_int_equal (calls, cases[i].calls);
    }
}

/* -- Reduce ----------------------------------------------------------------------------------- */

/* Concatenates as text, so that the order shows; fails when the right side is 13, and breaks its
 * contract for 14. */
static GVariant *
concatenate (GVariant *left, GVariant *right, gpointer user_data, GError **error)
{
  g_autofree char *a = value_to_word (left);
  g_autofree char *b = value_to_word (right);

  (void) user_data;
  if (strcmp (b, "13") == 0)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "not 13");
  if (strcmp (b, "13") == 0 || strcmp (b, "14") == 0)
    return NULL;
  return g_variant_ref_sink (g_variant_new_take_string (g_strdup_printf ("(%s%s)", a, b)));
}

static void
reduce_folds_from_the_left (void **state)
{
  g_auto (AtomFixture) fixture = { 0 };

  (void) state;
  atom_fixture_init (&fixture, require_three (task_new_reduce ("reduce", concatenate, NULL, NULL)),
                     ATOM_ACTION_EXECUTE);
  set_two (&fixture, 1, 2);
  atom_fixture_set (&fixture, "c", g_variant_new_int64 (3));
  assert_int_equal (atom_fixture_run (&fixture), ATTEMPT_OUTCOME_SUCCESS);
  assert_result (&fixture, "\"((12)3)\"");
}

static void
reduce_fails_with_the_first_pair_that_fails (void **state)
{
  static const struct
  {
    gint64 number;
    const char *message;
  } cases[] = { { 13, "not 13" }, { 14, "the function returned no value and no error" } };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (AtomFixture) fixture = { 0 };

      atom_fixture_init (&fixture,
                         require_three (task_new_reduce ("reduce", concatenate, NULL, NULL)),
                         ATOM_ACTION_EXECUTE);
      set_two (&fixture, 1, cases[i].number);
      assert_int_equal (atom_fixture_run (&fixture), ATTEMPT_OUTCOME_FAILURE);
      assert_string_equal (atom_fixture_get_message (&fixture), cases[i].message);
    }
}

static void
reduce_of_one_value_fails (void **state)
{
  g_auto (AtomFixture) fixture = { 0 };

  (void) state;
  atom_fixture_init (&fixture, require_three (task_new_reduce ("reduce", concatenate, NULL, NULL)),
                     ATOM_ACTION_EXECUTE);
  atom_fixture_set (&fixture, "a", g_variant_new_int64 (1));
  assert_int_equal (task_get_min_arguments (fixture.atom), 2);
  assert_int_equal (atom_fixture_run (&fixture), ATTEMPT_OUTCOME_FAILURE);
  assert_string_equal (atom_fixture_get_domain (&fixture), "argument");
  assert_string_equal (atom_fixture_get_message (&fixture),
                       "a reduce takes two values at least, there are 1");
}

static void
functors_give_their_user_data_back (void **state)
{
  int freed = 0;

  (void) state;
  atom_unref (task_new_map ("map", double_it, &freed, count_free));
  atom_unref (task_new_reduce ("reduce", concatenate, &freed, count_free));
  assert_int_equal (freed, 2);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (a_task_is_a_small_atom),
    cmocka_unit_test (a_probe_is_set_and_taken_away),
    cmocka_unit_test (user_data_is_given_back_with_the_last_reference),
    cmocka_unit_test (hooks_are_copied_and_replaced),
    cmocka_unit_test (map_applies_its_function_in_the_order_of_declaration),
    cmocka_unit_test (map_of_nothing_is_the_empty_array),
    cmocka_unit_test (map_fails_with_the_first_value_that_fails),
    cmocka_unit_test (reduce_folds_from_the_left),
    cmocka_unit_test (reduce_fails_with_the_first_pair_that_fails),
    cmocka_unit_test (reduce_of_one_value_fails),
    cmocka_unit_test (functors_give_their_user_data_back),
  };

  return cmocka_run_group_tests_name ("task", tests, NULL, NULL);
}
