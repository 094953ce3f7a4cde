/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <backflow/atoms/retry.h>
#include <backflow/atoms/task.h>
#include <backflow/engine/engine.h>
#include <backflow/engine/listener.h>
#include <backflow/engine/listeners/listener_events.h>
#include <backflow/values/value.h>

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

static void
decisions_and_progress_have_the_form_of_an_export (void **state)
{
  g_autoptr (GVariant) details = g_variant_ref_sink (g_variant_new_parsed ("{'files': <int64 3>}"));
  const ListenerEvent decision = { .kind = LISTENER_DECISION,
                                   .from = RETRY_DECISION_RETRY,
                                   .to = RETRY_DECISION_RETRY,
                                   .seq = 1,
                                   .time_us = TIME_US,
                                   .run = "7f",
                                   .flow = "f",
                                   .atom = "f.retry",
                                   .atom_kind = ATOM_KIND_RETRY,
                                   .attempt = 1,
                                   .text = "a \"b\"",
                                   .wait_us = 200000 };
  ListenerEvent progress = { .kind = LISTENER_PROGRESS,
                             .from = ATOM_STATE_RUNNING,
                             .to = ATOM_STATE_RUNNING,
                             .seq = 2,
                             .time_us = TIME_US,
                             .run = "7f",
                             .flow = "f",
                             .atom = "a",
                             .attempt = 2,
                             .progress = 0.25,
                             .details = details };

  (void) state;
  assert_json (
      &decision,
      "{\"seq\":1,\"time\":\"2026-01-31T12:00:00.000001Z\",\"run\":\"7f\",\"event\":\"decision\","
      "\"atom\":\"f.retry\",\"flow\":\"f\",\"kind\":\"retry\",\"decision\":\"RETRY\",\"failed\":"
      "\"a \\\"b\\\"\",\"wait\":0.2}");
  assert_json (
      &progress,
      "{\"seq\":2,\"time\":\"2026-01-31T12:00:00.000001Z\",\"run\":\"7f\",\"event\":\"progress\","
      "\"atom\":\"a\",\"flow\":\"f\",\"kind\":\"task\",\"action\":\"execute\",\"attempt\":2,"
      "\"progress\":0.25,"
      "\"details\":{\"files\":3}}");
  progress.to = ATOM_STATE_REVERTING;
  progress.details = NULL;
  assert_json (
      &progress,
      "{\"seq\":2,\"time\":\"2026-01-31T12:00:00.000001Z\",\"run\":\"7f\",\"event\":\"progress\","
      "\"atom\":\"a\",\"flow\":\"f\",\"kind\":\"task\",\"action\":\"revert\",\"attempt\":2,"
      "\"progress\":0.25}");
}

static gboolean
fail_once (AtomContext *context, gpointer user_data, GError **error)
{
  (void) user_data;
  atom_context_report_progress (context, 0.5, NULL);
  if (atom_context_get_attempt (context) > 1)
    return TRUE;
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "broken");
  return FALSE;
}

/* How many lines of the event log of a run have that event. */
static guint
count_lines (ListenerMask mask, const char *event)
{
  g_autoptr (Flow) flow = flow_new_linear ("f");
  g_autoptr (Engine) engine = NULL;
  g_autofree char *text = NULL;
  g_autofree char *part = g_strdup_printf ("\"event\":\"%s\"", event);
  g_auto (GStrv) parts = NULL;
  size_t size = 0;
  FILE *out = open_memstream (&text, &size);

  flow_set_retry (flow, retry_new_times (NULL, 2));
  flow_add (flow, task_new ("a", fail_once, NULL, NULL, NULL));
  engine = engine_new (flow, NULL);
  listener_add_event_log (engine, mask, out);
  assert_true (engine_run (engine, NULL, NULL));
  fclose (out);
  parts = g_strsplit (text, part, -1);
  return g_strv_length (parts) - 1;
}

static void
decisions_and_progress_are_written_when_they_are_asked_for (void **state)
{
  const ListenerMask contract = LISTENER_FLOW | LISTENER_ATOM;

  (void) state;
  assert_int_equal (count_lines (contract, "decision"), 0);
  assert_int_equal (count_lines (contract, "progress"), 0);
  assert_int_equal (count_lines (contract | LISTENER_ENGINE, "decision"), 0);
  assert_int_equal (count_lines (contract | LISTENER_DECISION, "decision"), 1);
  assert_int_equal (count_lines (contract | LISTENER_DECISION, "progress"), 0);
  assert_int_equal (count_lines (contract | LISTENER_PROGRESS, "progress"), 2);
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
    cmocka_unit_test (decisions_and_progress_have_the_form_of_an_export),
    cmocka_unit_test (decisions_and_progress_are_written_when_they_are_asked_for),
    cmocka_unit_test (the_lines_of_a_run_are_whole_and_numbered_without_gaps),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
