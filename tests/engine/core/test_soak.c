/* SPDX-License-Identifier: Apache-2.0 */
/* Soak: large random flows on the simulated runner, with much going wrong and many disturbances,
 * for a set time. The promises are those of the search; a run that could go one way only ends as it
 * does undisturbed.
 *
 * BACKFLOW_SOAK_SECONDS=N soaks for so long, elsewhere each time when that is longer than a check
 * takes; BACKFLOW_SOAK_SEED=N begins with that flow.
 */
#include "tests/engine/core/sim_search.h"
#include "tests/engine/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SECONDS 10u
/* A run of this many events goes on forever. */
#define EVENTS_MAX 100000u

typedef struct
{
  guint64 flows;
  guint64 runs;
  guint64 events;
  guint64 disturbed;
  guint64 ends[FLOW_STATE_COUNT];
} Tally;

/* -- Flows --------------------------------------------------------------------------------------
 */

typedef struct
{
  GRand *rand;
  GString *text;
  guint n_nodes; /* left, of what a Sim takes */
  guint n_names;
} Writer;

static guint
below (GRand *rand, guint end)
{
  return (guint) g_rand_int_range (rand, 0, (gint32) end);
}

static gboolean
is_one_in (GRand *rand, guint count)
{
  return below (rand, count) == 0;
}

static void
write_links (Writer *writer, guint first_name, guint count)
{
  static const char *const deciders[]
      = { "", "", "", " ?no", " ?no(flow)", " ?no(neighbors)", " ?no(atom)" };

  for (guint i = 0; i < count; i++)
    for (guint j = i + 1; j < count; j++)
      if (is_one_in (writer->rand, 3))
        g_string_append_printf (writer->text, ", n%u -> n%u%s", first_name + i, first_name + j,
                                deciders[below (writer->rand, G_N_ELEMENTS (deciders))]);
}

/* Returns: how many tasks it wrote. */
static guint
write_tasks (Writer *writer)
{
  guint count = MIN (1 + below (writer->rand, 6), writer->n_nodes);

  for (guint i = 0; i < count; i++)
    g_string_append_printf (writer->text, "%sN n%u", i > 0 ? ", " : "", writer->n_names++);
  writer->n_nodes -= count;
  return count;
}

/* Writes a flow of tasks, into which up to `depth` flows are put, and others into those. All but
 * controllers are named n<number>. */
static void
write_flow (Writer *writer, guint depth)
{
  static const char *const kinds[] = { "linear", "unordered", "graph" };
  guint kind = below (writer->rand, 3);
  guint first = writer->n_names + 1;
  guint count;

  g_string_append_printf (writer->text, "%s n%u", kinds[kind], writer->n_names++);
  writer->n_nodes -= MIN (writer->n_nodes, 3);
  if (is_one_in (writer->rand, 3))
    g_string_append_printf (writer->text, " <Times(2) r%u>", writer->n_names);
  g_string_append (writer->text, " [");
  count = write_tasks (writer);
  if (kind == 2)
    write_links (writer, first, count);
  while (depth-- > 0 && writer->n_nodes > 4)
    {
      guint entry = writer->n_names;

      g_string_append (writer->text, entry > first ? ", " : "");
      write_flow (writer, depth);
      if (kind == 2 && count > 0 && is_one_in (writer->rand, 2))
        g_string_append_printf (writer->text, ", n%u -> n%u%s", first, entry,
                                is_one_in (writer->rand, 4) ? " ?no" : "");
    }
  g_string_append (writer->text, "]");
}

static char *
make_text (GRand *rand)
{
  Writer writer = { rand, g_string_new (NULL), 4 + below (rand, SIM_NODES - 12), 0 };

  write_flow (&writer, 1 + below (rand, 3));
  return g_string_free (writer.text, FALSE);
}

/* -- What goes wrong ----------------------------------------------------------------------------
 */

