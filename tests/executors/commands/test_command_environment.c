/* SPDX-License-Identifier: Apache-2.0 */
#include <backflow/atoms/context.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <sys/resource.h>

#include <backflow/values/value.h>

#include "executors/commands/command_environment.h"
#include "tests/executors/attempt_fixture.h"

static const char *
find (const Environment *environment, const char *name)
{
  return environment_find (environment, name, strlen (name));
}

static Environment *
build (AttemptFixture *fixture, CommandRole role)
{
  const CommandSurroundings surroundings
      = { .role = role, .own_result = fixture->attempt.own_result };

  return command_environment_new (&fixture->attempt, &surroundings, NULL);
}

static char *
dup_word (AttemptFixture *fixture, const char *name)
{
  CommandValues values = { &fixture->attempt, fixture->attempt.own_result };

  return command_environment_dup_word (name, &values);
}

static GVariant *
parse (const char *json)
{
  GVariant *value = value_new_from_json (json, -1, NULL);

  assert_non_null (value);
  return value;
}

static void
commands_know_who_they_are (void **state)
{
  AttemptFixture *fixture = *state;
  const CommandSurroundings surroundings = { .role = COMMAND_EXECUTE,
                                             .output_path = "/tmp/x/1",
                                             .progress_path = "/tmp/x/1.progress" };
  g_autoptr (Environment) environment = NULL;
  g_autofree char *key = NULL;

  attempt_fixture_set_shell (fixture, "x");
  fixture->attempt.number = 7;
  attempt_fixture_set_variable (fixture, "BACKFLOW_FAILURE", "of an outer run");
  environment = command_environment_new (&fixture->attempt, &surroundings, NULL);
  key = atom_context_dup_idempotency_key (&fixture->attempt);
  assert_string_equal (find (environment, "BACKFLOW_RUN"), fixture->run_id);
  assert_string_equal (find (environment, "BACKFLOW_ATOM"), "one");
  assert_string_equal (find (environment, "BACKFLOW_ACTION"), "execute");
  assert_string_equal (find (environment, "BACKFLOW_ATTEMPT"), "7");
  assert_string_equal (find (environment, "BACKFLOW_IDEMPOTENCY_KEY"), key);
  assert_string_equal (find (environment, "BACKFLOW_OUTPUT"), "/tmp/x/1");
  assert_string_equal (find (environment, "BACKFLOW_PROGRESS"), "/tmp/x/1.progress");
  assert_string_equal (find (environment, "INHERITED"), "from the run");
  assert_null (find (environment, "BACKFLOW_FAILURE"));
}

static void
a_probe_is_called_one (void **state)
{
  g_autoptr (Environment) environment = NULL;

  attempt_fixture_set_shell (*state, "x");
  environment = build (*state, COMMAND_PROBE);
  assert_string_equal (find (environment, "BACKFLOW_ACTION"), "probe");
}

static void
strings_are_passed_as_they_are_and_other_values_as_json (void **state)
{
  AttemptFixture *fixture = *state;
  g_autoptr (Environment) environment = NULL;

  attempt_fixture_set_shell (fixture, "x");
  attempt_fixture_add_argument (fixture, "text", g_variant_new_string ("a \"b\"\n$(c)"));
  attempt_fixture_add_argument (fixture, "list", parse ("[1,\"two\",null]"));
  attempt_fixture_add_argument (fixture, "yes", g_variant_new_boolean (TRUE));
  attempt_fixture_add_argument (fixture, "number", g_variant_new_int64 (-5));
  environment = build (fixture, COMMAND_EXECUTE);
  assert_string_equal (find (environment, "text"), "a \"b\"\n$(c)");
  assert_string_equal (find (environment, "list"), "[1,\"two\",null]");
  assert_string_equal (find (environment, "yes"), "true");
  assert_string_equal (find (environment, "number"), "-5");
}

static void
an_absent_argument_hides_what_is_inherited (void **state)
{
  AttemptFixture *fixture = *state;
  g_autoptr (Environment) environment = NULL;
  g_autofree char *word = NULL;

  attempt_fixture_set_shell (fixture, "x");
  attempt_fixture_add_argument (fixture, "INHERITED", NULL);
  environment = build (fixture, COMMAND_EXECUTE);
  assert_null (find (environment, "INHERITED"));
  word = dup_word (fixture, "INHERITED");
  assert_string_equal (word, "");
}

