/* SPDX-License-Identifier: Apache-2.0 */
/* Driving: single transitions, suspending and going on, cancelling, running again, resetting. */
#include "tests/engine/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Steps until the end, and writes down what was entered. */
static char *
step_through (Engine *engine, guint suspend_after)
{
  GString *entered = g_string_new (NULL);
  EngineState state = ENGINE_STATE_UNDEFINED;

  for (guint i = 1; i < 1000; i++)
    {
      g_autoptr (GError) error = NULL;

      if (!engine_step (engine, &state, &error))
        fail_msg ("engine_step: %s", error->message);
      g_string_append_printf (entered, "%s%s", entered->len > 0 ? " " : "",
                              engine_state_get_name (state));
      if (i == suspend_after)
        engine_suspend (engine);
      if (state == ENGINE_STATE_SUCCESS || state == ENGINE_STATE_FAILURE
          || state == ENGINE_STATE_REVERTED || state == ENGINE_STATE_SUSPENDED)
        break;
    }
  return g_string_free (entered, FALSE);
}

static void
an_empty_flow_goes_through_all_states_once (void **unused)
{
  const char *const flows[]
      = { "linear f []", "unordered f []", "graph f []", "graph g [linear l [], graph h []]" };

  (void) unused;
  for (guint i = 0; i < G_N_ELEMENTS (flows); i++)
    {
      g_autofree char *entered = NULL;
      Story story;

      story_init (&story, flows[i], NULL, NULL);
      entered = step_through (story.engine, 0);
      assert_string_equal (entered, "RESUMING SCHEDULING WAITING ANALYZING SUCCESS");
      story_clear (&story);
    }
}

static guint
count_of (const char *text, const char *part)
{
  guint count = 0;

  for (const char *at = strstr (text, part); at != NULL; at = strstr (at + 1, part))
    count++;
  return count;
}

static void
ten_linear_tasks_are_scheduled_one_by_one (void **unused)
{
  g_autofree char *entered = NULL;
  Story story;

  (void) unused;
  story_init (&story, "linear f [N a, N b, N c, N d, N e, N f, N g, N h, N i, N j]", NULL, NULL);
  entered = step_through (story.engine, 0);
  assert_int_equal (count_of (entered, "SCHEDULING WAITING"), 10);
  assert_int_equal (count_of (entered, "WAITING ANALYZING"), 10);
  assert_int_equal (count_of (entered, "ANALYZING SCHEDULING"), 9);
  assert_int_equal (count_of (entered, "RESUMING"), 1);
  story_clear (&story);
}

static void
suspending_between_steps_ends_after_what_runs (void **unused)
{
  g_autofree char *entered = NULL;
  Story story;

  (void) unused;
  story_init (&story, "linear root [P task1, P task2, P task3]", NULL, NULL);
  entered = step_through (story.engine, 6);
  assert_string_equal (
      entered, "RESUMING SCHEDULING WAITING ANALYZING SCHEDULING WAITING ANALYZING SUSPENDED");
  story_expect (&story, "flow root RUNNING; task1 RUNNING; task1 SUCCESS(5); task2 RUNNING; flow "
                        "root SUSPENDING; task2 SUCCESS(5);"
                        "flow root SUSPENDED");
  assert_int_equal (story_run (&story), FLOW_STATE_SUCCESS);
  story_expect (&story, "flow root RUNNING; task3 RUNNING; task3 SUCCESS(5); flow root SUCCESS");
  assert_true (engine_reset (story.engine, NULL));
  story_expect_states (&story, "task1 PENDING, task2 PENDING, task3 PENDING");
  assert_int_equal (story_run (&story), FLOW_STATE_SUCCESS);
  story_expect_within (&story, "task1 RUNNING; task1 SUCCESS(5); task2 RUNNING; task2 SUCCESS(5); "
                               "task3 RUNNING; task3 SUCCESS(5)");
  story_clear (&story);
}

