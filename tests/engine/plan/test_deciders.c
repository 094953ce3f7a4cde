/* SPDX-License-Identifier: Apache-2.0 */
/* Deciders and retry controllers in plans: whom they hold back, where conditions read their
 * symbols, what is refused. */
#include "engine/plan/plan_private.h"

#include <backflow/engine/plan/checks_inputs.h>
#include <backflow/flows/expression.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/engine/story.h"

/* -- What a plan says of its deciders
 * ----------------------------------------------------------------- */

/* The providers of a scope, nearest first; a bar where an outer flow begins; `-` for nobody. */
static void
append_providers (const Plan *plan, guint32 at, GString *out)
{
  if (at == 0)
    g_string_append (out, " -");
  while (at != 0)
    {
      const PlanScope *scope = &g_array_index (plan->scopes, PlanScope, at);

      for (guint32 i = scope->high; i-- > scope->low;)
        g_string_append_printf (out, " %s", plan_atom (plan, plan->providers[i].node)->name);
      if (scope->is_level && scope->next != 0)
        g_string_append (out, " |");
      at = scope->next;
    }
}

/* "b <- a: x > 1 (x: a)" */
static void
append_decider (const Plan *plan, const PlanDecider *decider, GString *out)
{
  g_autofree char *node = plan_dup_name (plan, decider->node);

  g_string_append_printf (out, "%s%s", out->len > 0 ? "; " : "", node);
  assert_int_equal (decider->is_step, decider->first == PLAN_NO_NODE);
  if (!decider->is_step)
    {
      g_autofree char *first = plan_dup_name (plan, decider->first);
      g_autofree char *last = plan_dup_name (plan, decider->last);

      g_string_append_printf (out, " <- %s", first);
      if (decider->last != decider->first)
        g_string_append_printf (out, "..%s", last);
    }
  g_string_append_printf (out, ": %s",
                          decider->expression != NULL ? decider->decider->expression : "function");
  for (guint32 i = 0; i < decider->n_arguments; i++)
    {
      const PlanArgument *argument = &plan->decider_arguments[decider->argument + i];

      assert_string_equal (plan->symbols->pdata[argument->symbol],
                           expression_get_symbols (decider->expression)[i]);
      g_string_append_printf (out, " (%s:", expression_get_symbols (decider->expression)[i]);
      append_providers (plan, argument->scope, out);
      g_string_append (out, ")");
    }
}

static char *
describe_deciders (const Plan *plan)
{
  GString *out = g_string_new (NULL);
  guint32 n_found = 0;

  for (guint32 i = 0; i < plan->n_deciders; i++)
    append_decider (plan, &plan->deciders[i], out);
  for (guint32 node = 0; node < plan->n_nodes; node++)
    {
      guint count;
      const PlanDecider *deciders = plan_find_deciders (plan, node, &count);

      assert_int_equal (deciders == NULL, count == 0);
      for (guint i = 0; i < count; i++)
        assert_int_equal (deciders[i].node, node);
      n_found += count;
    }
  assert_int_equal (n_found, plan->n_deciders);
  return g_string_free (out, FALSE);
}

typedef struct
{
  const char *flow;
  const char *deciders;
  const char *inputs;
} PlanCase;

