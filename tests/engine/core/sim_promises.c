/* SPDX-License-Identifier: Apache-2.0 */
/* The promises, as they are checked in the world: when attempts are handed over, and at an end. */
#include "tests/engine/core/sim_private.h"

const char *
sim_get_broken (const Sim *sim)
{
  return sim->broken;
}

void
sim_expect (Sim *sim, gboolean holds, const char *promise)
{
  if (!holds && sim->broken == NULL)
    sim->broken = promise;
}

gboolean
sim_is_live (const Sim *sim, guint32 node)
{
  for (guint i = 0; i < sim->n_flight; i++)
    if (sim->flight[i].node == node)
      return TRUE;
  return FALSE;
}

/* A failure is known that nobody has dealt with, in what `node` is part of. */
static gboolean
has_failed_around (const Sim *sim, guint32 node)
{
  const Plan *plan = sim->now.core.plan;

  for (guint32 other = 0; other < plan->n_nodes; other++)
    {
      guint32 retry;

      if (!plan_is_atom (plan, other) || sim->now.states[other] != ATOM_STATE_FAILURE)
        continue;
      retry = plan->retries != NULL ? plan->retries[other] : PLAN_NO_NODE;
      while (retry != PLAN_NO_NODE && sim->now.states[retry] == ATOM_STATE_IGNORE)
        retry = plan->retries[retry];
      if (retry == PLAN_NO_NODE
          || (node > retry && node <= plan->controllers[plan_find_controller (plan, retry)].end))
        return TRUE;
    }
  return FALSE;
}

void
sim_check_execute (Sim *sim, guint32 node)
{
  const Plan *plan = sim->now.core.plan;

  sim_expect (sim, sim->durable.states[node] == ATOM_STATE_RUNNING,
              "intent before effect: an execute is handed over that is not durable");
  for (guint32 other = 0; other < plan->n_nodes; other++)
    if ((sim->order->atoms[node] >> other & 1) != 0 && sim->now.states[other] != ATOM_STATE_IGNORE)
      sim_expect (sim, sim->is_done[other],
                  "order: an atom executes before what it depends on has done its work");
  sim_expect (sim, !has_failed_around (sim, node), "nothing new starts once a failure is known");
}

void
sim_check_revert (Sim *sim, guint32 node)
{
  const Plan *plan = sim->now.core.plan;

  sim_expect (sim, sim->durable.states[node] == ATOM_STATE_REVERTING,
              "intent before effect: a revert is handed over that is not durable");
  /* What nobody saw the end of before a crash is reverted once more. */
  sim_expect (sim, sim->may_be[node] || sim->has_crashed || (sim->doomed >> node & 1) != 0,
              "a revert of what has no effect");
  for (guint32 other = 0; other < plan->n_nodes; other++)
    if (plan_is_atom (plan, other) && (sim->order->atoms[other] >> node & 1) != 0)
      sim_expect (sim, !sim->may_be[other] || sim->is_excused[other],
                  "order: an atom is reverted before what depended on it");
}

/* Whether a revert that failed, and that nobody said to leave, comes after the node. */
static gboolean
is_blocked (const Sim *sim, guint32 node)
{
  for (guint32 other = 0; other < sim->now.core.plan->n_nodes; other++)
    if ((sim->order->atoms[other] >> node & 1) != 0
        && sim->now.states[other] == ATOM_STATE_REVERT_FAILURE && !sim->is_excused[other])
      return TRUE;
  return FALSE;
}

static gboolean
is_asked_about (const Core *core, guint32 node)
{
  for (guint i = 0; i < core->leftovers.length; i++)
    if (core->leftovers.items[i].node == node)
      return core->leftovers.items[i].state == LEFTOVER_ASKED;
  return FALSE;
}

/* What is left of an atom at an end is left for a reason: it waits for people, or behind one that
 * does, or the run was to be kept. */
static void
check_left (Sim *sim, guint32 node)
{
  const Core *core = &sim->now.core;
  gboolean waits = FALSE;

  if (core->states[node] == ATOM_STATE_RUNNING || core->states[node] == ATOM_STATE_REVERTING)
    sim_expect (sim, is_asked_about (core, node) || is_blocked (sim, node),
                "a run has ended though an attempt of it has not");
  if (core->flow_state != FLOW_STATE_FAILURE || mode_is_stuck (&core->mode)
      || !core_can_be_undone (core, node))
    return;
  for (guint i = 0; i < core->leftovers.length; i++)
    waits |= (sim->order->atoms[core->leftovers.items[i].node] >> node & 1) != 0;
  sim_expect (sim, waits || is_blocked (sim, node),
              "a run has ended though something of it can be reverted");
}

/* What may be said of a run that has come to an end. */
void
sim_check_end (Sim *sim)
{
  const Plan *plan = sim->now.core.plan;
  FlowState end = sim->now.core.flow_state;
  gboolean is_left = FALSE;

  for (guint32 node = 0; node < plan->n_nodes; node++)
    {
      if (!plan_is_atom (plan, node))
        continue;
      is_left |= sim->may_be[node];
      check_left (sim, node);
      sim_expect (sim, end != FLOW_STATE_REVERTED || !sim->may_be[node],
                  "nothing is called reverted that is not: the run");
      sim_expect (sim, sim->now.states[node] != ATOM_STATE_REVERTED || !sim->may_be[node],
                  "nothing is called reverted that is not: an atom");
      sim_expect (sim,
                  end != FLOW_STATE_SUCCESS || sim->is_done[node]
                      || sim->now.states[node] == ATOM_STATE_IGNORE,
                  "a run is SUCCESS though an atom has not done its work");
      sim_expect (sim, sim->now.states[node] == sim->durable.states[node],
                  "the store and the engine differ at an end");
    }
  /* After a crash an intent may be all that there was of an attempt, which nobody can know. */
  sim_expect (sim, end != FLOW_STATE_FAILURE || is_left || sim->has_crashed,
              "a run is FAILURE though nothing is left");
  sim_expect (sim, sim->n_flight == 0, "a run has ended while an attempt lives");
  sim_expect (sim, sim->durable.core.flow_state == end, "the end is not durable");
}
