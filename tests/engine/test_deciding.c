/* SPDX-License-Identifier: Apache-2.0 */
/* What deciders say, in an engine whose atoms are put into states by hand. */
#include "engine/deciding.h"
#include "engine/engine_state.h"
#include "engine/results.h"

#include <backflow/flows/expression.h>
#include <backflow/flows/link.h>
#include <backflow/values/value.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/engine/story.h"

/* An engine over the flow whose atoms are as `states` says: "a=2 b=- in:x=5": a has succeeded with
 * 2, b is ignored, x was injected. */
static Engine *
make_engine (Flow *flow, const char *states)
{
  g_auto (GStrv) words = g_strsplit (states, " ", -1);
  Engine *engine = engine_new (flow, NULL);
  const Plan *plan;

  assert_true (engine_compile (engine, NULL));
  plan = engine->plan;
  for (guint i = 0; words[i] != NULL && *words[i] != '\0'; i++)
    {
      g_auto (GStrv) parts = g_strsplit (words[i], "=", 2);
      gboolean is_input = g_str_has_prefix (parts[0], "in:");
      const char *name = is_input ? parts[0] + 3 : parts[0];
      guint32 node = is_input ? PLAN_NO_NODE : plan_find_atom (plan, name);

      if (is_input)
        {
          g_autoptr (GVariant) value = value_new_from_json (parts[1], -1, NULL);

          assert_true (engine_inject (engine, name, value, NULL));
          injected_index (&engine->injected, plan);
          continue;
        }
      assert_int_not_equal (node, PLAN_NO_NODE);
      engine->core.states[node]
          = strcmp (parts[1], "-") == 0 ? ATOM_STATE_IGNORE : ATOM_STATE_SUCCESS;
      if (strcmp (parts[1], "-") != 0)
        results_set_result (&engine->values, node, value_new_from_json (parts[1], -1, NULL));
    }
  return engine;
}

/* "yes", "no flow", "no atom step", or the message of the failure. */
static char *
ask (Engine *engine, const char *name)
{
  static const char *const depths[] = { "all", "flow", "neighbors", "atom" };
  guint32 node = plan_find_atom (engine->plan, name);
  gboolean is_taken = 7;
  gboolean is_step = 7;
  FlowDepth depth = FLOW_DEPTH_ALL;
  g_autoptr (Failure) failure = NULL;

  for (guint32 i = 0; node == PLAN_NO_NODE; i++)
    if (engine->plan->kinds[i] == PLAN_NODE_FLOW
        && strcmp (plan_get_flow (engine->plan, i)->name, name) == 0)
      node = i;
  if (!decider_evaluate (engine, node, &is_taken, &depth, &is_step, &failure))
    {
      assert_non_null (failure);
      assert_string_equal (failure_get_fields (failure)->domain, "decider");
      assert_non_null (failure_get_fields (failure)->cause);
      return g_strdup (failure_get_message (failure));
    }
  assert_null (failure);
  if (is_taken)
    return g_strdup ("yes");
  return g_strdup_printf ("no %s%s", depths[depth], is_step ? " step" : "");
}

typedef struct
{
  const char *flow;
  const char *states;
  const char *answer; /* of the node b */
} AnswerCase;

/* clang-format off */
static const AnswerCase answer_cases[] = {
  { "linear l [P a(-> x), P b ?\"x > 1\"(atom)]", "a=2", "yes" },
  { "linear l [P a(-> x), P b ?\"x > 1\"(atom)]", "a=1", "no atom step" },
  { "linear l [P a(-> x), P b ?\"x > 1\"]", "a=1", "no all step" },
  { "linear l [P a(-> x), P b]", "a=1", "yes" },
  { "graph g [P a(-> x), P b, a -> b ?\"x > 1\"(neighbors)]", "a=1", "no neighbors" },
  { "graph g [P a(-> x), P b, a -> b ?\"x > 1\"(neighbors)]", "a=2", "yes" },
  /* one no is enough, and the one that reaches furthest counts */
  { "graph g [P a, P c, P b, a -> b ?yes, c -> b ?no(atom)]", "a=1 c=1", "no atom" },
  { "graph g [P a, P c, P b, a -> b ?no(flow), c -> b ?no(atom)]", "a=1 c=1", "no flow" },
  { "graph g [P a, P c, P b, a -> b ?no(atom), c -> b ?no(flow)]", "a=1 c=1", "no flow" },
  { "graph g [P a, P c, P b, a -> b ?yes(all), c -> b ?no(atom)]", "a=1 c=1", "no atom" },
  { "graph g [P a, P b ?\"0=1\"(atom), a -> b ?no(flow)]", "a=1", "no flow step" },
  { "graph g [P a, P b ?\"1=1\"(atom), a -> b ?no(flow)]", "a=1", "no flow" },
  /* who was ignored has no vote */
  { "graph g [P a, P b, a -> b ?no]", "a=-", "yes" },
  { "graph g [P a, P c, P b, a -> b ?no, c -> b ?no(atom)]", "a=- c=1", "no atom" },
  { "graph g [P a, P b ?\"0=1\"]", "a=-", "no all step" },
  { "graph g [linear s [P a, P c], P b, s -> b ?no]", "a=- c=1", "no all" },
  { "graph g [linear s [P a, P c], P b, s -> b ?no]", "a=- c=-", "yes" },
  { "graph g [linear s [], P b, s -> b ?no]", "", "no all" },
  { "graph g [P a(-> x), P b, a -> b ?\"x > 1\"]", "a=-", "yes" },
  /* values are found as for arguments */
  { "linear r [P a(-> x), P c(-> x), P b ?\"x > 1\"]", "a=2 c=1", "no all step" },
  { "linear r [P a(-> x), P c(-> x), P b ?\"x > 1\"]", "a=2 c=-", "yes" },
  { "linear r [P a(-> x), linear s [P c(-> x), P b ?\"x > 1\"]]", "a=2 c=-", "yes" },
  { "linear r [P a(-> x), P b ?\"x > 1\"]", "a=1 in:x=2", "yes" },
  { "linear r [P b ?\"x->>'$.k' = 'v'\"]", "in:x={\"k\":\"v\"}", "yes" },
  { "linear r [P a(-> (x,y)), P b ?\"x < y\"]", "a=[1,2]", "yes" },
  { "linear r [P a(-> {k}), P b ?\"k\"]", "a={\"k\":false}", "no all step" },
  /* who can't decide has failed */
  { "linear r [P a(-> x), P b ?\"x > 1\"]", "a=null",
    "the 'when' of 'b' could not decide: x > 1: it is NULL, neither true nor false; NULL among what it reads: 'x'" },
  { "linear r [P a(-> x), P b ?\"x > 1\"]", "a=-",
    "the 'when' of 'b' could not decide: x > 1: it is NULL, neither true nor false; NULL among what it reads: 'x'" },
  { "linear r [P a(-> x), P b ?\"x\"]", "a=\"yes\"", "the 'when' of 'b' could not decide: x: it is a text, neither true nor false" },
  { "graph g [P a, P b, a -> b ?raise]", "a=1", "the decider of the link from 'a' to 'b' could not decide: DECBOOM" },
  { "graph g [P a, P c, P b, a -> b ?raise, c -> b ?no]", "a=- c=1", "no all" },
};
/* clang-format on */

