/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated runner: steps the core, answers it, makes its duties durable and does them, one
 * thing after the other. */
#include "tests/engine/core/sim_private.h"

#include "engine/core/invariants.h"

#include <string.h>

/* -- Beginning and forking ----------------------------------------------------------------------
 */

void
sim_copy (Sim *copy, const Sim *sim)
{
  sim_core_copy (&copy->now, &sim->now);
  sim_core_copy (&copy->durable, &sim->durable);
  memcpy (copy->events, sim->events, MIN (sim->n_events, SIM_EVENTS) * sizeof *sim->events);
  memcpy (copy->waits, sim->waits, sim->now.core.duties.length);
  memcpy (&copy->config, &sim->config, sizeof *sim - G_STRUCT_OFFSET (Sim, config));
}

void
sim_init (Sim *sim, const Plan *plan, const SimConfig *config, const SimOrder *order,
          const SimOrder *other_order, guint disturbances)
{
  memset (sim, 0, sizeof *sim);
  sim->config = config;
  sim->order = order;
  sim->other_order = other_order;
  sim->disturbances = (guint8) disturbances;
  sim->talks = (guint8) config->talks;
  sim->said.kind = STORAGE_RECORD_COUNT;
  sim_core_init (&sim->now, plan);
  sim_core_init (&sim->durable, plan);
}

void
sim_find_order (SimOrder *order, const Plan *plan)
{
  guint64 *before = order->atoms;

  memset (order, 0, sizeof *order);
  for (guint32 round = 0; round < plan->n_nodes; round++)
    for (guint32 node = 0; node < plan->n_nodes; node++)
      for (guint32 i = plan->predecessor_offsets[node]; i < plan->predecessor_offsets[node + 1];
           i++)
        {
          guint32 other = plan->predecessors[i];

          before[node] |= before[other] | (plan_is_atom (plan, other) ? (guint64) 1 << other : 0);
        }
}

/* -- Policies -----------------------------------------------------------------------------------
 */

static void
answer_failure (Sim *sim, const CoreQuestion *question)
{
  gboolean again = sim->tries[question->retry] < sim->config->times;
  gint64 wait_us = again && sim->config->waits ? 1 : 0;

  core_answer_failure (&sim->now.core, question,
                       again ? RETRY_DECISION_RETRY : sim->config->gives_up, wait_us, 1);
}

static void
answer_revert (Sim *sim, const CoreQuestion *question)
{
  gboolean again = ++sim->tries[question->node] < sim->config->revert_tries;

  core_answer_revert (&sim->now.core, question, again, sim->config->waits ? 1 : 0, 1);
}

static void
answer_decide (Sim *sim, const CoreQuestion *question)
{
  guint count;
  const PlanDecider *deciders = plan_find_deciders (sim->now.core.plan, question->node, &count);

  if (sim->config->decides == SIM_RAISE)
    {
      guint32 node = core_answer_undecided (&sim->now.core, question);

      sim->doomed |= node != PLAN_NO_NODE ? (guint64) 1 << node : 0;
      return;
    }
  core_answer_decide (&sim->now.core, question, sim->config->decides == SIM_SAY_YES,
                      deciders[0].decider->depth, deciders[0].is_step);
}

static void
answer_unknown (Sim *sim, const CoreQuestion *question)
{
  CoreUnknown what = CORE_UNKNOWN_REPEAT;

  /* Controllers have neither probes nor anything in the world that somebody could look at. */
  if (sim->now.core.plan->kinds[question->node] != PLAN_NODE_RETRY
      && !mode_is_stuck (&sim->now.core.mode))
    {
      if (sim->config->unknown == SIM_PROBE && !question->is_probed)
        what = CORE_UNKNOWN_PROBE;
      else if (sim->config->unknown == SIM_ASK
               && !core_counts_as_failed (&sim->now.core, question->node))
        what = CORE_UNKNOWN_ASK;
    }
  core_answer_unknown (&sim->now.core, question, what);
}

