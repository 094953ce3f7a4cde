/* SPDX-License-Identifier: Apache-2.0 */
/* What people say of a run that can't go on by itself, and undoing one that has ended. Each
 * resolution is tried in the engine that ran, in one that took the run over before it, and in one
 * that took it over behind it.
 */
#include "tests/engine/story_resolve.h"

#include <backflow/engine/recovery.h>
#include <backflow/values/value.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* preset: (nullable) what is in the journal before the first run; that ends as `stuck`. result:
 * (nullable) JSON. What comes then has `trace` within it, and ends as `end` with the atoms in
 * `states`. */
typedef struct
{
  const char *name;
  const char *flow;
  const char *preset;
  FlowState stuck;
  const char *atom;
  StorageResolution resolution;
  const char *result;
  FlowState end;
  const char *trace;
  const char *states;
} Case;

#define STUCK .stuck = FLOW_STATE_FAILURE
#define ASKS .stuck = FLOW_STATE_SUSPENDED

/* clang-format off */
static const Case cases[] = {
  { "a_failed_revert_is_tried_again", .flow = "linear f [NV a, RFail(1) b, Fail c]", STUCK, .atom = "b",
    .resolution = STORAGE_RESOLUTION_RETRY, .end = FLOW_STATE_REVERTED,
    .trace = "flow f RUNNING; b REVERTING; b REVERTED; a REVERTING; a REVERTED; flow f REVERTED", .states = "b REVERTED" },
  { "a_revert_that_is_tried_again_may_fail_again", .flow = "linear f [NV a, RFail b, Fail c]", STUCK, .atom = "b",
    .resolution = STORAGE_RESOLUTION_RETRY, .end = FLOW_STATE_FAILURE,
    .trace = "b REVERTING; b REVERT_FAILURE(b!); flow f FAILURE", .states = "a SUCCESS, b REVERT_FAILURE, c REVERTED" },
  { "a_failed_revert_is_called_reverted", .flow = "linear f [NV a, RFail b, Fail c]", STUCK, .atom = "b",
    .resolution = STORAGE_RESOLUTION_REVERTED, .end = FLOW_STATE_REVERTED,
    .trace = "a REVERTING; a REVERTED; flow f REVERTED", .states = "a REVERTED, b REVERTED, c REVERTED" },
  { "a_failed_revert_is_skipped_and_what_waits_is_reverted", .flow = "linear f [NV a, RFail b, Fail c]", STUCK, .atom = "b",
    .resolution = STORAGE_RESOLUTION_SKIP, .end = FLOW_STATE_FAILURE,
    .trace = "a REVERTING; a REVERTED; flow f FAILURE", .states = "a REVERTED, b REVERT_FAILURE, c REVERTED" },
  { "what_can_not_be_taken_back_is_skipped", .flow = "linear f [NV a, IRR b, Fail c]", STUCK, .atom = "b",
    .resolution = STORAGE_RESOLUTION_SKIP, .end = FLOW_STATE_FAILURE,
    .trace = "a REVERTING; a REVERTED; flow f FAILURE", .states = "a REVERTED, b REVERT_FAILURE" },
  { "one_of_two_failed_reverts_is_called_reverted", .flow = "unordered f [RFail x, RFail y, Fail z]", STUCK, .atom = "x",
    .resolution = STORAGE_RESOLUTION_REVERTED, .end = FLOW_STATE_FAILURE, .trace = "flow f FAILURE",
    .states = "x REVERTED, y REVERT_FAILURE, z REVERTED" },
  /* A revert that failed for good has ended the retry that it was for: everything is rolled back. */
  { "a_retry_is_over_once_a_revert_has_failed", .flow = "linear f <Times(2) r> [NV a, RFail(1) b, Fail(1) c]", STUCK,
    .atom = "b", .resolution = STORAGE_RESOLUTION_RETRY, .end = FLOW_STATE_REVERTED,
    .trace = "b REVERTING; b REVERTED; a REVERTED; r REVERTED; flow f REVERTED", .states = "b REVERTED" },
  { "a_retry_is_over_though_the_failed_revert_is_called_reverted", .flow = "linear f <Times(2) r> [NV a, RFail b, Fail(1) c]", STUCK,
    .atom = "b", .resolution = STORAGE_RESOLUTION_REVERTED, .end = FLOW_STATE_REVERTED,
    .trace = "a REVERTED; r REVERTED; flow f REVERTED", .states = "b REVERTED" },
  { "a_flow_with_something_left_in_it_is_not_tried_again", .flow = "linear f [NV o, linear s <Times(2) r> [NV a, RFail b, Fail(1) c]]",
    STUCK, .atom = "b", .resolution = STORAGE_RESOLUTION_SKIP, .end = FLOW_STATE_FAILURE,
    .trace = "a REVERTED; r REVERTED; o REVERTED; flow f FAILURE", .states = "b REVERT_FAILURE, r REVERTED, o REVERTED" },

  { "an_interrupted_execute_is_called_done", .flow = "linear f [Ask(5) a(-> x), N b]", .preset = "flow RUNNING; a RUNNING", ASKS,
    .atom = "a", .resolution = STORAGE_RESOLUTION_DONE, .result = "7", .end = FLOW_STATE_SUCCESS,
    .trace = "b RUNNING; b SUCCESS; flow f SUCCESS", .states = "a SUCCESS" },
  { "an_interrupted_execute_is_tried_again", .flow = "linear f [Ask(7) a(-> x), N b]", .preset = "flow RUNNING; a RUNNING", ASKS,
    .atom = "a", .resolution = STORAGE_RESOLUTION_RETRY, .end = FLOW_STATE_SUCCESS,
    .trace = "a SUCCESS(7); b RUNNING; b SUCCESS; flow f SUCCESS", .states = "a SUCCESS" },
  { "an_interrupted_execute_did_nothing", .flow = "linear f [Ask(7) a(-> x), N b]", .preset = "flow RUNNING; a RUNNING", ASKS,
    .atom = "a", .resolution = STORAGE_RESOLUTION_REVERTED, .end = FLOW_STATE_SUCCESS,
    .trace = "a RUNNING; a SUCCESS(7); b RUNNING; b SUCCESS; flow f SUCCESS", .states = "a SUCCESS" },
  { "an_interrupted_execute_is_given_up", .flow = "linear f [NV o, Ask a, N b]", .preset = "flow RUNNING; o RUNNING; o SUCCESS; a RUNNING",
    ASKS, .atom = "a", .resolution = STORAGE_RESOLUTION_SKIP, .end = FLOW_STATE_REVERTED,
    .trace = "a REVERTING; a REVERTED; o REVERTED; flow f REVERTED", .states = "b PENDING" },
  { "an_interrupted_execute_that_is_given_up_is_retried", .flow = "linear f <Times(2) r> [Ask(7) a]",
    .preset = "flow RUNNING; r RUNNING; r SUCCESS(1); a RUNNING", ASKS, .atom = "a", .resolution = STORAGE_RESOLUTION_SKIP,
    .end = FLOW_STATE_SUCCESS, .trace = "a REVERTED; r RETRYING; r SUCCESS(2); a RUNNING; a SUCCESS(7); flow f SUCCESS", .states = "a SUCCESS" },
  { "a_probe_that_can_not_tell_asks", .flow = "linear f [LostAsk(5) a(-> x), N b]", .preset = "flow RUNNING; a RUNNING", ASKS,
    .atom = "a", .resolution = STORAGE_RESOLUTION_DONE, .result = "7", .end = FLOW_STATE_SUCCESS,
    .trace = "b RUNNING; b SUCCESS; flow f SUCCESS", .states = "a SUCCESS" },
};
/* clang-format on */

