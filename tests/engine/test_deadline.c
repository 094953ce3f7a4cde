/* SPDX-License-Identifier: Apache-2.0 */
/* Deadlines of flows. Nothing here depends on how fast anything is: an atom that takes too long
 * goes on until its deadline is over, and a time that is not to be over is an hour.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <time.h>

#include <backflow/atoms/retry.h>
#include <backflow/atoms/task.h>
#include <backflow/engine/engine.h>
#include <backflow/engine/listeners/listener_capture.h>
#include <backflow/engine/resume.h>

#define RUN_ID "run"
#define SHORT_US 20000
#define HOUR_US (3600 * (gint64) G_USEC_PER_SEC)

/* A run of a flow whose atoms are made by the functions below, which note in `deadlines` when each
 * execute has to end. */
typedef struct
{
  Flow *flow;
  Storage *storage;
  Engine *engine;
  ListenerCapture *capture;
} Scene;

static gint64 deadlines[16];
static guint n_deadlines;
static TaskProbe probed;

static void
note_deadline (AtomContext *context)
{
  if (n_deadlines < G_N_ELEMENTS (deadlines))
    deadlines[n_deadlines++] = atom_context_get_deadline (context);
}

static void
wait_until (gint64 until_us)
{
  const struct timespec pause = { 0, 1000 * 1000 };

  while (g_get_monotonic_time () <= until_us)
    nanosleep (&pause, NULL);
}

/* Goes on until it has taken too long; of attempts after the `user_data`-th (0: all) it succeeds at
 * once. */
static gboolean
linger (AtomContext *context, gpointer user_data, GError **error)
{
  guint limit = GPOINTER_TO_UINT (user_data);

  (void) error;
  note_deadline (context);
  if (limit > 0 && atom_context_get_attempt (context) > limit)
    return TRUE;
  wait_until (atom_context_get_deadline (context));
  return TRUE;
}

static gboolean
succeed (AtomContext *context, gpointer user_data, GError **error)
{
  (void) user_data;
  (void) error;
  if (atom_context_get_action (context) == ATOM_ACTION_EXECUTE)
    note_deadline (context);
  return TRUE;
}

static gboolean
break_down (AtomContext *context, gpointer user_data, GError **error)
{
  (void) user_data;
  note_deadline (context);
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "broken");
  return FALSE;
}

/* A revert has the time that it needs; the probe finds nothing after it. */
static gboolean
revert (AtomContext *context, gpointer user_data, GError **error)
{
  (void) user_data;
  probed = TASK_PROBE_ABSENT;
  if (atom_context_get_deadline (context) == 0)
    return TRUE;
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "a revert has a deadline");
  return FALSE;
}

static TaskProbe
probe (AtomContext *context, gpointer user_data, GError **error)
{
  (void) user_data;
  (void) error;
  return atom_context_get_deadline (context) == 0 ? probed : TASK_PROBE_UNKNOWN;
}

static Atom *
add_task (Flow *flow, const char *name, AtomFunc execute)
{
  Atom *task = task_new (name, execute, revert, NULL, NULL);

  flow_add (flow, task);
  return task;
}

static Flow *
add_flow (Flow *parent, const char *name, gint64 timeout_us)
{
  Flow *flow = flow_new_linear (name);

  flow_set_timeout (flow, timeout_us);
  flow_add_flow (parent, flow);
  return flow;
}

static void
make_engine (Scene *scene)
{
  EngineOptions options = { .run_id = RUN_ID, .storage = scene->storage };

  scene->engine = engine_new (scene->flow, &options);
  scene->capture = listener_add_capture (scene->engine, LISTENER_ATOM | LISTENER_NOTE, NULL, NULL);
}

static int
setup (void **state)
{
  Scene *scene = g_new0 (Scene, 1);

  n_deadlines = 0;
  probed = TASK_PROBE_PRESENT;
  scene->flow = flow_new_linear ("site");
  scene->storage = storage_new_memory (STORAGE_MEMORY_JOURNAL);
  *state = scene;
  return 0;
}

static int
teardown (void **state)
{
  Scene *scene = *state;

  engine_free (scene->engine);
  listener_capture_free (scene->capture);
  flow_unref (scene->flow);
  storage_unref (scene->storage);
  g_free (scene);
  return 0;
}

