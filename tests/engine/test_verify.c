/* SPDX-License-Identifier: Apache-2.0 */
/* What a revert says of itself is looked at by the probe of its atom. */
#include "tests/engine/story.h"
#include "tests/engine/story_resolve.h"

#include <backflow/atoms/atom_options.h>
#include <backflow/engine/report/report.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* What the probe of the first atom said of its last revert. */
static StorageProbe
find_answer (const Story *story)
{
  g_autoptr (Report) report = report_new (story->options.storage, "story", NULL);
  const ReportAtom *atom;
  guint count;

  assert_non_null (report);
  atom = &report_get_atoms (report, &count)[0];
  for (guint i = atom->n_attempts; i-- > 0;)
    if (atom->attempts[i].action == ATOM_ACTION_REVERT)
      return atom->attempts[i].probe;
  return STORAGE_PROBE_COUNT;
}

static void
a_revert_is_over_when_its_probe_has_answered (void **unused)
{
  static const struct
  {
    const char *flow;
    StorageProbe answer;
    FlowState end;
    const char *trace;
  } cases[] = {
    { "linear f [There(7) a, N b, Fail c]", STORAGE_PROBE_ABSENT, FLOW_STATE_REVERTED,
      "a REVERTING; a REVERTED; flow f REVERTED" },
    { "linear f [Lost(7) a, N b, Fail c]", STORAGE_PROBE_UNKNOWN, FLOW_STATE_REVERTED,
      "a REVERTING; a REVERTED; flow f REVERTED" },
    { "linear f [Stays(7) a, N b, Fail c]", STORAGE_PROBE_PRESENT, FLOW_STATE_FAILURE,
      "a REVERT_FAILURE(its revert ended well, but its probe still finds it in the world); flow f "
      "FAILURE" },
    { "linear f <Times(2) r> [There(7) a, Fail(1) b]", STORAGE_PROBE_COUNT, FLOW_STATE_SUCCESS,
      "a REVERTED; r RETRYING; a RUNNING; a SUCCESS(7); flow f SUCCESS" },
  };

  (void) unused;
  for (guint i = 0; i < 2 * G_N_ELEMENTS (cases); i++)
    {
      guint at = i / 2;
      Story story;

      story_init_stored (&story, cases[at].flow, NULL, NULL);
      story.is_stepped = i % 2 != 0;
      assert_int_equal (story_run (&story), cases[at].end);
      story_expect_within (&story, cases[at].trace);
      assert_int_equal (find_answer (&story), cases[at].answer);
      story_clear (&story);
    }
}

/* While one is looked at others go on, and what it depended on waits. */
static void
what_is_looked_at_is_still_being_reverted (void **unused)
{
  g_autoptr (Executor) executor = NULL;
  Story story;

  (void) unused;
  memset (&story, 0, sizeof story);
  executor = story_executor_new (&story, 2, STORY_BACKWARDS, NULL);
  story_init_stored (
      &story, "graph g [NV o, There(7) a, There(7) b, Fail c, o -> a, o -> b, a -> c, b -> c]",
      NULL, executor);
  assert_int_equal (story_run (&story), FLOW_STATE_REVERTED);
  story_expect_within (&story, "b REVERTING; a REVERTED; o REVERTING; o REVERTED");
  story_expect_within (&story, "a REVERTING; b REVERTED; o REVERTING; o REVERTED");
  story_clear (&story);
}

/* What its probe finds has a revert that failed, and is treated so: tried again as often as that
 * may be, in the next life too. */
static void
what_its_probe_finds_is_reverted_again (void **unused)
{
  const AtomBackoff twice = { .times = 2 };
  const Plan *plan;
  Story story;

  (void) unused;
  story_init_stored (&story, "linear f [NV o, Stays(7) a, Fail c]", NULL, NULL);
  assert_true (engine_compile (story.engine, NULL));
  plan = engine_get_plan (story.engine);
  atom_set_revert_backoff (plan_get_atom (plan, plan_find_atom (plan, "a")), &twice);
  assert_int_equal (story_run (&story), FLOW_STATE_FAILURE);
  story_expect_within (&story, "a REVERTING; a REVERT_FAILURE(its revert ended well, but its probe "
                               "still finds it in the world); a REVERTING;"
                               "a REVERT_FAILURE(its revert ended well, but its probe still finds "
                               "it in the world); flow f FAILURE");
  story_expect_states (&story, "o SUCCESS, a REVERT_FAILURE");
  story_resume (&story, NULL);
  story_say_in_vain (&story, "a", STORAGE_RESOLUTION_REVERTED);
  story_say (&story, "a", STORAGE_RESOLUTION_SKIP);
  assert_int_equal (story_run (&story), FLOW_STATE_FAILURE);
  story_expect_states (&story, "o REVERTED, a REVERT_FAILURE");
  story_clear (&story);
}

/* Nobody is believed whom its probe contradicts. */
static void
what_is_said_is_compared_with_what_its_probe_finds (void **unused)
{
  static const struct
  {
    const char *flow;
    StorageResolution said;
    gboolean is_believed;
  } cases[] = {
    { "linear f [Stays(7) a]", STORAGE_RESOLUTION_REVERTED, FALSE },
    { "linear f [Lost(7) a]", STORAGE_RESOLUTION_REVERTED, TRUE },
    { "linear f [Gone(7) a]", STORAGE_RESOLUTION_REVERTED, TRUE },
  };

  (void) unused;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Story story;

      story_init_stored (&story, cases[i].flow, NULL, NULL);
      story_preset (&story, "flow RUNNING; a RUNNING; a SUCCESS; run intends REVERT; a REVERTING; "
                            "a REVERT_FAILURE; flow FAILURE");
      if (cases[i].is_believed)
        story_say (&story, "a", cases[i].said);
      else
        story_say_in_vain (&story, "a", cases[i].said);
      assert_int_equal (story_run (&story),
                        cases[i].is_believed ? FLOW_STATE_REVERTED : FLOW_STATE_FAILURE);
      story_clear (&story);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (a_revert_is_over_when_its_probe_has_answered),
    cmocka_unit_test (what_is_looked_at_is_still_being_reverted),
    cmocka_unit_test (what_its_probe_finds_is_reverted_again),
    cmocka_unit_test (what_is_said_is_compared_with_what_its_probe_finds),
  };

  return cmocka_run_group_tests_name ("verify", tests, NULL, NULL);
}
