/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/core/core_timers.h"

#include "engine/core/core_moves.h"

gboolean
core_has_timer (const Core *core, guint32 node)
{
  return core_has_mark (core, node, CORE_MARK_WAITS);
}

/* The first of those that are waited for. */
static void
find_due (Core *core)
{
  core->due_us = G_MAXINT64;
  for (guint i = 0; i < core->timers.length; i++)
    core->due_us = MIN (core->due_us, core->timers.items[i].due_us);
}

void
core_add_timer (Core *core, guint32 node, gint64 due_us)
{
  core_forget_timer (core, node);
  core->marks[node] |= CORE_MARK_WAITS;
  vector_push (&core->timers, ((CoreTimer){ node, due_us }));
  core->due_us = core->timers.length == 1 ? due_us : MIN (core->due_us, due_us);
}

/* Takes the `index`-th out. */
static guint32
remove_timer (Core *core, guint index)
{
  guint32 node = core->timers.items[index].node;

  core->timers.items[index] = vector_pop (&core->timers);
  core->marks[node] &= (guint8) ~CORE_MARK_WAITS;
  return node;
}

void
core_forget_timer (Core *core, guint32 node)
{
  if (!core_has_timer (core, node))
    return;
  for (guint i = 0; i < core->timers.length; i++)
    if (core->timers.items[i].node == node)
      {
        (void) remove_timer (core, i);
        return;
      }
}

void
core_forget_tries (Core *core)
{
  for (guint i = core->timers.length; i-- > 0;)
    {
      guint32 node = core->timers.items[i].node;

      if (core->plan->kinds[node] == PLAN_NODE_RETRY
          && core->states[node] != ATOM_STATE_REVERT_FAILURE)
        (void) remove_timer (core, i);
    }
  find_due (core);
}

gint64
core_get_due (const Core *core)
{
  return core->timers.length == 0 || core->is_suspending || core->is_stuck ? G_MAXINT64
                                                                           : core->due_us;
}

/* `node` need not wait any more: a failed revert, or a controller whose flow may be undone by now,
 * or not. */
static void
wake (Core *core, guint32 node)
{
  if (core->states[node] == ATOM_STATE_REVERT_FAILURE || core->states[node] == ATOM_STATE_RETRYING)
    ready_insert (&core->undo, core_rank (core, node));
}

void
core_set_time (Core *core, gint64 now_us)
{
  if (core->timers.length == 0 || core->due_us > now_us)
    return;
  for (guint i = core->timers.length; i-- > 0;)
    if (core->timers.items[i].due_us <= now_us)
      wake (core, remove_timer (core, i));
  find_due (core);
}
