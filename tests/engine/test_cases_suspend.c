/* SPDX-License-Identifier: Apache-2.0 */
/* Suspending and going on, case by case: S01 to S06 of what TaskFlow asserts. */
#include "tests/engine/story_case.h"

/* clang-format off */
static const StoryCase cases[] = {
  /* S01 */
  { .name = "waiting_for_what_never_comes_suspends_nothing",
    .flow = "linear a_flow [P a]",
    .runs = { { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow a_flow RUNNING; a RUNNING; a SUCCESS(5); flow a_flow SUCCESS",
        .failed = "",
        .suspend_at = "b SUCCESS(5)" },
      { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "" } } },
  /* S02 */
  { .name = "a_suspended_run_goes_on",
    .flow = "linear l [P a, P b, P c]",
    .runs = { { .end = FLOW_STATE_SUSPENDED, .comparison = EXACT,
        .trace = "flow l RUNNING; a RUNNING; a SUCCESS(5); b RUNNING; b SUCCESS(5); flow l SUSPENDING;"
                 "flow l SUSPENDED",
        .states = "c PENDING",
        .suspend_at = "b SUCCESS(5)" },
      { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow l RUNNING; c RUNNING; c SUCCESS(5); flow l SUCCESS" } } },
  { .name = "a_suspended_run_goes_on_in_a_new_engine",
    .flow = "linear l [P a, P b, P c]",
    .runs = { { .end = FLOW_STATE_SUSPENDED, .comparison = EXACT,
        .trace = "flow l RUNNING; a RUNNING; a SUCCESS(5); b RUNNING; b SUCCESS(5); flow l SUSPENDING;"
                 "flow l SUSPENDED",
        .states = "c PENDING",
        .suspend_at = "b SUCCESS(5)" },
      { .end = FLOW_STATE_SUCCESS, .comparison = EXACT,
        .trace = "flow l RUNNING; c RUNNING; c SUCCESS(5); flow l SUCCESS",
        .before = RESUME } } },
  /* S03 */
  { .name = "a_suspended_rollback_goes_on",
    .flow = "linear l [P a, P b, F c]",
    .runs = { { .end = FLOW_STATE_SUSPENDED, .comparison = EXACT,
        .trace = "flow l RUNNING; a RUNNING; a SUCCESS(5); b RUNNING; b SUCCESS(5); c RUNNING; c FAILURE(Woot!);"
                 "c REVERTING; c REVERTED; b REVERTING; b REVERTED; flow l SUSPENDING; flow l SUSPENDED",
        .states = "a SUCCESS",
        .failed = "c",
        .suspend_at = "b REVERTED" },
      { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow l RUNNING; a REVERTING; a REVERTED; flow l REVERTED",
        .failed = "c" } } },
  /* S04 */
  { .name = "a_suspended_rollback_goes_on_in_a_new_engine",
    .flow = "linear l [P a, P b, F c]",
    .runs = { { .end = FLOW_STATE_SUSPENDED, .comparison = EXACT,
        .trace = "flow l RUNNING; a RUNNING; a SUCCESS(5); b RUNNING; b SUCCESS(5); c RUNNING; c FAILURE(Woot!);"
                 "c REVERTING; c REVERTED; b REVERTING; b REVERTED; flow l SUSPENDING; flow l SUSPENDED",
        .states = "a SUCCESS",
        .suspend_at = "b REVERTED" },
      { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow l RUNNING; a REVERTING; a REVERTED; flow l REVERTED",
        .failed = "c",
        .before = RESUME } } },
  /* S05. The vanished atom has no effect any more. */
  { .name = "a_rollback_goes_on_though_the_failed_atom_is_gone",
    .flow = "linear l [P a, P b, F c]",
    .runs = { { .end = FLOW_STATE_SUSPENDED, .comparison = EXACT,
        .trace = "flow l RUNNING; a RUNNING; a SUCCESS(5); b RUNNING; b SUCCESS(5); c RUNNING; c FAILURE(Woot!);"
                 "c REVERTING; c REVERTED; b REVERTING; b REVERTED; flow l SUSPENDING; flow l SUSPENDED",
        .suspend_at = "b REVERTED" },
      { .end = FLOW_STATE_REVERTED, .comparison = EXACT,
        .trace = "flow l RUNNING; a REVERTING; a REVERTED; flow l REVERTED",
        .before = RESUME,
        .before_text = "linear l [P a, P b]" } } },
};
/* clang-format on */

int
main (void)
{
  return story_cases_run ("cases of suspending", cases, G_N_ELEMENTS (cases), NULL, 0);
}
