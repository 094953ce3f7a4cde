/* SPDX-License-Identifier: Apache-2.0 */
/* Going on with runs that were hurt more than once: things that are said twice, deaths while
 * resuming, processes that live on, decisions that came too late, flows that changed.
 */
#include "tests/engine/story_resolve.h"

#include <backflow/atoms/atom_options.h>
#include <backflow/atoms/command.h>
#include <backflow/atoms/retry.h>
#include <backflow/engine/recovery.h>
#include <backflow/engine/resume.h>

#include "executors/commands/command_environment.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#define HOUR_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

static Atom *
find_atom (Story *story, const char *name)
{
  const Plan *plan;

  assert_true (engine_compile (story->engine, NULL));
  plan = engine_get_plan (story->engine);
  return plan_get_atom (plan, plan_find_atom (plan, name));
}

/* -- Records ------------------------------------------------------------------------------------
 */

typedef struct
{
  StorageRecordKind kind;
  guint8 to;
  guint at;    /* how many records there are up to the first such one; 0: none */
  guint count; /* of all */
} Search;

static gboolean
look_at (const StorageRecord *record, gpointer data)
{
  Search *search = data;

  search->count++;
  if (search->at == 0 && record->kind == search->kind && record->to == search->to)
    search->at = search->count;
  return TRUE;
}

/* How many records there are up to the first of that kind, which there must be. */
static guint
count_up_to (const Story *story, StorageRecordKind kind, guint8 to)
{
  g_autoptr (StorageRun) run = storage_open_run (story->options.storage, "story", NULL);
  Search search = { kind, to, 0, 0 };

  assert_non_null (run);
  assert_true (storage_run_foreach (run, look_at, &search, NULL));
  assert_int_not_equal (search.at, 0);
  return search.at;
}

static guint
count_records (const Story *story)
{
  g_autoptr (StorageRun) run = storage_open_run (story->options.storage, "story", NULL);
  Search search = { STORAGE_RECORD_COUNT, 0, 0, 0 };

  assert_non_null (run);
  assert_true (storage_run_foreach (run, look_at, &search, NULL));
  return search.count;
}

/* -- What is said twice -------------------------------------------------------------------------
 */

static void
to_be_repeated_said_twice_repeats_once (void **unused)
{
  EngineStatistics statistics;
  Story story;

  (void) unused;
  story_init_stored (&story, "linear f [Ask(7) a(-> x), N b]", NULL, NULL);
  story_preset (&story, "flow RUNNING; a RUNNING");
  assert_int_equal (story_run (&story), FLOW_STATE_SUSPENDED);
  story_say (&story, "a", STORAGE_RESOLUTION_RETRY);
  story_resume (&story, NULL);
  story_say (&story, "a", STORAGE_RESOLUTION_RETRY);
  story_resume (&story, NULL);
  assert_int_equal (story_run (&story), FLOW_STATE_SUCCESS);
  engine_get_statistics (story.engine, &statistics);
  assert_int_equal (statistics.completed, 2);
  story_clear (&story);
}

/* Two reverts have failed in front of `a`: it waits for both, whatever is said of one of them. */
static void
what_is_skipped_counts_once (void **unused)
{
  (void) unused;
  for (guint is_resumed = 0; is_resumed < 2; is_resumed++)
    {
      Story story;

      story_init_stored (&story, "linear f [NV a, unordered u [RFail b, RFail c], Fail d]", NULL,
                         NULL);
      assert_int_equal (story_run (&story), FLOW_STATE_FAILURE);
      story_say (&story, "b", STORAGE_RESOLUTION_SKIP);
      if (is_resumed)
        story_resume (&story, NULL);
      story_say_in_vain (&story, "b", STORAGE_RESOLUTION_SKIP);
      story_say_in_vain (&story, "b", STORAGE_RESOLUTION_RETRY);
      assert_int_equal (story_run (&story), FLOW_STATE_FAILURE);
      story_expect_states (&story, "a SUCCESS, b REVERT_FAILURE, c REVERT_FAILURE");
      story_say (&story, "b", STORAGE_RESOLUTION_REVERTED);
      if (is_resumed)
        story_resume (&story, NULL);
      assert_int_equal (story_run (&story), FLOW_STATE_FAILURE);
      story_expect_states (&story, "a SUCCESS, b REVERTED, c REVERT_FAILURE");
      story_say (&story, "c", STORAGE_RESOLUTION_REVERTED);
      assert_int_equal (story_run (&story), FLOW_STATE_REVERTED);
      story_expect_states (&story, "a REVERTED, b REVERTED, c REVERTED");
      story_clear (&story);
    }
}

