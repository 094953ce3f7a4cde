/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/core/core_leftovers.h"

#include "engine/core/core_moves.h"

static void
ask_leftover (Core *core, CoreLeftover *leftover)
{
  leftover->state = LEFTOVER_NEW;
  for (guint i = core->questions.n_asked; i < core->questions.length; i++)
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

/* The place of the node's leftover, which is there. */
static guint
find_place (Core *core, guint32 node)
{
  CoreLeftovers *leftovers = &core->leftovers;
  guint at = leftovers->cursor < leftovers->length ? leftovers->cursor : 0;

  while (leftovers->items[at].node != node)
    at = at + 1 < leftovers->length ? at + 1 : 0;
  leftovers->cursor = at;
  return at;
}

/* The node's leftover; a new one when it has none. */
static CoreLeftover *
need_leftover (Core *core, guint32 node)
{
  CoreLeftovers *leftovers = &core->leftovers;

  if (core_is_left (core, node))
    return &leftovers->items[find_place (core, node)];
  core_need_marks (core);
  core->marks[node] |= CORE_MARK_LEFT;
  vector_push (leftovers, ((CoreLeftover){ node, LEFTOVER_NEW }));
  return &leftovers->items[leftovers->length - 1];
}

void
core_set_leftover (Core *core, guint32 node, CoreLeftoverState state)
{
  need_leftover (core, node)->state = state;
}

void
core_ask_leftover (Core *core, guint32 node)
{
  ask_leftover (core, need_leftover (core, node));
}

void
core_forget_leftover (Core *core, guint32 node)
{
  CoreLeftovers *leftovers = &core->leftovers;

  if (!core_is_left (core, node))
    return;
  for (guint i = find_place (core, node); i + 1 < leftovers->length; i++)
    leftovers->items[i] = leftovers->items[i + 1];
  leftovers->length--;
  core->marks[node] &= (guint8) ~CORE_MARK_LEFT;
}

void
core_empty_leftovers (Core *core)
{
  for (guint i = 0; i < core->leftovers.length; i++)
    core->marks[core->leftovers.items[i].node] &= (guint8) ~CORE_MARK_LEFT;
  core->leftovers.length = 0;
}

gboolean
core_is_left (const Core *core, guint32 node)
{
  return core_has_mark (core, node, CORE_MARK_LEFT);
}

gboolean
core_counts_as_failed (const Core *core, guint32 node)
{
  return mode_is_stuck (&core->mode)
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
  return core->readiness.hold[node] == 0
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

/* Repeats or probes a leftover, whose attempt is in flight then. */
static void
start_leftover (Core *core, const CoreLeftover *leftover)
{
  guint32 node = leftover->node;
  gboolean reverts = core->states[node] == ATOM_STATE_REVERTING;

  core_add_order (
      core, leftover->state == LEFTOVER_PROBE ? DUTY_PROBE : DUTY_REPEAT,
      (StorageRecord){ .atom = node,
                       .to = core->states[node],
                       .attempt = reverts ? core->reverts[node] : core->attempts[node] });
  core_running_add (&core->running, node);
  core->marks[node] &= (guint8) ~CORE_MARK_LEFT;
}

void
core_start_leftovers (Core *core, guint capacity)
{
  CoreLeftovers *leftovers = &core->leftovers;
  guint n_kept = 0;

  for (guint i = 0; i < leftovers->length; i++)
    {
      CoreLeftover *leftover = &leftovers->items[i];

      /* The decision to repeat an execute is made anew when its flow is rolled back meanwhile. */
      if (core->running.length < capacity && leftover->state == LEFTOVER_REPEAT
          && core->states[leftover->node] == ATOM_STATE_RUNNING
          && core_is_in_rollback (core, leftover->node))
        ask_leftover (core, leftover);
      if (core->running.length < capacity && can_go_on (core, leftover))
        start_leftover (core, leftover);
      else
        leftovers->items[n_kept++] = *leftover;
    }
  leftovers->length = n_kept;
}