static void
names_that_no_shell_takes_are_changed (void **state)
{
  AttemptFixture *fixture = *state;
  g_autoptr (Environment) environment = NULL;
  g_autofree char *word = NULL;

  attempt_fixture_set_shell (fixture, "x");
  attempt_fixture_add_argument (fixture, "server-name", g_variant_new_string ("s"));
  attempt_fixture_add_argument (fixture, "2nd.host", g_variant_new_string ("h"));
  attempt_fixture_add_argument (fixture, "gr\xc3\xbc", g_variant_new_string ("g"));
  environment = build (fixture, COMMAND_EXECUTE);
  assert_string_equal (find (environment, "server_name"), "s");
  assert_string_equal (find (environment, "_2nd_host"), "h");
  assert_string_equal (find (environment, "gr__"), "g");
  assert_null (find (environment, "server-name"));
  word = dup_word (fixture, "server-name");
  assert_string_equal (word, "s");
}

static void
the_name_that_needs_no_change_counts (void **state)
{
  AttemptFixture *fixture = *state;
  g_autoptr (Environment) environment = NULL;

  attempt_fixture_set_shell (fixture, "x");
  attempt_fixture_add_argument (fixture, "a-b", g_variant_new_string ("first"));
  attempt_fixture_add_argument (fixture, "a_b", g_variant_new_string ("exact"));
  attempt_fixture_add_argument (fixture, "a.b", g_variant_new_string ("last"));
  environment = build (fixture, COMMAND_EXECUTE);
  assert_string_equal (find (environment, "a_b"), "exact");
}

static void
arguments_hide_the_tasks_variables_and_those_the_runs (void **state)
{
  AttemptFixture *fixture = *state;
  g_autoptr (Environment) environment = NULL;
  Atom *command = attempt_fixture_set_shell (fixture, "x");

  attempt_fixture_set_variable (fixture, "one", "run");
  attempt_fixture_set_variable (fixture, "two", "run");
  command_set_env (command, "one", "task");
  command_set_env (command, "two", "task");
  command_set_env (command, "BACKFLOW_RUN", "task");
  attempt_fixture_add_argument (fixture, "two", g_variant_new_string ("argument"));
  environment = build (fixture, COMMAND_EXECUTE);
  assert_string_equal (find (environment, "one"), "task");
  assert_string_equal (find (environment, "two"), "argument");
  assert_string_equal (find (environment, "BACKFLOW_RUN"), fixture->run_id);
}

static void
pwd_is_true_where_the_task_has_a_folder (void **state)
{
  AttemptFixture *fixture = *state;
  const CommandSurroundings absolute = { .role = COMMAND_EXECUTE, .cwd = "/srv" };
  const CommandSurroundings relative = { .role = COMMAND_EXECUTE, .cwd = "srv" };
  g_autoptr (Environment) first = NULL;
  g_autoptr (Environment) second = NULL;

  attempt_fixture_set_shell (fixture, "x");
  attempt_fixture_set_variable (fixture, "PWD", "/of/the/run");
  first = command_environment_new (&fixture->attempt, &absolute, NULL);
  second = command_environment_new (&fixture->attempt, &relative, NULL);
  assert_string_equal (find (first, "PWD"), "/srv");
  assert_null (find (second, "PWD"));
}

static void
a_revert_sees_what_its_task_provided (void **state)
{
  AttemptFixture *fixture = *state;
  Atom *command = attempt_fixture_set_shell (fixture, "x");
  g_autoptr (Environment) environment = NULL;
  g_autofree char *word = NULL;

  atom_provide (command, "whole");
  atom_provide_key (command, "host-name", "host");
  atom_provide_key (command, "missing", "none");
  attempt_fixture_set_revert (fixture, parse ("{\"host\":\"alpha\"}"));
  environment = build (fixture, COMMAND_REVERT);
  assert_string_equal (find (environment, "BACKFLOW_ACTION"), "revert");
  assert_string_equal (find (environment, "whole"), "{\"host\":\"alpha\"}");
  assert_string_equal (find (environment, "host_name"), "alpha");
  assert_string_equal (find (environment, "missing"), "");
  word = dup_word (fixture, "host-name");
  assert_string_equal (word, "alpha");
}

static void
after_a_failed_execute_what_it_provides_is_empty (void **state)
{
  AttemptFixture *fixture = *state;
  Atom *command = attempt_fixture_set_shell (fixture, "x");
  g_autoptr (Environment) environment = NULL;
  g_autofree char *word = NULL;

  atom_provide (command, "INHERITED");
  attempt_fixture_set_revert (fixture, NULL);
  environment = build (fixture, COMMAND_REVERT);
  assert_string_equal (find (environment, "INHERITED"), "");
  word = dup_word (fixture, "INHERITED");
  assert_string_equal (word, "");
}

