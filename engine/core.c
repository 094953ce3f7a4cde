/* SPDX-License-Identifier: Apache-2.0 */
/* The automaton, one reaction per state in the order of the table in transitions.h, and before it what the reactions are made of:
 * the only place that changes a state, and execution. They are one file so that the compiler can make one loop of them: this is
 * where a million atoms spend their time. Reverting is in rollback.c.
 */
#include "engine/core_private.h"

#include "engine/block.h"

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

/* Moves an atom by the table. Returns: the record of it. */
static inline StorageRecord
make_move (Core *core, guint32 node, AtomEvent on)
{
  AtomState from = (AtomState) core->states[node];
  AtomState to = atom_state_next (from, on);
  gboolean reverts = from == ATOM_STATE_REVERTING || to == ATOM_STATE_REVERTING;

  core->states[node] = (guint8) to;
  core->counts += weights[to] - weights[from];
  return (StorageRecord){ .atom = node,
                          .kind = STORAGE_RECORD_ATOM,
                          .from = (guint8) from,
                          .to = (guint8) to,
                          .intention = (guint8) core_get_intention (core, node),
                          .attempt = G_UNLIKELY (reverts) ? core->reverts[node] : core->attempts[node] };
}

static inline void
move_atom (Core *core, guint32 node, AtomEvent on, DutyKind duty)
{
  add_duty (core, duty, make_move (core, node, on));
}

static void
move_flow (Core *core, FlowEvent on)
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

/* Passes a node that is done: counts it off at its successors and puts what is ready then into the ready set. */
static inline void
release (Core *core, guint32 node)
{
  release_one (core, node);
  while (core->stack.length > 0)
    release_one (core, vector_pop (&core->stack));
}

/* Starts the next ready atom, if there is one. */
static inline gboolean
start_next (Core *core)
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
  move_atom (core, node, core->is_rolling_back ? ATOM_EVENT_UNDO : ATOM_EVENT_START, DUTY_START);
  core->high = MAX (core->high, node);
  vector_push (&core->running, node);
  return TRUE;
}

guint32
core_pass_on (Core *core, guint32 node, StorageRecord records[2])
{
  guint32 rank;

  g_assert (core->running.length == 1 && core->running.items[0] == node && !core->is_rolling_back);
  records[0] = make_move (core, node, ATOM_EVENT_SUCCEED);
  release (core, node);
  rank = ready_pop_first (&core->ready);
  if (rank == READY_NONE)
    {
      core->running.length = 0;
      return PLAN_NO_NODE;
    }
  node = core_unrank (core, rank);
  core->attempts[node]++;
  records[1] = make_move (core, node, ATOM_EVENT_START);
  core->high = MAX (core->high, node);
  core->running.items[0] = node;
  return node;
}

/* Takes a node out of those that run. */
static inline void
forget_running (Core *core, guint32 node)
{
  guint at = 0;

  while (core->running.items[at] != node)
    at++;
  core->running.items[at] = vector_pop (&core->running);
}

/* Takes a start back that had no effect; `duty` says whether anybody was told of it. */
static void
withdraw (Core *core, guint32 node, DutyKind duty)
{
  gboolean has_failed = FALSE;

  forget_running (core, node);
  if (core->states[node] == ATOM_STATE_RUNNING)
    {
      move_atom (core, node, ATOM_EVENT_WITHDRAW, duty);
      core->attempts[node]--;
      if (core->is_rolling_back)
        core_quiet (core, node);
      else
        ready_insert (&core->ready, core_rank (core, node));
      return;
    }
  for (guint i = 0; i < core->failed.length; i++)
    has_failed |= core->failed.items[i] == node;
  move_atom (core, node, has_failed ? ATOM_EVENT_KEEP_FAILURE : ATOM_EVENT_KEEP, duty);
  core->reverts[node]--;
  ready_insert (&core->ready, core_rank (core, node));
}

void
core_take_back (Core *core, guint32 node)
{
  withdraw (core, node, DUTY_TAKE_BACK);
}

