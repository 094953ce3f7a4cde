/* SPDX-License-Identifier: Apache-2.0 */
/* What may happen next in a simulated run, and that it does. */
#include "tests/engine/core/sim_private.h"

typedef struct
{
  SimChoice *items;
  guint length;
  guint max;
} Choices;

static void
add (Choices *choices, SimAct act, guint which, guint how)
{
  g_assert (choices->length < choices->max);
  choices->items[choices->length++] = (SimChoice){ (guint8) act, (guint8) which, (guint8) how };
}

static void
list_ends (const Sim *sim, Choices *choices)
{
  for (guint i = 0; i < sim->n_flight; i++)
    {
      const SimAttempt *attempt = &sim->flight[i];

      if (attempt->is_probe)
        {
          for (guint says = SIM_PRESENT; says <= SIM_UNSURE; says++)
            add (choices, (SimAct) says, i, 0);
          continue;
        }
      if (attempt->reverts || attempt->is_cancelled
          || (sim->config->hangs >> attempt->node & 1) == 0)
        add (choices, SIM_END, i, 0);
      if (!attempt->is_repeat
          && (attempt->is_cancelled || mode_is_suspending (&sim->now.core.mode)))
        add (choices, SIM_REFUSE, i, 0);
    }
}

/* What people may say of failed reverts. */
static void
list_failed_reverts (const Sim *sim, Choices *choices)
{
  for (guint32 node = 0; node < sim->now.core.plan->n_nodes; node++)
    if (plan_is_atom (sim->now.core.plan, node)
        && sim->now.states[node] == ATOM_STATE_REVERT_FAILURE)
      for (guint how = 0; how < STORAGE_RESOLUTION_COUNT; how++)
        if (core_can_resolve (&sim->now.core, node, (StorageResolution) how))
          add (choices, SIM_RESOLVE, node, how);
}

/* A suspended run: somebody has to say what to make of what was interrupted, else it is run again.
 */
static void
list_suspended (const Sim *sim, Choices *choices)
{
  const Core *core = &sim->now.core;
  gboolean asks = FALSE;

  for (guint i = 0; i < core->leftovers.length; i++)
    {
      guint32 node = core->leftovers.items[i].node;

      if (core->leftovers.items[i].state != LEFTOVER_ASKED)
        continue;
      asks = TRUE;
      for (guint how = 0; how < STORAGE_RESOLUTION_COUNT; how++)
        if (core_can_resolve (core, node, (StorageResolution) how))
          add (choices, SIM_RESOLVE, node, how);
    }
  if (sim->talks > 0)
    list_failed_reverts (sim, choices);
  if (asks)
    return;
  add (choices, SIM_GO_ON, 0, 0);
  add (choices, SIM_RESUME, 0, 0);
}

/* A run at its end: people may have it undone, or say what to make of what is left; and it may be
 * looked at by a new engine. */
static void
list_over (const Sim *sim, Choices *choices)
{
  if (sim->talks == 0)
    return;
  if (sim->now.core.flow_state != FLOW_STATE_REVERTED)
    add (choices, SIM_UNDO, 0, 0);
  if (sim->now.core.flow_state == FLOW_STATE_FAILURE)
    list_failed_reverts (sim, choices);
  if (sim->disturbances > 0)
    add (choices, SIM_CRASH, 0, 0);
}

/* Whether a request would be heard at the next thing that the runner does; until then it makes no
 * difference. */
static gboolean
is_listening (const Sim *sim)
{
  if (sim->request != SIM_GO || sim->now.core.flow_state == FLOW_STATE_PENDING)
    return FALSE;
  if (sim->phase == SIM_DUTY)
    return sim->next < sim->committed
           && (sim->now.kinds[sim->next] == DUTY_START || sim->now.kinds[sim->next] == DUTY_REPEAT
               || sim->now.kinds[sim->next] == DUTY_PROBE);
  return sim->phase == SIM_WAIT
         || (sim->phase == SIM_STEP && sim->now.core.state != ENGINE_STATE_UNDEFINED);
}