/* Values of decisions are kept beside, so that a run can be copied. */
void
sim_answer (Sim *sim)
{
  CoreQuestion question;

  while (core_next_question (&sim->now.core, &question))
    switch (question.kind)
      {
      case CORE_QUESTION_FAILURE:
        answer_failure (sim, &question);
        break;
      case CORE_QUESTION_REVERT:
        answer_revert (sim, &question);
        break;
      case CORE_QUESTION_DECIDE:
        answer_decide (sim, &question);
        break;
      case CORE_QUESTION_UNKNOWN:
      default:
        answer_unknown (sim, &question);
        break;
      }
  for (guint i = sim->committed; i < sim->now.core.duties.length; i++)
    {
      StorageRecord *record = &sim->now.records[i];

      if (sim->now.kinds[i] != DUTY_RECORD || record->value == NULL)
        continue;
      sim->waits[i] = 1;
      g_variant_unref (record->value);
      record->value = NULL;
    }
}

/* -- The runner ---------------------------------------------------------------------------------
 */

static gboolean
is_transient (EngineState state)
{
  return state == ENGINE_STATE_ANALYZING || state == ENGINE_STATE_SCHEDULING
         || state == ENGINE_STATE_GAME_OVER;
}

gboolean
sim_is_over (const Sim *sim)
{
  EngineState state = sim->now.core.state;

  return sim->phase == SIM_STEP
         && (state == ENGINE_STATE_SUCCESS || state == ENGINE_STATE_FAILURE
             || state == ENGINE_STATE_REVERTED);
}

static void
take_request (Sim *sim)
{
  SimAct request = sim->request;

  sim->request = SIM_GO;
  if (request == SIM_SUSPEND)
    core_suspend (&sim->now.core);
  else if (request == SIM_CANCEL || request == SIM_KEEP)
    core_cancel (&sim->now.core, request == SIM_KEEP);
}

static void
step (Sim *sim)
{
  Core *core = &sim->now.core;
  gboolean was_waiting = core->state == ENGINE_STATE_WAITING;

  if (core->state != ENGINE_STATE_UNDEFINED && core->state != ENGINE_STATE_SUSPENDED)
    take_request (sim);
  (void) core_advance (core, sim->config->capacity, sim->done, was_waiting ? sim->n_done : 0);
  sim->n_done = 0;
  while (core->questions.length > 0)
    {
      sim_answer (sim);
      if (is_transient (core->state))
        (void) core_advance (core, sim->config->capacity, NULL, 0);
    }
  sim->phase = SIM_COMMIT;
}

/* What the journal says of tries, as a resumed engine finds it. */
static void
count_durable (Sim *sim, const StorageRecord *record)
{
  if (record->kind != STORAGE_RECORD_ATOM)
    return;
  if (sim->now.core.plan->kinds[record->atom] == PLAN_NODE_RETRY)
    {
      if (record->to == ATOM_STATE_SUCCESS && record->from == ATOM_STATE_RUNNING)
        sim->durable_tries[record->atom]++;
      else if (record->to == ATOM_STATE_REVERTED)
        sim->durable_tries[record->atom] = 0;
      return;
    }
  if (record->to == ATOM_STATE_REVERT_FAILURE)
    sim->durable_tries[record->atom]++;
  else if (record->to == ATOM_STATE_REVERTED)
    sim->durable_tries[record->atom] = 0;
}

static void
commit (Sim *sim)
{
  if (sim->said.kind == STORAGE_RECORD_RESOLUTION && sim->said.to == STORAGE_RESOLUTION_SKIP
      && sim->durable.states[sim->said.atom] != ATOM_STATE_RUNNING)
    sim->is_excused[sim->said.atom] = TRUE;
  if (sim->said.kind != STORAGE_RECORD_COUNT)
    core_apply (&sim->durable.core, &sim->said);
  sim->said.kind = STORAGE_RECORD_COUNT;
  for (guint i = sim->committed; i < sim->now.core.duties.length; i++)
    {
      StorageRecord record = sim->now.records[i];
      g_autoptr (GVariant) value = NULL;

      if (sim->now.kinds[i] == DUTY_CANCEL || sim->now.kinds[i] == DUTY_REPEAT
          || sim->now.kinds[i] == DUTY_PROBE)
        continue;
      if (record.kind == STORAGE_RECORD_DECISION && sim->waits[i] > 0)
        record.value = value = g_variant_ref_sink (g_variant_new ("(xx)", (gint64) 1, (gint64) 1));
      core_apply (&sim->durable.core, &record);
      count_durable (sim, &record);
    }
  sim->committed = sim->now.core.duties.length;
  sim->phase = SIM_DUTY;
}