static inline void
complete_execute (Core *core, guint32 node, CoreOutcome outcome)
{
  if (outcome == CORE_OUTCOME_SUCCESS)
    {
      move_atom (core, node, ATOM_EVENT_SUCCEED, DUTY_MOVE);
      if (core->is_rolling_back)
        core_join_rollback (core, node);
      else
        release (core, node);
      return;
    }
  move_atom (core, node, ATOM_EVENT_FAIL, DUTY_MOVE);
  vector_push (&core->failed, node);
  if ((core->flags & ENGINE_FLAGS_NEVER_RESOLVE) != 0)
    core->is_stuck = TRUE;
  else if (core->is_rolling_back)
    core_join_rollback (core, node);
  else
    core_roll_back (core);
}

/* Takes the end of an attempt in. */
static inline void
complete (Core *core, const CoreCompletion *completion)
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
  move_atom (core, node, completion->outcome == CORE_OUTCOME_SUCCESS ? ATOM_EVENT_UNDONE : ATOM_EVENT_UNDO_FAILED, DUTY_MOVE);
  if (completion->outcome == CORE_OUTCOME_SUCCESS)
    core_quiet (core, node);
}

static void
core_prepare (Core *core)
{
  const Plan *plan = core->plan;

  core->state = ENGINE_STATE_UNDEFINED;
  core->is_rolling_back = core->is_suspending = core->is_cancelled = core->is_stuck = FALSE;
  core->high = 0;
  core->failed.length = 0;
  ready_empty (&core->ready);
  for (guint32 node = 0; node < plan->n_nodes; node++)
    core->hold[node] = plan->predecessor_offsets[node + 1] - plan->predecessor_offsets[node];
}

void
core_init (Core *core, const Plan *plan, EngineFlags flags)
{
  *core = (Core){ .plan = plan, .flags = flags, .flow_state = FLOW_STATE_PENDING };
  core->states = block_new_array (guint8, plan->n_nodes);
  core->hold = block_new_array (guint32, plan->n_nodes);
  core->attempts = block_new_array (guint32, plan->n_nodes);
  ready_init (&core->ready, plan->n_nodes);
  core_prepare (core);
}

void
core_clear (Core *core)
{
  block_free_array (guint8, core->states, core->plan->n_nodes);
  block_free_array (guint32, core->hold, core->plan->n_nodes);
  block_free_array (guint32, core->attempts, core->plan->n_nodes);
  block_free_array (guint32, core->reverts, core->plan->n_nodes);
  ready_clear (&core->ready);
  vector_clear (&core->running);
  vector_clear (&core->failed);
  vector_clear (&core->stack);
  g_free (core->duties.records);
  g_free (core->duties.kinds);
}

static inline void
enter (Core *core, EngineEvent on)
{
  core->state = engine_state_next (core->state, on);
}

static void
on_undefined (Core *core)
{
  move_flow (core, FLOW_EVENT_START);
  enter (core, ENGINE_EVENT_START);
}

static void
on_resuming (Core *core)
{
  /* The outermost entry is passed once in a life; a run that goes on after SUSPENDED has its ready set still. */
  if (core->states[0] == ATOM_STATE_PENDING && !core->is_rolling_back)
    {
      core->states[0] = ATOM_STATE_SUCCESS;
      release (core, 0);
    }
  enter (core, ENGINE_EVENT_SCHEDULE_NEXT);
}

/* Whether something that is ready may be started at all. */
static inline gboolean
may_schedule (const Core *core)
{
  return !core->is_suspending && !core->is_stuck && !ready_is_empty (&core->ready);
}

static inline void
on_scheduling (Core *core, guint capacity)
{
  if (may_schedule (core))
    while (core->running.length < capacity && start_next (core))
      continue;
  enter (core, ENGINE_EVENT_WAIT_FINISHED);
}

static inline void
on_waiting (Core *core, const CoreCompletion *completions, guint n_completions)
{
  for (guint i = 0; i < n_completions; i++)
    complete (core, &completions[i]);
  enter (core, ENGINE_EVENT_EXAMINE_FINISHED);
}

static inline void
on_analyzing (Core *core, guint capacity)
{
  if (may_schedule (core) && core->running.length < capacity)
    enter (core, ENGINE_EVENT_SCHEDULE_NEXT);
  else if (core->running.length > 0)
    enter (core, ENGINE_EVENT_WAIT_FINISHED);
  else
    enter (core, ENGINE_EVENT_COMPLETED);
}

