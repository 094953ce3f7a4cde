/* SPDX-License-Identifier: Apache-2.0 */
/* Proof by search: all flows of up to four atoms of the shapes below, with one failing, hanging or irrevertible atom, are run on
 * a simulated executor, clock and store in all orders of completion, and disturbed once (the smaller ones twice) at every step:
 * killed and resumed, suspended and resumed in the same engine and in a new one, cancelled with and without a rollback. In every
 * state that is reached the promises hold, and a run that was killed or suspended ends as it could have ended without.
 *
 * BACKFLOW_SEARCH=N searches N times as many states a flow before it gives that flow up (none is, normally), and with N > 1 all
 * flows with two disturbances.
 */
#include "tests/engine/sim.h"
#include "tests/engine/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The most states that are searched of one flow with one way to go wrong. */
#define STATES_MAX 400000u

typedef struct
{
  guint64 flows;
  guint64 runs;   /* flows with a way to go wrong */
  guint64 states;
  guint64 ends;
  guint64 given_up;
} Tally;

/* One search. ends: of the undisturbed runs, as bits of FlowState. */
typedef struct
{
  const char *text;
  const Plan *plan;
  const SimConfig *config;
  GHashTable *seen; /* hashes of states */
  VECTOR (Sim) stack;
  guint ends;
  gboolean hangs;
  Tally *tally;
} Search;

/* -- What may be -------------------------------------------------------------------------------- */

/* The ends that a run may come to that was disturbed. */
static guint
allowed_ends (const Search *search, const Sim *sim)
{
  const guint reverted = 1u << FLOW_STATE_REVERTED;
  const guint failure = 1u << FLOW_STATE_FAILURE;
  guint ends = search->ends;

  if ((sim->was & (1u << SIM_KEEP)) != 0)
    ends |= failure | reverted;
  if ((sim->was & (1u << SIM_CANCEL)) != 0)
    ends |= reverted;
  /* What would have failed may be called done by a probe, or by somebody, and what would have done its work absent. */
  if (sim->was_how != 0 || (sim->has_crashed && search->config->unknown == SIM_PROBE))
    ends |= reverted | 1u << FLOW_STATE_SUCCESS;
  if (sim->was_how != 0)
    ends |= failure;
  if (search->config->revert_fails != PLAN_NO_NODE && (ends & reverted) != 0)
    ends |= failure;
  return ends;
}

static void
fail_search (const Search *search, const Sim *sim, const char *why)
{
  g_autofree char *story = sim_dup_story (sim);
  const SimConfig *config = search->config;

  fail_msg ("%s\n  flow    %s\n  fails %d%s hangs %d revert-fails %d%s of %u tries, times %u, waits %d, capacity %u, unknown %d\n  events  %s\n  end %s",
            why, search->text, (int) config->fails, config->fails_once ? " once" : "", (int) config->hangs, (int) config->revert_fails,
            config->revert_fails_once ? " once" : "", config->revert_tries, config->times, config->waits, config->capacity, config->unknown, story,
            flow_state_get_name (sim->now.core.flow_state));
}

static void
take_end (Search *search, const Sim *sim)
{
  guint end = 1u << sim->now.core.flow_state;

  search->tally->ends++;
  if (sim->was == 0)
    search->ends |= end;
  else if ((allowed_ends (search, sim) & end) == 0)
    fail_search (search, sim, "it ends as it could not have ended undisturbed");
}

/* A run without a choice: it is at an end, or hangs as it was told to. */
static void
take_dead_end (Search *search, const Sim *sim)
{
  gboolean is_at_end = sim->phase == SIM_STEP;

  if (sim_get_broken (sim) != NULL)
    fail_search (search, sim, sim_get_broken (sim));
  if (is_at_end)
    take_end (search, sim);
  else if (search->config->hangs == PLAN_NO_NODE)
    fail_search (search, sim, "it hangs though nothing does");
  else
    search->hangs = TRUE;
}

/* -- Searching ---------------------------------------------------------------------------------- */

static void
push_if_new (Search *search, const Sim *sim)
{
  guint64 *hash = g_new (guint64, 1);

  *hash = sim_hash (sim);
  if (!g_hash_table_add (search->seen, hash))
    return;
  search->tally->states++;
  vector_push (&search->stack, (Sim){ 0 });
  sim_copy (&search->stack.items[search->stack.length - 1], sim);
}

static void
follow (Search *search, const Sim *sim)
{
  SimChoice choices[64];
  guint count = sim_list_choices (sim, choices, G_N_ELEMENTS (choices));

  if (count == 0)
    take_dead_end (search, sim);
  for (guint i = 0; i < count; i++)
    {
      Sim next;

      sim_copy (&next, sim);
      sim_take (&next, choices[i]);
      if (sim_get_broken (&next) != NULL)
        fail_search (search, &next, sim_get_broken (&next));
      push_if_new (search, &next);
    }
}

