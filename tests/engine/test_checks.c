/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of a flow before it runs: reverts that could miss something, effects that stay, symbols for nobody. At the end small
 * random flows are searched whole, through all their executions and rollbacks, and the check has to say the same as the search. The
 * seed is printed; `BACKFLOW_SEED=N` repeats one flow, `BACKFLOW_ROUNDS=N` tries more of them.
 */
#include "engine/checks.h"
#include "tests/engine/story.h"

#include <backflow/atoms/retry.h>
#include <backflow/atoms/task.h>
#include <backflow/flows/yaml/loader.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* -- Flow files --------------------------------------------------------------------------------- */

typedef struct
{
  const char *name;
  const char *steps;    /* of a flow file whose inputs are `given` and whose outputs are `wanted` */
  const char *findings; /* code, place and message of each, by lines */
} FileCase;

static const FileCase file_cases[] = {
  { "a_revert_may_need_what_came_before",
    "  - {task: a, run: make a, revert: rm a, provides: x}\n"
    "  - {task: b, run: make b, revert: rm b, revert-requires: [x]}\n",
    "" },
  { "a_revert_may_need_an_input", "  - {task: b, run: make b, revert: rm b, revert-requires: [given]}\n", "" },
  { "a_revert_may_need_its_own_result", "  - {task: b, run: make b, revert: rm b, provides: x, revert-requires: [x]}\n", "" },
  { "a_revert_needs_what_comes_after",
    "  - {task: a, run: make a, revert: rm a, revert-requires: [x]}\n"
    "  - {task: b, run: make b, revert: rm b, provides: x}\n",
    "revert-path 6:60 the revert of 'a' requires 'x', but 'b', which provides it, does not come before 'a'\n" },
  { "a_revert_needs_what_a_sibling_without_order_has",
    "  - flow: u\n"
    "    kind: unordered\n"
    "    steps:\n"
    "      - {task: a, run: make a, revert: rm a, provides: x}\n"
    "      - {task: b, run: make b, revert: rm b, revert-rebind: {y: x}}\n",
    "revert-path 10:65 the revert of 'b' requires 'x', but 'a', which provides it, does not come before 'b'\n" },
  { "a_revert_needs_what_a_graph_can_link",
    "  - flow: g\n"
    "    kind: graph\n"
    "    steps:\n"
    "      - {task: b, run: make b, revert: rm b, revert-requires: [x]}\n"
    "      - {task: a, run: make a, revert: rm a, provides: x}\n",
    "" },
  { "a_revert_needs_what_nobody_has", "  - {task: a, run: make a, revert: rm a, revert-requires: [x]}\n",
    "missing-symbol 6:60 no step before 'a' and no input provides 'x'\n" },
  { "an_execute_needs_what_comes_after",
    "  - {task: a, run: make a, revert: rm a, requires: [x]}\n"
    "  - {task: b, run: make b, revert: rm b, provides: x}\n",
    "missing-symbol 6:53 no step before 'a' and no input provides 'x'\n" },
  { "a_command_without_revert", "  - {task: a, run: make a}\n",
    "effect-without-revert 6:12 'a' has no revert: a rollback leaves what it did\n" },
  { "a_list_of_words_without_revert", "  - {task: a, run: [make, a]}\n",
    "effect-without-revert 6:12 'a' has no revert: a rollback leaves what it did\n" },
  { "commands_that_say_that_there_is_nothing_to_undo", "  - {task: a, run: make a, effects: none}\n", "" },
  { "a_last_step_that_is_irreversible", "  - {task: a, run: make a, effects: irreversible}\n", "" },
  { "commands_that_change_nothing",
    "  - {task: a, run: echo hello}\n"
    "  - {task: b, run: [cat, /etc/hosts]}\n"
    "  - {task: c, run: 'test -e \"$given\"', requires: [given]}\n"
    "  - {task: d, run: \"true\"}\n",
    "" },
  { "commands_of_which_nobody_knows",
    "  - {task: a, run: echo hello > there}\n"
    "  - {task: b, run: cat /etc/hosts | install}\n"
    "  - {task: c, run: 'echo $(install)'}\n"
    "  - {task: d, run: \"true && install\"}\n",
    "effect-without-revert 6:12 'a' has no revert: a rollback leaves what it did\n"
    "effect-without-revert 7:12 'b' has no revert: a rollback leaves what it did\n"
    "effect-without-revert 8:12 'c' has no revert: a rollback leaves what it did\n"
    "effect-without-revert 9:12 'd' has no revert: a rollback leaves what it did\n" },
  { "built_in_steps_undo_themselves", "  - {task: a, use: dir.create, with: {path: /tmp/a}}\n", "" },
  { "a_failure_after_what_is_irreversible",
    "  - {task: a, run: make a, effects: irreversible}\n"
    "  - {task: b, run: make b, revert: rm b}\n",
    "failure-after-irreversible 6:12 'a' can't be taken back, but 'b' may fail after it\n" },
  { "a_failure_beside_what_is_irreversible",
    "  - flow: u\n"
    "    kind: unordered\n"
    "    steps:\n"
    "      - {task: a, run: make a, revert: rm a}\n"
    "      - {task: b, run: make b, effects: irreversible}\n",
    "failure-after-irreversible 10:16 'b' can't be taken back, but 'a' may fail after it\n" },
  { "what_is_irreversible_comes_last_in_every_order",
    "  - flow: g\n"
    "    kind: graph\n"
    "    steps:\n"
    "      - {task: send, run: send, effects: irreversible, requires: [x, y]}\n"
    "      - {task: a, run: make a, revert: rm a, provides: x}\n"
    "      - {task: b, run: make b, revert: rm b, provides: y}\n",
    "" },
  { "two_that_are_irreversible",
    "  - {task: a, run: make a, effects: irreversible}\n"
    "  - {task: b, run: make b, effects: irreversible}\n",
    "failure-after-irreversible 6:12 'a' can't be taken back, but 'b' may fail after it\n" },
  { "what_is_irreversible_in_a_retry",
    "  - flow: f\n"
    "    retry: {times: 2}\n"
    "    steps:\n"
    "      - {task: a, run: make a, effects: irreversible}\n",
    "irreversible-in-retry 9:16 'a' can't be taken back, so flow 'f' can't be tried again once it has begun\n" },
  { "what_is_irreversible_deep_in_a_retry",
    "  - flow: f\n"
    "    retry: {for-each: [1, 2], provides: x}\n"
    "    steps:\n"
    "      - flow: g\n"
    "        retry: {always: revert}\n"
    "        steps:\n"
    "        - {task: a, run: make a, requires: [x], effects: irreversible}\n",
    "irreversible-in-retry 12:18 'a' can't be taken back, so flow 'f' can't be tried again once it has begun\n" },
  { "what_is_irreversible_in_a_retry_that_never_tries_again",
    "  - flow: f\n"
    "    retry: {always: revert}\n"
    "    steps:\n"
    "      - {task: a, run: make a, effects: irreversible}\n",
    "" },
  { "a_retry_that_tries_once",
    "  - flow: f\n"
    "    retry: {times: 1, delay: 1s}\n"
    "    steps:\n"
    "      - {task: a, run: make a, revert: rm a}\n",
    "retry-without-effect 7:12 the retry of flow 'f' tries once, as a flow without a retry does\n" },
  { "retries_that_try_once_and_have_an_effect",
    "  - flow: f\n"
    "    retry: {times: 1, revert-all: true}\n"
    "    steps:\n"
    "      - {task: a, run: make a, revert: rm a}\n"
    "  - flow: g\n"
    "    retry: {for-each: [1], provides: x}\n"
    "    steps:\n"
    "      - {task: b, run: make b, revert: rm b, requires: [x]}\n",
    "" },
  { "a_symbol_for_nobody", "  - {task: a, run: make a, effects: none, provides: x}\n",
    "unused-provides 6:53 'a' provides 'x', which nobody uses\n" },
  { "one_of_several_symbols_for_nobody",
    "  - {task: a, run: make a, effects: none, provides: [wanted, x, y]}\n"
    "  - {task: b, run: make b, effects: none, requires: [y]}\n",
    "unused-provides 6:62 'a' provides 'x', which nobody uses\n" },
  { "a_symbol_of_a_retry_for_nobody",
    "  - flow: f\n"
    "    retry: {times: 2, provides: x}\n"
    "    steps:\n"
    "      - {task: a, run: make a, revert: rm a}\n",
    "unused-provides 7:33 'f.retry' provides 'x', which nobody uses\n" },
  { "symbols_that_are_used",
    "  - {task: a, run: make a, effects: none, provides: wanted}\n"
    "  - {task: b, run: make b, effects: none, provides: {x: k, y: l, z: m}}\n"
    "  - {task: c, run: make c, revert: rm c, optional: [x], rebind: {as: y}, revert-requires: [z]}\n"
    "  - {task: d, run: make d, provides: own, revert: 'rm \"$own\"'}\n",
    "" },
};

