/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of a flow before it runs: reverts that could miss something, effects that stay,
 * symbols for nobody. */
#include "tests/engine/story.h"

#include <backflow/atoms/task.h>
#include <backflow/engine/plan/checks_inputs.h>
#include <backflow/engine/plan/checks_unused.h>
#include <backflow/flows/yaml/loader.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* -- Flow files ---------------------------------------------------------------------------------
 */

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
  { "a_revert_may_need_an_input",
    "  - {task: b, run: make b, revert: rm b, revert-requires: [given]}\n", "" },
  { "a_revert_may_need_its_own_result",
    "  - {task: b, run: make b, revert: rm b, provides: x, revert-requires: [x]}\n", "" },
  { "a_revert_needs_what_comes_after",
    "  - {task: a, run: make a, revert: rm a, revert-requires: [x]}\n"
    "  - {task: b, run: make b, revert: rm b, provides: x}\n",
    "revert-path 6:60 the revert of 'a' requires 'x', but 'b', which provides it, does not come "
    "before 'a'\n" },
  { "a_revert_needs_what_a_sibling_without_order_has",
    "  - flow: u\n"
    "    kind: unordered\n"
    "    steps:\n"
    "      - {task: a, run: make a, revert: rm a, provides: x}\n"
    "      - {task: b, run: make b, revert: rm b, revert-rebind: {y: x}}\n",
    "revert-path 10:65 the revert of 'b' requires 'x', but 'a', which provides it, does not come "
    "before 'b'\n" },
  { "a_revert_needs_what_a_graph_can_link",
    "  - flow: g\n"
    "    kind: graph\n"
    "    steps:\n"
    "      - {task: b, run: make b, revert: rm b, revert-requires: [x]}\n"
    "      - {task: a, run: make a, revert: rm a, provides: x}\n",
    "" },
  { "a_revert_needs_what_nobody_has",
    "  - {task: a, run: make a, revert: rm a, revert-requires: [x]}\n",
    "missing-symbol 6:60 no step before 'a' and no input provides 'x'\n" },
  { "an_execute_needs_what_comes_after",
    "  - {task: a, run: make a, revert: rm a, requires: [x]}\n"
    "  - {task: b, run: make b, revert: rm b, provides: x}\n",
    "missing-symbol 6:53 no step before 'a' and no input provides 'x'\n" },
  { "a_command_without_revert", "  - {task: a, run: make a}\n",
    "effect-without-revert 6:12 'a' has no revert: a rollback leaves what it did\n" },
  { "a_list_of_words_without_revert", "  - {task: a, run: [make, a]}\n",
    "effect-without-revert 6:12 'a' has no revert: a rollback leaves what it did\n" },
  { "commands_that_say_that_there_is_nothing_to_undo",
    "  - {task: a, run: make a, effects: none}\n", "" },
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
  { "built_in_steps_undo_themselves", "  - {task: a, use: dir.create, with: {path: /tmp/a}}\n",
    "" },
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
    "irreversible-in-retry 9:16 'a' can't be taken back, so flow 'f' can't be tried again once it "
    "has begun\n" },
  { "what_is_irreversible_deep_in_a_retry",
    "  - flow: f\n"
    "    retry: {for-each: [1, 2], provides: x}\n"
    "    steps:\n"
    "      - flow: g\n"
    "        retry: {always: revert}\n"
    "        steps:\n"
    "        - {task: a, run: make a, requires: [x], effects: irreversible}\n",
    "irreversible-in-retry 12:18 'a' can't be taken back, so flow 'f' can't be tried again once it "
    "has begun\n" },
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
    "retry-without-effect 7:12 the retry of flow 'f' tries once, as a flow without a retry "
    "does\n" },
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
    "  - {task: c, run: make c, revert: rm c, optional: [x], rebind: {as: y}, revert-requires: "
    "[z]}\n"
    "  - {task: d, run: make d, provides: own, revert: 'rm \"$own\"'}\n",
    "" },
  { "a_symbol_that_a_condition_reads",
    "  - {task: a, run: make a, effects: none, provides: x}\n"
    "  - {task: b, run: make b, effects: none, when: x > 1}\n",
    "" },
  { "a_flow_that_is_ignored_as_a_whole",
    "  - flow: f\n"
    "    when: given = 'yes'\n"
    "    depth: atom\n"
    "    steps:\n"
    "      - {task: a, run: make a, revert: rm a, provides: x}\n"
    "      - {task: b, run: make b, revert: rm b, revert-requires: [x]}\n",
    "" },
  { "what_follows_a_flow_that_is_ignored",
    "  - flow: f\n"
    "    when: given = 'yes'\n"
    "    depth: atom\n"
    "    steps:\n"
    "      - {task: a, run: make a, revert: rm a, provides: x}\n"
    "  - {task: b, run: make b, revert: rm b, revert-requires: [x]}\n",
    "revert-path 11:60 the revert of 'b' requires 'x', but 'a', which provides it, may be ignored "
    "when 'b' is not\n" },
  { "a_flow_with_the_same_condition",
    "  - flow: f\n"
    "    when: given = 'yes'\n"
    "    depth: flow\n"
    "    steps:\n"
    "      - {task: a, run: make a, revert: rm a, provides: x}\n"
    "  - flow: g\n"
    "    when: given = 'yes'\n"
    "    depth: flow\n"
    "    steps:\n"
    "      - {task: b, run: make b, revert: rm b, revert-requires: [x]}\n",
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

      g_string_append_printf (text, "%s %u:%u %s\n", finding->code, finding->mark.line,
                              finding->mark.column, finding->message);
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
  g_autoptr (GString) source
      = g_string_new ("flow: test\ninputs:\n  given: {type: string}\n# of a test\nsteps:\n");
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
    assert_true (diagnostics_get (diagnostics, i)->help != NULL
                 || strcmp (diagnostics_get (diagnostics, i)->code, "missing-symbol") == 0);
}

