/* SPDX-License-Identifier: Apache-2.0 */
/* Proof by search: all flows of up to four atoms of the shapes below, with failing, hanging and
 * irrevertible atoms, are run on a simulated executor, clock and store in all orders of completion,
 * and disturbed once (the smallest ones twice) at every step: killed and resumed, by another
 * structure too, suspended and resumed in the same engine and in a new one, cancelled with and
 * without a rollback; what is left is resolved in every way, and finished runs are undone. In every
 * state that is reached the promises hold, and a run that was disturbed ends as it could have ended
 * without.
 *
 * BACKFLOW_SEARCH=N searches N times as many states a way before it gives that up (none is,
 * normally), and with N > 1 more flows with two disturbances.
 */
#include "tests/engine/core/sim_search.h"
#include "tests/engine/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Under a sanitizer, and in another build of what was searched already, the flows of four atoms are
 * left out. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SLOW 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SLOW 1
#endif
#endif
#ifndef IS_SLOW
#define IS_SLOW 0
#endif

/* The most states that are searched of one flow with one way to go wrong. */
#define STATES_MAX 400000u

typedef struct
{
  const char *text;
  const Plan *plan;
  guint disturbances;
  SimTally *tally;
} Subject;

static guint
get_scale (void)
{
  const char *text = g_getenv ("BACKFLOW_SEARCH");

  return text != NULL ? MAX (1, (guint) atoi (text)) : 1;
}

static gboolean
is_small (void)
{
  return IS_SLOW || g_getenv ("BACKFLOW_SEARCH_SMALL") != NULL;
}

/* -- Ways to go wrong ---------------------------------------------------------------------------
 */

static const SimConfig plain
    = { .revert_tries = 1, .times = 2, .capacity = 1, .gives_up = RETRY_DECISION_REVERT };

static void
search_way (const Subject *subject, const SimConfig *config)
{
  sim_search (subject->text, subject->plan, config, subject->disturbances,
              STATES_MAX * get_scale (), subject->tally);
}

static guint32
find_last (const Plan *plan)
{
  guint32 last = 0;

  for (guint32 node = 0; node < plan->n_nodes; node++)
    if (plan_is_atom (plan, node))
      last = node;
  return last;
}

/* Nothing fails, and one atom does, always or once. */
static void
search_failures (const Subject *subject)
{
  const Plan *plan = subject->plan;

  for (guint32 node = 0; node <= plan->n_nodes; node++)
    for (guint once = 0; once < 2; once++)
      for (guint capacity = 1; capacity <= 2; capacity++)
        {
          SimConfig config = plain;

          if (node < plan->n_nodes ? !plan_is_atom (plan, node) : once > 0)
            continue;
          config.capacity = capacity;
          if (node < plan->n_nodes)
            config.fails[node] = once ? 1 : SIM_ALWAYS;
          search_way (subject, &config);
        }
}

/* The last atom fails, and the revert of each of the others; waits, probes, and questions to
 * people. */
static void
search_reverts (const Subject *subject)
{
  const Plan *plan = subject->plan;

  for (guint32 node = 0; node < plan->n_nodes; node++)
    for (guint way = 0; way < 3 && plan_is_atom (plan, node); way++)
      {
        SimConfig config = plain;

        config.fails[find_last (plan)] = SIM_ALWAYS;
        config.revert_fails[node] = way == 0 ? SIM_ALWAYS : 1;
        config.revert_tries = way == 2 ? 2 : 1;
        config.waits = TRUE;
        config.unknown = way == 0 ? SIM_REPEAT : way == 1 ? SIM_PROBE : SIM_ASK;
        config.capacity = 1 + way % 2;
        search_way (subject, &config);
      }
}

