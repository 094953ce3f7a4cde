/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include <backflow/atoms/atom_options.h>
#include <backflow/atoms/registry.h>

#include "atoms/retry_decision.h"
#include "atoms/retry_history.h"
#include "tests/atoms/atom_fixture.h"

/* Its result is its user data, a number. */
static gboolean
add (AtomContext *context, gpointer user_data, GError **error)
{
  (void) error;
  atom_context_set_result (context, g_variant_new_int64 (GPOINTER_TO_INT (user_data)));
  return TRUE;
}

static gboolean
subtract (AtomContext *context, gpointer user_data, GError **error)
{
  (void) error;
  atom_context_set_result (context, g_variant_new_int64 (-GPOINTER_TO_INT (user_data)));
  return TRUE;
}

static Registry *
new_registry (void)
{
  const RegistryEntry entries[] = {
    { add, subtract, GINT_TO_POINTER (1) },
    { add, NULL, GINT_TO_POINTER (2) },
  };
  Registry *registry = registry_new ();

  g_assert (registry_add (registry, "warm_cache", &entries[0], NULL));
  g_assert (registry_add (registry, "drop_cache", &entries[1], NULL));
  return registry;
}

static char *
dup_module_path (const char *name)
{
  return g_strdup_printf ("%s/tests/atoms/modules/.libs/%s.so", g_getenv ("G_TEST_BUILDDIR"), name);
}

static void
assert_names (Registry *registry, const char *expected)
{
  g_autofree const char **names = registry_dup_names (registry);
  g_autofree char *text = g_strjoinv (" ", (char **) (gpointer) names);

  assert_string_equal (text, expected);
}

/* -- Names ------------------------------------------------------------------------------------ */

static void
functions_are_found_by_name (void **state)
{
  g_autoptr (Registry) registry = new_registry ();
  const RegistryEntry *entry = registry_find (registry, "warm_cache");

  (void) state;
  assert_ptr_equal (entry->execute, add);
  assert_ptr_equal (entry->revert, subtract);
  assert_null (registry_find (registry, "warm"));
  assert_names (registry, "drop_cache warm_cache");
}

static void
an_empty_registry_has_no_names (void **state)
{
  g_autoptr (Registry) registry = registry_new ();
  g_autoptr (Registry) again = registry_ref (registry);

  (void) state;
  assert_names (again, "");
  registry_unref (NULL);
}

static void
a_name_is_registered_once (void **state)
{
  g_autoptr (Registry) registry = new_registry ();
  g_autoptr (GError) error = NULL;
  const RegistryEntry entry = { subtract, NULL, NULL };

  (void) state;
  assert_false (registry_add (registry, "warm_cache", &entry, &error));
  assert_true (g_error_matches (error, REGISTRY_ERROR, REGISTRY_ERROR_DUPLICATE));
  assert_non_null (strstr (error->message, "'warm_cache' is registered already, by the program"));
  assert_ptr_equal (registry_find (registry, "warm_cache")->execute, add);
}

/* -- Tasks ------------------------------------------------------------------------------------ */

static void
assert_runs (AtomFixture *fixture, AtomAction action, gint64 expected)
{
  atom_fixture_next (fixture, action);
  assert_int_equal (atom_fixture_run (fixture), ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (g_variant_get_int64 (fixture->attempt.result), expected);
}

static void
a_task_outlives_its_registry (void **state)
{
  Registry *registry = new_registry ();
  g_auto (AtomFixture) fixture = { 0 };

  (void) state;
  atom_fixture_init (&fixture, registry_new_task (registry, "warm", "warm_cache", NULL, NULL),
                     ATOM_ACTION_EXECUTE);
  registry_unref (registry);
  assert_string_equal (atom_get_name (fixture.atom), "warm");
  assert_runs (&fixture, ATOM_ACTION_EXECUTE, 1);
  assert_runs (&fixture, ATOM_ACTION_REVERT, -1);
}

static void
a_task_may_be_reverted_by_another_function (void **state)
{
  Registry *registry = new_registry ();
  g_auto (AtomFixture) fixture = { 0 };

  (void) state;
  atom_fixture_init (&fixture,
                     registry_new_task (registry, "warm", "warm_cache", "drop_cache", NULL),
                     ATOM_ACTION_EXECUTE);
  registry_unref (registry);
  assert_runs (&fixture, ATOM_ACTION_EXECUTE, 1);
  assert_runs (&fixture, ATOM_ACTION_REVERT, 2);
}

static void
an_unknown_function_is_answered_with_a_near_one (void **state)
{
  static const struct
  {
    const char *function;
    const char *revert;
    const char *message;
  } cases[] = {
    { "warm_cach", NULL, "no function 'warm_cach' is registered: did you mean 'warm_cache'?" },
    { "warm_cache", "drop-cache",
      "no function 'drop-cache' is registered: did you mean 'drop_cache'?" },
    { "else", NULL, "no function 'else' is registered" },
  };
  g_autoptr (Registry) registry = new_registry ();

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      assert_null (registry_new_task (registry, "t", cases[i].function, cases[i].revert, &error));
      assert_true (g_error_matches (error, REGISTRY_ERROR, REGISTRY_ERROR_NOT_FOUND));
      assert_string_equal (error->message, cases[i].message);
    }
}