static FlowState
run (Scene *scene)
{
  FlowState end = FLOW_STATE_PENDING;

  if (scene->engine == NULL)
    make_engine (scene);
  assert_true (engine_run (scene->engine, &end, NULL));
  return end;
}

/* A new engine goes on with the run. */
static void
live_again (Scene *scene)
{
  EngineOptions options = { .run_id = RUN_ID, .storage = scene->storage };

  engine_free (scene->engine);
  listener_capture_free (scene->capture);
  scene->engine = engine_new_resumed (scene->flow, &options, NULL);
  assert_non_null (scene->engine);
  scene->capture = listener_add_capture (scene->engine, LISTENER_ATOM | LISTENER_NOTE, NULL, NULL);
}

static void
expect_state (const Scene *scene, const char *atom, AtomState expected)
{
  AtomState state = ATOM_STATE_COUNT;

  assert_true (engine_get_atom_state (scene->engine, atom, &state, NULL));
  assert_string_equal (atom_state_get_name (state), atom_state_get_name (expected));
}

/* Fails unless `part` is in what was heard. */
static void
expect_heard (const Scene *scene, const char *part)
{
  g_autofree char *text = listener_capture_dup_text (scene->capture);

  if (strstr (text, part) == NULL)
    fail_msg ("'%s' is not in: %s", part, text);
}

static void
expect_unheard (const Scene *scene, const char *part)
{
  g_autofree char *text = listener_capture_dup_text (scene->capture);

  if (strstr (text, part) != NULL)
    fail_msg ("'%s' is in: %s", part, text);
}

/* -- An attempt that takes too long -------------------------------------------------------------
 */

static void
an_attempt_that_takes_longer_fails_and_nothing_starts_after_it (void **state)
{
  Scene *scene = *state;

  flow_set_timeout (scene->flow, SHORT_US);
  (void) add_task (scene->flow, "a", succeed);
  (void) add_task (scene->flow, "b", linger);
  (void) add_task (scene->flow, "c", succeed);
  assert_int_equal (run (scene), FLOW_STATE_REVERTED);
  expect_heard (scene, "b FAILURE(the 20ms that flow 'site' is allowed are over: took ");
  expect_heard (scene, "b REVERTED; a REVERTING; a REVERTED");
  expect_unheard (scene, "c RUNNING");
  assert_int_equal (n_deadlines, 2);
  assert_true (deadlines[0] == deadlines[1]);
}

static void
its_failure_is_a_timeout (void **state)
{
  Scene *scene = *state;
  const ListenerEvent *event;

  flow_set_timeout (scene->flow, SHORT_US);
  (void) add_task (scene->flow, "b", linger);
  assert_int_equal (run (scene), FLOW_STATE_REVERTED);
  event = listener_capture_get (scene->capture, 1);
  assert_int_equal (event->to, ATOM_STATE_FAILURE);
  assert_string_equal (failure_get_fields (event->failure)->domain, "timeout");
}

static void
a_nested_flow_has_a_time_of_its_own (void **state)
{
  Scene *scene = *state;
  Flow *inner;

  flow_set_timeout (scene->flow, HOUR_US);
  (void) add_task (scene->flow, "a", succeed);
  inner = add_flow (scene->flow, "inner", SHORT_US);
  (void) add_task (inner, "b", linger);
  (void) add_task (inner, "c", succeed);
  (void) add_task (scene->flow, "d", succeed);
  assert_int_equal (run (scene), FLOW_STATE_REVERTED);
  expect_heard (scene, "b FAILURE(the 20ms that flow 'inner' is allowed are over: took ");
  expect_unheard (scene, "c RUNNING");
  assert_true (deadlines[0] > deadlines[1]);
}

static void
the_time_around_binds_what_is_within (void **state)
{
  Scene *scene = *state;
  Flow *inner;

  flow_set_timeout (scene->flow, SHORT_US);
  inner = add_flow (add_flow (scene->flow, "middle", 0), "inner", HOUR_US);
  (void) add_task (inner, "b", linger);
  assert_int_equal (run (scene), FLOW_STATE_REVERTED);
  expect_heard (scene, "b FAILURE(the 20ms that flow 'site' is allowed are over: took ");
}

