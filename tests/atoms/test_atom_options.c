/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <backflow/atoms/atom_options.h>
#include <backflow/atoms/command.h>
#include <backflow/atoms/task.h>

static gboolean
do_nothing (AtomContext *context, gpointer user_data, GError **error)
{
  (void) context;
  (void) user_data;
  (void) error;
  return TRUE;
}

static void
effects_follow_from_the_revert_unless_they_are_said (void **state)
{
  g_autoptr (Atom) plain = task_new ("plain", do_nothing, NULL, NULL, NULL);
  g_autoptr (Atom) reverted = task_new ("reverted", do_nothing, do_nothing, NULL, NULL);
  g_autoptr (Atom) command = command_new ("command");

  (void) state;
  assert_int_equal (atom_get_effects (plain), ATOM_EFFECTS_NONE);
  assert_int_equal (atom_get_effects (reverted), ATOM_EFFECTS_REVERSIBLE);
  assert_int_equal (atom_get_effects (command), ATOM_EFFECTS_NONE);
  command_set_shell (command, COMMAND_REVERT, "true");
  assert_int_equal (atom_get_effects (command), ATOM_EFFECTS_REVERSIBLE);
  atom_set_effects (reverted, ATOM_EFFECTS_IRREVERSIBLE);
  assert_int_equal (atom_get_effects (reverted), ATOM_EFFECTS_IRREVERSIBLE);
  atom_set_effects (reverted, ATOM_EFFECTS_DEFAULT);
  assert_int_equal (atom_get_effects (reverted), ATOM_EFFECTS_REVERSIBLE);
}

static void
limits_are_set_by_action (void **state)
{
  g_autoptr (Atom) task = task_new ("plain", do_nothing, NULL, NULL, NULL);

  (void) state;
  assert_int_equal (atom_get_timeout (task, ATOM_ACTION_EXECUTE), 0);
  atom_set_timeout (task, ATOM_ACTION_REVERT, 5);
  assert_int_equal (atom_get_timeout (task, ATOM_ACTION_EXECUTE), 0);
  assert_int_equal (atom_get_timeout (task, ATOM_ACTION_REVERT), 5);
}

static void
policies_are_copied (void **state)
{
  g_autoptr (Atom) task = task_new ("plain", do_nothing, NULL, NULL, NULL);
  AtomBackoff backoff = { 3, 100, 2.0, 1000, 0.5 };

  (void) state;
  assert_int_equal (atom_get_unknown (task), ATOM_UNKNOWN_REPEAT);
  assert_null (atom_get_revert_backoff (task));
  atom_set_unknown (task, ATOM_UNKNOWN_ASK);
  atom_set_revert_backoff (task, &backoff);
  backoff.times = 1;
  assert_int_equal (atom_get_unknown (task), ATOM_UNKNOWN_ASK);
  assert_int_equal (atom_get_revert_backoff (task)->times, 3);
  atom_set_revert_backoff (task, &backoff);
  assert_int_equal (atom_get_revert_backoff (task)->times, 1);
}

static void
marks_are_copied_to_atoms_arguments_and_symbols (void **state)
{
  g_autoptr (Atom) task = task_new ("plain", do_nothing, NULL, NULL, NULL);
  SourceMark mark = { .file = "f.yaml", .line = 3 };
  guint count;

  (void) state;
  assert_null (atom_get_mark (task));
  atom_require (task, "x");
  atom_revert_require (task, "x");
  atom_provide (task, "y");
  atom_set_mark (task, &mark);
  mark.line = 4;
  atom_set_argument_mark (task, ATOM_ACTION_EXECUTE, "x", &mark);
  mark.line = 5;
  atom_set_argument_mark (task, ATOM_ACTION_REVERT, "x", &mark);
  mark.line = 6;
  atom_set_provided_mark (task, "y", &mark);
  atom_set_argument_mark (task, ATOM_ACTION_EXECUTE, "nobody", &mark);
  atom_set_provided_mark (task, "nobody", &mark);
  assert_int_equal (atom_get_mark (task)->line, 3);
  assert_int_equal (atom_get_arguments (task, ATOM_ACTION_EXECUTE, &count)[0].mark->line, 4);
  assert_int_equal (atom_get_arguments (task, ATOM_ACTION_REVERT, &count)[0].mark->line, 5);
  assert_int_equal (atom_get_provides (task, &count)[0].mark->line, 6);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (effects_follow_from_the_revert_unless_they_are_said),
    cmocka_unit_test (limits_are_set_by_action),
    cmocka_unit_test (policies_are_copied),
    cmocka_unit_test (marks_are_copied_to_atoms_arguments_and_symbols),
  };

  return cmocka_run_group_tests_name ("atom_options", tests, NULL, NULL);
}