/* The findings, by their places. */
static char *
list_findings (Diagnostics *diagnostics)
{
  GString *text = g_string_new (NULL);

  diagnostics_sort (diagnostics);
  for (guint i = 0; i < diagnostics_get_length (diagnostics); i++)
    {
      const Diagnostic *finding = diagnostics_get (diagnostics, i);

      g_string_append_printf (text, "%s %u:%u %s\n", finding->code, finding->mark.line, finding->mark.column, finding->message);
    }
  return g_string_free (text, FALSE);
}

static void
findings_are_these (void **state)
{
  const FileCase *one = *state;
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  const char *const given[] = { "given", NULL };
  const char *const wanted[] = { "wanted", NULL };
  g_autoptr (GString) source = g_string_new ("flow: test\ninputs:\n  given: {type: string}\n# of a test\nsteps:\n");
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (FlowFile) file = NULL;
  g_autoptr (Plan) plan = NULL;
  g_autofree char *findings = NULL;

  g_string_append (source, one->steps);
  bytes = g_bytes_new (source->str, source->len);
  file = flow_file_load_text ("test.yaml", bytes, NULL, diagnostics);
  assert_non_null (flow_file_get_flow (file));
  plan = plan_new (flow_file_get_flow (file), diagnostics);
  assert_non_null (plan);
  if (plan_check_inputs (plan, given, diagnostics))
    plan_check_outputs (plan, wanted, diagnostics);
  findings = list_findings (diagnostics);
  assert_string_equal (findings, one->findings);
  for (guint i = 0; i < diagnostics_get_length (diagnostics); i++)
    assert_true (diagnostics_get (diagnostics, i)->help != NULL || strcmp (diagnostics_get (diagnostics, i)->code, "missing-symbol") == 0);
}