/* The engine may be told to resume with a stored request: it remembers only what the journal says.
 */
static void
note_request (Sim *sim)
{
  StorageRecord record
      = { .atom = STORAGE_NO_ATOM, .kind = STORAGE_RECORD_REQUEST, .to = STORAGE_REQUEST_KEEP };

  if (mode_is_stuck (&sim->now.core.mode) && !mode_is_stuck (&sim->durable.core.mode))
    core_apply (&sim->durable.core, &record);
}

static void
hand_over (Sim *sim, const StorageRecord *intent, DutyKind kind)
{
  gboolean is_probe = kind == DUTY_PROBE;
  gboolean reverts = intent->to == ATOM_STATE_REVERTING;
  guint32 node = intent->atom;
  SimAttempt attempt = { (guint8) node, (guint8) reverts,  (guint8) is_probe, kind != DUTY_START,
                         FALSE,         sim->may_be[node], sim->is_done[node] };

  sim_expect (sim, !sim_is_live (sim, node), "one live attempt: a second one is handed over");
  if (!is_probe && reverts)
    sim_check_revert (sim, node);
  else if (!is_probe)
    {
      sim_check_execute (sim, node);
      if ((sim->doomed >> node & 1) == 0)
        sim->may_be[node] = TRUE;
    }
  if (!is_probe && reverts)
    sim->is_done[node] = FALSE;
  sim->flight[sim->n_flight++] = attempt;
}

static void
perform (Sim *sim)
{
  Core *core = &sim->now.core;
  StorageRecord record = sim->now.records[sim->next];
  DutyKind kind = (DutyKind) sim->now.kinds[sim->next++];
  gboolean starts = kind == DUTY_START || kind == DUTY_REPEAT || kind == DUTY_PROBE;

  if (starts)
    take_request (sim);
  if (kind == DUTY_CANCEL)
    {
      for (guint i = 0; i < sim->n_flight; i++)
        if (sim->flight[i].node == record.atom)
          sim->flight[i].is_cancelled = TRUE;
    }
  else if (starts
           && (kind == DUTY_START ? core_may_start (core, record.atom)
                                  : core_may_take_up (core, record.atom, kind == DUTY_PROBE)))
    hand_over (sim, &record, kind);
  else if (kind == DUTY_START)
    core_take_back (core, record.atom);
  else if (starts)
    core_give_back (core, record.atom);
}

/* All duties of the list are done; doing them may have added others. */
static void
finish_duties (Sim *sim)
{
  Core *core = &sim->now.core;

  note_request (sim);
  if (sim->committed < core->duties.length)
    {
      sim->phase = SIM_COMMIT;
      return;
    }
  memset (sim->waits, 0, core->duties.length);
  core->duties.length = 0;
  core->duties.is_special = FALSE;
  sim->next = sim->committed = 0;
  sim->phase = core->state == ENGINE_STATE_WAITING ? SIM_WAIT : SIM_STEP;
  if (sim->phase == SIM_WAIT && sim->n_flight == 0 && core_get_due (core) == G_MAXINT64)
    sim_expect (sim, ++sim->idle < 4, "no progress: it waits for nothing, over and over");
  else
    sim->idle = 0;
  if (sim_is_over (sim))
    sim_check_end (sim);
}

void
sim_go (Sim *sim)
{
  const char *broken;

  switch (sim->phase)
    {
    case SIM_STEP:
      step (sim);
      broken = invariants_find_broken (&sim->now.core);
      sim_expect (sim, broken == NULL, broken);
      break;
    case SIM_COMMIT:
      commit (sim);
      note_request (sim);
      break;
    case SIM_DUTY:
      if (sim->next < sim->committed)
        perform (sim);
      else
        finish_duties (sim);
      break;
    case SIM_WAIT:
    default:
      sim->phase = SIM_STEP;
      break;
    }
}
