/* SPDX-License-Identifier: Apache-2.0 */
/* What deciders say: a node that they hold back goes on, or is ignored together with what comes
 * after it as far as the depth reaches. An ignored atom passes on what it is reached by, in
 * execution and in a rollback.
 */
#include "engine/core/ignore.h"

#include "engine/core/core_ends.h"
#include "engine/core/core_leftovers.h"
#include "engine/core/core_release.h"
#include "engine/core/core_sweep.h"

static void
ignore_behind (Core *core, guint32 node, FlowDepth depth)
{
  const Plan *plan = core->plan;

  switch (depth)
    {
    case FLOW_DEPTH_ALL:
    case FLOW_DEPTH_FLOW:
      core_sweep (core, node, depth);
      break;
    case FLOW_DEPTH_NEIGHBORS:
      for (guint32 i = plan->successor_offsets[node]; i < plan->successor_offsets[node + 1]; i++)
        if (plan->kinds[plan->successors[i]] == PLAN_NODE_TASK)
          core_ignore (core, plan->successors[i]);
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
              core_ignore (core, next);
              ignore_behind (core, next, depth);
            }
          else if (plan->kinds[next] == PLAN_NODE_FLOW)
            vector_push (&entries, next);
        }
    }
  vector_clear (&entries);
}

/* Nothing holds the node back any more: an atom may start unless it was ignored, anything else is
 * passed. */
static void
pass (Core *core, guint32 node)
{
  if (plan_is_atom (core->plan, node) && core->states[node] == ATOM_STATE_PENDING)
    {
      ready_insert (&core->readiness.ready, core_rank (core, node));
      return;
    }
  if (!plan_is_atom (core->plan, node))
    core_pass_through (core, node);
  core_release (core, node);
}

void
core_answer_decide (Core *core, const CoreQuestion *question, gboolean is_taken, FlowDepth depth,
                    gboolean is_step)
{
  guint32 node = question->node;

  /* A failure that was known at the same time has reset it, or it will never start. */
  if (core->states[node] != ATOM_STATE_PENDING || core_is_in_rollback (core, node)
      || mode_is_stuck (&core->mode))
    return;
  if (is_taken)
    {
      pass (core, node);
      return;
    }
  core_need_marks (core);
  core->readiness.is_watchful = TRUE;
  if (plan_is_atom (core->plan, node))
    {
      core_ignore (core, node);
      ignore_behind (core, node, depth);
    }
  else if (!is_step)
    ignore_first (core, node, depth);
  else
    {
      guint32 end = core->plan->flows[plan_find_flow (core->plan, node)].end;

      for (guint32 inner = node; inner <= end; inner++)
        core_ignore (core, inner);
      ignore_behind (core, end, depth);
    }
  pass (core, node);
}

guint32
core_answer_undecided (Core *core, const CoreQuestion *question)
{
  const Plan *plan = core->plan;
  guint32 node = question->node;

  if (core->states[node] != ATOM_STATE_PENDING || core_is_in_rollback (core, node)
      || mode_is_stuck (&core->mode))
    return PLAN_NO_NODE;
  /* Numbers go in depth-first order: what follows an entry is its flow's first node. */
  while (plan->kinds[node] == PLAN_NODE_FLOW)
    core_pass_through (core, node++);
  if (plan_is_atom (plan, node) && core->states[node] == ATOM_STATE_PENDING)
    {
      ready_insert (&core->readiness.ready, core_rank (core, node));
      return node;
    }
  /* A former life has started it to fail, and did not see its end: it fails now. */
  if (plan_is_atom (plan, node) && core->states[node] == ATOM_STATE_RUNNING)
    {
      core->readiness.hold[node] = 0;
      core_forget_leftover (core, node);
      core_complete_execute (core, node, CORE_OUTCOME_FAILURE);
      return node;
    }
  core_unpass (core, question->node);
  pass (core, question->node);
  return PLAN_NO_NODE;
}
