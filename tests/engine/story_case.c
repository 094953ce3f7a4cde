/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/engine/story_case.h"

/* Returns: (transfer full) (nullable) the trace of it. */
static char *
prepare (Story *story, const StoryExpected *expected)
{
  g_string_truncate (story->trace, 0);
  if (expected->before == RESET)
    assert_true (engine_reset (story->engine, NULL));
  else if (expected->before == RESUME)
    story_resume (story, expected->before_text);
  else if (expected->before == DIE_AT)
    assert_true (story_cut (story, expected->before_text, 1));
  else if (expected->before == PRESET)
    story_preset (story, expected->before_text);
  story->suspend_at = expected->suspend_at;
  story->cancel_at = expected->cancel_at;
  return story->trace->len > 0 ? g_strconcat (story->trace->str, "; ", NULL) : NULL;
}

static void
expect_failed (const Story *story, AtomAction action, const char *expected)
{
  g_auto (GStrv) names = engine_dup_failed_atoms (story->engine, action);
  g_autofree char *joined = g_strjoinv (" ", names);

  assert_string_equal (joined, expected);
}

static void
compare (const Story *story, const StoryExpected *expected)
{
  if (expected->comparison == EXACT)
    story_expect (story, expected->trace);
  else if (expected->comparison == SET)
    story_expect_set (story, expected->trace);
  else
    story_expect_within (story, expected->trace);
}

static void
check (Story *story, const StoryExpected *expected)
{
  compare (story, expected);
  if (expected->states != NULL)
    story_expect_states (story, expected->states);
  if (expected->symbols != NULL)
    story_expect_symbols (story, expected->symbols);
  if (expected->calls != NULL)
    story_expect_calls (story, expected->calls);
  if (expected->failed != NULL)
    expect_failed (story, ATOM_ACTION_EXECUTE, expected->failed);
  if (expected->revert_failed != NULL)
    expect_failed (story, ATOM_ACTION_REVERT, expected->revert_failed);
}

void
story_case_run (void **state)
{
  const StoryCase *one = *state;
  EngineOptions options = { .run_id = "story", .flags = one->flags };
  Story story;

  options.storage = storage_new_memory (STORAGE_MEMORY_JOURNAL);
  if (one->capacity > 0)
    options.executor = story_executor_new (&story, one->capacity, one->turns, one->holds);
  story_init (&story, one->flow, one->inputs, &options);
  story.owns_storage = TRUE;
  for (guint i = 0; i < STORY_CASE_RUNS && one->runs[i].trace != NULL; i++)
    {
      g_autofree char *before = prepare (&story, &one->runs[i]);
      FlowState end = story_run (&story);

      if (before != NULL)
        g_string_prepend (story.trace, before);
      if (end != one->runs[i].end)
        fail_msg ("run %u ends %s: %s", i + 1, flow_state_get_name (end), story.trace->str);
      check (&story, &one->runs[i]);
    }
  story_clear (&story);
  executor_unref (options.executor);
}

int
story_cases_run (const char *name, const StoryCase *cases, guint n_cases, const struct CMUnitTest *more, guint n_more)
{
  struct CMUnitTest *tests = g_new0 (struct CMUnitTest, n_cases + n_more);
  int status;

  for (guint i = 0; i < n_cases; i++)
    tests[i] = (struct CMUnitTest){ cases[i].name, story_case_run, NULL, NULL, (gpointer) (guintptr) &cases[i] };
  for (guint i = 0; i < n_more; i++)
    tests[n_cases + i] = more[i];
  status = _cmocka_run_group_tests (name, tests, n_cases + n_more, NULL, NULL);
  g_free (tests);
  return status;
}
