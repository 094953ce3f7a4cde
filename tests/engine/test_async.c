/* SPDX-License-Identifier: Apache-2.0 */
/* Runs beside a main loop: their ends, and what a GCancellable asks of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <backflow/backflow.h>
#include <backflow/engine/async.h>

typedef struct
{
  GMainLoop *loop;
  GCancellable *cancellable;
  AtomicInt is_begun;
  AtomicInt may_end;
  guint n_ticks; /* of the main loop while the task runs */
  gboolean is_fine;
  FlowState end;
  GError *error;
} Scene;

/* Says that it has begun, and ends when the main loop lets it, or the run is cancelled. */
static gboolean
wait (AtomContext *context, gpointer user_data, GError **error)
{
  Scene *scene = user_data;

  (void) error;
  atomic_store (&scene->is_begun, 1);
  while (atomic_load (&scene->may_end) == 0 && !atom_context_is_cancelled (context))
    g_thread_yield ();
  return TRUE;
}

static gboolean
undo (AtomContext *context, gpointer user_data, GError **error)
{
  (void) context;
  (void) user_data;
  (void) error;
  return TRUE;
}

static Engine *
make_engine (Scene *scene)
{
  g_autoptr (Flow) flow = flow_new_linear ("f");

  flow_add (flow, task_new ("a", wait, undo, scene, NULL));
  flow_add (flow, task_new ("b", undo, undo, scene, NULL));
  return engine_new (flow, NULL);
}

static void
keep_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  gpointer *both = user_data;
  Scene *scene = both[0];

  scene->is_fine = engine_run_finish (both[1], result, &scene->end, &scene->error);
  (void) source;
  g_main_loop_quit (scene->loop);
}

/* Lets the task end, or cancels the run, once the task has begun and the loop has turned. */
static gboolean
tick (gpointer user_data)
{
  Scene *scene = user_data;

  if (atomic_load (&scene->is_begun) == 0 || ++scene->n_ticks < 10)
    return G_SOURCE_CONTINUE;
  if (scene->cancellable != NULL)
    g_cancellable_cancel (scene->cancellable);
  atomic_store (&scene->may_end, 1);
  return G_SOURCE_REMOVE;
}

/* Runs the engine beside the loop of a context of its own. */
static void
run (Scene *scene, Engine *engine, StorageRequest on_cancel)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GSource) source = g_idle_source_new ();
  gpointer both[] = { scene, engine };

  g_main_context_push_thread_default (context);
  scene->loop = g_main_loop_new (context, FALSE);
  g_source_set_callback (source, tick, scene, NULL);
  g_source_attach (source, context);
  engine_run_async (engine, scene->cancellable, on_cancel, keep_result, both);
  g_main_loop_run (scene->loop);
  g_main_loop_unref (scene->loop);
  g_main_context_pop_thread_default (context);
}

static void
a_run_ends_beside_a_main_loop (void **unused)
{
  Scene scene = { .end = FLOW_STATE_PENDING };
  g_autoptr (Engine) engine = make_engine (&scene);

  (void) unused;
  run (&scene, engine, STORAGE_REQUEST_CANCEL);
  assert_true (scene.is_fine);
  assert_int_equal (scene.end, FLOW_STATE_SUCCESS);
  assert_true (scene.n_ticks >= 10);
}

static void
a_cancellable_asks_for_what_it_is_to_ask_for (void **unused)
{
  static const struct
  {
    StorageRequest request;
    FlowState end;
  } cases[] = { { STORAGE_REQUEST_CANCEL, FLOW_STATE_REVERTED },
                { STORAGE_REQUEST_KEEP, FLOW_STATE_FAILURE },
                { STORAGE_REQUEST_SUSPEND, FLOW_STATE_SUSPENDED } };

  (void) unused;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Scene scene = { .end = FLOW_STATE_PENDING, .cancellable = g_cancellable_new () };
      g_autoptr (Engine) engine = make_engine (&scene);

      run (&scene, engine, cases[i].request);
      assert_true (scene.is_fine);
      if (scene.end != cases[i].end)
        fail_msg ("case %u: %s", i, flow_state_get_name (scene.end));
      g_object_unref (scene.cancellable);
    }
}

static void
a_cancelled_cancellable_asks_before_the_run_begins (void **unused)
{
  Scene scene = { .end = FLOW_STATE_PENDING, .cancellable = g_cancellable_new () };
  g_autoptr (Engine) engine = make_engine (&scene);

  (void) unused;
  g_cancellable_cancel (scene.cancellable);
  run (&scene, engine, STORAGE_REQUEST_CANCEL);
  assert_true (scene.is_fine);
  assert_int_equal (scene.end, FLOW_STATE_REVERTED);
  assert_int_equal (atomic_load (&scene.is_begun), 0);
  g_object_unref (scene.cancellable);
}

static void
an_engine_that_can_not_run_says_why (void **unused)
{
  Scene scene = { .end = FLOW_STATE_PENDING };
  g_autoptr (Flow) flow = flow_new_linear ("f");
  Atom *atom = task_new ("a", undo, NULL, NULL, NULL);
  g_autoptr (Engine) engine = NULL;

  (void) unused;
  atom_require (atom, "x");
  flow_add (flow, atom);
  engine = engine_new (flow, NULL);
  run (&scene, engine, STORAGE_REQUEST_CANCEL);
  assert_false (scene.is_fine);
  assert_true (g_error_matches (scene.error, ENGINE_ERROR, ENGINE_ERROR_INPUT));
  g_clear_error (&scene.error);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (a_run_ends_beside_a_main_loop),
    cmocka_unit_test (a_cancellable_asks_for_what_it_is_to_ask_for),
    cmocka_unit_test (a_cancelled_cancellable_asks_before_the_run_begins),
    cmocka_unit_test (an_engine_that_can_not_run_says_why),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
