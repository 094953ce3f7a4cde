/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include <backflow/atoms/atom_options.h>
#include <backflow/values/value.h>

#include "atoms/retry_history.h"
#include "atoms/retry_spec.h"
#include "tests/atoms/atom_fixture.h"

static RetryDecision
decide_never (AtomContext *context, const RetryHistory *history, const char *failed,
              gpointer user_data, GError **error)
{
  (void) context;
  (void) history;
  (void) failed;
  (void) user_data;
  (void) error;
  return RETRY_DECISION_REVERT;
}

static void
count_free (gpointer data)
{
  ++*(int *) data;
}

static void
constructors_make_controllers_of_their_kind (void **state)
{
  g_autoptr (GVariant) values = atom_fixture_json ("[1,2]");
  const struct
  {
    Atom *retry;
    RetryKind kind;
    RetryDecision give_up;
  } cases[] = {
    { retry_new_always_revert ("r"), RETRY_KIND_ALWAYS_REVERT, RETRY_DECISION_REVERT },
    { retry_new_always_revert_all ("r"), RETRY_KIND_ALWAYS_REVERT_ALL, RETRY_DECISION_REVERT_ALL },
    { retry_new_times ("r", 3), RETRY_KIND_TIMES, RETRY_DECISION_REVERT },
    { retry_new_for_each ("r", values), RETRY_KIND_FOR_EACH, RETRY_DECISION_REVERT },
    { retry_new_for_each_of ("r", "hosts"), RETRY_KIND_FOR_EACH_OF, RETRY_DECISION_REVERT },
    { retry_new ("r", NULL, NULL, decide_never, NULL, NULL), RETRY_KIND_CUSTOM,
      RETRY_DECISION_REVERT },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      assert_int_equal (retry_get_kind (cases[i].retry), cases[i].kind);
      assert_int_equal (atom_get_kind (cases[i].retry), ATOM_KIND_RETRY);
      assert_false (atom_is_task (cases[i].retry));
      assert_string_equal (atom_get_name (cases[i].retry), "r");
      assert_int_equal (cases[i].retry->extra->retry->give_up, cases[i].give_up);
      assert_null (retry_get_backoff (cases[i].retry));
      atom_unref (cases[i].retry);
    }
}

static void
a_controller_without_a_name_waits_for_that_of_its_flow (void **state)
{
  Atom *retry = retry_new_times (NULL, 2);

  (void) state;
  assert_string_equal (atom_get_name (retry), "");
  retry = atom_take_renamed (retry, "flow.retry");
  assert_string_equal (atom_get_name (retry), "flow.retry");
  assert_int_equal (retry_get_kind (retry), RETRY_KIND_TIMES);
  atom_unref (retry);
}

static void
policies_are_set_and_copied (void **state)
{
  g_autoptr (Atom) retry = retry_new_times ("r", 2);
  AtomBackoff backoff = { 0, 100, 2.0, 1000, 0.5 };

  (void) state;
  retry_set_give_up (retry, RETRY_DECISION_REVERT_ALL);
  assert_int_equal (retry->extra->retry->give_up, RETRY_DECISION_REVERT_ALL);
  retry_set_give_up (retry, RETRY_DECISION_REVERT);
  assert_int_equal (retry->extra->retry->give_up, RETRY_DECISION_REVERT);
  retry_set_backoff (retry, &backoff);
  backoff.delay_us = 1;
  assert_int_equal (retry_get_backoff (retry)->delay_us, 100);
  retry_set_backoff (retry, &backoff);
  assert_int_equal (retry_get_backoff (retry)->delay_us, 1);
}

static void
a_custom_controller_gives_its_user_data_back (void **state)
{
  int freed = 0;

  (void) state;
  atom_unref (retry_new ("r", NULL, NULL, decide_never, &freed, count_free));
  assert_int_equal (freed, 1);
}

/* -- What they provide ------------------------------------------------------------------------ */

/* Executes a controller with `tried` (a JSON array) as its history, and checks its value, or its
 * failure. */
