/* SPDX-License-Identifier: Apache-2.0 */
/* What controllers remember, and which value they take next, compared with the words of the rule.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include <backflow/atoms/context.h>
#include <backflow/atoms/task.h>
#include <backflow/values/value.h>

#include "atoms/retry_history.h"
#include "tests/atoms/atom_fixture.h"

static void
add_failure (RetryHistory *history, const char *atom, const char *domain)
{
  g_autoptr (Failure) failure = failure_new_printf (domain, "%s of %s", domain, atom);

  retry_history_add_failure (history, atom, failure);
}

/* A failure of the domain `domain` that a failure of the domain `cause` led to. */
static Failure *
new_caused (const char *domain, const char *cause)
{
  FailureFields fields = FAILURE_FIELDS_INIT;
  g_autoptr (Failure) inner = failure_new_printf (cause, "deep");

  fields.message = "shallow";
  fields.domain = domain;
  fields.cause = inner;
  return failure_new (&fields);
}

static void
an_empty_history_has_nothing (void **state)
{
  g_auto (RetryHistory) history = { NULL, 0 };

  (void) state;
  assert_int_equal (retry_history_get_length (&history), 0);
  assert_null (retry_history_find_cause (&history, G_MAXUINT, "command"));
  retry_history_clear (&history);
}

static void
entries_keep_what_was_provided (void **state)
{
  g_auto (RetryHistory) history = { NULL, 0 };

  (void) state;
  for (int i = 0; i < 100; i++)
    retry_history_begin (&history, i % 10 == 9 ? NULL : g_variant_new_int64 (i));
  assert_int_equal (retry_history_get_length (&history), 100);
  for (guint i = 0; i < 100; i++)
    {
      GVariant *provided = retry_history_get_provided (&history, i);

      assert_int_equal (provided != NULL, i % 10 != 9);
      if (provided != NULL)
        assert_int_equal (g_variant_get_int64 (provided), i);
      assert_int_equal (retry_history_get_n_failures (&history, i), 0);
    }
}

static void
failures_belong_to_the_try_in_which_they_came (void **state)
{
  g_auto (RetryHistory) history = { NULL, 0 };
  const char *atom = NULL;

  (void) state;
  retry_history_begin (&history, NULL);
  add_failure (&history, "b", "command");
  add_failure (&history, "a", "timeout");
  retry_history_begin (&history, NULL);
  add_failure (&history, "c", "command");
  assert_int_equal (retry_history_get_n_failures (&history, 0), 2);
  assert_int_equal (retry_history_get_n_failures (&history, 1), 1);
  assert_string_equal (failure_get_message (retry_history_get_failure (&history, 0, 0, &atom)),
                       "command of b");
  assert_string_equal (atom, "b");
  assert_string_equal (failure_get_message (retry_history_get_failure (&history, 0, 1, &atom)),
                       "timeout of a");
  assert_string_equal (atom, "a");
  assert_non_null (retry_history_get_failure (&history, 1, 0, NULL));
}

static void
the_first_failure_of_an_atom_in_a_try_counts (void **state)
{
  g_auto (RetryHistory) history = { NULL, 0 };
  char again[] = "a";

  (void) state;
  retry_history_begin (&history, NULL);
  add_failure (&history, "a", "command");
  add_failure (&history, again, "timeout");
  assert_int_equal (retry_history_get_n_failures (&history, 0), 1);
  retry_history_begin (&history, NULL);
  add_failure (&history, "a", "timeout");
  assert_string_equal (failure_get_message (retry_history_get_failure (&history, 0, 0, NULL)),
                       "command of a");
  assert_string_equal (failure_get_message (retry_history_get_failure (&history, 1, 0, NULL)),
                       "timeout of a");
}