/* What is left is resolved by people, and what is finished undone. */
static void
search_talks (const Subject *subject)
{
  const Plan *plan = subject->plan;

  for (guint32 node = 0; node <= plan->n_nodes; node++)
    {
      SimConfig config = plain;

      if (node < plan->n_nodes && !plan_is_atom (plan, node))
        continue;
      config.talks = node < plan->n_nodes ? 2 : 1;
      if (node < plan->n_nodes)
        {
          config.fails[find_last (plan)] = SIM_ALWAYS;
          config.revert_fails[node] = 1;
        }
      search_way (subject, &config);
      if (node < plan->n_nodes)
        {
          /* The run succeeds; what undoes it is irreversible. */
          config.fails[find_last (plan)] = 0;
          config.revert_fails[node] = SIM_ALWAYS;
          search_way (subject, &config);
        }
    }
}

/* Two atoms fail, the controllers try three times, wait, or give up on all. */
static void
search_pairs (const Subject *subject)
{
  const Plan *plan = subject->plan;

  for (guint32 one = 0; one < plan->n_nodes; one++)
    for (guint32 two = one + 1; two < plan->n_nodes && plan_is_atom (plan, one); two++)
      {
        SimConfig config = plain;

        if (!plan_is_atom (plan, two))
          continue;
        config.capacity = 2;
        config.times = 3;
        config.waits = (one + two) % 2;
        config.gives_up = one % 2 ? RETRY_DECISION_REVERT_ALL : RETRY_DECISION_REVERT;
        config.fails[one] = two % 2 ? 1 : SIM_ALWAYS;
        config.fails[two] = 2;
        search_way (subject, &config);
      }
}

static void
search_hangs (const Subject *subject)
{
  for (guint32 node = 0; node < subject->plan->n_nodes; node++)
    if (subject->plan->kinds[node] == PLAN_NODE_TASK)
      {
        SimConfig config = plain;

        config.hangs = (guint64) 1 << node;
        config.capacity = 2;
        config.unknown = SIM_PROBE;
        search_way (subject, &config);
      }
}

/* The deciders can't decide; they say yes, while an atom fails. */
static void
search_deciders (const Subject *subject)
{
  SimConfig config = plain;

  config.decides = SIM_RAISE;
  config.capacity = 2;
  if (subject->plan->n_deciders == 0)
    return;
  search_way (subject, &config);
  config.decides = SIM_SAY_YES;
  for (guint32 node = 0; node < subject->plan->n_nodes; node++)
    {
      if (!plan_is_atom (subject->plan, node))
        continue;
      memset (config.fails, 0, sizeof config.fails);
      config.fails[node] = SIM_ALWAYS;
      search_way (subject, &config);
    }
}

/* -- Flows --------------------------------------------------------------------------------------
 */

static Plan *
make_plan (const char *text)
{
  g_autoptr (Flow) flow = story_build (text);
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  Plan *plan = plan_new (flow, diagnostics);

  assert_non_null (plan);
  return plan;
}

static void
search_flow (const char *text, guint disturbances, gboolean is_special, SimTally *tally)
{
  g_autoptr (Plan) plan = make_plan (text);
  Subject subject = { text, plan, disturbances, tally };

  tally->flows++;
  search_failures (&subject);
  search_reverts (&subject);
  search_hangs (&subject);
  search_deciders (&subject);
  /* More of those than this, and than the special ones, is for the soak. */
  if (plan->n_nodes > 6 && !is_special)
    return;
  search_talks (&subject);
  search_pairs (&subject);
}

static const char *const tasks[] = { "N a", "N b", "N c", "N d" };
static const char *const retries[] = { "", " <Times(2) r>" };

/* The number of the pair of two atoms of `n`, i < j, as a bit. */
static guint
bit_of (guint n, guint i, guint j)
{
  return 1u << (i * n - i * (i + 1) / 2 + (j - i - 1));
}

static guint
swap_place (guint place, guint at)
{
  return place == at ? at + 1 : place == at + 1 ? at : place;
}