/* -- Flows in C --------------------------------------------------------------------------------- */

static void
a_task_in_c_is_warned_of_only_when_it_says_that_it_is_reversible (void **unused)
{
  g_autoptr (Flow) flow = story_build ("linear l [P a, P b, TELL c]");
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (Plan) plan = NULL;

  (void) unused;
  atom_set_effects (flow_get_item (flow, 1).atom, ATOM_EFFECTS_REVERSIBLE);
  atom_set_effects (flow_get_item (flow, 2).atom, ATOM_EFFECTS_REVERSIBLE);
  plan = plan_new (flow, diagnostics);
  assert_non_null (plan);
  assert_int_equal (diagnostics_get_length (diagnostics), 1);
  assert_string_equal (diagnostics_get (diagnostics, 0)->message, "'b' has no revert: a rollback leaves what it did");
}

static void
a_cycle_is_all_that_is_said_of_a_flow_that_has_one (void **unused)
{
  g_autoptr (Flow) flow = story_build ("graph g [TELL a(~x -> y), TELL b(y -> x)]");
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();

  (void) unused;
  assert_null (plan_new (flow, diagnostics));
  assert_int_equal (diagnostics_get_length (diagnostics), 1);
  assert_string_equal (diagnostics_get (diagnostics, 0)->message, "steps of flow 'g' wait for each other: a -> b -> a");
}

/* -- Deciders ----------------------------------------------------------------------------------- */

/* By FlowDepth. Without an expression they are never alike. */
static const FlowDecider depths[] = {
  { .depth = FLOW_DEPTH_ALL },
  { .depth = FLOW_DEPTH_FLOW },
  { .depth = FLOW_DEPTH_NEIGHBORS },
  { .depth = FLOW_DEPTH_ATOM },
};

/* The node of an atom or of the entry of a flow. */
static guint32
find_node (const Plan *plan, const char *name)
{
  for (guint32 node = 0; node < plan_get_n_nodes (plan); node++)
    {
      g_autofree char *other = plan_dup_name (plan, node);

      if (strcmp (name, other) == 0)
        return node;
    }
  fail_msg ("no node '%s'", name);
  return PLAN_NO_NODE;
}

/* Gives a plan deciders, as the compiler would; both outlive the check only. */
static void
check_with_deciders (Plan *plan, PlanDecider *deciders, guint count, const char *const *given, Diagnostics *diagnostics)
{
  PlanDecider *before = plan->deciders;
  guint32 n_before = plan->n_deciders;

  plan->deciders = deciders;
  plan->n_deciders = count;
  (void) plan_check_inputs (plan, given, diagnostics);
  plan->deciders = before;
  plan->n_deciders = n_before;
}

typedef struct
{
  const char *name;
  const char *flow;
  const char *held; /* the nodes with deciders, in the order of nodes: "a:atom b:flow", "->l:atom" for a link into a flow */
  const char *findings;
} DeciderCase;

#define LOSES_X "revert-path 0:0 the revert of 'b' requires 'x', but 'a', which provides it, may be ignored when 'b' is not\n"

