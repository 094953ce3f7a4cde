/* SPDX-License-Identifier: Apache-2.0 */
/* Engines, reverts, deciders and resets, case by case: E01 to E43 of what TaskFlow asserts, and
 * what is right where it is not. Those that need neither controllers nor deciders nor resuming are
 * elsewhere:
 *
 *   E01  test_stories  one_task_runs
 *   E03  test_stories  a_failing_revert_ends_in_failure
 *   E04  test_drive    an_empty_flow_goes_through_all_states_once
 *   E06  test_drive    suspending_between_steps_ends_after_what_runs
 *   E07  test_stories  reverting_takes_symbols_back
 *   E08  test_stories  revert_gets_the_result_and_may_return_one
 *   E10  test_stories  nested_linear_flows_run_in_order
 *   E11  test_stories  what_never_ran_is_not_reverted
 *   E12  test_stories  children_are_reverted_in_reverse_order
 *   E13  test_stories  larger_priority_goes_first
 *   E15  test_stories  unordered_in_linear_reverts_before_what_came_before
 *   E16  test_stories  what_waits_behind_a_failed_revert_stays
 *   E17  test_stories  linear_in_unordered_is_reverted
 *   E18  test_stories  an_independent_branch_is_reverted_though_a_revert_failed
 *   E23  test_stories  symbols_order_a_graph_against_the_order_of_adding
 *   E24  test_stories  four_tasks_of_a_graph_follow_their_symbols
 *   E25  test_stories  a_graph_reverts_in_reverse_order
 *   E26  test_stories  a_failing_revert_in_a_graph_stops_there
 *   E27  test_stories  several_results_and_arguments
 *   E41  test_stories  failures_are_given_to_reverts
 *   E42  test_drive    inputs_that_are_missing_are_all_named
 *
 * Not applicable: E43, an engine over something that is no flow, which the types of C refuse; and
 * E05, an exception that is thrown into the iteration, which C has not: who drives the engine
 * cancels, as cancelling_between_steps_rolls_back does.
 */
#include "tests/engine/story_case.h"

