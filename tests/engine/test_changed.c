/* SPDX-License-Identifier: Apache-2.0 */
/* Runs that go on with a flow that has changed: what was added joins them, what is gone is left
 * out, and a note says so. On every store that knows the names of atoms.
 */
#include "tests/engine/story_resolve.h"
#include "tests/storage/sqlite/sqlite_fixture.h"

#include <backflow/engine/recovery.h>
#include <backflow/engine/report/report.h>
#include <backflow/engine/resume.h>

#define RUN_ID "r"

/* A story on a store: of each kind, one after the other. */
typedef struct
{
  Story story;
  Storage *storage;
  char *folder; /* (nullable) */
} Scene;

static void
begin (Scene *scene, const char *text, gboolean is_sqlite)
{
  EngineOptions options = { .run_id = RUN_ID };

  scene->folder = is_sqlite ? fixture_make_folder () : NULL;
  scene->storage = is_sqlite ? sqlite_fixture_open (scene->folder)
                             : storage_new_memory (STORAGE_MEMORY_JOURNAL);
  options.storage = scene->storage;
  story_init (&scene->story, text, NULL, &options);
}

static void
end (Scene *scene)
{
  story_clear (&scene->story);
  storage_unref (scene->storage);
  fixture_remove_folder (scene->folder);
}

static void
expect_run (Scene *scene, FlowState state, const char *trace)
{
  assert_int_equal (story_run (&scene->story), state);
  story_expect (&scene->story, trace);
}

/* A run that has succeeded goes on with another flow, on every store. */
static void
expect_change (const char *text, const char *changed, FlowState state, const char *trace)
{
  for (int is_sqlite = FALSE; is_sqlite <= TRUE; is_sqlite++)
    {
      Scene scene;

      begin (&scene, text, is_sqlite);
      assert_int_equal (story_run (&scene.story), FLOW_STATE_SUCCESS);
      story_resume (&scene.story, changed);
      expect_run (&scene, state, trace);
      end (&scene);
    }
}

/* What the store has as notes about the run, one after the other. */
static void
expect_notes (const Scene *scene, const char *expected)
{
  g_autoptr (Report) report = report_new (scene->storage, RUN_ID, NULL);
  g_autofree char *notes = NULL;

  assert_non_null (report);
  notes = g_strjoinv ("; ", (char **) (guintptr) report_get_notes (report));
  assert_string_equal (notes, expected);
}

static void
expect_refusal (Scene *scene, const char *text, GQuark domain, int code, const char *part)
{
  g_clear_pointer (&scene->story.engine, engine_free);
  story_expect_refusal (&scene->story, text, domain, code, part);
}

/* -- What is said of it -------------------------------------------------------------------------
 */

static void
what_is_different_is_noted_once (void **unused)
{
  (void) unused;
  for (int is_sqlite = FALSE; is_sqlite <= TRUE; is_sqlite++)
    {
      Scene scene;

      begin (&scene, "linear f [N a, Fail b]", is_sqlite);
      assert_int_equal (story_run (&scene.story), FLOW_STATE_REVERTED);
      expect_notes (&scene, "");
      for (guint i = 0; i < 2; i++)
        {
          story_resume (&scene.story, "linear f [N a, N c, N d]");
          assert_int_equal (story_run (&scene.story), FLOW_STATE_SUCCESS);
          expect_notes (
              &scene,
              "no longer in the flow, and without an effect: 'b'; added to the run: 'c', 'd'");
        }
      end (&scene);
    }
}

static void
of_many_names_the_first_are_noted (void **unused)
{
  Scene scene;

  (void) unused;
  begin (&scene, "linear f [N a]", FALSE);
  assert_int_equal (story_run (&scene.story), FLOW_STATE_SUCCESS);
  story_resume (&scene.story, "linear f [N a, N b, N c, N d, N e, N g, N h, N i, N j, N k, N l]");
  expect_run (&scene, FLOW_STATE_SUCCESS,
              "flow f RUNNING; b RUNNING; b SUCCESS; c RUNNING; c SUCCESS; d RUNNING; d SUCCESS; e "
              "RUNNING; e SUCCESS; g RUNNING;"
              "g SUCCESS; h RUNNING; h SUCCESS; i RUNNING; i SUCCESS; j RUNNING; j SUCCESS; k "
              "RUNNING; k SUCCESS; l RUNNING; l SUCCESS;"
              "flow f SUCCESS");
  expect_notes (&scene, "added to the run: 'b', 'c', 'd', 'e', 'g', 'h', 'i', 'j' and 2 more");
  end (&scene);
}

