/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <backflow/atoms/task.h>
#include <backflow/engine/engine.h>
#include <backflow/engine/listener.h>

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

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (attempts_that_ended_have_a_time_and_others_have_none),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
