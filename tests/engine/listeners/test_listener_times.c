/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <backflow/atoms/task.h>
#include <backflow/engine/engine.h>
#include <backflow/engine/listener.h>
#include <backflow/engine/listeners/listener_times.h>

/* Waits until the monotonic clock has moved by `user_data` microseconds. */
static gboolean
take_time (AtomContext *context, gpointer user_data, GError **error)
{
  gint64 until = g_get_monotonic_time () + GPOINTER_TO_INT (user_data);

  (void) context;
  (void) error;
  while (g_get_monotonic_time () < until)
    continue;
  return TRUE;
}

static gboolean
break_down (AtomContext *context, gpointer user_data, GError **error)
{
  (void) context;
  (void) user_data;
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_NOENT, "gone");
  return FALSE;
}

static void
attempts_that_ended_have_a_time_and_others_have_none (void **state)
{
  g_autoptr (Flow) flow = flow_new_linear ("f");
  Engine *engine;
  ListenerTimes *times;
  FlowState end;

  (void) state;
  flow_add (flow, task_new ("a", take_time, take_time, GINT_TO_POINTER (2000), NULL));
  flow_add (flow, task_new ("b", break_down, NULL, NULL, NULL));
  flow_add (flow, task_new ("never", take_time, NULL, NULL, NULL));
  engine = engine_new (flow, NULL);
  times = listener_add_timer (engine);
  assert_true (engine_run (engine, &end, NULL));
  assert_true (listener_times_get (times, "a", ATOM_ACTION_EXECUTE) >= 2000);
  assert_true (listener_times_get (times, "a", ATOM_ACTION_REVERT) >= 2000);
  assert_true (listener_times_get (times, "b", ATOM_ACTION_EXECUTE) >= 0);
  assert_int_equal (listener_times_get (times, "never", ATOM_ACTION_EXECUTE), -1);
  assert_int_equal (listener_times_get (times, "nobody", ATOM_ACTION_EXECUTE), -1);
  engine_free (engine);
  listener_times_free (times);
  listener_times_free (NULL);
}

/* What is kept under a key, in seconds; -1 when there is nothing. */
static double
get_kept (Engine *engine, const char *atom, const char *key)
{
  g_autoptr (GVariant) kept = engine_dup_metadata (engine, atom, key);

  return kept != NULL ? g_variant_get_double (kept) : -1;
}

static void
suspend_behind_first (Engine *engine, const ListenerEvent *event, gpointer user_data)
{
  (void) user_data;
  if (event->to == ATOM_STATE_SUCCESS)
    engine_suspend (engine);
}

static void
durations_are_kept_and_add_up_over_a_suspension (void **state)
{
  g_autoptr (Flow) flow = flow_new_linear ("f");
  Engine *engine;
  ListenerTimes *times;
  guint suspender;
  FlowState end;
  double first;

  (void) state;
  flow_add (flow, task_new ("a", take_time, take_time, GINT_TO_POINTER (2000), NULL));
  flow_add (flow, task_new ("b", break_down, NULL, NULL, NULL));
  engine = engine_new (flow, NULL);
  times = listener_add_timer (engine);
  suspender = engine_add_listener (engine, LISTENER_ATOM, suspend_behind_first, NULL, NULL);
  assert_true (engine_run (engine, &end, NULL));
  assert_int_equal (end, FLOW_STATE_SUSPENDED);
  engine_remove_listener (engine, suspender);
  first = get_kept (engine, NULL, "duration");
  assert_true (first >= 0.002);
  assert_true (get_kept (engine, "a", "duration") >= 0.002);
  assert_true (get_kept (engine, "a", "revert-duration") < 0);
  assert_true (engine_run (engine, &end, NULL));
  assert_int_equal (end, FLOW_STATE_REVERTED);
  assert_true (get_kept (engine, NULL, "duration") >= first + 0.002);
  assert_true (get_kept (engine, "a", "revert-duration") >= 0.002);
  assert_true (get_kept (engine, "b", "duration") >= 0);
  engine_free (engine);
  listener_times_free (times);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (attempts_that_ended_have_a_time_and_others_have_none),
    cmocka_unit_test (durations_are_kept_and_add_up_over_a_suspension),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