static void
in_a_revert_an_argument_hides_an_own_symbol (void **state)
{
  AttemptFixture *fixture = *state;
  Atom *command = attempt_fixture_set_shell (fixture, "x");
  g_autoptr (Environment) environment = NULL;

  atom_provide (command, "config");
  attempt_fixture_add_argument (fixture, "config", g_variant_new_string ("argument"));
  attempt_fixture_set_revert (fixture, g_variant_new_string ("own"));
  environment = build (fixture, COMMAND_REVERT);
  assert_string_equal (find (environment, "config"), "argument");
}

static void
an_execute_does_not_see_what_its_task_provides (void **state)
{
  AttemptFixture *fixture = *state;
  Atom *command = attempt_fixture_set_shell (fixture, "x");
  g_autoptr (Environment) environment = NULL;

  atom_provide (command, "config");
  environment = build (fixture, COMMAND_EXECUTE);
  assert_null (find (environment, "config"));
  assert_null (dup_word (fixture, "config"));
}

/* The failures that a revert is told, parsed. */
static GVariant *
build_failures (AttemptFixture *fixture, const AttemptFailure *failures, guint count)
{
  g_autoptr (Environment) environment = NULL;

  attempt_fixture_set_shell (fixture, "x");
  attempt_fixture_set_revert (fixture, NULL);
  fixture->attempt.failures = attempt_failures_new (failures, count);
  environment = build (fixture, COMMAND_REVERT);
  assert_null (environment_get_oversized (environment));
  return parse (find (environment, "BACKFLOW_FAILURE"));
}

static void
a_revert_is_told_what_failed (void **state)
{
  g_autoptr (Failure) one = failure_new_printf ("command", "exited with status 3: \"no\"");
  g_autoptr (Failure) two = failure_new_printf ("timeout", "took longer than 1s");
  const AttemptFailure failures[] = { { "first \"atom\"", one }, { "second", two } };
  g_autoptr (GVariant) told = build_failures (*state, failures, 2);
  g_autoptr (GVariant) first = value_find_key (told, "first \"atom\"");
  g_autoptr (GVariant) second = value_find_key (told, "second");
  g_autoptr (GVariant) message = value_find_key (first, "message");
  g_autoptr (GVariant) domain = value_find_key (second, "domain");

  assert_int_equal (g_variant_n_children (told), 2);
  assert_string_equal (g_variant_get_string (message, NULL), "exited with status 3: \"no\"");
  assert_string_equal (g_variant_get_string (domain, NULL), "timeout");
}

static void
without_failures_a_revert_is_told_an_empty_object (void **state)
{
  g_autoptr (GVariant) told = build_failures (*state, NULL, 0);

  assert_int_equal (g_variant_n_children (told), 0);
}

static void
of_too_many_failures_the_first_are_told (void **state)
{
  g_autofree char *tail = g_strnfill (4000, 'e');
  g_autoptr (Failure) failure
      = failure_new (&(FailureFields){ .message = "m", .domain = "command", .stderr_tail = tail });
  AttemptFailure failures[50];
  char names[G_N_ELEMENTS (failures)][8];
  g_autoptr (GVariant) told = NULL;
  g_autoptr (GVariant) first = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (failures); i++)
    {
      g_snprintf (names[i], sizeof names[i], "a%u", i);
      failures[i] = (AttemptFailure){ names[i], failure };
    }
  told = build_failures (*state, failures, G_N_ELEMENTS (failures));
  first = value_find_key (told, "a0");
  assert_non_null (first);
  assert_in_range (g_variant_n_children (told), 10, COMMAND_FAILURES_MAX_BYTES / 4000);
}

static void
a_value_that_no_environment_can_hold_is_named (void **state)
{
  AttemptFixture *fixture = *state;
  g_autoptr (Environment) environment = NULL;

  attempt_fixture_set_shell (fixture, "x");
  attempt_fixture_add_argument (
      fixture, "big", g_variant_new_take_string (g_strnfill (ENVIRONMENT_MAX_BYTES, 'x')));
  environment = build (fixture, COMMAND_EXECUTE);
  assert_string_equal (environment_get_oversized (environment), "big");
}

