/* SPDX-License-Identifier: Apache-2.0 */
/* What TaskFlow does without asserting it, case by case: O01 to O19, and what is right where it is
 * not. Reverts that give up and have no parent always revert all here. O20 to O35:
 * test_cases_races.c. Elsewhere: O05 in test_cases_retries.c, O07 in test_cases_engines.c.
 */
#include "tests/engine/story_case.h"

/* clang-format off */
static const StoryCase cases[] = {
  /* O01. In TaskFlow the second run calls the flow REVERTED. */
  { .name = "a_failed_run_stays_failed_when_it_is_run_again",
    .flow = "linear f [N a, RFail b, N c, Fail d]",
    .runs = { { .end = FLOW_STATE_FAILURE, .comparison = EXACT,
        .trace = "flow f RUNNING; a RUNNING; a SUCCESS; b RUNNING; b SUCCESS; c RUNNING; c SUCCESS; d RUNNING;"
                 "d FAILURE(d!); d REVERTING; d REVERTED; c REVERTING; c REVERTED; b REVERTING;"
                 "b REVERT_FAILURE(b!); flow f FAILURE",
        .states = "a SUCCESS, b REVERT_FAILURE, c REVERTED, d REVERTED",
        .failed = "d",
        .revert_failed = "b" },
      { .end = FLOW_STATE_FAILURE, .comparison = EXACT,
        .trace = "",
        .states = "a SUCCESS, b REVERT_FAILURE",
        .failed = "d",
        .revert_failed = "b" } } },
  /* O02. In TaskFlow the second run calls the flow REVERTED. */
  { .name = "never_resolving_changes_nothing",
    .flow = "linear f [N a, Fail b, NEVER c]",
    .runs = { { .end = FLOW_STATE_FAILURE, .comparison = EXACT,
        .trace = "flow f RUNNING; a RUNNING; a SUCCESS; b RUNNING; b FAILURE(b!); flow f FAILURE",
        .states = "a SUCCESS/EXECUTE, b FAILURE/EXECUTE, c PENDING/EXECUTE",
        .failed = "b" },
      { .end = FLOW_STATE_FAILURE, .comparison = EXACT,
        .trace = "",
        .states = "a SUCCESS, b FAILURE" } },
    .flags = ENGINE_FLAGS_NEVER_RESOLVE },
  { .name = "never_resolving_asks_no_controller",
    .flow = "linear f <Times(3) r> [N a, Fail b]",
    .runs = { { .end = FLOW_STATE_FAILURE, .comparison = EXACT,
        .trace = "flow f RUNNING; r RUNNING; r SUCCESS(1); a RUNNING; a SUCCESS; b RUNNING; b FAILURE(b!);"
                 "flow f FAILURE",
        .states = "a SUCCESS/EXECUTE, b FAILURE/EXECUTE, r SUCCESS/EXECUTE" } },
    .flags = ENGINE_FLAGS_NEVER_RESOLVE },
  /* O03. TaskFlow remembers c too, in the process that saw it. */
  { .name = "failures_of_tries_that_were_retried_are_over",
    .flow = "linear f [TELL t, linear s <Times(2) r> [Fail(1) c], Fail z]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = WITHIN,
        .trace = "c FAILURE(c!); r SUCCESS(2); c SUCCESS; z FAILURE(z!); z REVERTED; c REVERTED; r REVERTED;"
                 "t REVERTED(\"z:z!;result\"); flow f REVERTED",
        .failed = "z" } } },
  /* O04 */
  { .name = "a_controller_that_fails_reverts_all",
    .flow = "linear f <Broken r> [NEVER a]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow f RUNNING; r RUNNING; r FAILURE(OMG I FAILED); r REVERTING; r REVERTED; flow f REVERTED",
        .states = "a PENDING",
        .failed = "r" } } },
  { .name = "a_controller_that_fails_is_retried_by_its_parent",
    .flow = "linear o <Times(2) ro> [N t, linear f <Broken(1) r> [N a]]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow o RUNNING; ro RUNNING; ro SUCCESS(1); t RUNNING; t SUCCESS; r RUNNING;"
                 "r FAILURE(OMG I FAILED); r REVERTING; r REVERTED; t REVERTING; t REVERTED; ro RETRYING;"
                 "t PENDING; r PENDING; ro RUNNING; ro SUCCESS(2); t RUNNING; t SUCCESS; r RUNNING;"
                 "r SUCCESS(2); a RUNNING; a SUCCESS; flow o SUCCESS" } } },
  /* O06. In TaskFlow everything stays as it is, in FAILURE. */
  { .name = "a_controller_that_can_not_answer_reverts_all",
    .flow = "linear f [N t, linear i <OnFailure r> [Fail a]]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow f RUNNING; t RUNNING; t SUCCESS; r RUNNING; r SUCCESS; a RUNNING; a FAILURE(a!);"
                 "a REVERTING; a REVERTED; r REVERTING; r REVERTED; t REVERTING; t REVERTED; flow f REVERTED" } } },
  { .name = "a_controller_that_answers_nonsense_reverts_all",
    .flow = "linear f [N t, linear i <Garbage r> [Fail a]]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow f RUNNING; t RUNNING; t SUCCESS; r RUNNING; r SUCCESS; a RUNNING; a FAILURE(a!);"
                 "a REVERTING; a REVERTED; r REVERTING; r REVERTED; t REVERTING; t REVERTED; flow f REVERTED" } } },
  { .name = "a_controller_that_can_not_answer_is_retried_by_its_parent",
    .flow = "linear f <Times(2) ro> [N t, linear i <OnFailure r> [Fail(1) a]]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = WITHIN,
        .trace = "a FAILURE(a!); a REVERTED; r REVERTED; t REVERTED; ro RETRYING; ro SUCCESS(2); t SUCCESS;"
                 "r SUCCESS; a SUCCESS; flow f SUCCESS" } } },
  /* O08. TaskFlow tells it nothing. */
  { .name = "a_decider_on_a_link_from_a_subflow_is_told_what_is_in_it",
    .flow = "graph g [linear sub [Give(1) s1, Give(2) s2], P t, sub -> t ?no]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow g RUNNING; s1 RUNNING; s1 SUCCESS(1); s2 RUNNING; s2 SUCCESS(2); t IGNORE; flow g SUCCESS",
        .calls = "sub->t {\"s1\":1,\"s2\":2}" } } },
  /* O09 */
  { .name = "a_decider_into_a_subflow_ignores_its_controller_too",
    .flow = "graph g [Give(9) a, linear sub <Times(2) r> [N s1, Give(2) s2], N z, a -> sub ?no, sub -> z]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow g RUNNING; a RUNNING; a SUCCESS(9); r IGNORE; s1 IGNORE; s2 IGNORE; z IGNORE;"
                 "flow g SUCCESS",
        .states = "r IGNORE/IGNORE, z IGNORE/IGNORE" } } },
  { .name = "a_decider_into_a_subflow_ignores_its_first_atom",
    .flow = "graph g [Give(9) a, linear sub [N s1, Give(2) s2], N z, a -> sub ?no(atom), sub -> z]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow g RUNNING; a RUNNING; a SUCCESS(9); s1 IGNORE; s2 RUNNING; s2 SUCCESS(2); z RUNNING;"
                 "z SUCCESS; flow g SUCCESS" } } },
  { .name = "a_decider_into_a_subflow_ignores_neighbors_within_it",
    .flow = "graph g [Give(9) a, linear sub [N s1, Give(2) s2], N z, a -> sub ?no(neighbors), sub -> z]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow g RUNNING; a RUNNING; a SUCCESS(9); s1 IGNORE; s2 IGNORE; z RUNNING; z SUCCESS;"
                 "flow g SUCCESS" } } },
  { .name = "a_decider_into_a_subflow_ignores_what_is_in_it",
    .flow = "graph g [Give(9) a, linear sub [N s1, Give(2) s2], N z, a -> sub ?no(flow), sub -> z]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow g RUNNING; a RUNNING; a SUCCESS(9); s1 IGNORE; s2 IGNORE; z RUNNING; z SUCCESS;"
                 "flow g SUCCESS" } } },
  /* O10 */
  { .name = "votes_of_ignored_sources_do_not_count",
    .flow = "graph g [Give(1) a, Give(2) b, Give(3) c, Give(4) d, a -> b ?no(atom), a -> c, b -> d ?no, "
            "c -> d ?yes]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow g RUNNING; a RUNNING; a SUCCESS(1); b IGNORE; c RUNNING; c SUCCESS(3); d RUNNING;"
                 "d SUCCESS(4); flow g SUCCESS",
        .calls = "a->b {\"a\":1}; c->d {\"c\":3}" } } },
  { .name = "without_votes_the_target_runs",
    .flow = "graph g [Give(1) a, Give(2) b, Give(4) d, a -> b ?no(atom), b -> d ?no]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow g RUNNING; a RUNNING; a SUCCESS(1); b IGNORE; d RUNNING; d SUCCESS(4); flow g SUCCESS",
        .calls = "a->b {\"a\":1}" } } },
  /* O11. In TaskFlow everything stays as it is, in FAILURE. */
  { .name = "a_failing_decider_fails_its_target",
    .flow = "graph g [Give(1) a, NEVER b, a -> b ?raise]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = WITHIN,
        .trace = "a SUCCESS(1); b FAILURE(the decider of the link from 'a' to 'b' could not decide: DECBOOM);"
                 "a REVERTING; a REVERTED; flow g REVERTED",
        .failed = "b" } } },
  { .name = "a_failing_decider_is_retried",
    .flow = "graph g <Times(2) r> [Give(1) a, P b, a -> b ?raise]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = WITHIN,
        .trace = "r SUCCESS(1); b FAILURE(the decider of the link from 'a' to 'b' could not decide: DECBOOM);"
                 "a REVERTED; r RETRYING; r SUCCESS(2);"
                 "b FAILURE(the decider of the link from 'a' to 'b' could not decide: DECBOOM); a REVERTED;"
                 "r REVERTED; flow g REVERTED",
        .failed = "b" } } },
  { .name = "a_decider_of_what_is_ignored_is_not_asked",
    .flow = "graph g [P t1, P t2, graph sub [P s1], t1 -> t2 ?no, t2 -> sub, t1 -> sub ?raise]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow g RUNNING; t1 RUNNING; t1 SUCCESS(5); t2 IGNORE; s1 IGNORE; flow g SUCCESS",
        .calls = "t1->t2 {\"t1\":5}" } } },
  /* O12 */
  { .name = "deciders_are_asked_again_in_the_next_try",
    .flow = "graph g <Times(2) r> [Give(1) a, N b, Fail(1) c, a -> b ?second(atom), b -> c]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow g RUNNING; r RUNNING; r SUCCESS(1); a RUNNING; a SUCCESS(1); b IGNORE; c RUNNING;"
                 "c FAILURE(c!); c REVERTING; c REVERTED; a REVERTING; a REVERTED; r RETRYING; a PENDING;"
                 "b PENDING; c PENDING; r RUNNING; r SUCCESS(2); a RUNNING; a SUCCESS(1); b RUNNING; b SUCCESS;"
                 "c RUNNING; c SUCCESS; flow g SUCCESS" } } },
  { .name = "what_is_ignored_is_reset_with_the_rest",
    .flow = "graph g [Give(1) a, N b, Fail(1) c, a -> b ?no(atom), b -> c]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow g RUNNING; a RUNNING; a SUCCESS(1); b IGNORE; c RUNNING; c FAILURE(c!); c REVERTING;"
                 "c REVERTED; a REVERTING; a REVERTED; flow g REVERTED",
        .states = "a REVERTED, b IGNORE, c REVERTED" },
      { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "a PENDING; b PENDING; c PENDING; flow g PENDING; flow g RUNNING; a RUNNING; a SUCCESS(1);"
                 "b IGNORE; c RUNNING; c SUCCESS; flow g SUCCESS",
        .states = "b IGNORE/IGNORE" } } },
  /* O13. In TaskFlow it stays RUNNING, and nothing is reverted. */
  { .name = "an_argument_whose_only_provider_was_ignored_fails_who_requires_it",
    .flow = "graph g [Give(1) a(-> x), N b(x -> y), Show c(value<y), a -> b ?no(atom), b -> c]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = WITHIN,
        .trace = "b IGNORE; c REVERTED; a REVERTED; flow g REVERTED",
        .states = "b IGNORE",
        .failed = "c" } } },
  { .name = "what_could_not_have_its_arguments_has_nothing_to_revert",
    .flow = "graph g [Give(1) a(-> x), N b(x -> y), NEVER c(y), a -> b ?no(atom), b -> c]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = WITHIN,
        .trace = "b IGNORE; c REVERTED; a REVERTED; flow g REVERTED",
        .failed = "c" } } },
  { .name = "an_optional_argument_whose_only_provider_was_ignored_is_absent",
    .flow = "graph g [Give(1) a(-> x), N b(x -> value), Show c(?value), a -> b ?no(atom), b -> c]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow g RUNNING; a RUNNING; a SUCCESS(1); b IGNORE; c RUNNING; c SUCCESS; flow g SUCCESS",
        .calls = "a->b {\"a\":1}; c absent" } } },
  /* O14 */
  { .name = "a_failing_hook_before_execute_fails_the_task",
    .flow = "linear f [N a, PRE p, NEVER z]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow f RUNNING; a RUNNING; a SUCCESS; p RUNNING; p FAILURE(PRE); p REVERTING; p REVERTED;"
                 "a REVERTING; a REVERTED; flow f REVERTED" } } },
  /* TaskFlow leaves the task RUNNING. */
  { .name = "a_failing_hook_after_execute_fails_the_task",
    .flow = "linear f [N a, POST p, NEVER z]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow f RUNNING; a RUNNING; a SUCCESS; p RUNNING; p FAILURE(POST); p REVERTING; p REVERTED;"
                 "a REVERTING; a REVERTED; flow f REVERTED" } } },
  { .name = "a_failing_hook_before_revert_fails_the_revert",
    .flow = "linear f [N a, PRER p, Fail z]",
    .runs = { { .end = FLOW_STATE_FAILURE, .comparison = WITHIN,
        .trace = "z REVERTED; p REVERT_FAILURE(PRE); flow f FAILURE",
        .states = "a SUCCESS",
        .revert_failed = "p" } } },
  { .name = "a_failing_hook_after_revert_fails_the_revert",
    .flow = "linear f [N a, POSTR p, Fail z]",
    .runs = { { .end = FLOW_STATE_FAILURE, .comparison = WITHIN,
        .trace = "z REVERTED; p REVERT_FAILURE(POST); flow f FAILURE",
        .states = "a SUCCESS",
        .revert_failed = "p" } } },
  /* O15. That it runs is not told again. */
  { .name = "an_interrupted_task_is_executed_again",
    .flow = "linear f [N a, Give(7) p, N z]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow f RUNNING; a RUNNING; a SUCCESS; p RUNNING; p SUCCESS(7); z RUNNING; z SUCCESS;"
                 "flow f SUCCESS" },
      { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow f RESUMING; flow f SUSPENDED; flow f RUNNING; p SUCCESS(7); z RUNNING; z SUCCESS;"
                 "flow f SUCCESS",
        .before = DIE_AT,
        .before_text = "p RUNNING" } } },
  /* O16 */
  { .name = "resuming_from_running_with_an_interrupted_atom",
    .flow = "linear f [N a, Give(2) b, N c]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow f RESUMING; flow f SUSPENDED; flow f RUNNING; b SUCCESS(2); c RUNNING; c SUCCESS;"
                 "flow f SUCCESS",
        .before = PRESET,
        .before_text = "flow RUNNING; a RUNNING; a SUCCESS(1); b RUNNING" } } },
  /* TaskFlow tells b's RUNNING again when there was progress; here nothing is told twice. */
  { .name = "resuming_from_running_with_an_interrupted_atom_that_had_come_far",
    .flow = "linear f [N a, Give(2) b, N c]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow f RESUMING; flow f SUSPENDED; flow f RUNNING; b SUCCESS(2); c RUNNING; c SUCCESS;"
                 "flow f SUCCESS",
        .before = PRESET,
        .before_text = "flow RUNNING; a RUNNING; a SUCCESS(1); b RUNNING; b PROGRESS(0.5)" } } },
  { .name = "resuming_from_running_with_a_failed_atom",
    .flow = "linear f [N a, Give(2) b, N c]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow f RESUMING; flow f SUSPENDED; flow f RUNNING; b REVERTING; b REVERTED; a REVERTING;"
                 "a REVERTED; flow f REVERTED",
        .states = "c PENDING",
        .failed = "b",
        .before = PRESET,
        .before_text = "flow RUNNING; a RUNNING; a SUCCESS(1); b RUNNING; b FAILURE(OLD)" } } },
  { .name = "resuming_from_running_with_an_interrupted_revert",
    .flow = "linear f [N a, Give(2) b, N c]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow f RESUMING; flow f SUSPENDED; flow f RUNNING; b REVERTED; a REVERTING; a REVERTED;"
                 "flow f REVERTED",
        .states = "c PENDING",
        .failed = "b",
        .before = PRESET,
        .before_text = "flow RUNNING; a RUNNING; a SUCCESS(1); b RUNNING; b FAILURE(OLD); run intends REVERT;"
                       "b REVERTING" } } },
  { .name = "resuming_from_suspending",
    .flow = "linear f [N a, Give(2) b, N c]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow f RESUMING; flow f SUSPENDED; flow f RUNNING; b RUNNING; b SUCCESS(2); c RUNNING;"
                 "c SUCCESS; flow f SUCCESS",
        .before = PRESET,
        .before_text = "flow RUNNING; a RUNNING; a SUCCESS(1); flow SUSPENDING" } } },
  { .name = "resuming_from_suspended",
    .flow = "linear f [N a, Give(2) b, N c]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow f RUNNING; b RUNNING; b SUCCESS(2); c RUNNING; c SUCCESS; flow f SUCCESS",
        .before = PRESET,
        .before_text = "flow RUNNING; a RUNNING; a SUCCESS(1); flow SUSPENDING; flow SUSPENDED" } } },
  { .name = "resuming_from_resuming",
    .flow = "linear f [N a, Give(2) b, N c]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow f SUSPENDED; flow f RUNNING; b RUNNING; b SUCCESS(2); c RUNNING; c SUCCESS; flow f SUCCESS",
        .before = PRESET,
        .before_text = "flow RUNNING; a RUNNING; a SUCCESS(1); flow RESUMING" } } },
  { .name = "resuming_from_reverted",
    .flow = "linear f [N a, Give(2) b, N c]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "a PENDING; flow f PENDING; flow f RUNNING; a RUNNING; a SUCCESS; b RUNNING; b SUCCESS(2);"
                 "c RUNNING; c SUCCESS; flow f SUCCESS",
        .before = PRESET,
        .before_text = "flow RUNNING; a RUNNING; a SUCCESS(1); run intends REVERT; a REVERTING; a REVERTED;"
                       "flow REVERTED" } } },
  { .name = "resuming_from_success",
    .flow = "linear f [N a, Give(2) b, N c]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "",
        .states = "a SUCCESS, b SUCCESS, c SUCCESS",
        .before = PRESET,
        .before_text = "flow RUNNING; a RUNNING; a SUCCESS(1); b RUNNING; b SUCCESS(2); c RUNNING; c SUCCESS;"
                       "flow SUCCESS" } } },
  { .name = "resuming_from_failure",
    .flow = "linear f [N a, Give(2) b, N c]",
    .runs = { { .end = FLOW_STATE_FAILURE, .comparison = EXACT,
        .trace = "",
        .states = "a SUCCESS, b REVERT_FAILURE, c PENDING",
        .failed = "b",
        .revert_failed = "b",
        .before = PRESET,
        .before_text = "flow RUNNING; a RUNNING; a SUCCESS(1); b RUNNING; b FAILURE(OLD); run intends REVERT;"
                       "b REVERTING; b REVERT_FAILURE(RB); flow FAILURE" } } },
  /* O17. What has succeeded is not run again though something new comes before it. */
  { .name = "atoms_added_to_a_run_that_succeeded_are_run",
    .flow = "linear f [N a]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow f RUNNING; a RUNNING; a SUCCESS; flow f SUCCESS" },
      { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow f RUNNING; new RUNNING; new SUCCESS; b RUNNING; b SUCCESS; flow f SUCCESS",
        .before = RESUME,
        .before_text = "linear f [N new, N a, N b]" } } },
  { .name = "atoms_added_to_a_suspended_run_are_run",
    .flow = "linear f [N a, N c]",
    .runs = { { .end = FLOW_STATE_SUSPENDED, .comparison = WITHIN,
        .trace = "flow f SUSPENDED",
        .suspend_at = "a SUCCESS" },
      { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow f RUNNING; b RUNNING; b SUCCESS; c RUNNING; c SUCCESS; flow f SUCCESS",
        .before = RESUME,
        .before_text = "linear f [N a, N b, N c]" } } },
  { .name = "atoms_added_to_a_rollback_are_not_run",
    .flow = "linear f [NV a, NV b, Fail c]",
    .runs = { { .end = FLOW_STATE_SUSPENDED, .comparison = WITHIN,
        .trace = "flow f SUSPENDED",
        .suspend_at = "b REVERTED" },
      { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow f RUNNING; a REVERTING; a REVERTED; flow f REVERTED",
        .states = "x PENDING, y PENDING",
        .before = RESUME,
        .before_text = "linear f [NV a, NEVER x, NV b, Fail c, NEVER y]" } } },
  { .name = "atoms_added_to_a_reverted_run_are_run_with_the_others",
    .flow = "linear f [N a, Fail(1) c]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = WITHIN,
        .trace = "flow f REVERTED" },
      { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "a PENDING; c PENDING; flow f PENDING; flow f RUNNING; a RUNNING; a SUCCESS; b RUNNING;"
                 "b SUCCESS; c RUNNING; c SUCCESS; flow f SUCCESS",
        .before = RESUME,
        .before_text = "linear f [N a, N b, Fail(1) c]" } } },
  { .name = "atoms_added_to_a_failed_run_are_not_run",
    .flow = "linear f [N a, RFail b, Fail c]",
    .runs = { { .end = FLOW_STATE_FAILURE, .comparison = WITHIN,
        .trace = "flow f FAILURE" },
      { .end = FLOW_STATE_FAILURE, .comparison = EXACT,
        .trace = "",
        .states = "x PENDING, a SUCCESS, b REVERT_FAILURE",
        .before = RESUME,
        .before_text = "linear f [N a, NEVER x, RFail b, Fail c]" } } },
  /* O18 */
  { .name = "suspending_while_the_last_task_runs_ends_in_success",
    .flow = "linear f [N a, N b]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow f RUNNING; a RUNNING; a SUCCESS; b RUNNING; flow f SUSPENDING; b SUCCESS; flow f SUCCESS",
        .suspend_at = "b RUNNING" } } },
  { .name = "suspending_behind_the_first_task",
    .flow = "linear f [N a, NEVER b, NEVER c]",
    .runs = { { .end = FLOW_STATE_SUSPENDED, .comparison = EXACT,
        .trace = "flow f RUNNING; a RUNNING; a SUCCESS; flow f SUSPENDING; flow f SUSPENDED",
        .states = "a SUCCESS/EXECUTE, b PENDING/EXECUTE",
        .suspend_at = "a SUCCESS" } } },
  { .name = "suspending_at_a_failure_holds_the_rollback_back",
    .flow = "linear f [N a, Fail b, NEVER c]",
    .runs = { { .end = FLOW_STATE_SUSPENDED, .comparison = EXACT,
        .trace = "flow f RUNNING; a RUNNING; a SUCCESS; b RUNNING; b FAILURE(b!); flow f SUSPENDING;"
                 "flow f SUSPENDED",
        .states = "a SUCCESS/REVERT, b FAILURE/REVERT",
        .suspend_at = "b FAILURE(b!)" },
      { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow f RUNNING; b REVERTING; b REVERTED; a REVERTING; a REVERTED; flow f REVERTED",
        .states = "a REVERTED, b REVERTED, c PENDING",
        .failed = "b" } } },
  /* The end comes with the last revert. */
  { .name = "suspending_at_the_last_revert_ends_in_reverted",
    .flow = "linear f [N a, Fail b]",
    .runs = { { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow f RUNNING; a RUNNING; a SUCCESS; b RUNNING; b FAILURE(b!); b REVERTING; b REVERTED;"
                 "a REVERTING; a REVERTED; flow f REVERTED",
        .suspend_at = "a REVERTED" } } },
  /* The reset for the next try comes with the last revert before it; in TaskFlow it comes after the suspension. */
  { .name = "suspending_before_the_next_try_holds_it_back",
    .flow = "linear f <Times(2) r> [Fail(1) a]",
    .runs = { { .end = FLOW_STATE_SUSPENDED, .comparison = EXACT,
        .trace = "flow f RUNNING; r RUNNING; r SUCCESS(1); a RUNNING; a FAILURE(a!); a REVERTING; a REVERTED;"
                 "r RETRYING; a PENDING; flow f SUSPENDING; flow f SUSPENDED",
        .states = "a PENDING, r RETRYING",
        .suspend_at = "a REVERTED" },
      { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow f RUNNING; r RUNNING; r SUCCESS(2); a RUNNING; a SUCCESS; flow f SUCCESS" } } },
  { .name = "suspending_before_the_next_try_holds_it_back_for_a_new_engine",
    .flow = "linear f <Times(2) r> [Fail(1) a]",
    .runs = { { .end = FLOW_STATE_SUSPENDED, .comparison = EXACT,
        .trace = "flow f RUNNING; r RUNNING; r SUCCESS(1); a RUNNING; a FAILURE(a!); a REVERTING; a REVERTED;"
                 "r RETRYING; a PENDING; flow f SUSPENDING; flow f SUSPENDED",
        .states = "a PENDING, r RETRYING",
        .suspend_at = "a REVERTED" },
      { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow f RUNNING; r RUNNING; r SUCCESS(2); a RUNNING; a SUCCESS; flow f SUCCESS",
        .before = RESUME } } },
  { .name = "suspending_within_the_reset_for_the_next_try",
    .flow = "linear f <Times(2) r> [Fail(1) a]",
    .runs = { { .end = FLOW_STATE_SUSPENDED, .comparison = WITHIN,
        .trace = "r RETRYING; a PENDING; flow f SUSPENDING; flow f SUSPENDED",
        .suspend_at = "a PENDING" },
      { .end = FLOW_STATE_SUCCESS, .comparison = WITHIN,
        .trace = "flow f RUNNING; a RUNNING; a SUCCESS; flow f SUCCESS",
        .states = "a SUCCESS/EXECUTE, r SUCCESS/EXECUTE" } } },
};
/* clang-format on */

/* O19. TaskFlow has reset the atoms already when it refuses. */
static void
a_refused_reset_changes_nothing (void **unused)
{
  g_autoptr (GError) error = NULL;
  Story story;

  (void) unused;
  story_init (&story, "linear f <Times(2) r> [N a, N b]", NULL, NULL);
  story.suspend_at = "a SUCCESS";
  assert_int_equal (story_run (&story), FLOW_STATE_SUSPENDED);
  assert_false (engine_reset (story.engine, &error));
  assert_true (g_error_matches (error, ENGINE_ERROR, ENGINE_ERROR_STATE));
  story_expect_states (&story, "r SUCCESS/EXECUTE, a SUCCESS/EXECUTE, b PENDING/EXECUTE");
  assert_int_equal (engine_get_state (story.engine), FLOW_STATE_SUSPENDED);
  story.suspend_at = NULL;
  assert_int_equal (story_run (&story), FLOW_STATE_SUCCESS);
  story_expect (&story, "flow f RUNNING; b RUNNING; b SUCCESS; flow f SUCCESS");
  story_clear (&story);
}

int
main (void)
{
  const struct CMUnitTest more[] = {
    cmocka_unit_test (a_refused_reset_changes_nothing),
  };

  return story_cases_run ("cases of probes", cases, G_N_ELEMENTS (cases), more,
                          G_N_ELEMENTS (more));
}
