/* SPDX-License-Identifier: Apache-2.0 */
/* The automaton, one reaction per state in the order of the table in transitions.h, and before it
 * what the reactions are made of: starting, ending, passing on. They are one file so that the
 * compiler can make one loop of them: this is where a million atoms spend their time. Reverting and
 * trying again are in rollback.c, questions and time in answers.c, deciders in ignore.c, what a
 * former life left in restore.c.
 */
#include "engine/core/core_private.h"

#include "engine/plan/block.h"

#include <string.h>

/* What an atom in a state adds to Core.counts. */
#define SETTLED ((guint64) 1 << 32)
#define EFFECT ((guint64) 1)
const guint64 core_weights[ATOM_STATE_COUNT] = {
  [ATOM_STATE_RUNNING] = EFFECT,        [ATOM_STATE_SUCCESS] = EFFECT + SETTLED,
  [ATOM_STATE_FAILURE] = EFFECT,        [ATOM_STATE_REVERTING] = EFFECT,
  [ATOM_STATE_REVERT_FAILURE] = EFFECT, [ATOM_STATE_RETRYING] = EFFECT,
  [ATOM_STATE_IGNORE] = SETTLED,
};

void
core_grow_duties (Duties *duties)
{
  duties->size = MAX (16, duties->size * 2);
  duties->records = g_renew (StorageRecord, duties->records, duties->size);
  duties->kinds = g_renew (guint8, duties->kinds, duties->size);
}

void
core_need_marks (Core *core)
{
  if (core->marks != NULL)
    return;
  core->marks = block_new_array (guint8, core->plan->n_nodes);
  core->reverts = block_new_array (guint32, core->plan->n_nodes);
  ready_init (&core->undo, core->plan->n_nodes);
}

Intention
core_get_intention (const Core *core, guint32 node)
{
  if (core->is_rolling_back)
    return INTENTION_REVERT;
  if (core_has_mark (core, node, CORE_MARK_UNDO))
    return INTENTION_REVERT;
  if (core_has_mark (core, node, CORE_MARK_RETRY))
    return INTENTION_RETRY;
  return core->states[node] == ATOM_STATE_IGNORE ? INTENTION_IGNORE : INTENTION_EXECUTE;
}

void
core_move_flow (Core *core, FlowEvent on)
{
  FlowState from = core->flow_state;
  FlowState to = flow_state_next (from, on);

  core->flow_state = to;
  core_add_duty (core, DUTY_FLOW,
                 (StorageRecord){ .atom = STORAGE_NO_ATOM,
                                  .kind = STORAGE_RECORD_FLOW,
                                  .from = (guint8) from,
                                  .to = (guint8) to });
}

/* Whether there is anything in the flow of an entry, or the atom is, what a decider could still
 * hold back. It let by what a former life has seen an end of. */
static gboolean
has_pending (const Core *core, guint32 node)
{
  guint32 end = core->plan->kinds[node] == PLAN_NODE_FLOW
                    ? core->plan->flows[plan_find_flow (core->plan, node)].end
                    : node;
  gboolean is_pending = FALSE;

  for (guint32 inner = node; inner <= end; inner++)
    {
      AtomState state = (AtomState) core->states[inner];

      if (!plan_is_atom (core->plan, inner))
        continue;
      if (state != ATOM_STATE_PENDING && state != ATOM_STATE_IGNORE && state != ATOM_STATE_RUNNING)
        return FALSE;
      is_pending |= state == ATOM_STATE_PENDING;
    }
  return is_pending;
}

/* Whether a node that nothing holds back any more must wait for a decider, or is passed though it
 * is an atom: because it was ignored, or was done in a former life. */
static gboolean
is_detained (Core *core, guint32 node)
{
  guint count;

  if (core->states[node] != ATOM_STATE_PENDING)
    {
      if (plan_is_atom (core->plan, node) && !core_is_undone (core, node)
          && (core->states[node] == ATOM_STATE_IGNORE || core->states[node] == ATOM_STATE_SUCCESS))
        vector_push (&core->stack, node);
      return TRUE;
    }
  if (plan_find_deciders (core->plan, node, &count) == NULL || !has_pending (core, node))
    return FALSE;
  vector_push (&core->questions,
               ((CoreQuestion){ CORE_QUESTION_DECIDE, node, PLAN_NO_NODE, FALSE }));
  return TRUE;
}

