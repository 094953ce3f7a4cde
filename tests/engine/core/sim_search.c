/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/engine/core/sim_search.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* A set of hashes; 0 is no member. */
typedef struct
{
  guint64 *slots;
  gsize n_slots; /* a power of two */
  gsize length;
} Seen;

/* One search. ends: of the undisturbed runs, as bits of FlowState. */
typedef struct
{
  const char *text;
  const Plan *plan;
  const SimConfig *config;
  Seen seen;
  Sim *stack;
  guint length;
  guint size;
  guint ends;
  SimTally *tally;
} Search;

/* -- States that were seen ----------------------------------------------------------------------
 */

static gboolean
put (Seen *seen, guint64 hash)
{
  gsize at = hash & (seen->n_slots - 1);

  while (seen->slots[at] != 0 && seen->slots[at] != hash)
    at = (at + 1) & (seen->n_slots - 1);
  if (seen->slots[at] == hash)
    return FALSE;
  seen->slots[at] = hash;
  seen->length++;
  return TRUE;
}

static void
make_room (Seen *seen)
{
  Seen wider = { NULL, seen->n_slots == 0 ? 1024 : seen->n_slots * 4, 0 };

  if (seen->length * 2 < seen->n_slots)
    return;
  wider.slots = g_new0 (guint64, wider.n_slots);
  for (gsize i = 0; i < seen->n_slots; i++)
    if (seen->slots[i] != 0)
      (void) put (&wider, seen->slots[i]);
  g_free (seen->slots);
  *seen = wider;
}

static gboolean
is_new (Search *search, const Sim *sim)
{
  make_room (&search->seen);
  if (!put (&search->seen, sim_hash (sim) | 1))
    return FALSE;
  search->tally->states++;
  return TRUE;
}

/* -- What may be --------------------------------------------------------------------------------
 */

static gboolean
may_fail_reverting (const Sim *sim)
{
  for (guint32 node = 0; node < sim->now.core.plan->n_nodes; node++)
    if (sim->config->revert_fails[node] > 0)
      return TRUE;
  return FALSE;
}

/* Whether several fail for a while only: then it depends on who is tried together how many tries
 * they need. */
static gboolean
needs_luck (const Sim *sim)
{
  guint n_failing = 0;
  guint n_passing = 0;

  for (guint32 node = 0; node < sim->now.core.plan->n_nodes; node++)
    {
      n_failing += sim->config->fails[node] > 0;
      n_passing += sim->config->fails[node] > 0 && sim->config->fails[node] != SIM_ALWAYS;
    }
  return n_failing > 1 && n_passing > 0;
}

static const guint success = 1u << FLOW_STATE_SUCCESS;
static const guint reverted = 1u << FLOW_STATE_REVERTED;
static const guint failure = 1u << FLOW_STATE_FAILURE;

/* What people, and probes, may make of it. What would have failed may be called done by them, and
 * what would have done its work absent. */
static guint
said_ends (const Sim *sim)
{
  guint ends = 0;

  if ((sim->was & (1u << SIM_KEEP)) != 0)
    ends |= failure | reverted;
  if ((sim->was & (1u << SIM_CANCEL | 1u << SIM_UNDO)) != 0)
    ends |= reverted;
  if (sim->has_crashed && sim->config->unknown == SIM_PROBE)
    ends |= reverted | success;
  if (sim->was_how != 0)
    ends |= reverted | success | failure;
  return ends;
}

/* The ends that a run may come to, as bits of FlowState, when it was disturbed as it was.
 * undisturbed: those it may come to otherwise. */
static guint
allowed_ends (const Sim *sim, guint undisturbed)
{
  guint ends = undisturbed | said_ends (sim);

  /* A structure that lets what had begun by another look out of order is rolled back as a whole. */
  if (sim->has_crashed && sim->config->other != NULL && ends != success)
    ends |= reverted;
  if (needs_luck (sim))
    ends |= reverted | success;
  if (may_fail_reverting (sim) && (ends & reverted) != 0)
    ends |= failure;
  /* What was held back may not be there to fail reverting. */
  if ((sim->was & (1u << SIM_SUSPEND)) != 0 && (ends & failure) != 0)
    ends |= reverted;
  return ends;
}

static void
describe_bytes (GString *text, const char *name, const Sim *sim, const guint8 *bytes)
{
  for (guint32 node = 0; node < sim->now.core.plan->n_nodes; node++)
    if (bytes[node] > 0)
      g_string_append_printf (text, " %s(%u)=%u", name, node, bytes[node]);
}

