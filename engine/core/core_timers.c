/* SPDX-License-Identifier: Apache-2.0 */
/* The timers are a binary heap by time, so that the first to be due is known at once. Of a long
 * heap an index says where the timer of a node is. */
#include "engine/core/core_timers.h"

#include "engine/core/core_moves.h"

gboolean
core_has_timer (const Core *core, guint32 node)
{
  return core_has_mark (core, node, CORE_MARK_WAITS);
}

/* Puts a timer to a place in the heap. */
static void
place (CoreTimers *timers, guint at, CoreTimer timer)
{
  timers->items[at] = timer;
  if (timers->index.slots != NULL)
    node_index_put (&timers->index, timer.node, at);
}

/* The timer belongs at `at` or nearer to the root. */
static void
sift_up (CoreTimers *timers, guint at, CoreTimer timer)
{
  for (; at > 0 && timers->items[(at - 1) / 2].due_us > timer.due_us; at = (at - 1) / 2)
    place (timers, at, timers->items[(at - 1) / 2]);
  place (timers, at, timer);
}

/* The timer belongs at `at` or further from the root. */
static void
sift_down (CoreTimers *timers, guint at, CoreTimer timer)
{
  for (guint child = 2 * at + 1; child < timers->length; child = 2 * at + 1)
    {
      child += child + 1 < timers->length
               && timers->items[child + 1].due_us < timers->items[child].due_us;
      if (timers->items[child].due_us >= timer.due_us)
        break;
      place (timers, at, timers->items[child]);
      at = child;
    }
  place (timers, at, timer);
}

void
core_add_timer (Core *core, guint32 node, gint64 due_us)
{
  CoreTimers *timers = &core->timers;

  core_forget_timer (core, node);
  core->marks[node] |= CORE_MARK_WAITS;
  vector_push (timers, ((CoreTimer){ node, due_us }));
  if (timers->length == NODE_INDEX_SHORT + 1 && timers->index.slots == NULL)
    for (guint i = 0; i < timers->length; i++)
      node_index_put (&timers->index, timers->items[i].node, i);
  sift_up (timers, timers->length - 1, timers->items[timers->length - 1]);
}

/* Takes the timer at a place out. Returns: its node. */
static guint32
remove_timer (Core *core, guint at)
{
  CoreTimers *timers = &core->timers;
  CoreTimer removed = timers->items[at];
  CoreTimer last = vector_pop (timers);

  core->marks[removed.node] &= (guint8) ~CORE_MARK_WAITS;
  if (timers->index.slots != NULL)
    node_index_remove (&timers->index, removed.node);
  if (timers->length <= NODE_INDEX_DROP)
    node_index_clear (&timers->index);
  if (at == timers->length)
    return removed.node;
  if (last.due_us < removed.due_us)
    sift_up (timers, at, last);
  else
    sift_down (timers, at, last);
  return removed.node;
}

void
core_forget_timer (Core *core, guint32 node)
{
  guint at = 0;

  if (!core_has_timer (core, node))
    return;
  if (core->timers.index.slots != NULL)
    at = node_index_find (&core->timers.index, node);
  else
    while (core->timers.items[at].node != node)
      at++;
  (void) remove_timer (core, at);
}

void
core_forget_tries (Core *core)
{
  const Plan *plan = core->plan;

  for (guint32 i = 0; i < plan->n_controllers && core->timers.length > 0; i++)
    if (core->states[plan->controllers[i].node] != ATOM_STATE_REVERT_FAILURE)
      core_forget_timer (core, plan->controllers[i].node);
}

void
core_empty_timers (Core *core)
{
  core->timers.length = 0;
  node_index_clear (&core->timers.index);
}

gint64
core_get_due (const Core *core)
{
  return core->timers.length == 0 || mode_is_suspending (&core->mode) || mode_is_stuck (&core->mode)
             ? G_MAXINT64
             : core->timers.items[0].due_us;
}

/* The wait of `node` is over: of a failed revert, or of a controller, whose flow may be reverted by
 * now or not. */
static void
wake (Core *core, guint32 node)
{
  if (core->states[node] == ATOM_STATE_REVERT_FAILURE || core->states[node] == ATOM_STATE_RETRYING)
    ready_insert (&core->readiness.undo, core_rank (core, node));
}

void
core_set_time (Core *core, gint64 now_us)
{
  while (core->timers.length > 0 && core->timers.items[0].due_us <= now_us)
    wake (core, remove_timer (core, 0));
}
