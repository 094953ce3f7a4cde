/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/engine/sim_private.h"

#include "engine/invariants.h"

#include <string.h>

/* -- Cores within values ------------------------------------------------------------------------ */

static void
bind_set (ReadySet *set, guint64 *word)
{
  set->words = set->levels[0] = word;
}

static void
bind (SimCore *self)
{
  Core *core = &self->core;

  core->states = self->states;
  core->marks = self->marks;
  core->hold = self->hold;
  core->attempts = self->attempts;
  core->reverts = self->reverts;
  bind_set (&core->ready, &self->ready);
  bind_set (&core->undo, &self->undo);
  core->running.items = self->running;
  core->stack.items = self->stack;
  core->questions.items = self->questions;
  core->timers.items = self->timers;
  core->leftovers.items = self->leftovers;
  core->duties.records = self->records;
  core->duties.kinds = self->kinds;
  core->running.size = core->stack.size = core->questions.size = core->timers.size = core->leftovers.size = SIM_ROOM;
  core->duties.size = SIM_ROOM;
}

/* Copies a fresh core into one with arrays within. */
static void
init_core (SimCore *self, const Plan *plan)
{
  Core fresh;

  g_assert (plan->n_nodes <= SIM_NODES);
  core_init (&fresh, plan, ENGINE_FLAGS_NONE);
  core_need_marks (&fresh);
  memset (self, 0, sizeof *self);
  self->core = fresh;
  memcpy (self->hold, fresh.hold, plan->n_nodes * sizeof *fresh.hold);
  /* Ready sets of so few nodes are a word each, and empty now. */
  g_assert (fresh.ready.n_words == 1);
  bind (self);
  core_clear (&fresh);
}

void
sim_copy (Sim *copy, const Sim *sim)
{
  memcpy (copy, sim, sizeof *sim);
  bind (&copy->now);
  bind (&copy->durable);
}

void
sim_init (Sim *sim, const Plan *plan, const SimConfig *config, const guint32 *before, guint disturbances)
{
  memset (sim, 0, sizeof *sim);
  sim->config = config;
  sim->before = before;
  sim->disturbances = (guint8) disturbances;
  init_core (&sim->now, plan);
  init_core (&sim->durable, plan);
}

/* -- Policies ----------------------------------------------------------------------------------- */

static void
answer_failure (Sim *sim, const CoreQuestion *question)
{
  gboolean again = sim->tries[question->retry] < sim->config->times;
  gint64 wait_us = again && sim->config->waits ? 1 : 0;

  core_answer_failure (&sim->now.core, question, again ? RETRY_DECISION_RETRY : RETRY_DECISION_REVERT, wait_us, 1);
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

  core_answer_decide (&sim->now.core, question, FALSE, deciders[0].decider->depth, deciders[0].is_step);
}

static void
answer_unknown (Sim *sim, const CoreQuestion *question)
{
  CoreUnknown what = CORE_UNKNOWN_REPEAT;

  /* Controllers have neither probes nor anything in the world that somebody could look at. */
  if (sim->now.core.plan->kinds[question->node] != PLAN_NODE_RETRY && !sim->now.core.is_stuck)
    {
      if (sim->config->unknown == SIM_PROBE && !question->is_probed)
        what = CORE_UNKNOWN_PROBE;
      else if (sim->config->unknown == SIM_ASK)
        what = CORE_UNKNOWN_ASK;
    }
  core_answer_unknown (&sim->now.core, question, what);
}

/* Answers all questions. Values of decisions are kept beside, so that a run can be copied. */
static void
answer (Sim *sim)
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
  for (guint i = sim->next; i < sim->now.core.duties.length; i++)
    {
      StorageRecord *record = &sim->now.records[i];

      if (sim->now.kinds[i] != DUTY_RECORD || record->value == NULL)
        continue;
      sim->waits[i] = 1;
      g_variant_unref (record->value);
      record->value = NULL;
    }
}

/* -- The runner --------------------------------------------------------------------------------- */

static gboolean
is_transient (EngineState state)
{
  return state == ENGINE_STATE_ANALYZING || state == ENGINE_STATE_SCHEDULING || state == ENGINE_STATE_GAME_OVER;
}

