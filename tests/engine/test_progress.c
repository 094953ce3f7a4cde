/* SPDX-License-Identifier: Apache-2.0 */
/* How far attempts say that they are: heard at once, on the engine's thread; kept now and then, and
 * the last one always. */
#include "tests/engine/aside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>
#include <semaphore.h>
#include <time.h>

#include <backflow/atoms/retry.h>
#include <backflow/atoms/task.h>
#include <backflow/engine/engine.h>
#include <backflow/engine/listeners/listener_capture.h>
#include <backflow/engine/resume.h>
#include <backflow/values/value.h>
#include <glib/gstdio.h>

#define RUN_ID "run"
#define MANY 1000

/* A flow `f` of one atom or more, run by an engine that is listened to. */
typedef struct
{
  Flow *flow;
  Storage *storage;
  Executor *executor;
  Engine *engine;
  ListenerCapture *capture;
} Scene;

static void
scene_init (Scene *scene, Atom *atom)
{
  *scene = (Scene){ .flow = flow_new_linear ("f"),
                    .storage = storage_new_memory (STORAGE_MEMORY_JOURNAL) };
  flow_add (scene->flow, atom);
}

static void
scene_make_engine (Scene *scene)
{
  EngineOptions options
      = { .run_id = RUN_ID, .storage = scene->storage, .executor = scene->executor };

  scene->engine = engine_new (scene->flow, &options);
}

static FlowState
scene_run (Scene *scene)
{
  FlowState end = FLOW_STATE_PENDING;

  if (scene->engine == NULL)
    scene_make_engine (scene);
  assert_true (engine_run (scene->engine, &end, NULL));
  return end;
}

static void
scene_expect_heard (const Scene *scene, const char *expected)
{
  g_autofree char *text = listener_capture_dup_text (scene->capture);

  assert_string_equal (text, expected);
}

static void
scene_clear (Scene *scene)
{
  engine_free (scene->engine);
  listener_capture_free (scene->capture);
  flow_unref (scene->flow);
  storage_unref (scene->storage);
  executor_unref (scene->executor);
}

/* -- What is stored -----------------------------------------------------------------------------
 */

/* The PROGRESS records of atom `atom`: how many, the last one, and the last state that the atom had
 * before it. */
typedef struct
{
  guint32 atom;
  guint count;
  double last;
  AtomAction action;
  guint32 attempt;
  guint8 state;
  char *details;
  guint8 state_now;
} Kept;

static gboolean
look_at (const StorageRecord *record, gpointer user_data)
{
  Kept *kept = user_data;
  g_autoptr (GVariant) details = NULL;

  if (record->atom != kept->atom)
    return TRUE;
  if (record->kind == STORAGE_RECORD_ATOM)
    kept->state_now = record->to;
  if (record->kind != STORAGE_RECORD_PROGRESS)
    return TRUE;
  kept->count++;
  g_variant_get (record->value, "(dmv)", &kept->last, &details);
  g_free (kept->details);
  kept->details = details != NULL ? value_to_json (details) : NULL;
  kept->action = (AtomAction) record->to;
  kept->attempt = record->attempt;
  kept->state = kept->state_now;
  return TRUE;
}

static Kept
find_kept (Storage *storage, guint32 atom)
{
  Kept kept = { .atom = atom };
  g_autoptr (StorageRun) run = storage_open_run (storage, RUN_ID, NULL);

  if (run != NULL)
    (void) storage_run_foreach (run, look_at, &kept, NULL);
  return kept;
}

/* -- Atoms --------------------------------------------------------------------------------------
 */

static gboolean
report_twice (AtomContext *context, gpointer user_data, GError **error)
{
  (void) user_data;
  (void) error;
  atom_context_report_progress (context, 0.25, NULL);
  atom_context_report_progress (context, 1, g_variant_new_parsed ("{'done': <'all'>}"));
  return TRUE;
}