static void
who_is_called_done_has_what_it_is_to_provide (void **unused)
{
  Story story;

  (void) unused;
  story_init_stored (&story, "linear f [Ask(1) a(-> {k}), N b(k)]", NULL, NULL);
  story_preset (&story, "flow RUNNING; a RUNNING");
  assert_int_equal (story_run (&story), FLOW_STATE_SUSPENDED);
  story_say_in_vain (&story, "a", STORAGE_RESOLUTION_DONE);
  assert_true (engine_resolve (story.engine, "a", STORAGE_RESOLUTION_DONE,
                               g_variant_new_parsed ("{'k': <@x 1>}"), NULL, NULL));
  assert_int_equal (story_run (&story), FLOW_STATE_SUCCESS);
  story_expect_symbols (&story, "{\"k\":1}");
  story_clear (&story);
}

/* -- Who is asked when --------------------------------------------------------------------------
 */

static void
a_resolution_asks_nobody_before_the_inputs_are_there (void **unused)
{
  (void) unused;
  for (guint skips = 0; skips < 2; skips++)
    {
      Story story;

      story_init_stored (
          &story, "graph g [P a, linear l <ForEachOf(xs)> [Ask(1) c], P b, a -> b ?\"y > 1\"]",
          "xs=[1,2] y=2", NULL);
      story_preset (
          &story,
          "flow RUNNING; a RUNNING; a SUCCESS(5); l.retry RUNNING; l.retry SUCCESS(1); c RUNNING");
      assert_int_equal (story_run (&story), FLOW_STATE_SUSPENDED);
      story_resume (&story, NULL);
      story_say (&story, "c", skips ? STORAGE_RESOLUTION_SKIP : STORAGE_RESOLUTION_DONE);
      assert_int_equal (story_run (&story), FLOW_STATE_SUCCESS);
      story_expect_states (&story, "a SUCCESS, b SUCCESS, c SUCCESS");
      story_clear (&story);
    }
}

/* -- Deaths while resuming ----------------------------------------------------------------------
 */

static void
keep_at_start (Engine *engine, const ListenerEvent *event, gpointer data)
{
  if (event->to == ATOM_STATE_RUNNING && strcmp (event->atom, data) == 0)
    engine_request (engine, STORAGE_REQUEST_KEEP, "enough");
}

static void
what_was_cancelled_to_be_kept_stays_so_through_two_deaths (void **unused)
{
  (void) unused;
  for (guint steps = 0; steps < 6; steps++)
    {
      char first[] = "a";
      FlowState end;
      Story story;

      story_init_stored (&story, "linear f [N z, N a, N b]", NULL, NULL);
      engine_add_listener (story.engine, LISTENER_ATOM, keep_at_start, first, NULL);
      assert_int_equal (story_run (&story), FLOW_STATE_FAILURE);
      assert_true (story_cut_at (
          &story, count_up_to (&story, STORAGE_RECORD_REQUEST, STORAGE_REQUEST_KEEP)));
      for (guint i = 0; i < steps; i++)
        assert_true (engine_step (story.engine, NULL, NULL));
      story_resume (&story, NULL);
      end = story_run (&story);
      if (end != FLOW_STATE_FAILURE)
        fail_msg ("after %u steps: %s", steps, story.trace->str);
      story_expect_states (&story, "a FAILURE, b PENDING");
      story_clear (&story);
    }
}

