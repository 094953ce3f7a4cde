/* SPDX-License-Identifier: Apache-2.0 */
/* Retry controllers, case by case: R01 to R35 of what TaskFlow asserts, and what is right where it
 * is not. */
#include "tests/engine/story_case.h"

#include <backflow/atoms/retry.h>

/* clang-format off */
static const StoryCase cases[] = {
  /* R01 */
  { .name = "a_controller_runs_though_its_linear_flow_is_empty",
    .flow = "linear f <One -> x> []",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow f RUNNING; f.retry RUNNING; f.retry SUCCESS(1); flow f SUCCESS",
        .symbols = "{\"x\":1}" } } },
  { .name = "a_controller_runs_though_its_unordered_flow_is_empty",
    .flow = "unordered f <One -> x> []",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow f RUNNING; f.retry RUNNING; f.retry SUCCESS(1); flow f SUCCESS",
        .symbols = "{\"x\":1}" } } },
  { .name = "a_controller_runs_though_its_graph_flow_is_empty",
    .flow = "graph f <One -> x> []",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow f RUNNING; f.retry RUNNING; f.retry SUCCESS(1); flow f SUCCESS",
        .symbols = "{\"x\":1}" } } },
  /* R02 */
  { .name = "a_second_try_succeeds",
    .flow = "linear flow_1 <Times(4) r1 -> x> [P task1, C task2(x y)]",
    .inputs = "y=2",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow flow_1 RUNNING; r1 RUNNING; r1 SUCCESS(1); task1 RUNNING; task1 SUCCESS(5);"
                 "task2 RUNNING; task2 FAILURE(Woot!); task2 REVERTING; task2 REVERTED; task1 REVERTING;"
                 "task1 REVERTED; r1 RETRYING; task1 PENDING; task2 PENDING; r1 RUNNING; r1 SUCCESS(2);"
                 "task1 RUNNING; task1 SUCCESS(5); task2 RUNNING; task2 SUCCESS; flow flow_1 SUCCESS",
        .symbols = "{\"y\":2,\"x\":2}",
        .failed = "" } } },
  /* R03 */
  { .name = "a_controller_that_gives_up_is_reverted_last",
    .flow = "linear flow_1 <Times(2) r1 -> x> [P task1, C task2(x y)]",
    .inputs = "y=4",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow flow_1 RUNNING; r1 RUNNING; r1 SUCCESS(1); task1 RUNNING; task1 SUCCESS(5);"
                 "task2 RUNNING; task2 FAILURE(Woot!); task2 REVERTING; task2 REVERTED; task1 REVERTING;"
                 "task1 REVERTED; r1 RETRYING; task1 PENDING; task2 PENDING; r1 RUNNING; r1 SUCCESS(2);"
                 "task1 RUNNING; task1 SUCCESS(5); task2 RUNNING; task2 FAILURE(Woot!); task2 REVERTING;"
                 "task2 REVERTED; task1 REVERTING; task1 REVERTED; r1 REVERTING; r1 REVERTED;"
                 "flow flow_1 REVERTED",
        .symbols = "{\"y\":4}",
        .failed = "task2" } } },
  /* R04 */
  { .name = "a_failing_revert_ends_a_retry",
    .flow = "linear flow_1 <Times(2) r1 -> x> [NR task1, C task2(x y)]",
    .inputs = "y=4",
    .runs = { { .end = FLOW_STATE_FAILURE, .comparison = EXACT,
        .trace = "flow flow_1 RUNNING; r1 RUNNING; r1 SUCCESS(1); task1 RUNNING; task1 SUCCESS; task2 RUNNING;"
                 "task2 FAILURE(Woot!); task2 REVERTING; task2 REVERTED; task1 REVERTING;"
                 "task1 REVERT_FAILURE(Gotcha!); flow flow_1 FAILURE",
        .states = "r1 SUCCESS, task1 REVERT_FAILURE, task2 REVERTED",
        .symbols = "{\"y\":4,\"x\":1}",
        .revert_failed = "task1" } } },
  /* R05 */
  { .name = "the_inner_controller_decides_alone",
    .flow = "linear flow_1 <AlwaysRevert r1> [N task1, linear flow_2 <Times(3) r2 -> x> [N task2, C task3(x y)], "
            "N task4]",
    .inputs = "y=2",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow flow_1 RUNNING; r1 RUNNING; r1 SUCCESS; task1 RUNNING; task1 SUCCESS; r2 RUNNING;"
                 "r2 SUCCESS(1); task2 RUNNING; task2 SUCCESS; task3 RUNNING; task3 FAILURE(Woot!);"
                 "task3 REVERTING; task3 REVERTED; task2 REVERTING; task2 REVERTED; r2 RETRYING; task2 PENDING;"
                 "task3 PENDING; r2 RUNNING; r2 SUCCESS(2); task2 RUNNING; task2 SUCCESS; task3 RUNNING;"
                 "task3 SUCCESS; task4 RUNNING; task4 SUCCESS; flow flow_1 SUCCESS",
        .symbols = "{\"y\":2,\"x\":2}" } } },
  /* R06. TaskFlow's default leaves task1 SUCCESS and calls the flow REVERTED; here REVERT asks the parent, and at the top
     reverts all. */
  { .name = "giving_up_without_a_parent_reverts_all",
    .flow = "linear flow_1 [N task1, linear flow_2 <Times(1) r1 -> x> [N task2, C task3(x y)], N task4]",
    .inputs = "y=2",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow flow_1 RUNNING; task1 RUNNING; task1 SUCCESS; r1 RUNNING; r1 SUCCESS(1); task2 RUNNING;"
                 "task2 SUCCESS; task3 RUNNING; task3 FAILURE(Woot!); task3 REVERTING; task3 REVERTED;"
                 "task2 REVERTING; task2 REVERTED; r1 REVERTING; r1 REVERTED; task1 REVERTING; task1 REVERTED;"
                 "flow flow_1 REVERTED",
        .states = "task4 PENDING",
        .symbols = "{\"y\":2}" } } },
  /* R07. The history of the inner one begins anew. */
  { .name = "the_outer_controller_retries_the_inner_flow_too",
    .flow = "linear flow_1 <Times(3) r1 -> x1> [N task1, linear flow_2 <Times(3) r2 -> x2> [N task2, N task3], "
            "C task4(x<x1 y)]",
    .inputs = "y=2",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow flow_1 RUNNING; r1 RUNNING; r1 SUCCESS(1); task1 RUNNING; task1 SUCCESS; r2 RUNNING;"
                 "r2 SUCCESS(1); task2 RUNNING; task2 SUCCESS; task3 RUNNING; task3 SUCCESS; task4 RUNNING;"
                 "task4 FAILURE(Woot!); task4 REVERTING; task4 REVERTED; task3 REVERTING; task3 REVERTED;"
                 "task2 REVERTING; task2 REVERTED; r2 REVERTING; r2 REVERTED; task1 REVERTING; task1 REVERTED;"
                 "r1 RETRYING; task1 PENDING; r2 PENDING; task2 PENDING; task3 PENDING; task4 PENDING;"
                 "r1 RUNNING; r1 SUCCESS(2); task1 RUNNING; task1 SUCCESS; r2 RUNNING; r2 SUCCESS(1);"
                 "task2 RUNNING; task2 SUCCESS; task3 RUNNING; task3 SUCCESS; task4 RUNNING; task4 SUCCESS;"
                 "flow flow_1 SUCCESS",
        .symbols = "{\"y\":2,\"x1\":2,\"x2\":1}" } } },
  /* R08 */
  { .name = "what_succeeded_beside_a_failure_is_retried_with_it",
    .flow = "unordered flow_1 <Times(3) r -> x> [P task1, C task2(x y)]",
    .inputs = "y=2",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = SET,
        .trace = "flow flow_1 RUNNING; r RUNNING; r SUCCESS(1); task1 RUNNING; task2 RUNNING; task1 SUCCESS(5);"
                 "task2 FAILURE(Woot!); task2 REVERTING; task1 REVERTING; task2 REVERTED; task1 REVERTED;"
                 "r RETRYING; task1 PENDING; task2 PENDING; r RUNNING; r SUCCESS(2); task1 RUNNING;"
                 "task2 RUNNING; task1 SUCCESS(5); task2 SUCCESS; flow flow_1 SUCCESS",
        .symbols = "{\"y\":2,\"x\":2}" } } },
  { .name = "what_succeeded_beside_a_failure_is_retried_with_it_side_by_side",
    .flow = "unordered flow_1 <Times(3) r -> x> [P task1, C task2(x y)]",
    .inputs = "y=2",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = SET,
        .trace = "flow flow_1 RUNNING; r RUNNING; r SUCCESS(1); task1 RUNNING; task2 RUNNING; task1 SUCCESS(5);"
                 "task2 FAILURE(Woot!); task2 REVERTING; task1 REVERTING; task2 REVERTED; task1 REVERTED;"
                 "r RETRYING; task1 PENDING; task2 PENDING; r RUNNING; r SUCCESS(2); task1 RUNNING;"
                 "task2 RUNNING; task1 SUCCESS(5); task2 SUCCESS; flow flow_1 SUCCESS",
        .symbols = "{\"y\":2,\"x\":2}" } },
    .capacity = 2,
    .turns = STORY_TOGETHER },
  /* R09 */
  { .name = "the_parent_retries_what_the_child_gives_up",
    .flow = "linear flow_1 <Times(3) r1 -> x> [P task1, linear flow_2 <Times(1) r2 -> x2> [C task2(x y)]]",
    .inputs = "y=2",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow flow_1 RUNNING; r1 RUNNING; r1 SUCCESS(1); task1 RUNNING; task1 SUCCESS(5); r2 RUNNING;"
                 "r2 SUCCESS(1); task2 RUNNING; task2 FAILURE(Woot!); task2 REVERTING; task2 REVERTED;"
                 "r2 REVERTING; r2 REVERTED; task1 REVERTING; task1 REVERTED; r1 RETRYING; task1 PENDING;"
                 "r2 PENDING; task2 PENDING; r1 RUNNING; r1 SUCCESS(2); task1 RUNNING; task1 SUCCESS(5);"
                 "r2 RUNNING; r2 SUCCESS(1); task2 RUNNING; task2 SUCCESS; flow flow_1 SUCCESS",
        .symbols = "{\"y\":2,\"x\":2,\"x2\":1}" } } },
  /* R10. TaskFlow does not revert task1. */
  { .name = "giving_up_in_a_subflow_reverts_what_came_before_it",
    .flow = "linear flow_1 [P task1, linear flow_2 <Times(1) r1 -> x2> [C task2(x=1 y)]]",
    .inputs = "y=2",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow flow_1 RUNNING; task1 RUNNING; task1 SUCCESS(5); r1 RUNNING; r1 SUCCESS(1);"
                 "task2 RUNNING; task2 FAILURE(Woot!); task2 REVERTING; task2 REVERTED; r1 REVERTING;"
                 "r1 REVERTED; task1 REVERTING; task1 REVERTED; flow flow_1 REVERTED",
        .symbols = "{\"y\":2}" } } },
  /* R11 */
  { .name = "giving_up_with_revert_all_reverts_what_came_before_it",
    .flow = "linear flow_1 [P task1, linear flow_2 <TimesAll(1) r1 -> x2> [C task2(x=1 y)]]",
    .inputs = "y=2",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow flow_1 RUNNING; task1 RUNNING; task1 SUCCESS(5); r1 RUNNING; r1 SUCCESS(1);"
                 "task2 RUNNING; task2 FAILURE(Woot!); task2 REVERTING; task2 REVERTED; r1 REVERTING;"
                 "r1 REVERTED; task1 REVERTING; task1 REVERTED; flow flow_1 REVERTED",
        .symbols = "{\"y\":2}" } } },
  /* R12 */
  { .name = "revert_all_does_not_ask_the_parent",
    .flow = "linear flow_1 <Times(3) r1 -> x> [P task1, linear flow_2 <AlwaysRevertAll r2> [C task2(x y)]]",
    .inputs = "y=2",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow flow_1 RUNNING; r1 RUNNING; r1 SUCCESS(1); task1 RUNNING; task1 SUCCESS(5); r2 RUNNING;"
                 "r2 SUCCESS; task2 RUNNING; task2 FAILURE(Woot!); task2 REVERTING; task2 REVERTED;"
                 "r2 REVERTING; r2 REVERTED; task1 REVERTING; task1 REVERTED; r1 REVERTING; r1 REVERTED;"
                 "flow flow_1 REVERTED",
        .symbols = "{\"y\":2}" } } },
  /* R13 */
  { .name = "a_reverted_flow_with_a_controller_runs_again",
    .flow = "linear test <One -> x> [F fail]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow test RUNNING; test.retry RUNNING; test.retry SUCCESS(1); fail RUNNING;"
                 "fail FAILURE(Woot!); fail REVERTING; fail REVERTED; test.retry REVERTING; test.retry REVERTED;"
                 "flow test REVERTED",
        .failed = "fail" },
      { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "test.retry PENDING; fail PENDING; flow test PENDING; flow test RUNNING; test.retry RUNNING;"
                 "test.retry SUCCESS(1); fail RUNNING; fail FAILURE(Woot!); fail REVERTING; fail REVERTED;"
                 "test.retry REVERTING; test.retry REVERTED; flow test REVERTED",
        .failed = "fail" } } },
  /* R14 */
  { .name = "revert_all_ends_a_controller_that_never_gives_up",
    .flow = "linear test [N task1, unordered u [linear sub1 [linear sub1.1 <Fives> [Fail(3) fail1], "
            "linear sub1.2 <Fives> [F fail2]], linear sub2 [linear sub2.1 <Forever> [F fail3]]]]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = WITHIN,
        .trace = "task1 SUCCESS; task1 REVERTED; flow test REVERTED",
        .states = "task1 REVERTED, sub1.2.retry REVERTED" } } },
  { .name = "revert_all_ends_a_controller_that_never_gives_up_side_by_side",
    .flow = "linear test [N task1, unordered u [linear sub1 [linear sub1.1 <Fives> [Fail(3) fail1], "
            "linear sub1.2 <Fives> [F fail2]], linear sub2 [linear sub2.1 <Forever> [F fail3]]]]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = WITHIN,
        .trace = "task1 SUCCESS; task1 REVERTED; flow test REVERTED",
        .states = "task1 REVERTED, sub1.2.retry REVERTED" } },
    .capacity = 3,
    .turns = STORY_TOGETHER },
  { .name = "revert_all_ends_a_controller_that_never_gives_up_backwards",
    .flow = "linear test [N task1, unordered u [linear sub1 [linear sub1.1 <Fives> [Fail(3) fail1], "
            "linear sub1.2 <Fives> [F fail2]], linear sub2 [linear sub2.1 <Forever> [F fail3]]]]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = WITHIN,
        .trace = "task1 SUCCESS; task1 REVERTED; flow test REVERTED",
        .states = "task1 REVERTED, sub1.2.retry REVERTED" } },
    .capacity = 3,
    .turns = STORY_BACKWARDS },
  { .name = "revert_all_ends_a_controller_that_never_gives_up_with_a_late_end",
    .flow = "linear test [N task1, unordered u [linear sub1 [linear sub1.1 <Fives> [Fail(3) fail1], "
            "linear sub1.2 <Fives> [F fail2]], linear sub2 [linear sub2.1 <Forever> [F fail3]]]]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = WITHIN,
        .trace = "task1 SUCCESS; task1 REVERTED; flow test REVERTED",
        .states = "task1 REVERTED, sub1.2.retry REVERTED" } },
    .capacity = 3,
    .turns = STORY_ONE_BY_ONE },
  /* R16. The history is that of the journal, so this is the second try. */
  { .name = "what_died_while_it_reset_a_flow_goes_on",
    .flow = "linear flow_1 <Times(3) r1> [P t1, P t2, P t3]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow flow_1 RESUMING; flow flow_1 SUSPENDED; flow flow_1 RUNNING; t2 PENDING; t3 PENDING;"
                 "r1 RUNNING; r1 SUCCESS(2); t1 RUNNING; t1 SUCCESS(5); t2 RUNNING; t2 SUCCESS(5); t3 RUNNING;"
                 "t3 SUCCESS(5); flow flow_1 SUCCESS",
        .before = PRESET,
        .before_text = "flow RUNNING; r1 RUNNING; r1 SUCCESS(1); t1 RUNNING; t1 SUCCESS(5); t2 RUNNING;"
                       "t2 SUCCESS(5); t3 RUNNING; t3 FAILURE(old); r1 decides RETRY for t3; r1 intends RETRY;"
                       "t3 REVERTING; t3 REVERTED; t2 REVERTING; t2 REVERTED; t1 REVERTING; t1 REVERTED;"
                       "r1 RETRYING; t1 PENDING" } } },
  /* R17 */
  { .name = "what_died_before_the_next_try_goes_on",
    .flow = "linear flow_1 <Times(3) r1> [P t1, P t2]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow flow_1 RESUMING; flow flow_1 SUSPENDED; flow flow_1 RUNNING; r1 RETRYING; t1 PENDING;"
                 "t2 PENDING; r1 RUNNING; r1 SUCCESS(2); t1 RUNNING; t1 SUCCESS(5); t2 RUNNING; t2 SUCCESS(5);"
                 "flow flow_1 SUCCESS",
        .before = PRESET,
        .before_text = "flow RUNNING; r1 RUNNING; r1 SUCCESS(1); t1 RUNNING; t1 SUCCESS(5); t2 RUNNING;"
                       "t2 FAILURE(old); r1 decides RETRY for t2; r1 intends RETRY; t2 REVERTING; t2 REVERTED;"
                       "t1 REVERTING; t1 REVERTED" } } },
  /* R18 */
  { .name = "what_never_ran_is_not_reset",
    .flow = "linear flow_1 <Times(3) r1 -> x> [C c(x y), P t1]",
    .inputs = "y=2",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow flow_1 RUNNING; r1 RUNNING; r1 SUCCESS(1); c RUNNING; c FAILURE(Woot!); c REVERTING;"
                 "c REVERTED; r1 RETRYING; c PENDING; r1 RUNNING; r1 SUCCESS(2); c RUNNING; c SUCCESS;"
                 "t1 RUNNING; t1 SUCCESS(5); flow flow_1 SUCCESS" } } },
  /* R19 */
  { .name = "times_counts_all_tries",
    .flow = "linear flow_1 <Times(3) r1> [P t1, F t2]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow flow_1 RUNNING; r1 RUNNING; r1 SUCCESS(1); t1 RUNNING; t1 SUCCESS(5); t2 RUNNING;"
                 "t2 FAILURE(Woot!); t2 REVERTING; t2 REVERTED; t1 REVERTING; t1 REVERTED; r1 RETRYING;"
                 "t1 PENDING; t2 PENDING; r1 RUNNING; r1 SUCCESS(2); t1 RUNNING; t1 SUCCESS(5); t2 RUNNING;"
                 "t2 FAILURE(Woot!); t2 REVERTING; t2 REVERTED; t1 REVERTING; t1 REVERTED; r1 RETRYING;"
                 "t1 PENDING; t2 PENDING; r1 RUNNING; r1 SUCCESS(3); t1 RUNNING; t1 SUCCESS(5); t2 RUNNING;"
                 "t2 FAILURE(Woot!); t2 REVERTING; t2 REVERTED; t1 REVERTING; t1 REVERTED; r1 REVERTING;"
                 "r1 REVERTED; flow flow_1 REVERTED",
        .failed = "t2" } } },
  /* R20 */
  { .name = "each_value_is_tried_once_per_occurrence",
    .flow = "linear flow_1 <ForEach(3,2,3,5) r1 -> x> [F1 t1(x)]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow flow_1 RUNNING; r1 RUNNING; r1 SUCCESS(3); t1 RUNNING; t1 FAILURE(Woot with 3);"
                 "t1 REVERTING; t1 REVERTED; r1 RETRYING; t1 PENDING; r1 RUNNING; r1 SUCCESS(2); t1 RUNNING;"
                 "t1 FAILURE(Woot with 2); t1 REVERTING; t1 REVERTED; r1 RETRYING; t1 PENDING; r1 RUNNING;"
                 "r1 SUCCESS(3); t1 RUNNING; t1 FAILURE(Woot with 3); t1 REVERTING; t1 REVERTED; r1 RETRYING;"
                 "t1 PENDING; r1 RUNNING; r1 SUCCESS(5); t1 RUNNING; t1 FAILURE(Woot with 5); t1 REVERTING;"
                 "t1 REVERTED; r1 REVERTING; r1 REVERTED; flow flow_1 REVERTED" } } },
  /* R21. There are no sets here: arrays have an order. */
  { .name = "values_are_tried_in_their_order",
    .flow = "linear flow_1 <ForEach(2,3,5) r1 -> x> [F1 t1(x)]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow flow_1 RUNNING; r1 RUNNING; r1 SUCCESS(2); t1 RUNNING; t1 FAILURE(Woot with 2);"
                 "t1 REVERTING; t1 REVERTED; r1 RETRYING; t1 PENDING; r1 RUNNING; r1 SUCCESS(3); t1 RUNNING;"
                 "t1 FAILURE(Woot with 3); t1 REVERTING; t1 REVERTED; r1 RETRYING; t1 PENDING; r1 RUNNING;"
                 "r1 SUCCESS(5); t1 RUNNING; t1 FAILURE(Woot with 5); t1 REVERTING; t1 REVERTED; r1 REVERTING;"
                 "r1 REVERTED; flow flow_1 REVERTED" } } },
  /* R22. TaskFlow does not revert task1. */
  { .name = "the_last_value_gives_up_and_all_is_reverted",
    .flow = "linear flow_1 [P task1, linear flow_2 <ForEach(3,2,3,5) r1 -> x> [F1 task2(x)]]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow flow_1 RUNNING; task1 RUNNING; task1 SUCCESS(5); r1 RUNNING; r1 SUCCESS(3);"
                 "task2 RUNNING; task2 FAILURE(Woot with 3); task2 REVERTING; task2 REVERTED; r1 RETRYING;"
                 "task2 PENDING; r1 RUNNING; r1 SUCCESS(2); task2 RUNNING; task2 FAILURE(Woot with 2);"
                 "task2 REVERTING; task2 REVERTED; r1 RETRYING; task2 PENDING; r1 RUNNING; r1 SUCCESS(3);"
                 "task2 RUNNING; task2 FAILURE(Woot with 3); task2 REVERTING; task2 REVERTED; r1 RETRYING;"
                 "task2 PENDING; r1 RUNNING; r1 SUCCESS(5); task2 RUNNING; task2 FAILURE(Woot with 5);"
                 "task2 REVERTING; task2 REVERTED; r1 REVERTING; r1 REVERTED; task1 REVERTING; task1 REVERTED;"
                 "flow flow_1 REVERTED" } } },
  /* R23 */
  { .name = "the_last_value_gives_up_with_revert_all",
    .flow = "linear flow_1 [P task1, linear flow_2 <ForEachAll(3,2,3,5) r1 -> x> [F1 task2(x)]]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow flow_1 RUNNING; task1 RUNNING; task1 SUCCESS(5); r1 RUNNING; r1 SUCCESS(3);"
                 "task2 RUNNING; task2 FAILURE(Woot with 3); task2 REVERTING; task2 REVERTED; r1 RETRYING;"
                 "task2 PENDING; r1 RUNNING; r1 SUCCESS(2); task2 RUNNING; task2 FAILURE(Woot with 2);"
                 "task2 REVERTING; task2 REVERTED; r1 RETRYING; task2 PENDING; r1 RUNNING; r1 SUCCESS(3);"
                 "task2 RUNNING; task2 FAILURE(Woot with 3); task2 REVERTING; task2 REVERTED; r1 RETRYING;"
                 "task2 PENDING; r1 RUNNING; r1 SUCCESS(5); task2 RUNNING; task2 FAILURE(Woot with 5);"
                 "task2 REVERTING; task2 REVERTED; r1 REVERTING; r1 REVERTED; task1 REVERTING; task1 REVERTED;"
                 "flow flow_1 REVERTED" } } },
  /* R24, O05. Its failure is no value of x. */
  { .name = "without_values_the_controller_fails",
    .flow = "linear f <ForEach() r -> x> [NEVER a]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow f RUNNING; r RUNNING; r FAILURE(no value is left to try); r REVERTING; r REVERTED;"
                 "flow f REVERTED",
        .states = "a PENDING",
        .symbols = "{}",
        .failed = "r" } } },
  /* R25 */
  { .name = "values_are_read_from_a_symbol",
    .flow = "linear flow_1 <ForEachOf(values) r1 -> x> [F1 t1(x)]",
    .inputs = "values=[3,2,5]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow flow_1 RUNNING; r1 RUNNING; r1 SUCCESS(3); t1 RUNNING; t1 FAILURE(Woot with 3);"
                 "t1 REVERTING; t1 REVERTED; r1 RETRYING; t1 PENDING; r1 RUNNING; r1 SUCCESS(2); t1 RUNNING;"
                 "t1 FAILURE(Woot with 2); t1 REVERTING; t1 REVERTED; r1 RETRYING; t1 PENDING; r1 RUNNING;"
                 "r1 SUCCESS(5); t1 RUNNING; t1 FAILURE(Woot with 5); t1 REVERTING; t1 REVERTED; r1 REVERTING;"
                 "r1 REVERTED; flow flow_1 REVERTED" } } },
  /* R26. TaskFlow does not revert task_1. */
  { .name = "values_of_a_symbol_give_up_and_all_is_reverted",
    .flow = "linear flow_1 [P task_1, linear flow_2 <ForEachOf(values) r1 -> x> [F1 task_2(x)]]",
    .inputs = "values=[3,2,5]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow flow_1 RUNNING; task_1 RUNNING; task_1 SUCCESS(5); r1 RUNNING; r1 SUCCESS(3);"
                 "task_2 RUNNING; task_2 FAILURE(Woot with 3); task_2 REVERTING; task_2 REVERTED; r1 RETRYING;"
                 "task_2 PENDING; r1 RUNNING; r1 SUCCESS(2); task_2 RUNNING; task_2 FAILURE(Woot with 2);"
                 "task_2 REVERTING; task_2 REVERTED; r1 RETRYING; task_2 PENDING; r1 RUNNING; r1 SUCCESS(5);"
                 "task_2 RUNNING; task_2 FAILURE(Woot with 5); task_2 REVERTING; task_2 REVERTED; r1 REVERTING;"
                 "r1 REVERTED; task_1 REVERTING; task_1 REVERTED; flow flow_1 REVERTED" } } },
  /* R27 */
  { .name = "values_of_a_symbol_give_up_with_revert_all",
    .flow = "linear flow_1 [P task_1, linear flow_2 <ForEachOfAll(values) r1 -> x> [F1 task_2(x)]]",
    .inputs = "values=[3,2,5]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow flow_1 RUNNING; task_1 RUNNING; task_1 SUCCESS(5); r1 RUNNING; r1 SUCCESS(3);"
                 "task_2 RUNNING; task_2 FAILURE(Woot with 3); task_2 REVERTING; task_2 REVERTED; r1 RETRYING;"
                 "task_2 PENDING; r1 RUNNING; r1 SUCCESS(2); task_2 RUNNING; task_2 FAILURE(Woot with 2);"
                 "task_2 REVERTING; task_2 REVERTED; r1 RETRYING; task_2 PENDING; r1 RUNNING; r1 SUCCESS(5);"
                 "task_2 RUNNING; task_2 FAILURE(Woot with 5); task_2 REVERTING; task_2 REVERTED; r1 REVERTING;"
                 "r1 REVERTED; task_1 REVERTING; task_1 REVERTED; flow flow_1 REVERTED" } } },
  { .name = "values_may_come_from_an_atom",
    .flow = "linear f [R3 v(-> values), linear s <ForEachOf(values) r -> x> [Only(5) t(x)]]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = WITHIN,
        .trace = "r SUCCESS(1); t FAILURE(bad 1); r SUCCESS(3); t FAILURE(bad 3); r SUCCESS(5); t SUCCESS;"
                 "flow f SUCCESS",
        .symbols = "{\"values\":[1,3,5],\"x\":5}" } } },
  /* R28. All points in between: test_cases_deaths.c. */
  { .name = "dying_behind_the_failure_of_a_task_costs_nothing",
    .flow = "unordered flow_1 <Times(3) -> x> [Fail(1) task1]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow flow_1 RUNNING; flow_1.retry RUNNING; flow_1.retry SUCCESS(1); task1 RUNNING;"
                 "task1 FAILURE(task1!); task1 REVERTING; task1 REVERTED; flow_1.retry RETRYING; task1 PENDING;"
                 "flow_1.retry RUNNING; flow_1.retry SUCCESS(2); task1 RUNNING; task1 SUCCESS;"
                 "flow flow_1 SUCCESS" },
      { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow flow_1 RESUMING; flow flow_1 SUSPENDED; flow flow_1 RUNNING; task1 REVERTING;"
                 "task1 REVERTED; flow_1.retry RETRYING; task1 PENDING; flow_1.retry RUNNING;"
                 "flow_1.retry SUCCESS(2); task1 RUNNING; task1 SUCCESS; flow flow_1 SUCCESS",
        .symbols = "{\"x\":2}",
        .before = DIE_AT,
        .before_text = "task1 FAILURE" } } },
  /* R29. What was told is not told again. */
  { .name = "dying_behind_the_intent_to_revert_repeats_it",
    .flow = "unordered flow_1 <Times(3) -> x> [Fail(1) task1]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow flow_1 RUNNING; flow_1.retry RUNNING; flow_1.retry SUCCESS(1); task1 RUNNING;"
                 "task1 FAILURE(task1!); task1 REVERTING; task1 REVERTED; flow_1.retry RETRYING; task1 PENDING;"
                 "flow_1.retry RUNNING; flow_1.retry SUCCESS(2); task1 RUNNING; task1 SUCCESS;"
                 "flow flow_1 SUCCESS" },
      { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow flow_1 RESUMING; flow flow_1 SUSPENDED; flow flow_1 RUNNING; task1 REVERTED;"
                 "flow_1.retry RETRYING; task1 PENDING; flow_1.retry RUNNING; flow_1.retry SUCCESS(2);"
                 "task1 RUNNING; task1 SUCCESS; flow flow_1 SUCCESS",
        .before = DIE_AT,
        .before_text = "task1 REVERTING" } } },
  /* R30 */
  { .name = "a_controller_that_fails_is_not_asked_about_itself",
    .flow = "linear testflow <BrokenTeller r> []",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow testflow RUNNING; r RUNNING; r FAILURE(OMG I FAILED); r REVERTING; r REVERTED;"
                 "flow testflow REVERTED",
        .calls = "r revert of 0 tries: OMG I FAILED",
        .failed = "r" } } },
  /* R31 */
  { .name = "a_controller_whose_revert_fails_too",
    .flow = "linear testflow <BrokenTwice r> []",
    .runs = { { .end = FLOW_STATE_FAILURE, .comparison = EXACT,
        .trace = "flow testflow RUNNING; r RUNNING; r FAILURE(OMG I FAILED); r REVERTING;"
                 "r REVERT_FAILURE(WOOT!); flow testflow FAILURE",
        .states = "r REVERT_FAILURE",
        .failed = "r",
        .revert_failed = "r" } } },
  { .name = "a_failing_revert_of_a_controller_keeps_what_is_before_it",
    .flow = "linear f [P a, linear s <BrokenRevert r> [F t]]",
    .runs = { { .end = FLOW_STATE_FAILURE, .comparison = WITHIN,
        .trace = "t REVERTED; r REVERTING; r REVERT_FAILURE(WOOT!); flow f FAILURE",
        .states = "a SUCCESS, r REVERT_FAILURE, t REVERTED" } } },
  /* R32. Only a run of another structure can be like that. TaskFlow reverts a with the flow that is retried; here a try
     touches its own flow only, so all is rolled back. */
  { .name = "a_dependant_that_should_not_have_run_is_reverted",
    .flow = "graph test [P a(x), linear test2 <Times(2) test2_retry> [P b(-> x), F c]]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = WITHIN,
        .trace = "c RUNNING; c FAILURE(Woot!); a REVERTED; b REVERTED; test2_retry REVERTED; flow test REVERTED",
        .states = "a REVERTED, b REVERTED, c REVERTED",
        .before = PRESET,
        .before_text = "flow RUNNING; test2_retry RUNNING; test2_retry SUCCESS(1); b RUNNING; b SUCCESS(11);"
                       "a RUNNING; a SUCCESS(10)" } } },
  /* R33 */
  { .name = "a_stored_failure_is_retried",
    .flow = "graph test [P a(x), linear test2 <Times(2) test2_retry> [P b(-> x), P c]]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = SET,
        .trace = "flow test RESUMING; flow test SUSPENDED; flow test RUNNING; c REVERTING; c REVERTED;"
                 "b REVERTING; b REVERTED; test2_retry RETRYING; b PENDING; c PENDING; test2_retry RUNNING;"
                 "test2_retry SUCCESS(2); b RUNNING; b SUCCESS(5); c RUNNING; c SUCCESS(5); a RUNNING;"
                 "a SUCCESS(5); flow test SUCCESS",
        .before = PRESET,
        .before_text = "flow RUNNING; test2_retry RUNNING; test2_retry SUCCESS(1); b RUNNING; b SUCCESS(11);"
                       "c RUNNING; c FAILURE(Woot!)" } } },
  /* R34 */
  { .name = "what_runs_ends_before_it_is_reverted_for_a_retry",
    .flow = "unordered flow_1 <Times(3) r -> x> [P task1, C task2(x y)]",
    .inputs = "y=2",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = SET,
        .trace = "flow flow_1 RUNNING; r RUNNING; r SUCCESS(1); task1 RUNNING; task2 RUNNING;"
                 "task2 FAILURE(Woot!); task2 REVERTING; task2 REVERTED; task1 SUCCESS(5); task1 REVERTING;"
                 "task1 REVERTED; r RETRYING; task1 PENDING; task2 PENDING; r RUNNING; r SUCCESS(2);"
                 "task1 RUNNING; task2 RUNNING; task2 SUCCESS; task1 SUCCESS(5); flow flow_1 SUCCESS" } },
    .capacity = 2,
    .holds = "task1 RUNNING until task2 REVERTED" },
  { .name = "what_runs_ends_before_it_is_reverted_for_a_retry_in_order",
    .flow = "unordered flow_1 <Times(3) r -> x> [P task1, C task2(x y)]",
    .inputs = "y=2",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = WITHIN,
        .trace = "task1 RUNNING; task2 FAILURE(Woot!); task2 REVERTED; task1 SUCCESS(5); task1 REVERTING;"
                 "task1 REVERTED; r RETRYING; r SUCCESS(2)" } },
    .capacity = 2,
    .holds = "task1 RUNNING until task2 REVERTED" },
  /* R35 */
  { .name = "what_succeeded_is_reverted_for_a_retry_in_order",
    .flow = "unordered flow_1 <Times(3) r -> x> [P task1, linear flow_2 [P task2, C task3(x y)]]",
    .inputs = "y=2",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = SET,
        .trace = "flow flow_1 RUNNING; r RUNNING; r SUCCESS(1); task1 RUNNING; task2 RUNNING; task1 SUCCESS(5);"
                 "task2 SUCCESS(5); task3 RUNNING; task3 FAILURE(Woot!); task3 REVERTING; task1 REVERTING;"
                 "task3 REVERTED; task1 REVERTED; task2 REVERTING; task2 REVERTED; r RETRYING; task1 PENDING;"
                 "task2 PENDING; task3 PENDING; r RUNNING; r SUCCESS(2); task1 RUNNING; task2 RUNNING;"
                 "task1 SUCCESS(5); task2 SUCCESS(5); task3 RUNNING; task3 SUCCESS; flow flow_1 SUCCESS",
        .symbols = "{\"y\":2,\"x\":2}" } },
    .capacity = 2,
    .holds = "task2 RUNNING until task1 SUCCESS(5)" },
  { .name = "a_flow_without_a_controller_inherits_it",
    .flow = "unordered flow_1 <Times(3) r -> x> [P task1, linear flow_2 [P task2, C task3(x y)]]",
    .inputs = "y=2",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = WITHIN,
        .trace = "task3 FAILURE(Woot!); task3 REVERTED; task2 REVERTING; task2 REVERTED; r RETRYING;"
                 "task1 PENDING; task2 PENDING; task3 PENDING; r SUCCESS(2); task3 SUCCESS" } } },
};
/* clang-format on */

/* R15. An engine takes flows only, and the type says so; a flow refuses a controller as a member.
 */
static void
a_controller_is_no_step (void **unused)
{
  Flow *flow = flow_new_linear ("test");
  Atom *retry = retry_new_always_revert ("r");

  (void) unused;
  g_test_expect_message (NULL, G_LOG_LEVEL_CRITICAL, "*");
  flow_add (flow, retry);
  g_test_assert_expected_messages ();
  assert_int_equal (flow_get_n_items (flow), 0);
  atom_unref (retry);
  flow_unref (flow);
}

int
main (void)
{
  const struct CMUnitTest more[] = {
    cmocka_unit_test (a_controller_is_no_step),
  };

  return story_cases_run ("cases of retries", cases, G_N_ELEMENTS (cases), more,
                          G_N_ELEMENTS (more));
}