static gboolean
report_often (AtomContext *context, gpointer user_data, GError **error)
{
  (void) user_data;
  (void) error;
  for (guint i = 1; i <= MANY; i++)
    atom_context_report_progress (context, (double) i / MANY, NULL);
  return TRUE;
}

static gboolean
report_and_fail (AtomContext *context, gpointer user_data, GError **error)
{
  (void) user_data;
  atom_context_report_progress (context, 0.5, NULL);
  atom_context_report_progress (context, 0.75, NULL);
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "broken");
  return FALSE;
}

static void *
report_from_thread (void *context)
{
  (void) report_twice (context, NULL, NULL);
  return NULL;
}

/* The atom runs on the engine's thread and has a helper that does not. */
static gboolean
report_through_helper (AtomContext *context, gpointer user_data, GError **error)
{
  pthread_t thread;

  (void) user_data;
  (void) error;
  if (pthread_create (&thread, NULL, report_from_thread, context) == 0)
    pthread_join (thread, NULL);
  return TRUE;
}

static gboolean
succeed (AtomContext *context, gpointer user_data, GError **error)
{
  (void) context;
  (void) user_data;
  (void) error;
  return TRUE;
}

/* -- Tests --------------------------------------------------------------------------------------
 */

static void
listeners_hear_every_report_between_the_transitions (void **unused)
{
  Scene scene;
  const ListenerEvent *event;
  g_autofree char *details = NULL;

  (void) unused;
  scene_init (&scene, task_new ("a", report_twice, NULL, NULL, NULL));
  scene_make_engine (&scene);
  scene.capture
      = listener_add_capture (scene.engine, LISTENER_ATOM | LISTENER_PROGRESS, NULL, NULL);
  assert_int_equal (scene_run (&scene), FLOW_STATE_SUCCESS);
  scene_expect_heard (&scene, "a RUNNING; a 25%; a 100%; a SUCCESS");
  event = listener_capture_get (scene.capture, 2);
  assert_int_equal (event->kind, LISTENER_PROGRESS);
  assert_int_equal (event->to, ATOM_STATE_RUNNING);
  assert_int_equal (event->attempt, 1);
  assert_string_equal (event->flow, "f");
  details = value_to_json (event->details);
  assert_string_equal (details, "{\"done\":\"all\"}");
  scene_clear (&scene);
}

static void
many_reports_are_heard_but_not_all_kept (void **unused)
{
  Scene scene;
  Kept kept;

  (void) unused;
  scene_init (&scene, task_new ("a", report_often, NULL, NULL, NULL));
  scene_make_engine (&scene);
  scene.capture = listener_add_capture (scene.engine, LISTENER_PROGRESS, NULL, NULL);
  assert_int_equal (scene_run (&scene), FLOW_STATE_SUCCESS);
  assert_int_equal (listener_capture_get_length (scene.capture), MANY);
  kept = find_kept (scene.storage, 0);
  assert_in_range (kept.count, 1, MANY / 2);
  assert_true (kept.last == 1.0);
  assert_int_equal (kept.state, ATOM_STATE_RUNNING);
  scene_clear (&scene);
}

static void
the_last_report_is_kept_with_its_details_before_the_end_of_the_attempt (void **unused)
{
  Scene scene;
  Kept kept;

  (void) unused;
  scene_init (&scene, task_new ("a", report_twice, NULL, NULL, NULL));
  assert_int_equal (scene_run (&scene), FLOW_STATE_SUCCESS);
  kept = find_kept (scene.storage, 0);
  assert_true (kept.last == 1.0);
  assert_string_equal (kept.details, "{\"done\":\"all\"}");
  assert_int_equal (kept.action, ATOM_ACTION_EXECUTE);
  assert_int_equal (kept.attempt, 1);
  assert_int_equal (kept.state, ATOM_STATE_RUNNING);
  assert_int_equal (kept.state_now, ATOM_STATE_SUCCESS);
  g_free (kept.details);
  scene_clear (&scene);
}