char *
sim_describe (const char *text, const Sim *sim, const char *why)
{
  const SimConfig *config = sim->config;
  g_autofree char *story = sim_dup_story (sim);
  GString *what = g_string_new (why);

  g_string_append_printf (what, "\n  flow    %s\n  wrong  ", text);
  describe_bytes (what, "fails", sim, config->fails);
  describe_bytes (what, "revert-fails", sim, config->revert_fails);
  g_string_append_printf (
      what,
      " hangs %" G_GINT64_MODIFIER
      "x revert-tries %u times %u waits %d capacity %u unknown %u decides %u gives-up %u other %d",
      config->hangs, config->revert_tries, config->times, config->waits, config->capacity,
      config->unknown, config->decides, config->gives_up, config->other != NULL);
  g_string_append_printf (what, "\n  events  %s\n  end     %s\n  states ", story,
                          flow_state_get_name (sim->now.core.flow_state));
  for (guint32 node = 0; node < sim->now.core.plan->n_nodes; node++)
    if (plan_is_atom (sim->now.core.plan, node))
      g_string_append_printf (what, " %s=%s", plan_atom (sim->now.core.plan, node)->name,
                              atom_state_get_name ((AtomState) sim->now.states[node]));
  return g_string_free (what, FALSE);
}

static void
fail_search (const Search *search, const Sim *sim, const char *why)
{
  g_autofree char *what = sim_describe (search->text, sim, why);

  fail_msg ("%s", what);
}

static void
take_end (Search *search, const Sim *sim)
{
  guint end = 1u << sim->now.core.flow_state;

  search->tally->ends++;
  if (sim->was == 0)
    search->ends |= end;
  else if ((allowed_ends (sim, search->ends) & end) == 0)
    fail_search (search, sim, "it ends as it could not have ended undisturbed");
}

static void
look_at (Search *search, const Sim *sim, guint n_choices)
{
  if (sim_get_broken (sim) != NULL)
    fail_search (search, sim, sim_get_broken (sim));
  if (sim_is_over (sim))
    take_end (search, sim);
  else if (n_choices == 0 && search->config->hangs == 0)
    fail_search (search, sim, "it hangs though nothing does");
}

/* -- Assertions of the core ---------------------------------------------------------------------
 */

/* What is being stepped. */
static const Sim *stepped;
static const char *stepped_text;

/* A program that is ended by an assertion says where. */
static void
on_abort (int number)
{
  g_autofree char *what
      = stepped != NULL ? sim_describe (stepped_text, stepped, "an assertion of the core fails")
                        : NULL;

  (void) fprintf (stderr, "%s\n", what != NULL ? what : "");
  (void) signal (number, SIG_DFL);
  (void) raise (number);
}

void
sim_watch (const char *text, const Sim *sim)
{
  stepped_text = text;
  stepped = sim;
  (void) signal (SIGABRT, on_abort);
}

/* -- Searching ----------------------------------------------------------------------------------
 */

static void
push (Search *search, const Sim *sim)
{
  if (search->length == search->size)
    {
      search->size = MAX (16, search->size * 2);
      search->stack = g_renew (Sim, search->stack, search->size);
    }
  sim_copy (&search->stack[search->length++], sim);
}

/* Goes on with the last choice as long as that leads to something new; what the others lead to is
 * kept for later. */
static void
follow (Search *search, Sim *sim, Sim *next)
{
  gboolean goes_on = TRUE;

  while (goes_on)
    {
      SimChoice choices[3 * SIM_NODES];
      guint count = sim_list_choices (sim, choices, G_N_ELEMENTS (choices));

      look_at (search, sim, count);
      for (guint i = 0; i + 1 < count; i++)
        {
          sim_copy (next, sim);
          stepped = next;
          sim_take (next, choices[i]);
          if (is_new (search, next))
            push (search, next);
        }
      goes_on = count > 0;
      if (goes_on)
        {
          stepped = sim;
          sim_take (sim, choices[count - 1]);
          goes_on = is_new (search, sim);
        }
    }
}

static void
search_with (Search *search, const SimOrder orders[2], guint disturbances, guint states_max)
{
  g_autofree Sim *sim = g_new (Sim, 1);
  g_autofree Sim *next = g_new (Sim, 1);

  sim_init (sim, search->plan, search->config, &orders[0], &orders[1], disturbances);
  sim_watch (search->text, sim);
  (void) is_new (search, sim);
  follow (search, sim, next);
  while (search->length > 0 && search->seen.length < states_max)
    {
      sim_copy (sim, &search->stack[--search->length]);
      follow (search, sim, next);
    }
  sim_watch (NULL, NULL);
  search->tally->given_up += search->length > 0;
  g_clear_pointer (&search->stack, g_free);
  g_clear_pointer (&search->seen.slots, g_free);
  search->length = search->size = 0;
  search->seen = (Seen){ 0 };
}

void
sim_search (const char *text, const Plan *plan, const SimConfig *config, guint disturbances,
            guint states_max, SimTally *tally)
{
  Search search = { .text = text, .plan = plan, .config = config, .tally = tally };
  SimConfig quiet = *config;
  SimOrder orders[2];

  tally->ways++;
  sim_find_order (&orders[0], plan);
  sim_find_order (&orders[1], config->other != NULL ? config->other : plan);
  /* First without disturbances: how it may end. */
  quiet.talks = 0;
  search.config = &quiet;
  search_with (&search, orders, 0, states_max);
  search.config = config;
  search_with (&search, orders, disturbances, states_max);
}
