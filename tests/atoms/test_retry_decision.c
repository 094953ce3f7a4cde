/* SPDX-License-Identifier: Apache-2.0 */
/* What controllers answer to a failure, and how long they wait. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include <backflow/atoms/atom_options.h>
#include <backflow/atoms/context.h>
#include <backflow/values/duration.h>
#include <backflow/values/value.h>

#include "atoms/retry_decision.h"
#include "atoms/retry_history.h"
#include "tests/atoms/atom_fixture.h"

/* Asks a controller (consumed) about a failure of "work" after the tries of `tried`. hosts:
 * (nullable) its argument "hosts". Returns: (transfer full) the decision, or the failure, as a
 * text. */
static char *
ask (Atom *retry, const char *hosts, const char *tried)
{
  g_auto (AtomFixture) fixture = { 0 };
  g_auto (RetryHistory) history = { NULL, 0 };
  g_autoptr (Failure) failure = NULL;
  RetryDecision decision = RETRY_DECISION_REVERT;

  atom_fixture_fill_history (&history, tried);
  atom_fixture_init (&fixture, retry, ATOM_ACTION_EXECUTE);
  if (hosts != NULL)
    {
      g_autoptr (GVariant) value = atom_fixture_json (hosts);

      atom_fixture_set (&fixture, "hosts", value);
    }
  fixture.attempt.history = history.length > 0 ? &history : NULL;
  if (retry_decide (&fixture.attempt, "work", &decision, &failure))
    {
      assert_null (failure);
      return g_strdup (retry_decision_get_name (decision));
    }
  assert_int_equal (fixture.attempt.outcome, ATTEMPT_OUTCOME_NONE);
  assert_null (fixture.attempt.failure);
  return g_strdup_printf ("%s: %s", failure_get_fields (failure)->domain,
                          failure_get_message (failure));
}

static void
assert_answers (Atom *retry, const char *hosts, const char *tried, const char *expected)
{
  g_autofree char *answer = ask (retry, hosts, tried);

  assert_string_equal (answer, expected);
}

static Atom *
giving_up_all (Atom *retry)
{
  retry_set_give_up (retry, RETRY_DECISION_REVERT_ALL);
  return retry;
}

/* -- Policies --------------------------------------------------------------------------------- */

static void
always_gives_up_at_once (void **state)
{
  (void) state;
  assert_answers (retry_new_always_revert ("r"), NULL, "[null]", "REVERT");
  assert_answers (retry_new_always_revert_all ("r"), NULL, "[null]", "REVERT_ALL");
}

static void
times_retries_until_its_number_is_reached (void **state)
{
  (void) state;
  assert_answers (retry_new_times ("r", 3), NULL, "[]", "RETRY");
  assert_answers (retry_new_times ("r", 3), NULL, "[1,2]", "RETRY");
  assert_answers (retry_new_times ("r", 3), NULL, "[1,2,3]", "REVERT");
  assert_answers (retry_new_times ("r", 3), NULL, "[1,2,3,4]", "REVERT");
  assert_answers (retry_new_times ("r", 1), NULL, "[1]", "REVERT");
  assert_answers (giving_up_all (retry_new_times ("r", 2)), NULL, "[1]", "RETRY");
  assert_answers (giving_up_all (retry_new_times ("r", 2)), NULL, "[1,2]", "REVERT_ALL");
}

static void
for_each_retries_while_a_value_is_left (void **state)
{
  static const struct
  {
    const char *tried;
    const char *expected;
  } cases[] = {
    { "[]", "RETRY" },         { "[3,2,3]", "RETRY" },    { "[3,3,2]", "RETRY" },
    { "[3,2,3,5]", "REVERT" }, { "[5,3,3,2]", "REVERT" }, { "[3,2,5,7]", "RETRY" },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GVariant) values = atom_fixture_json ("[3,2,3,5]");

      assert_answers (retry_new_for_each ("r", values), NULL, cases[i].tried, cases[i].expected);
    }
  assert_answers (giving_up_all (retry_new_for_each ("r", atom_fixture_json ("[1]"))), NULL, "[1]",
                  "REVERT_ALL");
}

