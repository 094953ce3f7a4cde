/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of interrupted attempts that the run can't just repeat: it is cancelled before
 * anybody says what they did, it is to be kept as it is, somebody says that nothing is left of
 * them, or the flow has another order now.
 */
#include "tests/engine/story_resolve.h"

#include <backflow/engine/recovery.h>
#include <backflow/engine/report/report.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
begin (Story *story, const char *text, const char *preset)
{
  story_init_stored (story, text, NULL, NULL);
  story_preset (story, preset);
}

/* -- Nobody says what they did ------------------------------------------------------------------
 */

/* The run is suspended because of the question; whoever hears that, or sees it suspended, cancels.
 */
static FlowState
cancel_question (Story *story, gboolean is_at_once)
{
  story->has_flow_lines = TRUE;
  if (is_at_once)
    story->cancel_at = "flow f SUSPENDING";
  else
    {
      assert_int_equal (story_run (story), FLOW_STATE_SUSPENDED);
      engine_cancel (story->engine);
    }
  return story_run (story);
}

static void
who_is_asked_about_an_execute_may_cancel_instead (void **unused)
{
  (void) unused;
  for (int is_at_once = FALSE; is_at_once <= TRUE; is_at_once++)
    {
      Story story;

      begin (&story, "linear f [NV o, Ask a, N b]",
             "flow RUNNING; o RUNNING; o SUCCESS; a RUNNING");
      assert_int_equal (cancel_question (&story, is_at_once), FLOW_STATE_REVERTED);
      story_expect_within (&story, "a FAILURE(interrupted, nobody saw its end); a REVERTING; a "
                                   "REVERTED; o REVERTING; o REVERTED");
      story_clear (&story);
    }
}

/* Whether its revert is to be repeated somebody still has to say. */
static void
who_is_asked_about_a_revert_is_asked_again_when_the_run_is_cancelled (void **unused)
{
  (void) unused;
  for (int is_at_once = FALSE; is_at_once <= TRUE; is_at_once++)
    {
      Story story;

      begin (&story, "linear f [NV o, Ask a, N b]",
             "flow RUNNING; o RUNNING; o SUCCESS; a RUNNING; a SUCCESS; run intends REVERT; a "
             "REVERTING");
      assert_int_equal (cancel_question (&story, is_at_once), FLOW_STATE_SUSPENDED);
      story_say (&story, "a", STORAGE_RESOLUTION_REVERTED);
      assert_int_equal (story_run (&story), FLOW_STATE_REVERTED);
      story_expect_within (&story, "o REVERTING; o REVERTED");
      story_clear (&story);
    }
}

/* -- The run is to be kept ----------------------------------------------------------------------
 */

/* `b` and `c` are to be repeated when their turn comes, which it does not any more. */
static void
what_was_to_be_repeated_is_not_in_a_run_that_is_kept (void **unused)
{
  Story story;

  (void) unused;
  begin (&story, "unordered f [N a, N b, N c, N d]",
         "flow RUNNING; a RUNNING; b RUNNING; c RUNNING");
  story.keep_at = "a SUCCESS";
  assert_int_equal (story_run (&story), FLOW_STATE_FAILURE);
  story_expect_states (&story, "a SUCCESS, b FAILURE, c FAILURE, d PENDING");
  assert_true (engine_undo (story.engine, NULL, NULL));
  assert_int_equal (story_run (&story), FLOW_STATE_REVERTED);
  story_clear (&story);
}

/* When the run goes on after all, what is known to have failed is dealt with. */
static void
a_revert_that_was_kept_unfinished_is_not_forgotten (void **unused)
{
  (void) unused;
  for (int is_resumed = FALSE; is_resumed <= TRUE; is_resumed++)
    {
      Story story;

      begin (
          &story, "unordered o [N n, unordered i <Times(2) r> [N a, N b, Fail c]]",
          "flow RUNNING; n RUNNING; n SUCCESS; r RUNNING; r SUCCESS; a RUNNING; a SUCCESS; b "
          "RUNNING; b SUCCESS;"
          "c RUNNING; c FAILURE; r decides RETRY for c; r intends RETRY; a REVERTING; b REVERTING");
      engine_cancel_and_keep (story.engine);
      assert_int_equal (story_run (&story), FLOW_STATE_FAILURE);
      story_expect_states (&story, "n SUCCESS, a REVERT_FAILURE, b REVERT_FAILURE");
      if (is_resumed)
        story_resume (&story, NULL);
      story_say (&story, "a", STORAGE_RESOLUTION_REVERTED);
      assert_int_equal (story_run (&story), FLOW_STATE_FAILURE);
      story_expect_states (&story, "n REVERTED, a REVERTED, b REVERT_FAILURE, c REVERTED");
      story_say (&story, "b", STORAGE_RESOLUTION_RETRY);
      assert_int_equal (story_run (&story), FLOW_STATE_REVERTED);
      story_clear (&story);
    }
}