/* clang-format off */
static const StoryCase cases[] = {
  /* E02 */
  { .name = "a_failing_task_runs_and_fails_again",
    .flow = "linear f [F fail]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow f RUNNING; fail RUNNING; fail FAILURE(Woot!); fail REVERTING; fail REVERTED;"
                 "flow f REVERTED",
        .failed = "fail" },
      { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "fail PENDING; flow f PENDING; flow f RUNNING; fail RUNNING; fail FAILURE(Woot!);"
                 "fail REVERTING; fail REVERTED; flow f REVERTED",
        .failed = "fail",
        .revert_failed = "" } } },
  /* E03 */
  { .name = "only_the_failing_revert_is_among_the_failed_reverts",
    .flow = "linear f [NF nasty]",
    .runs = { { .end = FLOW_STATE_FAILURE, .comparison = WITHIN,
        .trace = "flow f FAILURE",
        .failed = "nasty",
        .revert_failed = "nasty" } } },
  /* E09 */
  { .name = "a_failing_revert_and_what_it_was_for_are_told_apart",
    .flow = "linear f [NR nasty, F fail]",
    .runs = { { .end = FLOW_STATE_FAILURE, .comparison = WITHIN,
        .trace = "fail REVERTED; nasty REVERT_FAILURE(Gotcha!); flow f FAILURE",
        .failed = "fail",
        .revert_failed = "nasty" } } },
  /* E14 */
  { .name = "what_is_stored_as_done_is_not_done_again",
    .flow = "linear lf [P task1(-> x1), P task2(-> x2)]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow lf RESUMING; flow lf SUSPENDED; flow lf RUNNING; task2 RUNNING; task2 SUCCESS(5);"
                 "flow lf SUCCESS",
        .symbols = "{\"x1\":17,\"x2\":5}",
        .before = PRESET,
        .before_text = "flow RUNNING; task1 RUNNING; task1 SUCCESS(17)" } } },
  /* E19, O07. What is ignored is told in the order of definition. */
  { .name = "a_decider_ignores_all_that_follows",
    .flow = "graph g [P t1, P t2, graph sub [P sub.1], P t3, P t4, t1 -> t2 ?no(all), t2 -> sub, t2 -> t3, "
            "t3 -> t4, t1 -> sub ?yes(all)]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = SET,
        .trace = "flow g RUNNING; t1 RUNNING; t1 SUCCESS(5); t2 IGNORE; sub.1 IGNORE; t3 IGNORE; t4 IGNORE;"
                 "flow g SUCCESS",
        .states = "t1 SUCCESS/EXECUTE, t2 IGNORE/IGNORE, sub.1 IGNORE/IGNORE, t3 IGNORE/IGNORE, t4 IGNORE/IGNORE",
        .calls = "t1->t2 {\"t1\":5}" } } },
  { .name = "a_decider_ignores_what_follows_in_its_flow",
    .flow = "graph g [P t1, P t2, graph sub [P sub.1], P t3, P t4, t1 -> t2 ?no(flow), t2 -> sub, t2 -> t3, "
            "t3 -> t4, t1 -> sub ?yes(flow)]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = SET,
        .trace = "flow g RUNNING; t1 RUNNING; t1 SUCCESS(5); t2 IGNORE; t3 IGNORE; t4 IGNORE; sub.1 RUNNING;"
                 "sub.1 SUCCESS(5); flow g SUCCESS",
        .states = "sub.1 SUCCESS/EXECUTE, t4 IGNORE/IGNORE" } } },
  { .name = "a_decider_ignores_its_neighbors",
    .flow = "graph g [P t1, P t2, graph sub [P sub.1], P t3, P t4, t1 -> t2 ?no(neighbors), t2 -> sub, t2 -> t3, "
            "t3 -> t4, t1 -> sub ?yes(neighbors)]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = SET,
        .trace = "flow g RUNNING; t1 RUNNING; t1 SUCCESS(5); t2 IGNORE; t3 IGNORE; sub.1 RUNNING;"
                 "sub.1 SUCCESS(5); t4 RUNNING; t4 SUCCESS(5); flow g SUCCESS",
        .states = "t3 IGNORE/IGNORE, t4 SUCCESS/EXECUTE" } } },
  { .name = "a_decider_ignores_one_atom",
    .flow = "graph g [P t1, P t2, graph sub [P sub.1], P t3, P t4, t1 -> t2 ?no(atom), t2 -> sub, t2 -> t3, "
            "t3 -> t4, t1 -> sub ?yes(atom)]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = SET,
        .trace = "flow g RUNNING; t1 RUNNING; t1 SUCCESS(5); t2 IGNORE; sub.1 RUNNING; sub.1 SUCCESS(5);"
                 "t3 RUNNING; t3 SUCCESS(5); t4 RUNNING; t4 SUCCESS(5); flow g SUCCESS",
        .states = "t2 IGNORE/IGNORE, t3 SUCCESS/EXECUTE" } } },
  /* E20 */
  { .name = "what_follows_sees_past_an_ignored_provider",
    .flow = "graph g [INC a(value=0 -> value), INC b(value -> value), INC c(value -> value), a -> b ?no(atom), "
            "b -> c]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = WITHIN,
        .trace = "a SUCCESS(1); b IGNORE; c SUCCESS(2); flow g SUCCESS",
        .states = "b IGNORE" } } },
  /* E21 */
  { .name = "an_ignored_atom_can_not_fail",
    .flow = "graph g [N a, F b, N c, a -> b ?no(atom), b -> c]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow g RUNNING; a RUNNING; a SUCCESS; b IGNORE; c RUNNING; c SUCCESS; flow g SUCCESS" } } },
  /* E22 */
  { .name = "a_rollback_walks_across_what_is_ignored",
    .flow = "graph g [N a, N b, F c, a -> b ?no(atom), b -> c]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow g RUNNING; a RUNNING; a SUCCESS; b IGNORE; c RUNNING; c FAILURE(Woot!); c REVERTING;"
                 "c REVERTED; a REVERTING; a REVERTED; flow g REVERTED",
        .states = "b IGNORE" } } },
  /* E28 */
  { .name = "a_run_that_succeeded_runs_again_after_a_reset",
    .flow = "linear root [P task1, P task2, P task3]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow root RUNNING; task1 RUNNING; task1 SUCCESS(5); task2 RUNNING; task2 SUCCESS(5);"
                 "task3 RUNNING; task3 SUCCESS(5); flow root SUCCESS" },
      { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "" },
      { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "task1 PENDING; task2 PENDING; task3 PENDING; flow root PENDING; flow root RUNNING;"
                 "task1 RUNNING; task1 SUCCESS(5); task2 RUNNING; task2 SUCCESS(5); task3 RUNNING;"
                 "task3 SUCCESS(5); flow root SUCCESS",
        .before = RESET } } },
  /* E29 */
  { .name = "a_run_that_was_reverted_runs_again_after_a_reset",
    .flow = "linear root [P task1, P task2, F task3]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow root RUNNING; task1 RUNNING; task1 SUCCESS(5); task2 RUNNING; task2 SUCCESS(5);"
                 "task3 RUNNING; task3 FAILURE(Woot!); task3 REVERTING; task3 REVERTED; task2 REVERTING;"
                 "task2 REVERTED; task1 REVERTING; task1 REVERTED; flow root REVERTED" },
      { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "task1 PENDING; task2 PENDING; task3 PENDING; flow root PENDING; flow root RUNNING;"
                 "task1 RUNNING; task1 SUCCESS(5); task2 RUNNING; task2 SUCCESS(5); task3 RUNNING;"
                 "task3 FAILURE(Woot!); task3 REVERTING; task3 REVERTED; task2 REVERTING; task2 REVERTED;"
                 "task1 REVERTING; task1 REVERTED; flow root REVERTED",
        .before = RESET } } },
  /* E30 */
  { .name = "a_suspended_run_ends_and_runs_again_after_a_reset",
    .flow = "linear root [P task1, P task2, P task3]",
    .runs = { { .end = FLOW_STATE_SUSPENDED, .comparison = WITHIN,
        .trace = "task2 SUCCESS(5); flow root SUSPENDED",
        .suspend_at = "task2 RUNNING" },
      { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow root RUNNING; task3 RUNNING; task3 SUCCESS(5); flow root SUCCESS" },
      { .end = FLOW_STATE_SUCCESS, .comparison = WITHIN,
        .trace = "flow root PENDING; flow root RUNNING; task1 RUNNING; task1 SUCCESS(5); task2 RUNNING;"
                 "task2 SUCCESS(5); task3 RUNNING; task3 SUCCESS(5); flow root SUCCESS",
        .before = RESET } } },
  /* E31 */
  { .name = "a_decider_on_a_link_into_nested_flows_is_asked_once",
    .flow = "graph main [P task1, P task2, linear more [linear more.more [P task3, P task4]], task1 -> task2, "
            "task2 -> more ?no]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow main RUNNING; task1 RUNNING; task1 SUCCESS(5); task2 RUNNING; task2 SUCCESS(5);"
                 "task3 IGNORE; task4 IGNORE; flow main SUCCESS",
        .calls = "task2->more {\"task2\":5}" } } },
  /* E32 */
  { .name = "deciders_of_one_target_are_told_of_all_sources",
    .flow = "graph main [P task1, P task2, linear more [P task3, P task4], task1 -> task2, task2 -> more ?no, "
            "task1 -> more ?no]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow main RUNNING; task1 RUNNING; task1 SUCCESS(5); task2 RUNNING; task2 SUCCESS(5);"
                 "task3 IGNORE; task4 IGNORE; flow main SUCCESS",
        .calls = "task1->more {\"task1\":5,\"task2\":5}; task2->more {\"task1\":5,\"task2\":5}" } } },
  /* E33 */
  { .name = "one_branch_is_taken_and_one_is_not",
    .flow = "graph root [P task1, P task2, P task2_2, P task3, task1 -> task2 ?no, task2 -> task2_2, "
            "task1 -> task3 ?yes]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = SET,
        .trace = "flow root RUNNING; task1 RUNNING; task1 SUCCESS(5); task2 IGNORE; task2_2 IGNORE;"
                 "task3 RUNNING; task3 SUCCESS(5); flow root SUCCESS" } } },
  /* E35 */
  { .name = "one_nay_is_enough",
    .flow = "graph root [P task1, P task2, P task3, P task4, task1 -> task2, task2 -> task4 ?no, task1 -> task3, "
            "task3 -> task4 ?yes]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = SET,
        .trace = "flow root RUNNING; task1 RUNNING; task1 SUCCESS(5); task2 RUNNING; task2 SUCCESS(5);"
                 "task3 RUNNING; task3 SUCCESS(5); task4 IGNORE; flow root SUCCESS",
        .states = "task4 IGNORE/IGNORE",
        .calls = "task2->task4 {\"task2\":5,\"task3\":5}; task3->task4 {\"task2\":5,\"task3\":5}" } } },
  /* E36 */
  { .name = "a_decider_chooses_by_the_result",
    .flow = "graph root [A3 task1(x y z), P task2, P task2_2, P task3, P task3_3, task1 -> task2 ?sum(2), "
            "task2 -> task2_2, task1 -> task3 ?sum(1), task3 -> task3_3]",
    .inputs = "x=0 y=1 z=1",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = SET,
        .trace = "flow root RUNNING; task1 RUNNING; task1 SUCCESS(2); task2 RUNNING; task2 SUCCESS(5);"
                 "task2_2 RUNNING; task2_2 SUCCESS(5); task3 IGNORE; task3_3 IGNORE; flow root SUCCESS" } } },
  { .name = "a_decider_chooses_the_other_branch",
    .flow = "graph root [A3 task1(x y z), P task2, P task2_2, P task3, P task3_3, task1 -> task2 ?sum(2), "
            "task2 -> task2_2, task1 -> task3 ?sum(1), task3 -> task3_3]",
    .inputs = "x=0 y=0 z=1",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = SET,
        .trace = "flow root RUNNING; task1 RUNNING; task1 SUCCESS(1); task2 IGNORE; task2_2 IGNORE;"
                 "task3 RUNNING; task3 SUCCESS(5); task3_3 RUNNING; task3_3 SUCCESS(5); flow root SUCCESS" } } },
  /* E37 */
  { .name = "required_and_optional_where_neither_is_given",
    .flow = "linear f [OPT t(a ?b -> result)]",
    .inputs = "a=3",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = WITHIN,
        .trace = "flow f SUCCESS",
        .symbols = "{\"a\":3,\"result\":15}" } } },
  { .name = "required_and_optional_where_the_optional_one_is_given",
    .flow = "linear f [OPT t(a ?b -> result)]",
    .inputs = "a=3 b=7",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = WITHIN,
        .trace = "flow f SUCCESS",
        .symbols = "{\"a\":3,\"b\":7,\"result\":21}" } } },
  { .name = "required_and_optional_where_a_constant_hides_an_input",
    .flow = "linear f [OPT t(a=10 ?b -> result)]",
    .inputs = "a=3",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = WITHIN,
        .trace = "flow f SUCCESS",
        .symbols = "{\"a\":3,\"result\":50}" } } },
  { .name = "required_and_optional_where_a_constant_hides_an_input_and_the_optional_one_is_given",
    .flow = "linear f [OPT t(a=10 ?b -> result)]",
    .inputs = "a=3 b=7",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = WITHIN,
        .trace = "flow f SUCCESS",
        .symbols = "{\"a\":3,\"b\":7,\"result\":70}" } } },
  { .name = "required_and_optional_where_a_constant_is_optional",
    .flow = "linear f [OPT t(a b=1000 -> result)]",
    .inputs = "a=3",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = WITHIN,
        .trace = "flow f SUCCESS",
        .symbols = "{\"a\":3,\"result\":3000}" } } },
  { .name = "required_and_optional_where_a_constant_hides_the_optional_one",
    .flow = "linear f [OPT t(a b=1000 -> result)]",
    .inputs = "a=3 b=7",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = WITHIN,
        .trace = "flow f SUCCESS",
        .symbols = "{\"a\":3,\"b\":7,\"result\":3000}" } } },
  /* E38 */
  { .name = "each_sees_what_the_nearest_before_it_provides",
    .flow = "linear f [Show a(value<source -> value), Show b(value -> value), Show c(value -> value)]",
    .inputs = "source=0",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = WITHIN,
        .trace = "flow f SUCCESS",
        .calls = "a 0; b 1; c 2" } } },
  { .name = "each_sees_the_input_before_any_provider",
    .flow = "linear f [Show a(value -> value), Show b(value -> value), Show c(value -> value)]",
    .inputs = "value=0",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = WITHIN,
        .trace = "flow f SUCCESS",
        .calls = "a 0; b 0; c 0" } } },
  /* Reverts that have a policy of their own. */
  { .name = "a_failing_revert_is_tried_again",
    .flow = "linear f [NV a, RTries(2) b, Fail c]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow f RUNNING; a RUNNING; a SUCCESS; b RUNNING; b SUCCESS; c RUNNING; c FAILURE(c!);"
                 "c REVERTING; c REVERTED; b REVERTING; b REVERT_FAILURE(b!); b REVERTING;"
                 "b REVERT_FAILURE(b!); b REVERTING; b REVERTED; a REVERTING; a REVERTED; flow f REVERTED",
        .revert_failed = "" } } },
  { .name = "a_revert_that_fails_too_often_has_failed",
    .flow = "unordered f [NV a, linear s [NV o, RTries(3) b], Fail c]",
    .runs = { { .end = FLOW_STATE_FAILURE, .comparison = WITHIN,
        .trace = "b REVERT_FAILURE(b!); b REVERT_FAILURE(b!); b REVERT_FAILURE(b!); flow f FAILURE",
        .states = "a REVERTED, o SUCCESS, b REVERT_FAILURE, c REVERTED",
        .revert_failed = "b" } } },
  { .name = "a_flow_is_retried_behind_a_revert_that_is_tried_again",
    .flow = "linear f <Times(2) r> [NV a, RTries(2) b, Fail(1) c]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = WITHIN,
        .trace = "c FAILURE(c!); b REVERT_FAILURE(b!); b REVERT_FAILURE(b!); b REVERTED; a REVERTED;"
                 "r RETRYING; r SUCCESS(2); c SUCCESS; flow f SUCCESS",
        .revert_failed = "" } } },
  { .name = "a_revert_is_tried_again_by_a_new_engine",
    .flow = "linear f [NV a, RTries(2) b, Fail c]",
    .runs = { { .end = FLOW_STATE_SUSPENDED, .comparison = WITHIN,
        .trace = "b REVERTING; b REVERT_FAILURE(b!); flow f SUSPENDING; flow f SUSPENDED",
        .states = "a SUCCESS",
        .suspend_at = "b REVERT_FAILURE(b!)" },
      { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow f RUNNING; b REVERTING; b REVERT_FAILURE(b!); b REVERTING; b REVERTED;"
                 "a REVERTING; a REVERTED; flow f REVERTED",
        .before = RESUME } } },
  /* Conditions of links and of steps. */
  { .name = "conditions_choose",
    .flow = "graph f [Give(2) a(-> x), N b, N c, linear s [N d ?\"x > 1\", N e ?\"x > 2\"], N g ?no,"
            "a -> b ?\"x = 2\", a -> c ?\"x = 3\", a -> s]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = WITHIN,
        .trace = "a SUCCESS(2); flow f SUCCESS",
        .states = "a SUCCESS, b SUCCESS, c IGNORE, d SUCCESS, e IGNORE, g IGNORE",
        .calls = "g {}" } } },
};
/* clang-format on */