static void
list_disturbances (const Sim *sim, Choices *choices)
{
  if (sim->disturbances == 0 || sim->now.core.flow_state == FLOW_STATE_PENDING)
    return;
  add (choices, SIM_CRASH, 0, 0);
  for (guint act = SIM_SUSPEND; act <= SIM_KEEP && is_listening (sim); act++)
    add (choices, (SimAct) act, 0, 0);
}

/* What may happen while it runs. */
static void
list_running (const Sim *sim, Choices *choices)
{
  gboolean is_waiting = sim->phase == SIM_WAIT;
  gboolean has_timer = is_waiting && core_get_due (&sim->now.core) != G_MAXINT64;

  /* What has ended meanwhile is heard of together. */
  if (is_waiting || (sim->n_done > 0 && sim->n_done < SIM_BATCH))
    list_ends (sim, choices);
  if (has_timer)
    add (choices, SIM_TIME, 0, 0);
  if (!is_waiting || sim->request != SIM_GO || (sim->n_flight == 0 && !has_timer))
    add (choices, SIM_GO, 0, 0);
  list_disturbances (sim, choices);
}

static gboolean
is_suspended (const Sim *sim)
{
  return sim->phase == SIM_STEP && sim->now.core.state == ENGINE_STATE_SUSPENDED;
}

guint
sim_list_choices (const Sim *sim, SimChoice *items, guint max)
{
  Choices choices = { items, 0, max };

  if (sim->broken != NULL)
    return 0;
  if (sim_is_over (sim))
    list_over (sim, &choices);
  else if (is_suspended (sim))
    list_suspended (sim, &choices);
  else
    list_running (sim, &choices);
  return choices.length;
}

static void
disturb (Sim *sim, SimAct act)
{
  sim->disturbances--;
  if (act != SIM_CRASH)
    {
      sim->request = act;
      return;
    }
  sim->has_crashed = TRUE;
  sim_change_structure (sim);
  sim_resume (sim);
}

static void
talk (Sim *sim, SimChoice choice)
{
  if (choice.act == SIM_UNDO)
    {
      sim->talks--;
      sim_undo (sim);
      return;
    }
  if (sim->now.states[choice.which] == ATOM_STATE_REVERT_FAILURE)
    sim->talks--;
  sim->was_how |= (guint8) (1u << choice.how);
  sim_resolve (sim, choice.which, (StorageResolution) choice.how);
}

static void
note_event (Sim *sim, SimChoice choice)
{
  const guint noted = 1u << SIM_CRASH | 1u << SIM_SUSPEND | 1u << SIM_CANCEL | 1u << SIM_KEEP
                      | 1u << SIM_RESOLVE | 1u << SIM_UNDO;

  if (sim->n_events < SIM_EVENTS)
    sim->events[sim->n_events] = choice;
  sim->n_events++;
  sim->was |= noted & (1u << choice.act);
}

void
sim_take (Sim *sim, SimChoice choice)
{
  note_event (sim, choice);
  switch ((SimAct) choice.act)
    {
    case SIM_GO:
    case SIM_GO_ON:
      sim_go (sim);
      break;
    case SIM_END:
      sim_end_attempt (sim, choice.which);
      break;
    case SIM_REFUSE:
      sim_refuse_attempt (sim, choice.which);
      break;
    case SIM_TIME:
      core_set_time (&sim->now.core, 2);
      sim->phase = SIM_STEP;
      break;
    case SIM_PRESENT:
    case SIM_ABSENT:
    case SIM_UNSURE:
      sim_end_probe (sim, choice.which, (SimAct) choice.act);
      break;
    case SIM_RESUME:
      sim_resume (sim);
      break;
    case SIM_RESOLVE:
    case SIM_UNDO:
      talk (sim, choice);
      break;
    case SIM_CRASH:
    case SIM_SUSPEND:
    case SIM_CANCEL:
    case SIM_KEEP:
    default:
      disturb (sim, (SimAct) choice.act);
      break;
    }
}