/* -- Nothing is left of one ---------------------------------------------------------------------
 */

/* Who undid it by hand does not want the next attempt to be taken for it: that has another number,
 * and so another key. */
static void
an_attempt_of_which_nothing_is_left_was_one (void **unused)
{
  (void) unused;
  for (int is_resumed = FALSE; is_resumed <= TRUE; is_resumed++)
    {
      g_autoptr (Report) report = NULL;
      const ReportAtom *atom;
      guint count;
      Story story;

      begin (&story, "linear f [Ask(7) a, N b]", "flow RUNNING; a RUNNING");
      assert_int_equal (story_run (&story), FLOW_STATE_SUSPENDED);
      story_say (&story, "a", STORAGE_RESOLUTION_REVERTED);
      if (is_resumed)
        story_resume (&story, NULL);
      assert_int_equal (story_run (&story), FLOW_STATE_SUCCESS);
      report = report_new (story.options.storage, "story", NULL);
      assert_non_null (report);
      atom = &report_get_atoms (report, &count)[0];
      assert_int_equal (atom->n_attempts, 2);
      assert_int_equal (atom->attempts[0].number, 1);
      assert_int_equal (atom->attempts[0].to, ATOM_STATE_REVERTED);
      assert_int_equal (atom->attempts[1].number, 2);
      assert_int_equal (atom->attempts[1].to, ATOM_STATE_SUCCESS);
      story_clear (&story);
    }
}

/* -- Another order ------------------------------------------------------------------------------
 */

static void
interrupted_reverts_are_repeated_in_the_order_that_there_is_now (void **unused)
{
  static const struct
  {
    const char *text;
    const char *trace;
  } others[] = {
    { "graph g [N a, N b, N c, a -> b]", "b REVERTED; a REVERTED; flow g REVERTED" },
    { "graph g [N a, N b, N c, b -> a]", "a REVERTED; b REVERTED; flow g REVERTED" },
    { "graph g [N a, N b, N c, a -> c, c -> b]",
      "b REVERTED; c REVERTING; c REVERTED; a REVERTED; flow g REVERTED" },
  };

  (void) unused;
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_autoptr (Executor) executor = NULL;
      Story story;

      memset (&story, 0, sizeof story);
      executor = story_executor_new (&story, 2, STORY_BACKWARDS, NULL);
      story_init_stored (&story, "graph g [N a, N b, N c]", NULL, executor);
      story_preset (&story, "flow RUNNING; a RUNNING; a SUCCESS; b RUNNING; b SUCCESS; c RUNNING; "
                            "c SUCCESS; run intends REVERT;"
                            "a REVERTING; b REVERTING");
      story_resume (&story, others[i].text);
      assert_int_equal (story_run (&story), FLOW_STATE_REVERTED);
      story_expect_within (&story, others[i].trace);
      story_clear (&story);
    }
}

/* What is said to be reverted holds what comes before it no less while something behind it is left.
 */
static void
what_is_left_behind_a_resolved_one_is_still_reverted_first (void **unused)
{
  Story story;

  (void) unused;
  begin (&story, "graph g [N c, N b, N a]",
         "flow RUNNING; c RUNNING; c SUCCESS; b RUNNING; b SUCCESS; a RUNNING; a SUCCESS; run "
         "intends REVERT; b REVERTING; b REVERT_FAILURE");
  story_resume (&story, "graph g [N c, N b, N a, a -> b, b -> c]");
  story_say (&story, "b", STORAGE_RESOLUTION_REVERTED);
  assert_int_equal (story_run (&story), FLOW_STATE_REVERTED);
  story_expect_within (&story, "c REVERTED; a REVERTING; a REVERTED");
  story_clear (&story);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (who_is_asked_about_an_execute_may_cancel_instead),
    cmocka_unit_test (who_is_asked_about_a_revert_is_asked_again_when_the_run_is_cancelled),
    cmocka_unit_test (what_was_to_be_repeated_is_not_in_a_run_that_is_kept),
    cmocka_unit_test (a_revert_that_was_kept_unfinished_is_not_forgotten),
    cmocka_unit_test (an_attempt_of_which_nothing_is_left_was_one),
    cmocka_unit_test (interrupted_reverts_are_repeated_in_the_order_that_there_is_now),
    cmocka_unit_test (what_is_left_behind_a_resolved_one_is_still_reverted_first),
  };

  return cmocka_run_group_tests_name ("interrupted", tests, NULL, NULL);
}
