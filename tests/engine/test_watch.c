/* SPDX-License-Identifier: Apache-2.0 */
/* What other processes ask of a run through its store, and why: the engine hears it wherever it is.
 */
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <backflow/atoms/context.h>
#include <backflow/atoms/retry.h>
#include <backflow/atoms/task.h>
#include <backflow/engine/engine.h>
#include <backflow/engine/report/report.h>
#include <backflow/engine/report/report_history.h>

#include <cmocka.h>

#include "tests/storage/fixture.h"

/* A run in a store on disk. request, asker: what is asked, by whom, from within its second step. */
typedef struct
{
  char *folder;
  char *uri;
  Storage *storage;
  Engine *engine;
  StorageRequest request;
  void (*ask) (gpointer world);
  pthread_t thread;
  gboolean has_thread;
  guint executed;
  guint undone;
} World;

/* Another process would open the store for itself. */
static void
ask_through_store (gpointer user_data)
{
  World *world = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (Storage) storage = storage_open (world->uri, STORAGE_OPEN_CREATE, &error);

  if (storage == NULL
      || !storage_leave_request (storage, "r1", world->request, "told \xff so", &error))
    g_error ("the request can't be left: %s", error->message);
}

static void
ask_directly (gpointer user_data)
{
  World *world = user_data;

  engine_request (world->engine, world->request, "told \xff so");
}

static void *
ask_in_thread (void *user_data)
{
  World *world = user_data;

  for (guint i = 0; i < 100; i++)
    engine_request (world->engine, world->request, "told \xff so");
  return NULL;
}

/* Asks from a thread of its own, while the engine goes on. */
static void
ask_from_thread (gpointer user_data)
{
  World *world = user_data;

  if (pthread_create (&world->thread, NULL, ask_in_thread, world) != 0)
    g_error ("no thread");
  world->has_thread = TRUE;
}

static gboolean
do_nothing (AtomContext *context, gpointer user_data, GError **error)
{
  (void) context;
  (void) error;
  ((World *) user_data)->executed++;
  return TRUE;
}

static gboolean
undo (AtomContext *context, gpointer user_data, GError **error)
{
  (void) context;
  (void) error;
  ((World *) user_data)->undone++;
  return TRUE;
}

/* Asks, and fails, so that the engine waits for a time that never comes. */
static gboolean
ask_and_fail (AtomContext *context, gpointer user_data, GError **error)
{
  World *world = user_data;

  (void) context;
  world->executed++;
  world->ask (world);
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "as it should");
  return FALSE;
}

/* Asks, and waits until it is told to stop. */
static gboolean
ask_and_wait (AtomContext *context, gpointer user_data, GError **error)
{
  World *world = user_data;
  struct pollfd cancelled = { .fd = atom_context_get_cancel_fd (context), .events = POLLIN };

  world->executed++;
  world->ask (world);
  while (!atom_context_is_cancelled (context))
    (void) poll (&cancelled, 1, -1);
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_INTR, "told to stop");
  return FALSE;
}

/* first, then second in a flow that is tried again after an hour. */
static Flow *
new_flow (World *world, AtomFunc second)
{
  const AtomBackoff hour = { .times = 2, .delay_us = G_TIME_SPAN_HOUR, .backoff = 1 };
  Flow *outer = flow_new_linear ("outer");
  Flow *inner = flow_new_linear ("inner");
  Atom *retry = retry_new_times ("inner.retry", 2);

  retry_set_backoff (retry, &hour);
  flow_set_retry (inner, retry);
  flow_add (inner, task_new ("second", second, undo, world, NULL));
  flow_add (outer, task_new ("first", do_nothing, undo, world, NULL));
  flow_add_flow (outer, inner);
  return outer;
}

static void
world_init (World *world, AtomFunc second)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Flow) flow = new_flow (world, second);
  EngineOptions options = { .run_id = "r1" };

  world->folder = fixture_make_folder ();
  world->uri = g_strdup_printf ("sqlite:%s/runs.db", world->folder);
  world->storage = storage_open (world->uri, STORAGE_OPEN_CREATE, &error);
  assert_non_null (world->storage);
  options.storage = world->storage;
  world->engine = engine_new (flow, &options);
}

static void
world_clear (World *world)
{
  if (world->has_thread)
    pthread_join (world->thread, NULL);
  engine_free (world->engine);
  storage_unref (world->storage);
  fixture_remove_folder (world->folder);
  g_free (world->uri);
}