static void
assert_executes (Atom *retry, const char *symbol_value, const char *tried, const char *expected)
{
  g_auto (AtomFixture) fixture = { 0 };
  g_auto (RetryHistory) history = { NULL, 0 };
  g_autofree char *text = NULL;

  atom_fixture_fill_history (&history, tried);
  atom_fixture_init (&fixture, retry, ATOM_ACTION_EXECUTE);
  if (symbol_value != NULL)
    {
      g_autoptr (GVariant) hosts = atom_fixture_json (symbol_value);

      atom_fixture_set (&fixture, "hosts", hosts);
    }
  fixture.attempt.history = history.length > 0 ? &history : NULL;
  if (atom_fixture_run (&fixture) == ATTEMPT_OUTCOME_SUCCESS)
    text = value_to_json (fixture.attempt.result);
  else
    text = g_strdup_printf ("%s: %s", atom_fixture_get_domain (&fixture),
                            atom_fixture_get_message (&fixture));
  assert_string_equal (text, expected);
}

static void
times_counts_its_tries (void **state)
{
  (void) state;
  assert_executes (retry_new_times ("r", 3), NULL, "[]", "1");
  assert_executes (retry_new_times ("r", 3), NULL, "[1,2]", "3");
}

static void
for_each_takes_each_value_once_in_order (void **state)
{
  static const struct
  {
    const char *tried;
    const char *expected;
  } cases[] = {
    { "[]", "3" },
    { "[3]", "2" },
    { "[3,2]", "3" },
    { "[3,2,3]", "5" },
    { "[3,2,3,5]", "exhausted: no value is left to try" },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GVariant) values = atom_fixture_json ("[3,2,3,5]");

      assert_executes (retry_new_for_each ("r", values), NULL, cases[i].tried, cases[i].expected);
    }
}

static void
for_each_of_nothing_fails (void **state)
{
  (void) state;
  assert_executes (retry_new_for_each ("r", g_variant_new_strv (NULL, 0)), NULL, "[]",
                   "exhausted: no value is left to try");
}

static void
for_each_of_a_symbol_reads_it_each_time (void **state)
{
  static const struct
  {
    const char *values;
    const char *tried;
    const char *expected;
  } cases[] = {
    { "[\"a\",\"b\"]", "[]", "\"a\"" },
    { "[\"a\",\"b\"]", "[\"a\"]", "\"b\"" },
    { "[\"b\",\"a\"]", "[\"a\"]", "\"b\"" },
    { "[\"z\",\"a\",\"b\"]", "[\"a\",\"gone\"]", "\"z\"" },
    { "[\"a\",\"a\"]", "[\"a\"]", "\"a\"" },
    { "[\"a\"]", "[\"a\"]", "exhausted: no value is left to try" },
    { "\"a\"", "[]", "argument: 'hosts' is no array but string" },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_executes (retry_new_for_each_of ("r", "hosts"), cases[i].values, cases[i].tried,
                     cases[i].expected);
  assert_executes (retry_new_for_each_of ("r", "hosts"), NULL, "[]",
                   "argument: 'hosts' is no array but absent");
}

static void
always_provides_nothing (void **state)
{
  (void) state;
  assert_executes (retry_new_always_revert ("r"), NULL, "[]", "null");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (constructors_make_controllers_of_their_kind),
    cmocka_unit_test (a_controller_without_a_name_waits_for_that_of_its_flow),
    cmocka_unit_test (policies_are_set_and_copied),
    cmocka_unit_test (a_custom_controller_gives_its_user_data_back),
    cmocka_unit_test (times_counts_its_tries),
    cmocka_unit_test (for_each_takes_each_value_once_in_order),
    cmocka_unit_test (for_each_of_nothing_fails),
    cmocka_unit_test (for_each_of_a_symbol_reads_it_each_time),
    cmocka_unit_test (always_provides_nothing),
  };

  return cmocka_run_group_tests_name ("retry", tests, NULL, NULL);
}