static void
search_with (Search *search, const guint32 *before, guint disturbances, guint states_max)
{
  Sim first;

  search->seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  sim_init (&first, search->plan, search->config, before, disturbances);
  push_if_new (search, &first);
  while (search->stack.length > 0 && g_hash_table_size (search->seen) < states_max)
    {
      Sim sim;

      sim_copy (&sim, &search->stack.items[--search->stack.length]);
      follow (search, &sim);
    }
  search->tally->given_up += search->stack.length > 0;
  vector_clear (&search->stack);
  g_hash_table_unref (search->seen);
}

/* The atoms that each node comes after, as bits. */
static void
find_before (const Plan *plan, guint32 before[SIM_NODES])
{
  memset (before, 0, SIM_NODES * sizeof *before);
  for (guint32 round = 0; round < plan->n_nodes; round++)
    for (guint32 node = 0; node < plan->n_nodes; node++)
      for (guint32 i = plan->predecessor_offsets[node]; i < plan->predecessor_offsets[node + 1]; i++)
        {
          guint32 other = plan->predecessors[i];

          before[node] |= before[other] | (plan_is_atom (plan, other) ? 1u << other : 0);
        }
}

static guint
get_scale (void)
{
  const char *text = g_getenv ("BACKFLOW_SEARCH");

  return text != NULL ? MAX (1, (guint) atoi (text)) : 1;
}

static void
search_run (const char *text, const Plan *plan, const SimConfig *config, guint disturbances, Tally *tally)
{
  Search search = { .text = text, .plan = plan, .config = config, .tally = tally };
  guint32 before[SIM_NODES];

  tally->runs++;
  find_before (plan, before);
  /* First without disturbances: how it may end. */
  search_with (&search, before, 0, STATES_MAX * get_scale ());
  search_with (&search, before, disturbances, STATES_MAX * get_scale ());
}

/* -- Ways to go wrong --------------------------------------------------------------------------- */

static void
search_ways (const char *text, const Plan *plan, guint disturbances, Tally *tally)
{
  SimConfig config = { PLAN_NO_NODE, FALSE, PLAN_NO_NODE, PLAN_NO_NODE, FALSE, 1, 2, FALSE, 1, SIM_REPEAT };

  for (guint32 node = 0; node <= plan->n_nodes; node++)
    {
      if (node < plan->n_nodes && !plan_is_atom (plan, node))
        continue;
      config.fails = node < plan->n_nodes ? node : PLAN_NO_NODE;
      for (guint once = 0; once < (node < plan->n_nodes ? 2u : 1u); once++)
        for (config.capacity = 1; config.capacity <= 2; config.capacity++)
          {
            config.fails_once = once != 0;
            search_run (text, plan, &config, disturbances, tally);
          }
    }
}

/* The last atom fails, and the revert of each of the others; waits, probes and questions to people. */
static void
search_reverts (const char *text, const Plan *plan, guint disturbances, Tally *tally)
{
  SimConfig config = { PLAN_NO_NODE, FALSE, PLAN_NO_NODE, PLAN_NO_NODE, FALSE, 1, 2, TRUE, 1, SIM_REPEAT };

  for (guint32 node = 0; node < plan->n_nodes; node++)
    if (plan_is_atom (plan, node))
      config.fails = node;
  for (guint32 node = 0; node < plan->n_nodes; node++)
    {
      if (!plan_is_atom (plan, node))
        continue;
      config.revert_fails = node;
      for (guint way = 0; way < 3; way++)
        {
          config.revert_fails_once = way > 0;
          config.revert_tries = way == 2 ? 2 : 1;
          config.unknown = way == 0 ? SIM_REPEAT : way == 1 ? SIM_PROBE : SIM_ASK;
          config.capacity = 1 + way % 2;
          search_run (text, plan, &config, disturbances, tally);
        }
    }
}

static void
search_hangs (const char *text, const Plan *plan, guint disturbances, Tally *tally)
{
  SimConfig config = { PLAN_NO_NODE, FALSE, PLAN_NO_NODE, PLAN_NO_NODE, FALSE, 1, 2, FALSE, 2, SIM_PROBE };

  for (guint32 node = 0; node < plan->n_nodes; node++)
    if (plan->kinds[node] == PLAN_NODE_TASK)
      {
        config.hangs = node;
        search_run (text, plan, &config, disturbances, tally);
      }
}

/* -- Flows -------------------------------------------------------------------------------------- */

static void
search_flow (const char *text, guint disturbances, Tally *tally)
{
  g_autoptr (Flow) flow = story_build (text);
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (Plan) plan = plan_new (flow, diagnostics);

  assert_non_null (plan);
  tally->flows++;
  search_ways (text, plan, disturbances, tally);
  search_reverts (text, plan, disturbances, tally);
  search_hangs (text, plan, disturbances, tally);
}

static const char *const tasks[] = { "N a", "N b", "N c", "N d" };
static const char *const retries[] = { "", " <Times(2) r>" };

