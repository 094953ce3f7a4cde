/* SPDX-License-Identifier: Apache-2.0 */
/* What an engine counts, and what listeners hear of decisions. */
#include "tests/engine/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <backflow/atoms/retry.h>
#include <backflow/atoms/task.h>
#include <backflow/engine/listeners/listener_capture.h>

static void
expect_counts (const Story *story, const EngineStatistics *expected)
{
  EngineStatistics counted;

  engine_get_statistics (story->engine, &counted);
  assert_int_equal (counted.completed, expected->completed);
  assert_int_equal (counted.succeeded, expected->succeeded);
  assert_int_equal (counted.failed, expected->failed);
  assert_int_equal (counted.reverted, expected->reverted);
  assert_int_equal (counted.revert_failed, expected->revert_failed);
  assert_int_equal (counted.ignored, expected->ignored);
  assert_int_equal (counted.retried, expected->retried);
  assert_true (counted.commits > 0);
  assert_true (counted.transitions >= counted.commits);
  assert_true (counted.active_us >= 0);
}

typedef struct
{
  const char *flow;
  FlowState end;
  EngineStatistics expected;
} Case;

static const Case cases[] = {
  { "linear f [N a, N b]", FLOW_STATE_SUCCESS, { .completed = 2, .succeeded = 2 } },
  { "linear f [N a, F b]",
    FLOW_STATE_REVERTED,
    { .completed = 4, .succeeded = 1, .failed = 1, .reverted = 2 } },
  { "linear f <Times(3) r> [N a, Fail(2) b]",
    FLOW_STATE_SUCCESS,
    { .completed = 13, .succeeded = 7, .failed = 2, .reverted = 4, .retried = 2 } },
  { "linear f <Times(2) r> [F b]",
    FLOW_STATE_REVERTED,
    { .completed = 7, .succeeded = 2, .failed = 2, .reverted = 3, .retried = 1 } },
  { "graph g [N a, N b, N c, N d, a -> b ?no, b -> c, a -> d]",
    FLOW_STATE_SUCCESS,
    { .completed = 2, .succeeded = 2, .ignored = 2 } },
  { "graph g [N a, N b, N c, a -> b ?no(atom), b -> c]",
    FLOW_STATE_SUCCESS,
    { .completed = 2, .succeeded = 2, .ignored = 1 } },
  { "linear f [N a, RFail x, F b]",
    FLOW_STATE_FAILURE,
    { .completed = 5, .succeeded = 2, .failed = 1, .reverted = 1, .revert_failed = 1 } },
};

static void
what_happened_is_counted (void **unused)
{
  (void) unused;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Story story;

      story_init (&story, cases[i].flow, NULL, NULL);
      assert_int_equal (story_run (&story), cases[i].end);
      expect_counts (&story, &cases[i].expected);
      story_clear (&story);
    }
}

/* Wherever a run is suspended, what the first engine and the one that goes on have counted is what
 * one alone counts. */
static void
two_engines_count_what_one_would_have (void **unused)
{
  (void) unused;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (guint line = 1; line < 30; line++)
      {
        Story story;
        EngineStatistics first;
        EngineStatistics rest = cases[i].expected;
        FlowState end;

        story_init_stored (&story, cases[i].flow, NULL, NULL);
        story.suspend_at_line = line;
        end = story_run (&story);
        engine_get_statistics (story.engine, &first);
        if (end == FLOW_STATE_SUSPENDED)
          {
            story_resume (&story, NULL);
            story.suspend_at_line = 0;
            assert_int_equal (story_run (&story), cases[i].end);
            rest.completed -= first.completed;
            rest.succeeded -= first.succeeded;
            rest.failed -= first.failed;
            rest.reverted -= first.reverted;
            rest.revert_failed -= first.revert_failed;
            rest.ignored -= first.ignored;
            rest.retried -= first.retried;
          }
        expect_counts (&story, &rest);
        story_clear (&story);
      }
}

/* -- Decisions ----------------------------------------------------------------------------------
 */