static gboolean
is_over (const Sim *sim)
{
  EngineState state = sim->now.core.state;

  return state == ENGINE_STATE_SUCCESS || state == ENGINE_STATE_FAILURE || state == ENGINE_STATE_REVERTED;
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
  (void) core_advance (core, sim->config->capacity, &sim->done, was_waiting && sim->has_done ? 1 : 0);
  sim->has_done = FALSE;
  while (core->questions.length > 0)
    {
      answer (sim);
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
  for (guint i = sim->committed; i < sim->now.core.duties.length; i++)
    {
      StorageRecord record = sim->now.records[i];
      g_autoptr (GVariant) value = NULL;

      if (sim->now.kinds[i] == DUTY_CANCEL || sim->now.kinds[i] == DUTY_REPEAT || sim->now.kinds[i] == DUTY_PROBE)
        continue;
      if (record.kind == STORAGE_RECORD_DECISION && sim->waits[i] > 0)
        record.value = value = g_variant_ref_sink (g_variant_new ("(xx)", (gint64) 1, (gint64) 1));
      core_apply (&sim->durable.core, &record);
      count_durable (sim, &record);
    }
  sim->committed = sim->now.core.duties.length;
  sim->phase = SIM_DUTY;
}

/* The engine may be told to resume with a stored request: it remembers only what the journal says. */
static void
note_request (Sim *sim)
{
  StorageRecord record = { .atom = STORAGE_NO_ATOM, .kind = STORAGE_RECORD_REQUEST, .to = STORAGE_REQUEST_KEEP };

  if (sim->now.core.is_stuck && !sim->durable.core.is_stuck)
    core_apply (&sim->durable.core, &record);
}

static void
hand_over (Sim *sim, const StorageRecord *intent, gboolean is_probe)
{
  gboolean reverts = intent->to == ATOM_STATE_REVERTING;
  guint32 node = intent->atom;

  sim_expect (sim, !sim_is_live (sim, node), "one live attempt: a second one is handed over");
  if (!is_probe && reverts)
    sim_check_revert (sim, node);
  else if (!is_probe)
    {
      sim_check_execute (sim, node);
      sim->may_be[node] = TRUE;
    }
  if (!is_probe && reverts)
    sim->is_done[node] = FALSE;
  sim->flight[sim->n_flight++] = (SimAttempt){ (guint8) node, reverts, is_probe, FALSE };
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
  else if (starts && (kind == DUTY_START ? core_may_start (core, record.atom) : core_may_take_up (core, record.atom, kind == DUTY_PROBE)))
    hand_over (sim, &record, kind == DUTY_PROBE);
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
  core->duties.length = 0;
  core->duties.is_special = FALSE;
  sim->next = sim->committed = 0;
  memset (sim->waits, 0, sizeof sim->waits);
  sim->phase = core->state == ENGINE_STATE_WAITING ? SIM_WAIT : SIM_STEP;
  if (sim->phase == SIM_WAIT && sim->n_flight == 0 && core_get_due (core) == G_MAXINT64)
    sim_expect (sim, ++sim->idle < 4, "no progress: it waits for nothing, over and over");
  else
    sim->idle = 0;
  if (is_over (sim))
    sim_check_end (sim);
}

static void
go (Sim *sim)
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

/* -- The world ---------------------------------------------------------------------------------- */

static gboolean
fails (const Sim *sim, const SimAttempt *attempt)
{
  const SimConfig *config = sim->config;

  if (attempt->reverts)
    return attempt->node == config->revert_fails && (!config->revert_fails_once || sim->now.reverts[attempt->node] == 1);
  if (attempt->is_cancelled)
    return TRUE;
  return attempt->node == config->fails && (!config->fails_once || sim->now.attempts[attempt->node] == 1);
}

static void
end_attempt (Sim *sim, guint which)
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
      sim->tries[attempt.node] += is_retry;
    }
  sim->done = (CoreCompletion){ attempt.node, has_failed ? CORE_OUTCOME_FAILURE : CORE_OUTCOME_SUCCESS };
  sim->has_done = TRUE;
  sim->phase = SIM_STEP;
}

static void
end_probe (Sim *sim, guint which, SimAct says)
{
  SimAttempt attempt = sim->flight[which];
  guint32 node = attempt.node;

  sim->flight[which] = sim->flight[--sim->n_flight];
  sim->done = (CoreCompletion){ node, says == SIM_PRESENT  ? CORE_OUTCOME_PRESENT
                                      : says == SIM_ABSENT ? CORE_OUTCOME_ABSENT
                                                           : CORE_OUTCOME_UNKNOWN };
  if (says == SIM_ABSENT)
    sim->may_be[node] = sim->is_done[node] = FALSE;
  else if (says == SIM_PRESENT && !attempt.reverts)
    sim->is_done[node] = TRUE;
  sim->has_done = TRUE;
  sim->phase = SIM_STEP;
}

/* A new engine goes on from what is durable. What ran has been ended before that. */
static void
resume (Sim *sim)
{
  memcpy (&sim->now, &sim->durable, sizeof sim->now);
  bind (&sim->now);
  core_rebuild (&sim->now.core);
  memcpy (sim->tries, sim->durable_tries, sizeof sim->tries);
  sim->n_flight = 0;
  sim->request = SIM_GO;
  sim->has_done = FALSE;
  sim->next = sim->committed = 0;
  memset (sim->waits, 0, sizeof sim->waits);
  sim->phase = SIM_STEP;
  /* Failures that nobody was asked about are asked about at once. */
  answer (sim);
}

