/* SPDX-License-Identifier: Apache-2.0 */
/* The compiler: nodes and edges, scopes, what is refused, and that its work grows with the size of
 * the flow only. */
#include "tests/engine/story.h"

#include <backflow/atoms/task.h>
#include <backflow/engine/plan/checks_inputs.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static int
compare_strings (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* All edges of the plan as "a-b c-d", sorted. */
static char *
list_edges (const Plan *plan)
{
  g_autoptr (GPtrArray) edges = g_ptr_array_new_with_free_func (g_free);

  for (guint32 node = 0; node < plan_get_n_nodes (plan); node++)
    {
      guint count;
      const guint32 *successors = plan_get_successors (plan, node, &count);

      for (guint i = 0; i < count; i++)
        {
          g_autofree char *from = plan_dup_name (plan, node);
          g_autofree char *to = plan_dup_name (plan, successors[i]);

          g_ptr_array_add (edges, g_strdup_printf ("%s-%s", from, to));
        }
    }
  g_ptr_array_sort (edges, compare_strings);
  g_ptr_array_add (edges, NULL);
  return g_strjoinv (" ", (char **) edges->pdata);
}

typedef struct
{
  const char *name;
  const char *flow;
  const char *edges;
} EdgeCase;

static const EdgeCase edge_cases[] = {
  { "linear", "linear test [P a, P b, P c, linear sub [P d]]",
    "a-b b-c c-sub d-sub[$] sub-d sub[$]-test[$] test-a" },
  { "unordered_in_linear", "linear lt [P a, unordered ut [P b, P c], P d]",
    "a-ut b-ut[$] c-ut[$] d-lt[$] lt-a ut-b ut-c ut[$]-d" },
  { "empty_flow_in_linear", "linear lf [P a, unordered e [], P b]",
    "a-e b-lf[$] e-e[$] e[$]-b lf-a" },
  { "graph_that_needs_what_a_subflow_provides", "graph test [P a(x), linear t2 [P b(-> x), P c]]",
    "a-test[$] b-c c-t2[$] t2-b t2[$]-a test-t2" },
  { "subflow_that_needs_what_a_task_provides", "graph test [P a(-> x), linear t2 [P b, P c(x)]]",
    "a-t2 b-c c-t2[$] t2-b t2[$]-test[$] test-a" },
  { "links_of_a_graph", "graph g [P a, P b, P c, a -> c, b -> c]", "a-c b-c c-g[$] g-a g-b" },
  { "empty_graph", "graph g []", "g-g[$]" },
  { "nested_empty_flows", "linear l [graph g [], unordered u [linear m []]]",
    "g-g[$] g[$]-u l-g m-m[$] m[$]-u[$] u-m u[$]-l[$]" },
};

static void
edges_are_these (void **state)
{
  const EdgeCase *one = *state;
  g_autoptr (Flow) flow = story_build (one->flow);
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (Plan) plan = plan_new (flow, diagnostics);
  g_autofree char *edges = NULL;

  assert_non_null (plan);
  edges = list_edges (plan);
  assert_string_equal (edges, one->edges);
}

typedef struct
{
  const char *name;
  const char *flow;
  const char *atom;
  const char *providers; /* of its first argument, in order; "a | b" where b counts only when a was
                            ignored */
} ScopeCase;

static const ScopeCase scope_cases[] = {
  { "all_before_in_a_linear_flow",
    "linear root [P a1(-> x), P a2(-> x), P a3(-> x), linear sub [P s1(-> x), P s2(-> x)], P "
    "a4(x)]",
    "a4", "s2 s1 a3 a2 a1" },
  { "nothing_before_the_first", "linear root [P a1(x), P a2(-> x)]", "a1", "" },
  { "an_optional_argument_is_not_waited_for", "graph g [P one(-> x), P two(?x)]", "two", "" },
  { "what_is_outside_comes_second", "linear root [P a1(-> x), linear sub [P s1(-> x), P s2(x)]]",
    "s2", "s1 | a1" },
  { "a_subflow_sees_the_outside", "linear root [P a1(-> x), P a2(-> x), linear sub [P s1(x)]]",
    "s1", "a2 a1" },
  { "siblings_of_an_unordered_flow_are_not_seen",
    "linear root [P a1(-> x), unordered u [P s0(-> x), P s1(x)]]", "s1", "a1" },
  { "members_of_an_unordered_flow_are_seen_from_after_it",
    "linear root [P a1(-> x), unordered u [P s0(-> x), P s1(-> x)], P c(x)]", "c", "s1 s0 a1" },
  { "only_ancestors_of_a_graph_are_seen",
    "graph g [P one(-> x), P two(-> x), P three(x), one -> three]", "three", "one" },
  { "ancestors_of_ancestors_are_seen",
    "graph g [P one(-> x), P two(-> x), P three(x), one -> two, two -> three]", "three",
    "two one" },
  { "levels_of_three_flows",
    "linear r [P a(-> x), graph g [P b(-> x), linear l [P c(-> x), P d(x)], b -> l]]", "d",
    "c | b | a" },
};

static char *
list_providers (const Plan *plan, const char *atom)
{
  PlanProvider providers[20];
  guint count = plan_get_providers (plan, plan_find_atom (plan, atom), ATOM_ACTION_EXECUTE, 0,
                                    providers, G_N_ELEMENTS (providers));
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < count; i++)
    {
      /* The flag says outer, not how far: each further level is told apart by the flow. */
      gboolean is_next = i > 0
                         && plan_get_flow (plan, providers[i].node)
                                != plan_get_flow (plan, providers[i - 1].node)
                         && providers[i].is_outer;

      g_string_append_printf (text, "%s%s",
                              is_next ? " | "
                              : i > 0 ? " "
                                      : "",
                              atom_get_name (plan_get_atom (plan, providers[i].node)));
    }
  return g_string_free (text, FALSE);
}