static void
resolve (Story *story, const char *atom, StorageResolution resolution, const char *result)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) value = result != NULL ? value_new_from_json (result, -1, NULL) : NULL;

  if (!engine_resolve (story->engine, atom, resolution, value, "because", &error))
    fail_msg ("engine_resolve: %s", error->message);
}

typedef enum
{
  SAME_ENGINE,
  RESUMED_BEFORE,
  RESUMED_BEHIND,
} Variant;

static void
run_case (const Case *one, Variant variant)
{
  FlowState end;
  Story story;

  story_init_stored (&story, one->flow, NULL, NULL);
  if (one->preset != NULL)
    story_preset (&story, one->preset);
  assert_int_equal (story_run (&story), one->stuck);
  if (variant == RESUMED_BEFORE)
    story_resume (&story, NULL);
  resolve (&story, one->atom, one->resolution, one->result);
  if (variant == RESUMED_BEHIND)
    story_resume (&story, NULL);
  end = story_run (&story);
  if (end != one->end)
    fail_msg ("variant %u ends %s: %s", variant, flow_state_get_name (end), story.trace->str);
  story_expect_within (&story, one->trace);
  story_expect_states (&story, one->states);
  story_expect_settled (&story, end);
  if (one->result != NULL)
    story_expect_symbols (&story, "{\"x\":7}");
  story_clear (&story);
}

static void
resolving_goes_on (void **state)
{
  for (guint variant = SAME_ENGINE; variant <= RESUMED_BEHIND; variant++)
    run_case (*state, (Variant) variant);
}

