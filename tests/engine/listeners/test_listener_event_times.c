/* SPDX-License-Identifier: Apache-2.0 */
/* When atoms and the run entered their states is kept with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <backflow/atoms/retry.h>
#include <backflow/atoms/task.h>
#include <backflow/engine/engine.h>
#include <backflow/engine/listeners/listener_kinds.h>

static gboolean
succeed (AtomContext *context, gpointer user_data, GError **error)
{
  (void) context;
  (void) user_data;
  (void) error;
  return TRUE;
}

static gboolean
fail_once (AtomContext *context, gpointer user_data, GError **error)
{
  (void) user_data;
  if (atom_context_get_attempt (context) > 1)
    return TRUE;
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "broken");
  return FALSE;
}

/* The time under a key, in seconds; 0 when there is none. */
static double
get_time (Engine *engine, const char *atom, const char *key)
{
  g_autoptr (GVariant) kept = engine_dup_metadata (engine, atom, key);

  return kept != NULL ? g_variant_get_double (kept) : 0;
}

static void
every_state_has_its_time (void **state)
{
  g_autoptr (Flow) flow = flow_new_linear ("f");
  g_autoptr (Engine) engine = NULL;
  double before = (double) g_get_real_time () / G_USEC_PER_SEC;
  double began;

  (void) state;
  flow_set_retry (flow, retry_new_times ("r", 2));
  flow_add (flow, task_new ("a", succeed, NULL, NULL, NULL));
  flow_add (flow, task_new ("b", fail_once, NULL, NULL, NULL));
  engine = engine_new (flow, NULL);
  listener_add_event_times (engine);
  assert_true (engine_run (engine, NULL, NULL));
  began = get_time (engine, NULL, "RUNNING-timestamp");
  assert_true (began >= before);
  assert_true (get_time (engine, "a", "RUNNING-timestamp") >= began);
  assert_true (get_time (engine, "a", "SUCCESS-timestamp")
               >= get_time (engine, "a", "REVERTED-timestamp"));
  assert_true (get_time (engine, "a", "REVERTED-timestamp")
               >= get_time (engine, "b", "FAILURE-timestamp"));
  assert_true (get_time (engine, "r", "RETRYING-timestamp") >= began);
  assert_true (get_time (engine, NULL, "SUCCESS-timestamp")
               >= get_time (engine, "b", "SUCCESS-timestamp"));
  assert_true (get_time (engine, "a", "IGNORE-timestamp") == 0);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (every_state_has_its_time),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