/* Counts `node` off at its successors; entries and ends that are passed by that go onto the stack.
 */
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
      if (G_UNLIKELY (core->is_watchful) && is_detained (core, *successor))
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

/* Passes a node that is done: counts it off at its successors and puts what is ready then into the
 * ready set. */
static inline void
release (Core *core, guint32 node)
{
  release_one (core, node);
  while (core->stack.length > 0)
    release_one (core, vector_pop (&core->stack));
}

void
core_release (Core *core, guint32 node)
{
  release (core, node);
}

/* Notes that an attempt is in flight now. */
static inline void
note_running (Core *core, guint32 node)
{
  core->high = MAX (core->high, node);
  vector_push (&core->running, node);
}

/* Starts the next revert, or the next try of a controller. Returns: whether there is perhaps
 * another one. */
static inline gboolean
undo_next (Core *core)
{
  guint32 rank = ready_pop_last (&core->undo);
  guint32 node;

  if (rank == READY_NONE)
    return FALSE;
  node = core_unrank (core, rank);
  if (G_UNLIKELY (!core_is_undone (core, node)))
    {
      (void) core_try_again (core, node);
      return TRUE;
    }
  core->reverts[node]++;
  core_move_atom (core, node, ATOM_EVENT_UNDO, DUTY_START);
  note_running (core, node);
  return TRUE;
}

/* Starts the next ready atom, if there is one. Reverts come first, from the last defined to the
 * first. */
static inline gboolean
start_next (Core *core)
{
  guint32 rank;
  guint32 node;

  if (core->is_undoing && undo_next (core))
    return TRUE;
  rank = ready_pop_first (&core->ready);
  if (rank == READY_NONE)
    return FALSE;
  node = core_unrank (core, rank);
  core->attempts[node]++;
  core_move_atom (core, node, ATOM_EVENT_START, DUTY_START);
  note_running (core, node);
  return TRUE;
}

guint32
core_pass_on (Core *core, guint32 node, StorageRecord records[2])
{
  guint32 rank;

  g_assert (core->running.length == 1 && core->running.items[0] == node && !core->is_rolling_back);
  records[0] = core_make_move (core, node, ATOM_EVENT_SUCCEED);
  release (core, node);
  rank = ready_pop_first (&core->ready);
  if (rank == READY_NONE)
    {
      core->running.length = 0;
      return PLAN_NO_NODE;
    }
  node = core_unrank (core, rank);
  core->attempts[node]++;
  records[1] = core_make_move (core, node, ATOM_EVENT_START);
  core->high = MAX (core->high, node);
  core->running.items[0] = node;
  return node;
}

void
core_forget_running (Core *core, guint32 node)
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
  core_forget_running (core, node);
  if (core->states[node] == ATOM_STATE_RUNNING)
    {
      /* What a controller's earlier tries have left is still to be reverted. */
      gboolean is_again = core_has_mark (core, node, CORE_MARK_AGAIN);

      core_move_atom (core, node, is_again ? ATOM_EVENT_KEEP_RETRYING : ATOM_EVENT_WITHDRAW, duty);
      core->attempts[node]--;
      if (is_again && core_is_undone (core, node))
        core_join_rollback (core, node);
      else if (core_is_undone (core, node))
        core_quiet (core, node);
      else
        ready_insert (&core->ready, core_rank (core, node));
      return;
    }
  core_move_atom (core, node,
                  core_has_mark (core, node, CORE_MARK_FAILED) ? ATOM_EVENT_KEEP_FAILURE
                                                               : ATOM_EVENT_KEEP,
                  duty);
  core->reverts[node]--;
  ready_insert (&core->undo, core_rank (core, node));
}

void
core_take_back (Core *core, guint32 node)
{
  withdraw (core, node, DUTY_TAKE_BACK);
}

void
core_complete_execute (Core *core, guint32 node, CoreOutcome outcome)
{
  if (outcome == CORE_OUTCOME_SUCCESS)
    {
      core_move_atom (core, node, ATOM_EVENT_SUCCEED, DUTY_MOVE);
      if (core_is_undone (core, node))
        core_join_rollback (core, node);
      /* What comes before it only now, in a flow that has changed, passes it on. */
      else if (G_LIKELY (core->hold[node] == 0))
        release (core, node);
      return;
    }
  core_need_marks (core);
  core->marks[node] |= CORE_MARK_FAILED;
  core_move_atom (core, node, ATOM_EVENT_FAIL, DUTY_MOVE);
  if ((core->flags & ENGINE_FLAGS_NEVER_RESOLVE) != 0)
    core->is_stuck = TRUE;
  if (core_is_undone (core, node))
    core_join_rollback (core, node);
  if (!core->is_rolling_back && !core->is_stuck)
    core_ask_failure (core, node);
}

