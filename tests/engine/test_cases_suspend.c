/* SPDX-License-Identifier: Apache-2.0 */
/* Suspending and going on, case by case: S01 to S06 of what TaskFlow asserts. */
#include "tests/engine/story_case.h"
#include "tests/engine/story_resolve.h"

#include <string.h>

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

/* -- Flows that have changed --------------------------------------------------------------------
 */

/* Beside S05: what is gone here still has an effect, or is something else now. A refusal changes
 * nothing. */
static void
a_flow_that_does_not_fit_the_run_is_refused (void **unused)
{
  Story story;

  (void) unused;
  story_init_stored (&story, "linear l [P a, P b, P c]", NULL, NULL);
  story.suspend_at = "b SUCCESS(5)";
  assert_int_equal (story_run (&story), FLOW_STATE_SUSPENDED);
  story.suspend_at = NULL;
  g_clear_pointer (&story.engine, engine_free);
  story_expect_refusal (&story, "linear l [P a, P c]", ENGINE_ERROR, ENGINE_ERROR_DEFINITION,
                        "'b'");
  story_expect_refusal (&story, "linear l <Times(2) a> [P b, P c]", ENGINE_ERROR,
                        ENGINE_ERROR_DEFINITION, "'a'");
  story_resume (&story, NULL);
  assert_int_equal (story_run (&story), FLOW_STATE_SUCCESS);
  story_expect (&story, "flow l RUNNING; c RUNNING; c SUCCESS(5); flow l SUCCESS");
  story_clear (&story);
}

/* S06. Inputs are part of the journal and can't vanish from it; but a flow that has changed may
 * want more of them. */
static void
inputs_are_checked_again_when_a_run_goes_on (void **unused)
{
  g_autoptr (GError) error = NULL;
  Story story;

  (void) unused;
  story_init_stored (&story, "linear l [P b(foo), P c]", "foo=1", NULL);
  story.suspend_at = "b SUCCESS(5)";
  assert_int_equal (story_run (&story), FLOW_STATE_SUSPENDED);
  story.suspend_at = NULL;
  story_resume (&story, "linear l [P b(foo), P c(bar)]");
  assert_false (engine_run (story.engine, NULL, &error));
  assert_true (g_error_matches (error, ENGINE_ERROR, ENGINE_ERROR_INPUT));
  assert_int_equal (engine_get_state (story.engine), FLOW_STATE_SUSPENDED);
  story_expect (&story, "");
  story_resume (&story, NULL);
  assert_int_equal (story_run (&story), FLOW_STATE_SUCCESS);
  story_expect (&story, "flow l RUNNING; c RUNNING; c SUCCESS(5); flow l SUCCESS");
  story_clear (&story);
}

/* -- Every line ---------------------------------------------------------------------------------
 */

/* clang-format off */
static const char *const flows[] = {
  "linear l [P a, linear s <Times(2) r -> x> [P b, Fail(1) c, P d], Give(7) e(-> y)]",
  "linear l [P a, linear s <Times(2) r -> x> [P b, F c], P e]",
  "linear l <Times(2) ro> [P a, unordered s <ForEach(4,6) r -> x> [Only(6) b(x), P d], Fail(1) c]",
  "linear l <Times(2) ro> [P a, linear s <AlwaysRevert ri> [P d, Fail(1) b]]",
  "unordered l [linear s <Times(2) r> [NR a, F b], P c]",
  "graph l <Times(2) r> [Give(1) a, N b, Fail(1) c, a -> b ?no(atom), b -> c]",
  "graph l [Give(1) a, linear s <Times(2) r -> x> [P b, P c], P d, a -> s ?no, s -> d]",
  "unordered l [linear s <Times(3) ra -> x> [P a, Fail(2) b], linear t <Times(2) rb -> y> [P c, Fail(1) d]]",
};
/* clang-format on */

typedef enum
{
  SAME_ENGINE,
  NEW_ENGINE,
} GoOn;

/* Makes a story with room for `capacity` attempts side by side, the last one of them ending first;
 * 0: one after the other. */
static void
begin (Story *story, const char *text, guint capacity)
{
  Executor *executor = NULL;

  if (capacity > 0)
    executor = story_executor_new (story, capacity, STORY_BACKWARDS, NULL);
  story_init_stored (story, text, NULL, executor);
  story->executor = executor;
}

/* Runs to an end, suspended at line `line` of the first run only, or of every run that gets there.
 * Returns: the end. */
