/* SPDX-License-Identifier: Apache-2.0 */
/* What deciders say: a node that they hold back goes on, or is ignored together with what comes
 * after it as far as the depth reaches. An ignored atom passes on what it is reached by, in
 * execution and in a rollback.
 */
#include "engine/core/core_private.h"

static void
ignore (Core *core, guint32 node)
{
  if (plan_is_atom (core->plan, node) && core->states[node] == ATOM_STATE_PENDING)
    core_move_atom (core, node, ATOM_EVENT_IGNORE, DUTY_MOVE);
}

/* Which nodes a walk from an ignored one goes on to: ALL to every one, FLOW to tasks that no flow
 * and no controller lies before. */
static gboolean
reaches (const Plan *plan, guint32 node, FlowDepth depth)
{
  return depth == FLOW_DEPTH_ALL || plan->kinds[node] == PLAN_NODE_TASK;
}

/* Ignores what comes after `node`, to the end. What was swept before has nothing left to ignore
 * behind it. */
static void
sweep (Core *core, guint32 node, FlowDepth depth)
{
  const Plan *plan = core->plan;
  CoreMark swept = depth == FLOW_DEPTH_ALL ? CORE_MARK_SWEPT : 0;

  vector_push (&core->stack, node);
  while (core->stack.length > 0)
    {
      guint32 at = vector_pop (&core->stack);

      if ((core->marks[at] & swept) != 0)
        continue;
      core->marks[at] |= (guint8) swept;
      for (guint32 i = plan->successor_offsets[at]; i < plan->successor_offsets[at + 1]; i++)
        {
          guint32 next = plan->successors[i];

          if (!reaches (plan, next, depth)
              || (swept == 0 && core->states[next] == ATOM_STATE_IGNORE))
            continue;
          ignore (core, next);
          vector_push (&core->stack, next);
        }
    }
}

static void
ignore_behind (Core *core, guint32 node, FlowDepth depth)
{
  const Plan *plan = core->plan;

  switch (depth)
    {
    case FLOW_DEPTH_ALL:
    case FLOW_DEPTH_FLOW:
      sweep (core, node, depth);
      break;
    case FLOW_DEPTH_NEIGHBORS:
      for (guint32 i = plan->successor_offsets[node]; i < plan->successor_offsets[node + 1]; i++)
        if (plan->kinds[plan->successors[i]] == PLAN_NODE_TASK)
          ignore (core, plan->successors[i]);
      break;
    case FLOW_DEPTH_ATOM:
    default:
      break;
    }
}

/* The first atoms of the flow that begins at `entry`, through flows that begin it. */
static void
ignore_first (Core *core, guint32 entry, FlowDepth depth)
{
  const Plan *plan = core->plan;
  VECTOR (guint32) entries = VECTOR_INIT;

  vector_push (&entries, entry);
  while (entries.length > 0)
    {
      guint32 at = vector_pop (&entries);

      for (guint32 i = plan->successor_offsets[at]; i < plan->successor_offsets[at + 1]; i++)
        {
          guint32 next = plan->successors[i];

          if (plan_is_atom (plan, next))
            {
              ignore (core, next);
              ignore_behind (core, next, depth);
            }
          else if (plan->kinds[next] == PLAN_NODE_FLOW)
            vector_push (&entries, next);
        }
    }
  vector_clear (&entries);
}

/* Whether something still stands that ignored all that comes after it, `node` too. */
static gboolean
is_swept_by_others (const Core *core, guint32 node)
{
  const Plan *plan = core->plan;

  for (guint32 i = plan->predecessor_offsets[node]; i < plan->predecessor_offsets[node + 1]; i++)
    if (core_has_mark (core, plan->predecessors[i], CORE_MARK_SWEPT))
      return TRUE;
  return FALSE;
}

void
core_unsweep (Core *core, guint32 end)
{
  const Plan *plan = core->plan;
  VECTOR (guint32) freed = VECTOR_INIT;

  /* What was swept through the end of the flow, and may be decided otherwise now. */
  vector_push (&freed, end);
  core->marks[end] &= (guint8) ~CORE_MARK_SWEPT;
  for (guint at = 0; at < freed.length; at++)
    for (guint32 i = plan->successor_offsets[freed.items[at]];
         i < plan->successor_offsets[freed.items[at] + 1]; i++)
      {
        guint32 next = plan->successors[i];

        if (!core_has_mark (core, next, CORE_MARK_SWEPT))
          continue;
        core->marks[next] &= (guint8) ~CORE_MARK_SWEPT;
        vector_push (&freed, next);
      }
  /* Who ignored some of it from elsewhere, does so still. */
  for (guint at = 1; at < freed.length; at++)
    if (is_swept_by_others (core, freed.items[at]))
      sweep (core, freed.items[at], FLOW_DEPTH_ALL);
  for (guint at = 1; at < freed.length; at++)
    if (core->states[freed.items[at]] == ATOM_STATE_IGNORE
        && !is_swept_by_others (core, freed.items[at]))
      core_move_atom (core, freed.items[at], ATOM_EVENT_RESET, DUTY_MOVE);
  vector_clear (&freed);
}

