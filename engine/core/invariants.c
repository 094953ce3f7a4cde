/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/core/invariants.h"

#include "engine/core/core_leftovers.h"
#include "engine/core/rollback.h"

static gboolean
is_passed (const Core *core, guint32 node)
{
  return core->states[node] == ATOM_STATE_SUCCESS || core->states[node] == ATOM_STATE_IGNORE;
}

/* Whether all atoms that `node` comes right after, through entries and ends of flows, are passed.
 */
static gboolean
follows_passed (const Core *core, guint32 node, GArray *stack)
{
  const Plan *plan = core->plan;

  g_array_set_size (stack, 0);
  g_array_append_val (stack, node);
  while (stack->len > 0)
    {
      guint32 at = g_array_index (stack, guint32, --stack->len);

      for (guint32 i = plan->predecessor_offsets[at]; i < plan->predecessor_offsets[at + 1]; i++)
        {
          guint32 before = plan->predecessors[i];

          if (plan_is_atom (plan, before)
                  ? !is_passed (core, before)
                  : core->states[before] == ATOM_STATE_PENDING && !core->readiness.is_watchful)
            return FALSE;
          if (!plan_is_atom (plan, before) && core->readiness.is_watchful)
            g_array_append_val (stack, before);
        }
    }
  return TRUE;
}

/* An atom starts when all it depends on is done: what executes has only passed predecessors. Where
 * a former life was restored, entries and ends of flows are not known to be passed when what is
 * behind them is. */
static gboolean
starts_in_order (const Core *core)
{
  g_autoptr (GArray) stack = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint i = 0; i < core->running.length; i++)
    {
      guint32 node = core->running.items[i];

      if (core->states[node] == ATOM_STATE_RUNNING && !follows_passed (core, node, stack))
        return FALSE;
    }
  return TRUE;
}

/* Whether an atom has an effect that what comes before it must wait for: not one that somebody said
 * to leave. */
static gboolean
is_loud (const Core *core, guint32 node)
{
  return core_is_loud ((AtomState) core->states[node])
         && !(core->states[node] == ATOM_STATE_REVERT_FAILURE
              && core_has_mark (core, node, CORE_MARK_SKIPPED));
}

/* Marks the nodes that are loud, or before which something loud comes; computed from the states
 * alone. */
static guint8 *
mark_loud (const Core *core)
{
  const Plan *plan = core->plan;
  guint8 *loud = g_new0 (guint8, plan->n_nodes);
  g_autoptr (GArray) stack = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint32 node = 0; node < plan->n_nodes; node++)
    if (plan_is_atom (plan, node) && is_loud (core, node))
      {
        loud[node] = TRUE;
        g_array_append_val (stack, node);
      }
  while (stack->len > 0)
    {
      guint32 node = g_array_index (stack, guint32, --stack->len);

      for (guint32 at = plan->predecessor_offsets[node]; at < plan->predecessor_offsets[node + 1];
           at++)
        if (!loud[plan->predecessors[at]])
          {
            loud[plan->predecessors[at]] = TRUE;
            g_array_append_val (stack, plan->predecessors[at]);
          }
    }
  return loud;
}

static gboolean
is_in_flight (const Core *core, guint32 node)
{
  for (guint i = 0; i < core->running.length; i++)
    if (core->running.items[i] == node)
      return TRUE;
  return FALSE;
}

/* A revert starts, and an atom is reverted, when nothing that depended on it has an effect any
 * more. A former life may have had another order, so after it that is said of what is in flight
 * only. */
static gboolean
reverts_in_order (const Core *core)
{
  const Plan *plan = core->plan;
  g_autofree guint8 *loud = mark_loud (core);

  for (guint32 node = 0; node < plan->n_nodes; node++)
    {
      if (!plan_is_atom (plan, node) || core->states[node] < ATOM_STATE_REVERTING
          || core->states[node] > ATOM_STATE_REVERT_FAILURE)
        continue;
      if (core->readiness.is_watchful
          && (core->states[node] != ATOM_STATE_REVERTING || !is_in_flight (core, node)))
        continue;
      for (guint32 at = plan->successor_offsets[node]; at < plan->successor_offsets[node + 1]; at++)
        if (loud[plan->successors[at]])
          return FALSE;
    }
  return TRUE;
}

/* The counters say what the states say. */
static gboolean
counts_are_right (const Core *core)
{
  guint32 n_settled = 0;
  guint32 n_effects = 0;
  guint32 n_running = 0;

  for (guint32 node = 0; node < core->plan->n_nodes; node++)
    {
      if (!plan_is_atom (core->plan, node))
        continue;
      n_settled += is_passed (core, node) ? 1 : 0;
      n_effects += core_is_loud ((AtomState) core->states[node]) ? 1 : 0;
      n_running
          += core->states[node] == ATOM_STATE_RUNNING || core->states[node] == ATOM_STATE_REVERTING;
    }
  return n_settled == core_get_n_settled (core) && n_effects == core_get_n_effects (core)
         && n_running == core->running.length + core->leftovers.length;
}

/* Flows are counted that are being rolled back to be tried again. */
static gboolean
tries_are_counted (const Core *core)
{
  guint n_undone = 0;

  for (guint32 i = 0; i < core->plan->n_controllers; i++)
    n_undone += core_has_mark (core, core->plan->controllers[i].node, CORE_MARK_RETRY) ? 1 : 0;
  return mode_is_rolling_back (&core->mode)
         || (n_undone == core->mode.n_flows && mode_is_undoing (&core->mode) == (n_undone > 0));
}