/* -- Asking -------------------------------------------------------------------------------------
 */

static void
who_is_asked_about_is_named (void **unused)
{
  g_auto (GStrv) names = NULL;
  g_auto (GStrv) none = NULL;
  Story story;

  (void) unused;
  story_init_stored (&story, "unordered f [Ask a, Ask b, N c]", NULL, NULL);
  story_preset (&story, "flow RUNNING; a RUNNING; b RUNNING");
  assert_int_equal (story_run (&story), FLOW_STATE_SUSPENDED);
  names = engine_dup_unknown_atoms (story.engine);
  assert_int_equal (g_strv_length (names), 2);
  assert_true (g_strv_contains ((const char *const *) names, "a")
               && g_strv_contains ((const char *const *) names, "b"));
  resolve (&story, "a", STORAGE_RESOLUTION_DONE, NULL);
  resolve (&story, "b", STORAGE_RESOLUTION_DONE, NULL);
  assert_int_equal (story_run (&story), FLOW_STATE_SUCCESS);
  story_expect_states (&story, "a SUCCESS, b SUCCESS, c SUCCESS");
  none = engine_dup_unknown_atoms (story.engine);
  assert_int_equal (g_strv_length (none), 0);
  story_clear (&story);
}

/* A run that is asked about stays where it is until somebody answers. */
static void
without_an_answer_the_run_stays_suspended (void **unused)
{
  Story story;

  (void) unused;
  story_init_stored (&story, "linear f [Ask a, N b]", NULL, NULL);
  story_preset (&story, "flow RUNNING; a RUNNING");
  assert_int_equal (story_run (&story), FLOW_STATE_SUSPENDED);
  assert_int_equal (story_run (&story), FLOW_STATE_SUSPENDED);
  story_resume (&story, NULL);
  assert_int_equal (story_run (&story), FLOW_STATE_SUSPENDED);
  story_expect_states (&story, "a RUNNING, b PENDING");
  story_clear (&story);
}

static void
run_probe (const char *flow, const char *trace, const char *calls)
{
  Story story;

  story_init_stored (&story, flow, NULL, NULL);
  story_preset (&story, "flow RUNNING; a RUNNING");
  assert_int_equal (story_run (&story), FLOW_STATE_SUCCESS);
  story_expect_within (&story, trace);
  story_expect_calls (&story, calls);
  story_clear (&story);
}

static void
a_probe_says_what_became_of_an_interrupted_execute (void **unused)
{
  (void) unused;
  run_probe ("linear f [There(7) a, N b]",
             "flow f RUNNING; a SUCCESS(7); b RUNNING; flow f SUCCESS", "probe a");
  run_probe ("linear f [Gone(7) a, N b]", "flow f RUNNING; a SUCCESS(7); b RUNNING; flow f SUCCESS",
             "probe a");
  run_probe ("linear f [Lost(7) a, N b]", "flow f RUNNING; a SUCCESS(7); b RUNNING; flow f SUCCESS",
             "probe a");
}

/* -- Refusals -----------------------------------------------------------------------------------
 */

static void
what_can_not_be_said_of_an_atom_is_refused (void **unused)
{
  Story story;

  (void) unused;
  story_init_stored (&story, "linear f [NV a, RFail b, Fail c]", NULL, NULL);
  assert_int_equal (story_run (&story), FLOW_STATE_FAILURE);
  for (guint i = 0; i < STORAGE_RESOLUTION_COUNT; i++)
    {
      story_say_in_vain (&story, "a", (StorageResolution) i);
      story_say_in_vain (&story, "c", (StorageResolution) i);
      story_say_in_vain (&story, "nobody", (StorageResolution) i);
    }
  story_say_in_vain (&story, "b", STORAGE_RESOLUTION_DONE);
  assert_int_equal (story_run (&story), FLOW_STATE_FAILURE);
  story_expect (&story, "");
  resolve (&story, "b", STORAGE_RESOLUTION_REVERTED, NULL);
  assert_int_equal (story_run (&story), FLOW_STATE_REVERTED);
  story_clear (&story);
}

/* -- Undoing ------------------------------------------------------------------------------------
 */

static void
undo (Story *story)
{
  g_autoptr (GError) error = NULL;

  if (!engine_undo (story->engine, "because", &error))
    fail_msg ("engine_undo: %s", error->message);
}