/* Its deciders were asked while nothing was to be started, so what they said did not count. */
static void
what_was_kept_goes_on_behind_its_deciders_once_it_is_resolved (void **unused)
{
  Story story;

  (void) unused;
  story_init_stored (&story,
                     "graph f [N a, N c, linear s <Times(2) r> [NV x, Fail(1) y], a -> c ?yes]",
                     NULL, NULL);
  story_preset (&story,
                "flow RUNNING; a RUNNING; a SUCCESS; r RUNNING; r SUCCESS(1); x RUNNING; x "
                "SUCCESS; y RUNNING; y FAILURE;"
                "r decides RETRY for y; r intends RETRY; y REVERTING; y REVERTED; x REVERTING");
  engine_request (story.engine, STORAGE_REQUEST_KEEP, NULL);
  assert_int_equal (story_run (&story), FLOW_STATE_FAILURE);
  assert_true (
      story_cut_at (&story, count_up_to (&story, STORAGE_RECORD_REQUEST, STORAGE_REQUEST_KEEP)));
  assert_int_equal (story_run (&story), FLOW_STATE_FAILURE);
  story_expect_states (&story, "c PENDING, x REVERT_FAILURE");
  story_say (&story, "x", STORAGE_RESOLUTION_REVERTED);
  (void) story_run (&story);
  story_expect_within (&story, "c RUNNING; c SUCCESS");
  story_clear (&story);
}

static void
what_never_resolves_starts_nothing_after_a_failure_of_a_former_life (void **unused)
{
  Story story;

  (void) unused;
  story_init_stored (&story, "unordered f [N a, N b]", NULL, NULL);
  story.options.flags = ENGINE_FLAGS_NEVER_RESOLVE;
  story_preset (&story, "flow RUNNING; a RUNNING; a FAILURE");
  assert_int_equal (story_run (&story), FLOW_STATE_FAILURE);
  story_expect_states (&story, "a FAILURE, b PENDING");
  story_clear (&story);
}

/* -- Flows that changed -------------------------------------------------------------------------
 */

static void
a_decision_about_an_atom_that_is_gone_is_read (void **unused)
{
  Story story;

  (void) unused;
  story_init_stored (&story, "linear f <Times(2) r> [P a, Fail(1) b]", NULL, NULL);
  assert_int_equal (story_run (&story), FLOW_STATE_SUCCESS);
  assert_true (story_cut (&story, "r RETRYING"));
  story_resume (&story, "linear f <Times(2) r> [P a]");
  assert_int_equal (story_run (&story), FLOW_STATE_SUCCESS);
  story_expect_states (&story, "a SUCCESS, r SUCCESS");
  story_clear (&story);
}

/* Whoever could not take a run over has not got it, and has changed nothing. */
static void
a_refused_flow_leaves_the_run_to_another (void **unused)
{
  guint count;
  Story story;

  (void) unused;
  story_init_stored (&story, "linear f <Times(2) r> [P a(-> x), Fail(1) b, Ask(2) c]", "y=1", NULL);
  story_preset (&story, "flow RUNNING; r RUNNING; r SUCCESS(1); a RUNNING; a SUCCESS(5); b "
                        "RUNNING; b FAILURE; r decides RETRY for b;"
                        " r intends RETRY; b REVERTING; b REVERTED");
  g_clear_pointer (&story.engine, engine_free);
  count = count_records (&story);
  for (guint i = 0; i < 2; i++)
    {
      story_expect_refusal (&story, "linear f <Times(2) r> [Fail(1) b]", ENGINE_ERROR,
                            ENGINE_ERROR_DEFINITION, NULL);
      story_expect_refusal (&story, "linear f [P r, P a, P b, P c]", ENGINE_ERROR,
                            ENGINE_ERROR_DEFINITION, NULL);
      story_expect_refusal (&story, "graph f [P a, P b, a -> b, b -> a]", ENGINE_ERROR,
                            ENGINE_ERROR_COMPILE, NULL);
    }
  story.options.run_id = "no-such-run";
  story_expect_refusal (&story, "linear f [P a]", STORAGE_ERROR, STORAGE_ERROR_NOT_FOUND, NULL);
  story.options.run_id = "story";
  assert_int_equal (count_records (&story), count);
  story_resume (&story, NULL);
  assert_int_equal (story_run (&story), FLOW_STATE_SUCCESS);
  story_clear (&story);
}