static void
complete_revert (Core *core, guint32 node, CoreOutcome outcome)
{
  if (outcome == CORE_OUTCOME_SUCCESS)
    {
      core_move_atom (core, node, ATOM_EVENT_UNDONE, DUTY_MOVE);
      core_quiet (core, node);
      return;
    }
  core_move_atom (core, node, ATOM_EVENT_UNDO_FAILED, DUTY_MOVE);
  vector_push (&core->questions,
               ((CoreQuestion){ CORE_QUESTION_REVERT, node, PLAN_NO_NODE, FALSE }));
}

/* Takes the end of an attempt in. */
static inline void
complete (Core *core, const CoreCompletion *completion)
{
  guint32 node = completion->node;

  if (G_UNLIKELY (completion->outcome >= CORE_OUTCOME_NOT_STARTED))
    {
      if (completion->outcome == CORE_OUTCOME_NOT_STARTED)
        withdraw (core, node, DUTY_MOVE);
      else
        core_complete_probe (core, node, completion->outcome);
      return;
    }
  core_forget_running (core, node);
  if (core->states[node] == ATOM_STATE_RUNNING)
    core_complete_execute (core, node, completion->outcome);
  else
    complete_revert (core, node, completion->outcome);
}

static void
core_prepare (Core *core)
{
  const Plan *plan = core->plan;

  core->state = ENGINE_STATE_UNDEFINED;
  core->is_undoing = core->is_rolling_back = core->is_suspending = core->is_cancelled
      = core->is_stuck = FALSE;
  core->is_watchful = plan->n_deciders > 0;
  core->n_undone = 0;
  core->high = 0;
  core->timers.length = 0;
  core->leftovers.length = 0;
  ready_empty (&core->ready);
  if (core->marks != NULL)
    {
      ready_empty (&core->undo);
      memset (core->marks, 0, plan->n_nodes);
    }
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
  guint32 n_nodes = core->plan->n_nodes;

  block_free_array (guint8, core->states, n_nodes);
  block_free_array (guint8, core->marks, n_nodes);
  block_free_array (guint32, core->hold, n_nodes);
  block_free_array (guint32, core->attempts, n_nodes);
  block_free_array (guint32, core->reverts, n_nodes);
  ready_clear (&core->ready);
  if (core->marks != NULL)
    ready_clear (&core->undo);
  vector_clear (&core->running);
  vector_clear (&core->stack);
  vector_clear (&core->questions);
  vector_clear (&core->timers);
  vector_clear (&core->leftovers);
  core_clear_duties (core);
  g_free (core->duties.records);
  g_free (core->duties.kinds);
}

void
core_clear_duties (Core *core)
{
  Duties *duties = &core->duties;

  for (guint i = 0; duties->is_special && i < duties->length; i++)
    if (duties->kinds[i] == DUTY_RECORD && duties->records[i].value != NULL)
      g_variant_unref (duties->records[i].value);
  duties->length = 0;
  duties->is_special = FALSE;
}

static inline void
enter (Core *core, EngineEvent on)
{
  core->state = engine_state_next (core->state, on);
}

/* A run that somebody else drove, and that did not come to an end, is first put into order. */
static void
on_undefined (Core *core)
{
  core->is_suspending = core->is_cancelled = FALSE;
  if (core->flow_state == FLOW_STATE_RUNNING || core->flow_state == FLOW_STATE_SUSPENDING)
    core_move_flow (core, FLOW_EVENT_INTERRUPT);
  if (core->flow_state == FLOW_STATE_RESUMING)
    core_move_flow (core, FLOW_EVENT_RESUME);
  core_move_flow (core, core->is_undone_anew ? FLOW_EVENT_UNDO : FLOW_EVENT_START);
  core->is_undone_anew = FALSE;
  enter (core, ENGINE_EVENT_START);
}

