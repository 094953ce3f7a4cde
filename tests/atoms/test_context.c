/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include <backflow/atoms/task.h>
#include <backflow/values/value.h>

#include "tests/atoms/atom_fixture.h"

static Atom *
new_task_with_arguments (void)
{
  Atom *task = task_new ("copy", NULL, NULL, NULL, NULL);

  atom_require (task, "source");
  atom_rebind (task, "count", "how-many");
  atom_accept (task, "ratio");
  atom_accept (task, "absent");
  return task;
}

static void
set_arguments (AtomFixture *fixture)
{
  atom_fixture_set (fixture, "source", g_variant_new_string ("/a"));
  atom_fixture_set (fixture, "count", g_variant_new_int64 (7));
  atom_fixture_set (fixture, "ratio", g_variant_new_double (0.5));
}

static void
arguments_are_read_by_name_and_type (void **state)
{
  g_auto (AtomFixture) fixture = { 0 };
  AtomContext *context = &fixture.attempt;

  (void) state;
  atom_fixture_init (&fixture, new_task_with_arguments (), ATOM_ACTION_EXECUTE);
  set_arguments (&fixture);
  assert_string_equal (atom_context_get_string (context, "source"), "/a");
  assert_int_equal (atom_context_get_int64 (context, "count", -1), 7);
  assert_true (atom_context_get_double (context, "ratio", -1) == 0.5);
  assert_true (atom_context_get_double (context, "count", -1) == 7);
  assert_true (
      g_variant_is_of_type (atom_context_get_argument (context, "ratio"), G_VARIANT_TYPE_DOUBLE));
}

static void
what_is_absent_or_of_another_type_is_told (void **state)
{
  g_auto (AtomFixture) fixture = { 0 };
  AtomContext *context = &fixture.attempt;

  (void) state;
  atom_fixture_init (&fixture, new_task_with_arguments (), ATOM_ACTION_EXECUTE);
  set_arguments (&fixture);
  assert_null (atom_context_get_argument (context, "absent"));
  assert_null (atom_context_get_argument (context, "how-many"));
  assert_null (atom_context_get_argument (context, "nobody"));
  assert_null (atom_context_get_string (context, "count"));
  assert_null (atom_context_get_string (context, "absent"));
  assert_int_equal (atom_context_get_int64 (context, "source", -1), -1);
  assert_int_equal (atom_context_get_int64 (context, "ratio", -1), -1);
  assert_int_equal (atom_context_get_int64 (context, "absent", -1), -1);
  assert_true (atom_context_get_double (context, "source", -1) == -1);
  assert_true (atom_context_get_double (context, "absent", -1) == -1);
  fixture.attempt.arguments = NULL;
  assert_null (atom_context_get_argument (context, "source"));
}

static Atom *
new_provider (void)
{
  Atom *task = task_new ("provider", NULL, NULL, NULL, NULL);

  atom_require (task, "source");
  atom_provide (task, "all");
  atom_provide_index (task, "first", 0);
  atom_provide_index (task, "tenth", 9);
  atom_provide_key (task, "id", "id");
  return task;
}

static void
a_revert_has_what_its_atom_provided (void **state)
{
  g_auto (AtomFixture) fixture = { 0 };
  AtomContext *context = &fixture.attempt;
  g_autoptr (GVariant) array = value_new_from_json ("[\"x\",2]", -1, NULL);
  g_autoptr (GVariant) object = value_new_from_json ("{\"id\":\"i\"}", -1, NULL);
  g_autoptr (GBytes) bytes = g_variant_get_data_as_bytes (object);

  (void) state;
  atom_fixture_init (&fixture, new_provider (), ATOM_ACTION_REVERT);
  atom_fixture_set (&fixture, "source", g_variant_new_string ("/a"));
  assert_null (atom_context_get_argument (context, "all"));
  assert_null (atom_context_get_argument (context, "first"));
  fixture.attempt.own_result = g_variant_ref (array);
  assert_ptr_equal (atom_context_get_argument (context, "all"), array);
  assert_string_equal (atom_context_get_string (context, "first"), "x");
  assert_null (atom_context_get_argument (context, "tenth"));
  assert_null (atom_context_get_argument (context, "id"));
  assert_string_equal (atom_context_get_string (context, "source"), "/a");
  g_variant_unref (fixture.attempt.own_result);
  /* A serialised value makes its children when it is asked for them: they must live on all the
   * same. */
  fixture.attempt.own_result
      = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE_VARDICT, bytes, FALSE));
  assert_string_equal (atom_context_get_string (context, "id"), "i");
}