static void
another_minor_version_is_noted (void **unused)
{
  Scene scene;
  Flow *flow;
  g_autoptr (GError) error = NULL;

  (void) unused;
  begin (&scene, "linear f [N a]", TRUE);
  assert_int_equal (story_run (&scene.story), FLOW_STATE_SUCCESS);
  g_clear_pointer (&scene.story.engine, engine_free);
  flow = story_build ("linear f [N a, N b]");
  flow_set_version (flow, 1, 3);
  scene.story.engine = engine_new_resumed (flow, &scene.story.options, &error);
  assert_non_null (scene.story.engine);
  flow_unref (flow);
  assert_true (engine_run (scene.story.engine, NULL, NULL));
  expect_notes (&scene,
                "begun with version 1.0 of its flow, it goes on with 1.3; added to the run: 'b'");
  end (&scene);
}

/* -- What comes of it ---------------------------------------------------------------------------
 */

/* Who took the run over and did nothing has changed nothing that matters. */
static void
additions_that_were_never_run_can_be_taken_back (void **unused)
{
  (void) unused;
  for (int is_sqlite = FALSE; is_sqlite <= TRUE; is_sqlite++)
    {
      Scene scene;

      begin (&scene, "linear f [N a]", is_sqlite);
      assert_int_equal (story_run (&scene.story), FLOW_STATE_SUCCESS);
      story_resume (&scene.story, "linear f [N new, N a]");
      assert_int_equal (engine_get_state (scene.story.engine), FLOW_STATE_SUCCESS);
      story_resume (&scene.story, "linear f [N a]");
      expect_run (&scene, FLOW_STATE_SUCCESS, "");
      story_resume (&scene.story, "linear f [N other, N a, N new]");
      expect_run (
          &scene, FLOW_STATE_SUCCESS,
          "flow f RUNNING; other RUNNING; other SUCCESS; new RUNNING; new SUCCESS; flow f SUCCESS");
      end (&scene);
    }
}

static void
a_run_without_atoms_gets_some (void **unused)
{
  (void) unused;
  expect_change ("linear f []", "linear f [N a]", FLOW_STATE_SUCCESS,
                 "flow f RUNNING; a RUNNING; a SUCCESS; flow f SUCCESS");
}

/* The values of a former life are there for what is new, and all is undone when it fails. */
static void
what_was_added_gets_values_and_is_reverted_with_the_others (void **unused)
{
  (void) unused;
  expect_change ("linear f [Give(7) a(-> x)]",
                 "linear f [N first, Give(7) a(-> x), Only(7) b(x), Fail c]", FLOW_STATE_REVERTED,
                 "flow f RUNNING; first RUNNING; first SUCCESS; b RUNNING; b SUCCESS; c RUNNING; "
                 "c FAILURE(c!); c REVERTING; c REVERTED;"
                 "b REVERTING; b REVERTED; a REVERTING; a REVERTED; first REVERTING; first "
                 "REVERTED; flow f REVERTED");
}

static void
a_run_that_was_extended_is_undone_as_a_whole (void **unused)
{
  (void) unused;
  for (int is_sqlite = FALSE; is_sqlite <= TRUE; is_sqlite++)
    {
      Scene scene;

      begin (&scene, "linear f [N a]", is_sqlite);
      assert_int_equal (story_run (&scene.story), FLOW_STATE_SUCCESS);
      story_resume (&scene.story, "linear f [N a, N b]");
      assert_int_equal (story_run (&scene.story), FLOW_STATE_SUCCESS);
      story_resume (&scene.story, "linear f [N a, N b, N c]");
      assert_true (engine_undo (scene.story.engine, NULL, NULL));
      expect_run (
          &scene, FLOW_STATE_REVERTED,
          "flow f RUNNING; b REVERTING; b REVERTED; a REVERTING; a REVERTED; flow f REVERTED");
      end (&scene);
    }
}