static const DeciderCase decider_cases[] = {
  { "all_takes_everything_along", "linear l [P a(-> x), P c, TELL b(~x)]", "a:all", "" },
  { "atom_leaves_the_rest", "linear l [P a(-> x), TELL b(~x)]", "a:atom", LOSES_X },
  { "neighbors_take_the_next_one", "linear l [P a(-> x), TELL b(~x)]", "a:neighbors", "" },
  { "neighbors_leave_the_one_after", "linear l [P a(-> x), P c, TELL b(~x)]", "a:neighbors", LOSES_X },
  { "flow_takes_what_follows", "linear l [P a(-> x), P c, TELL b(~x)]", "a:flow", "" },
  { "flow_leaves_what_is_outside", "linear l [linear m [P a(-> x)], TELL b(~x)]", "a:flow", LOSES_X },
  { "a_neighbor_may_be_the_provider", "linear l [P c, P a(-> x), TELL b(~x)]", "c:neighbors", LOSES_X },
  { "a_flow_as_a_whole", "linear l [linear m [P a(-> x), TELL b(~x)]]", "m:atom", "" },
  { "a_flow_and_what_follows", "linear l [linear m [P a(-> x)], TELL b(~x)]", "m:atom", LOSES_X },
  { "a_flow_and_its_neighbor", "linear l [linear m [P a(-> x)], TELL b(~x)]", "m:neighbors", "" },
  { "a_link_into_a_flow", "linear l [linear m [P a(-> x), TELL b(~x)]]", "->m:atom", LOSES_X },
  { "a_link_into_a_flow_with_neighbors", "linear l [linear m [P a(-> x), TELL b(~x)]]", "->m:neighbors", "" },
  { "another_provider_serves", "linear l [P o(-> x), P a(-> x), TELL b(~x)]", "a:atom", "" },
  { "all_providers_may_be_ignored", "linear l [P o(-> x), P a(-> x), TELL b(~x)]", "o:atom a:atom", LOSES_X },
  { "an_outer_provider_serves", "linear l [P o(-> x), linear m [P a(-> x), TELL b(~x)]]", "a:atom", "" },
  { "an_input_serves", "linear l [P a(-> given), TELL b(~given)]", "a:atom", "" },
  { "a_constant_serves", "linear l [P a(-> x), TELL b(x=1)]", "a:atom", "" },
  { "an_optional_one_may_be_absent", "linear l [P a(-> x), TELL b(?x)]", "a:atom", "" },
  { "arguments_of_both", "linear l [P a(-> x), TELL b(x)]", "a:atom", LOSES_X },
  { "an_execute_fails_and_there_is_no_revert", "linear l [P a(-> x), P b(x)]", "a:atom",
    "may-be-missing 0:0 'b' requires 'x', but 'a', which provides it, may be ignored when 'b' is not\n" },
  { "two_that_exclude_each_other", "linear l [P a(-> x), P c, P d(-> x), P e, TELL b(~x)]", "a:neighbors c:neighbors", "" },
  { "the_same_condition_on_both", "linear l [P a(-> x), TELL b(~x)]", "a:atom b:all", "" },
};

static PlanDecider
parse_decider (const Plan *plan, const char *word)
{
  static const char *const names[] = { "all", "flow", "neighbors", "atom" };
  gboolean is_link = g_str_has_prefix (word, "->");
  g_auto (GStrv) parts = g_strsplit (word + (is_link ? 2 : 0), ":", 2);
  guint depth = 0;

  while (strcmp (names[depth], parts[1]) != 0)
    depth++;
  return (PlanDecider){ .node = find_node (plan, parts[0]),
                        .first = PLAN_NO_NODE,
                        .last = PLAN_NO_NODE,
                        .is_step = !is_link,
                        .decider = &depths[depth] };
}

static void
losses_are_these (void **state)
{
  const DeciderCase *one = *state;
  g_autoptr (Flow) flow = story_build (one->flow);
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (Plan) plan = plan_new (flow, diagnostics);
  g_auto (GStrv) words = g_strsplit (one->held, " ", -1);
  const char *const given[] = { "given", NULL };
  g_autofree char *findings = NULL;
  PlanDecider deciders[4];
  FlowDecider distinct[4];
  char expressions[4][4];
  gboolean is_same = strcmp (one->name, "the_same_condition_on_both") == 0;
  guint count = 0;

  assert_non_null (plan);
  for (; words[count] != NULL; count++)
    {
      deciders[count] = parse_decider (plan, words[count]);
      distinct[count] = *deciders[count].decider;
      g_snprintf (expressions[count], sizeof expressions[count], "%u", is_same ? 0 : count);
      distinct[count].expression = expressions[count];
      deciders[count].decider = &distinct[count];
    }
  check_with_deciders (plan, deciders, count, given, diagnostics);
  findings = list_findings (diagnostics);
  assert_string_equal (findings, one->findings);
}

/* -- Random flows ------------------------------------------------------------------------------- */

#define ATOMS_MAX 6u
#define DECIDERS_MAX 3u