/* Whether no renaming of the nodes gives the same edges with a smaller number; edges go from earlier to later nodes. */
static gboolean
is_canonical (guint n, guint edges)
{
  /* Swaps of neighbours that no edge connects are enough to tell most. */
  for (guint at = 0; at + 1 < n; at++)
    {
      guint swapped = 0;
      guint bit = 0;

      for (guint i = 0; i < n; i++)
        for (guint j = i + 1; j < n; j++, bit++)
          if ((edges >> bit & 1) != 0)
            {
              guint from = i == at ? at + 1 : i == at + 1 ? at : i;
              guint to = j == at ? at + 1 : j == at + 1 ? at : j;
              guint low = MIN (from, to);
              guint high = MAX (from, to);

              if (from > to)
                goto connected;
              swapped |= 1u << (low * n - low * (low + 1) / 2 + (high - low - 1));
            }
      if (swapped < edges)
        return FALSE;
    connected:;
    }
  return TRUE;
}

/* All graphs of `n` atoms, with and without a controller, and with a decider of each depth on the first link. */
static void
search_graphs (guint n, guint disturbances, Tally *tally)
{
  static const char *const depths[] = { NULL, "all", "flow", "neighbors", "atom" };

  for (guint edges = 0; edges < 1u << n * (n - 1) / 2; edges++)
    for (guint retry = 0; is_canonical (n, edges) && retry < 2; retry++)
      for (guint depth = 0; depth < (edges == 0 || retry == 1 ? 1u : n == 4 ? 3u : 5u); depth++)
        {
          g_autoptr (GString) text = g_string_new (NULL);
          guint bit = 0;
          gboolean is_first = TRUE;

          g_string_printf (text, "graph g%s [", retries[retry]);
          for (guint i = 0; i < n; i++)
            g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", tasks[i]);
          for (guint i = 0; i < n; i++)
            for (guint j = i + 1; j < n; j++, bit++)
              if ((edges >> bit & 1) != 0)
                {
                  g_string_append_printf (text, ", %c -> %c", 'a' + (int) i, 'a' + (int) j);
                  if (is_first && depths[depth] != NULL)
                    g_string_append_printf (text, " ?no(%s)", depths[depth]);
                  is_first = FALSE;
                }
          g_string_append (text, "]");
          search_flow (text->str, disturbances, tally);
        }
}

/* Flows of `n` atoms, the `inner` last but `after` of which are in a flow of their own; controllers around either. */
static void
search_nests (guint n, guint disturbances, Tally *tally)
{
  static const char *const kinds[] = { "linear", "unordered" };

  for (guint shape = 0; shape < 16; shape++)
    for (guint inner = 1; inner < n; inner++)
      for (guint first = 0; first + inner <= n; first++)
        {
          g_autoptr (GString) text = g_string_new (NULL);

          g_string_printf (text, "%s o%s [", kinds[shape & 1], (shape & 2) != 0 ? " <Times(2) ro>" : "");
          for (guint i = 0; i < n; i++)
            {
              if (i == first)
                g_string_append_printf (text, "%s%s i%s [", i > 0 ? ", " : "", kinds[shape >> 2 & 1], (shape & 8) != 0 ? " <Times(2) ri>" : "");
              g_string_append_printf (text, "%s%s", i == first || i == 0 ? "" : ", ", tasks[i]);
              if (i + 1 == first + inner)
                g_string_append (text, "]");
            }
          g_string_append (text, "]");
          search_flow (text->str, disturbances, tally);
        }
}

static void
all_small_flows_keep_the_promises (void **unused)
{
  Tally tally = { 0 };
  guint more = get_scale () > 1 ? 1 : 0;

  (void) unused;
  search_flow ("linear f []", 2, &tally);
  search_flow ("linear f <Times(2) r> []", 2, &tally);
  for (guint n = 1; n <= 2; n++)
    search_graphs (n, 2, &tally);
  search_nests (2, 1 + more, &tally);
  search_graphs (3, 1 + more, &tally);
  print_message ("# %" G_GUINT64_FORMAT " flows, %" G_GUINT64_FORMAT " states so far\n", tally.flows, tally.states);
#ifndef BACKFLOW_SLOW_SEARCH
  search_nests (3, 1, &tally);
  print_message ("# %" G_GUINT64_FORMAT " flows, %" G_GUINT64_FORMAT " states so far\n", tally.flows, tally.states);
  search_graphs (4, 1, &tally);
#endif
  print_message ("# searched %" G_GUINT64_FORMAT " flows in %" G_GUINT64_FORMAT " ways to go wrong: %" G_GUINT64_FORMAT " states, %" G_GUINT64_FORMAT
                 " ends, %" G_GUINT64_FORMAT " searches given up\n",
                 tally.flows, tally.runs, tally.states, tally.ends, tally.given_up);
  assert_int_equal (tally.given_up, 0);
}

int
main (void)
{
  const struct CMUnitTest tests[] = { cmocka_unit_test (all_small_flows_keep_the_promises) };

  return cmocka_run_group_tests_name ("search", tests, NULL, NULL);
}