static void
a_cause_is_found_by_its_domain (void **state)
{
  g_auto (RetryHistory) history = { NULL, 0 };
  g_autoptr (Failure) caused = new_caused ("retry", "io");
  g_autoptr (Failure) other = new_caused ("io", "io");
  static const struct
  {
    guint index;
    const char *domain;
    const char *message;
  } cases[] = {
    { 0, "command", "command of a" },
    { 0, "io", "deep" },
    { 0, "retry", "shallow" },
    { 0, "timeout", NULL },
    { 1, "io", "shallow" },
    { 1, "command", NULL },
    { 2, "io", NULL },
    { G_MAXUINT, "io", "shallow" },
    { G_MAXUINT, "command", "command of a" },
    { G_MAXUINT, "timeout", NULL },
  };

  (void) state;
  retry_history_begin (&history, NULL);
  add_failure (&history, "a", "command");
  retry_history_add_failure (&history, "b", caused);
  retry_history_begin (&history, NULL);
  retry_history_add_failure (&history, "a", other);
  retry_history_begin (&history, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const Failure *found = retry_history_find_cause (&history, cases[i].index, cases[i].domain);

      assert_int_equal (found != NULL, cases[i].message != NULL);
      if (found != NULL)
        assert_string_equal (failure_get_message (found), cases[i].message);
    }
}

static void
a_cleared_history_begins_anew (void **state)
{
  g_auto (RetryHistory) history = { NULL, 0 };

  (void) state;
  for (guint life = 0; life < 3; life++)
    {
      for (guint i = 0; i < 5; i++)
        {
          retry_history_begin (&history, g_variant_new_string ("x"));
          add_failure (&history, "a", "command");
        }
      assert_int_equal (retry_history_get_length (&history), 5);
      retry_history_clear (&history);
      assert_int_equal (retry_history_get_length (&history), 0);
    }
}

static void
only_controllers_have_a_history (void **state)
{
  g_auto (AtomFixture) controller = { 0 };
  g_auto (AtomFixture) task = { 0 };
  RetryEntry entry = { NULL, NULL, 0, NULL };
  const RetryHistory history = { &entry, 1 };

  (void) state;
  atom_fixture_init (&controller, retry_new_times ("r", 2), ATOM_ACTION_EXECUTE);
  assert_int_equal (retry_history_get_length (atom_context_get_history (&controller.attempt)), 0);
  controller.attempt.history = &history;
  assert_ptr_equal (atom_context_get_history (&controller.attempt), &history);
  atom_fixture_init (&task, task_new ("t", NULL, NULL, NULL, NULL), ATOM_ACTION_EXECUTE);
  assert_null (atom_context_get_history (&task.attempt));
}

/* -- What is untried -------------------------------------------------------------------------- */

/* Values of which some are there several times and some are hard to tell apart. */
static GVariant *
new_random_value (GRand *random)
{
  static const char *const texts[]
      = { "1", "\"1\"", "1.0", "true", "null", "[1]", "{\"a\":1}", "\"\"", "[]", "2", "[[1],2]" };

  return value_new_from_json (texts[g_rand_int_range (random, 0, G_N_ELEMENTS (texts))], -1, NULL);
}

static GVariant *
new_random_values (GRand *random, guint length)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("av"));
  for (guint i = 0; i < length; i++)
    {
      g_autoptr (GVariant) value = new_random_value (random);

      g_variant_builder_add (&builder, "v", value);
    }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/* By the words of the rule: each used value takes away the first that is equal to it; the first of
 * the rest is next. NULL when none is left. */
static GVariant *
find_by_rule (GVariant *values, const RetryHistory *history)
{
  g_autofree gboolean *is_gone = g_new0 (gboolean, g_variant_n_children (values) + 1);
  gsize length = g_variant_n_children (values);

  for (guint i = 0; i < history->length; i++)
    for (gsize j = 0; j < length; j++)
      {
        g_autoptr (GVariant) value = value_find_index (values, (guint) j);

        if (is_gone[j] || !g_variant_equal (value, history->entries[i].value))
          continue;
        is_gone[j] = TRUE;
        break;
      }
  for (gsize j = 0; j < length; j++)
    if (!is_gone[j])
      return value_find_index (values, (guint) j);
  return NULL;
}

static gboolean
are_equal (GVariant *a, GVariant *b)
{
  return a == NULL || b == NULL ? a == b : g_variant_equal (a, b);
}

static void
the_next_value_is_the_first_of_the_difference (void **state)
{
  guint32 seed = g_random_int ();
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);

  (void) state;
  print_message ("seed %u\n", seed);
  for (guint round = 0; round < 3000; round++)
    {
      g_auto (RetryHistory) history = { NULL, 0 };
      g_autoptr (GVariant) values
          = new_random_values (random, (guint) g_rand_int_range (random, 0, 9));
      guint tried = (guint) g_rand_int_range (random, 0, 9);
      g_autoptr (GVariant) expected = NULL;
      g_autoptr (GVariant) next = NULL;

      for (guint i = 0; i < tried; i++)
        {
          g_autoptr (GVariant) value = new_random_value (random);

          retry_history_begin (&history, value);
        }
      expected = find_by_rule (values, &history);
      next = retry_history_find_untried (&history, values);
      assert_true (are_equal (next, expected));
    }
}