/* clang-format off */
static const PlanCase plan_cases[] = {
  /* a step's own */
  { "linear l [P a(-> x), P b ?\"x > 1\"]", "b: x > 1 (x: a)", "" },
  { "linear l [P b ?\"x > 1\", P a(-> x)]", "b: x > 1 (x: -)", "x" },
  { "linear l [P b(-> x) ?\"x\"]", "b: x (x: -)", "x" },
  { "linear l [P a(-> x), P c(-> x), P b ?\"x AND y\", P d(z)]", "b: x AND y (x: c a) (y: -)", "y z" },
  { "unordered u [P a(-> x), P b ?\"x\"]", "b: x (x: -)", "x" },
  { "graph g [P a(-> x), P b ?\"x\"]", "b: x (x: a)", "" },
  { "linear r [P a(-> x), linear s [P b(-> x), P c ?\"x\"]]", "c: x (x: b | a)", "" },
  { "linear r [P a(-> x), graph g [P b, P c ?\"x\"]]", "c: x (x: a)", "" },
  { "linear f <Times(3) r1 -> x> [P a ?\"x = 1\"]", "a: x = 1 (x: r1)", "" },
  { "unordered f <Times(3) r1 -> x> [P a ?\"x = 1\"]", "a: x = 1 (x: r1)", "" },
  { "graph f <Times(3) r1 -> x> [P a ?\"x = 1\"]", "a: x = 1 (x: r1)", "" },
  /* links */
  { "graph g [P a(-> x), P b, a -> b ?\"x\"]", "b <- a: x (x: a)", "" },
  { "graph g [P a, P b, a -> b ?yes]", "b <- a: function", "" },
  { "graph g [P a, P b, P c(-> x), a -> b ?\"x\"]", "b <- a: x (x: c)", "" },
  { "graph g [linear s [P a(-> x), P c], P b, s -> b ?\"x\"]", "b <- s..s[$]: x (x: a)", "" },
  { "graph g [P a(-> x), linear s [P b(-> x), P c(x)], a -> s ?\"x\"]", "s <- a: x (x: a)", "" },
  { "linear r [P o(-> x), graph g [P a(-> x), linear s [P b], a -> s ?\"x\"]]", "s <- a: x (x: a | o)", "" },
  { "graph g [P a, P c, P b ?\"z\", c -> b ?\"y\", a -> b ?\"x\"]",
    "b <- a: x (x: -); b <- c: y (y: -); b: z (z: -)", "x y z" },
  { "graph g [P b, P a, a -> b ?\"x\", a -> b ?\"y\"]", "b <- a: x (x: -); b <- a: y (y: -)", "x y" },
  { "graph g [P a, P b, P c, a -> c ?\"x\", a -> b ?\"y\"]", "b <- a: y (y: -); c <- a: x (x: -)", "x y" },
  /* what a target leaves out has none, and what its condition reads it needs */
  { "graph g [P a, P b, P c ?\"z\", a -> b ?\"x\", b -> c ?\"y\", target b]", "b <- a: x (x: -)", "x" },
  { "graph g [P a(-> x), P b ?\"x\", P c, target b]", "b: x (x: a)", "" },
  /* nobody asks */
  { "linear l [P a(-> x), P b(x)]", "", "" },
};
/* clang-format on */

static void
conditions_read_where_atoms_would (void **state)
{
  (void) state;
  for (guint i = 0; i < G_N_ELEMENTS (plan_cases); i++)
    {
      g_autoptr (Flow) flow = story_build (plan_cases[i].flow);
      g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
      g_autoptr (Plan) plan = plan_new (flow, diagnostics);
      g_autofree char *deciders = NULL;
      g_autofree char *inputs = NULL;

      if (plan == NULL)
        fail_msg ("%s: %s", plan_cases[i].flow,
                  diagnostics_format_text (diagnostics, 0, DIAGNOSTICS_FORMAT_PLAIN));
      deciders = describe_deciders (plan);
      inputs = g_strjoinv (" ", (char **) (guintptr) plan_get_inputs (plan));
      if (strcmp (deciders, plan_cases[i].deciders) != 0)
        fail_msg ("%s:\n%s\n%s", plan_cases[i].flow, deciders, plan_cases[i].deciders);
      assert_string_equal (inputs, plan_cases[i].inputs);
    }
}

/* The names of the nodes before that of `name`. */
static char *
list_before (const Plan *plan, const char *name)
{
  GString *out = g_string_new (NULL);
  guint count;
  const guint32 *before = plan_get_predecessors (plan, plan_find_atom (plan, name), &count);

  for (guint i = 0; i < count; i++)
    {
      g_autofree char *one = plan_dup_name (plan, before[i]);

      g_string_append_printf (out, "%s%s", i > 0 ? " " : "", one);
    }
  return g_string_free (out, FALSE);
}

static void
a_step_waits_for_what_its_condition_reads (void **state)
{
  static const struct
  {
    const char *flow;
    const char *before_b;
  } cases[] = {
    { "graph g [P a(-> x), P b ?\"x\"]", "a" },
    { "graph g [P b ?\"x\", P a(-> x)]", "a" },
    { "graph g [linear s [P a(-> x)], P b ?\"x\"]", "s[$]" },
    { "graph g [P a, P b, P c(-> x), a -> b ?\"x\"]", "a c" },
    { "graph g [P a, P b]", "g" },
    { "unordered g [P a(-> x), P b ?\"x\"]", "g" },
  };

  (void) state;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Flow) flow = story_build (cases[i].flow);
      g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
      g_autoptr (Plan) plan = plan_new (flow, diagnostics);
      g_autofree char *before = list_before (plan, "b");

      assert_string_equal (before, cases[i].before_b);
    }
}

static void
plans_without_deciders_keep_nothing (void **state)
{
  g_autoptr (Flow) flow = story_build ("graph g [P a, P b, a -> b]");
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (Plan) plan = plan_new (flow, diagnostics);
  guint count = 7;

  (void) state;
  assert_null (plan->deciders);
  assert_null (plan->decider_arguments);
  assert_null (plan->controllers);
  assert_null (plan_find_deciders (plan, 1, &count));
  assert_int_equal (count, 0);
}