static void
for_each_of_a_symbol_asks_for_its_value_again (void **state)
{
  static const struct
  {
    const char *hosts;
    const char *tried;
    const char *expected;
  } cases[] = {
    { "[\"a\",\"b\"]", "[\"a\"]", "RETRY" },
    { "[\"a\"]", "[\"a\"]", "REVERT" },
    { "[\"b\"]", "[\"a\"]", "RETRY" },
    { "[]", "[\"a\"]", "REVERT" },
    { "\"a\"", "[\"a\"]", "retry: 'hosts' is no array but string" },
    { NULL, "[\"a\"]", "retry: 'hosts' is no array but absent" },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_answers (retry_new_for_each_of ("r", "hosts"), cases[i].hosts, cases[i].tried,
                    cases[i].expected);
  assert_answers (giving_up_all (retry_new_for_each_of ("r", "hosts")), "[]", "[]", "REVERT_ALL");
}

static void
the_values_may_come_from_another_symbol (void **state)
{
  Atom *retry = retry_new_for_each_of ("r", "hosts");

  (void) state;
  atom_rebind (retry, "hosts", "servers");
  assert_answers (retry, "[1,2]", "[1]", "RETRY");
}

/* -- Functions -------------------------------------------------------------------------------- */

/* What a custom controller is to answer, and what it saw. */
typedef struct
{
  RetryDecision answer;
  const char *error;
  const char *failure;
  char *seen;
} Script;

static RetryDecision
decide_by_script (AtomContext *context, const RetryHistory *history, const char *failed,
                  gpointer user_data, GError **error)
{
  Script *script = user_data;

  g_free (script->seen);
  script->seen = g_strdup_printf (
      "%s failed after %u tries with hosts %s", failed, retry_history_get_length (history),
      atom_context_get_argument (context, "hosts") == NULL ? "absent" : "there");
  g_assert (atom_context_get_history (context) == history);
  atom_context_set_result (context, g_variant_new_int64 (1));
  if (script->failure != NULL)
    {
      g_autoptr (Failure) failure = failure_new_printf ("own", "%s", script->failure);

      atom_context_set_failure (context, failure);
    }
  if (script->error != NULL)
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_IO, "%s", script->error);
  return script->answer;
}

static Atom *
new_scripted (Script *script)
{
  Atom *retry = retry_new ("r", NULL, NULL, decide_by_script, script, NULL);

  atom_accept (retry, "hosts");
  return retry;
}

static void
a_function_decides_with_its_arguments_and_history (void **state)
{
  static const char *const names[] = { "RETRY", "REVERT", "REVERT_ALL" };
  Script script = { .seen = NULL };

  (void) state;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      script.answer = (RetryDecision) i;
      assert_answers (new_scripted (&script), "[]", "[1,2]", names[i]);
      assert_string_equal (script.seen, "work failed after 2 tries with hosts there");
    }
  assert_answers (new_scripted (&script), NULL, "[]", "REVERT_ALL");
  assert_string_equal (script.seen, "work failed after 0 tries with hosts absent");
  g_free (script.seen);
}

static void
a_function_that_fails_is_a_failure_of_the_controller (void **state)
{
  static const struct
  {
    Script script;
    const char *expected;
  } cases[] = {
    { { .error = "no disk" }, "retry: no disk" },
    { { .answer = RETRY_DECISION_REVERT, .error = "no disk" }, "retry: no disk" },
    { { .failure = "no luck" }, "retry: no luck" },
    { { .failure = "no luck", .error = "no disk" }, "retry: no luck" },
    { { .answer = (RetryDecision) 3 }, "retry: the answer 3 is no decision" },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Script script = cases[i].script;

      assert_answers (new_scripted (&script), NULL, "[1]", cases[i].expected);
      g_free (script.seen);
    }
}

static void
the_error_of_a_function_is_the_cause (void **state)
{
  Script script = { .error = "no disk" };
  g_auto (AtomFixture) fixture = { 0 };
  g_autoptr (Failure) failure = NULL;
  RetryDecision decision = RETRY_DECISION_REVERT_ALL;
  const Failure *cause;

  (void) state;
  atom_fixture_init (&fixture, new_scripted (&script), ATOM_ACTION_EXECUTE);
  fixture.attempt.number = 4;
  assert_false (retry_decide (&fixture.attempt, "work", &decision, &failure));
  assert_int_equal (decision, RETRY_DECISION_REVERT_ALL);
  assert_int_equal (failure_get_fields (failure)->attempt, 4);
  cause = failure_get_fields (failure)->cause;
  assert_string_equal (failure_get_fields (cause)->domain, g_quark_to_string (G_FILE_ERROR));
  assert_string_equal (failure_get_message (cause), "no disk");
  assert_int_equal (failure_get_fields (cause)->code, G_FILE_ERROR_IO);
  g_free (script.seen);
}

