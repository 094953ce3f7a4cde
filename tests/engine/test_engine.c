/* SPDX-License-Identifier: Apache-2.0 */
/* What an engine does for a program that uses it in an unusual order: wrong ids, callbacks without
 * a proper error, engines that are left, reset, given new inputs or freed while they run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <backflow/backflow.h>

static gboolean
succeed (AtomContext *context, gpointer user_data, GError **error)
{
  guint *calls = user_data;

  (void) context;
  (void) error;
  if (calls != NULL)
    ++*calls;
  return TRUE;
}

static gboolean
refuse (AtomContext *context, gpointer user_data, GError **error)
{
  (void) context;
  (void) user_data;
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "no");
  return FALSE;
}

/* An error as a program makes it that forgot to register its domain. */
static gboolean
fail_without_domain (AtomContext *context, gpointer user_data, GError **error)
{
  GError *made = g_error_new_literal (G_FILE_ERROR, 1, "could not delete the volume");

  (void) context;
  (void) user_data;
  made->domain = 0;
  g_propagate_error (error, made);
  return FALSE;
}

static Flow *
make_flow (Atom *first, Atom *second)
{
  Flow *flow = flow_new_linear ("f");

  flow_add (flow, first);
  if (second != NULL)
    flow_add (flow, second);
  return flow;
}

static FlowState
run (Engine *engine)
{
  g_autoptr (GError) error = NULL;
  FlowState end = FLOW_STATE_PENDING;

  if (!engine_run (engine, &end, &error))
    fail_msg ("engine_run: %s", error->message);
  return end;
}

static void
a_callback_that_returns_false_has_failed_whatever_its_error_is (void **unused)
{
  g_autoptr (Flow) executes
      = make_flow (task_new ("a", fail_without_domain, NULL, NULL, NULL), NULL);
  g_autoptr (Flow) reverts = make_flow (task_new ("a", succeed, fail_without_domain, NULL, NULL),
                                        task_new ("b", refuse, NULL, NULL, NULL));
  g_autoptr (Engine) first = engine_new (executes, NULL);
  g_autoptr (Engine) second = engine_new (reverts, NULL);
  Failure *failure;

  (void) unused;
  assert_int_equal (run (first), FLOW_STATE_REVERTED);
  assert_int_equal (run (second), FLOW_STATE_FAILURE);
  failure = engine_find_failure (second, "a", ATOM_ACTION_REVERT);
  assert_non_null (failure);
  assert_string_equal (failure_get_message (failure), "could not delete the volume");
}

static void
a_wrong_run_id_is_an_error (void **unused)
{
  static const char *const ids[] = { "order 4711", "", "{3F2504E0}", "\xc3\xbc" };

  (void) unused;
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_autoptr (Flow) flow = make_flow (task_new ("a", succeed, NULL, NULL, NULL), NULL);
      EngineOptions options = { .run_id = ids[i] };
      g_autoptr (Engine) engine = engine_new (flow, &options);
      g_autoptr (GError) error = NULL;

      assert_false (engine_run (engine, NULL, &error));
      assert_true (g_error_matches (error, ENGINE_ERROR, ENGINE_ERROR_STATE));
    }
}

static void
a_run_that_is_to_be_undone_is_not_reset (void **unused)
{
  g_autoptr (Flow) flow = make_flow (task_new ("a", succeed, succeed, NULL, NULL), NULL);
  g_autoptr (Engine) engine = engine_new (flow, NULL);
  g_autoptr (GError) error = NULL;

  (void) unused;
  assert_int_equal (run (engine), FLOW_STATE_SUCCESS);
  assert_true (engine_undo (engine, NULL, NULL));
  assert_false (engine_reset (engine, &error));
  assert_true (g_error_matches (error, ENGINE_ERROR, ENGINE_ERROR_STATE));
  assert_int_equal (run (engine), FLOW_STATE_REVERTED);
  assert_true (engine_reset (engine, NULL));
  assert_int_equal (run (engine), FLOW_STATE_SUCCESS);
}

static gboolean
give_back (AtomContext *context, gpointer user_data, GError **error)
{
  (void) user_data;
  (void) error;
  atom_context_set_result (context, atom_context_get_argument (context, "x"));
  return TRUE;
}

static gint32
run_with (Engine *engine, gint32 x)
{
  g_autoptr (GVariant) result = NULL;

  assert_true (engine_inject (engine, "x", g_variant_new_int64 (x), NULL));
  assert_int_equal (run (engine), FLOW_STATE_SUCCESS);
  result = engine_dup_result (engine, "a");
  assert_non_null (result);
  return (gint32) g_variant_get_int64 (result);
}