static void
a_failed_attempt_and_its_revert_report_too (void **unused)
{
  Scene scene;
  Kept kept;

  (void) unused;
  scene_init (&scene, task_new ("a", report_and_fail, report_twice, NULL, NULL));
  scene_make_engine (&scene);
  scene.capture
      = listener_add_capture (scene.engine, LISTENER_ATOM | LISTENER_PROGRESS, NULL, NULL);
  assert_int_equal (scene_run (&scene), FLOW_STATE_REVERTED);
  scene_expect_heard (
      &scene, "a RUNNING; a 50%; a 75%; a FAILURE(broken); a REVERTING; a 25%; a 100%; a REVERTED");
  kept = find_kept (scene.storage, 0);
  assert_true (kept.last == 1.0);
  assert_int_equal (kept.action, ATOM_ACTION_REVERT);
  assert_int_equal (kept.state, ATOM_STATE_REVERTING);
  g_free (kept.details);
  scene_clear (&scene);
}

/* Nobody listens and the store keeps nothing but states: the shortest way through the engine. */
static void
reports_are_kept_on_the_shortest_way_too (void **unused)
{
  AtomFunc const funcs[] = { report_twice, report_through_helper };

  (void) unused;
  for (guint i = 0; i < G_N_ELEMENTS (funcs); i++)
    {
      Scene scene;
      Kept kept;
      double fraction = 0;

      scene_init (&scene, task_new ("a", succeed, NULL, NULL, NULL));
      storage_unref (scene.storage);
      scene.storage = storage_new_memory (STORAGE_MEMORY_CURRENT);
      flow_add (scene.flow, task_new ("b", succeed, NULL, NULL, NULL));
      flow_add (scene.flow, task_new ("c", funcs[i], NULL, NULL, NULL));
      flow_add (scene.flow, task_new ("d", succeed, NULL, NULL, NULL));
      flow_add (scene.flow, task_new ("e", funcs[i], NULL, NULL, NULL));
      assert_int_equal (scene_run (&scene), FLOW_STATE_SUCCESS);
      for (guint32 node = 1; node <= 5; node++)
        {
          kept = find_kept (scene.storage, node);
          assert_int_equal (kept.count, node == 3 || node == 5);
          assert_true (kept.count == 0 || kept.last == 1.0);
          g_free (kept.details);
        }
      assert_true (engine_get_progress (scene.engine, "e", &fraction, NULL));
      assert_true (fraction == 1.0);
      scene_clear (&scene);
    }
}

static void
note_thread (Engine *engine, const ListenerEvent *event, gpointer user_data)
{
  (void) engine;
  (void) event;
  if (!pthread_equal (pthread_self (), *(pthread_t *) user_data))
    memset (user_data, 0, sizeof (pthread_t));
}

static void
what_another_thread_reports_is_heard_on_the_engines (void **unused)
{
  Scene scene;
  Kept kept;
  pthread_t heard_on = pthread_self ();

  (void) unused;
  scene_init (&scene, task_new ("a", report_through_helper, NULL, NULL, NULL));
  scene_make_engine (&scene);
  engine_add_listener (scene.engine, LISTENER_PROGRESS, note_thread, &heard_on, NULL);
  scene.capture
      = listener_add_capture (scene.engine, LISTENER_ATOM | LISTENER_PROGRESS, NULL, NULL);
  assert_int_equal (scene_run (&scene), FLOW_STATE_SUCCESS);
  assert_true (pthread_equal (heard_on, pthread_self ()));
  scene_expect_heard (&scene, "a RUNNING; a 25%; a 100%; a SUCCESS");
  kept = find_kept (scene.storage, 0);
  assert_true (kept.last == 1.0);
  assert_string_equal (kept.details, "{\"done\":\"all\"}");
  g_free (kept.details);
  scene_clear (&scene);
}