static void
what_is_behind_a_timed_flow_is_not_bound_by_it (void **state)
{
  Scene *scene = *state;

  (void) add_task (add_flow (scene->flow, "inner", HOUR_US), "a", succeed);
  (void) add_task (scene->flow, "b", succeed);
  assert_int_equal (run (scene), FLOW_STATE_SUCCESS);
  assert_int_equal (n_deadlines, 2);
  assert_true (deadlines[0] > 0);
  assert_true (deadlines[1] == 0);
}

static void
a_timeout_of_the_atoms_own_blames_no_flow (void **state)
{
  Scene *scene = *state;

  flow_set_timeout (scene->flow, HOUR_US);
  atom_set_timeout (add_task (scene->flow, "b", linger), ATOM_ACTION_EXECUTE, SHORT_US);
  assert_int_equal (run (scene), FLOW_STATE_REVERTED);
  expect_heard (scene, "b FAILURE(took ");
}

/* Nobody listens, nothing is kept but states, and the atoms are as plain as can be: the shortest
 * way through the engine. */
static void
it_binds_on_the_shortest_way_too (void **state)
{
  Scene *scene = *state;
  g_autoptr (Engine) engine = NULL;
  FlowState end = FLOW_STATE_PENDING;
  Flow *inner;

  flow_add (scene->flow, task_new ("a", succeed, NULL, NULL, NULL));
  flow_add (scene->flow, task_new ("b", succeed, NULL, NULL, NULL));
  inner = add_flow (scene->flow, "inner", SHORT_US);
  flow_add (inner, task_new ("c", succeed, NULL, NULL, NULL));
  flow_add (inner, task_new ("d", linger, NULL, NULL, NULL));
  flow_add (inner, task_new ("e", succeed, NULL, NULL, NULL));
  engine = engine_new (scene->flow, NULL);
  assert_true (engine_run (engine, &end, NULL));
  assert_int_equal (end, FLOW_STATE_REVERTED);
  assert_int_equal (n_deadlines, 4);
  assert_true (deadlines[1] == 0 && deadlines[2] > 0 && deadlines[3] == deadlines[2]);
}

/* -- What is not started ------------------------------------------------------------------------
 */

static void
outlast_deadline (Engine *engine, const ListenerEvent *event, gpointer user_data)
{
  (void) engine;
  if (event->to == ATOM_STATE_SUCCESS && strcmp (event->atom, user_data) == 0)
    wait_until (deadlines[0]);
}

static void
nothing_starts_when_the_time_is_over_between_two_atoms (void **state)
{
  Scene *scene = *state;
  const Failure *cause = NULL;

  flow_set_timeout (scene->flow, SHORT_US);
  (void) add_task (scene->flow, "a", succeed);
  (void) add_task (scene->flow, "b", succeed);
  make_engine (scene);
  engine_add_listener (scene->engine, LISTENER_ATOM, outlast_deadline, (gpointer) (guintptr) "a",
                       NULL);
  /* A machine so slow that even the first was not in time is fine, too. */
  assert_int_equal (run (scene), FLOW_STATE_REVERTED);
  assert_int_equal (n_deadlines, 1);
  for (guint i = 0; i < listener_capture_get_length (scene->capture); i++)
    if (listener_capture_get (scene->capture, i)->failure != NULL)
      cause = listener_capture_get (scene->capture, i)->failure;
  while (cause != NULL && failure_get_fields (cause)->cause != NULL
         && strcmp (failure_get_fields (cause)->domain, "timeout") != 0)
    cause = failure_get_fields (cause)->cause;
  assert_string_equal (failure_get_fields (cause)->domain, "timeout");
  assert_non_null (strstr (failure_get_message (cause), "flow 'site' is allowed"));
}

/* -- Controllers --------------------------------------------------------------------------------
 */