/* What became of an atom, in a search. */
typedef enum
{
  PART_PENDING,
  PART_RUNNING,
  PART_SUCCESS,
  PART_FAILURE,
  PART_IGNORED,
  PART_REVERTED,
} PartState;

/* A plan, all of whose executions are searched. before: by atoms, whether the first comes before the second. */
typedef struct
{
  Plan *plan;
  const guint8 *is_given;
  guint32 nodes[ATOMS_MAX * 2];
  guint n_atoms;
  gboolean before[ATOMS_MAX * 2][ATOMS_MAX * 2];
  gboolean is_lost[ATOMS_MAX * 2][4]; /* by atom and revert argument: whether it is ever missing */
  GHashTable *seen;
  GArray *stack; /* of guint64 */
  guint64 ignored;
  guint n_states;
} Search;

static gboolean
do_nothing (AtomContext *context, gpointer data, GError **error)
{
  (void) context;
  (void) data;
  (void) error;
  return TRUE;
}

static gboolean
happens (GRand *random, double probability)
{
  return g_rand_double (random) < probability;
}

static Atom *
make_atom (GRand *random, guint number)
{
  static const char *const symbols[] = { "x", "y" };
  g_autofree char *name = g_strdup_printf ("a%u", number);
  Atom *atom = task_new (name, do_nothing, do_nothing, NULL, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (symbols); i++)
    {
      if (happens (random, 0.5))
        atom_provide (atom, symbols[i]);
      else if (happens (random, 0.15))
        atom_require (atom, symbols[i]);
      if (happens (random, 0.35))
        atom_revert_require (atom, symbols[i]);
    }
  return atom;
}

static void
link_members (GRand *random, Flow *flow)
{
  for (guint i = 0; i < flow_get_n_items (flow); i++)
    for (guint j = 0; j < i; j++)
      if (happens (random, 0.4))
        flow_link_items (flow, flow_get_item (flow, happens (random, 0.9) ? j : i), flow_get_item (flow, i), NULL, NULL);
}

/* A flow of some of the atoms that are left, at most three levels deep. */
static Flow *
make_flow (GRand *random, guint *number, guint left, guint depth)
{
  g_autofree char *name = g_strdup_printf ("f%u%u", depth, *number);
  Flow *flow = flow_new ((FlowKind) g_rand_int_range (random, 0, 3), name);
  guint last = *number + left;

  if (depth > 0 && happens (random, 0.15))
    {
      flow_set_retry (flow, retry_new_times (NULL, 2));
      if (happens (random, 0.5))
        atom_provide (flow_get_retry (flow), "x");
    }
  while (*number < last)
    if (depth < 2 && happens (random, 0.3))
      flow_add_flow (flow, make_flow (random, number, (guint) g_rand_int_range (random, 1, (gint32) (last - *number) + 1), depth + 1));
    else
      flow_add (flow, make_atom (random, (*number)++));
  if (flow_get_kind (flow) == FLOW_KIND_GRAPH)
    link_members (random, flow);
  return flow;
}

/* Deciders on some nodes, one each, in the order of nodes. */
static guint
make_deciders (GRand *random, const Plan *plan, PlanDecider *deciders)
{
  guint count = 0;

  for (guint32 node = 1; node < plan_get_n_nodes (plan) && count < DECIDERS_MAX; node++)
    if (plan_get_kind (plan, node) != PLAN_NODE_FLOW_END && happens (random, 0.3))
      deciders[count++] = (PlanDecider){ .node = node,
                                         .first = PLAN_NO_NODE,
                                         .last = PLAN_NO_NODE,
                                         .is_step = happens (random, 0.5),
                                         .decider = &depths[g_rand_int_range (random, 0, 4)] };
  return count;
}

static PartState
get_part (guint64 parts, guint atom)
{
  return (PartState) (parts >> 3 * atom & 7);
}

static guint64
set_part (guint64 parts, guint atom, PartState state)
{
  return (parts & ~((guint64) 7 << 3 * atom)) | (guint64) state << 3 * atom;
}

#define ROLLING_BACK ((guint64) 1 << 62)

static guint
number_of (const Search *search, guint32 node)
{
  guint number = 0;

  while (search->nodes[number] != node)
    number++;
  return number;
}

/* Everything that comes after the node `from`, and for `only_tasks` what is reached through nothing but tasks. */
static void
mark_after (const Plan *plan, guint32 from, gboolean only_tasks, guint8 *marks)
{
  for (guint32 i = plan->successor_offsets[from]; i < plan->successor_offsets[from + 1]; i++)
    if (!only_tasks || plan->kinds[plan->successors[i]] == PLAN_NODE_TASK)
      {
        marks[plan->successors[i]] = TRUE;
        mark_after (plan, plan->successors[i], only_tasks, marks);
      }
}