static void
make_config (GRand *rand, const Plan *plan, SimConfig *config)
{
  guint often = 1 + below (rand, 20);

  memset (config, 0, sizeof *config);
  config->capacity = 1 + below (rand, 4);
  config->times = 1 + below (rand, 3);
  config->waits = is_one_in (rand, 2);
  config->revert_tries = 1 + below (rand, 3);
  config->talks = below (rand, 4);
  config->unknown = is_one_in (rand, 2) ? SIM_REPEAT : is_one_in (rand, 2) ? SIM_PROBE : SIM_ASK;
  config->decides = is_one_in (rand, 8)   ? SIM_RAISE
                    : is_one_in (rand, 2) ? SIM_SAY_YES
                                          : SIM_SAY_NO;
  config->gives_up = is_one_in (rand, 4) ? RETRY_DECISION_REVERT_ALL : RETRY_DECISION_REVERT;
  for (guint32 node = 0; node < plan->n_nodes; node++)
    {
      if (!plan_is_atom (plan, node))
        continue;
      if (is_one_in (rand, 2 + often))
        config->fails[node] = is_one_in (rand, 3) ? SIM_ALWAYS : (guint8) (1 + below (rand, 2));
      if (is_one_in (rand, 4 + often * 2))
        config->revert_fails[node]
            = is_one_in (rand, 2) ? SIM_ALWAYS : (guint8) (1 + below (rand, 2));
    }
}

/* The ends that are possible at all: nothing is undone without a reason, and nothing is left
 * without one. */
static guint
possible_ends (const Sim *sim)
{
  const SimConfig *config = sim->config;
  guint ends = 1u << FLOW_STATE_SUCCESS;
  gboolean is_told
      = (sim->was & (1u << SIM_CANCEL | 1u << SIM_KEEP | 1u << SIM_UNDO)) != 0 || sim->was_how != 0;
  gboolean fails = is_told || sim->doomed != 0;
  gboolean is_left = (sim->was & (1u << SIM_KEEP)) != 0 || sim->was_how != 0;

  for (guint32 node = 0; node < sim->now.core.plan->n_nodes; node++)
    {
      fails |= config->fails[node] > 0;
      is_left |= config->revert_fails[node] > 0;
    }
  if (fails)
    ends |= 1u << FLOW_STATE_REVERTED;
  if (fails && is_left)
    ends |= 1u << FLOW_STATE_FAILURE;
  return ends;
}

/* Whether it goes one way only: one attempt at a time, that always does the same, and nobody says
 * anything. */
static gboolean
is_determined (const Sim *sim)
{
  const SimConfig *config = sim->config;
  const guint told = 1u << SIM_CANCEL | 1u << SIM_KEEP | 1u << SIM_UNDO | 1u << SIM_RESOLVE;

  if (config->capacity > 1 || config->waits || (sim->was & told) != 0
      || (sim->has_crashed && config->unknown != SIM_REPEAT))
    return FALSE;
  for (guint32 node = 0; node < sim->now.core.plan->n_nodes; node++)
    if ((config->fails[node] > 0 && config->fails[node] != SIM_ALWAYS)
        || (config->revert_fails[node] > 0 && config->revert_fails[node] != SIM_ALWAYS))
      return FALSE;
  return TRUE;
}

/* -- Running ------------------------------------------------------------------------------------
 */

static void
fail_soak (const char *text, const Sim *sim, guint32 seed, const char *why)
{
  g_autofree char *what = sim_describe (text, sim, why);

  /* The message of a failure is cut after a thousand bytes. */
  print_message ("seed %u: %s\n", seed, what);
  fail_msg ("seed %u: %s", seed, why);
}

/* A choice, disturbances seldom. */
static SimChoice
choose (GRand *rand, const SimChoice *choices, guint count)
{
  guint at = below (rand, count);

  for (guint again = 0; again < 6 && choices[at].act >= SIM_CRASH && choices[at].act <= SIM_KEEP;
       again++)
    at = below (rand, count);
  return choices[at];
}

