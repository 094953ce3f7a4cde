/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <backflow/atoms/task.h>
#include <backflow/engine/engine.h>
#include <backflow/engine/listener.h>

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

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (transitions_are_logged_with_fields_and_failures_at_their_own_level),
  };

  return cmocka_run_group_tests (tests, install, clean);
}
