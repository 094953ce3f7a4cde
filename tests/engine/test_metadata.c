/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept with atoms and with the run: before, while and after it runs, from listeners, and in
 * the next life. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <backflow/atoms/task.h>
#include <backflow/engine/engine.h>
#include <backflow/engine/listeners/listener_times.h>
#include <backflow/engine/resume.h>
#include <backflow/values/value.h>
#include <glib/gstdio.h>

#define RUN_ID "run"

typedef struct
{
  char *folder;
  char *uri;
  Storage *storage;
  Flow *flow;
  Engine *engine;
} Scene;

static gboolean
succeed (AtomContext *context, gpointer user_data, GError **error)
{
  (void) context;
  (void) user_data;
  (void) error;
  return TRUE;
}

static void
make_flow (Scene *scene)
{
  scene->flow = flow_new_linear ("f");
  flow_add (scene->flow, task_new ("a", succeed, NULL, NULL, NULL));
  flow_add (scene->flow, task_new ("b", succeed, NULL, NULL, NULL));
}

static int
setup (void **state)
{
  Scene *scene = g_new0 (Scene, 1);
  EngineOptions options = { .run_id = RUN_ID };

  scene->folder = g_dir_make_tmp ("metadata-XXXXXX", NULL);
  scene->uri = g_strdup_printf ("sqlite:%s/runs.db?durability=normal", scene->folder);
  scene->storage = storage_open (scene->uri, STORAGE_OPEN_CREATE, NULL);
  assert_non_null (scene->storage);
  make_flow (scene);
  options.storage = scene->storage;
  scene->engine = engine_new (scene->flow, &options);
  *state = scene;
  return 0;
}

static int
teardown (void **state)
{
  Scene *scene = *state;
  const char *const names[] = { "runs.db", "runs.db-wal", "runs.db-shm", "runs.db-owners" };

  engine_free (scene->engine);
  flow_unref (scene->flow);
  storage_unref (scene->storage);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (scene->folder, names[i], NULL);

      (void) g_unlink (path);
    }
  (void) g_rmdir (scene->folder);
  g_free (scene->folder);
  g_free (scene->uri);
  g_free (scene);
  return 0;
}

static FlowState
run (const Scene *scene)
{
  FlowState end = FLOW_STATE_PENDING;

  assert_true (engine_run (scene->engine, &end, NULL));
  return end;
}

/* As a new process would: the store is opened anew, and the flow built anew. */
static void
live_again (Scene *scene)
{
  EngineOptions options = { .run_id = RUN_ID };

  engine_free (scene->engine);
  flow_unref (scene->flow);
  storage_unref (scene->storage);
  scene->storage = storage_open (scene->uri, STORAGE_OPEN_CREATE, NULL);
  make_flow (scene);
  options.storage = scene->storage;
  scene->engine = engine_new_resumed (scene->flow, &options, NULL);
  assert_non_null (scene->engine);
}

static void
set (const Scene *scene, const char *atom, const char *key, const char *value)
{
  assert_true (engine_set_metadata (scene->engine, atom, key, g_variant_new_string (value), NULL));
}

/* value: NULL: there is none. */
static void
expect (const Scene *scene, const char *atom, const char *key, const char *value)
{
  g_autoptr (GVariant) kept = engine_dup_metadata (scene->engine, atom, key);

  assert_int_equal (kept == NULL, value == NULL);
  if (value != NULL)
    assert_string_equal (g_variant_get_string (kept, NULL), value);
}

static void
expect_refused (const Scene *scene, const char *atom, GVariant *value, GQuark domain, int code)
{
  g_autoptr (GError) error = NULL;

  assert_false (engine_set_metadata (scene->engine, atom, "k", value, &error));
  assert_true (g_error_matches (error, domain, code));
}

static void
before_the_run_has_begun_there_is_nothing_to_keep_it_with (void **state)
{
  const Scene *scene = *state;

  expect_refused (scene, "a", g_variant_new_string ("v"), ENGINE_ERROR, ENGINE_ERROR_STATE);
  expect_refused (scene, NULL, g_variant_new_string ("v"), ENGINE_ERROR, ENGINE_ERROR_STATE);
  expect (scene, "a", "k", NULL);
  expect (scene, NULL, "k", NULL);
}

static void
what_is_kept_after_the_run_is_there_in_the_next_life (void **state)
{
  Scene *scene = *state;

  assert_int_equal (run (scene), FLOW_STATE_SUCCESS);
  set (scene, "a", "owner", "ann");
  set (scene, "b", "owner", "bob");
  set (scene, NULL, "owner", "carla");
  set (scene, "a", "owner", "anna");
  set (scene, "a", "colour", "red");
  for (guint life = 0; life < 2; life++)
    {
      expect (scene, "a", "owner", "anna");
      expect (scene, "a", "colour", "red");
      expect (scene, "b", "owner", "bob");
      expect (scene, "b", "colour", NULL);
      expect (scene, NULL, "owner", "carla");
      live_again (scene);
    }
}

static void
what_can_not_be_kept_is_refused_and_changes_nothing (void **state)
{
  const Scene *scene = *state;

  assert_int_equal (run (scene), FLOW_STATE_SUCCESS);
  set (scene, "a", "k", "v");
  expect_refused (scene, "nobody", g_variant_new_string ("w"), ENGINE_ERROR, ENGINE_ERROR_STATE);
  expect_refused (scene, "a", g_variant_new_double (g_ascii_strtod ("inf", NULL)), VALUE_ERROR,
                  VALUE_ERROR_RANGE);
  expect_refused (scene, "a", g_variant_new_handle (1), VALUE_ERROR, VALUE_ERROR_TYPE);
  expect (scene, "a", "k", "v");
  expect (scene, "nobody", "k", NULL);
}