/* -- Properties ------------------------------------------------------------------------------- */

/* Lives a whole life of a controller (consumed): begins, fails, asks, until it gives up. Returns:
 * how many tries there were. */
static guint
live (Atom *retry, GVariant *hosts, RetryHistory *history)
{
  g_auto (AtomFixture) fixture = { 0 };
  RetryDecision decision = RETRY_DECISION_RETRY;

  atom_fixture_init (&fixture, retry, ATOM_ACTION_EXECUTE);
  if (hosts != NULL)
    atom_fixture_set (&fixture, "hosts", hosts);
  fixture.attempt.history = history;
  while (decision == RETRY_DECISION_RETRY)
    {
      g_autoptr (Failure) failure = failure_new_printf ("command", "no");

      attempt_reset (&fixture.attempt);
      assert_int_equal (atom_fixture_run (&fixture), ATTEMPT_OUTCOME_SUCCESS);
      retry_history_begin (history, fixture.attempt.result);
      retry_history_add_failure (history, "work", failure);
      g_clear_pointer (&failure, failure_unref);
      assert_true (retry_decide (&fixture.attempt, "work", &decision, &failure));
      assert_true (history->length < 100);
    }
  return history->length;
}

static GVariant *
new_random_list (GRand *random, guint length)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("av"));
  for (guint i = 0; i < length; i++)
    g_variant_builder_add (&builder, "v", g_variant_new_int64 (g_rand_int_range (random, 0, 5)));
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/* What a policy provides and what it decides fit together: no try fails for want of a value, and
 * none is left out. */
static void
a_life_tries_all_and_each_once (void **state)
{
  guint32 seed = g_random_int ();
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);

  (void) state;
  print_message ("seed %u\n", seed);
  for (guint round = 0; round < 500; round++)
    {
      g_auto (RetryHistory) history = { NULL, 0 };
      g_auto (RetryHistory) counted = { NULL, 0 };
      guint length = (guint) g_rand_int_range (random, 1, 12);
      g_autoptr (GVariant) values = new_random_list (random, length);
      gboolean is_of = g_rand_boolean (random);

      live (is_of ? retry_new_for_each_of ("r", "hosts") : retry_new_for_each ("r", values),
            is_of ? values : NULL, &history);
      assert_int_equal (history.length, length);
      for (guint i = 0; i < length; i++)
        {
          g_autoptr (GVariant) value = value_find_index (values, i);

          assert_true (g_variant_equal (value, retry_history_get_provided (&history, i)));
        }
      assert_int_equal (live (retry_new_times ("r", length), NULL, &counted), length);
    }
}

/* -- Delays ----------------------------------------------------------------------------------- */