static void
an_execute_does_not_see_what_it_provides (void **state)
{
  g_auto (AtomFixture) fixture = { 0 };

  (void) state;
  atom_fixture_init (&fixture, new_provider (), ATOM_ACTION_EXECUTE);
  fixture.attempt.own_result = g_variant_ref_sink (g_variant_new_int64 (1));
  assert_null (atom_context_get_argument (&fixture.attempt, "all"));
}

static void
a_revert_knows_why_it_is_called (void **state)
{
  g_auto (AtomFixture) fixture = { 0 };
  AtomContext *context = &fixture.attempt;
  g_autoptr (Failure) other = failure_new_printf ("command", "disk full");
  const AttemptFailure failures[] = { { "mkfs", other } };
  const char *name = NULL;

  (void) state;
  atom_fixture_init (&fixture, new_provider (), ATOM_ACTION_REVERT);
  fixture.attempt.failures = attempt_failures_new (failures, 1);
  fixture.attempt.own_failure = failure_new_printf ("command", "mine");
  assert_null (atom_context_get_result (context));
  assert_string_equal (failure_get_message (atom_context_get_failure (context)), "mine");
  assert_int_equal (atom_context_get_n_failures (context), 1);
  assert_ptr_equal (atom_context_get_nth_failure (context, 0, &name), other);
  assert_ptr_equal (atom_context_get_nth_failure (context, 0, NULL), other);
  assert_string_equal (name, "mkfs");
  fixture.attempt.own_result = g_variant_ref_sink (g_variant_new_int64 (1));
  assert_ptr_equal (atom_context_get_result (context), fixture.attempt.own_result);
}

static void
the_failures_of_a_revert_never_change (void **state)
{
  AttemptFailure failures[2] = { { "mkfs", failure_new_printf ("command", "disk full") } };
  g_auto (AtomFixture) fixture = { 0 };
  AttemptFailures *list = attempt_failures_new (failures, 1);
  const char *name = NULL;

  (void) state;
  /* The list of the engine grows, and what it held is gone. */
  failure_unref (failures[0].failure);
  failures[0] = (AttemptFailure){ "other", NULL };
  atom_fixture_init (&fixture, new_provider (), ATOM_ACTION_REVERT);
  fixture.attempt.failures = attempt_failures_ref (list);
  attempt_failures_unref (list);
  assert_int_equal (atom_context_get_n_failures (&fixture.attempt), 1);
  assert_string_equal (
      failure_get_message (atom_context_get_nth_failure (&fixture.attempt, 0, &name)), "disk full");
  assert_string_equal (name, "mkfs");
}

static void
an_atom_that_says_cancelled_was_not_cancelled (void **state)
{
  g_auto (AtomFixture) fixture = { 0 };
  g_autoptr (Failure) failure = failure_new_printf ("cancelled", "by the shop");

  (void) state;
  atom_fixture_init (&fixture, new_provider (), ATOM_ACTION_EXECUTE);
  atom_context_set_failure (&fixture.attempt, failure);
  assert_int_equal (failure_get_origin (fixture.attempt.failure), FAILURE_ORIGIN_ATOM);
  assert_string_equal (failure_get_fields (fixture.attempt.failure)->domain, "cancelled");
}