static void
providers_are_these (void **state)
{
  const ScopeCase *one = *state;
  g_autoptr (Flow) flow = story_build (one->flow);
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (Plan) plan = plan_new (flow, diagnostics);
  g_autofree char *providers = NULL;

  assert_non_null (plan);
  providers = list_providers (plan, one->atom);
  assert_string_equal (providers, one->providers);
}

typedef struct
{
  const char *name;
  const char *flow;
  const char *code;
  const char *message;
} RefusedCase;

static const RefusedCase refused_cases[] = {
  { "same_names_in_one_flow", "linear f [P a, P a]", "duplicate-name",
    "there are two atoms named 'a'" },
  { "same_names_in_different_flows", "linear f [P a, unordered u [P b, linear l [P a]]]",
    "duplicate-name", "there are two atoms named 'a'" },
  { "two_providers_without_links", "graph g [P one(-> a), P two(-> a), P three(a)]",
    "ambiguous-symbol", "'three' requires 'a', which both 'one' and 'two' provide" },
  { "a_cycle_of_links", "graph g [P a, P b, P c, a -> b, b -> c, c -> a]", "cycle",
    "steps of flow 'g' wait for each other: a -> b -> c -> a" },
  { "a_link_to_itself", "graph g [P a, a -> a]", "cycle",
    "steps of flow 'g' wait for each other: a -> a" },
  { "a_cycle_of_symbols", "graph g [P a(x -> y), P b(y -> x)]", "cycle",
    "steps of flow 'g' wait for each other: a -> b -> a" },
  { "a_cycle_of_both", "graph g [P a(x), P b(-> x), a -> b]", "cycle",
    "steps of flow 'g' wait for each other: a -> b -> a" },
  { "a_cycle_through_a_subflow", "graph g [linear l [P a(x -> y)], P b(y -> x)]", "cycle",
    "steps of flow 'g' wait for each other: l -> b -> l" },
};

static void
it_is_refused (void **state)
{
  const RefusedCase *one = *state;
  g_autoptr (Flow) flow = story_build (one->flow);
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();

  assert_null (plan_new (flow, diagnostics));
  assert_int_equal (diagnostics_get_n_errors (diagnostics), 1);
  assert_string_equal (diagnostics_get (diagnostics, 0)->code, one->code);
  assert_string_equal (diagnostics_get (diagnostics, 0)->message, one->message);
}