/* In the run `b` went with `a`; in the flow it comes after it, so `a`, whose outcome is unknown,
 * has to wait for its revert. */
static void
what_ran_in_another_order_is_reverted_in_the_order_of_now (void **unused)
{
  Story story;

  (void) unused;
  story_init_stored (&story, "unordered f [NV a, NV b]", NULL, NULL);
  story_preset (&story, "flow RUNNING; b RUNNING; b SUCCESS; a RUNNING; run intends REVERT");
  story_resume (&story, "linear f [NV a, NV b]");
  assert_int_equal (story_run (&story), FLOW_STATE_REVERTED);
  story_expect_within (&story, "b REVERTED; a REVERTING; a REVERTED");
  story_clear (&story);
}

/* -- Clocks -------------------------------------------------------------------------------------
 */

/* The clock was a day ahead when it was decided to wait for a moment. */
static void
a_clock_that_was_set_back_makes_no_wait_longer (void **unused)
{
  const gint64 tomorrow_us = g_get_real_time () + 24 * HOUR_US;
  StorageRecord decided[] = {
    { .kind = STORAGE_RECORD_DECISION, .to = RETRY_DECISION_RETRY },
    { .kind = STORAGE_RECORD_INTENTION, .intention = INTENTION_RETRY },
  };
  StorageRun *run;
  Story story;

  (void) unused;
  story_init_stored (&story, "linear f <Times(2) r> [N a]", NULL, NULL);
  story_preset (&story, "flow RUNNING; r RUNNING; r SUCCESS(1); a RUNNING; a FAILURE");
  g_clear_pointer (&story.engine, engine_free);
  run = storage_take_run (story.options.storage, "story", NULL);
  assert_non_null (run);
  decided[0].attempt = 1;
  decided[0].value = g_variant_ref_sink (g_variant_new ("(xx)", (gint64) 1000, tomorrow_us));
  assert_true (storage_run_append (run, decided, G_N_ELEMENTS (decided), NULL));
  g_variant_unref (decided[0].value);
  storage_run_close (run);
  story_resume (&story, NULL);
  assert_int_equal (story_run (&story), FLOW_STATE_SUCCESS);
  story_expect_within (&story, "a REVERTED; r RETRYING; r SUCCESS(2); a SUCCESS");
  story_clear (&story);
}

/* -- Two things at once -------------------------------------------------------------------------
 */

/* The revert of `a` fails together with `c`, which makes more be reverted: that `a` is tried again
 * is not forgotten. */
static void
run_with_a_revert_to_try_again (const char *text, FlowState end)
{
  const AtomBackoff thrice = { .times = 3 };
  g_autoptr (Executor) executor = NULL;
  EngineOptions options = { 0 };
  Story story;

  memset (&story, 0, sizeof story);
  executor = story_executor_new (&story, 2, STORY_BACKWARDS, "c RUNNING until a REVERTING");
  options.executor = executor;
  story_init (&story, text, NULL, &options);
  atom_set_revert_backoff (find_atom (&story, "a"), &thrice);
  assert_int_equal (story_run (&story), end);
  story_expect_within (&story, "a REVERT_FAILURE(a!); a REVERTING; a REVERTED");
  story_clear (&story);
}

