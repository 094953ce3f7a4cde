/* SPDX-License-Identifier: Apache-2.0 */

/* Tasks with a retry as steps of their flow, and registered controllers; what other retries become
 * is in good/ and bad/. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <backflow/atoms/atom_options.h>
#include <backflow/engine/plan/checks_inputs.h>
#include <backflow/engine/plan/plan.h>
#include <backflow/flows/yaml/loader.h>

static RetryDecision
give_up (AtomContext *context, const RetryHistory *history, const char *failed, gpointer user_data,
         GError **error)
{
  (void) context;
  (void) history;
  (void) failed;
  (void) user_data;
  (void) error;
  return RETRY_DECISION_REVERT;
}

static FlowFile *
load (const char *text, Diagnostics *diagnostics)
{
  const RegistryRetry controller = { NULL, NULL, give_up, NULL };
  g_autoptr (Registry) registry = registry_new ();
  const FlowFileOptions options = { .registry = registry };
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  assert_true (registry_add_retry (registry, "patience", &controller, NULL));
  return flow_file_load_text ("f.yaml", bytes, &options, diagnostics);
}

/* A graph of three steps of which the second has a retry. */
#define RETRIED                                                                                    \
  "flow: x\nkind: graph\nsteps:\n"                                                                 \
  "  - {task: a, run: ls, provides: n}\n"                                                          \
  "  - task: b\n"                                                                                  \
  "    run: ls\n"                                                                                  \
  "    priority: 3\n"                                                                              \
  "    when: n = 'x'\n"                                                                            \
  "    depth: atom\n"                                                                              \
  "    provides: m\n"                                                                              \
  "    retry: {times: 2}\n"                                                                        \
  "  - {task: c, run: ls, requires: [m]}\n"                                                        \
  "  - {task: d, run: ls}\n"                                                                       \
  "links:\n"                                                                                       \
  "  - {from: a, to: b}\n"                                                                         \
  "  - {from: b, to: d}\n"

static void
a_task_with_a_retry_is_a_flow_of_its_name (void **state)
{
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (FlowFile) file = load (RETRIED, diagnostics);
  FlowItem step = flow_get_item (flow_file_get_flow (file), 1);
  const Atom *task;

  (void) state;
  assert_int_equal (diagnostics_get_length (diagnostics), 0);
  assert_non_null (step.flow);
  assert_string_equal (flow_get_name (step.flow), "b");
  assert_int_equal (flow_get_kind (step.flow), FLOW_KIND_LINEAR);
  assert_int_equal (flow_get_mark (step.flow)->line, 5);
  assert_int_equal (flow_get_n_items (step.flow), 1);
  task = flow_get_item (step.flow, 0).atom;
  assert_string_equal (atom_get_name (task), "b");
  assert_int_equal (atom_get_mark (task)->line, 5);
  assert_string_equal (atom_get_name (flow_get_retry (step.flow)), "b.retry");
  assert_int_equal (atom_get_mark (flow_get_retry (step.flow))->line, 11);
}

/* The controller comes first, so it must not wait for what the task would go before. */
static void
the_controller_has_the_priority_of_its_task (void **state)
{
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (FlowFile) file = load (RETRIED, diagnostics);
  Flow *step = flow_get_item (flow_file_get_flow (file), 1).flow;

  (void) state;
  assert_int_equal (atom_get_priority (flow_get_retry (step)), 3);
  assert_int_equal (atom_get_priority (flow_get_item (step, 0).atom), 3);
}

static void
links_and_deciders_are_those_of_the_step (void **state)
{
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (FlowFile) file = load (RETRIED, diagnostics);
  Flow *flow = flow_file_get_flow (file);
  const FlowDecider *decider = flow_get_decider (flow, 1);

  (void) state;
  assert_int_equal (flow_get_n_links (flow), 2);
  assert_int_equal (flow_get_link (flow, 0).to, 1);
  assert_int_equal (flow_get_link (flow, 1).from, 1);
  assert_string_equal (decider->expression, "n = 'x'");
  assert_int_equal (decider->depth, FLOW_DEPTH_ATOM);
  assert_null (flow_get_decider (flow_get_item (flow, 1).flow, 0));
}

static void
a_plan_knows_the_task_and_its_controller (void **state)
{
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (FlowFile) file = load (RETRIED, diagnostics);
  Plan *plan = plan_new (flow_file_get_flow (file), diagnostics);
  guint32 task;

  (void) state;
  assert_non_null (plan);
  task = plan_find_atom (plan, "b");
  assert_int_equal (plan_get_kind (plan, task), PLAN_NODE_TASK);
  assert_int_equal (plan_get_retry (plan, task), plan_find_atom (plan, "b.retry"));
  assert_int_equal (plan_get_retry (plan, plan_find_atom (plan, "c")), PLAN_NO_NODE);
  plan_free (plan);
}

static void
a_task_with_a_retry_may_be_the_target (void **state)
{
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (FlowFile) file = load (RETRIED, diagnostics);
  Flow *flow = flow_file_get_flow (file);
  Plan *plan;

  (void) state;
  flow_set_target (flow, flow_get_item (flow, 1));
  plan = plan_new (flow, diagnostics);
  assert_non_null (plan);
  assert_int_not_equal (plan_find_atom (plan, "a"), PLAN_NO_NODE);
  assert_int_not_equal (plan_find_atom (plan, "b"), PLAN_NO_NODE);
  assert_int_not_equal (plan_find_atom (plan, "b.retry"), PLAN_NO_NODE);
  assert_int_equal (plan_find_atom (plan, "c"), PLAN_NO_NODE);
  assert_int_equal (plan_find_atom (plan, "d"), PLAN_NO_NODE);
  plan_free (plan);
}