static void
a_target_leaves_out_what_it_does_not_depend_on (void **unused)
{
  g_autoptr (Flow) flow
      = story_build ("graph tf [P a(-> x), P b(x -> y), P c(x), P d, linear l [P e(y)]]");
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autofree char *edges = NULL;
  g_autoptr (Plan) plan = NULL;

  (void) unused;
  flow_set_target (flow, flow_get_item (flow, 1));
  plan = plan_new (flow, diagnostics);
  edges = list_edges (plan);
  assert_string_equal (edges, "a-b b-tf[$] tf-a");
  assert_int_equal (plan_find_atom (plan, "c"), PLAN_NO_NODE);
  g_clear_pointer (&plan, plan_free);
  g_clear_pointer (&edges, g_free);
  flow_set_target (flow, (FlowItem){ NULL, NULL });
  plan = plan_new (flow, diagnostics);
  assert_int_not_equal (plan_find_atom (plan, "d"), PLAN_NO_NODE);
}

static void
symbols_that_nobody_provides_are_inputs (void **unused)
{
  g_autoptr (Flow) flow = story_build ("graph g [P a(zeta ?never -> x), P b(x alpha k=1)]");
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (Plan) plan = plan_new (flow, diagnostics);
  const char *const *inputs = plan_get_inputs (plan);
  const char *const given[] = { "zeta", "alpa", NULL };

  (void) unused;
  assert_string_equal (inputs[0], "alpha");
  assert_string_equal (inputs[1], "zeta");
  assert_null (inputs[2]);
  assert_false (plan_check_inputs (plan, given, diagnostics));
  assert_int_equal (diagnostics_get_n_errors (diagnostics), 1);
  assert_string_equal (diagnostics_get (diagnostics, 0)->message,
                       "no step before 'b' and no input provides 'alpha'");
  assert_string_equal (diagnostics_get (diagnostics, 0)->help, "did you mean 'alpa'?");
}

static void
the_order_is_that_of_the_serial_engine (void **unused)
{
  g_autoptr (Flow) flow = story_build ("unordered u [P a, linear l [P b(!1), P c], P d(!5)]");
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (Plan) plan = plan_new (flow, diagnostics);
  guint count;
  g_autofree guint32 *order = plan_dup_order (plan, &count);
  const char *const names[] = { "d", "b", "a", "c" };

  (void) unused;
  assert_int_equal (count, 4);
  for (guint i = 0; i < count; i++)
    assert_string_equal (atom_get_name (plan_get_atom (plan, order[i])), names[i]);
}

/* -- Size ---------------------------------------------------------------------------------------
 */

enum
{
  MILLION = 1000000,
  DEEP = 10000,
  SIDE = 1000,
};

static Atom *
add_task (Flow *flow, guint number)
{
  char name[16];
  Atom *atom;

  g_snprintf (name, sizeof name, "t%u", number);
  atom = task_new (name, NULL, NULL, NULL, NULL);
  flow_add (flow, atom);
  return atom;
}

/* Compiles a flow, takes it, and compares the numbers of nodes and edges. */
static void
assert_compiles (Flow *flow, guint32 n_nodes, guint32 n_edges)
{
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (Plan) plan = plan_new (flow, diagnostics);
  guint32 edges = 0;

  assert_non_null (plan);
  assert_int_equal (plan_get_n_nodes (plan), n_nodes);
  for (guint32 node = 0; node < n_nodes; node++)
    {
      guint count;

      (void) plan_get_successors (plan, node, &count);
      edges += count;
    }
  assert_int_equal (edges, n_edges);
  flow_unref (flow);
}

static void
a_million_tasks_in_a_linear_flow_compile (void **unused)
{
  Flow *flow = flow_new_linear ("f");

  (void) unused;
  for (guint i = 0; i < MILLION; i++)
    add_task (flow, i);
  assert_compiles (flow, MILLION + 2, MILLION + 1);
}

static void
a_million_tasks_in_an_unordered_flow_compile (void **unused)
{
  Flow *flow = flow_new_unordered ("f");

  (void) unused;
  for (guint i = 0; i < MILLION; i++)
    add_task (flow, i);
  assert_compiles (flow, MILLION + 2, 2 * MILLION);
}