static void
controllers_within_give_up_and_the_one_around_tries_again_with_time_anew (void **state)
{
  Scene *scene = *state;
  Flow *inner;

  flow_set_retry (scene->flow, retry_new_times ("outer", 2));
  inner = add_flow (scene->flow, "inner", SHORT_US);
  flow_set_retry (inner, retry_new_times ("r", 5));
  flow_add (inner, task_new ("b", linger, revert, GUINT_TO_POINTER (1), NULL));
  /* When the second try, too, is not in time, the machine is slow beyond measure. */
  flow_set_timeout (inner, 10 * SHORT_US);
  assert_int_equal (run (scene), FLOW_STATE_SUCCESS);
  expect_heard (scene, "r note: was not asked about the failure of 'b': the time that flow 'inner' "
                       "is allowed is over");
  expect_unheard (scene, "; r RETRYING");
  expect_heard (scene, "outer RETRYING");
  assert_int_equal (n_deadlines, 2);
  assert_true (deadlines[1] > deadlines[0]);
}

static void
the_tries_of_the_flows_own_controller_share_its_time (void **state)
{
  Scene *scene = *state;

  flow_set_timeout (scene->flow, HOUR_US);
  flow_set_retry (scene->flow, retry_new_times ("r", 3));
  (void) add_task (scene->flow, "b", break_down);
  assert_int_equal (run (scene), FLOW_STATE_REVERTED);
  assert_int_equal (n_deadlines, 3);
  assert_true (deadlines[0] > 0 && deadlines[1] == deadlines[0] && deadlines[2] == deadlines[0]);
}

static void
a_flow_without_time_left_is_not_tried_again (void **state)
{
  Scene *scene = *state;

  flow_set_timeout (scene->flow, SHORT_US);
  flow_set_retry (scene->flow, retry_new_times ("r", 3));
  (void) add_task (scene->flow, "b", linger);
  assert_int_equal (run (scene), FLOW_STATE_REVERTED);
  expect_unheard (scene, "RETRYING");
  assert_int_equal (n_deadlines, 1);
}

static void
nobody_waits_for_a_try_that_would_come_too_late (void **state)
{
  const AtomBackoff backoff = { .delay_us = 2 * HOUR_US };
  Scene *scene = *state;
  Atom *retry = retry_new_times ("r", 3);

  retry_set_backoff (retry, &backoff);
  flow_set_timeout (scene->flow, HOUR_US);
  flow_set_retry (scene->flow, retry);
  (void) add_task (scene->flow, "a", succeed);
  (void) add_task (scene->flow, "b", break_down);
  assert_int_equal (run (scene), FLOW_STATE_REVERTED);
  expect_heard (scene, "r note: does not try again after the failure of 'b': the time that flow "
                       "'site' is allowed would be over before");
  expect_heard (scene, "a REVERTED");
  expect_unheard (scene, "RETRYING");
}

/* -- Over the lives of a run --------------------------------------------------------------------
 */

static void
suspend_behind_first (Engine *engine, const ListenerEvent *event, gpointer user_data)
{
  (void) user_data;
  if (event->to == ATOM_STATE_SUCCESS && strcmp (event->atom, "a") == 0)
    engine_suspend (engine);
}

static void
a_new_engine_keeps_the_time (void **state)
{
  Scene *scene = *state;

  flow_set_timeout (scene->flow, HOUR_US);
  (void) add_task (scene->flow, "a", succeed);
  (void) add_task (scene->flow, "b", succeed);
  make_engine (scene);
  engine_add_listener (scene->engine, LISTENER_ATOM, suspend_behind_first, NULL, NULL);
  assert_int_equal (run (scene), FLOW_STATE_SUSPENDED);
  live_again (scene);
  assert_int_equal (run (scene), FLOW_STATE_SUCCESS);
  assert_int_equal (n_deadlines, 2);
  /* The clock on the wall, which the store has, is not read at the same instant as the other one.
   */
  assert_true (ABS (deadlines[1] - deadlines[0]) < G_USEC_PER_SEC);
}

static void
a_new_engine_starts_nothing_when_the_time_is_over (void **state)
{
  Scene *scene = *state;

  flow_set_timeout (scene->flow, SHORT_US);
  (void) add_task (scene->flow, "a", succeed);
  (void) add_task (scene->flow, "b", succeed);
  make_engine (scene);
  engine_add_listener (scene->engine, LISTENER_ATOM, suspend_behind_first, NULL, NULL);
  assert_int_equal (run (scene), FLOW_STATE_SUSPENDED);
  wait_until (deadlines[0] + SHORT_US);
  live_again (scene);
  assert_int_equal (run (scene), FLOW_STATE_REVERTED);
  assert_int_equal (n_deadlines, 1);
  expect_heard (scene, "a REVERTED");
}