/* Reports, and goes on once that was heard. */
static gboolean
report_and_wait (AtomContext *context, gpointer user_data, GError **error)
{
  (void) error;
  for (guint i = 1; i <= 10; i++)
    {
      atom_context_report_progress (context, i / 10.0, NULL);
      while (sem_wait (user_data) != 0)
        continue;
    }
  return TRUE;
}

static void
post (Engine *engine, const ListenerEvent *event, gpointer user_data)
{
  (void) engine;
  (void) event;
  sem_post (user_data);
}

static void
what_another_thread_reports_is_heard_while_it_runs (void **unused)
{
  Scene scene;
  sem_t heard;

  (void) unused;
  sem_init (&heard, 0, 0);
  scene_init (&scene, task_new ("a", report_and_wait, NULL, &heard, NULL));
  scene.executor = aside_new ();
  scene_make_engine (&scene);
  scene.capture
      = listener_add_capture (scene.engine, LISTENER_ATOM | LISTENER_PROGRESS, NULL, NULL);
  engine_add_listener (scene.engine, LISTENER_PROGRESS, post, &heard, NULL);
  assert_int_equal (scene_run (&scene), FLOW_STATE_SUCCESS);
  scene_expect_heard (&scene, "a RUNNING; a 10%; a 20%; a 30%; a 40%; a 50%; a 60%; a 70%; a 80%; "
                              "a 90%; a 100%; a SUCCESS");
  scene_clear (&scene);
  sem_destroy (&heard);
}

/* user_data: a store's path. Reports twice, and goes on once the second report is there, or very
 * late. */
static gboolean
report_until_stored (AtomContext *context, gpointer user_data, GError **error)
{
  g_autoptr (Storage) storage
      = storage_open_sqlite (user_data, STORAGE_OPEN_READ, STORAGE_DURABILITY_FULL, error);
  const struct timespec pause = { 0, 5 * 1000 * 1000 };
  gboolean is_there = FALSE;

  atom_context_report_progress (context, 0.25, NULL);
  atom_context_report_progress (context, 0.5, NULL);
  for (guint i = 0; storage != NULL && !is_there && i < 6000; i++)
    {
      is_there = find_kept (storage, 0).last == 0.5;
      nanosleep (&pause, NULL);
    }
  atom_context_set_result (context, g_variant_new_boolean (is_there));
  return storage != NULL;
}