/* -- Flows in C ---------------------------------------------------------------------------------
 */

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
  assert_string_equal (diagnostics_get (diagnostics, 0)->message,
                       "'b' has no revert: a rollback leaves what it did");
}

static void
a_cycle_is_all_that_is_said_of_a_flow_that_has_one (void **unused)
{
  g_autoptr (Flow) flow = story_build ("graph g [TELL a(~x -> y), TELL b(y -> x)]");
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();

  (void) unused;
  assert_null (plan_new (flow, diagnostics));
  assert_int_equal (diagnostics_get_length (diagnostics), 1);
  assert_string_equal (diagnostics_get (diagnostics, 0)->message,
                       "steps of flow 'g' wait for each other: a -> b -> a");
}

/* -- Deciders -----------------------------------------------------------------------------------
 */

typedef struct
{
  const char *name;
  const char *flow;
  const char *findings;
} DeciderCase;

#define LOSES_X                                                                                    \
  "revert-path 0:0 the revert of 'b' requires 'x', but 'a', which provides it, may be ignored "    \
  "when 'b' is not\n"

#define MISSES_X                                                                                   \
  "may-be-missing 0:0 'b' requires 'x', but 'a', which provides it, may be ignored when 'b' is "   \
  "not\n"

static const DeciderCase decider_cases[] = {
  { "all_takes_everything_along", "linear l [P a(-> x) ?yes, P c, TELL b(~x)]", "" },
  { "atom_leaves_the_rest", "linear l [P a(-> x) ?yes(atom), TELL b(~x)]", LOSES_X },
  { "neighbors_take_the_next_one", "linear l [P a(-> x) ?yes(neighbors), TELL b(~x)]", "" },
  { "neighbors_leave_the_one_after", "linear l [P a(-> x) ?yes(neighbors), P c, TELL b(~x)]",
    LOSES_X },
  { "flow_takes_what_follows", "linear l [P a(-> x) ?yes(flow), P c, TELL b(~x)]", "" },
  { "flow_leaves_what_is_outside", "linear l [linear m [P a(-> x) ?yes(flow)], TELL b(~x)]",
    LOSES_X },
  { "flow_leaves_what_comes_after_an_inner_flow",
    "linear l [P a(-> x) ?yes(flow), linear m [P c], TELL b(~x)]", LOSES_X },
  { "a_neighbor_may_be_the_provider", "linear l [P c ?yes(neighbors), P a(-> x), TELL b(~x)]",
    LOSES_X },
  { "a_link", "graph g [P c, P a(-> x), TELL b(~x), c -> a ?yes(atom)]", LOSES_X },
  { "a_link_into_a_flow", "graph g [P c, linear m [P a(-> x), TELL b(~x)], c -> m ?yes(atom)]",
    LOSES_X },
  { "a_link_into_a_flow_with_neighbors",
    "graph g [P c, linear m [P a(-> x), TELL b(~x)], c -> m ?yes(neighbors)]", "" },
  { "another_provider_serves", "linear l [P o(-> x), P a(-> x) ?yes(atom), TELL b(~x)]", "" },
  { "all_providers_may_be_ignored",
    "linear l [P o(-> x) ?yes(atom), P a(-> x) ?yes(atom), TELL b(~x)]", LOSES_X },
  { "an_outer_provider_serves", "linear l [P o(-> x), linear m [P a(-> x) ?yes(atom), TELL b(~x)]]",
    "" },
  { "an_outer_provider_may_be_ignored_too",
    "linear l [P o(-> x) ?yes(atom), linear m [P a(-> x) ?yes(atom), TELL b(~x)]]", LOSES_X },
  { "an_input_serves", "linear l [P a(-> given) ?yes(atom), TELL b(~given)]", "" },
  { "a_constant_serves", "linear l [P a(-> x) ?yes(atom), TELL b(x=1)]", "" },
  { "an_optional_one_may_be_absent", "linear l [P a(-> x) ?yes(atom), TELL b(?x)]", "" },
  { "an_execute_that_is_never_called_is_not_reverted", "linear l [P a(-> x) ?yes(atom), TELL b(x)]",
    MISSES_X },
  { "an_execute_needs_it_too", "linear l [P a(-> x) ?yes(atom), TELL b(x ~x)]", MISSES_X },
  { "an_execute_needs_what_is_ignored_with_it",
    "linear l [P o ?yes(flow), P a(-> x), P c(-> y), linear m [P d], TELL b(y ~x)]",
    "may-be-missing 0:0 'b' requires 'y', but 'c', which provides it, may be ignored when 'b' is "
    "not\n" },
  { "an_execute_needs_something_else", "linear l [P a(-> x) ?yes(atom), P c(-> y), TELL b(y ~x)]",
    LOSES_X },
  { "two_that_exclude_each_other",
    "linear l [P a(-> x) ?yes(neighbors), P c ?yes(neighbors), P d(-> x), P e, TELL b(~x)]", "" },
  { "a_link_without_a_source_has_no_say",
    "graph g [P a(-> x) ?yes(atom), P c(-> x), TELL b(~x), a -> c ?yes(atom), c -> b]", "" },
  { "the_same_condition_on_both",
    "linear l [P a(-> x) ?\"given = 1\"(atom), TELL b(~x) ?\"given = 1\"]", "" },
  { "the_same_condition_on_what_takes_it_along",
    "linear l [P a(-> x) ?\"given = 1\"(atom), P c ?\"given = 1\"(neighbors), TELL b(~x)]", "" },
  { "another_condition_on_the_other",
    "linear l [P a(-> x) ?\"given = 1\"(atom), TELL b(~x) ?\"given = 2\"]", LOSES_X },
  { "the_same_condition_about_something_else",
    "linear l [P p(-> y), P a(-> x) ?\"y = 1\"(atom), P q(-> y), TELL b(~x) ?\"y = 1\"]", LOSES_X },
};