static void
ignore_behind (const Plan *plan, guint32 node, FlowDepth depth, guint8 *ignored)
{
  if (depth == FLOW_DEPTH_ALL || depth == FLOW_DEPTH_FLOW)
    mark_after (plan, node, depth == FLOW_DEPTH_FLOW, ignored);
  for (guint32 i = plan->successor_offsets[node]; depth == FLOW_DEPTH_NEIGHBORS && i < plan->successor_offsets[node + 1]; i++)
    if (plan->kinds[plan->successors[i]] == PLAN_NODE_TASK)
      ignored[plan->successors[i]] = TRUE;
}

static void
ignore_first (const Plan *plan, guint32 entry, FlowDepth depth, guint8 *ignored)
{
  for (guint32 i = plan->successor_offsets[entry]; i < plan->successor_offsets[entry + 1]; i++)
    if (plan_is_atom (plan, plan->successors[i]))
      {
        ignored[plan->successors[i]] = TRUE;
        ignore_behind (plan, plan->successors[i], depth, ignored);
      }
    else if (plan->kinds[plan->successors[i]] == PLAN_NODE_FLOW)
      ignore_first (plan, plan->successors[i], depth, ignored);
}

static void
say_no (const Plan *plan, const PlanDecider *decider, guint8 *ignored)
{
  FlowDepth depth = decider->decider->depth;
  guint32 end = decider->node;

  if (!plan_is_atom (plan, decider->node) && !decider->is_step)
    {
      ignore_first (plan, decider->node, depth, ignored);
      return;
    }
  if (!plan_is_atom (plan, decider->node))
    end = plan_get_flow_end (plan, decider->node);
  for (guint32 node = decider->node; node <= end; node++)
    ignored[node] = TRUE;
  ignore_behind (plan, end, depth, ignored);
}

/* Who is ignored when those deciders say no whose bit is set: asked from the first to the last in an order of execution. */
static guint64
find_ignored (const Search *search, const PlanDecider *deciders, guint count, guint nays)
{
  const Plan *plan = search->plan;
  guint8 ignored[64] = { 0 };
  gboolean is_asked[DECIDERS_MAX] = { FALSE };
  guint64 parts = 0;

  for (guint round = 0; round < count; round++)
    {
      guint next = count;

      /* One before which no other one comes that was not asked. */
      for (guint i = 0; i < count && next == count; i++)
        {
          gboolean is_first = !is_asked[i];

          for (guint j = 0; j < count && is_first; j++)
            {
              guint8 after[64] = { 0 };

              mark_after (plan, deciders[j].node, FALSE, after);
              is_first = is_asked[j] || !after[deciders[i].node];
            }
          next = is_first ? i : count;
        }
      assert_true (next < count);
      is_asked[next] = TRUE;
      if ((nays >> next & 1) != 0 && !(plan_is_atom (plan, deciders[next].node) && ignored[deciders[next].node]))
        say_no (plan, &deciders[next], ignored);
    }
  for (guint i = 0; i < search->n_atoms; i++)
    if (ignored[search->nodes[i]])
      parts = set_part (parts, i, PART_IGNORED);
  return parts;
}

static void
push (Search *search, guint64 parts)
{
  guint64 *key = g_memdup2 (&parts, sizeof parts);

  if (g_hash_table_add (search->seen, key))
    g_array_append_val (search->stack, parts);
}

static gboolean
may_execute (const Search *search, guint64 parts, guint atom)
{
  for (guint other = 0; other < search->n_atoms; other++)
    if (search->before[other][atom] && get_part (parts, other) != PART_SUCCESS && get_part (parts, other) != PART_IGNORED)
      return FALSE;
  return get_part (parts, atom) == PART_PENDING;
}

static gboolean
may_revert (const Search *search, guint64 parts, guint atom)
{
  PartState state = get_part (parts, atom);

  for (guint other = 0; other < search->n_atoms; other++)
    {
      PartState after = get_part (parts, other);

      if (search->before[atom][other] && (after == PART_RUNNING || after == PART_SUCCESS || after == PART_FAILURE))
        return FALSE;
    }
  return state == PART_SUCCESS || state == PART_FAILURE;
}

/* Whether a provider of the scope has a value, by the rule of binding.c. */
static gboolean
has_value (const Search *search, guint64 parts, guint32 at)
{
  gboolean has_seen = FALSE;

  for (const PlanScope *scope; at != 0; at = scope->next)
    {
      scope = &g_array_index (search->plan->scopes, PlanScope, at);
      for (guint32 i = scope->high; i-- > scope->low;)
        {
          PartState state = get_part (parts, number_of (search, search->plan->providers[i].node));

          if (state == PART_SUCCESS)
            return TRUE;
          has_seen |= state != PART_IGNORED;
        }
      if (scope->is_level && has_seen)
        return FALSE;
    }
  return FALSE;
}

