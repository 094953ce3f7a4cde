/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/engine/story_case.h"

#include <glib/gstdio.h>

#include <string.h>

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
    assert_true (story_cut (story, expected->before_text));
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

typedef enum
{
  AT_ONCE,
  STEP_BY_STEP,
} Pace;

/* capacity: of attempts side by side; 0: the serial executor. storage: taken over. */
static void
run_case (const StoryCase *one, guint capacity, Storage *storage, Pace pace)
{
  EngineOptions options = { .run_id = "story", .flags = one->flags, .storage = storage };
  Story story;

  if (capacity > 0)
    options.executor = story_executor_new (&story, capacity, one->turns, one->holds);
  story_init (&story, one->flow, one->inputs, &options);
  story.owns_storage = TRUE;
  story.is_stepped = pace == STEP_BY_STEP;
  for (guint i = 0; i < STORY_CASE_RUNS && one->runs[i].trace != NULL; i++)
    {
      g_autofree char *before = prepare (&story, &one->runs[i]);
      FlowState end = story_run (&story);

      if (before != NULL)
        g_string_prepend (story.trace, before);
      if (end != one->runs[i].end)
        fail_msg ("run %u ends %s: %s", i + 1, flow_state_get_name (end), story.trace->str);
      check (&story, &one->runs[i]);
      story_expect_settled (&story, end);
    }
  story_clear (&story);
  executor_unref (options.executor);
}

static void
run_in_memory (void **state)
{
  const StoryCase *one = *state;

  run_case (one, one->capacity, storage_new_memory (STORAGE_MEMORY_JOURNAL), AT_ONCE);
}

/* The same flow has the same meaning on every executor: where it leaves nothing free, its trace is
 * the same. */
static void
run_side_by_side (void **state)
{
  run_case (*state, 3, storage_new_memory (STORAGE_MEMORY_JOURNAL), AT_ONCE);
}

static void
run_step_by_step (void **state)
{
  const StoryCase *one = *state;

  run_case (one, one->capacity, storage_new_memory (STORAGE_MEMORY_JOURNAL), STEP_BY_STEP);
}

static void
run_on_disk (void **state)
{
  const char *const names[] = { "story.db", "story.db-wal", "story.db-shm", "story.db-owners" };
  g_autofree char *folder = g_dir_make_tmp ("backflow-story-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, names[0], NULL);
  const StoryCase *one = *state;
  Storage *storage
      = storage_open_sqlite (path, STORAGE_OPEN_CREATE, STORAGE_DURABILITY_NORMAL, NULL);

  assert_non_null (storage);
  run_case (one, one->capacity, storage, AT_ONCE);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *file = g_build_filename (folder, names[i], NULL);

      (void) g_unlink (file);
    }
  assert_int_equal (g_rmdir (folder), 0);
}

/* Whether the flow leaves no order free, and says nothing of executors. */
static gboolean
is_strict (const StoryCase *one)
{
  return one->capacity == 0 && strstr (one->flow, "unordered ") == NULL
         && strstr (one->flow, "graph ") == NULL;
}

static void
add_test (GArray *tests, GStringChunk *names, const StoryCase *one, const char *suffix,
          CMUnitTestFunction func)
{
  g_autofree char *name = g_strconcat (one->name, suffix, NULL);
  struct CMUnitTest test
      = { g_string_chunk_insert (names, name), func, NULL, NULL, (gpointer) (guintptr) one };

  g_array_append_val (tests, test);
}

int
story_cases_run (const char *name, const StoryCase *cases, guint n_cases,
                 const struct CMUnitTest *more, guint n_more)
{
  g_autoptr (GArray) tests = g_array_new (FALSE, FALSE, sizeof (struct CMUnitTest));
  g_autoptr (GStringChunk) names = g_string_chunk_new (4096);

  for (guint i = 0; i < n_cases; i++)
    {
      add_test (tests, names, &cases[i], "", run_in_memory);
      add_test (tests, names, &cases[i], "_on_disk", run_on_disk);
      add_test (tests, names, &cases[i], "_step_by_step", run_step_by_step);
      if (is_strict (&cases[i]))
        add_test (tests, names, &cases[i], "_with_room_for_three", run_side_by_side);
    }
  if (n_more > 0)
    g_array_append_vals (tests, more, n_more);
  return _cmocka_run_group_tests (name, (const struct CMUnitTest *) (gpointer) tests->data,
                                  tests->len, NULL, NULL);
}