static void
losses_are_these (void **state)
{
  const DeciderCase *one = *state;
  g_autoptr (Flow) flow = story_build (one->flow);
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (Plan) plan = plan_new (flow, diagnostics);
  const char *const given[] = { "given", NULL };
  g_autofree char *findings = NULL;

  assert_non_null (plan);
  assert_int_equal (plan_check_inputs (plan, given, diagnostics),
                    !g_str_has_prefix (one->findings, "revert-path"));
  findings = list_findings (diagnostics);
  assert_string_equal (findings, one->findings);
}

static void
what_misses_an_argument_and_has_no_revert_is_reverted (void **unused)
{
  Story story;

  (void) unused;
  story_init (&story, "linear l [P a(-> x) ?no(atom), P b(x)]", NULL, NULL);
  assert_int_equal (story_run (&story), FLOW_STATE_REVERTED);
  story_expect_states (&story, "a IGNORE, b REVERTED");
  story_clear (&story);
}

static void
the_manual_page_names_every_finding (void **unused)
{
  static const char *const codes[] = { "revert-path",           "may-be-missing",
                                       "effect-without-revert", "failure-after-irreversible",
                                       "irreversible-in-retry", "retry-without-effect",
                                       "unused-provides" };
  const char *top = g_getenv ("G_TEST_SRCDIR");
  g_autofree char *path
      = g_build_filename (top != NULL ? top : ".", "docs", "backflow-flow.5", NULL);
  g_autofree char *text = NULL;

  (void) unused;
  assert_true (g_file_get_contents (path, &text, NULL, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      g_autofree char *item = g_strconcat (".It Cm ", codes[i], "\n", NULL);

      assert_non_null (strstr (text, item));
    }
}

int
main (void)
{
  GArray *tests = g_array_new (FALSE, FALSE, sizeof (struct CMUnitTest));
  const struct CMUnitTest single[]
      = { cmocka_unit_test (a_task_in_c_is_warned_of_only_when_it_says_that_it_is_reversible),
          cmocka_unit_test (a_cycle_is_all_that_is_said_of_a_flow_that_has_one),
          cmocka_unit_test (what_misses_an_argument_and_has_no_revert_is_reverted),
          cmocka_unit_test (the_manual_page_names_every_finding) };
  int failures;

  for (guint i = 0; i < G_N_ELEMENTS (file_cases); i++)
    {
      struct CMUnitTest test = { file_cases[i].name, findings_are_these, NULL, NULL,
                                 (gpointer) (guintptr) &file_cases[i] };

      g_array_append_val (tests, test);
    }
  for (guint i = 0; i < G_N_ELEMENTS (decider_cases); i++)
    {
      struct CMUnitTest test = { decider_cases[i].name, losses_are_these, NULL, NULL,
                                 (gpointer) (guintptr) &decider_cases[i] };

      g_array_append_val (tests, test);
    }
  g_array_append_vals (tests, single, G_N_ELEMENTS (single));
  failures = _cmocka_run_group_tests (
      "checks", (const struct CMUnitTest *) (gconstpointer) tests->data, tests->len, NULL, NULL);
  g_array_unref (tests);
  return failures;
}
