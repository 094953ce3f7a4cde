/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's trace, case by case: what TaskFlow's own tests assert of flows without retries,
 * deciders and resuming, and what we do on purpose otherwise. A case is a line of text, how it
 * ends, and what must have happened.
 */
#include "tests/engine/story.h"

#include <backflow/values/value.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

typedef enum
{
  EXACT,
  SET,
  WITHIN,
} Comparison;

typedef struct
{
  const char *name;
  const char *flow;
  const char *inputs;
  FlowState end;
  Comparison comparison;
  const char *trace;
  const char *states;  /* (nullable) */
  const char *fetched; /* (nullable) engine_fetch_all() as JSON */
} Case;

static const Case cases[] = {
  { "an_empty_flow_succeeds", "linear f []", "", FLOW_STATE_SUCCESS, EXACT,
    "flow f RUNNING; flow f SUCCESS", NULL, "{}" },
  { "empty_nested_flows_succeed", "graph g [linear l [], graph h [unordered u []]]", "",
    FLOW_STATE_SUCCESS, EXACT, "flow g RUNNING; flow g SUCCESS", NULL, NULL },
  { "one_task_runs", "linear f [P task1]", "", FLOW_STATE_SUCCESS, EXACT,
    "flow f RUNNING; task1 RUNNING; task1 SUCCESS(5); flow f SUCCESS", NULL, NULL },
  { "a_failing_task_is_itself_reverted", "linear f [F fail]", "", FLOW_STATE_REVERTED, EXACT,
    "flow f RUNNING; fail RUNNING; fail FAILURE(Woot!); fail REVERTING; fail REVERTED; flow f "
    "REVERTED",
    NULL, NULL },
  { "a_failing_revert_ends_in_failure", "linear f [NF nasty]", "", FLOW_STATE_FAILURE, EXACT,
    "flow f RUNNING; nasty RUNNING; nasty FAILURE(Woot!); nasty REVERTING; nasty "
    "REVERT_FAILURE(Gotcha!); flow f FAILURE",
    "nasty REVERT_FAILURE", NULL },
  { "nested_linear_flows_run_in_order", "linear n [P task1, linear i [P task2]]", "",
    FLOW_STATE_SUCCESS, EXACT,
    "flow n RUNNING; task1 RUNNING; task1 SUCCESS(5); task2 RUNNING; task2 SUCCESS(5); flow n "
    "SUCCESS",
    NULL, NULL },
  { "reverting_takes_symbols_back", "linear f [R1 r1(-> one), R3 r3(-> (a,b,c)), F fail]", "",
    FLOW_STATE_REVERTED, WITHIN, "r3 REVERTED; r1 REVERTED", NULL, "{}" },
  { "revert_gets_the_result_and_may_return_one", "linear f [GB giver(value -> value2), F fail]",
    "value=0", FLOW_STATE_REVERTED, WITHIN,
    "giver SUCCESS(1); fail FAILURE(Woot!); giver REVERTED(2)", NULL, "{\"value\":0}" },
  { "what_never_ran_is_not_reverted", "linear f [F fail, NEVER later]", "", FLOW_STATE_REVERTED,
    EXACT,
    "flow f RUNNING; fail RUNNING; fail FAILURE(Woot!); fail REVERTING; fail REVERTED; flow f "
    "REVERTED",
    "later PENDING", NULL },
  { "children_are_reverted_in_reverse_order",
    "linear root [P task1, linear child [P task2, F fail]]", "", FLOW_STATE_REVERTED, EXACT,
    "flow root RUNNING; task1 RUNNING; task1 SUCCESS(5); task2 RUNNING; task2 SUCCESS(5); fail "
    "RUNNING; fail FAILURE(Woot!);"
    "fail REVERTING; fail REVERTED; task2 REVERTING; task2 REVERTED; task1 REVERTING; task1 "
    "REVERTED; flow root REVERTED",
    NULL, NULL },
  { "larger_priority_goes_first", "unordered p [P t0(!0), P t1(!1), P t2(!2), P t3(!3), P t4(!4)]",
    "", FLOW_STATE_SUCCESS, WITHIN, "t4 RUNNING; t3 RUNNING; t2 RUNNING; t1 RUNNING; t0 RUNNING",
    NULL, NULL },
  { "negative_priority_goes_last", "unordered p [P a(!-1), P b, P c(!7)]", "", FLOW_STATE_SUCCESS,
    WITHIN, "c RUNNING; b RUNNING; a RUNNING", NULL, NULL },
  { "equal_priorities_keep_the_order_of_definition", "unordered p [P c, P a, P b]", "",
    FLOW_STATE_SUCCESS, WITHIN, "c RUNNING; a RUNNING; b RUNNING", NULL, NULL },
  { "unordered_in_linear_reverts_before_what_came_before",
    "linear r [P task1, P task2, unordered i [P task3, F fail]]", "", FLOW_STATE_REVERTED, EXACT,
    "flow r RUNNING; task1 RUNNING; task1 SUCCESS(5); task2 RUNNING; task2 SUCCESS(5); task3 "
    "RUNNING; task3 SUCCESS(5);"
    "fail RUNNING; fail FAILURE(Woot!); fail REVERTING; fail REVERTED; task3 REVERTING; task3 "
    "REVERTED; task2 REVERTING;"
    "task2 REVERTED; task1 REVERTING; task1 REVERTED; flow r REVERTED",
    NULL, NULL },
  { "what_waits_behind_a_failed_revert_stays",
    "linear r [P task1, P task2, unordered i [P task3, NF nasty]]", "", FLOW_STATE_FAILURE, WITHIN,
    "nasty REVERT_FAILURE(Gotcha!); task3 REVERTED; flow r FAILURE",
    "task1 SUCCESS, task2 SUCCESS, task3 REVERTED, nasty REVERT_FAILURE", NULL },
  { "an_independent_branch_is_reverted_though_a_revert_failed",
    "unordered r [P task1, linear i [P task2, NF nasty]]", "", FLOW_STATE_FAILURE, WITHIN,
    "nasty REVERT_FAILURE(Gotcha!); task1 REVERTED; flow r FAILURE",
    "task1 REVERTED, task2 SUCCESS, nasty REVERT_FAILURE", NULL },
  { "a_revert_failure_in_the_middle_leaves_what_is_before_it", "linear f [N a, NR b, N c, F d]", "",
    FLOW_STATE_FAILURE, EXACT,
    "flow f RUNNING; a RUNNING; a SUCCESS; b RUNNING; b SUCCESS; c RUNNING; c SUCCESS; d RUNNING; "
    "d FAILURE(Woot!); d REVERTING;"
    "d REVERTED; c REVERTING; c REVERTED; b REVERTING; b REVERT_FAILURE(Gotcha!); flow f FAILURE",
    "a SUCCESS, b REVERT_FAILURE, c REVERTED, d REVERTED", NULL },
  { "linear_in_unordered_is_reverted", "unordered r [P task1, linear i [P task2, F fail]]", "",
    FLOW_STATE_REVERTED, WITHIN, "task2 RUNNING; task2 SUCCESS(5); task2 REVERTED",
    "task1 REVERTED", NULL },
  { "nothing_starts_after_a_failure_is_known",
    "unordered f [F a, NEVER b, linear l [NEVER c, NEVER d]]", "", FLOW_STATE_REVERTED, EXACT,
    "flow f RUNNING; a RUNNING; a FAILURE(Woot!); a REVERTING; a REVERTED; flow f REVERTED",
    "b PENDING, c PENDING, d PENDING", NULL },
  { "symbols_order_a_graph_against_the_order_of_adding", "graph g [P task2(a), P task1(-> a)]", "",
    FLOW_STATE_SUCCESS, EXACT,
    "flow g RUNNING; task1 RUNNING; task1 SUCCESS(5); task2 RUNNING; task2 SUCCESS(5); flow g "
    "SUCCESS",
    NULL, NULL },
  { "four_tasks_of_a_graph_follow_their_symbols",
    "graph g [P task4(c -> d), P task2(a -> b), P task3(b -> c), P task1(-> a)]", "",
    FLOW_STATE_SUCCESS, WITHIN,
    "task1 RUNNING; task1 SUCCESS(5); task2 RUNNING; task2 SUCCESS(5); task3 RUNNING; task3 "
    "SUCCESS(5); task4 RUNNING; task4 SUCCESS(5)",
    NULL, NULL },
  { "a_graph_reverts_in_reverse_order",
    "graph g [P task4(c -> d), P task2(a -> b), F task3(b -> c), P task1(-> a)]", "",
    FLOW_STATE_REVERTED, EXACT,
    "flow g RUNNING; task1 RUNNING; task1 SUCCESS(5); task2 RUNNING; task2 SUCCESS(5); task3 "
    "RUNNING; task3 FAILURE(Woot!);"
    "task3 REVERTING; task3 REVERTED; task2 REVERTING; task2 REVERTED; task1 REVERTING; task1 "
    "REVERTED; flow g REVERTED",
    "task4 PENDING", NULL },
  { "a_failing_revert_in_a_graph_stops_there",
    "graph g [NR task2(a -> b), F task3(b), P task1(-> a)]", "", FLOW_STATE_FAILURE, WITHIN,
    "task3 REVERTED; task2 REVERT_FAILURE(Gotcha!); flow g FAILURE", "task1 SUCCESS", NULL },
  { "several_results_and_arguments",
    "graph g [A3 task1(x<a y<b z<y -> z), R3 task2(-> (a,b,c)), A3 task3(x<c y<b z<x -> y)]",
    "x=30", FLOW_STATE_SUCCESS, WITHIN, "flow g SUCCESS", NULL,
    "{\"x\":30,\"z\":42,\"a\":1,\"b\":3,\"y\":38,\"c\":5}" },
  { "what_a_retried_flow_ignored_behind_it_is_decided_again",
    "linear f [graph s <Times(2) r> [P a, P b, Fail(1) d, a -> b ?second(all)], P z]", "",
    FLOW_STATE_SUCCESS, WITHIN,
    "b IGNORE; z IGNORE; r RETRYING; z PENDING; b PENDING; b SUCCESS(5); z SUCCESS(5); flow f "
    "SUCCESS",
    "b SUCCESS, z SUCCESS", NULL },
  { "what_others_ignored_behind_a_retried_flow_stays_ignored",
    "graph f [P x, P y, graph s <Times(2) r> [P a, P b, Fail(1) d, a -> b ?second(all)], P z, s -> "
    "z, x -> y ?no(all), y -> z]",
    "", FLOW_STATE_SUCCESS, WITHIN, "y IGNORE; z IGNORE; r RETRYING; b SUCCESS(5); flow f SUCCESS",
    "y IGNORE, b SUCCESS, z IGNORE", NULL },
  { "failures_are_given_to_reverts", "linear t [TELL chk, F fail1]", "", FLOW_STATE_REVERTED,
    WITHIN, "chk REVERTED(\"fail1:Woot!;result\")", NULL, NULL },

  { "what_can_not_be_taken_back_is_not_called_reverted", "linear t [P a, IRR send, P b, F c]", "",
    FLOW_STATE_FAILURE, WITHIN,
    "c REVERTED; b REVERTED; send REVERTING; send REVERT_FAILURE(it can't be taken back); flow t "
    "FAILURE",
    "a SUCCESS, send REVERT_FAILURE, b REVERTED, c REVERTED", NULL },

  /* Arguments and symbols. */
  { "a_result_is_one_symbol", "linear f [R1 t(-> first_data)]", "", FLOW_STATE_SUCCESS, WITHIN,
    "t SUCCESS(1)", NULL, "{\"first_data\":1}" },
  { "a_whole_array_is_one_symbol", "linear f [R3 t(-> all_data)]", "", FLOW_STATE_SUCCESS, WITHIN,
    "t SUCCESS([1,3,5])", NULL, "{\"all_data\":[1,3,5]}" },
  { "positions_of_an_array_are_symbols", "linear f [R3 t(-> (badger,mushroom,snake))]", "",
    FLOW_STATE_SUCCESS, WITHIN, "flow f SUCCESS", NULL,
    "{\"badger\":1,\"mushroom\":3,\"snake\":5}" },
  { "keys_of_an_object_are_symbols", "linear f [RM t(-> {badger,mushroom,snake})]", "",
    FLOW_STATE_SUCCESS, WITHIN, "flow f SUCCESS", NULL,
    "{\"badger\":0,\"mushroom\":1,\"snake\":2}" },
  { "characters_of_a_string_are_positions", "linear f [RH t(-> (x,y))]", "", FLOW_STATE_SUCCESS,
    WITHIN, "flow f SUCCESS", NULL, "{\"x\":\"h\",\"y\":\"e\"}" },
  { "arguments_are_passed", "linear f [A3 t(x y z -> result)]", "x=1 y=4 z=9 a=17",
    FLOW_STATE_SUCCESS, WITHIN, "t SUCCESS(14)", NULL,
    "{\"x\":1,\"y\":4,\"z\":9,\"a\":17,\"result\":14}" },
  { "an_argument_is_rebound", "linear f [A3 t(x<a y z -> result)]", "x=1 y=4 z=9 a=17",
    FLOW_STATE_SUCCESS, WITHIN, "t SUCCESS(30)", NULL, NULL },
  { "all_arguments_are_rebound", "linear f [A3 t(x<a y<b z<c -> result)]",
    "a=1 b=2 c=3 x=4 y=5 z=6", FLOW_STATE_SUCCESS, WITHIN, "t SUCCESS(6)", NULL, NULL },
  { "constants_are_injected_and_are_no_symbols", "linear f [A3 t(x=1 y=4 z=9 -> result)]", "",
    FLOW_STATE_SUCCESS, WITHIN, "t SUCCESS(14)", NULL, "{\"result\":14}" },
  { "a_constant_hides_the_input", "linear f [OPT t(a=10 ?b -> result)]", "a=3", FLOW_STATE_SUCCESS,
    WITHIN, "t SUCCESS(50)", NULL, NULL },
  { "an_optional_argument_may_be_absent", "linear f [OPT t(a ?b -> result)]", "a=3",
    FLOW_STATE_SUCCESS, WITHIN, "t SUCCESS(15)", NULL, NULL },
  { "an_optional_argument_is_passed_when_there", "linear f [OPT t(a ?b -> result)]", "a=3 b=7",
    FLOW_STATE_SUCCESS, WITHIN, "t SUCCESS(21)", NULL, NULL },
  { "a_constant_serves_an_optional_argument", "linear f [OPT t(a b=1000 -> result)]", "a=3",
    FLOW_STATE_SUCCESS, WITHIN, "t SUCCESS(3000)", NULL, NULL },
  { "the_nearest_provider_wins",
    "linear f [INC a(value<source -> value), INC b(value -> value), INC c(value -> value)]",
    "source=0", FLOW_STATE_SUCCESS, WITHIN, "a SUCCESS(1); b SUCCESS(2); c SUCCESS(3)", NULL,
    NULL },
  { "an_injected_value_hides_providers",
    "linear f [INC a(value -> value), INC b(value -> value), INC c(value -> value)]", "value=0",
    FLOW_STATE_SUCCESS, WITHIN, "a SUCCESS(1); b SUCCESS(1); c SUCCESS(1)", NULL, NULL },
  { "several_values_are_fetched_as_an_array", "linear f [R1 t(-> x)]", "x=0", FLOW_STATE_SUCCESS,
    WITHIN, "t SUCCESS(1)", NULL, "{\"x\":[0,1]}" },
  { "a_subflow_sees_what_came_before", "linear f [R1 a(-> x), linear sub [INC c(value<x)]]", "",
    FLOW_STATE_SUCCESS, WITHIN, "c SUCCESS(2)", NULL, NULL },
  { "what_follows_sees_into_a_subflow",
    "linear f [linear sub [linear deep [R1 a(-> x)]], INC c(value<x)]", "", FLOW_STATE_SUCCESS,
    WITHIN, "c SUCCESS(2)", NULL, NULL },
  { "the_innermost_scope_comes_first",
    "linear f [R1 a(-> x), linear sub [P b(-> x), INC c(value<x)]]", "", FLOW_STATE_SUCCESS, WITHIN,
    "c SUCCESS(6)", NULL, NULL },
  { "the_nearest_subflow_before_comes_first",
    "linear f [R1 a(-> x), linear sub [linear deep [P b(-> x)]], INC c(value<x)]", "",
    FLOW_STATE_SUCCESS, WITHIN, "c SUCCESS(6)", NULL, NULL },
  { "a_consumer_waits_for_the_end_of_the_providing_subflow",
    "graph g [P a(x), linear s [P b(-> x), P c]]", "", FLOW_STATE_SUCCESS, EXACT,
    "flow g RUNNING; b RUNNING; b SUCCESS(5); c RUNNING; c SUCCESS(5); a RUNNING; a SUCCESS(5); "
    "flow g SUCCESS",
    NULL, NULL },
  { "a_subflow_waits_as_a_whole", "graph g [linear s [P b, P c(x)], P a(-> x)]", "",
    FLOW_STATE_SUCCESS, EXACT,
    "flow g RUNNING; a RUNNING; a SUCCESS(5); b RUNNING; b SUCCESS(5); c RUNNING; c SUCCESS(5); "
    "flow g SUCCESS",
    NULL, NULL },
  { "explicit_links_choose_among_providers",
    "graph g [R1 one(-> x), P five(-> x), INC c(value<x), one -> five, five -> c]", "",
    FLOW_STATE_SUCCESS, WITHIN, "c SUCCESS(6)", NULL, NULL },
  { "a_promised_symbol_that_is_not_there_fails_the_provider",
    "linear f [R1 a(-> (x,y)), NEVER b(y)]", "", FLOW_STATE_REVERTED, WITHIN,
    "a FAILURE(the result has no element 0, which is to be provided as 'x'); a REVERTED",
    "b PENDING", NULL },
};

static void
case_holds (void **state)
{
  const Case *one = *state;
  Story story;

  story_init (&story, one->flow, one->inputs, NULL);
  assert_string_equal (flow_state_get_name (story_run (&story)), flow_state_get_name (one->end));
  if (one->comparison == EXACT)
    story_expect (&story, one->trace);
  else if (one->comparison == SET)
    story_expect_set (&story, one->trace);
  else
    story_expect_within (&story, one->trace);
  if (one->states != NULL)
    story_expect_states (&story, one->states);
  if (one->fetched != NULL)
    {
      g_autoptr (GVariant) all = engine_fetch_all (story.engine);
      g_autofree char *json = value_to_json (all);
      g_autoptr (GVariant) wanted = value_new_from_json (one->fetched, -1, NULL);

      if (!g_variant_equal (all, wanted))
        assert_string_equal (json, one->fetched);
    }
  story_clear (&story);
}

int
main (void)
{
  struct CMUnitTest tests[G_N_ELEMENTS (cases)];

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    tests[i] = (struct CMUnitTest){ cases[i].name, case_holds, NULL, NULL,
                                    (gpointer) (guintptr) &cases[i] };
  return cmocka_run_group_tests_name ("stories", tests, NULL, NULL);
}