static void
a_when_on_a_flow_stands_before_the_flow (void **state)
{
  g_autoptr (Flow) flow = flow_new_linear ("r");
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (Plan) plan = NULL;
  g_autofree char *deciders = NULL;
  const FlowDecider decider = { .expression = "x" };

  (void) state;
  flow_add_flow (flow, story_build ("linear before [P a(-> x)]"));
  flow_add_flow (flow, story_build ("linear s [P b(-> x), P c(x)]"));
  flow_set_decider (flow, 1, &decider);
  plan = plan_new (flow, diagnostics);
  deciders = describe_deciders (plan);
  assert_string_equal (deciders, "s: x (x: a)");
}

/* -- What is refused
 * ---------------------------------------------------------------------------------- */

/* Compiles a linear flow of the steps `a`, which provides `size`, and `b`, which `text` holds back,
 * from line 3. */
static Plan *
compile_with (const char *text, Diagnostics *diagnostics)
{
  const SourceMark mark
      = { g_intern_static_string ("f.yaml"), 3, 11, 100, (guint32) strlen (text) };
  const FlowDecider decider = { .expression = text, .mark = &mark };
  g_autoptr (Flow) flow = story_build ("linear l [P a(-> size), P b, P c(-> name)]");

  flow_set_decider (flow, 1, &decider);
  return plan_new (flow, diagnostics);
}

static void
assert_found (const Diagnostics *diagnostics, DiagnosticSeverity severity, const char *code,
              guint column, guint length, const char *message)
{
  const Diagnostic *found;

  assert_int_equal (diagnostics_get_length (diagnostics), 1);
  found = diagnostics_get (diagnostics, 0);
  assert_int_equal (found->severity, severity);
  assert_string_equal (found->code, code);
  assert_string_equal (found->message, message);
  assert_int_equal (found->mark.line, 3);
  assert_int_equal (found->mark.column, column);
  assert_int_equal (found->mark.length, length);
}

static void
a_symbol_of_nobody_is_reported_where_it_stands (void **state)
{
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (Plan) plan = compile_with ("'ä' < size AND sice > 1", diagnostics);
  const char *const given[] = { "sice", NULL };

  (void) state;
  assert_non_null (plan);
  assert_true (plan_check_inputs (plan, given, diagnostics));
  assert_false (plan_check_inputs (plan, NULL, diagnostics));
  assert_found (diagnostics, DIAGNOSTIC_ERROR, "missing-symbol", 26, 4,
                "the 'when' of 'b' reads 'sice', which no step before it and no input provides");
  assert_string_equal (diagnostics_get (diagnostics, 0)->help, "did you mean 'size'?");
}

static void
a_provider_that_comes_later_is_named (void **state)
{
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (Plan) plan = compile_with ("name", diagnostics);

  (void) state;
  assert_false (plan_check_inputs (plan, NULL, diagnostics));
  assert_found (diagnostics, DIAGNOSTIC_ERROR, "missing-symbol", 11, 4,
                "the 'when' of 'b' reads 'name', which no step before it and no input provides");
  assert_string_equal (diagnostics_get (diagnostics, 0)->help,
                       "'c' provides it, but is not before it");
}

static void
what_is_no_condition_does_not_compile (void **state)
{
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();

  (void) state;
  assert_null (compile_with ("size > > 1", diagnostics));
  assert_found (diagnostics, DIAGNOSTIC_ERROR, "bad-when", 11, 10,
                "the 'when' of 'b' is no condition: near \">\": syntax error");
  assert_string_equal (diagnostics_get (diagnostics, 0)->help, "in 'size > > 1', before '> 1'");
}

static void
what_is_never_true_or_false_does_not_compile (void **state)
{
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();

  (void) state;
  assert_null (compile_with ("1 > NULL", diagnostics));
  assert_int_equal (diagnostics_get_n_errors (diagnostics), 1);
  assert_string_equal (diagnostics_get (diagnostics, 0)->code, "bad-when");
}

static void
conditions_that_decide_nothing_are_warned_of (void **state)
{
  g_autoptr (Diagnostics) never = diagnostics_new ();
  g_autoptr (Diagnostics) always = diagnostics_new ();
  g_autoptr (Plan) plan = compile_with ("1 > 2", never);
  g_autoptr (Plan) other = compile_with ("2 > 1", always);

  (void) state;
  assert_non_null (plan);
  assert_non_null (other);
  assert_found (never, DIAGNOSTIC_WARNING, "unreachable-when", 11, 5,
                "the 'when' of 'b' is always false: 'b' never runs");
  assert_found (always, DIAGNOSTIC_WARNING, "unreachable-when", 11, 5,
                "the 'when' of 'b' is always true: it decides nothing");
}