/* E05 */
static void
cancelling_between_steps_rolls_back (void **unused)
{
  EngineState state = ENGINE_STATE_UNDEFINED;
  guint n_scheduled = 0;
  Story story;

  (void) unused;
  story_init (&story, "linear flow_1 [P task1, P task2, NEVER task3]", NULL, NULL);
  while (state != ENGINE_STATE_REVERTED && n_scheduled < 10)
    {
      assert_true (engine_step (story.engine, &state, NULL));
      if (state == ENGINE_STATE_SCHEDULING && ++n_scheduled == 2)
        engine_cancel (story.engine);
    }
  assert_int_equal (state, ENGINE_STATE_REVERTED);
  story_expect_states (&story, "task1 REVERTED, task3 PENDING");
  story_clear (&story);
}

/* E08 */
static void
the_result_of_a_revert_is_kept (void **unused)
{
  g_autoptr (GVariant) result = NULL;
  Story story;

  (void) unused;
  story_init (&story, "linear revert [GB giver(value -> other), F fail]", "value=0", NULL);
  assert_int_equal (story_run (&story), FLOW_STATE_REVERTED);
  result = engine_dup_revert_result (story.engine, "giver");
  assert_int_equal (g_variant_get_int64 (result), 2);
  assert_null (engine_dup_result (story.engine, "giver"));
  story_clear (&story);
}