/* Compiles a file that is good in itself and checks its only error. */
static void
assert_compile_error (const char *text, guint line, guint column, const char *message)
{
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (FlowFile) file = load (text, diagnostics);
  const char *const given[] = { NULL };
  const Diagnostic *finding = NULL;
  Plan *plan;

  assert_int_equal (diagnostics_get_n_errors (diagnostics), 0);
  plan = plan_new (flow_file_get_flow (file), diagnostics);
  if (plan != NULL)
    plan_check_inputs (plan, given, diagnostics);
  plan_free (plan);
  assert_int_equal (diagnostics_get_n_errors (diagnostics), 1);
  for (guint i = 0; i < diagnostics_get_length (diagnostics); i++)
    if (diagnostics_get (diagnostics, i)->severity == DIAGNOSTIC_ERROR)
      finding = diagnostics_get (diagnostics, i);
  assert_int_equal (finding->mark.line, line);
  assert_int_equal (finding->mark.column, column);
  assert_non_null (strstr (finding->message, message));
}

static void
what_a_retry_lacks_is_said_where_it_is_asked_for (void **state)
{
  static const struct
  {
    const char *text;
    guint line;
    guint column;
    const char *message;
  } cases[] = {
    { "flow: x\nretry: {for-each: {from: hosts}}\nsteps: [{task: a, run: ls}]\n", 2, 26,
      "'hosts'" },
    { "flow: x\nretry: {call: patience, requires: [much]}\nsteps: [{task: a, run: ls}]\n", 2, 36,
      "'much'" },
    { "flow: x\nretry: {call: patience, rebind: {much: more}}\nsteps: [{task: a, run: ls}]\n", 2,
      40, "'more'" },
    { "flow: x\nsteps:\n  - {task: a, run: ls, retry: {for-each: {from: hosts}}}\n", 3, 49,
      "'hosts'" },
    { "flow: x\nsteps:\n  - {task: a.retry, run: ls}\n  - {task: a, run: ls, retry: {times: 2}}\n",
      4, 31, "'a.retry'" },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_compile_error (cases[i].text, cases[i].line, cases[i].column, cases[i].message);
}

static void
what_a_retry_provides_is_seen_by_its_own_task (void **state)
{
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (FlowFile) file
      = load ("flow: x\nsteps:\n"
              "  - {task: a, run: ls, requires: [host, port],"
              " retry: {for-each: [[b, 1], [c, 2]], provides: [host, port]}}\n"
              "  - {task: d, run: ls, requires: [try, left],"
              " retry: {call: patience, provides: {try: n, left: rest}}}\n",
              diagnostics);
  Plan *plan = plan_new (flow_file_get_flow (file), diagnostics);

  (void) state;
  assert_int_equal (diagnostics_get_n_errors (diagnostics), 0);
  assert_non_null (plan);
  plan_free (plan);
}

static void
a_registered_controller_has_its_arguments (void **state)
{
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (FlowFile) file
      = load ("flow: x\n"
              "retry: {call: patience, requires: [a], rebind: {b: c}, optional: [d],"
              " inject: {e: 5}, delay: 2s}\n"
              "steps: []\n",
              diagnostics);
  const Atom *retry = flow_get_retry (flow_file_get_flow (file));
  guint count;
  const AtomArgument *arguments = atom_get_arguments (retry, ATOM_ACTION_EXECUTE, &count);

  (void) state;
  assert_int_equal (diagnostics_get_length (diagnostics), 0);
  assert_int_equal (retry_get_kind (retry), RETRY_KIND_CUSTOM);
  assert_string_equal (atom_get_name (retry), "x.retry");
  assert_int_equal (count, 4);
  assert_string_equal (arguments[0].symbol, "a");
  assert_true (arguments[1].is_optional);
  assert_string_equal (arguments[2].name, "b");
  assert_string_equal (arguments[2].symbol, "c");
  assert_int_equal (g_variant_get_int64 (atom_find_injected (retry, "e")), 5);
  for (guint i = 0; i < count; i++)
    assert_int_equal (arguments[i].mark->line, 2);
  assert_int_equal (retry_get_backoff (retry)->delay_us, 2 * G_USEC_PER_SEC);
}

static void
without_controllers_the_modules_are_thought_of (void **state)
{
  static const char text[] = "flow: x\nretry: {call: patience}\nsteps: []\n";
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));
  g_autoptr (FlowFile) file = flow_file_load_text ("f.yaml", bytes, NULL, diagnostics);

  (void) state;
  assert_non_null (file);
  assert_int_equal (diagnostics_get_n_errors (diagnostics), 1);
  assert_string_equal (diagnostics_get (diagnostics, 0)->code, "unknown-function");
  assert_non_null (strstr (diagnostics_get (diagnostics, 0)->help, "'modules'"));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (a_task_with_a_retry_is_a_flow_of_its_name),
    cmocka_unit_test (the_controller_has_the_priority_of_its_task),
    cmocka_unit_test (links_and_deciders_are_those_of_the_step),
    cmocka_unit_test (a_plan_knows_the_task_and_its_controller),
    cmocka_unit_test (a_task_with_a_retry_may_be_the_target),
    cmocka_unit_test (what_a_retry_lacks_is_said_where_it_is_asked_for),
    cmocka_unit_test (what_a_retry_provides_is_seen_by_its_own_task),
    cmocka_unit_test (a_registered_controller_has_its_arguments),
    cmocka_unit_test (without_controllers_the_modules_are_thought_of),
  };

  return cmocka_run_group_tests_name ("retry_reader", tests, NULL, NULL);
}