static void
a_reset_run_takes_new_inputs_and_forgets_metadata (void **unused)
{
  Atom *atom = task_new ("a", give_back, NULL, NULL, NULL);
  g_autoptr (Flow) flow = make_flow (atom, NULL);
  g_autoptr (Storage) storage = storage_new_memory (STORAGE_MEMORY_JOURNAL);
  EngineOptions options = { .run_id = "r", .storage = storage };
  g_autoptr (Engine) engine = engine_new (flow, &options);
  g_autoptr (GVariant) kept = NULL;

  (void) unused;
  atom_require (atom, "x");
  assert_int_equal (run_with (engine, 1), 1);
  assert_true (engine_set_metadata (engine, "a", "k", g_variant_new_int64 (7), NULL));
  assert_false (engine_inject (engine, "x", g_variant_new_int64 (2), NULL));
  assert_true (engine_reset (engine, NULL));
  assert_null (engine_dup_metadata (engine, "a", "k"));
  assert_int_equal (run_with (engine, 2), 2);
  g_clear_pointer (&engine, engine_free);
  engine = engine_new_resumed (flow, &options, NULL);
  assert_non_null (engine);
  kept = engine_fetch (engine, "x");
  assert_int_equal (g_variant_get_int64 (kept), 2);
  assert_null (engine_dup_metadata (engine, "a", "k"));
}

static void
reset_and_free (Engine *engine, const ListenerEvent *event, gpointer user_data)
{
  guint *heard = user_data;
  g_autoptr (GError) error = NULL;

  if (event->to != ATOM_STATE_SUCCESS || ++*heard > 1)
    return;
  assert_false (engine_reset (engine, &error));
  assert_true (g_error_matches (error, ENGINE_ERROR, ENGINE_ERROR_BUSY));
  engine_free (engine);
}

static void
a_listener_may_free_the_engine (void **unused)
{
  guint heard = 0;
  guint calls = 0;
  g_autoptr (Flow) flow = make_flow (task_new ("a", succeed, NULL, &calls, NULL),
                                     task_new ("b", succeed, NULL, &calls, NULL));
  Engine *engine = engine_new (flow, NULL);
  FlowState end = FLOW_STATE_PENDING;

  (void) unused;
  engine_add_listener (engine, LISTENER_ATOM, reset_and_free, &heard, NULL);
  assert_true (engine_run (engine, &end, NULL));
  assert_int_equal (end, FLOW_STATE_SUSPENDED);
  assert_int_equal (calls, 1);
}

/* Leaves an engine after so many steps. Returns: how often the two tasks ran in both lives. */
static guint
leave_after (guint steps)
{
  guint calls = 0;
  g_autoptr (Flow) flow = make_flow (task_new ("a", succeed, NULL, &calls, NULL),
                                     task_new ("b", succeed, NULL, &calls, NULL));
  g_autoptr (Storage) storage = storage_new_memory (STORAGE_MEMORY_JOURNAL);
  EngineOptions options = { .run_id = "r", .storage = storage };
  Engine *engine = engine_new (flow, &options);
  FlowState end = FLOW_STATE_PENDING;

  for (guint i = 0; i < steps; i++)
    assert_true (engine_step (engine, NULL, NULL));
  engine_free (engine);
  engine = engine_new_resumed (flow, &options, NULL);
  assert_non_null (engine);
  assert_true (engine_run (engine, &end, NULL));
  assert_int_equal (end, FLOW_STATE_SUCCESS);
  engine_free (engine);
  return calls;
}

static void
an_engine_that_is_left_between_steps_loses_no_attempt (void **unused)
{
  (void) unused;
  for (guint steps = 1; steps < 8; steps++)
    assert_int_equal (leave_after (steps), 2);
}

static void
a_flow_runs_in_one_call (void **unused)
{
  g_autoptr (Flow) flow = make_flow (task_new ("a", succeed, NULL, NULL, NULL), NULL);
  FlowState end = FLOW_STATE_PENDING;

  (void) unused;
  assert_true (engine_run_flow (flow, NULL, &end, NULL));
  assert_int_equal (end, FLOW_STATE_SUCCESS);
}

static void
diagnostics_are_those_of_the_last_validation (void **unused)
{
  Atom *atom = task_new ("a", succeed, NULL, NULL, NULL);
  g_autoptr (Flow) flow = make_flow (atom, NULL);
  g_autoptr (Engine) engine = engine_new (flow, NULL);

  (void) unused;
  atom_require (atom, "x");
  for (guint i = 0; i < 3; i++)
    {
      assert_false (engine_validate (engine, NULL));
      assert_int_equal (diagnostics_get_n_errors (engine_get_diagnostics (engine)), 1);
    }
  assert_true (engine_inject (engine, "x", g_variant_new_int64 (1), NULL));
  assert_true (engine_validate (engine, NULL));
  assert_int_equal (diagnostics_get_n_errors (engine_get_diagnostics (engine)), 0);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (a_callback_that_returns_false_has_failed_whatever_its_error_is),
    cmocka_unit_test (a_wrong_run_id_is_an_error),
    cmocka_unit_test (a_run_that_is_to_be_undone_is_not_reset),
    cmocka_unit_test (a_reset_run_takes_new_inputs_and_forgets_metadata),
    cmocka_unit_test (a_listener_may_free_the_engine),
    cmocka_unit_test (an_engine_that_is_left_between_steps_loses_no_attempt),
    cmocka_unit_test (a_flow_runs_in_one_call),
    cmocka_unit_test (diagnostics_are_those_of_the_last_validation),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