/* -- Probes ----------------------------------------------------------------------------------- */

/* What it finds is its user data, a number; nothing is 0. */
static TaskProbe
find_number (AtomContext *context, gpointer user_data, GError **error)
{
  (void) error;
  atom_context_set_result (context, g_variant_new_int64 (GPOINTER_TO_INT (user_data)));
  return user_data != NULL ? TASK_PROBE_PRESENT : TASK_PROBE_ABSENT;
}

static void
tasks_of_a_function_have_its_probe (void **state)
{
  g_autoptr (Registry) registry = new_registry ();
  g_autoptr (GError) error = NULL;

  (void) state;
  assert_true (registry_set_probe (registry, "warm_cache", find_number, &error));
  for (guint i = 0; i < 2; i++)
    {
      g_auto (AtomFixture) fixture = { 0 };

      /* The probe is that of the execute, whoever reverts it. */
      atom_fixture_init (
          &fixture,
          registry_new_task (registry, "warm", "warm_cache", i == 0 ? NULL : "drop_cache", NULL),
          ATOM_ACTION_EXECUTE);
      assert_true (atom_has_probe (fixture.atom));
      fixture.attempt.work = ATTEMPT_PROBE;
      assert_runs (&fixture, ATOM_ACTION_EXECUTE, 1);
    }
}

static void
a_function_without_a_probe_makes_tasks_without_one (void **state)
{
  g_autoptr (Registry) registry = new_registry ();
  g_autoptr (Atom) task = NULL;
  g_autoptr (Atom) pair = NULL;

  (void) state;
  assert_true (registry_set_probe (registry, "warm_cache", find_number, NULL));
  task = registry_new_task (registry, "drop", "drop_cache", NULL, NULL);
  pair = registry_new_task (registry, "both", "drop_cache", "warm_cache", NULL);
  assert_false (atom_has_probe (task));
  assert_false (atom_has_probe (pair));
}

static void
a_probe_is_for_a_function_that_is_registered (void **state)
{
  g_autoptr (Registry) registry = new_registry ();
  g_autoptr (GError) error = NULL;

  (void) state;
  assert_false (registry_set_probe (registry, "warm_cach", find_number, &error));
  assert_true (g_error_matches (error, REGISTRY_ERROR, REGISTRY_ERROR_NOT_FOUND));
  assert_non_null (strstr (error->message, "did you mean 'warm_cache'?"));
}