/* Runs until there is nothing left to choose. Returns: the end. */
static FlowState
run (GRand *rand, const char *text, Sim *sim, guint32 seed, Tally *tally)
{
  SimChoice choices[4 * SIM_NODES];
  guint count;

  sim_watch (text, sim);
  while ((count = sim_list_choices (sim, choices, G_N_ELEMENTS (choices))) > 0)
    {
      sim_take (sim, choose (rand, choices, count));
      tally->events++;
      if (sim->n_events > EVENTS_MAX)
        fail_soak (text, sim, seed, "it goes on forever");
    }
  sim_watch (NULL, NULL);
  if (sim_get_broken (sim) != NULL)
    fail_soak (text, sim, seed, sim_get_broken (sim));
  if (!sim_is_over (sim))
    fail_soak (text, sim, seed, "it hangs though nothing does");
  if ((possible_ends (sim) >> sim->now.core.flow_state & 1) == 0)
    fail_soak (text, sim, seed, "it ends as it never could");
  tally->runs++;
  tally->disturbed += sim->was != 0;
  tally->ends[sim->now.core.flow_state]++;
  return sim->now.core.flow_state;
}

static void
soak_flow (guint32 seed, Tally *tally)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  g_autofree char *text = make_text (rand);
  g_autoptr (Flow) flow = story_build (text);
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (Plan) plan = plan_new (flow, diagnostics);
  g_autofree Sim *sim = g_new (Sim, 1);
  SimOrder order;

  if (plan == NULL || plan->n_nodes > SIM_NODES)
    return;
  tally->flows++;
  sim_find_order (&order, plan);
  for (guint way = 0; way < 8; way++)
    {
      SimConfig config;
      SimConfig quiet;
      FlowState undisturbed;
      FlowState end;

      make_config (rand, plan, &config);
      quiet = config;
      quiet.talks = 0;
      sim_init (sim, plan, &quiet, &order, NULL, 0);
      undisturbed = run (rand, text, sim, seed, tally);
      for (guint again = 0; again < 4; again++)
        {
          sim_init (sim, plan, &config, &order, NULL, 1 + below (rand, 8));
          end = run (rand, text, sim, seed, tally);
          if (is_determined (sim) && end != undisturbed)
            fail_soak (text, sim, seed, "it ends otherwise than undisturbed");
        }
    }
}

static guint32
get_number (const char *name, guint32 otherwise)
{
  const char *text = g_getenv (name);

  return text != NULL ? (guint32) strtoul (text, NULL, 10) : otherwise;
}

static void
large_random_flows_keep_the_promises (void **unused)
{
  Tally tally = { 0 };
  /* A check is the same each time; who soaks for longer searches elsewhere each time. */
  guint32 first
      = get_number ("BACKFLOW_SOAK_SEED",
                    get_number ("BACKFLOW_SOAK_SECONDS", 0) > SECONDS ? g_random_int () : 1);
  guint32 seed = first;
  gint64 until_us = g_get_monotonic_time ()
                    + (gint64) get_number ("BACKFLOW_SOAK_SECONDS", SECONDS) * G_USEC_PER_SEC;

  (void) unused;
  print_message ("# the first seed is %u\n", first);
  do
    soak_flow (seed++, &tally);
  while (g_get_monotonic_time () < until_us);
  print_message ("# %" G_GUINT64_FORMAT " flows, %" G_GUINT64_FORMAT " runs, %" G_GUINT64_FORMAT
                 " of them disturbed, %" G_GUINT64_FORMAT " events; ends: %" G_GUINT64_FORMAT
                 " SUCCESS, %" G_GUINT64_FORMAT " FAILURE, %" G_GUINT64_FORMAT " REVERTED\n",
                 tally.flows, tally.runs, tally.disturbed, tally.events,
                 tally.ends[FLOW_STATE_SUCCESS], tally.ends[FLOW_STATE_FAILURE],
                 tally.ends[FLOW_STATE_REVERTED]);
  assert_true (tally.runs > 0);
}

int
main (void)
{
  const struct CMUnitTest tests[] = { cmocka_unit_test (large_random_flows_keep_the_promises) };

  return cmocka_run_group_tests_name ("soak", tests, NULL, NULL);
}