static void
look_at_revert (Search *search, guint64 parts, guint atom)
{
  guint count;
  const PlanArgument *bindings = plan_get_bindings (search->plan, search->nodes[atom], ATOM_ACTION_REVERT, &count);

  for (guint i = 0; i < count; i++)
    search->is_lost[atom][i] |= bindings[i].injected == NULL && !bindings[i].is_own && !search->is_given[bindings[i].symbol]
                                && !has_value (search, parts, bindings[i].scope);
}

/* All that can happen next: an atom starts, ends well or badly, or is reverted; somebody cancels. */
static void
visit (Search *search, guint64 parts)
{
  gboolean is_rolling_back = (parts & ROLLING_BACK) != 0;

  search->n_states++;
  if (!is_rolling_back)
    push (search, parts | ROLLING_BACK);
  for (guint atom = 0; atom < search->n_atoms; atom++)
    {
      if (!is_rolling_back && may_execute (search, parts, atom))
        push (search, set_part (parts, atom, PART_RUNNING));
      if (get_part (parts, atom) == PART_RUNNING)
        {
          push (search, set_part (parts, atom, PART_SUCCESS));
          push (search, set_part (parts, atom, PART_FAILURE) | ROLLING_BACK);
        }
      if (is_rolling_back && may_revert (search, parts, atom))
        {
          look_at_revert (search, parts, atom);
          push (search, set_part (parts, atom, PART_REVERTED));
        }
    }
}

static void
search_from (Search *search, guint64 parts)
{
  search->seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  search->stack = g_array_new (FALSE, FALSE, sizeof (guint64));
  push (search, parts);
  while (search->stack->len > 0)
    {
      parts = g_array_index (search->stack, guint64, search->stack->len - 1);
      g_array_set_size (search->stack, search->stack->len - 1);
      visit (search, parts);
    }
  g_hash_table_unref (search->seen);
  g_array_unref (search->stack);
}

static void
search_init (Search *search, Plan *plan, const guint8 *is_given)
{
  *search = (Search){ .plan = plan, .is_given = is_given };
  for (guint32 node = 0; node < plan->n_nodes; node++)
    if (plan_is_atom (plan, node))
      search->nodes[search->n_atoms++] = node;
  for (guint i = 0; i < search->n_atoms; i++)
    {
      guint8 after[64] = { 0 };

      mark_after (plan, search->nodes[i], FALSE, after);
      for (guint j = 0; j < search->n_atoms; j++)
        search->before[i][j] = after[search->nodes[j]];
    }
}

/* Whether an error says that the symbol may be missing for the revert of the atom. */
static gboolean
is_reported (const Diagnostics *diagnostics, const char *atom, const char *symbol)
{
  g_autofree char *lost = g_strdup_printf ("the revert of '%s' requires '%s',", atom, symbol);
  g_autofree char *missing = g_strdup_printf ("no step before '%s' and no input provides '%s'", atom, symbol);
  gboolean is_found = FALSE;

  for (guint i = 0; i < diagnostics_get_length (diagnostics); i++)
    {
      const Diagnostic *finding = diagnostics_get (diagnostics, i);

      is_found |= finding->severity == DIAGNOSTIC_ERROR
                  && (g_str_has_prefix (finding->message, lost) || strcmp (finding->message, missing) == 0);
    }
  return is_found;
}

/* What a failed comparison is about, for whoever repeats it. */
static void
print_flow (const Search *search, const PlanDecider *deciders, guint n_deciders)
{
  const Plan *plan = search->plan;

  for (guint32 node = 0; node < plan->n_nodes; node++)
    {
      g_autofree char *name = plan_dup_name (plan, node);
      guint count = 0;
      const AtomProvided *provided = plan_is_atom (plan, node) ? atom_get_provides (plan_get_atom (plan, node), &count) : NULL;

      print_message ("# %s", name);
      for (guint i = 0; i < count; i++)
        print_message (" provides %s", provided[i].symbol);
      for (guint i = 0; i < n_deciders; i++)
        if (deciders[i].node == node)
          print_message (" %s decider of depth %d", deciders[i].is_step ? "own" : "link", deciders[i].decider->depth);
      print_message (" before");
      for (guint32 i = plan->successor_offsets[node]; i < plan->successor_offsets[node + 1]; i++)
        {
          g_autofree char *after = plan_dup_name (plan, plan->successors[i]);

          print_message (" %s", after);
        }
      print_message ("\n");
    }
}