static void
a_revert_is_tried_again_though_more_is_reverted (void **unused)
{
  (void) unused;
  run_with_a_revert_to_try_again (
      "unordered o <Times(2) ro> [linear i <Times(2) ri> [RFail(1) a, Fail(1) b], Fail(1) c]",
      FLOW_STATE_SUCCESS);
  run_with_a_revert_to_try_again (
      "unordered o [linear i <Times(2) ri> [RFail(1) a, Fail(1) b], Fail c]", FLOW_STATE_REVERTED);
}

/* The controller of `b` answers when everything is being rolled back already: nobody waits an hour
 * for it, in the next life neither. */
static void
a_decision_that_came_too_late_is_not_waited_for (void **unused)
{
  const AtomBackoff hourly = { .delay_us = HOUR_US };
  g_autoptr (Executor) executor = NULL;
  Story story;

  (void) unused;
  memset (&story, 0, sizeof story);
  executor = story_executor_new (&story, 2, STORY_BACKWARDS, "c RUNNING until b RUNNING");
  story_init_stored (&story, "unordered o [linear i <Times(2) ri> [NV a, Fail b], Fail c]", NULL,
                     executor);
  retry_set_backoff (find_atom (&story, "ri"), &hourly);
  assert_int_equal (story_run (&story), FLOW_STATE_REVERTED);
  assert_true (
      story_cut_at (&story, count_up_to (&story, STORAGE_RECORD_DECISION, RETRY_DECISION_RETRY)));
  assert_int_equal (story_run (&story), FLOW_STATE_REVERTED);
  story_clear (&story);
}

/* -- Processes that live on ---------------------------------------------------------------------
 */

/* A process as an attempt of a former life may have left it. */
static GPid
leave_process (const char *run_id, gint64 created_us, const char *attempt)
{
  g_autofree char *mark = g_strdup_printf (COMMAND_MARK "=%s@%" G_GINT64_MODIFIER "x/%s", run_id,
                                           (guint64) created_us, attempt);
  const char *argv[] = { "/bin/sleep", "1000", NULL };
  const char *environment[] = { mark, NULL };
  g_autoptr (GError) error = NULL;
  GPid pid = 0;

  if (!g_spawn_async (NULL, (char **) (guintptr) argv, (char **) (guintptr) environment,
                      G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, &error))
    fail_msg ("%s", error->message);
  return pid;
}

/* It has been killed; leaves no child behind either way. */
static gboolean
was_ended (GPid pid)
{
  siginfo_t info = { 0 };
  gboolean is_over = waitid (P_PID, (id_t) pid, &info, WEXITED | WNOHANG) != 0 ? errno == ECHILD
                                                                               : info.si_pid == pid;

  if (!is_over)
    {
      kill (pid, SIGKILL);
      waitpid (pid, NULL, 0);
    }
  return is_over;
}

static Flow *
build_command_flow (void)
{
  Flow *flow = flow_new_linear ("f");
  Atom *command = command_new ("a");

  command_set_shell (command, COMMAND_EXECUTE, ":");
  command_set_shell (command, COMMAND_REVERT, ":");
  atom_set_unknown (command, ATOM_UNKNOWN_ASK);
  flow_add (flow, command);
  return flow;
}

/* Leaves a run behind whose only step was interrupted; while it was rolled back, if so. Returns:
 * what still runs. */
static GPid
leave_run (Storage *storage, Flow *flow, gboolean rolls_back)
{
  EngineOptions options = { .run_id = "r", .storage = storage };
  Engine *engine = engine_new (flow, &options);
  g_autoptr (StorageRun) run = NULL;
  const StorageRecord records[] = {
    { .kind = STORAGE_RECORD_FLOW,
      .atom = STORAGE_NO_ATOM,
      .from = FLOW_STATE_SUSPENDED,
      .to = FLOW_STATE_RUNNING },
    { .kind = STORAGE_RECORD_ATOM,
      .from = ATOM_STATE_PENDING,
      .to = ATOM_STATE_RUNNING,
      .attempt = 1 },
    { .kind = STORAGE_RECORD_INTENTION, .atom = STORAGE_NO_ATOM, .intention = INTENTION_REVERT },
  };

  engine_suspend (engine);
  assert_true (engine_run (engine, NULL, NULL));
  engine_free (engine);
  run = storage_take_run (storage, "r", NULL);
  assert_non_null (run);
  assert_true (storage_run_append (run, records, rolls_back ? 3 : 2, NULL));
  return leave_process ("r", storage_run_get_info (run)->created_us, "a/execute/1");
}