static void
a_module_gives_probes_to_what_it_registers (void **state)
{
  g_autoptr (Registry) registry = registry_new ();
  g_autofree char *path = dup_module_path ("module_good");
  g_autoptr (GError) error = NULL;
  g_auto (AtomFixture) fixture = { 0 };

  (void) state;
  assert_true (registry_load_module (registry, path, &error));
  atom_fixture_init (&fixture, registry_new_task (registry, "t", "good.count", NULL, NULL),
                     ATOM_ACTION_EXECUTE);
  fixture.attempt.work = ATTEMPT_PROBE;
  assert_int_equal (atom_fixture_run (&fixture), ATTEMPT_OUTCOME_ABSENT);
  fixture.attempt.work = ATTEMPT_EXECUTE;
  atom_fixture_next (&fixture, ATOM_ACTION_EXECUTE);
  assert_int_equal (atom_fixture_run (&fixture), ATTEMPT_OUTCOME_SUCCESS);
  fixture.attempt.work = ATTEMPT_PROBE;
  atom_fixture_next (&fixture, ATOM_ACTION_EXECUTE);
  assert_int_equal (atom_fixture_run (&fixture), ATTEMPT_OUTCOME_SUCCESS);
  fixture.attempt.work = ATTEMPT_EXECUTE;
  atom_fixture_next (&fixture, ATOM_ACTION_REVERT);
  assert_int_equal (atom_fixture_run (&fixture), ATTEMPT_OUTCOME_SUCCESS);
}

/* -- Retry controllers ------------------------------------------------------------------------ */

static RetryDecision
never (AtomContext *context, const RetryHistory *history, const char *failed, gpointer user_data,
       GError **error)
{
  (void) context;
  (void) history;
  (void) failed;
  (void) user_data;
  (void) error;
  return RETRY_DECISION_REVERT_ALL;
}

static void
a_retry_controller_is_made_from_what_is_registered (void **state)
{
  Registry *registry = new_registry ();
  const RegistryRetry controller = { add, subtract, never, GINT_TO_POINTER (7) };
  g_autoptr (GError) error = NULL;
  g_auto (AtomFixture) fixture = { 0 };
  RetryDecision decision = RETRY_DECISION_RETRY;
  g_autoptr (Failure) failure = NULL;

  (void) state;
  assert_true (registry_add_retry (registry, "patience", &controller, &error));
  assert_ptr_equal (registry_find_retry (registry, "patience")->decide, never);
  atom_fixture_init (&fixture, registry_new_retry (registry, "r", "patience", NULL),
                     ATOM_ACTION_EXECUTE);
  registry_unref (registry);
  assert_string_equal (atom_get_name (fixture.atom), "r");
  assert_int_equal (retry_get_kind (fixture.atom), RETRY_KIND_CUSTOM);
  assert_runs (&fixture, ATOM_ACTION_EXECUTE, 7);
  assert_runs (&fixture, ATOM_ACTION_REVERT, -7);
  assert_true (retry_decide (&fixture.attempt, "t", &decision, &failure));
  assert_int_equal (decision, RETRY_DECISION_REVERT_ALL);
}

static void
a_retry_controller_may_wait_for_the_name_of_its_flow (void **state)
{
  g_autoptr (Registry) registry = registry_new ();
  const RegistryRetry controller = { NULL, NULL, never, NULL };
  g_autoptr (Atom) retry = NULL;

  (void) state;
  assert_true (registry_add_retry (registry, "patience", &controller, NULL));
  retry = registry_new_retry (registry, NULL, "patience", NULL);
  assert_string_equal (atom_get_name (retry), "");
}

static void
functions_and_retry_controllers_share_their_names_and_nothing_else (void **state)
{
  g_autoptr (Registry) registry = new_registry ();
  const RegistryRetry controller = { NULL, NULL, never, NULL };
  const RegistryEntry function = { add, NULL, NULL };
  g_autofree const char **controllers = NULL;
  g_autoptr (GError) error = NULL;

  (void) state;
  assert_true (registry_add_retry (registry, "patience", &controller, NULL));
  assert_names (registry, "drop_cache warm_cache");
  controllers = registry_dup_retry_names (registry);
  assert_string_equal (controllers[0], "patience");
  assert_null (controllers[1]);
  assert_null (registry_find (registry, "patience"));
  assert_null (registry_find_retry (registry, "warm_cache"));
  assert_false (registry_add_retry (registry, "warm_cache", &controller, &error));
  assert_true (g_error_matches (error, REGISTRY_ERROR, REGISTRY_ERROR_DUPLICATE));
  assert_non_null (strstr (error->message, "a function 'warm_cache' is registered already"));
  g_clear_error (&error);
  assert_false (registry_add (registry, "patience", &function, &error));
  assert_true (g_error_matches (error, REGISTRY_ERROR, REGISTRY_ERROR_DUPLICATE));
  assert_non_null (strstr (error->message, "a retry controller 'patience' is registered already"));
}