/* The edges when the neighbours `at` and the next, which no edge connects, change their names. */
static guint
swap_neighbours (guint n, guint edges, guint at)
{
  guint swapped = 0;

  for (guint i = 0; i < n; i++)
    for (guint j = i + 1; j < n; j++)
      if ((edges & bit_of (n, i, j)) != 0)
        {
          guint from = swap_place (i, at);
          guint to = swap_place (j, at);

          swapped |= bit_of (n, MIN (from, to), MAX (from, to));
        }
  return swapped;
}

/* Whether no such change gives a smaller number; that is enough to tell most. Edges go from earlier
 * to later atoms. */
static gboolean
is_canonical (guint n, guint edges)
{
  for (guint at = 0; at + 1 < n; at++)
    if ((edges & bit_of (n, at, at + 1)) == 0 && swap_neighbours (n, edges, at) < edges)
      return FALSE;
  return TRUE;
}

/* A graph of `n` atoms. depth: (nullable) of a decider on the first link. Returns: (transfer full).
 */
static char *
write_graph (guint n, guint edges, gboolean backwards, const char *retry, const char *depth)
{
  GString *text = g_string_new (NULL);
  gboolean is_first = TRUE;

  g_string_printf (text, "graph g%s [", retry);
  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", tasks[i]);
  for (guint i = 0; i < n; i++)
    for (guint j = i + 1; j < n; j++)
      if ((edges & bit_of (n, i, j)) != 0)
        {
          g_string_append_printf (text, ", %c -> %c", 'a' + (int) (backwards ? j : i),
                                  'a' + (int) (backwards ? i : j));
          if (is_first && depth != NULL)
            g_string_append_printf (text, " ?no(%s)", depth);
          is_first = FALSE;
        }
  g_string_append (text, "]");
  return g_string_free (text, FALSE);
}

/* All graphs of `n` atoms, with and without a controller, and with a decider of each depth on the
 * first link. */
static void
search_graphs (guint n, guint disturbances, SimTally *tally)
{
  static const char *const depths[] = { NULL, "all", "flow", "neighbors", "atom" };
  guint n_depths = n == 4 ? 3 : 5;

  for (guint edges = 0; edges < 1u << n * (n - 1) / 2; edges++)
    for (guint retry = 0; is_canonical (n, edges) && retry < 2; retry++)
      for (guint depth = 0; depth < (edges == 0 || (retry == 1 && n == 4) ? 1u : n_depths); depth++)
        {
          g_autofree char *text = write_graph (n, edges, FALSE, retries[retry], depths[depth]);

          search_flow (text, disturbances, FALSE, tally);
        }
}

/* Graphs of three atoms that are resumed with other links, also such as turn the order round. */
static void
search_changes (guint disturbances, SimTally *tally)
{
  const guint n = 3;

  for (guint edges = 0; edges < 8; edges++)
    for (guint others = 0; others < 32; others++)
      {
        const char *retry = retries[others >> 3 & 1];
        g_autofree char *text = write_graph (n, edges, FALSE, retry, NULL);
        g_autofree char *other_text = write_graph (n, others & 7, others >> 4 != 0, retry, NULL);
        g_autofree char *both = g_strdup_printf ("%s, then %s", text, other_text);
        g_autoptr (Plan) plan = make_plan (text);
        g_autoptr (Plan) other = make_plan (other_text);
        SimConfig config = plain;

        tally->flows++;
        config.other = other;
        for (guint32 node = 1; node < plan->n_nodes; node++)
          {
            config.fails[node - 1] = 0;
            config.fails[node] = plan_is_atom (plan, node) ? SIM_ALWAYS : 0;
            for (config.capacity = 1; config.capacity <= 2; config.capacity++)
              sim_search (both, plan, &config, disturbances, STATES_MAX, tally);
          }
      }
}

/* Flows of `n` atoms, the `inner` from `first` on of which are in a flow of their own; controllers
 * around either. */
