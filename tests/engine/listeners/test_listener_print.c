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
#include <backflow/engine/listeners/listener_print.h>

static gboolean
succeed (AtomContext *context, gpointer user_data, GError **error)
{
  (void) context;
  (void) user_data;
  (void) error;
  return TRUE;
}

static gboolean
break_down (AtomContext *context, gpointer user_data, GError **error)
{
  (void) context;
  (void) user_data;
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_NOENT, "no\033[31m such\nthing");
  return FALSE;
}

static gboolean
report_and_fail (AtomContext *context, gpointer user_data, GError **error)
{
  if (atom_context_get_attempt (context) > 1)
    atom_context_report_progress (context, 0.5, NULL);
  return break_down (context, user_data, error);
}

/* The printed lines of a run without their times. */
static char **
print_engine (Engine *engine, ListenerMask mask)
{
  g_autofree char *text = NULL;
  char **lines;
  size_t size = 0;
  FILE *out = open_memstream (&text, &size);
  FlowState end;

  listener_add_printer (engine, mask, out);
  assert_true (engine_run (engine, &end, NULL));
  assert_int_equal (end, FLOW_STATE_REVERTED);
  fclose (out);
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL && *lines[i] != '\0'; i++)
    memmove (lines[i], lines[i] + strlen ("12:00:00 "),
             strlen (lines[i] + strlen ("12:00:00 ")) + 1);
  return lines;
}

/* The printed lines of a run of two atoms, the second of which fails, without their times. */
static char **
print_run (ListenerMask mask)
{
  g_autoptr (Flow) flow = flow_new_linear ("site");
  g_autoptr (Engine) engine = NULL;

  flow_add (flow, task_new ("first", succeed, succeed, NULL, NULL));
  flow_add (flow, task_new ("second", break_down, succeed, NULL, NULL));
  engine = engine_new (flow, NULL);
  return print_engine (engine, mask);
}

static void
each_transition_is_a_line (void **state)
{
  static const char *const expected[] = {
    "flow site: PENDING -> RUNNING",
    "first: PENDING -> RUNNING",
    "first: RUNNING -> SUCCESS",
    "second: PENDING -> RUNNING",
    "second: RUNNING -> FAILURE: no [31m such thing",
    "second: FAILURE -> REVERTING",
    "second: REVERTING -> REVERTED",
    "first: SUCCESS -> REVERTING",
    "first: REVERTING -> REVERTED",
    "flow site: RUNNING -> REVERTED",
    "",
  };
  g_auto (GStrv) lines = print_run (LISTENER_FLOW | LISTENER_ATOM);

  (void) state;
  assert_int_equal (g_strv_length (lines), G_N_ELEMENTS (expected));
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    assert_string_equal (lines[i], expected[i]);
}

static void
only_what_the_mask_asks_for_is_printed (void **state)
{
  g_auto (GStrv) flow_lines = print_run (LISTENER_FLOW);
  g_auto (GStrv) engine_lines = print_run (LISTENER_ENGINE);

  (void) state;
  assert_int_equal (g_strv_length (flow_lines), 3);
  assert_string_equal (engine_lines[0], "engine: UNDEFINED -> RESUMING");
}

static void
decisions_notes_and_progress_are_lines_too (void **state)
{
  static const char *const expected[] = {
    "r: RETRY because 'a' failed, in 0.0 s",
    "a: 50%",
    "r: REVERT because 'a' failed",
    "",
  };
  const AtomBackoff delay = { .delay_us = 1000 };
  g_autoptr (Flow) flow = flow_new_linear ("site");
  g_autoptr (Engine) engine = NULL;
  g_auto (GStrv) lines = NULL;
  Atom *retry = retry_new_times ("r", 2);

  (void) state;
  retry_set_backoff (retry, &delay);
  flow_set_retry (flow, retry);
  flow_add (flow, task_new ("a", report_and_fail, NULL, NULL, NULL));
  engine = engine_new (flow, NULL);
  lines = print_engine (engine, LISTENER_DECISION | LISTENER_PROGRESS);
  assert_int_equal (g_strv_length (lines), G_N_ELEMENTS (expected));
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    assert_string_equal (lines[i], expected[i]);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (each_transition_is_a_line),
    cmocka_unit_test (only_what_the_mask_asks_for_is_printed),
    cmocka_unit_test (decisions_notes_and_progress_are_lines_too),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