static void
run_and_undo (const char *flow, const char *states, Variant variant)
{
  Story story;

  story_init_stored (&story, flow, NULL, NULL);
  assert_int_equal (story_run (&story), FLOW_STATE_SUCCESS);
  if (variant == RESUMED_BEFORE)
    story_resume (&story, NULL);
  undo (&story);
  if (variant == RESUMED_BEHIND)
    story_resume (&story, NULL);
  assert_int_equal (story_run (&story), FLOW_STATE_REVERTED);
  story_expect_states (&story, states);
  story_expect_settled (&story, FLOW_STATE_REVERTED);
  story_expect_world (&story);
  story_clear (&story);
}

static void
a_run_that_succeeded_is_undone (void **unused)
{
  (void) unused;
  for (guint i = SAME_ENGINE; i <= RESUMED_BEHIND; i++)
    {
      run_and_undo ("linear f [Eff a, Eff b]", "a REVERTED, b REVERTED", (Variant) i);
      run_and_undo ("linear f [Eff a, linear s <Times(2) r> [Eff b, Eff(1) c]]",
                    "a REVERTED, b REVERTED, c REVERTED, r REVERTED", (Variant) i);
      run_and_undo ("graph f [Eff a, Eff b, Eff c, a -> b ?no(atom), b -> c]",
                    "a REVERTED, b IGNORE, c REVERTED", (Variant) i);
    }
}

static void
what_was_kept_is_undone_later (void **unused)
{
  Story story;

  (void) unused;
  story_init_stored (&story, "linear f [Eff a, Eff b, NEVER c]", NULL, NULL);
  story.keep_at = "b SUCCESS";
  assert_int_equal (story_run (&story), FLOW_STATE_FAILURE);
  story_expect_states (&story, "a SUCCESS, b SUCCESS, c PENDING");
  story_expect_world (&story);
  story.keep_at = NULL;
  undo (&story);
  assert_int_equal (story_run (&story), FLOW_STATE_REVERTED);
  story_expect_within (&story,
                       "flow f RUNNING; b REVERTED; a REVERTING; a REVERTED; flow f REVERTED");
  story_expect_world (&story);
  story_clear (&story);
}

static void
undoing_tries_failed_reverts_again (void **unused)
{
  Story story;

  (void) unused;
  story_init_stored (&story, "linear f [NV a, RFail(1) b, Fail c]", NULL, NULL);
  assert_int_equal (story_run (&story), FLOW_STATE_FAILURE);
  undo (&story);
  assert_int_equal (story_run (&story), FLOW_STATE_REVERTED);
  story_expect_within (&story, "b REVERTING; b REVERTED; a REVERTING; a REVERTED; flow f REVERTED");
  story_clear (&story);
}

static void
what_has_not_ended_with_effects_is_not_undone (void **unused)
{
  g_autoptr (GError) error = NULL;
  Story story;

  (void) unused;
  story_init_stored (&story, "linear f [NV a, Fail b]", NULL, NULL);
  assert_false (engine_undo (story.engine, NULL, &error));
  assert_true (g_error_matches (error, ENGINE_ERROR, ENGINE_ERROR_STATE));
  g_clear_error (&error);
  story.suspend_at = "a SUCCESS";
  assert_int_equal (story_run (&story), FLOW_STATE_SUSPENDED);
  assert_false (engine_undo (story.engine, NULL, &error));
  assert_true (g_error_matches (error, ENGINE_ERROR, ENGINE_ERROR_STATE));
  g_clear_error (&error);
  story.suspend_at = NULL;
  assert_int_equal (story_run (&story), FLOW_STATE_REVERTED);
  assert_false (engine_undo (story.engine, NULL, &error));
  assert_true (g_error_matches (error, ENGINE_ERROR, ENGINE_ERROR_STATE));
  story_clear (&story);
}

int
main (void)
{
  const struct CMUnitTest more[] = {
    cmocka_unit_test (who_is_asked_about_is_named),
    cmocka_unit_test (without_an_answer_the_run_stays_suspended),
    cmocka_unit_test (a_probe_says_what_became_of_an_interrupted_execute),
    cmocka_unit_test (what_can_not_be_said_of_an_atom_is_refused),
    cmocka_unit_test (a_run_that_succeeded_is_undone),
    cmocka_unit_test (what_was_kept_is_undone_later),
    cmocka_unit_test (undoing_tries_failed_reverts_again),
    cmocka_unit_test (what_has_not_ended_with_effects_is_not_undone),
  };
  struct CMUnitTest tests[G_N_ELEMENTS (cases) + G_N_ELEMENTS (more)];

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    tests[i] = (struct CMUnitTest){ cases[i].name, resolving_goes_on, NULL, NULL,
                                    (gpointer) (guintptr) &cases[i] };
  memcpy (tests + G_N_ELEMENTS (cases), more, sizeof more);
  return cmocka_run_group_tests_name ("recovery", tests, NULL, NULL);
}