/* What it controls is done already: nothing less than all can be undone then. */
static void
a_controller_that_was_added_reverts_all (void **unused)
{
  (void) unused;
  expect_change ("linear f [N a]", "linear f <Times(3) r> [N a, Fail(1) b]", FLOW_STATE_REVERTED,
                 "flow f RUNNING; r RUNNING; r SUCCESS(1); b RUNNING; b FAILURE(b!); b REVERTING; "
                 "b REVERTED; a REVERTING; a REVERTED;"
                 "r REVERTING; r REVERTED; flow f REVERTED");
}

/* What was interrupted waits for what comes before it now, before it is executed again; or, when it
 * is done after all, before what comes after it is. */
static void
what_was_interrupted_waits_for_what_is_new (void **unused)
{
  static const struct
  {
    StorageResolution resolution;
    const char *trace;
  } said[] = {
    { STORAGE_RESOLUTION_COUNT,
      "new RUNNING; new SUCCESS; b SUCCESS; c RUNNING; c SUCCESS; flow f SUCCESS" },
    { STORAGE_RESOLUTION_RETRY, "new SUCCESS; b SUCCESS; c RUNNING; c SUCCESS; flow f SUCCESS" },
    { STORAGE_RESOLUTION_DONE,
      "b SUCCESS; new RUNNING; new SUCCESS; c RUNNING; c SUCCESS; flow f SUCCESS" },
    { STORAGE_RESOLUTION_REVERTED,
      "b PENDING; new RUNNING; new SUCCESS; b RUNNING; b SUCCESS; c SUCCESS; flow f SUCCESS" },
  };

  (void) unused;
  for (guint i = 0; i < G_N_ELEMENTS (said); i++)
    {
      Story story;

      story_init_stored (&story, "linear f [N a, N b, N c]", NULL, NULL);
      story_preset (&story, "flow RUNNING; a RUNNING; a SUCCESS; b RUNNING");
      story_resume (&story, "linear f [N a, N new, N b, N c]");
      if (said[i].resolution != STORAGE_RESOLUTION_COUNT)
        assert_true (engine_resolve (story.engine, "b", said[i].resolution, NULL, NULL, NULL));
      assert_int_equal (engine_run (story.engine, NULL, NULL), TRUE);
      story_expect_within (&story, said[i].trace);
      story_clear (&story);
    }
}

/* A flow that is about to be tried again can't be when something comes before it now that was not
 * done: then all is undone. */
static void
a_flow_that_is_tried_again_behind_what_is_new_reverts_all (void **unused)
{
  Story story;

  (void) unused;
  story_init_stored (&story, "linear f [N a, linear g <Times(3) r> [N b]]", NULL, NULL);
  story_preset (&story,
                "flow RUNNING; a RUNNING; a SUCCESS; r RUNNING; r SUCCESS(1); b RUNNING;"
                "b FAILURE; r decides RETRY for b; r intends RETRY; b REVERTING; b REVERTED");
  story_resume (&story, "linear f [N a, N new, linear g <Times(3) r> [N b]]");
  assert_true (engine_run (story.engine, NULL, NULL));
  story_expect_within (&story, "r REVERTED; a REVERTED; flow f REVERTED");
  story_expect_states (&story, "new PENDING");
  story_clear (&story);
}