static void
nothing_of_an_interrupted_attempt_outlives_what_is_said_of_it (void **unused)
{
  (void) unused;
  for (guint resolution = 0; resolution < STORAGE_RESOLUTION_COUNT; resolution++)
    {
      g_autoptr (Storage) storage = storage_new_memory (STORAGE_MEMORY_JOURNAL);
      g_autoptr (Flow) flow = build_command_flow ();
      GPid pid = leave_run (storage, flow, FALSE);
      EngineOptions options = { .run_id = "r", .storage = storage };
      g_autoptr (Engine) engine = engine_new_resumed (flow, &options, NULL);
      FlowState end;

      assert_non_null (engine);
      assert_true (engine_run (engine, &end, NULL));
      assert_int_equal (end, FLOW_STATE_SUSPENDED);
      assert_true (engine_resolve (engine, "a", (StorageResolution) resolution, NULL, NULL, NULL));
      assert_true (engine_run (engine, &end, NULL));
      assert_true (was_ended (pid));
      assert_int_equal (end, resolution == STORAGE_RESOLUTION_SKIP ? FLOW_STATE_REVERTED
                                                                   : FLOW_STATE_SUCCESS);
    }
}

static void
nothing_of_an_interrupted_attempt_lives_when_it_is_reverted (void **unused)
{
  g_autoptr (Storage) storage = storage_new_memory (STORAGE_MEMORY_JOURNAL);
  g_autoptr (Flow) flow = build_command_flow ();
  EngineOptions options = { .run_id = "r", .storage = storage };
  g_autoptr (Engine) engine = NULL;
  FlowState end;
  GPid pid;

  (void) unused;
  pid = leave_run (storage, flow, TRUE);
  engine = engine_new_resumed (flow, &options, NULL);
  assert_non_null (engine);
  atom_set_unknown (
      plan_get_atom (engine_get_plan (engine), plan_find_atom (engine_get_plan (engine), "a")),
      ATOM_UNKNOWN_REPEAT);
  assert_true (engine_run (engine, &end, NULL));
  assert_true (was_ended (pid));
  assert_int_equal (end, FLOW_STATE_REVERTED);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (to_be_repeated_said_twice_repeats_once),
    cmocka_unit_test (what_is_skipped_counts_once),
    cmocka_unit_test (who_is_called_done_has_what_it_is_to_provide),
    cmocka_unit_test (a_resolution_asks_nobody_before_the_inputs_are_there),
    cmocka_unit_test (what_was_cancelled_to_be_kept_stays_so_through_two_deaths),
    cmocka_unit_test (what_was_kept_goes_on_behind_its_deciders_once_it_is_resolved),
    cmocka_unit_test (what_never_resolves_starts_nothing_after_a_failure_of_a_former_life),
    cmocka_unit_test (a_decision_about_an_atom_that_is_gone_is_read),
    cmocka_unit_test (a_refused_flow_leaves_the_run_to_another),
    cmocka_unit_test (what_ran_in_another_order_is_reverted_in_the_order_of_now),
    cmocka_unit_test (a_clock_that_was_set_back_makes_no_wait_longer),
    cmocka_unit_test (a_revert_is_tried_again_though_more_is_reverted),
    cmocka_unit_test (a_decision_that_came_too_late_is_not_waited_for),
    cmocka_unit_test (nothing_of_an_interrupted_attempt_outlives_what_is_said_of_it),
    cmocka_unit_test (nothing_of_an_interrupted_attempt_lives_when_it_is_reverted),
  };

  return cmocka_run_group_tests_name ("resume_more", tests, NULL, NULL);
}