void
core_find_swept (Core *core)
{
  const Plan *plan = core->plan;
  g_autofree guint32 *left = g_new (guint32, plan->n_nodes);

  /* From the end to the beginning: all that comes after such a node is ignored. */
  for (guint32 node = 0; node < plan->n_nodes; node++)
    {
      left[node] = plan->successor_offsets[node + 1] - plan->successor_offsets[node];
      if (left[node] == 0)
        vector_push (&core->stack, node);
    }
  while (core->stack.length > 0)
    {
      guint32 node = vector_pop (&core->stack);
      gboolean is_ignored = !plan_is_atom (plan, node) || core->states[node] == ATOM_STATE_IGNORE;

      if (core->states[node] == ATOM_STATE_IGNORE
          || (!plan_is_atom (plan, node) && core->states[node] == ATOM_STATE_PENDING))
        core->marks[node] |= CORE_MARK_SWEPT;
      for (guint32 i = plan->predecessor_offsets[node];
           is_ignored && i < plan->predecessor_offsets[node + 1]; i++)
        if (--left[plan->predecessors[i]] == 0)
          vector_push (&core->stack, plan->predecessors[i]);
    }
}

/* Nothing holds the node back any more: an atom may start unless it was ignored, anything else is
 * passed. */
static void
pass (Core *core, guint32 node)
{
  if (plan_is_atom (core->plan, node) && core->states[node] == ATOM_STATE_PENDING)
    {
      ready_insert (&core->ready, core_rank (core, node));
      return;
    }
  if (!plan_is_atom (core->plan, node))
    core->states[node] = ATOM_STATE_SUCCESS;
  core_release (core, node);
}

void
core_answer_decide (Core *core, const CoreQuestion *question, gboolean is_taken, FlowDepth depth,
                    gboolean is_step)
{
  guint32 node = question->node;

  /* A failure that was known at the same time has reset it, or it will never start. */
  if (core->states[node] != ATOM_STATE_PENDING || core_is_undone (core, node) || core->is_stuck)
    return;
  if (is_taken)
    {
      pass (core, node);
      return;
    }
  core_need_marks (core);
  core->is_watchful = TRUE;
  if (plan_is_atom (core->plan, node))
    {
      ignore (core, node);
      ignore_behind (core, node, depth);
    }
  else if (!is_step)
    ignore_first (core, node, depth);
  else
    {
      guint32 end = core->plan->flows[plan_find_flow (core->plan, node)].end;

      for (guint32 inner = node; inner <= end; inner++)
        ignore (core, inner);
      ignore_behind (core, end, depth);
    }
  pass (core, node);
}

guint32
core_answer_undecided (Core *core, const CoreQuestion *question)
{
  const Plan *plan = core->plan;
  guint32 node = question->node;

  if (core->states[node] != ATOM_STATE_PENDING || core_is_undone (core, node) || core->is_stuck)
    return PLAN_NO_NODE;
  /* Numbers go in depth-first order: what follows an entry is its flow's first node. */
  while (plan->kinds[node] == PLAN_NODE_FLOW)
    core->states[node++] = ATOM_STATE_SUCCESS;
  if (plan_is_atom (plan, node) && core->states[node] == ATOM_STATE_PENDING)
    {
      ready_insert (&core->ready, core_rank (core, node));
      return node;
    }
  /* A former life has started it to fail, and did not see its end: it fails now. */
  if (plan_is_atom (plan, node) && core->states[node] == ATOM_STATE_RUNNING)
    {
      core->hold[node] = 0;
      core_forget_leftover (core, node);
      core_complete_execute (core, node, CORE_OUTCOME_FAILURE);
      return node;
    }
  core->states[question->node] = ATOM_STATE_PENDING;
  pass (core, question->node);
  return PLAN_NO_NODE;
}