static void
deciders_answer (void **state)
{
  (void) state;
  for (guint i = 0; i < G_N_ELEMENTS (answer_cases); i++)
    {
      g_autoptr (Flow) flow = story_build (answer_cases[i].flow);
      Engine *engine = make_engine (flow, answer_cases[i].states);
      g_autofree char *answer = ask (engine, "b");

      engine_free (engine);
      if (strcmp (answer, answer_cases[i].answer) != 0)
        fail_msg ("%s, %s: %s", answer_cases[i].flow, answer_cases[i].states, answer);
    }
}

/* What a decider in C was told, a line a call. */
static gboolean
note_history (GVariant *history, gpointer data, GError **error)
{
  GString *told = data;
  g_autofree char *json = value_to_json (history);

  (void) error;
  g_string_append_printf (told, "%s\n", json);
  return FALSE;
}

/* Says yes and fails all the same. */
static gboolean
fail_with_yes (GVariant *history, gpointer data, GError **error)
{
  (void) history;
  (void) data;
  g_set_error_literal (error, EXPRESSION_ERROR, EXPRESSION_ERROR_EVALUATE, "oops");
  return TRUE;
}

static void
link_members (Flow *flow, guint from, guint to, const FlowDecider *decider)
{
  flow_link_items (flow, flow_get_item (flow, from), flow_get_item (flow, to), decider, NULL);
}

static void
functions_are_told_the_results_of_all_sources_with_deciders (void **state)
{
  g_autoptr (GString) told = g_string_new (NULL);
  const FlowDecider decider = { .func = note_history, .user_data = told, .depth = FLOW_DEPTH_ATOM };
  g_autoptr (Flow) flow = story_build (
      "graph g [P a, linear s [P c, P d, linear t [P e]], P plain, P empty, P b, plain -> b]");
  Engine *engine;
  g_autofree char *answer = NULL;

  (void) state;
  link_members (flow, 1, 4, &decider);
  link_members (flow, 0, 4, &decider);
  link_members (flow, 3, 4, &decider);
  link_members (flow, 0, 4, &decider);
  flow_set_decider (flow, 4, &decider);
  engine = make_engine (flow, "a=1 c=[true] d=- e=null plain=7 empty=-");
  answer = ask (engine, "b");
  engine_free (engine);
  assert_string_equal (answer, "no atom step");
  /* All are asked though the first one says no; that of a source that was ignored is not. */
  assert_string_equal (told->str,
                       "{\"a\":1,\"c\":[true],\"e\":null}\n{\"a\":1,\"c\":[true],\"e\":null}\n"
                       "{\"a\":1,\"c\":[true],\"e\":null}\n{\"a\":1,\"c\":[true],\"e\":null}\n");
}

static void
a_function_of_a_step_without_deciders_on_links_is_told_nothing (void **state)
{
  g_autoptr (GString) told = g_string_new (NULL);
  const FlowDecider decider = { .func = note_history, .user_data = told };
  g_autoptr (Flow) flow = story_build ("linear l [P a, P b]");
  Engine *engine;
  g_autofree char *answer = NULL;

  (void) state;
  flow_set_decider (flow, 1, &decider);
  engine = make_engine (flow, "a=1");
  answer = ask (engine, "b");
  engine_free (engine);
  assert_string_equal (told->str, "{}\n");
  assert_string_equal (answer, "no all step");
}

static void
an_error_counts_whatever_is_said_with_it (void **state)
{
  const FlowDecider decider = { .func = fail_with_yes };
  g_autoptr (Flow) flow = story_build ("graph g [P a, linear s [P b]]");
  Engine *engine;
  g_autofree char *answer = NULL;

  (void) state;
  link_members (flow, 0, 1, &decider);
  engine = make_engine (flow, "a=1");
  answer = ask (engine, "s");
  engine_free (engine);
  assert_string_equal (answer, "the decider of the link from 'a' to 's' could not decide: oops");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (deciders_answer),
    cmocka_unit_test (functions_are_told_the_results_of_all_sources_with_deciders),
    cmocka_unit_test (a_function_of_a_step_without_deciders_on_links_is_told_nothing),
    cmocka_unit_test (an_error_counts_whatever_is_said_with_it),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