static void
each_value_is_tried_as_often_as_it_is_there (void **state)
{
  guint32 seed = g_random_int ();
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);

  (void) state;
  print_message ("seed %u\n", seed);
  for (guint round = 0; round < 500; round++)
    {
      g_auto (RetryHistory) history = { NULL, 0 };
      guint length = (guint) g_rand_int_range (random, 0, 12);
      g_autoptr (GVariant) values = new_random_values (random, length);
      GVariant *next;

      while ((next = retry_history_find_untried (&history, values)) != NULL)
        {
          assert_true (history.length < length);
          retry_history_begin (&history, next);
          g_variant_unref (next);
        }
      assert_int_equal (history.length, length);
      for (guint i = 0; i < length; i++)
        {
          g_autoptr (GVariant) value = value_find_index (values, i);

          assert_true (g_variant_equal (value, retry_history_get_provided (&history, i)));
        }
    }
}

/* The values may change from one question to the next, back and forth. */
static void
what_was_found_for_other_values_does_not_count (void **state)
{
  guint32 seed = g_random_int ();
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);

  (void) state;
  print_message ("seed %u\n", seed);
  for (guint round = 0; round < 300; round++)
    {
      g_auto (RetryHistory) history = { NULL, 0 };
      g_autoptr (GVariant) first = new_random_values (random, 6);
      g_autoptr (GVariant) second = new_random_values (random, 6);

      for (guint i = 0; i < 8; i++)
        {
          GVariant *values = g_rand_boolean (random) ? first : second;
          g_autoptr (GVariant) expected = find_by_rule (values, &history);
          g_autoptr (GVariant) next = retry_history_find_untried (&history, values);

          assert_true (are_equal (next, expected));
          if (next != NULL)
            retry_history_begin (&history, next);
        }
    }
}

/* With as many comparisons as there are pairs this would not end in any patience. */
static void
long_lists_are_gone_through_in_linear_time (void **state)
{
  const guint length = 200000;
  g_auto (RetryHistory) history = { NULL, 0 };
  g_autoptr (GVariant) values = NULL;
  GVariantBuilder builder;
  GVariant *next;

  (void) state;
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("av"));
  for (guint i = 0; i < length; i++)
    g_variant_builder_add (&builder, "v", g_variant_new_int64 (i));
  values = g_variant_ref_sink (g_variant_builder_end (&builder));
  while ((next = retry_history_find_untried (&history, values)) != NULL)
    {
      retry_history_begin (&history, next);
      g_variant_unref (next);
    }
  assert_int_equal (history.length, length);
}

/* A custom controller may have been one before: what provided nothing stands for no value. */
static void
a_try_without_a_value_stands_for_none (void **state)
{
  g_auto (RetryHistory) history = { NULL, 0 };
  g_autoptr (GVariant) values = value_new_from_json ("[1,2]", -1, NULL);
  g_autoptr (GVariant) next = NULL;

  (void) state;
  retry_history_begin (&history, NULL);
  retry_history_begin (&history, g_variant_new_int64 (1));
  next = retry_history_find_untried (&history, values);
  assert_int_equal (g_variant_get_int64 (next), 2);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (an_empty_history_has_nothing),
    cmocka_unit_test (entries_keep_what_was_provided),
    cmocka_unit_test (failures_belong_to_the_try_in_which_they_came),
    cmocka_unit_test (the_first_failure_of_an_atom_in_a_try_counts),
    cmocka_unit_test (a_cause_is_found_by_its_domain),
    cmocka_unit_test (a_cleared_history_begins_anew),
    cmocka_unit_test (only_controllers_have_a_history),
    cmocka_unit_test (the_next_value_is_the_first_of_the_difference),
    cmocka_unit_test (each_value_is_tried_as_often_as_it_is_there),
    cmocka_unit_test (what_was_found_for_other_values_does_not_count),
    cmocka_unit_test (long_lists_are_gone_through_in_linear_time),
    cmocka_unit_test (a_try_without_a_value_stands_for_none),
  };

  return cmocka_run_group_tests_name ("retry_history", tests, NULL, NULL);
}