/* E34 */
static void
deciders_are_asked_again_after_a_reset (void **unused)
{
  Story story;

  (void) unused;
  story_init (&story,
              "graph root [P task1, P task2, P task3, task1 -> task2, task2 -> task3 ?flag]", NULL,
              NULL);
  assert_int_equal (story_run (&story), FLOW_STATE_SUCCESS);
  story_expect_within (&story,
                       "task1 SUCCESS(5); task2 SUCCESS(5); task3 IGNORE; flow root SUCCESS");
  story_expect_states (&story, "task3 IGNORE/IGNORE");
  assert_true (engine_reset (story.engine, NULL));
  story_expect_states (&story, "task3 PENDING/EXECUTE");
  story.world->flag = TRUE;
  assert_int_equal (story_run (&story), FLOW_STATE_SUCCESS);
  story_expect_within (
      &story,
      "task1 SUCCESS(5); task2 SUCCESS(5); task3 RUNNING; task3 SUCCESS(5); flow root SUCCESS");
  story_clear (&story);
}

/* E39 */
static void
a_fetched_symbol_is_the_injected_value_first (void **unused)
{
  g_autoptr (GVariant) x = NULL;
  Story story;

  (void) unused;
  story_init (&story, "linear f [R1 t(-> x)]", "x=0", NULL);
  assert_int_equal (story_run (&story), FLOW_STATE_SUCCESS);
  x = engine_fetch (story.engine, "x");
  assert_int_equal (g_variant_get_int64 (x), 0);
  story_expect_symbols (&story, "{\"x\":[0,1]}");
  story_clear (&story);
}

