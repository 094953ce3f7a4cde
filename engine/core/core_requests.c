/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/core/core_requests.h"

#include "engine/core/core_leftovers.h"
#include "engine/core/core_moves.h"
#include "engine/core/rollback.h"

void
core_suspend (Core *core)
{
  gboolean is_running
      = core->flow_state == FLOW_STATE_RUNNING || core->flow_state == FLOW_STATE_SUSPENDING;

  if (!is_running || core->is_suspending)
    return;
  core->is_suspending = TRUE;
  /* It is SUSPENDING still when it was cancelled after that. */
  if (core->flow_state == FLOW_STATE_RUNNING)
    core_move_flow (core, FLOW_EVENT_SUSPEND);
}

void
core_cancel (Core *core, gboolean keep)
{
  gboolean is_running
      = core->flow_state == FLOW_STATE_RUNNING || core->flow_state == FLOW_STATE_SUSPENDING;

  if (!is_running || core->is_cancelled)
    return;
  core->is_cancelled = TRUE;
  core->is_suspending = FALSE;
  if (keep)
    core->is_stuck = TRUE;
  else
    core_roll_back (core);
  /* Nobody is waited for any more, and nothing is repeated where all is kept: it counts as failed.
   */
  core_ask_leftovers (core, keep);
  for (guint i = 0; i < core->running.length; i++)
    {
      guint32 node = core->running.items[i];

      if (core->states[node] == ATOM_STATE_RUNNING)
        core_add_order (core, DUTY_CANCEL, (StorageRecord){ .atom = node });
    }
}