static void
resolve (Sim *sim, guint which, StorageResolution how)
{
  guint32 node = sim->now.leftovers[which].node;
  gboolean executes = sim->now.states[node] == ATOM_STATE_RUNNING;
  StorageRecord record = { .atom = node, .kind = STORAGE_RECORD_RESOLUTION, .to = (guint8) how };

  core_apply (&sim->durable.core, &record);
  if (how == STORAGE_RESOLUTION_DONE)
    sim->is_done[node] = TRUE;
  else if (how == STORAGE_RESOLUTION_REVERTED)
    sim->may_be[node] = sim->is_done[node] = FALSE;
  else if (how == STORAGE_RESOLUTION_SKIP && !executes)
    sim->is_excused[node] = TRUE;
  sim_expect (sim, core_resolve (&sim->now.core, node, how), "what was interrupted can't be resolved");
  answer (sim);
  sim->phase = SIM_COMMIT;
}

/* -- Choices ------------------------------------------------------------------------------------ */

static void
add (SimChoice *choices, guint *count, guint max, SimAct act, guint which, guint how)
{
  g_assert (*count < max);
  choices[(*count)++] = (SimChoice){ (guint8) act, (guint8) which, (guint8) how };
}

static void
list_ends (const Sim *sim, SimChoice *choices, guint *count, guint max)
{
  for (guint i = 0; i < sim->n_flight; i++)
    {
      const SimAttempt *attempt = &sim->flight[i];

      if (attempt->is_probe)
        for (guint says = SIM_PRESENT; says <= SIM_UNSURE; says++)
          add (choices, count, max, (SimAct) says, i, 0);
      else if (attempt->reverts || attempt->is_cancelled || attempt->node != sim->config->hangs)
        add (choices, count, max, SIM_END, i, 0);
    }
  if (core_get_due (&sim->now.core) != G_MAXINT64)
    add (choices, count, max, SIM_TIME, 0, 0);
}

/* A suspended run: somebody has to say what to make of what was interrupted, else it is run again. */
static void
list_suspended (const Sim *sim, SimChoice *choices, guint *count, guint max)
{
  const Core *core = &sim->now.core;
  gboolean asks = FALSE;

  for (guint i = 0; i < core->leftovers.length; i++)
    {
      gboolean executes = sim->now.states[core->leftovers.items[i].node] == ATOM_STATE_RUNNING;

      if (core->leftovers.items[i].state != LEFTOVER_ASKED)
        continue;
      asks = TRUE;
      for (guint how = 0; how < STORAGE_RESOLUTION_COUNT; how++)
        if (executes || how != STORAGE_RESOLUTION_DONE)
          add (choices, count, max, SIM_RESOLVE, i, how);
    }
  if (asks)
    return;
  add (choices, count, max, SIM_GO_ON, 0, 0);
  add (choices, count, max, SIM_RESUME, 0, 0);
}

static gboolean
is_suspended (const Sim *sim)
{
  return sim->phase == SIM_STEP && sim->now.core.state == ENGINE_STATE_SUSPENDED;
}

guint
sim_list_choices (const Sim *sim, SimChoice *choices, guint max)
{
  guint count = 0;
  gboolean is_waiting = sim->phase == SIM_WAIT;

  if (sim->broken != NULL || (sim->phase == SIM_STEP && is_over (sim)))
    return 0;
  if (is_suspended (sim))
    {
      list_suspended (sim, choices, &count, max);
      return count;
    }
  if (is_waiting)
    list_ends (sim, choices, &count, max);
  if (!is_waiting || sim->request != SIM_GO || (sim->n_flight == 0 && core_get_due (&sim->now.core) == G_MAXINT64))
    add (choices, &count, max, SIM_GO, 0, 0);
  if (sim->disturbances > 0 && sim->now.core.flow_state != FLOW_STATE_PENDING)
    for (guint act = SIM_CRASH; act <= SIM_KEEP; act++)
      if (act == SIM_CRASH || sim->request == SIM_GO)
        add (choices, &count, max, (SimAct) act, 0, 0);
  return count;
}

static void
disturb (Sim *sim, SimAct act)
{
  sim->disturbances--;
  sim->was |= (guint16) (1u << act);
  if (act == SIM_CRASH)
    {
      sim->has_crashed = TRUE;
      resume (sim);
    }
  else
    sim->request = act;
}

void
sim_take (Sim *sim, SimChoice choice)
{
  if (sim->n_events < SIM_EVENTS)
    sim->events[sim->n_events] = choice;
  sim->n_events++;
  switch ((SimAct) choice.act)
    {
    case SIM_GO:
      go (sim);
      break;
    case SIM_GO_ON:
      sim->phase = SIM_STEP;
      go (sim);
      break;
    case SIM_END:
      end_attempt (sim, choice.which);
      break;
    case SIM_TIME:
      core_set_time (&sim->now.core, 2);
      sim->phase = SIM_STEP;
      break;
    case SIM_PRESENT:
    case SIM_ABSENT:
    case SIM_UNSURE:
      end_probe (sim, choice.which, (SimAct) choice.act);
      break;
    case SIM_RESUME:
      resume (sim);
      break;
    case SIM_RESOLVE:
      sim->was_how |= (guint8) (1u << choice.how);
      resolve (sim, choice.which, (StorageResolution) choice.how);
      break;
    case SIM_CRASH:
    case SIM_SUSPEND:
    case SIM_CANCEL:
    case SIM_KEEP:
    default:
      disturb (sim, (SimAct) choice.act);
      break;
    }
}
