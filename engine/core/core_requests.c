/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/core/core_requests.h"

#include "engine/core/core_leftovers.h"
#include "engine/core/core_moves.h"
#include "engine/core/rollback.h"

/* Whether the run is driven, or was when its owner was interrupted. */
static gboolean
is_running (const Core *core)
{
  return core->flow_state == FLOW_STATE_RUNNING || core->flow_state == FLOW_STATE_SUSPENDING;
}

void
core_suspend (Core *core)
{
  if (!is_running (core) || !mode_can_move (&core->mode, MODE_EVENT_SUSPEND))
    return;
  mode_move (&core->mode, MODE_EVENT_SUSPEND);
  /* The flow of a run that was suspended, and then cancelled, is SUSPENDING already. */
  if (core->flow_state == FLOW_STATE_RUNNING)
    core_move_flow (core, FLOW_EVENT_SUSPEND);
}

void
core_cancel (Core *core, gboolean keep)
{
  ModeEvent on = keep ? MODE_EVENT_KEEP : MODE_EVENT_CANCEL;

  if (!is_running (core) || !mode_can_move (&core->mode, on))
    return;
  mode_move (&core->mode, on);
  if (!keep)
    core_roll_back (core);
  /* A cancelled run does not wait for a person any more. One that is kept repeats nothing either:
   * attempts that were to be repeated count as failed. */
  core_ask_leftovers (core, keep);
  for (guint i = 0; i < core->running.length; i++)
    {
      guint32 node = core->running.items[i];

      if (core->states[node] == ATOM_STATE_RUNNING)
        core_add_order (core, DUTY_CANCEL, (StorageRecord){ .atom = node });
    }
}

void
core_end_reverts (Core *core)
{
  for (guint i = 0; i < core->running.length; i++)
    {
      guint32 node = core->running.items[i];

      if (core->states[node] == ATOM_STATE_REVERTING)
        core_add_order (core, DUTY_CANCEL, (StorageRecord){ .atom = node });
    }
}