static void
expect_decisions (const char *text, ListenerMask mask, const char *expected)
{
  g_autoptr (Flow) flow = story_build (text);
  g_autoptr (Engine) engine = engine_new (flow, NULL);
  ListenerCapture *capture = listener_add_capture (engine, mask, NULL, NULL);
  g_autofree char *heard = NULL;

  assert_true (engine_run (engine, NULL, NULL));
  heard = listener_capture_dup_text (capture);
  assert_string_equal (heard, expected);
  listener_capture_free (capture);
}

static void
decisions_of_controllers_are_heard (void **unused)
{
  (void) unused;
  expect_decisions ("linear f <Times(2) r> [F b]", LISTENER_DECISION,
                    "r RETRY because b; r REVERT because b");
  expect_decisions ("linear f <AlwaysRevert r> [F b]", LISTENER_DECISION, "r REVERT because b");
  expect_decisions ("linear f <Times(2) outer> [linear g <AlwaysRevert inner> [Fail(1) b]]",
                    LISTENER_DECISION, "inner REVERT because b; outer RETRY because inner");
  expect_decisions ("linear f [F b]", LISTENER_DECISION, "");
}

static void
a_decision_is_heard_behind_the_failure_and_before_what_comes_of_it (void **unused)
{
  (void) unused;
  expect_decisions ("linear f <Times(2) r> [Fail(1) b]", LISTENER_DECISION | LISTENER_ATOM,
                    "r RUNNING; r SUCCESS(1); b RUNNING; b FAILURE(b!); r RETRY because b; b "
                    "REVERTING; b REVERTED; r RETRYING; b PENDING;"
                    " r RUNNING; r SUCCESS(2); b RUNNING; b SUCCESS");
}

static gboolean
break_down (AtomContext *context, gpointer user_data, GError **error)
{
  (void) context;
  (void) user_data;
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "broken");
  return FALSE;
}

static void
a_decision_says_who_decided_on_whom_and_how_long_it_waits (void **unused)
{
  const AtomBackoff delay = { .delay_us = 1000 };
  const AtomBackoff reverts = { .times = 2, .delay_us = 2000 };
  g_autoptr (Flow) flow = flow_new_linear ("f");
  Flow *inner = flow_new_linear ("inner");
  Atom *retry = retry_new_times (NULL, 2);
  Atom *task = task_new ("b", break_down, break_down, NULL, NULL);
  g_autoptr (Engine) engine = NULL;
  ListenerCapture *capture;
  const ListenerEvent *event;

  (void) unused;
  retry_set_backoff (retry, &delay);
  atom_set_revert_backoff (task, &reverts);
  flow_set_retry (inner, retry);
  flow_add (inner, task);
  flow_add_flow (flow, inner);
  engine = engine_new (flow, NULL);
  capture = listener_add_capture (engine, LISTENER_DECISION, NULL, NULL);
  assert_true (engine_run (engine, NULL, NULL));
  event = listener_capture_get (capture, 0);
  assert_string_equal (event->atom, "inner.retry");
  assert_string_equal (event->flow, "inner");
  assert_string_equal (event->text, "b");
  assert_int_equal (event->atom_kind, ATOM_KIND_RETRY);
  assert_int_equal (event->to, RETRY_DECISION_RETRY);
  assert_int_equal (event->attempt, 1);
  assert_true (event->wait_us == 1000);
  /* The policy of a revert that fails decides too. */
  event = listener_capture_get (capture, 1);
  assert_string_equal (event->atom, "b");
  assert_string_equal (event->text, "b");
  assert_int_equal (event->to, RETRY_DECISION_RETRY);
  assert_true (event->wait_us == 2000);
  listener_capture_free (capture);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (what_happened_is_counted),
    cmocka_unit_test (two_engines_count_what_one_would_have),
    cmocka_unit_test (decisions_of_controllers_are_heard),
    cmocka_unit_test (a_decision_is_heard_behind_the_failure_and_before_what_comes_of_it),
    cmocka_unit_test (a_decision_says_who_decided_on_whom_and_how_long_it_waits),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