static void
values_are_normalised (void **state)
{
  const Scene *scene = *state;
  g_autoptr (GVariant) kept = NULL;

  assert_int_equal (run (scene), FLOW_STATE_SUCCESS);
  assert_true (engine_set_metadata (scene->engine, "a", "n", g_variant_new_uint16 (7), NULL));
  kept = engine_dup_metadata (scene->engine, "a", "n");
  assert_true (g_variant_is_of_type (kept, G_VARIANT_TYPE_INT64));
}

/* user_data: the ListenerMask that it listens to; keeps what it hears of under the name of the
 * state. */
static void
keep_state (Engine *engine, const ListenerEvent *event, gpointer user_data)
{
  g_autofree char *key = g_strdup_printf ("%s-%d", listener_get_state_name (event->kind, event->to),
                                          (int) event->kind);

  (void) user_data;
  (void) engine_set_metadata (engine, event->atom, key, g_variant_new_string ("seen"), NULL);
}

static void
what_listeners_keep_is_in_the_store_to_the_last_event (void **state)
{
  Scene *scene = *state;

  engine_add_listener (scene->engine, LISTENER_FLOW | LISTENER_ATOM | LISTENER_ENGINE, keep_state,
                       NULL, NULL);
  assert_int_equal (run (scene), FLOW_STATE_SUCCESS);
  for (guint life = 0; life < 2; life++)
    {
      expect (scene, "a", "RUNNING-2", "seen");
      expect (scene, "b", "SUCCESS-2", "seen");
      expect (scene, NULL, "RUNNING-1", "seen");
      expect (scene, NULL, "SUCCESS-1", "seen");
      expect (scene, NULL, "ANALYZING-4", "seen");
      expect (scene, NULL, "SUCCESS-4", "seen");
      live_again (scene);
    }
}

static void
suspend (Engine *engine, const ListenerEvent *event, gpointer user_data)
{
  (void) user_data;
  if (event->to == ATOM_STATE_SUCCESS)
    engine_suspend (engine);
}

static void
what_is_kept_while_it_is_suspended_or_stepped_stays (void **state)
{
  Scene *scene = *state;
  EngineState entered = ENGINE_STATE_UNDEFINED;

  engine_add_listener (scene->engine, LISTENER_ATOM, suspend, NULL, NULL);
  assert_int_equal (run (scene), FLOW_STATE_SUSPENDED);
  set (scene, "b", "k", "before it ran");
  live_again (scene);
  expect (scene, "b", "k", "before it ran");
  while (entered != ENGINE_STATE_SUCCESS)
    {
      assert_true (engine_step (scene->engine, &entered, NULL));
      set (scene, NULL, "last", engine_state_get_name (entered));
    }
  live_again (scene);
  expect (scene, NULL, "last", "SUCCESS");
  expect (scene, "b", "k", "before it ran");
}

static void
a_reset_run_keeps_its_own_and_forgets_that_of_its_atoms (void **state)
{
  Scene *scene = *state;

  assert_int_equal (run (scene), FLOW_STATE_SUCCESS);
  set (scene, "a", "k", "v");
  set (scene, NULL, "k", "of the run");
  assert_true (engine_reset (scene->engine, NULL));
  assert_null (engine_dup_metadata (scene->engine, "a", "k"));
  expect (scene, NULL, "k", "of the run");
  assert_int_equal (run (scene), FLOW_STATE_SUCCESS);
  live_again (scene);
  assert_null (engine_dup_metadata (scene->engine, "a", "k"));
  expect (scene, NULL, "k", "of the run");
}

static void
the_timer_keeps_durations (void **state)
{
  Scene *scene = *state;
  ListenerTimes *times = listener_add_timer (scene->engine);

  assert_int_equal (run (scene), FLOW_STATE_SUCCESS);
  for (guint life = 0; life < 2; life++)
    {
      g_autoptr (GVariant) of_a = engine_dup_metadata (scene->engine, "a", "duration");
      g_autoptr (GVariant) of_run = engine_dup_metadata (scene->engine, NULL, "duration");
      g_autoptr (GVariant) of_revert = engine_dup_metadata (scene->engine, "a", "revert-duration");

      assert_true (g_variant_get_double (of_a) >= 0);
      assert_true (g_variant_get_double (of_run) >= g_variant_get_double (of_a));
      assert_null (of_revert);
      live_again (scene);
    }
  listener_times_free (times);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown (before_the_run_has_begun_there_is_nothing_to_keep_it_with,
                                     setup, teardown),
    cmocka_unit_test_setup_teardown (what_is_kept_after_the_run_is_there_in_the_next_life, setup,
                                     teardown),
    cmocka_unit_test_setup_teardown (what_can_not_be_kept_is_refused_and_changes_nothing, setup,
                                     teardown),
    cmocka_unit_test_setup_teardown (values_are_normalised, setup, teardown),
    cmocka_unit_test_setup_teardown (what_listeners_keep_is_in_the_store_to_the_last_event, setup,
                                     teardown),
    cmocka_unit_test_setup_teardown (what_is_kept_while_it_is_suspended_or_stepped_stays, setup,
                                     teardown),
    cmocka_unit_test_setup_teardown (a_reset_run_keeps_its_own_and_forgets_that_of_its_atoms, setup,
                                     teardown),
    cmocka_unit_test_setup_teardown (the_timer_keeps_durations, setup, teardown),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