/* What is new behind it, or in it, is just there. */
static void
a_flow_that_is_tried_again_before_what_is_new_goes_on (void **unused)
{
  Story story;

  (void) unused;
  story_init_stored (&story, "linear f [N a, linear g <Times(3) r> [N b]]", NULL, NULL);
  story_preset (&story,
                "flow RUNNING; a RUNNING; a SUCCESS; r RUNNING; r SUCCESS(1); b RUNNING;"
                "b FAILURE; r decides RETRY for b; r intends RETRY; b REVERTING; b REVERTED");
  story_resume (&story, "linear f [N a, linear g <Times(3) r> [N in, N b], N new]");
  assert_true (engine_run (story.engine, NULL, NULL));
  story_expect_within (&story, "r SUCCESS(2); in SUCCESS; b SUCCESS; new SUCCESS; flow f SUCCESS");
  story_clear (&story);
}

/* -- What is refused ----------------------------------------------------------------------------
 */

static void
a_store_without_names_refuses_another_flow (void **unused)
{
  EngineOptions options
      = { .run_id = RUN_ID, .storage = storage_new_memory (STORAGE_MEMORY_CURRENT) };
  Scene scene = { .storage = options.storage };

  (void) unused;
  story_init (&scene.story, "linear f [N a, N b]", NULL, &options);
  assert_int_equal (story_run (&scene.story), FLOW_STATE_SUCCESS);
  expect_refusal (&scene, "linear f [N a, N b, N c]", ENGINE_ERROR, ENGINE_ERROR_DEFINITION,
                  "forgotten");
  expect_refusal (&scene, "linear f [N a]", ENGINE_ERROR, ENGINE_ERROR_DEFINITION, "forgotten");
  story_resume (&scene.story, NULL);
  expect_run (&scene, FLOW_STATE_SUCCESS, "");
  end (&scene);
}

/* A refusal adds nothing; nor does a store that can't. */
static void
additions_that_fail_change_nothing (void **unused)
{
  Scene scene;
  g_autofree char *path = NULL;

  (void) unused;
  begin (&scene, "linear f [N a]", TRUE);
  path = sqlite_fixture_get_path (scene.folder);
  assert_int_equal (story_run (&scene.story), FLOW_STATE_SUCCESS);
  expect_refusal (&scene, "linear f [N b]", ENGINE_ERROR, ENGINE_ERROR_DEFINITION, "'a'");
  expect_notes (&scene, "");
  sqlite_fixture_execute_on (path, "CREATE TRIGGER t BEFORE INSERT ON atoms WHEN NEW.name = 'c' "
                                   "BEGIN SELECT raise (ABORT, 'no'); END");
  expect_refusal (&scene, "linear f [N a, N b, N c]", STORAGE_ERROR, STORAGE_ERROR_CORRUPT, "no");
  sqlite_fixture_execute_on (path, "DROP TRIGGER t");
  expect_notes (&scene, "");
  story_resume (&scene.story, "linear f [N a, N b, N c]");
  expect_run (&scene, FLOW_STATE_SUCCESS,
              "flow f RUNNING; b RUNNING; b SUCCESS; c RUNNING; c SUCCESS; flow f SUCCESS");
  expect_notes (&scene, "added to the run: 'b', 'c'");
  end (&scene);
}

int
main (void)
{
  static const struct CMUnitTest tests[] = {
    cmocka_unit_test (what_is_different_is_noted_once),
    cmocka_unit_test (of_many_names_the_first_are_noted),
    cmocka_unit_test (another_minor_version_is_noted),
    cmocka_unit_test (additions_that_were_never_run_can_be_taken_back),
    cmocka_unit_test (a_run_without_atoms_gets_some),
    cmocka_unit_test (what_was_added_gets_values_and_is_reverted_with_the_others),
    cmocka_unit_test (a_run_that_was_extended_is_undone_as_a_whole),
    cmocka_unit_test (a_controller_that_was_added_reverts_all),
    cmocka_unit_test (what_was_interrupted_waits_for_what_is_new),
    cmocka_unit_test (a_flow_that_is_tried_again_behind_what_is_new_reverts_all),
    cmocka_unit_test (a_flow_that_is_tried_again_before_what_is_new_goes_on),
    cmocka_unit_test (a_store_without_names_refuses_another_flow),
    cmocka_unit_test (additions_that_fail_change_nothing),
  };

  return cmocka_run_group_tests_name ("runs of changed flows", tests, NULL, NULL);
}