static void
a_context_says_what_is_called (void **state)
{
  g_auto (AtomFixture) fixture = { 0 };
  AtomContext *context = &fixture.attempt;
  g_autofree char *key = NULL;
  g_autofree char *revert_key = NULL;

  (void) state;
  atom_fixture_init (&fixture, new_provider (), ATOM_ACTION_EXECUTE);
  fixture.attempt.number = 2;
  fixture.attempt.deadline_us = 123;
  fixture.attempt.cancel_fd = 5;
  assert_string_equal (atom_context_get_name (context), "provider");
  assert_string_equal (atom_context_get_run (context), "run-1");
  assert_int_equal (atom_context_get_action (context), ATOM_ACTION_EXECUTE);
  assert_int_equal (atom_context_get_attempt (context), 2);
  assert_int_equal (atom_context_get_deadline (context), 123);
  assert_int_equal (atom_context_get_cancel_fd (context), 5);
  key = atom_context_dup_idempotency_key (context);
  assert_string_equal (key, "run-1/provider/execute/2");
  fixture.attempt.action = ATOM_ACTION_REVERT;
  revert_key = atom_context_dup_idempotency_key (context);
  assert_string_equal (revert_key, "run-1/provider/revert/2");
  fixture.attempt.run = NULL;
  assert_string_equal (atom_context_get_run (context), "");
  assert_int_equal (atom_context_get_n_failures (context), 0);
}

static void
a_context_knows_that_it_is_cancelled (void **state)
{
  g_auto (AtomFixture) fixture = { 0 };

  (void) state;
  atom_fixture_init (&fixture, new_provider (), ATOM_ACTION_EXECUTE);
  assert_false (atom_context_is_cancelled (&fixture.attempt));
  atomic_store (&fixture.attempt.cancelled, 1);
  assert_true (atom_context_is_cancelled (&fixture.attempt));
}

static void
an_execute_is_cancelled_with_its_run_and_a_revert_is_not (void **state)
{
  AtomicInt is_cancelled = 0;
  g_auto (AtomFixture) fixture = { 0 };
  AtomContext *context = &fixture.attempt;

  (void) state;
  atom_fixture_init (&fixture, new_provider (), ATOM_ACTION_EXECUTE);
  fixture.attempt.cancel_fd = 5;
  fixture.run.is_cancelled = &is_cancelled;
  assert_int_equal (atom_context_get_cancel_fd (context), 5);
  assert_false (atom_context_is_cancelled (context));
  fixture.run.cancel_fd = 6;
  atomic_store (&is_cancelled, 1);
  assert_int_equal (atom_context_get_cancel_fd (context), 6);
  assert_true (atom_context_is_cancelled (context));
  fixture.attempt.action = ATOM_ACTION_REVERT;
  assert_int_equal (atom_context_get_cancel_fd (context), 5);
  assert_false (atom_context_is_cancelled (context));
}

static void
a_result_is_taken_back_by_none (void **state)
{
  g_auto (AtomFixture) fixture = { 0 };

  (void) state;
  atom_fixture_init (&fixture, new_provider (), ATOM_ACTION_EXECUTE);
  atom_context_set_result (&fixture.attempt, g_variant_new_int64 (1));
  assert_int_equal (g_variant_get_int64 (atom_context_get_result (&fixture.attempt)), 1);
  atom_context_set_result (&fixture.attempt, NULL);
  assert_null (atom_context_get_result (&fixture.attempt));
}

/* -- Progress --------------------------------------------------------------------------------- */

/* The last report. */
typedef struct
{
  guint count;
  const Attempt *attempt;
  double fraction;
  char *details;
} Report;

static void
take_report (gpointer data, Attempt *attempt, double fraction, GVariant *details)
{
  Report *report = data;

  report->count++;
  report->attempt = attempt;
  report->fraction = fraction;
  g_free (report->details);
  report->details = details != NULL ? value_to_json (details) : NULL;
}

static void
report_to (AtomFixture *fixture, Report *report)
{
  atom_fixture_init (fixture, task_new ("copy", NULL, NULL, NULL, NULL), ATOM_ACTION_EXECUTE);
  fixture->run.progress = take_report;
  fixture->run.progress_data = report;
}