static void
delays_grow_up_to_their_maximum (void **state)
{
  static const struct
  {
    AtomBackoff backoff;
    guint next;
    double random;
    gint64 expected;
  } cases[] = {
    { { 1, 100, 2, 0, 0 }, 0, 0, 0 },
    { { 1, 100, 2, 0, 0 }, 1, 0, 0 },
    { { 1, 100, 2, 0, 0 }, 2, 0, 100 },
    { { 1, 100, 2, 0, 0 }, 3, 0, 200 },
    { { 1, 100, 2, 0, 0 }, 6, 0, 1600 },
    { { 1, 100, 2, 500, 0 }, 6, 0, 500 },
    { { 1, 100, 1.5, 0, 0 }, 4, 0, 225 },
    { { 1, 100, 1, 0, 0 }, G_MAXUINT, 0, 100 },
    { { 1, 100, 0, 0, 0 }, 9, 0, 100 },
    { { 1, 100, -2, 0, 0 }, 9, 0, 100 },
    { { 1, 100, 0.5, 0, 0 }, 4, 0, 25 },
    { { 1, 100, 0.5, 0, 0 }, G_MAXUINT, 0, 0 },
    { { 1, 100, 2, 50, 0 }, 2, 0, 50 },
    { { 1, 0, 2, 500, 1 }, 9, 0.5, 0 },
    { { 1, -5, 2, 500, 1 }, 9, 0.5, 0 },
    { { 1, 100, 2, 0, 0.5 }, 2, 0, 50 },
    { { 1, 100, 2, 0, 0.5 }, 2, 0.5, 75 },
    { { 1, 100, 2, 0, 1 }, 2, 0, 0 },
    { { 1, 100, 2, 0, 1 }, 3, 0.25, 50 },
    { { 1, 100, 2, 100, 1 }, 9, 0.5, 50 },
    { { 1, 100, 2, 0, 7 }, 2, 0.5, 50 },
    { { 1, 100, 2, 0, -7 }, 2, 0.5, 100 },
    { { 1, 100, 2, 0, 0.5 }, 2, 7, 100 },
    { { 1, 100, 2, 0, 0.5 }, 2, -7, 50 },
    { { 1, 100, 1000, 0, 0 }, G_MAXUINT, 0, DURATION_MAX_US },
    { { 1, G_MAXINT64, 2, G_MAXINT64, 0 }, 2, 0, DURATION_MAX_US },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_int_equal (backoff_get_delay (&cases[i].backoff, cases[i].next, cases[i].random),
                      cases[i].expected);
  assert_int_equal (backoff_get_delay (NULL, 2, 0.5), 0);
}

static void
numbers_that_are_none_make_no_delay_that_is_none (void **state)
{
  const AtomBackoff factor = { 1, 100, (double) NAN, 0, 0 };
  const AtomBackoff endless = { 1, 100, (double) INFINITY, 700, 0 };
  const AtomBackoff jitter = { 1, 100, 2, 0, (double) NAN };
  const AtomBackoff all = { 1, 100, 2, 0, 1 };

  (void) state;
  assert_int_equal (backoff_get_delay (&factor, 5, 0), 100);
  assert_int_equal (backoff_get_delay (&endless, 2, 0), 100);
  assert_int_equal (backoff_get_delay (&endless, 5, 0), 700);
  assert_int_equal (backoff_get_delay (&jitter, 2, 0.5), 100);
  assert_int_equal (backoff_get_delay (&all, 2, (double) NAN), 0);
}

static void
every_delay_is_within_its_bounds (void **state)
{
  guint32 seed = g_random_int ();
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);

  (void) state;
  print_message ("seed %u\n", seed);
  for (guint round = 0; round < 5000; round++)
    {
      AtomBackoff backoff = { .delay_us = g_rand_int_range (random, 0, 1000000),
                              .backoff = g_rand_double_range (random, 0, 10),
                              .max_delay_us = g_rand_int_range (random, 0, 1000000),
                              .jitter = g_rand_double (random) };
      guint next = (guint) g_rand_int_range (random, 2, 2000);
      gint64 least = backoff_get_delay (&backoff, next, 0);
      gint64 some = backoff_get_delay (&backoff, next, g_rand_double (random));
      gint64 most = backoff_get_delay (&backoff, next, 1);

      assert_true (0 <= least && least <= some && some <= most && most <= DURATION_MAX_US);
      if (backoff.max_delay_us > 0)
        assert_true (most <= backoff.max_delay_us);
      assert_true (backoff.backoff < 1 || backoff.max_delay_us > 0
                   || most <= backoff_get_delay (&backoff, next + 1, 1));
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (always_gives_up_at_once),
    cmocka_unit_test (times_retries_until_its_number_is_reached),
    cmocka_unit_test (for_each_retries_while_a_value_is_left),
    cmocka_unit_test (for_each_of_a_symbol_asks_for_its_value_again),
    cmocka_unit_test (the_values_may_come_from_another_symbol),
    cmocka_unit_test (a_function_decides_with_its_arguments_and_history),
    cmocka_unit_test (a_function_that_fails_is_a_failure_of_the_controller),
    cmocka_unit_test (the_error_of_a_function_is_the_cause),
    cmocka_unit_test (a_life_tries_all_and_each_once),
    cmocka_unit_test (delays_grow_up_to_their_maximum),
    cmocka_unit_test (numbers_that_are_none_make_no_delay_that_is_none),
    cmocka_unit_test (every_delay_is_within_its_bounds),
  };

  return cmocka_run_group_tests_name ("retry_decision", tests, NULL, NULL);
}
