/* SPDX-License-Identifier: Apache-2.0 */
/* Events that are kept, for tests of applications. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <backflow/atoms/retry.h>
#include <backflow/atoms/task.h>
#include <backflow/engine/engine.h>
#include <backflow/engine/listeners/listener_capture.h>

#define EVERYTHING                                                                                 \
  (LISTENER_FLOW | LISTENER_ATOM | LISTENER_ENGINE | LISTENER_NOTE | LISTENER_DECISION             \
   | LISTENER_PROGRESS)

static gboolean
say_seven (AtomContext *context, gpointer user_data, GError **error)
{
  (void) user_data;
  (void) error;
  atom_context_report_progress (context, 0.5, NULL);
  atom_context_set_result (context, g_variant_new_parsed ("[<7>]"));
  return TRUE;
}

static gboolean
break_down (AtomContext *context, gpointer user_data, GError **error)
{
  (void) context;
  (void) user_data;
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "broken");
  return FALSE;
}

static Engine *
new_engine (void)
{
  g_autoptr (Flow) flow = flow_new_linear ("f");

  flow_set_retry (flow, retry_new_always_revert (NULL));
  flow_add (flow, task_new ("a", say_seven, NULL, NULL, NULL));
  flow_add (flow, task_new ("b", break_down, NULL, NULL, NULL));
  return engine_new (flow, NULL);
}

static void
run (Engine *engine)
{
  assert_true (engine_run (engine, NULL, NULL));
}

static void
events_outlive_the_engine (void **state)
{
  Engine *engine = new_engine ();
  ListenerCapture *capture = listener_add_capture (
      engine, LISTENER_FLOW | LISTENER_ATOM | LISTENER_DECISION | LISTENER_PROGRESS, NULL, NULL);
  g_autofree char *text = NULL;

  (void) state;
  run (engine);
  engine_free (engine);
  text = listener_capture_dup_text (capture);
  assert_string_equal (text, "flow f RUNNING; f.retry RUNNING; f.retry SUCCESS; a RUNNING; a 50%; "
                             "a SUCCESS([7]); b RUNNING;"
                             " b FAILURE(broken); f.retry REVERT because b; b REVERTING; b "
                             "REVERTED; a REVERTING; a REVERTED;"
                             " f.retry REVERTING; f.retry REVERTED; flow f REVERTED");
  assert_int_equal (listener_capture_get_length (capture), 16);
  assert_string_equal (failure_get_message (listener_capture_get (capture, 7)->failure), "broken");
  listener_capture_free (capture);
}

static void
engine_events_and_notes_are_text_too (void **state)
{
  Engine *engine = new_engine ();
  ListenerCapture *capture = listener_add_capture (engine, EVERYTHING, NULL, NULL);
  g_autofree char *text = NULL;

  (void) state;
  run (engine);
  text = listener_capture_dup_text (capture);
  assert_true (strstr (text, "engine RESUMING; ") != NULL);
  engine_free (engine);
  listener_capture_free (capture);
}

static gboolean
is_of_b (const ListenerEvent *event, gpointer user_data)
{
  ++*(guint *) user_data;
  return event->atom != NULL && strcmp (event->atom, "b") == 0;
}

static void
a_filter_says_what_is_kept_and_clearing_forgets_it (void **state)
{
  g_autoptr (Engine) engine = new_engine ();
  guint asked = 0;
  ListenerCapture *capture
      = listener_add_capture (engine, LISTENER_FLOW | LISTENER_ATOM, is_of_b, &asked);
  g_autofree char *text = NULL;
  g_autofree char *nothing = NULL;

  (void) state;
  run (engine);
  text = listener_capture_dup_text (capture);
  assert_string_equal (text, "b RUNNING; b FAILURE(broken); b REVERTING; b REVERTED");
  assert_int_equal (asked, 14);
  listener_capture_clear (capture);
  assert_int_equal (listener_capture_get_length (capture), 0);
  nothing = listener_capture_dup_text (capture);
  assert_string_equal (nothing, "");
  listener_capture_free (capture);
  listener_capture_free (NULL);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (events_outlive_the_engine),
    cmocka_unit_test (engine_events_and_notes_are_text_too),
    cmocka_unit_test (a_filter_says_what_is_kept_and_clearing_forgets_it),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