static void
progress_goes_to_the_run_between_0_and_1 (void **state)
{
  static const struct
  {
    double reported;
    double taken;
  } cases[] = {
    { 0, 0 },  { 0.25, 0.25 },   { 1, 1 },        { -0.5, 0 },
    { 17, 1 }, { -INFINITY, 0 }, { INFINITY, 1 }, { NAN, 0 },
  };
  g_auto (AtomFixture) fixture = { 0 };
  Report report = { 0 };

  (void) state;
  report_to (&fixture, &report);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      atom_context_report_progress (&fixture.attempt, cases[i].reported, NULL);
      assert_int_equal (report.count, i + 1);
      assert_true (report.fraction == cases[i].taken);
    }
  assert_ptr_equal (report.attempt, &fixture.attempt);
  assert_null (report.details);
}

static void
details_of_progress_are_normalised (void **state)
{
  g_auto (AtomFixture) fixture = { 0 };
  Report report = { 0 };

  (void) state;
  report_to (&fixture, &report);
  atom_context_report_progress (&fixture.attempt, 0.5,
                                g_variant_new_parsed ("{'files': <byte 3>, 'of': <@q 8>}"));
  assert_string_equal (report.details, "{\"files\":3,\"of\":8}");
  g_free (report.details);
}

static void
details_that_are_no_object_are_left_out (void **state)
{
  g_auto (AtomFixture) fixture = { 0 };
  Report report = { 0 };

  (void) state;
  report_to (&fixture, &report);
  for (guint i = 0; i < 2; i++)
    {
      g_test_expect_message (NULL, G_LOG_LEVEL_CRITICAL, "*are to be an object*");
      atom_context_report_progress (
          &fixture.attempt, 0.5, i == 0 ? g_variant_new_string ("half") : g_variant_new_handle (1));
      g_test_assert_expected_messages ();
    }
  assert_int_equal (report.count, 2);
  assert_true (report.fraction == 0.5);
  assert_null (report.details);
}

static void
without_a_listener_or_in_a_probe_progress_goes_nowhere (void **state)
{
  g_auto (AtomFixture) fixture = { 0 };
  Report report = { 0 };

  (void) state;
  report_to (&fixture, &report);
  fixture.attempt.work = ATTEMPT_PROBE;
  atom_context_report_progress (&fixture.attempt, 0.5, NULL);
  fixture.attempt.work = ATTEMPT_EXECUTE;
  fixture.run.progress = NULL;
  atom_context_report_progress (&fixture.attempt, 0.5, g_variant_new_parsed ("@a{sv} {}"));
  fixture.attempt.run = NULL;
  atom_context_report_progress (&fixture.attempt, 0.5, NULL);
  assert_int_equal (report.count, 0);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (arguments_are_read_by_name_and_type),
    cmocka_unit_test (what_is_absent_or_of_another_type_is_told),
    cmocka_unit_test (a_revert_has_what_its_atom_provided),
    cmocka_unit_test (an_execute_does_not_see_what_it_provides),
    cmocka_unit_test (a_revert_knows_why_it_is_called),
    cmocka_unit_test (the_failures_of_a_revert_never_change),
    cmocka_unit_test (an_atom_that_says_cancelled_was_not_cancelled),
    cmocka_unit_test (a_context_says_what_is_called),
    cmocka_unit_test (a_context_knows_that_it_is_cancelled),
    cmocka_unit_test (an_execute_is_cancelled_with_its_run_and_a_revert_is_not),
    cmocka_unit_test (a_result_is_taken_back_by_none),
    cmocka_unit_test (progress_goes_to_the_run_between_0_and_1),
    cmocka_unit_test (details_of_progress_are_normalised),
    cmocka_unit_test (details_that_are_no_object_are_left_out),
    cmocka_unit_test (without_a_listener_or_in_a_probe_progress_goes_nowhere),
  };

  return cmocka_run_group_tests_name ("context", tests, NULL, NULL);
}
