/* SPDX-License-Identifier: Apache-2.0 */
/* What TaskFlow does without asserting it, case by case: O20 to O35, what happens at the same time
 * and in nests of controllers. Attempts side by side come from an executor whose order is part of
 * the case. Nothing starts once a failure is known, but for what is independent of it under a
 * retry. Not applicable: the text of exceptions that wrap several others (O21, O29); here failed
 * atoms are listed one by one.
 */
#include "tests/engine/story_case.h"

/* clang-format off */
static const StoryCase cases[] = {
  /* O20 */
  { .name = "a_failed_task_is_reverted_while_its_sibling_runs",
    .flow = "linear root [N pre, unordered f [Give(1) slow, Fail fail], NEVER post]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = SET,
        .trace = "flow root RUNNING; pre RUNNING; pre SUCCESS; fail RUNNING; slow RUNNING; fail FAILURE(fail!);"
                 "fail REVERTING; fail REVERTED; slow SUCCESS(1); slow REVERTING; slow REVERTED; pre REVERTING;"
                 "pre REVERTED; flow root REVERTED",
        .states = "post PENDING",
        .failed = "fail" } },
    .capacity = 2,
    .holds = "slow RUNNING until fail REVERTED" },
  { .name = "a_failed_task_is_reverted_while_its_sibling_runs_in_order",
    .flow = "linear root [N pre, unordered f [Give(1) slow, Fail fail], NEVER post]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = WITHIN,
        .trace = "slow RUNNING; fail FAILURE(fail!); fail REVERTING; fail REVERTED; slow SUCCESS(1);"
                 "slow REVERTING; slow REVERTED; pre REVERTING; pre REVERTED; flow root REVERTED" } },
    .capacity = 2,
    .holds = "slow RUNNING until fail REVERTED" },
  /* O21. TaskFlow files one of the failures under the reverts. */
  { .name = "two_tasks_fail_at_the_same_time",
    .flow = "unordered f [Fail x, Fail y]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = SET,
        .trace = "flow f RUNNING; x RUNNING; y RUNNING; y FAILURE(y!); y REVERTING; x FAILURE(x!); x REVERTING;"
                 "y REVERTED; x REVERTED; flow f REVERTED",
        .failed = "x y",
        .revert_failed = "" } },
    .capacity = 2,
    .turns = STORY_TOGETHER },
  /* O22. TaskFlow tells some failures twice. */
  { .name = "a_controller_is_asked_about_each_failure_of_a_try",
    .flow = "unordered f <Spy(2) r> [Fail x, Fail y]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = SET,
        .trace = "flow f RUNNING; r RUNNING; r SUCCESS(1); y RUNNING; x RUNNING; y FAILURE(y!); x FAILURE(x!);"
                 "y REVERTING; x REVERTING; y REVERTED; x REVERTED; r RETRYING; y PENDING; x PENDING; r RUNNING;"
                 "r SUCCESS(2); y RUNNING; x RUNNING; x FAILURE(x!); y FAILURE(y!); y REVERTING; x REVERTING;"
                 "y REVERTED; x REVERTED; r REVERTING; r REVERTED; flow f REVERTED",
        .calls = "r execute ; r asked of x (1 x); r asked of y (1 x y); r execute (1 x y);"
                 "r asked of x (1 x y)(2 x); r asked of y (1 x y)(2 x y); r revert (1 x y)(2 x y) failed: x y",
        .failed = "x y" } },
    .capacity = 2,
    .turns = STORY_TOGETHER },
  /* O23 */
  { .name = "inner_revert_outer_retry",
    .flow = "linear o <Times(2) ro> [N t1, linear i <AlwaysRevert ri> [Fail(1) t2], N t3]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow o RUNNING; ro RUNNING; ro SUCCESS(1); t1 RUNNING; t1 SUCCESS; ri RUNNING; ri SUCCESS;"
                 "t2 RUNNING; t2 FAILURE(t2!); t2 REVERTING; t2 REVERTED; ri REVERTING; ri REVERTED;"
                 "t1 REVERTING; t1 REVERTED; ro RETRYING; t1 PENDING; ri PENDING; t2 PENDING; ro RUNNING;"
                 "ro SUCCESS(2); t1 RUNNING; t1 SUCCESS; ri RUNNING; ri SUCCESS; t2 RUNNING; t2 SUCCESS;"
                 "t3 RUNNING; t3 SUCCESS; flow o SUCCESS" } } },
  { .name = "inner_revert_all_outer_is_not_asked",
    .flow = "linear o <Times(2) ro> [N t1, linear i <AlwaysRevertAll ri> [Fail t2], N t3]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow o RUNNING; ro RUNNING; ro SUCCESS(1); t1 RUNNING; t1 SUCCESS; ri RUNNING; ri SUCCESS;"
                 "t2 RUNNING; t2 FAILURE(t2!); t2 REVERTING; t2 REVERTED; ri REVERTING; ri REVERTED;"
                 "t1 REVERTING; t1 REVERTED; ro REVERTING; ro REVERTED; flow o REVERTED",
        .states = "t3 PENDING" } } },
  { .name = "inner_gives_up_and_a_flow_without_a_controller_is_between",
    .flow = "linear o <Times(2) ro> [N t1, linear m [N t2, linear i <Times(1) ri> [Fail(1) t3]], N t4]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow o RUNNING; ro RUNNING; ro SUCCESS(1); t1 RUNNING; t1 SUCCESS; t2 RUNNING; t2 SUCCESS;"
                 "ri RUNNING; ri SUCCESS(1); t3 RUNNING; t3 FAILURE(t3!); t3 REVERTING; t3 REVERTED;"
                 "ri REVERTING; ri REVERTED; t2 REVERTING; t2 REVERTED; t1 REVERTING; t1 REVERTED; ro RETRYING;"
                 "t1 PENDING; t2 PENDING; ri PENDING; t3 PENDING; ro RUNNING; ro SUCCESS(2); t1 RUNNING;"
                 "t1 SUCCESS; t2 RUNNING; t2 SUCCESS; ri RUNNING; ri SUCCESS(1); t3 RUNNING; t3 SUCCESS;"
                 "t4 RUNNING; t4 SUCCESS; flow o SUCCESS" } } },
  /* As TaskFlow with defer_reverts. */
  { .name = "inner_revert_outer_revert",
    .flow = "linear o <AlwaysRevert ro> [N t1, linear i <AlwaysRevert ri> [Fail t2], N t3]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow o RUNNING; ro RUNNING; ro SUCCESS; t1 RUNNING; t1 SUCCESS; ri RUNNING; ri SUCCESS;"
                 "t2 RUNNING; t2 FAILURE(t2!); t2 REVERTING; t2 REVERTED; ri REVERTING; ri REVERTED;"
                 "t1 REVERTING; t1 REVERTED; ro REVERTING; ro REVERTED; flow o REVERTED",
        .states = "t3 PENDING" } } },
  { .name = "inner_revert_outer_revert_all",
    .flow = "linear root [N t0, linear o <AlwaysRevertAll ro> [N t1, linear i <AlwaysRevert ri> [Fail t2], N t3]]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow root RUNNING; t0 RUNNING; t0 SUCCESS; ro RUNNING; ro SUCCESS; t1 RUNNING; t1 SUCCESS;"
                 "ri RUNNING; ri SUCCESS; t2 RUNNING; t2 FAILURE(t2!); t2 REVERTING; t2 REVERTED; ri REVERTING;"
                 "ri REVERTED; t1 REVERTING; t1 REVERTED; ro REVERTING; ro REVERTED; t0 REVERTING; t0 REVERTED;"
                 "flow root REVERTED",
        .states = "t3 PENDING" } } },
  { .name = "inner_retries_are_counted_anew_in_each_outer_try",
    .flow = "linear o <Times(2) ro> [N t1, linear i <Times(2) ri> [Fail(3) t2], N t3]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow o RUNNING; ro RUNNING; ro SUCCESS(1); t1 RUNNING; t1 SUCCESS; ri RUNNING; ri SUCCESS(1);"
                 "t2 RUNNING; t2 FAILURE(t2!); t2 REVERTING; t2 REVERTED; ri RETRYING; t2 PENDING; ri RUNNING;"
                 "ri SUCCESS(2); t2 RUNNING; t2 FAILURE(t2!); t2 REVERTING; t2 REVERTED; ri REVERTING;"
                 "ri REVERTED; t1 REVERTING; t1 REVERTED; ro RETRYING; t1 PENDING; ri PENDING; t2 PENDING;"
                 "ro RUNNING; ro SUCCESS(2); t1 RUNNING; t1 SUCCESS; ri RUNNING; ri SUCCESS(1); t2 RUNNING;"
                 "t2 FAILURE(t2!); t2 REVERTING; t2 REVERTED; ri RETRYING; t2 PENDING; ri RUNNING;"
                 "ri SUCCESS(2); t2 RUNNING; t2 SUCCESS; t3 RUNNING; t3 SUCCESS; flow o SUCCESS" } } },
  /* O24. As TaskFlow with defer_reverts. */
  { .name = "giving_up_in_one_branch_reverts_the_healthy_one_too",
    .flow = "unordered f [linear A <AlwaysRevert ra> [N a1, Fail a2, NEVER a3], "
            "linear B <AlwaysRevert rb> [N b1, N b2, N b3]]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = WITHIN,
        .trace = "a2 FAILURE(a2!); a2 REVERTED; a1 REVERTED; ra REVERTED; flow f REVERTED",
        .states = "a1 REVERTED, a2 REVERTED, a3 PENDING, ra REVERTED",
        .failed = "a2" } } },
  { .name = "giving_up_in_one_branch_reverts_the_healthy_one_too_side_by_side",
    .flow = "unordered f [linear A <AlwaysRevert ra> [N a1, Fail a2, NEVER a3], "
            "linear B <AlwaysRevert rb> [N b1, N b2, N b3]]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = SET,
        .trace = "flow f RUNNING; rb RUNNING; ra RUNNING; ra SUCCESS; rb SUCCESS; b1 RUNNING; a1 RUNNING;"
                 "b1 SUCCESS; a1 SUCCESS; b2 RUNNING; a2 RUNNING; a2 FAILURE(a2!); b2 SUCCESS; b2 REVERTING;"
                 "a2 REVERTING; a2 REVERTED; b2 REVERTED; b1 REVERTING; a1 REVERTING; b1 REVERTED; a1 REVERTED;"
                 "rb REVERTING; ra REVERTING; rb REVERTED; ra REVERTED; flow f REVERTED",
        .states = "a3 PENDING, b3 PENDING, rb REVERTED" } },
    .capacity = 2,
    .turns = STORY_TOGETHER },
  /* O25 */
  { .name = "a_failure_behind_a_subflow_does_not_ask_its_controller",
    .flow = "linear f [linear s <Times(5) r> [N b], Fail z]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow f RUNNING; r RUNNING; r SUCCESS(1); b RUNNING; b SUCCESS; z RUNNING; z FAILURE(z!);"
                 "z REVERTING; z REVERTED; b REVERTING; b REVERTED; r REVERTING; r REVERTED; flow f REVERTED" } } },
  { .name = "a_failure_behind_a_subflow_asks_the_outer_controller",
    .flow = "linear f <Times(2) ro> [linear s <Times(5) r> [N b], Fail(1) z]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow f RUNNING; ro RUNNING; ro SUCCESS(1); r RUNNING; r SUCCESS(1); b RUNNING; b SUCCESS;"
                 "z RUNNING; z FAILURE(z!); z REVERTING; z REVERTED; b REVERTING; b REVERTED; r REVERTING;"
                 "r REVERTED; ro RETRYING; r PENDING; b PENDING; z PENDING; ro RUNNING; ro SUCCESS(2);"
                 "r RUNNING; r SUCCESS(1); b RUNNING; b SUCCESS; z RUNNING; z SUCCESS; flow f SUCCESS" } } },
  /* O26 */
  { .name = "independent_controllers_do_not_touch_each_other",
    .flow = "unordered u [linear A <Times(2) ra> [Fail(1) a1], linear B <Times(2) rb> [N b1]]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = SET,
        .trace = "flow u RUNNING; rb RUNNING; ra RUNNING; rb SUCCESS(1); ra SUCCESS(1); b1 RUNNING; a1 RUNNING;"
                 "a1 FAILURE(a1!); b1 SUCCESS; a1 REVERTING; a1 REVERTED; ra RETRYING; a1 PENDING; ra RUNNING;"
                 "ra SUCCESS(2); a1 RUNNING; a1 SUCCESS; flow u SUCCESS" } } },
  { .name = "independent_controllers_do_not_touch_each_other_side_by_side",
    .flow = "unordered u [linear A <Times(2) ra> [Fail(1) a1], linear B <Times(2) rb> [N b1]]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = SET,
        .trace = "flow u RUNNING; rb RUNNING; ra RUNNING; rb SUCCESS(1); ra SUCCESS(1); b1 RUNNING; a1 RUNNING;"
                 "a1 FAILURE(a1!); b1 SUCCESS; a1 REVERTING; a1 REVERTED; ra RETRYING; a1 PENDING; ra RUNNING;"
                 "ra SUCCESS(2); a1 RUNNING; a1 SUCCESS; flow u SUCCESS" } },
    .capacity = 2,
    .turns = STORY_TOGETHER },
  { .name = "a_branch_goes_on_while_another_one_is_retried",
    .flow = "unordered u [linear A <Times(2) ra> [NV a0, Fail(1) a1], linear B <Times(2) rb> [N b1, N b2, N b3]]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = WITHIN,
        .trace = "a0 REVERTING; b3 SUCCESS; a0 REVERTED; ra RETRYING; a1 SUCCESS; flow u SUCCESS" } },
    .capacity = 2,
    .holds = "a0 REVERTING until b3 SUCCESS" },
  /* O27 */
  { .name = "revert_all_beats_a_retry_at_the_same_time",
    .flow = "linear o [N t0, unordered u [linear A <AlwaysRevertAll ra> [Fail a1], "
            "linear B <Times(9) rb> [Fail b1]]]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = WITHIN,
        .trace = "t0 SUCCESS; rb REVERTED; t0 REVERTING; t0 REVERTED; flow o REVERTED",
        .states = "ra REVERTED, rb REVERTED, a1 REVERTED, b1 REVERTED",
        .failed = "a1 b1" } },
    .capacity = 2,
    .turns = STORY_TOGETHER },
  { .name = "revert_all_beats_a_retry_at_the_same_time_whichever_comes_first",
    .flow = "linear o [N t0, unordered u [linear A <AlwaysRevertAll ra> [Fail a1], "
            "linear B <Times(9) rb> [Fail b1]]]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = WITHIN,
        .trace = "t0 SUCCESS; rb REVERTED; t0 REVERTING; t0 REVERTED; flow o REVERTED",
        .states = "ra REVERTED, rb REVERTED, a1 REVERTED, b1 REVERTED",
        .failed = "b1 a1" } },
    .capacity = 2,
    .turns = STORY_BACKWARDS },
  /* O28. TaskFlow calls the flow REVERTED and runs a again. */
  { .name = "suspending_with_more_to_run_loses_nothing",
    .flow = "linear o [unordered f [Give(1) a, Give(1) b, Give(1) c], N z]",
    .runs = { { .end = FLOW_STATE_SUSPENDED, .comparison = WITHIN,
        .trace = "a RUNNING; flow o SUSPENDING; a SUCCESS(1); flow o SUSPENDED",
        .states = "a SUCCESS, b PENDING, c PENDING, z PENDING",
        .suspend_at = "a RUNNING" },
      { .end = FLOW_STATE_SUCCESS, .comparison = SET,
        .trace = "flow o RUNNING; b RUNNING; b SUCCESS(1); c RUNNING; c SUCCESS(1); z RUNNING; z SUCCESS;"
                 "flow o SUCCESS" } } },
  { .name = "suspending_with_more_to_run_loses_nothing_side_by_side",
    .flow = "linear o [unordered f [Give(1) a, Give(1) b, Give(1) c], N z]",
    .runs = { { .end = FLOW_STATE_SUSPENDED, .comparison = WITHIN,
        .trace = "flow o SUSPENDING; b SUCCESS(1); flow o SUSPENDED",
        .states = "a SUCCESS, b SUCCESS, c PENDING, z PENDING",
        .suspend_at = "b RUNNING" },
      { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow o RUNNING; c RUNNING; c SUCCESS(1); z RUNNING; z SUCCESS; flow o SUCCESS",
        .before = RESUME } },
    .capacity = 2 },
  /* O29 */
  { .name = "a_failing_revert_lets_the_others_end",
    .flow = "linear o [N pre, unordered u [RFail x, NV y], Fail z]",
    .runs = { { .end = FLOW_STATE_FAILURE, .comparison = SET,
        .trace = "flow o RUNNING; pre RUNNING; pre SUCCESS; x RUNNING; y RUNNING; x SUCCESS; y SUCCESS;"
                 "z RUNNING; z FAILURE(z!); z REVERTING; z REVERTED; x REVERTING; y REVERTING;"
                 "x REVERT_FAILURE(x!); y REVERTED; flow o FAILURE",
        .states = "pre SUCCESS, x REVERT_FAILURE, y REVERTED",
        .revert_failed = "x" } },
    .capacity = 2,
    .holds = "y REVERTING until x REVERT_FAILURE(x!)" },
  /* TaskFlow starts nothing any more; here what is independent is reverted. */
  { .name = "a_failing_revert_does_not_keep_others_from_starting",
    .flow = "linear o [N pre, unordered u [N x, RFail y], Fail z]",
    .runs = { { .end = FLOW_STATE_FAILURE, .comparison = WITHIN,
        .trace = "y REVERT_FAILURE(y!); x REVERTING; x REVERTED; flow o FAILURE",
        .states = "pre SUCCESS, x REVERTED, y REVERT_FAILURE",
        .revert_failed = "y" } } },
  /* In the order of reverting, which is that of definition backwards. */
  { .name = "two_reverts_fail",
    .flow = "linear o [N pre, unordered u [RFail x, RFail y], Fail z]",
    .runs = { { .end = FLOW_STATE_FAILURE, .comparison = SET,
        .trace = "flow o RUNNING; pre RUNNING; pre SUCCESS; y RUNNING; x RUNNING; y SUCCESS; x SUCCESS;"
                 "z RUNNING; z FAILURE(z!); z REVERTING; z REVERTED; y REVERTING; x REVERTING;"
                 "x REVERT_FAILURE(x!); y REVERT_FAILURE(y!); flow o FAILURE",
        .states = "pre SUCCESS",
        .revert_failed = "y x" } } },
  /* O30. TaskFlow walks them as a stack. */
  { .name = "atoms_are_reset_in_the_order_of_definition",
    .flow = "linear f <Times(2) r> [unordered u [N x, N y, N z], Fail(1) w]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = WITHIN,
        .trace = "r RETRYING; x PENDING; y PENDING; z PENDING; w PENDING; r RUNNING; r SUCCESS(2)" } } },
  /* O31 */
  { .name = "a_flow_with_a_target_runs_only_what_leads_there",
    .flow = "graph tf [Give(1) a(-> x), N b(x -> y), NEVER c(x), NEVER d, target b]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow tf RUNNING; a RUNNING; a SUCCESS(1); b RUNNING; b SUCCESS; flow tf SUCCESS" } } },
  /* O32 */
  { .name = "what_was_about_to_start_is_not_reverted",
    .flow = "unordered f [linear A [N a1, Fail a2], linear B [N b1, N b2, NEVER b3]]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = SET,
        .trace = "flow f RUNNING; a1 RUNNING; b1 RUNNING; a1 SUCCESS; b1 SUCCESS; a2 RUNNING; b2 RUNNING;"
                 "a2 FAILURE(a2!); b2 SUCCESS; a2 REVERTING; b2 REVERTING; a2 REVERTED; b2 REVERTED;"
                 "a1 REVERTING; b1 REVERTING; a1 REVERTED; b1 REVERTED; flow f REVERTED",
        .states = "b3 PENDING" } },
    .capacity = 2,
    .turns = STORY_TOGETHER },
  /* TaskFlow reverts b3, which never ran. */
  { .name = "what_was_about_to_start_is_not_reverted_whichever_ends_first",
    .flow = "unordered f [linear A [N a1, Fail a2], linear B [N b1, N b2, NEVER b3]]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = SET,
        .trace = "flow f RUNNING; a1 RUNNING; b1 RUNNING; a1 SUCCESS; b1 SUCCESS; a2 RUNNING; b2 RUNNING;"
                 "a2 FAILURE(a2!); b2 SUCCESS; a2 REVERTING; b2 REVERTING; a2 REVERTED; b2 REVERTED;"
                 "a1 REVERTING; b1 REVERTING; a1 REVERTED; b1 REVERTED; flow f REVERTED",
        .states = "b3 PENDING" } },
    .capacity = 2,
    .turns = STORY_BACKWARDS },
  /* O33. TaskFlow forgets that 3 was tried. */
  { .name = "a_history_outlives_the_process",
    .flow = "linear f <ForEach(3,2,5) r -> x> [Only(5) t(x)]",
    .runs = { { .end = FLOW_STATE_SUSPENDED, .comparison = EXACT,
        .trace = "flow f RUNNING; r RUNNING; r SUCCESS(3); t RUNNING; t FAILURE(bad 3); t REVERTING; t REVERTED;"
                 "r RETRYING; t PENDING; flow f SUSPENDING; flow f SUSPENDED",
        .suspend_at = "t REVERTED" },
      { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow f RUNNING; r RUNNING; r SUCCESS(2); t RUNNING; t FAILURE(bad 2); t REVERTING; t REVERTED;"
                 "r RETRYING; t PENDING; r RUNNING; r SUCCESS(5); t RUNNING; t SUCCESS; flow f SUCCESS",
        .before = RESUME } } },
  /* O34. TaskFlow counts on, and finds no value left. */
  { .name = "a_reset_forgets_the_tries",
    .flow = "linear f <Times(2) r -> n> [N a]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow f RUNNING; r RUNNING; r SUCCESS(1); a RUNNING; a SUCCESS; flow f SUCCESS" },
      { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "r PENDING; a PENDING; flow f PENDING; flow f RUNNING; r RUNNING; r SUCCESS(1); a RUNNING;"
                 "a SUCCESS; flow f SUCCESS",
        .before = RESET } } },
  { .name = "a_reset_forgets_the_values_tried",
    .flow = "linear f <ForEach(1) r -> n> [N a]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow f RUNNING; r RUNNING; r SUCCESS(1); a RUNNING; a SUCCESS; flow f SUCCESS" },
      { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "r PENDING; a PENDING; flow f PENDING; flow f RUNNING; r RUNNING; r SUCCESS(1); a RUNNING;"
                 "a SUCCESS; flow f SUCCESS",
        .before = RESET } } },
  /* O35 */
  { .name = "a_parent_knows_the_child_controller_by_its_name",
    .flow = "linear o <Spy(2) ro> [linear i <Spy(1) ri> [Fail(1) t]]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow o RUNNING; ro RUNNING; ro SUCCESS(1); ri RUNNING; ri SUCCESS(1); t RUNNING;"
                 "t FAILURE(t!); t REVERTING; t REVERTED; ri REVERTING; ri REVERTED; ro RETRYING; ri PENDING;"
                 "t PENDING; ro RUNNING; ro SUCCESS(2); ri RUNNING; ri SUCCESS(1); t RUNNING; t SUCCESS;"
                 "flow o SUCCESS",
        .calls = "ro execute ; ri execute ; ri asked of t (1 t); ro asked of ri (1 ri);"
                 "ri revert (1 t) failed: t; ro execute (1 ri); ri execute " } } },
};
/* clang-format on */

int
main (void)
{
  return story_cases_run ("cases of races", cases, G_N_ELEMENTS (cases), NULL, 0);
}
