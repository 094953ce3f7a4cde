/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <backflow/atoms/retry.h>
#include <backflow/atoms/task.h>
#include <backflow/engine/engine.h>
#include <backflow/engine/listeners/listener_log.h>

/* What was logged: a line a message, "LEVEL FIELD=VALUE …". */
static GString *logged;

static GLogWriterOutput
keep (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  (void) user_data;
  g_string_append_printf (logged, "%d", (int) level);
  for (gsize i = 0; i < n_fields; i++)
    g_string_append_printf (logged, " %s=%s", fields[i].key, (const char *) fields[i].value);
  g_string_append_c (logged, '\n');
  return G_LOG_WRITER_HANDLED;
}

static gboolean
break_down (AtomContext *context, gpointer user_data, GError **error)
{
  (void) context;
  (void) user_data;
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_NOENT, "gone");
  return FALSE;
}

static int
install (void **state)
{
  (void) state;
  logged = g_string_new (NULL);
  g_log_set_writer_func (keep, NULL, NULL);
  return 0;
}

static int
clean (void **state)
{
  (void) state;
  g_string_free (logged, TRUE);
  return 0;
}

static void
transitions_are_logged_with_fields_and_failures_at_their_own_level (void **state)
{
  g_autoptr (Flow) flow = flow_new_linear ("site");
  EngineOptions options = { .run_id = "r1" };
  g_autoptr (Engine) engine = NULL;
  FlowState end;

  (void) state;
  flow_add (flow, task_new ("a", break_down, NULL, NULL, NULL));
  engine = engine_new (flow, &options);
  listener_add_logger (engine, LISTENER_FLOW | LISTENER_ATOM, G_LOG_LEVEL_INFO,
                       G_LOG_LEVEL_WARNING);
  assert_true (engine_run (engine, &end, NULL));
  assert_non_null (strstr (logged->str,
                           "64 PRIORITY=6 GLIB_DOMAIN=backflow MESSAGE=site: PENDING -> RUNNING "
                           "BACKFLOW_RUN=r1 BACKFLOW_FLOW=site BACKFLOW_FROM=PENDING "
                           "BACKFLOW_STATE=RUNNING\n"));
  assert_non_null (strstr (
      logged->str, "16 PRIORITY=4 GLIB_DOMAIN=backflow MESSAGE=a: RUNNING -> FAILURE: gone "
                   "BACKFLOW_RUN=r1 BACKFLOW_FLOW=site BACKFLOW_ATOM=a BACKFLOW_FROM=RUNNING "
                   "BACKFLOW_STATE=FAILURE BACKFLOW_ATTEMPT=1 BACKFLOW_FAILURE=gone\n"));
}

/* Fails unless a message at that level begins like that. */
static void
expect_message (GLogLevelFlags level, const char *message)
{
  g_auto (GStrv) each = g_strsplit (logged->str, "\n", -1);
  g_autofree char *part = g_strdup_printf (" MESSAGE=%s ", message);
  g_autofree char *begin = g_strdup_printf ("%d ", (int) level);

  for (guint i = 0; each[i] != NULL; i++)
    if (g_str_has_prefix (each[i], begin) && strstr (each[i], part) != NULL)
      return;
  fail_msg ("'%s' is not logged with level %d: %s", message, (int) level, logged->str);
}

static gboolean
fail_first (AtomContext *context, gpointer user_data, GError **error)
{
  g_autoptr (Failure) failure = NULL;
  FailureFields fields = FAILURE_FIELDS_INIT;

  (void) user_data;
  (void) error;
  atom_context_report_progress (context, 0.5,
                                g_variant_new_parsed ("{'token': <'t0p'>, 'file': <'f'>}"));
  atom_context_set_result (
      context,
      g_variant_new_parsed (
          "{'user': <'ann'>, 'password': <'s3cret'>, 'all': <[<{'password': <'s3cret'>}>]>}"));
  if (atom_context_get_attempt (context) > 1)
    return TRUE;
  fields.message = "broken";
  fields.domain = "test";
  fields.stderr_tail = "the token is t0p";
  failure = failure_new (&fields);
  atom_context_set_failure (context, failure);
  return FALSE;
}

static Engine *
new_engine (void)
{
  g_autoptr (Flow) flow = flow_new_linear ("site");

  flow_set_retry (flow, retry_new_times ("r", 2));
  flow_add (flow, task_new ("a", fail_first, NULL, NULL, NULL));
  return engine_new (flow, NULL);
}