static void
search_nest (guint n, guint shape, guint first, guint inner, guint disturbances, SimTally *tally)
{
  static const char *const kinds[] = { "linear", "unordered" };
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_printf (text, "%s o%s [", kinds[shape & 1], (shape & 2) != 0 ? " <Times(2) ro>" : "");
  for (guint i = 0; i < n; i++)
    {
      if (i == first)
        g_string_append_printf (text, "%s%s i%s [", i > 0 ? ", " : "", kinds[shape >> 2 & 1],
                                (shape & 8) != 0 ? " <Times(2) ri>" : "");
      g_string_append_printf (text, "%s%s", i == first || i == 0 ? "" : ", ", tasks[i]);
      if (i + 1 == first + inner)
        g_string_append (text, "]");
    }
  g_string_append (text, "]");
  search_flow (text->str, disturbances, FALSE, tally);
}

static void
search_nests (guint n, guint disturbances, SimTally *tally)
{
  for (guint shape = 0; shape < 16; shape++)
    for (guint inner = 1; inner < n; inner++)
      for (guint first = 0; first + inner <= n; first++)
        search_nest (n, shape, first, inner, disturbances, tally);
}

/* What the shapes above have not: three levels, deciders within and around tried and nested flows.
 */
static const char *const others[] = {
  "linear f []",
  "linear f <Times(2) r> []",
  "linear o <Times(2) ro> [linear m <Times(2) rm> [linear i <Times(2) ri> [N a, N b]]]",
  "linear o [N a, linear m <Times(2) rm> [unordered i <Times(2) ri> [N b, N c]]]",
  "unordered o <Times(2) ro> [N a, linear m [N b, linear i <Times(2) ri> [N c]]]",
  "unordered o [linear m <Times(2) rm> [N a], linear i <Times(2) ri> [N b]]",
  "graph g <Times(2) ro> [N a, linear i <Times(2) ri> [N b, N c], a -> i ?no]",
  "graph g [N a, linear i <Times(2) ri> [N b, N c], a -> i ?no(atom)]",
  "graph g [N a, linear i <Times(2) ri> [N b], N c, a -> i ?no(flow), i -> c]",
  "linear o <Times(2) ro> [graph g [N a, N b, N c, a -> b ?no(atom), b -> c]]",
  "linear o [N a, graph g <Times(2) ri> [N b, N c, b -> c ?no]]",
  "graph g [N a, graph h [N b, N c, b -> c ?no], N d, a -> h, h -> d]",
};

static void
tell (const char *what, const SimTally *tally)
{
  print_message ("# %s: %" G_GUINT64_FORMAT " flows in %" G_GUINT64_FORMAT
                 " ways to go wrong, %" G_GUINT64_FORMAT " states, %" G_GUINT64_FORMAT
                 " ends, %" G_GUINT64_FORMAT " searches given up\n",
                 what, tally->flows, tally->ways, tally->states, tally->ends, tally->given_up);
}

static void
all_small_flows_keep_the_promises (void **unused)
{
  SimTally tally = { 0 };
  guint more = get_scale () > 1 ? 1 : 0;

  (void) unused;
  for (guint n = 1; n <= 2; n++)
    search_graphs (n, 2, &tally);
  search_nests (2, 1 + more, &tally);
  tell ("two atoms", &tally);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    search_flow (others[i], 1 + more, TRUE, &tally);
  tell ("and special ones", &tally);
  search_graphs (3, 1 + more, &tally);
  tell ("and graphs of three", &tally);
  if (!is_small ())
    {
      search_changes (1, &tally);
      tell ("and changed ones", &tally);
      search_nests (3, 1, &tally);
      tell ("and nests of three", &tally);
      search_graphs (4, 1, &tally);
    }
  tell (is_small () ? "searched in part, as this build is slow or not the first" : "searched",
        &tally);
  assert_int_equal (tally.given_up, 0);
}

int
main (void)
{
  const struct CMUnitTest tests[] = { cmocka_unit_test (all_small_flows_keep_the_promises) };

  return cmocka_run_group_tests_name ("search", tests, NULL, NULL);
}
