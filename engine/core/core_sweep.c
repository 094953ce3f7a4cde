/* SPDX-License-Identifier: Apache-2.0 */
/* Ignoring what comes after an ignored node, to the end, and taking that back. */
#include "engine/core/core_sweep.h"

#include "engine/core/core_moves.h"

void
core_ignore (Core *core, guint32 node)
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
void
core_sweep (Core *core, guint32 node, FlowDepth depth)
{
  const Plan *plan = core->plan;
  CoreMark swept = depth == FLOW_DEPTH_ALL ? CORE_MARK_SWEPT : 0;

  vector_push (&core->readiness.stack, node);
  while (core->readiness.stack.length > 0)
    {
      guint32 at = vector_pop (&core->readiness.stack);

      if ((core->marks[at] & swept) != 0)
        continue;
      core->marks[at] |= (guint8) swept;
      for (guint32 i = plan->successor_offsets[at]; i < plan->successor_offsets[at + 1]; i++)
        {
          guint32 next = plan->successors[i];

          if (!reaches (plan, next, depth)
              || (swept == 0 && core->states[next] == ATOM_STATE_IGNORE))
            continue;
          core_ignore (core, next);
          vector_push (&core->readiness.stack, next);
        }
    }
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
      core_sweep (core, freed.items[at], FLOW_DEPTH_ALL);
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
        vector_push (&core->readiness.stack, node);
    }
  while (core->readiness.stack.length > 0)
    {
      guint32 node = vector_pop (&core->readiness.stack);
      gboolean is_ignored = !plan_is_atom (plan, node) || core->states[node] == ATOM_STATE_IGNORE;

      if (core->states[node] == ATOM_STATE_IGNORE
          || (!plan_is_atom (plan, node) && core->states[node] == ATOM_STATE_PENDING))
        core->marks[node] |= CORE_MARK_SWEPT;
      for (guint32 i = plan->predecessor_offsets[node];
           is_ignored && i < plan->predecessor_offsets[node + 1]; i++)
        if (--left[plan->predecessors[i]] == 0)
          vector_push (&core->readiness.stack, plan->predecessors[i]);
    }
}