static void
a_listener_that_suspends_holds_the_next_step_back (void **unused)
{
  Story story;

  (void) unused;
  story_init (&story, "linear l [P a, P b, P c]", NULL, NULL);
  story.suspend_at = "b SUCCESS(5)";
  assert_int_equal (story_run (&story), FLOW_STATE_SUSPENDED);
  story_expect (&story, "flow l RUNNING; a RUNNING; a SUCCESS(5); b RUNNING; b SUCCESS(5); flow l "
                        "SUSPENDING; flow l SUSPENDED");
  story_expect_states (&story, "c PENDING");
  story.suspend_at = NULL;
  assert_int_equal (story_run (&story), FLOW_STATE_SUCCESS);
  story_expect (&story, "flow l RUNNING; c RUNNING; c SUCCESS(5); flow l SUCCESS");
  assert_int_equal (story_run (&story), FLOW_STATE_SUCCESS);
  story_expect (&story, "");
  story_clear (&story);
}

static void
a_rollback_is_suspended_and_goes_on (void **unused)
{
  Story story;

  (void) unused;
  story_init (&story, "linear l [P a, P b, F c]", NULL, NULL);
  story.suspend_at = "b REVERTED";
  assert_int_equal (story_run (&story), FLOW_STATE_SUSPENDED);
  story_expect (&story, "flow l RUNNING; a RUNNING; a SUCCESS(5); b RUNNING; b SUCCESS(5); c "
                        "RUNNING; c FAILURE(Woot!); c REVERTING;"
                        "c REVERTED; b REVERTING; b REVERTED; flow l SUSPENDING; flow l SUSPENDED");
  story_expect_states (&story, "a SUCCESS");
  story.suspend_at = NULL;
  assert_int_equal (story_run (&story), FLOW_STATE_REVERTED);
  story_expect (&story, "flow l RUNNING; a REVERTING; a REVERTED; flow l REVERTED");
  story_clear (&story);
}

static void
suspending_at_the_last_step_changes_nothing (void **unused)
{
  Story story;

  (void) unused;
  story_init (&story, "linear l [P a, P b]", NULL, NULL);
  story.suspend_at = "b RUNNING";
  assert_int_equal (story_run (&story), FLOW_STATE_SUCCESS);
  story_expect_within (&story, "b RUNNING; flow l SUSPENDING; b SUCCESS(5); flow l SUCCESS");
  story_clear (&story);
}

static void
suspending_at_every_line_and_going_on_ends_the_same (void **unused)
{
  const char *const flows[] = { "linear l [P a, P b, unordered u [P c, P d], F e]",
                                "linear l [P a, unordered u [P c, linear m [P d, P x]], P e]",
                                "graph g [P a(-> p), P b(p -> q), NR c(p), F d(q)]" };

  (void) unused;
  for (guint i = 0; i < G_N_ELEMENTS (flows); i++)
    {
      g_auto (GStrv) lines = NULL;
      FlowState end;
      Story plain;

      story_init (&plain, flows[i], NULL, NULL);
      end = story_run (&plain);
      lines = g_strsplit (plain.trace->str, "; ", -1);
      for (guint at = 0; lines[at] != NULL; at++)
        {
          g_autoptr (GString) both = g_string_new (NULL);
          Story story;

          story_init (&story, flows[i], NULL, NULL);
          story.has_flow_lines = FALSE;
          story.suspend_at = lines[at];
          if (story_run (&story) == FLOW_STATE_SUSPENDED)
            {
              g_string_append (both, story.trace->str);
              story.suspend_at = NULL;
              assert_int_equal (story_run (&story), end);
              if (both->len > 0 && story.trace->len > 0)
                g_string_prepend (story.trace, "; ");
            }
          g_string_append (both, story.trace->str);
          plain.has_flow_lines = FALSE;
          for (guint k = 0; lines[k] != NULL; k++)
            if (!g_str_has_prefix (lines[k], "flow "))
              assert_non_null (strstr (both->str, lines[k]));
          story_clear (&story);
        }
      story_clear (&plain);
    }
}