static void
flows_that_conditions_break_are_refused (void **state)
{
  static const struct
  {
    const char *flow;
    const char *code;
    const char *message;
  } cases[] = {
    { "graph g [P a(-> x), P c(-> x), P b ?\"x\"]", "ambiguous-symbol",
      "the 'when' of 'b' reads 'x', which both 'a' and 'c' provide" },
    { "graph g [P a(-> x), P c(-> x), P d, P b, d -> b ?\"x\"]", "ambiguous-symbol",
      "the 'when' of the link from 'd' to 'b' reads 'x', which both 'a' and 'c' provide" },
    { "graph g [P a(-> y) ?\"x\", P b(y -> x)]", "cycle", NULL },
    { "graph g [P a, P b, a -> b ?\"\"]", "bad-when",
      "the 'when' of the link from 'a' to 'b' is no condition: it ends too early" },
  };

  (void) state;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Flow) flow = story_build (cases[i].flow);
      g_autoptr (Diagnostics) diagnostics = diagnostics_new ();

      assert_null (plan_new (flow, diagnostics));
      assert_int_equal (diagnostics_get_n_errors (diagnostics), 1);
      assert_string_equal (diagnostics_get (diagnostics, 0)->code, cases[i].code);
      if (cases[i].message != NULL)
        assert_string_equal (diagnostics_get (diagnostics, 0)->message, cases[i].message);
    }
}

/* -- Retry controllers
 * -------------------------------------------------------------------------------- */

static void
assert_controller (const Plan *plan, guint place, const char *name, const char *last,
                   const char *parent)
{
  guint32 node = plan_find_atom (plan, name);
  const PlanRetry *controller = &plan->controllers[place];
  g_autofree char *end = plan_dup_name (plan, controller->end);

  assert_int_equal (plan_find_controller (plan, node), place);
  assert_int_equal (controller->node, node);
  assert_int_equal (plan->flows[controller->flow].entry + 1, node);
  assert_int_equal (plan->flows[controller->flow].end, controller->end);
  assert_string_equal (end, last);
  assert_int_equal (controller->parent,
                    parent != NULL ? plan_find_atom (plan, parent) : PLAN_NO_NODE);
  assert_int_equal (plan_get_retry (plan, node), controller->parent);
}

static void
controllers_know_what_they_control (void **state)
{
  static const char *const governed[]
      = { "a", "r1", "b", "r2", "c", "r2", "d", "r1", "e", "r3", "f", NULL };
  g_autoptr (Flow) flow = story_build (
      "linear r [linear s <Times(2) r1> [P a, linear m [linear t <Times(2) r2> [P b, P c]], P d], "
      "unordered u <Times(2) r3> [P e], P f]");
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (Plan) plan = plan_new (flow, diagnostics);

  (void) state;
  assert_non_null (plan);
  assert_int_equal (plan->n_controllers, 3);
  assert_controller (plan, 0, "r1", "s[$]", NULL);
  assert_controller (plan, 1, "r2", "t[$]", "r1");
  assert_controller (plan, 2, "r3", "u[$]", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (governed); i += 2)
    assert_int_equal (plan_get_retry (plan, plan_find_atom (plan, governed[i])),
                      governed[i + 1] != NULL ? plan_find_atom (plan, governed[i + 1])
                                              : PLAN_NO_NODE);
}

/* -- Memory
 * ------------------------------------------------------------------------------------------ */

static void
conditions_that_say_the_same_are_one (void **state)
{
  g_autoptr (Flow) flow = story_build ("linear l [P a ?\"x\", P b ?\"y\", P c ?\"x\"]");
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (Plan) plan = plan_new (flow, diagnostics);

  (void) state;
  assert_int_equal (plan->n_deciders, 3);
  assert_ptr_equal (plan->deciders[0].expression, plan->deciders[2].expression);
  assert_ptr_not_equal (plan->deciders[0].expression, plan->deciders[1].expression);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (conditions_read_where_atoms_would),
    cmocka_unit_test (a_step_waits_for_what_its_condition_reads),
    cmocka_unit_test (plans_without_deciders_keep_nothing),
    cmocka_unit_test (a_when_on_a_flow_stands_before_the_flow),
    cmocka_unit_test (a_symbol_of_nobody_is_reported_where_it_stands),
    cmocka_unit_test (a_provider_that_comes_later_is_named),
    cmocka_unit_test (what_is_no_condition_does_not_compile),
    cmocka_unit_test (what_is_never_true_or_false_does_not_compile),
    cmocka_unit_test (conditions_that_decide_nothing_are_warned_of),
    cmocka_unit_test (flows_that_conditions_break_are_refused),
    cmocka_unit_test (controllers_know_what_they_control),
    cmocka_unit_test (conditions_that_say_the_same_are_one),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