static void
an_unknown_retry_controller_is_answered_with_a_near_one (void **state)
{
  static const struct
  {
    const char *controller;
    const char *message;
  } cases[] = {
    { "patiance", "no retry controller 'patiance' is registered: did you mean 'patience'?" },
    { "warm_cache", "no retry controller 'warm_cache' is registered: it is a function" },
    { "else", "no retry controller 'else' is registered" },
  };
  g_autoptr (Registry) registry = new_registry ();
  const RegistryRetry controller = { NULL, NULL, never, NULL };
  g_autoptr (GError) wrong = NULL;

  (void) state;
  assert_true (registry_add_retry (registry, "patience", &controller, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      assert_null (registry_new_retry (registry, "r", cases[i].controller, &error));
      assert_true (g_error_matches (error, REGISTRY_ERROR, REGISTRY_ERROR_NOT_FOUND));
      assert_string_equal (error->message, cases[i].message);
    }
  assert_null (registry_new_task (registry, "t", "patience", NULL, &wrong));
  assert_string_equal (wrong->message,
                       "no function 'patience' is registered: it is a retry controller");
}

/* -- Modules ---------------------------------------------------------------------------------- */

static void
a_module_registers_its_functions (void **state)
{
  Registry *registry = new_registry ();
  g_autofree char *path = dup_module_path ("module_good");
  g_autoptr (GError) error = NULL;
  g_auto (AtomFixture) fixture = { 0 };
  g_auto (AtomFixture) failing = { 0 };

  (void) state;
  registry_load_module (registry, path, &error);
  assert_null (error);
  assert_names (registry, "drop_cache good.count good.fail warm_cache");
  atom_fixture_init (&fixture, registry_new_task (registry, "count", "good.count", NULL, NULL),
                     ATOM_ACTION_EXECUTE);
  atom_fixture_init (&failing, registry_new_task (registry, "fail", "good.fail", NULL, NULL),
                     ATOM_ACTION_EXECUTE);
  registry_unref (registry);
  assert_runs (&fixture, ATOM_ACTION_EXECUTE, 1);
  assert_runs (&fixture, ATOM_ACTION_EXECUTE, 2);
  atom_fixture_next (&fixture, ATOM_ACTION_REVERT);
  assert_int_equal (atom_fixture_run (&fixture), ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (atom_fixture_run (&failing), ATTEMPT_OUTCOME_FAILURE);
  assert_string_equal (atom_fixture_get_domain (&failing), "module-good-error");
}

static void
a_module_registers_its_retry_controllers (void **state)
{
  g_autoptr (Registry) registry = registry_new ();
  g_autofree char *path = dup_module_path ("module_good");
  g_auto (AtomFixture) fixture = { 0 };
  RetryEntry entries[2] = { { NULL, NULL, 0, NULL }, { NULL, NULL, 0, NULL } };
  RetryHistory history = { entries, 1 };
  RetryDecision decision = RETRY_DECISION_REVERT_ALL;
  g_autoptr (Failure) failure = NULL;

  (void) state;
  assert_true (registry_load_module (registry, path, NULL));
  atom_fixture_init (&fixture, registry_new_retry (registry, "r", "good.twice", NULL),
                     ATOM_ACTION_EXECUTE);
  fixture.attempt.history = &history;
  assert_true (retry_decide (&fixture.attempt, "t", &decision, &failure));
  assert_int_equal (decision, RETRY_DECISION_RETRY);
  history.length = 2;
  assert_true (retry_decide (&fixture.attempt, "t", &decision, &failure));
  assert_int_equal (decision, RETRY_DECISION_REVERT);
}

static void
a_module_that_does_not_fit_registers_nothing (void **state)
{
  static const struct
  {
    const char *module;
    int code;
    const char *message;
  } cases[] = {
    { "module_missing", REGISTRY_ERROR_NOT_FOUND, "there is no such file" },
    { "module_bare", REGISTRY_ERROR_MODULE, "it has no symbol 'backflow_module_interface'" },
    { "module_half", REGISTRY_ERROR_MODULE, "it has no symbol 'backflow_module_register'" },
    { "module_unresolved", REGISTRY_ERROR_MODULE, "nowhere_to_be_found" },
    { "module_other", REGISTRY_ERROR_INCOMPATIBLE,
      "was built for interface 2, this is interface 1" },
    { "module_refusing", REGISTRY_ERROR_REFUSED, "refused to register: no licence" },
    { "module_silent", REGISTRY_ERROR_REFUSED, "refused to register: it does not say why" },
    { "module_duplicate", REGISTRY_ERROR_DUPLICATE, "'refusing.one' is registered already, by /" },
  };
  g_autoptr (Registry) registry = new_registry ();

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *path = dup_module_path (cases[i].module);

      assert_false (registry_load_module (registry, path, &error));
      assert_int_equal (error->domain, REGISTRY_ERROR);
      assert_int_equal (error->code, cases[i].code);
      assert_non_null (strstr (error->message, path));
      assert_non_null (strstr (error->message, cases[i].message));
      assert_names (registry, "drop_cache warm_cache");
    }
}

static void
a_file_that_is_no_shared_object_is_no_module (void **state)
{
  g_autoptr (Registry) registry = registry_new ();
  g_autoptr (GError) error = NULL;
  char *folder = folder_new ();
  g_autofree char *path = g_build_filename (folder, "text.so", NULL);

  (void) state;
  assert_true (g_file_set_contents (path, "text", -1, NULL));
  assert_false (registry_load_module (registry, path, &error));
  assert_true (g_error_matches (error, REGISTRY_ERROR, REGISTRY_ERROR_MODULE));
  g_clear_error (&error);
  assert_false (registry_load_module (registry, folder, &error));
  assert_true (g_error_matches (error, REGISTRY_ERROR, REGISTRY_ERROR_MODULE));
  folder_free (folder);
}

static void
a_name_without_a_slash_is_for_the_linker (void **state)
{
  g_autoptr (Registry) registry = registry_new ();
  g_autoptr (GError) error = NULL;

  (void) state;
  assert_false (registry_load_module (registry, "libbackflow-nowhere.so", &error));
  assert_true (g_error_matches (error, REGISTRY_ERROR, REGISTRY_ERROR_NOT_FOUND));
}

static void
a_module_that_is_loaded_twice_keeps_its_first_names (void **state)
{
  g_autoptr (Registry) registry = registry_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *path = dup_module_path ("module_good");

  (void) state;
  assert_true (registry_load_module (registry, path, NULL));
  assert_false (registry_load_module (registry, path, &error));
  assert_true (g_error_matches (error, REGISTRY_ERROR, REGISTRY_ERROR_DUPLICATE));
  assert_names (registry, "good.count good.fail");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (functions_are_found_by_name),
    cmocka_unit_test (an_empty_registry_has_no_names),
    cmocka_unit_test (a_name_is_registered_once),
    cmocka_unit_test (a_task_outlives_its_registry),
    cmocka_unit_test (a_task_may_be_reverted_by_another_function),
    cmocka_unit_test (an_unknown_function_is_answered_with_a_near_one),
    cmocka_unit_test (tasks_of_a_function_have_its_probe),
    cmocka_unit_test (a_function_without_a_probe_makes_tasks_without_one),
    cmocka_unit_test (a_probe_is_for_a_function_that_is_registered),
    cmocka_unit_test (a_module_gives_probes_to_what_it_registers),
    cmocka_unit_test (a_retry_controller_is_made_from_what_is_registered),
    cmocka_unit_test (a_retry_controller_may_wait_for_the_name_of_its_flow),
    cmocka_unit_test (functions_and_retry_controllers_share_their_names_and_nothing_else),
    cmocka_unit_test (an_unknown_retry_controller_is_answered_with_a_near_one),
    cmocka_unit_test (a_module_registers_its_functions),
    cmocka_unit_test (a_module_registers_its_retry_controllers),
    cmocka_unit_test (a_module_that_does_not_fit_registers_nothing),
    cmocka_unit_test (a_file_that_is_no_shared_object_is_no_module),
    cmocka_unit_test (a_name_without_a_slash_is_for_the_linker),
    cmocka_unit_test (a_module_that_is_loaded_twice_keeps_its_first_names),
  };

  return cmocka_run_group_tests_name ("registry", tests, NULL, NULL);
}