static FlowState
run_with_suspensions (Story *story, guint line, gboolean again, GoOn how)
{
  FlowState end;

  story->suspend_at_line = line;
  for (guint i = 0; (end = story_run (story)) == FLOW_STATE_SUSPENDED; i++)
    {
      if (i > 200)
        fail_msg ("suspended at line %u for ever: %s", line, story->trace->str);
      if (!again)
        story->suspend_at_line = 0;
      if (how == NEW_ENGINE)
        story_resume (story, NULL);
    }
  return end;
}

static void
expect_same_end (const char *text, guint capacity, guint line, gboolean again, GoOn how,
                 FlowState end, const char *symbols)
{
  g_autofree char *other_symbols = NULL;
  FlowState other;
  Story story;

  begin (&story, text, capacity);
  other = run_with_suspensions (&story, line, again, how);
  other_symbols = story_dup_symbols (&story);
  if (other != end || strcmp (symbols, other_symbols) != 0)
    fail_msg ("%s, suspended at line %u: %s %s, not %s %s: %s", text, line,
              flow_state_get_name (other), other_symbols, flow_state_get_name (end), symbols,
              story.trace->str);
  story_clear (&story);
}

static void
suspend_at_each_line (const char *text, guint capacity, GoOn how)
{
  g_autofree char *symbols = NULL;
  FlowState end;
  guint n_lines;
  Story plain;

  begin (&plain, text, capacity);
  end = story_run (&plain);
  symbols = story_dup_symbols (&plain);
  n_lines = plain.n_lines;
  story_clear (&plain);
  for (guint line = 1; line <= n_lines; line++)
    expect_same_end (text, capacity, line, FALSE, how, end, symbols);
  /* From the second line on each run gets on by one atom at least. */
  for (guint line = 2; line <= n_lines; line++)
    expect_same_end (text, capacity, line, TRUE, how, end, symbols);
}

static void
suspend_everywhere (GoOn how)
{
  const guint capacities[] = { 0, 2, 3 };

  for (guint i = 0; i < G_N_ELEMENTS (flows); i++)
    for (guint k = 0; k < G_N_ELEMENTS (capacities); k++)
      suspend_at_each_line (flows[i], capacities[k], how);
}

static void
suspending_at_any_line_ends_the_same (void **unused)
{
  (void) unused;
  suspend_everywhere (SAME_ENGINE);
}

static void
suspending_at_any_line_ends_the_same_in_a_new_engine (void **unused)
{
  (void) unused;
  suspend_everywhere (NEW_ENGINE);
}

/* The last lines come too late for a request: the end is known with them, and nothing starts any
 * more. */
static gboolean
starts_after (const Story *story, guint line)
{
  g_auto (GStrv) lines = g_strsplit (story->trace->str, "; ", -1);

  for (guint i = line; i < g_strv_length (lines); i++)
    if (g_str_has_suffix (lines[i], " RUNNING"))
      return TRUE;
  return FALSE;
}

/* Nothing is called reverted that is not. Returns: whether there are more lines. */
static gboolean
cancel_at_line (const char *text, guint capacity, guint line)
{
  gboolean has_more;
  FlowState end;
  Story story;

  begin (&story, text, capacity);
  story.cancel_at_line = line;
  end = story_run (&story);
  has_more = line < story.n_lines;
  story_expect_settled (&story, end);
  if (end == FLOW_STATE_FAILURE)
    story_expect_states (&story, "a REVERT_FAILURE");
  else if (end != FLOW_STATE_REVERTED && (end != FLOW_STATE_SUCCESS || starts_after (&story, line)))
    fail_msg ("%s, cancelled at line %u: %s", text, line, story.trace->str);
  story_clear (&story);
  return has_more;
}

static void
cancelling_at_any_line_leaves_nothing (void **unused)
{
  (void) unused;
  for (guint i = 0; i < G_N_ELEMENTS (flows); i++)
    for (guint capacity = 0; capacity <= 3; capacity++)
      for (guint line = 1; cancel_at_line (flows[i], capacity, line);)
        line++;
}

int
main (void)
{
  const struct CMUnitTest more[] = {
    cmocka_unit_test (a_flow_that_does_not_fit_the_run_is_refused),
    cmocka_unit_test (inputs_are_checked_again_when_a_run_goes_on),
    cmocka_unit_test (suspending_at_any_line_ends_the_same),
    cmocka_unit_test (suspending_at_any_line_ends_the_same_in_a_new_engine),
    cmocka_unit_test (cancelling_at_any_line_leaves_nothing),
  };

  return story_cases_run ("cases of suspending", cases, G_N_ELEMENTS (cases), more,
                          G_N_ELEMENTS (more));
}