/* Both say the same of every argument. Returns: how many may be lost. */
static guint
compare (const Search *search, const PlanDecider *deciders, guint n_deciders, const Diagnostics *diagnostics, guint32 seed)
{
  guint n_lost = 0;

  for (guint atom = 0; atom < search->n_atoms; atom++)
    {
      const Atom *one = plan_get_atom (search->plan, search->nodes[atom]);
      guint count;
      const AtomArgument *arguments = atom_get_arguments (one, ATOM_ACTION_REVERT, &count);

      for (guint i = 0; i < count; i++)
        {
          gboolean is_lost = search->is_lost[atom][i];

          n_lost += is_lost ? 1 : 0;
          if (is_lost == is_reported (diagnostics, atom_get_name (one), arguments[i].symbol))
            continue;
          print_flow (search, deciders, n_deciders);
          fail_msg ("seed %u: '%s' of the revert of '%s' %s, but the check says otherwise", seed, arguments[i].symbol,
                    atom_get_name (one), is_lost ? "may be lost" : "is always there");
        }
    }
  return n_lost;
}

typedef struct
{
  guint n_flows;
  guint n_arguments_lost;
  guint n_deciders;
  guint64 n_states;
} Tally;

static void
check_random_flow (guint32 seed, Tally *tally)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  guint number = 0;
  g_autoptr (Flow) flow = make_flow (random, &number, (guint) g_rand_int_range (random, 2, ATOMS_MAX + 1), 0);
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (Plan) plan = plan_new (flow, diagnostics);
  const char *given[] = { happens (random, 0.1) ? "x" : NULL, NULL };
  g_autofree guint8 *is_given = NULL;
  PlanDecider deciders[DECIDERS_MAX];
  guint n_deciders;
  Search search;

  if (plan == NULL || plan->symbols == NULL)
    return; /* ambiguous, or a cycle, or nothing to look for */
  is_given = g_new0 (guint8, (gsize) plan->symbols->len + 1);
  for (guint i = 0; i < plan->symbols->len; i++)
    is_given[i] = given[0] != NULL && strcmp (plan->symbols->pdata[i], given[0]) == 0;
  n_deciders = happens (random, 0.8) ? make_deciders (random, plan, deciders) : 0;
  check_with_deciders (plan, deciders, n_deciders, given, diagnostics);
  search_init (&search, plan, is_given);
  for (guint nays = 0; nays < 1u << n_deciders; nays++)
    search_from (&search, find_ignored (&search, deciders, n_deciders, nays));
  tally->n_arguments_lost += compare (&search, deciders, n_deciders, diagnostics, seed);
  tally->n_flows++;
  tally->n_deciders += n_deciders;
  tally->n_states += search.n_states;
}

static void
the_check_says_what_a_search_of_all_executions_finds (void **unused)
{
  const char *given = g_getenv ("BACKFLOW_SEED");
  const char *wanted = g_getenv ("BACKFLOW_ROUNDS");
  guint32 seed = given != NULL ? (guint32) strtoul (given, NULL, 10) : g_random_int ();
  guint rounds = given != NULL ? 1 : wanted != NULL ? (guint) strtoul (wanted, NULL, 10) : 1000;
  Tally tally = { 0 };

  (void) unused;
  print_message ("# seeds from %u\n", seed);
  for (guint i = 0; i < rounds; i++)
    check_random_flow (seed + i, &tally);
  print_message ("# %u flows with %u deciders, %" G_GUINT64_FORMAT " states, %u arguments that may be lost\n", tally.n_flows,
                 tally.n_deciders, tally.n_states, tally.n_arguments_lost);
  assert_true (given != NULL || tally.n_flows > rounds / 4);
}

int
main (void)
{
  GArray *tests = g_array_new (FALSE, FALSE, sizeof (struct CMUnitTest));
  const struct CMUnitTest single[] = { cmocka_unit_test (a_task_in_c_is_warned_of_only_when_it_says_that_it_is_reversible),
                                       cmocka_unit_test (a_cycle_is_all_that_is_said_of_a_flow_that_has_one),
                                       cmocka_unit_test (the_check_says_what_a_search_of_all_executions_finds) };
  int failures;

  for (guint i = 0; i < G_N_ELEMENTS (file_cases); i++)
    {
      struct CMUnitTest test = { file_cases[i].name, findings_are_these, NULL, NULL, (gpointer) (guintptr) &file_cases[i] };

      g_array_append_val (tests, test);
    }
  for (guint i = 0; i < G_N_ELEMENTS (decider_cases); i++)
    {
      struct CMUnitTest test = { decider_cases[i].name, losses_are_these, NULL, NULL, (gpointer) (guintptr) &decider_cases[i] };

      g_array_append_val (tests, test);
    }
  g_array_append_vals (tests, single, G_N_ELEMENTS (single));
  failures = _cmocka_run_group_tests ("checks", (const struct CMUnitTest *) (gconstpointer) tests->data, tests->len, NULL, NULL);
  g_array_unref (tests);
  return failures;
}