static void
a_report_is_kept_after_a_while_though_nothing_follows (void **unused)
{
  g_autofree char *folder = g_dir_make_tmp ("progress-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "runs.db", NULL);
  g_autoptr (GVariant) result = NULL;
  Scene scene;

  (void) unused;
  scene_init (&scene, task_new ("a", report_until_stored, NULL, path, NULL));
  storage_unref (scene.storage);
  scene.storage = storage_open_sqlite (path, STORAGE_OPEN_CREATE, STORAGE_DURABILITY_NORMAL, NULL);
  assert_non_null (scene.storage);
  scene.executor = aside_new ();
  assert_int_equal (scene_run (&scene), FLOW_STATE_SUCCESS);
  result = engine_dup_result (scene.engine, "a");
  assert_true (g_variant_get_boolean (result));
  scene_clear (&scene);
  for (guint i = 0; i < 4; i++)
    {
      const char *const names[] = { "runs.db", "runs.db-wal", "runs.db-shm", "runs.db-owners" };
      g_autofree char *name = g_build_filename (folder, names[i], NULL);

      (void) g_unlink (name);
    }
  (void) g_rmdir (folder);
}

static void
the_latest_can_be_asked_for (void **unused)
{
  Scene scene;
  double fraction = -1;
  g_autoptr (GVariant) details = NULL;

  (void) unused;
  scene_init (&scene, task_new ("a", report_twice, NULL, NULL, NULL));
  flow_add (scene.flow, task_new ("quiet", succeed, NULL, NULL, NULL));
  scene_make_engine (&scene);
  assert_false (engine_get_progress (scene.engine, "a", &fraction, &details));
  assert_int_equal (scene_run (&scene), FLOW_STATE_SUCCESS);
  assert_false (engine_get_progress (scene.engine, "quiet", &fraction, NULL));
  assert_false (engine_get_progress (scene.engine, "nobody", &fraction, NULL));
  assert_true (engine_get_progress (scene.engine, "a", NULL, NULL));
  assert_true (engine_get_progress (scene.engine, "a", &fraction, &details));
  assert_true (fraction == 1.0);
  assert_non_null (details);
  scene_clear (&scene);
}

static void
suspend (Engine *engine, const ListenerEvent *event, gpointer user_data)
{
  (void) event;
  (void) user_data;
  engine_suspend (engine);
}

static void
who_hears_of_progress_may_suspend_and_a_new_engine_goes_on (void **unused)
{
  Scene scene;
  EngineOptions options = { .run_id = RUN_ID };
  g_autoptr (Flow) flow = flow_new_linear ("f");

  (void) unused;
  scene_init (&scene, task_new ("a", report_twice, NULL, NULL, NULL));
  flow_add (scene.flow, task_new ("b", report_twice, NULL, NULL, NULL));
  scene_make_engine (&scene);
  engine_add_listener (scene.engine, LISTENER_PROGRESS, suspend, NULL, NULL);
  assert_int_equal (scene_run (&scene), FLOW_STATE_SUSPENDED);
  engine_free (scene.engine);
  flow_add (flow, task_new ("a", report_twice, NULL, NULL, NULL));
  flow_add (flow, task_new ("b", report_twice, NULL, NULL, NULL));
  options.storage = scene.storage;
  scene.engine = engine_new_resumed (flow, &options, NULL);
  assert_non_null (scene.engine);
  /* What a former life said is in the store; this engine has heard nothing yet. */
  assert_false (engine_get_progress (scene.engine, "a", NULL, NULL));
  scene.capture = listener_add_capture (scene.engine, LISTENER_PROGRESS, NULL, NULL);
  assert_int_equal (scene_run (&scene), FLOW_STATE_SUCCESS);
  scene_expect_heard (&scene, "b 25%; b 100%");
  scene_clear (&scene);
}

static RetryDecision
decide (AtomContext *context, const RetryHistory *history, const char *failed, gpointer user_data,
        GError **error)
{
  (void) failed;
  (void) user_data;
  (void) error;
  atom_context_report_progress (context, 0.5, NULL);
  return retry_history_get_length (history) < 2 ? RETRY_DECISION_RETRY : RETRY_DECISION_REVERT;
}

static void
controllers_report_and_each_attempt_reports_anew (void **unused)
{
  Scene scene;
  Kept kept;

  (void) unused;
  scene_init (&scene, task_new ("a", report_and_fail, NULL, NULL, NULL));
  flow_set_retry (scene.flow, retry_new ("r", report_twice, NULL, decide, NULL, NULL));
  assert_int_equal (scene_run (&scene), FLOW_STATE_REVERTED);
  kept = find_kept (scene.storage, 1);
  assert_int_equal (kept.attempt, 2);
  assert_true (kept.last == 0.75);
  scene_clear (&scene);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (listeners_hear_every_report_between_the_transitions),
    cmocka_unit_test (many_reports_are_heard_but_not_all_kept),
    cmocka_unit_test (the_last_report_is_kept_with_its_details_before_the_end_of_the_attempt),
    cmocka_unit_test (a_failed_attempt_and_its_revert_report_too),
    cmocka_unit_test (reports_are_kept_on_the_shortest_way_too),
    cmocka_unit_test (what_another_thread_reports_is_heard_on_the_engines),
    cmocka_unit_test (what_another_thread_reports_is_heard_while_it_runs),
    cmocka_unit_test (a_report_is_kept_after_a_while_though_nothing_follows),
    cmocka_unit_test (the_latest_can_be_asked_for),
    cmocka_unit_test (who_hears_of_progress_may_suspend_and_a_new_engine_goes_on),
    cmocka_unit_test (controllers_report_and_each_attempt_reports_anew),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