static void
a_nest_of_ten_thousand_flows_compiles (void **unused)
{
  Flow *root = flow_new_linear ("f");
  Flow *inner = root;

  (void) unused;
  for (guint i = 0; i < DEEP; i++)
    {
      Flow *next = flow_new (i % 3 == 0   ? FLOW_KIND_LINEAR
                             : i % 3 == 1 ? FLOW_KIND_UNORDERED
                                          : FLOW_KIND_GRAPH,
                             "n");
      Atom *atom = add_task (inner, i);

      /* Everyone provides a symbol that everyone further in could read. */
      atom_provide (atom, "x");
      if (i > 0)
        atom_accept (atom, "x");
      flow_add_flow (inner, next);
      inner = next;
    }
  {
    g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
    g_autoptr (Plan) plan = plan_new (root, diagnostics);

    assert_non_null (plan);
    assert_int_equal (plan_get_n_nodes (plan), 2 * (DEEP + 1) + DEEP);
  }
  flow_unref (root);
}

static void
a_grid_of_a_thousand_by_a_thousand_compiles (void **unused)
{
  Flow *flow = flow_new_graph ("f");
  g_autofree Atom **atoms = g_new (Atom *, MILLION);

  (void) unused;
  for (guint i = 0; i < MILLION; i++)
    {
      atoms[i] = add_task (flow, i);
      if (i % SIDE > 0)
        flow_link (flow, atoms[i - 1], atoms[i]);
      if (i >= SIDE)
        flow_link (flow, atoms[i - SIDE], atoms[i]);
    }
  assert_compiles (flow, MILLION + 2, 2 * SIDE * (SIDE - 1) + 2);
}

static void
a_chain_of_symbols_in_a_graph_compiles (void **unused)
{
  enum
  {
    LENGTH = 100000
  };
  Flow *flow = flow_new_graph ("f");

  (void) unused;
  for (guint i = LENGTH; i-- > 0;)
    {
      char symbol[16];
      Atom *atom = add_task (flow, i);

      g_snprintf (symbol, sizeof symbol, "s%u", i);
      atom_provide (atom, symbol);
      g_snprintf (symbol, sizeof symbol, "s%u", i - 1);
      if (i > 0)
        atom_require (atom, symbol);
    }
  assert_compiles (flow, LENGTH + 2, LENGTH + 1);
}

static void
one_symbol_of_a_hundred_thousand_providers_compiles (void **unused)
{
  enum
  {
    LENGTH = 100000
  };
  Flow *flow = flow_new_linear ("f");

  (void) unused;
  for (guint i = 0; i < LENGTH; i++)
    {
      Atom *atom = add_task (flow, i);

      atom_accept (atom, "value");
      atom_provide (atom, "value");
    }
  assert_compiles (flow, LENGTH + 2, LENGTH + 1);
}

int
main (void)
{
  struct CMUnitTest tests[64] = {
    cmocka_unit_test (a_target_leaves_out_what_it_does_not_depend_on),
    cmocka_unit_test (symbols_that_nobody_provides_are_inputs),
    cmocka_unit_test (the_order_is_that_of_the_serial_engine),
    cmocka_unit_test (a_million_tasks_in_a_linear_flow_compile),
    cmocka_unit_test (a_million_tasks_in_an_unordered_flow_compile),
    cmocka_unit_test (a_nest_of_ten_thousand_flows_compiles),
    cmocka_unit_test (a_grid_of_a_thousand_by_a_thousand_compiles),
    cmocka_unit_test (a_chain_of_symbols_in_a_graph_compiles),
    cmocka_unit_test (one_symbol_of_a_hundred_thousand_providers_compiles),
  };
  guint count = 9;

  for (guint i = 0; i < G_N_ELEMENTS (edge_cases); i++)
    tests[count++] = (struct CMUnitTest){ edge_cases[i].name, edges_are_these, NULL, NULL,
                                          (gpointer) (guintptr) &edge_cases[i] };
  for (guint i = 0; i < G_N_ELEMENTS (scope_cases); i++)
    tests[count++] = (struct CMUnitTest){ scope_cases[i].name, providers_are_these, NULL, NULL,
                                          (gpointer) (guintptr) &scope_cases[i] };
  for (guint i = 0; i < G_N_ELEMENTS (refused_cases); i++)
    tests[count++] = (struct CMUnitTest){ refused_cases[i].name, it_is_refused, NULL, NULL,
                                          (gpointer) (guintptr) &refused_cases[i] };
  return _cmocka_run_group_tests ("plan", tests, count, NULL, NULL);
}