static void
note_progress (Engine *engine, const ListenerEvent *event, gpointer data)
{
  (void) engine;
  g_string_append_printf (data, "%s %.1f;", event->atom, event->progress);
}

/* E40. TaskFlow tells 0 and 1 too, before and after; here RUNNING and SUCCESS say that. */
static void
progress_is_told_as_it_is_reported (void **unused)
{
  g_autoptr (GString) heard = g_string_new (NULL);
  Story story;

  (void) unused;
  story_init (&story, "linear f [MP work1(progress_chunks), MP work2(progress_chunks)]",
              "progress_chunks=[0.2,0.5,0.8]", NULL);
  engine_add_listener (story.engine, LISTENER_PROGRESS, note_progress, heard, NULL);
  assert_int_equal (story_run (&story), FLOW_STATE_SUCCESS);
  assert_string_equal (heard->str, "work1 0.2;work1 0.5;work1 0.8;work2 0.2;work2 0.5;work2 0.8;");
  story_clear (&story);
}

int
main (void)
{
  const struct CMUnitTest more[] = {
    cmocka_unit_test (cancelling_between_steps_rolls_back),
    cmocka_unit_test (the_result_of_a_revert_is_kept),
    cmocka_unit_test (deciders_are_asked_again_after_a_reset),
    cmocka_unit_test (progress_is_told_as_it_is_reported),
    cmocka_unit_test (a_fetched_symbol_is_the_injected_value_first),
  };

  return story_cases_run ("cases of engines", cases, G_N_ELEMENTS (cases), more,
                          G_N_ELEMENTS (more));
}