static void
cancelling_rolls_back (void **unused)
{
  Story story;

  (void) unused;
  story_init (&story, "linear l [P a, P b, NEVER c]", NULL, NULL);
  story.cancel_at = "b SUCCESS(5)";
  assert_int_equal (story_run (&story), FLOW_STATE_REVERTED);
  story_expect (&story, "flow l RUNNING; a RUNNING; a SUCCESS(5); b RUNNING; b SUCCESS(5); b "
                        "REVERTING; b REVERTED; a REVERTING;"
                        "a REVERTED; flow l REVERTED");
  story_clear (&story);
}

static void
cancelling_a_suspending_run_rolls_back (void **unused)
{
  Story story;

  (void) unused;
  story_init (&story, "linear l [P a, P b, NEVER c]", NULL, NULL);
  story.suspend_at = "b SUCCESS(5)";
  story.cancel_at = "flow l SUSPENDING";
  assert_int_equal (story_run (&story), FLOW_STATE_REVERTED);
  story_expect_within (&story, "flow l SUSPENDING; b REVERTED; a REVERTED; flow l REVERTED");
  story_clear (&story);
}

static void
cancelling_during_a_rollback_changes_nothing (void **unused)
{
  Story story;

  (void) unused;
  story_init (&story, "linear l [P a, P b, F c]", NULL, NULL);
  story.cancel_at = "b REVERTED";
  assert_int_equal (story_run (&story), FLOW_STATE_REVERTED);
  story_expect_within (
      &story, "c FAILURE(Woot!); c REVERTED; b REVERTED; a REVERTING; a REVERTED; flow l REVERTED");
  story_clear (&story);
}

static void
a_reverted_run_starts_again_from_the_beginning (void **unused)
{
  Story story;

  (void) unused;
  story_init (&story, "linear l [P a, F fail]", NULL, NULL);
  assert_int_equal (story_run (&story), FLOW_STATE_REVERTED);
  assert_int_equal (story_run (&story), FLOW_STATE_REVERTED);
  story_expect (&story, "a PENDING; fail PENDING; flow l PENDING; flow l RUNNING; a RUNNING; a "
                        "SUCCESS(5); fail RUNNING;"
                        "fail FAILURE(Woot!); fail REVERTING; fail REVERTED; a REVERTING; a "
                        "REVERTED; flow l REVERTED");
  assert_non_null (engine_find_failure (story.engine, "fail", ATOM_ACTION_EXECUTE));
  story_clear (&story);
}

static void
a_failed_run_stays_as_it_is (void **unused)
{
  Story story;

  (void) unused;
  story_init (&story, "linear l [P a, NR b, F c]", NULL, NULL);
  assert_int_equal (story_run (&story), FLOW_STATE_FAILURE);
  assert_int_equal (story_run (&story), FLOW_STATE_FAILURE);
  story_expect (&story, "");
  story_expect_states (&story, "a SUCCESS, b REVERT_FAILURE, c REVERTED");
  story_clear (&story);
}

static void
a_run_that_has_not_ended_well_can_not_be_reset (void **unused)
{
  g_autoptr (GError) error = NULL;
  Story story;

  (void) unused;
  story_init (&story, "linear l [NR a, F b]", NULL, NULL);
  assert_false (engine_reset (story.engine, &error));
  assert_true (g_error_matches (error, ENGINE_ERROR, ENGINE_ERROR_STATE));
  g_clear_error (&error);
  assert_int_equal (story_run (&story), FLOW_STATE_FAILURE);
  assert_false (engine_reset (story.engine, &error));
  assert_true (g_error_matches (error, ENGINE_ERROR, ENGINE_ERROR_STATE));
  story_expect_states (&story, "a REVERT_FAILURE, b REVERTED");
  story_clear (&story);
}