static void
on_resuming (Core *core)
{
  core_ask_leftovers (core, FALSE);
  /* The outermost entry is passed once in a life; a run that goes on after SUSPENDED has its ready
   * set still. */
  if (core->states[0] == ATOM_STATE_PENDING && !core->is_rolling_back)
    {
      core->states[0] = ATOM_STATE_SUCCESS;
      release (core, 0);
    }
  enter (core, ENGINE_EVENT_SCHEDULE_NEXT);
}

/* Whether something is left to be started that waits for nothing. */
static inline gboolean
has_work (const Core *core)
{
  return !ready_is_empty (&core->ready)
         || G_UNLIKELY (core->is_undoing && !ready_is_empty (&core->undo))
         || G_UNLIKELY (core->leftovers.length > 0 && core_has_known_leftover (core));
}

/* Whether something that is ready may be started at all. */
static inline gboolean
may_schedule (const Core *core)
{
  return !core->is_suspending && !core->is_stuck && has_work (core);
}

static inline void
on_scheduling (Core *core, guint capacity)
{
  if (may_schedule (core))
    {
      if (G_UNLIKELY (core->leftovers.length > 0))
        core_start_leftovers (core, capacity);
      while (core->running.length < capacity && start_next (core))
        continue;
    }
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
  if (core->running.length < capacity && may_schedule (core))
    enter (core, ENGINE_EVENT_SCHEDULE_NEXT);
  else if (core->running.length > 0 || G_UNLIKELY (core_get_due (core) != G_MAXINT64))
    enter (core, ENGINE_EVENT_WAIT_FINISHED);
  else
    enter (core, ENGINE_EVENT_COMPLETED);
}

static void
finish (Core *core, FlowEvent flow, EngineEvent on)
{
  core_move_flow (core, flow);
  enter (core, on);
}

static void
on_game_over (Core *core)
{
  gboolean is_left = has_work (core) || core->timers.length > 0 || core->leftovers.length > 0;

  if (core_get_n_settled (core) == core->plan->n_atoms && !core->is_undoing)
    finish (core, FLOW_EVENT_SUCCEED, ENGINE_EVENT_SUCCEEDED);
  else if (core->is_suspending && is_left && !core->is_stuck)
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
  while ((core->state == ENGINE_STATE_ANALYZING || core->state == ENGINE_STATE_SCHEDULING
          || core->state == ENGINE_STATE_GAME_OVER)
         && core->questions.length == 0);
  return core->state;
}

void
core_suspend (Core *core)
{
  gboolean is_running
      = core->flow_state == FLOW_STATE_RUNNING || core->flow_state == FLOW_STATE_SUSPENDING;

  if (!is_running || core->is_suspending)
    return;
  core->is_suspending = TRUE;
  /* It is SUSPENDING still when it was cancelled after that. */
  if (core->flow_state == FLOW_STATE_RUNNING)
    core_move_flow (core, FLOW_EVENT_SUSPEND);
}

void
core_cancel (Core *core, gboolean keep)
{
  gboolean is_running
      = core->flow_state == FLOW_STATE_RUNNING || core->flow_state == FLOW_STATE_SUSPENDING;

  if (!is_running || core->is_cancelled)
    return;
  core->is_cancelled = TRUE;
  core->is_suspending = FALSE;
  if (keep)
    core->is_stuck = TRUE;
  else
    core_roll_back (core);
  /* Nobody is waited for any more, and nothing is repeated where all is kept: it counts as failed.
   */
  core_ask_leftovers (core, keep);
  for (guint i = 0; i < core->running.length; i++)
    {
      guint32 node = core->running.items[i];

      if (core->states[node] == ATOM_STATE_RUNNING)
        core_add_order (core, DUTY_CANCEL, (StorageRecord){ .atom = node });
    }
}

void
core_reset (Core *core)
{
  const Plan *plan = core->plan;

  g_assert (core->flow_state == FLOW_STATE_SUCCESS || core->flow_state == FLOW_STATE_REVERTED);
  core->is_undoing = core->is_rolling_back = FALSE;
  if (core->marks != NULL)
    memset (core->marks, 0, plan->n_nodes);
  for (guint32 node = 0; node < plan->n_nodes; node++)
    if (!plan_is_atom (plan, node))
      core->states[node] = ATOM_STATE_PENDING;
    else if (core->states[node] != ATOM_STATE_PENDING)
      core_move_atom (core, node, ATOM_EVENT_RESET, DUTY_MOVE);
  core_move_flow (core, FLOW_EVENT_RESET);
  core_prepare (core);
}
