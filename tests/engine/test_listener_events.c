/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <backflow/atoms/task.h>
#include <backflow/atoms/value.h>
#include <backflow/engine/engine.h>
#include <backflow/engine/listener.h>

#define TIME_US G_GINT64_CONSTANT (1769860800000001)

static void
assert_json (const ListenerEvent *event, const char *expected)
{
  g_autoptr (GString) out = g_string_new (NULL);

  listener_append_event_json (out, event);
  assert_string_equal (out->str, expected);
}

static void
a_flow_event_is_the_line_of_the_contract (void **state)
{
  const ListenerEvent event = { .kind = LISTENER_FLOW,
                                .from = FLOW_STATE_PENDING,
                                .to = FLOW_STATE_RUNNING,
                                .seq = 1,
                                .time_us = TIME_US,
                                .run = "7f",
                                .flow = "provision-site" };

  (void) state;
  assert_json (
      &event,
      "{\"seq\":1,\"time\":\"2026-01-31T12:00:00.000001Z\",\"run\":\"7f\",\"event\":\"flow\","
      "\"flow\":\"provision-site\",\"from\":\"PENDING\",\"to\":\"RUNNING\"}");
}

static void
an_atom_that_succeeded_says_its_result_even_when_it_has_none (void **state)
{
  const ListenerEvent event = { .kind = LISTENER_ATOM,
                                .from = ATOM_STATE_RUNNING,
                                .to = ATOM_STATE_SUCCESS,
                                .seq = 3,
                                .time_us = TIME_US,
                                .run = "7f",
                                .flow = "provision-site",
                                .atom = "make-root",
                                .atom_kind = ATOM_KIND_COMMAND,
                                .attempt = 1 };

  (void) state;
  assert_json (
      &event,
      "{\"seq\":3,\"time\":\"2026-01-31T12:00:00.000001Z\",\"run\":\"7f\",\"event\":\"atom\","
      "\"atom\":\"make-root\",\"flow\":\"provision-site\",\"kind\":\"task\",\"from\":\"RUNNING\","
      "\"to\":\"SUCCESS\",\"attempt\":1,\"result\":null}");
}

static void
a_failed_retry_says_why (void **state)
{
  g_autoptr (Failure) failure = failure_new_printf ("command", "no \"luck\"");
  const ListenerEvent event = { .kind = LISTENER_ATOM,
                                .from = ATOM_STATE_RUNNING,
                                .to = ATOM_STATE_FAILURE,
                                .seq = 4,
                                .time_us = TIME_US,
                                .run = "7f",
                                .flow = "f",
                                .atom = "f.retry",
                                .atom_kind = ATOM_KIND_RETRY,
                                .attempt = 2,
                                .failure = failure };
  g_autoptr (GString) out = g_string_new (NULL);

  (void) state;
  listener_append_event_json (out, &event);
  assert_non_null (strstr (out->str, "\"kind\":\"retry\""));
  assert_non_null (
      strstr (out->str, "\"failure\":{\"message\":\"no \\\"luck\\\"\",\"domain\":\"command\""));
  assert_null (strstr (out->str, "\"result\""));
}

static void
engine_events_and_notes_have_their_form (void **state)
{
  const ListenerEvent engine = { .kind = LISTENER_ENGINE,
                                 .from = ENGINE_STATE_UNDEFINED,
                                 .to = ENGINE_STATE_RESUMING,
                                 .seq = 1,
                                 .time_us = TIME_US,
                                 .run = "7f",
                                 .flow = "f" };
  const ListenerEvent note = { .kind = LISTENER_NOTE,
                               .seq = 2,
                               .time_us = TIME_US,
                               .run = "7f",
                               .flow = "f",
                               .atom = "a",
                               .text = "mind" };

  (void) state;
  assert_json (
      &engine,
      "{\"seq\":1,\"time\":\"2026-01-31T12:00:00.000001Z\",\"run\":\"7f\",\"event\":\"engine\","
      "\"flow\":\"f\",\"from\":\"UNDEFINED\",\"to\":\"RESUMING\"}");
  assert_json (
      &note,
      "{\"seq\":2,\"time\":\"2026-01-31T12:00:00.000001Z\",\"run\":\"7f\",\"event\":\"note\","
      "\"atom\":\"a\",\"text\":\"mind\"}");
}

static gboolean
succeed (AtomContext *context, gpointer user_data, GError **error)
{
  (void) user_data;
  (void) error;
  atom_context_set_result (context, g_variant_new_string ("done"));
  return TRUE;
}

static void
the_lines_of_a_run_are_whole_and_numbered_without_gaps (void **state)
{
  g_autoptr (Flow) flow = flow_new_linear ("f");
  g_autoptr (Engine) engine = NULL;
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  size_t size = 0;
  FILE *out = open_memstream (&text, &size);
  FlowState end;

  (void) state;
  flow_add (flow, task_new ("a", succeed, NULL, NULL, NULL));
  engine = engine_new (flow, NULL);
  listener_add_event_log (engine, LISTENER_FLOW | LISTENER_ATOM, out);
  assert_true (engine_run (engine, &end, NULL));
  fclose (out);
  lines = g_strsplit (text, "\n", -1);
  assert_int_equal (g_strv_length (lines), 5);
  assert_string_equal (lines[4], "");
  for (guint i = 0; i < 4; i++)
    {
      g_autoptr (GVariant) line = value_new_from_json (lines[i], -1, NULL);
      g_autoptr (GVariant) seq = line != NULL ? value_find_key (line, "seq") : NULL;

      assert_non_null (seq);
      assert_int_equal (g_variant_get_int64 (seq), i + 1);
    }
  assert_non_null (strstr (lines[2], "\"result\":\"done\""));
  assert_non_null (strstr (lines[3], "\"event\":\"flow\""));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (a_flow_event_is_the_line_of_the_contract),
    cmocka_unit_test (an_atom_that_succeeded_says_its_result_even_when_it_has_none),
    cmocka_unit_test (a_failed_retry_says_why),
    cmocka_unit_test (engine_events_and_notes_have_their_form),
    cmocka_unit_test (the_lines_of_a_run_are_whole_and_numbered_without_gaps),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