static void
finish (Core *core, FlowEvent flow, EngineEvent on)
{
  move_flow (core, flow);
  enter (core, on);
}

static void
on_game_over (Core *core)
{
  if (core_get_n_settled (core) == core->plan->n_atoms && !core->is_rolling_back)
    finish (core, FLOW_EVENT_SUCCEED, ENGINE_EVENT_SUCCEEDED);
  else if (core->is_stuck)
    finish (core, FLOW_EVENT_FAIL, ENGINE_EVENT_FAILED);
  else if (core->is_suspending && !ready_is_empty (&core->ready))
    finish (core, FLOW_EVENT_SUSPENDED, ENGINE_EVENT_SUSPENDED);
  else if (core_get_n_effects (core) == 0)
    finish (core, FLOW_EVENT_UNDONE, ENGINE_EVENT_UNDONE);
  else
    finish (core, FLOW_EVENT_FAIL, ENGINE_EVENT_FAILED);
}

static inline void
step (Core *core, guint capacity, const CoreCompletion *completions, guint n_completions)
{
  switch (core->state)
    {
    case ENGINE_STATE_UNDEFINED:
      on_undefined (core);
      break;
    case ENGINE_STATE_RESUMING:
      on_resuming (core);
      break;
    case ENGINE_STATE_SCHEDULING:
      on_scheduling (core, capacity);
      break;
    case ENGINE_STATE_WAITING:
      on_waiting (core, completions, n_completions);
      break;
    case ENGINE_STATE_ANALYZING:
      on_analyzing (core, capacity);
      break;
    case ENGINE_STATE_GAME_OVER:
      on_game_over (core);
      break;
    case ENGINE_STATE_SUSPENDED:
      core->state = ENGINE_STATE_UNDEFINED;
      core->is_suspending = FALSE;
      on_undefined (core);
      break;
    case ENGINE_STATE_SUCCESS:
    case ENGINE_STATE_FAILURE:
    case ENGINE_STATE_REVERTED:
    case ENGINE_STATE_COUNT:
    default:
      g_assert_not_reached ();
    }
}

EngineState
core_step (Core *core, guint capacity, const CoreCompletion *completions, guint n_completions)
{
  step (core, capacity, completions, n_completions);
  return core->state;
}

EngineState
core_advance (Core *core, guint capacity, const CoreCompletion *completions, guint n_completions)
{
  do
    step (core, capacity, completions, n_completions);
  while (core->state == ENGINE_STATE_ANALYZING || core->state == ENGINE_STATE_SCHEDULING
         || core->state == ENGINE_STATE_GAME_OVER);
  return core->state;
}

void
core_suspend (Core *core)
{
  if (core->flow_state != FLOW_STATE_RUNNING || core->is_suspending)
    return;
  core->is_suspending = TRUE;
  move_flow (core, FLOW_EVENT_SUSPEND);
}

void
core_cancel (Core *core)
{
  gboolean is_running = core->flow_state == FLOW_STATE_RUNNING || core->flow_state == FLOW_STATE_SUSPENDING;

  if (!is_running || core->is_cancelled)
    return;
  core->is_cancelled = TRUE;
  core->is_suspending = FALSE;
  core_roll_back (core);
  for (guint i = 0; i < core->running.length; i++)
    {
      guint32 node = core->running.items[i];

      if (core->states[node] == ATOM_STATE_RUNNING)
        add_duty (core, DUTY_CANCEL, (StorageRecord){ .atom = node });
    }
}

void
core_reset (Core *core)
{
  const Plan *plan = core->plan;

  g_assert (core->flow_state == FLOW_STATE_SUCCESS || core->flow_state == FLOW_STATE_REVERTED);
  core->is_rolling_back = FALSE;
  for (guint32 node = 0; node < plan->n_nodes; node++)
    if (!plan_is_atom (plan, node))
      core->states[node] = ATOM_STATE_PENDING;
    else if (core->states[node] != ATOM_STATE_PENDING)
      move_atom (core, node, ATOM_EVENT_RESET, DUTY_MOVE);
  move_flow (core, FLOW_EVENT_RESET);
  core_prepare (core);
}