static void
a_reset_run_has_its_time_anew (void **state)
{
  Scene *scene = *state;

  flow_set_timeout (scene->flow, HOUR_US);
  (void) add_task (scene->flow, "a", succeed);
  assert_int_equal (run (scene), FLOW_STATE_SUCCESS);
  assert_true (engine_reset (scene->engine, NULL));
  assert_int_equal (run (scene), FLOW_STATE_SUCCESS);
  assert_int_equal (n_deadlines, 2);
  assert_true (deadlines[1] > deadlines[0]);
}

/* The journal of a process that died while atom 0 was executing, long ago. */
static void
die_long_ago (Scene *scene)
{
  StorageRecord record = {
    .kind = STORAGE_RECORD_ATOM, .from = ATOM_STATE_PENDING, .to = ATOM_STATE_RUNNING, .attempt = 1
  };
  g_autoptr (StorageRun) taken = NULL;

  make_engine (scene);
  engine_suspend (scene->engine);
  assert_int_equal (run (scene), FLOW_STATE_SUSPENDED);
  g_clear_pointer (&scene->engine, engine_free);
  taken = storage_take_run (scene->storage, RUN_ID, NULL);
  assert_non_null (taken);
  record.time_us = g_get_real_time () - 2 * HOUR_US;
  assert_true (storage_run_append (taken, &record, 1, NULL));
}

static void
a_probe_has_time_when_the_flow_has_none_left (void **state)
{
  Scene *scene = *state;

  flow_set_timeout (scene->flow, HOUR_US);
  task_set_probe (add_task (scene->flow, "a", succeed), probe);
  (void) add_task (scene->flow, "b", succeed);
  die_long_ago (scene);
  live_again (scene);
  assert_int_equal (run (scene), FLOW_STATE_REVERTED);
  /* It is found to have done its work, and nothing is started after it. */
  expect_heard (scene, "a SUCCESS");
  expect_heard (scene, "a REVERTED");
  assert_int_equal (n_deadlines, 0);
}

static void
an_interrupted_attempt_is_not_repeated_when_the_time_is_over (void **state)
{
  Scene *scene = *state;

  flow_set_timeout (scene->flow, HOUR_US);
  (void) add_task (scene->flow, "a", succeed);
  die_long_ago (scene);
  live_again (scene);
  assert_int_equal (run (scene), FLOW_STATE_REVERTED);
  expect_heard (scene, "a FAILURE(not started, because the time that flow 'site' is allowed is "
                       "over); a REVERTING; a REVERTED");
  assert_int_equal (n_deadlines, 0);
  expect_state (scene, "a", ATOM_STATE_REVERTED);
}

#define TEST(name) cmocka_unit_test_setup_teardown (name, setup, teardown)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (an_attempt_that_takes_longer_fails_and_nothing_starts_after_it),
    TEST (its_failure_is_a_timeout),
    TEST (a_nested_flow_has_a_time_of_its_own),
    TEST (the_time_around_binds_what_is_within),
    TEST (what_is_behind_a_timed_flow_is_not_bound_by_it),
    TEST (a_timeout_of_the_atoms_own_blames_no_flow),
    TEST (it_binds_on_the_shortest_way_too),
    TEST (nothing_starts_when_the_time_is_over_between_two_atoms),
    TEST (controllers_within_give_up_and_the_one_around_tries_again_with_time_anew),
    TEST (the_tries_of_the_flows_own_controller_share_its_time),
    TEST (a_flow_without_time_left_is_not_tried_again),
    TEST (nobody_waits_for_a_try_that_would_come_too_late),
    TEST (a_new_engine_keeps_the_time),
    TEST (a_new_engine_starts_nothing_when_the_time_is_over),
    TEST (a_reset_run_has_its_time_anew),
    TEST (a_probe_has_time_when_the_flow_has_none_left),
    TEST (an_interrupted_attempt_is_not_repeated_when_the_time_is_over),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
