/* SPDX-License-Identifier: Apache-2.0 */
/* What happens around a simulated runner: attempts and probes end, processes die, people say
 * something. */
#include "tests/engine/core/sim_private.h"

#include <string.h>

static gboolean
fails (const Sim *sim, const SimAttempt *attempt)
{
  const SimConfig *config = sim->config;
  guint32 node = attempt->node;
  guint fails = attempt->reverts ? config->revert_fails[node] : config->fails[node];

  if (!attempt->reverts && (attempt->is_cancelled || (sim->doomed >> node & 1) != 0))
    return TRUE;
  if (attempt->reverts && (sim->doomed >> node & 1) != 0)
    return FALSE;
  return fails == SIM_ALWAYS
         || (attempt->reverts ? sim->now.reverts[node] : sim->now.attempts[node]) <= fails;
}

static void
report (Sim *sim, guint32 node, CoreOutcome outcome)
{
  sim->done[sim->n_done++] = (CoreCompletion){ node, outcome };
  sim->phase = SIM_STEP;
}

void
sim_end_attempt (Sim *sim, guint which)
{
  SimAttempt attempt = sim->flight[which];
  gboolean has_failed = fails (sim, &attempt);
  gboolean is_retry = sim->now.core.plan->kinds[attempt.node] == PLAN_NODE_RETRY;

  sim->flight[which] = sim->flight[--sim->n_flight];
  if (attempt.reverts && !has_failed)
    sim->may_be[attempt.node] = sim->tries[attempt.node] = 0;
  else if (!attempt.reverts && !has_failed)
    {
      sim->is_done[attempt.node] = TRUE;
      if (is_retry)
        sim->tries[attempt.node]++;
    }
  report (sim, attempt.node, has_failed ? CORE_OUTCOME_FAILURE : CORE_OUTCOME_SUCCESS);
}

void
sim_refuse_attempt (Sim *sim, guint which)
{
  SimAttempt attempt = sim->flight[which];

  sim->flight[which] = sim->flight[--sim->n_flight];
  sim->may_be[attempt.node] = attempt.may_have_been;
  sim->is_done[attempt.node] = attempt.was_done;
  report (sim, attempt.node, CORE_OUTCOME_NOT_STARTED);
}

void
sim_end_probe (Sim *sim, guint which, SimAct says)
{
  SimAttempt attempt = sim->flight[which];
  guint32 node = attempt.node;

  sim->flight[which] = sim->flight[--sim->n_flight];
  if (says == SIM_ABSENT)
    sim->may_be[node] = sim->is_done[node] = FALSE;
  else if (says == SIM_PRESENT && !attempt.reverts)
    sim->is_done[node] = TRUE;
  report (sim, node,
          says == SIM_PRESENT  ? CORE_OUTCOME_PRESENT
          : says == SIM_ABSENT ? CORE_OUTCOME_ABSENT
                               : CORE_OUTCOME_UNKNOWN);
}

/* A new engine goes on from what is durable. What ran has been ended before that. */
void
sim_resume (Sim *sim)
{
  memset (sim->waits, 0, sim->now.core.duties.length);
  sim_core_copy (&sim->now, &sim->durable);
  core_rebuild (&sim->now.core);
  memcpy (sim->tries, sim->durable_tries, sizeof sim->tries);
  sim->n_flight = sim->n_done = 0;
  sim->request = SIM_GO;
  sim->said.kind = STORAGE_RECORD_COUNT;
  sim->next = sim->committed = 0;
  sim->phase = SIM_STEP;
  /* Failures that nobody was asked about are asked about at once. */
  sim_answer (sim);
}

void
sim_change_structure (Sim *sim)
{
  if (sim->config->other == NULL || sim->order == sim->other_order)
    return;
  sim->order = sim->other_order;
  sim_core_change (&sim->durable, sim->config->other);
}

void
sim_resolve (Sim *sim, guint32 node, StorageResolution how)
{
  sim->said
      = (StorageRecord){ .atom = node, .kind = STORAGE_RECORD_RESOLUTION, .to = (guint8) how };
  sim->tries[node] = 0;
  if (how == STORAGE_RESOLUTION_DONE)
    sim->is_done[node] = TRUE;
  else if (how == STORAGE_RESOLUTION_REVERTED)
    sim->may_be[node] = sim->is_done[node] = FALSE;
  sim_expect (sim, core_resolve (&sim->now.core, node, how),
              "what waits for people can't be resolved");
  sim_answer (sim);
  sim->phase = SIM_COMMIT;
}

void
sim_undo (Sim *sim)
{
  sim->said = (StorageRecord){ .atom = STORAGE_NO_ATOM,
                               .kind = STORAGE_RECORD_REQUEST,
                               .to = STORAGE_REQUEST_UNDO };
  memset (sim->tries, 0, sizeof sim->tries);
  core_undo (&sim->now.core);
  sim_answer (sim);
  sim->phase = SIM_COMMIT;
}