static void
never_resolving_leaves_everything_as_it_is (void **unused)
{
  const EngineOptions options = { .flags = ENGINE_FLAGS_NEVER_RESOLVE };
  Story story;

  (void) unused;
  story_init (&story, "linear f [P a, F b, NEVER c]", NULL, &options);
  assert_int_equal (story_run (&story), FLOW_STATE_FAILURE);
  story_expect (
      &story,
      "flow f RUNNING; a RUNNING; a SUCCESS(5); b RUNNING; b FAILURE(Woot!); flow f FAILURE");
  story_expect_states (&story, "a SUCCESS, b FAILURE, c PENDING");
  assert_int_equal (story_run (&story), FLOW_STATE_FAILURE);
  story_clear (&story);
}

static void
inputs_that_are_missing_are_all_named (void **unused)
{
  g_autoptr (GError) error = NULL;
  Story story;

  (void) unused;
  story_init (&story, "graph m [R1 task1(a b c), A3 task2(x<e y<f z<g)]", NULL, NULL);
  for (guint i = 0; i < 2; i++)
    {
      assert_false (engine_validate (story.engine, &error));
      assert_true (g_error_matches (error, ENGINE_ERROR, ENGINE_ERROR_INPUT));
      g_clear_error (&error);
    }
  assert_false (engine_run (story.engine, NULL, &error));
  assert_true (g_error_matches (error, ENGINE_ERROR, ENGINE_ERROR_INPUT));
  assert_true (diagnostics_get_n_errors (engine_get_diagnostics (story.engine)) >= 6);
  story_expect_states (&story, "task1 PENDING, task2 PENDING");
  story_clear (&story);
}

static void
inputs_can_not_change_once_the_run_has_begun (void **unused)
{
  g_autoptr (GError) error = NULL;
  Story story;

  (void) unused;
  story_init (&story, "linear f [INC a(value)]", "value=1", NULL);
  assert_int_equal (story_run (&story), FLOW_STATE_SUCCESS);
  assert_false (engine_inject (story.engine, "value", g_variant_new_int64 (2), &error));
  assert_true (g_error_matches (error, ENGINE_ERROR, ENGINE_ERROR_STATE));
  story_clear (&story);
}

static void
run_again (Engine *engine, const ListenerEvent *event, gpointer data)
{
  g_autoptr (GError) error = NULL;

  (void) event;
  assert_false (engine_run (engine, NULL, &error));
  *(int *) data = g_error_matches (error, ENGINE_ERROR, ENGINE_ERROR_BUSY);
}

static void
an_engine_that_runs_is_not_run_again (void **unused)
{
  int was_refused = FALSE;
  Story story;

  (void) unused;
  story_init (&story, "linear f [P a]", NULL, NULL);
  engine_add_listener (story.engine, LISTENER_FLOW, run_again, &was_refused, NULL);
  assert_int_equal (story_run (&story), FLOW_STATE_SUCCESS);
  assert_true (was_refused);
  story_clear (&story);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (an_empty_flow_goes_through_all_states_once),
    cmocka_unit_test (ten_linear_tasks_are_scheduled_one_by_one),
    cmocka_unit_test (suspending_between_steps_ends_after_what_runs),
    cmocka_unit_test (a_listener_that_suspends_holds_the_next_step_back),
    cmocka_unit_test (a_rollback_is_suspended_and_goes_on),
    cmocka_unit_test (suspending_at_the_last_step_changes_nothing),
    cmocka_unit_test (suspending_at_every_line_and_going_on_ends_the_same),
    cmocka_unit_test (cancelling_rolls_back),
    cmocka_unit_test (cancelling_a_suspending_run_rolls_back),
    cmocka_unit_test (cancelling_during_a_rollback_changes_nothing),
    cmocka_unit_test (a_reverted_run_starts_again_from_the_beginning),
    cmocka_unit_test (a_failed_run_stays_as_it_is),
    cmocka_unit_test (a_run_that_has_not_ended_well_can_not_be_reset),
    cmocka_unit_test (never_resolving_leaves_everything_as_it_is),
    cmocka_unit_test (inputs_that_are_missing_are_all_named),
    cmocka_unit_test (inputs_can_not_change_once_the_run_has_begun),
    cmocka_unit_test (an_engine_that_runs_is_not_run_again),
  };

  return cmocka_run_group_tests_name ("drive", tests, NULL, NULL);
}