static void
what_would_not_have_happened_if_all_had_gone_well_is_logged_as_failure (void **state)
{
  g_autoptr (Engine) engine = new_engine ();
  g_autoptr (Flow) bad = flow_new_linear ("bad");
  g_autoptr (Engine) worse = NULL;

  (void) state;
  listener_add_logger (engine,
                       LISTENER_FLOW | LISTENER_ATOM | LISTENER_DECISION | LISTENER_PROGRESS,
                       G_LOG_LEVEL_DEBUG, G_LOG_LEVEL_WARNING);
  assert_true (engine_run (engine, NULL, NULL));
  expect_message (G_LOG_LEVEL_DEBUG, "a: PENDING -> RUNNING");
  expect_message (G_LOG_LEVEL_DEBUG, "a: 50%");
  expect_message (G_LOG_LEVEL_WARNING, "a: RUNNING -> FAILURE: broken");
  expect_message (G_LOG_LEVEL_WARNING, "r: RETRY because 'a' failed");
  expect_message (G_LOG_LEVEL_DEBUG, "a: FAILURE -> REVERTING");
  expect_message (G_LOG_LEVEL_WARNING, "a: REVERTING -> REVERTED");
  expect_message (G_LOG_LEVEL_WARNING, "r: SUCCESS -> RETRYING");
  expect_message (G_LOG_LEVEL_DEBUG, "a: RUNNING -> SUCCESS");
  expect_message (G_LOG_LEVEL_DEBUG, "site: RUNNING -> SUCCESS");
  assert_null (strstr (logged->str, "BACKFLOW_RESULT"));
  assert_null (strstr (logged->str, "s3cret"));
  flow_add (bad, task_new ("b", break_down, break_down, NULL, NULL));
  worse = engine_new (bad, NULL);
  listener_add_logger (worse, LISTENER_FLOW | LISTENER_ATOM, G_LOG_LEVEL_DEBUG,
                       G_LOG_LEVEL_CRITICAL);
  assert_true (engine_run (worse, NULL, NULL));
  expect_message (G_LOG_LEVEL_CRITICAL, "b: REVERTING -> REVERT_FAILURE: gone");
  expect_message (G_LOG_LEVEL_CRITICAL, "bad: RUNNING -> FAILURE");
}

static void
run_with_values (const char *const *hidden, const char *const *masked)
{
  g_autoptr (Engine) engine = new_engine ();
  const ListenerLogOptions options = { LISTENER_ATOM | LISTENER_PROGRESS, G_LOG_LEVEL_INFO,
                                       G_LOG_LEVEL_WARNING, hidden, masked };

  g_string_truncate (logged, 0);
  assert_true (listener_add_value_logger (engine, &options) > 0);
  assert_true (engine_run (engine, NULL, NULL));
}

static void
values_are_logged_when_that_is_asked_for (void **state)
{
  (void) state;
  run_with_values (NULL, NULL);
  assert_non_null (strstr (logged->str, "BACKFLOW_RESULT={\"user\":\"ann\",\"password\":\"s3cret\","
                                        "\"all\":[{\"password\":\"s3cret\"}]}"));
  assert_non_null (strstr (logged->str, "\"stderr\":\"the token is t0p\""));
  assert_non_null (strstr (logged->str, "BACKFLOW_DETAILS={\"token\":\"t0p\",\"file\":\"f\"}"));
}

static void
masked_keys_are_not_logged_however_deep_they_stand (void **state)
{
  const char *const masked[] = { "password", "token", "stderr", NULL };

  (void) state;
  run_with_values (NULL, masked);
  assert_non_null (strstr (
      logged->str,
      "BACKFLOW_RESULT={\"user\":\"ann\",\"password\":\"***\",\"all\":[{\"password\":\"***\"}]}"));
  assert_non_null (strstr (logged->str, "\"stderr\":\"***\""));
  assert_non_null (strstr (logged->str, "BACKFLOW_DETAILS={\"token\":\"***\",\"file\":\"f\"}"));
  assert_non_null (strstr (logged->str, "BACKFLOW_FAILURE=broken"));
  assert_null (strstr (logged->str, "s3cret"));
  assert_null (strstr (logged->str, "t0p"));
}

static void
the_message_of_a_failure_can_be_masked_too (void **state)
{
  const char *const masked[] = { "message", NULL };

  (void) state;
  run_with_values (NULL, masked);
  assert_null (strstr (logged->str, "broken"));
  expect_message (G_LOG_LEVEL_WARNING, "a: RUNNING -> FAILURE: ***");
}

static void
hidden_atoms_show_no_values (void **state)
{
  const char *const hidden[] = { "a", NULL };

  (void) state;
  run_with_values (hidden, NULL);
  assert_non_null (strstr (logged->str, "BACKFLOW_RESULT=***"));
  assert_non_null (strstr (logged->str, "BACKFLOW_FAILURE_FIELDS=***"));
  assert_non_null (strstr (logged->str, "BACKFLOW_DETAILS=***"));
  assert_non_null (strstr (logged->str, "BACKFLOW_FAILURE=broken"));
  /* The controller is not hidden. */
  assert_non_null (strstr (logged->str, "BACKFLOW_RESULT=1"));
  assert_null (strstr (logged->str, "s3cret"));
  assert_null (strstr (logged->str, "t0p"));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (transitions_are_logged_with_fields_and_failures_at_their_own_level),
    cmocka_unit_test (what_would_not_have_happened_if_all_had_gone_well_is_logged_as_failure),
    cmocka_unit_test (values_are_logged_when_that_is_asked_for),
    cmocka_unit_test (masked_keys_are_not_logged_however_deep_they_stand),
    cmocka_unit_test (the_message_of_a_failure_can_be_masked_too),
    cmocka_unit_test (hidden_atoms_show_no_values),
  };

  return cmocka_run_group_tests (tests, install, clean);
}