static guint32
rank_of (const Core *core, guint32 node)
{
  return core->plan->ranks != NULL ? core->plan->ranks[node] : node;
}

/* Of a node that may revert, or try again, at once: nothing holds it back, and there is something
 * to revert. */
static gboolean
is_sound_undo (const Core *core, guint32 node)
{
  if (core->readiness.hold[node] != 0
      || (!core_is_in_rollback (core, node) && !core_has_mark (core, node, CORE_MARK_RETRY)))
    return FALSE;
  return core_can_be_undone (core, node) || core->states[node] == ATOM_STATE_REVERT_FAILURE;
}

/* Where something is being rolled back nothing executes that was not executing then: what may be
 * started there is a revert, or the next try of a controller; nowhere else is anything reverted.
 * What has begun is not ready to begin. */
static gboolean
ready_is_sound (const Core *core)
{
  for (guint32 node = 0; node < core->plan->n_nodes; node++)
    {
      gboolean has_begun
          = core->states[node] != ATOM_STATE_PENDING && core->states[node] != ATOM_STATE_RETRYING;

      if (ready_has (&core->readiness.ready, rank_of (core, node))
          && (has_begun || core_is_in_rollback (core, node)))
        return FALSE;
      if (mode_is_undoing (&core->mode) && ready_has (&core->readiness.undo, rank_of (core, node))
          && !is_sound_undo (core, node))
        return FALSE;
    }
  return TRUE;
}

/* One live attempt: what is in flight is executing or reverting, and once. */
static gboolean
attempts_are_single (const Core *core)
{
  for (guint i = 0; i < core->running.length; i++)
    {
      guint32 node = core->running.items[i];

      if ((core->states[node] != ATOM_STATE_RUNNING && core->states[node] != ATOM_STATE_REVERTING)
          || core_is_left (core, node))
        return FALSE;
      for (guint j = i + 1; j < core->running.length && core->plan->n_nodes <= 512; j++)
        if (core->running.items[j] == node)
          return FALSE;
    }
  return TRUE;
}

/* A failure that is known is dealt with: what it is part of is being rolled back, unless the run is
 * to stay as it is. */
static gboolean
failures_are_heard (const Core *core)
{
  if (mode_is_rolling_back (&core->mode) || mode_is_stuck (&core->mode)
      || core->questions.length > 0)
    return TRUE;
  for (guint32 node = 0; node < core->plan->n_nodes; node++)
    if (plan_is_atom (core->plan, node) && core->states[node] == ATOM_STATE_FAILURE
        && !core_is_in_rollback (core, node))
      return FALSE;
  return TRUE;
}

/* A controller begins its next try when nothing of the one before is left. One that was added to a
 * run may find its flow done. */
static gboolean
tries_are_clean (const Core *core)
{
  const Plan *plan = core->plan;

  for (guint32 i = 0; i < plan->n_controllers; i++)
    {
      guint32 retry = plan->controllers[i].node;

      if (core->states[retry] != ATOM_STATE_RETRYING
          && (core->states[retry] != ATOM_STATE_RUNNING || core->attempts[retry] <= 1))
        continue;
      for (guint32 node = retry + 1; node < plan->controllers[i].end; node++)
        if (plan_is_atom (plan, node) && core_is_loud ((AtomState) core->states[node]))
          return FALSE;
    }
  return TRUE;
}

static gboolean
ends_are_true (const Core *core)
{
  if (core->flow_state == FLOW_STATE_REVERTED)
    return core_get_n_effects (core) == 0;
  return core->flow_state != FLOW_STATE_SUCCESS || core_get_n_settled (core) == core->plan->n_atoms;
}

static const struct
{
  gboolean (*holds) (const Core *core);
  const char *promise;
} invariants[] = {
  { counts_are_right, "the counters say what the states say" },
  { tries_are_counted, "flows that are tried again are counted" },
  { ends_are_true, "a run is REVERTED only when no atom may have an effect, SUCCESS only when "
                   "every one succeeded or was ignored" },
  { starts_in_order, "an atom executes only after all that it depends on" },
  { reverts_in_order, "an atom is reverted only after all that depended on it" },
  { ready_is_sound, "nothing is started after a failure is known but reverts" },
  { attempts_are_single, "an atom has one live attempt" },
  { failures_are_heard, "a failure that is known is dealt with" },
  { tries_are_clean, "a controller tries again only when nothing of its flow is left" },
};

const char *
invariants_find_broken (const Core *core)
{
  for (guint i = 0; i < G_N_ELEMENTS (invariants); i++)
    if (!invariants[i].holds (core))
      return invariants[i].promise;
  return NULL;
}

#ifdef BACKFLOW_DEBUG
/* Plans of up to so many nodes are checked after each step. */
#define CHECKED_ALWAYS 512u

void
invariants_check (const Core *core)
{
  const char *broken;

  if (core->plan->n_nodes > CHECKED_ALWAYS && core_get_n_settled (core) % core->plan->n_nodes != 0
      && core->running.length > 0)
    return;
  broken = invariants_find_broken (core);
  if (broken != NULL)
    g_error ("invariant broken: %s", broken);
}
#endif