static void
watch (World *world)
{
  g_autoptr (GError) error = NULL;

  assert_true (engine_watch_requests (world->engine, world->uri, &error));
  assert_false (engine_watch_requests (world->engine, world->uri, &error));
  assert_true (g_error_matches (error, ENGINE_ERROR, ENGINE_ERROR_STATE));
  g_clear_error (&error);
}

static FlowState
run (World *world)
{
  g_autoptr (GError) error = NULL;
  FlowState end = FLOW_STATE_PENDING;

  if (!engine_run (world->engine, &end, &error))
    fail_msg ("%s", error->message);
  return end;
}

/* The run was asked for that, once, and the reason is kept. */
static void
assert_asked (World *world)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Report) report = report_new (world->storage, "r1", &error);
  guint count;
  const ReportRequest *requests;

  assert_non_null (report);
  requests = report_get_requests (report, &count);
  assert_int_equal (count, 1);
  assert_int_equal (requests[0].request, world->request);
  assert_string_equal (requests[0].reason, "told \xef\xbf\xbd so");
}

static const struct
{
  StorageRequest request;
  FlowState end;
  guint undone; /* the first step; the second is undone to be tried again, whatever comes */
} cases[] = {
  { STORAGE_REQUEST_SUSPEND, FLOW_STATE_SUSPENDED, 1 },
  { STORAGE_REQUEST_CANCEL, FLOW_STATE_REVERTED, 2 },
  { STORAGE_REQUEST_KEEP, FLOW_STATE_FAILURE, 1 },
};

static void
an_engine_that_waits_for_a_time_hears_requests (void **unused)
{
  (void) unused;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      World world = { .request = cases[i].request, .ask = ask_through_store };

      world_init (&world, ask_and_fail);
      watch (&world);
      assert_int_equal (run (&world), cases[i].end);
      assert_int_equal (world.executed, 2);
      assert_true (world.undone <= cases[i].undone);
      assert_asked (&world);
      world_clear (&world);
    }
}

static void
an_atom_that_waits_is_told (void **unused)
{
  void (*const askers[]) (gpointer) = { ask_through_store, ask_directly, ask_from_thread };

  (void) unused;
  for (guint i = 0; i < G_N_ELEMENTS (askers); i++)
    {
      World world = { .request = STORAGE_REQUEST_CANCEL, .ask = askers[i] };

      world_init (&world, ask_and_wait);
      watch (&world);
      assert_int_equal (run (&world), FLOW_STATE_REVERTED);
      assert_int_equal (world.undone, 2);
      assert_asked (&world);
      world_clear (&world);
    }
}

static void
a_request_before_the_run_counts_for_the_run (void **unused)
{
  World world = { .request = STORAGE_REQUEST_CANCEL };

  (void) unused;
  world_init (&world, do_nothing);
  ask_directly (&world);
  assert_int_equal (run (&world), FLOW_STATE_REVERTED);
  assert_int_equal (world.executed, 0);
  assert_asked (&world);
  world_clear (&world);
}

static void
watching_ends_with_the_engine_whether_it_ran_or_not (void **unused)
{
  (void) unused;
  for (guint runs = 0; runs < 2; runs++)
    {
      World world = { .request = STORAGE_REQUEST_CANCEL };

      world_init (&world, do_nothing);
      watch (&world);
      if (runs == 1)
        assert_int_equal (run (&world), FLOW_STATE_SUCCESS);
      world_clear (&world);
    }
}

static void
what_can_not_be_opened_is_not_watched (void **unused)
{
  g_autoptr (GError) error = NULL;
  World world = { 0 };

  (void) unused;
  world_init (&world, do_nothing);
  assert_false (engine_watch_requests (world.engine, "sqlite:/nowhere/runs.db", &error));
  assert_true (g_error_matches (error, STORAGE_ERROR, STORAGE_ERROR_NOT_FOUND));
  watch (&world);
  assert_int_equal (run (&world), FLOW_STATE_SUCCESS);
  world_clear (&world);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (an_engine_that_waits_for_a_time_hears_requests),
    cmocka_unit_test (an_atom_that_waits_is_told),
    cmocka_unit_test (a_request_before_the_run_counts_for_the_run),
    cmocka_unit_test (watching_ends_with_the_engine_whether_it_ran_or_not),
    cmocka_unit_test (what_can_not_be_opened_is_not_watched),
  };

  return cmocka_run_group_tests_name ("requests of other processes", tests, NULL, NULL);
}