/* The environment with the files of the attempt. */
static Environment *
build_with_files (AttemptFixture *fixture, CommandFiles *files)
{
  const CommandSurroundings surroundings = { .role = COMMAND_EXECUTE, .files = files };
  Environment *environment = command_environment_new (&fixture->attempt, &surroundings, NULL);

  assert_non_null (environment);
  assert_null (environment_get_oversized (environment));
  return environment;
}

static void
values_that_are_too_long_are_passed_as_files (void **state)
{
  AttemptFixture *fixture = *state;
  g_autofree char *fits = g_strnfill (COMMAND_VALUE_MAX_BYTES, 'x');
  g_autofree char *longer = g_strnfill (COMMAND_VALUE_MAX_BYTES + 1, 'x');
  g_autoptr (CommandFolder) folder = command_folder_new ();
  g_autoptr (CommandFiles) files = NULL;
  g_autoptr (Environment) environment = NULL;
  g_autofree char *text = NULL;
  g_autofree char *path = NULL;

  attempt_fixture_set_shell (fixture, "x");
  attempt_fixture_add_argument (fixture, "fits", g_variant_new_string (fits));
  attempt_fixture_add_argument (fixture, "too-long", g_variant_new_string (longer));
  files = command_files_new (folder, &fixture->attempt, COMMAND_EXECUTE, NULL);
  environment = build_with_files (fixture, files);
  assert_string_equal (find (environment, "fits"), fits);
  assert_null (find (environment, "fits_FILE"));
  assert_null (find (environment, "too_long"));
  path = g_strdup (find (environment, "too_long_FILE"));
  assert_true (g_file_get_contents (path, &text, NULL, NULL));
  assert_string_equal (text, longer);
  g_clear_pointer (&files, command_files_free);
  assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
of_many_values_the_longest_are_passed_as_files (void **state)
{
  AttemptFixture *fixture = *state;
  g_autoptr (CommandFolder) folder = command_folder_new ();
  g_autoptr (CommandFiles) files = NULL;
  g_autoptr (Environment) environment = NULL;
  struct rlimit stack;
  struct rlimit small;

  attempt_fixture_set_shell (fixture, "x");
  for (gsize i = 0; i < 4; i++)
    {
      const char *const names[] = { "a", "b", "c", "d" };

      attempt_fixture_add_argument (fixture, names[i],
                                    g_variant_new_take_string (g_strnfill (50000 + i, 'x')));
    }
  /* The kernel lets arguments and environment take a quarter of the stack. */
  assert_int_equal (getrlimit (RLIMIT_STACK, &stack), 0);
  small = (struct rlimit){ .rlim_cur = 1024 * 1024, .rlim_max = stack.rlim_max };
  files = command_files_new (folder, &fixture->attempt, COMMAND_EXECUTE, NULL);
  assert_int_equal (setrlimit (RLIMIT_STACK, &small), 0);
  environment = build_with_files (fixture, files);
  assert_int_equal (setrlimit (RLIMIT_STACK, &stack), 0);
  assert_non_null (find (environment, "a"));
  assert_non_null (find (environment, "b"));
  assert_non_null (find (environment, "c_FILE"));
  assert_non_null (find (environment, "d_FILE"));
}

#define TEST(name)                                                                                 \
  cmocka_unit_test_setup_teardown (name, attempt_fixture_setup, attempt_fixture_teardown)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (commands_know_who_they_are),
    TEST (a_probe_is_called_one),
    TEST (strings_are_passed_as_they_are_and_other_values_as_json),
    TEST (an_absent_argument_hides_what_is_inherited),
    TEST (names_that_no_shell_takes_are_changed),
    TEST (the_name_that_needs_no_change_counts),
    TEST (arguments_hide_the_tasks_variables_and_those_the_runs),
    TEST (pwd_is_true_where_the_task_has_a_folder),
    TEST (a_revert_sees_what_its_task_provided),
    TEST (after_a_failed_execute_what_it_provides_is_empty),
    TEST (in_a_revert_an_argument_hides_an_own_symbol),
    TEST (an_execute_does_not_see_what_its_task_provides),
    TEST (a_revert_is_told_what_failed),
    TEST (without_failures_a_revert_is_told_an_empty_object),
    TEST (of_too_many_failures_the_first_are_told),
    TEST (a_value_that_no_environment_can_hold_is_named),
    TEST (values_that_are_too_long_are_passed_as_files),
    TEST (of_many_values_the_longest_are_passed_as_files),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
