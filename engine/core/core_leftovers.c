/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/core/core_leftovers.h"

#include "engine/core/core_moves.h"

static void
ask_leftover (Core *core, CoreLeftover *leftover)
{
  leftover->state = LEFTOVER_NEW;
  for (guint i = core->n_asked; i < core->questions.length; i++)
    if (core->questions.items[i].kind == CORE_QUESTION_UNKNOWN
        && core->questions.items[i].node == leftover->node)
      return;
  vector_push (&core->questions,
               ((CoreQuestion){ CORE_QUESTION_UNKNOWN, leftover->node, PLAN_NO_NODE, FALSE }));
}

void
core_ask_leftovers (Core *core, gboolean anew)
{
  for (guint i = 0; i < core->leftovers.length; i++)
    if (anew || core->leftovers.items[i].state == LEFTOVER_NEW
        || core->leftovers.items[i].state == LEFTOVER_ASKED)
      ask_leftover (core, &core->leftovers.items[i]);
}

static CoreLeftover *
find_leftover (Core *core, guint32 node)
{
  for (guint i = 0; i < core->leftovers.length; i++)
    if (core->leftovers.items[i].node == node)
      return &core->leftovers.items[i];
  vector_push (&core->leftovers, ((CoreLeftover){ node, LEFTOVER_NEW }));
  return &core->leftovers.items[core->leftovers.length - 1];
}

void
core_set_leftover (Core *core, guint32 node, CoreLeftoverState state)
{
  find_leftover (core, node)->state = state;
}

void
core_ask_leftover (Core *core, guint32 node)
{
  ask_leftover (core, find_leftover (core, node));
}

/* Takes the `index`-th out; the others keep their order. */
static void
remove_leftover (Core *core, guint index)
{
  core->leftovers.length--;
  for (guint i = index; i < core->leftovers.length; i++)
    core->leftovers.items[i] = core->leftovers.items[i + 1];
}

void
core_forget_leftover (Core *core, guint32 node)
{
  for (guint i = 0; i < core->leftovers.length; i++)
    if (core->leftovers.items[i].node == node)
      {
        remove_leftover (core, i);
        return;
      }
}

gboolean
core_is_left (const Core *core, guint32 node)
{
  for (guint i = 0; i < core->leftovers.length; i++)
    if (core->leftovers.items[i].node == node)
      return TRUE;
  return FALSE;
}

gboolean
core_counts_as_failed (const Core *core, guint32 node)
{
  return core->is_stuck
         || (core->states[node] == ATOM_STATE_RUNNING && core_is_in_rollback (core, node));
}

/* Whether it is known how to go on with it, and nothing that it has to wait for now, in a flow that
 * has changed, has to be done first. */
static gboolean
can_go_on (const Core *core, const CoreLeftover *leftover)
{
  guint32 node = leftover->node;

  if (leftover->state != LEFTOVER_REPEAT)
    return leftover->state == LEFTOVER_PROBE;
  return core->hold[node] == 0
         || (core->states[node] == ATOM_STATE_RUNNING && core_is_in_rollback (core, node));
}

gboolean
core_has_known_leftover (const Core *core)
{
  for (guint i = 0; i < core->leftovers.length; i++)
    if (can_go_on (core, &core->leftovers.items[i]))
      return TRUE;
  return FALSE;
}

void
core_start_leftovers (Core *core, guint capacity)
{
  for (guint i = 0; i < core->leftovers.length && core->running.length < capacity;)
    {
      CoreLeftover leftover = core->leftovers.items[i];

      /* What is being rolled back by now is asked about again. */
      if (leftover.state == LEFTOVER_REPEAT && core->states[leftover.node] == ATOM_STATE_RUNNING
          && core_is_in_rollback (core, leftover.node))
        ask_leftover (core, &core->leftovers.items[i]);
      leftover = core->leftovers.items[i];
      if (!can_go_on (core, &leftover))
        {
          i++;
          continue;
        }
      core_add_order (
          core, leftover.state == LEFTOVER_PROBE ? DUTY_PROBE : DUTY_REPEAT,
          (StorageRecord){ .atom = leftover.node,
                           .to = core->states[leftover.node],
                           .attempt = core->states[leftover.node] == ATOM_STATE_REVERTING
                                          ? core->reverts[leftover.node]
                                          : core->attempts[leftover.node] });
      vector_push (&core->running, leftover.node);
      remove_leftover (core, i);
    }
}
