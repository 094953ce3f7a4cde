/* SPDX-License-Identifier: Apache-2.0 */
/* The only place that changes a state; and execution: what is ready, what starts, what has ended. */
#include "engine/core_private.h"

/* What an atom in a state adds to Core.counts. */
#define SETTLED ((guint64) 1 << 32)
#define EFFECT ((guint64) 1)
static const guint64 weights[ATOM_STATE_COUNT] = {
  [ATOM_STATE_RUNNING] = EFFECT,        [ATOM_STATE_SUCCESS] = EFFECT + SETTLED, [ATOM_STATE_FAILURE] = EFFECT,
  [ATOM_STATE_REVERTING] = EFFECT,      [ATOM_STATE_REVERT_FAILURE] = EFFECT,    [ATOM_STATE_RETRYING] = EFFECT,
  [ATOM_STATE_IGNORE] = SETTLED,
};

static void
grow_duties (Duties *duties)
{
  duties->size = MAX (16, duties->size * 2);
  duties->records = g_renew (StorageRecord, duties->records, duties->size);
  duties->kinds = g_renew (guint8, duties->kinds, duties->size);
}

static inline void
add_duty (Core *core, DutyKind kind, StorageRecord record)
{
  Duties *duties = &core->duties;

  if (G_UNLIKELY (duties->length == duties->size))
    grow_duties (duties);
  duties->kinds[duties->length] = (guint8) kind;
  duties->records[duties->length++] = record;
}

void
core_add_duty (Core *core, DutyKind kind, StorageRecord record)
{
  add_duty (core, kind, record);
}

void
core_move (Core *core, guint32 node, AtomEvent on, DutyKind duty)
{
  AtomState from = (AtomState) core->states[node];
  AtomState to = atom_state_next (from, on);
  gboolean reverts = from == ATOM_STATE_REVERTING || to == ATOM_STATE_REVERTING;

  core->states[node] = (guint8) to;
  core->counts += weights[to] - weights[from];
  add_duty (core, duty,
            (StorageRecord){ .atom = node,
                             .kind = STORAGE_RECORD_ATOM,
                             .from = (guint8) from,
                             .to = (guint8) to,
                             .intention = (guint8) core_get_intention (core, node),
                             .attempt = G_UNLIKELY (reverts) ? core->reverts[node] : core->attempts[node] });
}

void
core_move_flow (Core *core, FlowEvent on)
{
  FlowState from = core->flow_state;
  FlowState to = flow_state_next (from, on);

  core->flow_state = to;
  add_duty (core, DUTY_FLOW,
            (StorageRecord){ .atom = STORAGE_NO_ATOM, .kind = STORAGE_RECORD_FLOW, .from = (guint8) from, .to = (guint8) to });
}

/* Counts `node` off at its successors; entries and ends that are passed by that go onto the stack. */
static inline void
release_one (Core *core, guint32 node)
{
  const Plan *plan = core->plan;
  const guint32 *successor = plan->successors + plan->successor_offsets[node];
  const guint32 *end = plan->successors + plan->successor_offsets[node + 1];

  for (; successor < end; successor++)
    {
      if (--core->hold[*successor] > 0)
        continue;
      if (plan_is_atom (plan, *successor))
        {
          ready_insert (&core->ready, core_rank (core, *successor));
          continue;
        }
      core->states[*successor] = ATOM_STATE_SUCCESS;
      vector_push (&core->stack, *successor);
    }
}

void
core_release (Core *core, guint32 node)
{
  release_one (core, node);
  while (core->stack.length > 0)
    release_one (core, vector_pop (&core->stack));
}

gboolean
core_start_next (Core *core)
{
  guint32 rank = core->is_rolling_back ? ready_pop_last (&core->ready) : ready_pop_first (&core->ready);
  guint32 node;

  if (rank == READY_NONE)
    return FALSE;
  node = core_unrank (core, rank);
  if (core->is_rolling_back)
    core->reverts[node]++;
  else
    core->attempts[node]++;
  core_move (core, node, core->is_rolling_back ? ATOM_EVENT_UNDO : ATOM_EVENT_START, DUTY_START);
  core->high = MAX (core->high, node);
  vector_push (&core->running, node);
  return TRUE;
}

/* Takes a node out of those that run. */
static void
forget_running (Core *core, guint32 node)
{
  guint at = 0;

  while (core->running.items[at] != node)
    at++;
  core->running.items[at] = vector_pop (&core->running);
}

gboolean
core_may_start (const Core *core, guint32 node)
{
  if (core->is_suspending)
    return FALSE;
  return core->states[node] == ATOM_STATE_REVERTING || !core->is_rolling_back;
}

/* Takes a start back that had no effect; `duty` says whether anybody was told of it. */
static void
withdraw (Core *core, guint32 node, DutyKind duty)
{
  gboolean has_failed = FALSE;

  forget_running (core, node);
  if (core->states[node] == ATOM_STATE_RUNNING)
    {
      core_move (core, node, ATOM_EVENT_WITHDRAW, duty);
      core->attempts[node]--;
      if (core->is_rolling_back)
        core_quiet (core, node);
      else
        ready_insert (&core->ready, core_rank (core, node));
      return;
    }
  for (guint i = 0; i < core->failed.length; i++)
    has_failed |= core->failed.items[i] == node;
  core_move (core, node, has_failed ? ATOM_EVENT_KEEP_FAILURE : ATOM_EVENT_KEEP, duty);
  core->reverts[node]--;
  ready_insert (&core->ready, core_rank (core, node));
}

void
core_take_back (Core *core, guint32 node)
{
  withdraw (core, node, DUTY_TAKE_BACK);
}

static void
complete_execute (Core *core, guint32 node, CoreOutcome outcome)
{
  if (outcome == CORE_OUTCOME_SUCCESS)
    {
      core_move (core, node, ATOM_EVENT_SUCCEED, DUTY_MOVE);
      if (core->is_rolling_back)
        core_join_rollback (core, node);
      else
        core_release (core, node);
      return;
    }
  core_move (core, node, ATOM_EVENT_FAIL, DUTY_MOVE);
  vector_push (&core->failed, node);
  if ((core->flags & ENGINE_FLAGS_NEVER_RESOLVE) != 0)
    core->is_stuck = TRUE;
  else if (core->is_rolling_back)
    core_join_rollback (core, node);
  else
    core_roll_back (core);
}

void
core_complete (Core *core, const CoreCompletion *completion)
{
  guint32 node = completion->node;

  if (completion->outcome == CORE_OUTCOME_NOT_STARTED)
    {
      withdraw (core, node, DUTY_MOVE);
      return;
    }
  forget_running (core, node);
  if (core->states[node] == ATOM_STATE_RUNNING)
    {
      complete_execute (core, node, completion->outcome);
      return;
    }
  core_move (core, node, completion->outcome == CORE_OUTCOME_SUCCESS ? ATOM_EVENT_UNDONE : ATOM_EVENT_UNDO_FAILED, DUTY_MOVE);
  if (completion->outcome == CORE_OUTCOME_SUCCESS)
    core_quiet (core, node);
}
