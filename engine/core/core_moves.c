/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/core/core_moves.h"

#include "engine/plan/block.h"

/* What an atom in a state adds to Core.counts. */
#define SETTLED ((guint64) 1 << 32)
#define EFFECT ((guint64) 1)
const guint64 core_weights[ATOM_STATE_COUNT] = {
  [ATOM_STATE_RUNNING] = EFFECT,        [ATOM_STATE_SUCCESS] = EFFECT + SETTLED,
  [ATOM_STATE_FAILURE] = EFFECT,        [ATOM_STATE_REVERTING] = EFFECT,
  [ATOM_STATE_REVERT_FAILURE] = EFFECT, [ATOM_STATE_RETRYING] = EFFECT,
  [ATOM_STATE_IGNORE] = SETTLED,
};

void
core_grow_duties (Duties *duties)
{
  duties->size = MAX (16, duties->size * 2);
  duties->records = g_renew (StorageRecord, duties->records, duties->size);
  duties->kinds = g_renew (guint8, duties->kinds, duties->size);
}

void
core_need_marks (Core *core)
{
  if (core->marks != NULL)
    return;
  core->marks = block_new_array (guint8, core->plan->n_nodes);
  core->reverts = block_new_array (guint32, core->plan->n_nodes);
  ready_init (&core->readiness.undo, core->plan->n_nodes);
}

Intention
core_get_intention (const Core *core, guint32 node)
{
  if (mode_is_rolling_back (&core->mode))
    return INTENTION_REVERT;
  if (core_has_mark (core, node, CORE_MARK_UNDO))
    return INTENTION_REVERT;
  if (core_has_mark (core, node, CORE_MARK_RETRY))
    return INTENTION_RETRY;
  return core->states[node] == ATOM_STATE_IGNORE ? INTENTION_IGNORE : INTENTION_EXECUTE;
}

void
core_move_flow (Core *core, FlowEvent on)
{
  FlowState from = core->flow_state;
  FlowState to = flow_state_next (from, on);

  core->flow_state = to;
  core_add_duty (core, DUTY_FLOW,
                 (StorageRecord){ .atom = STORAGE_NO_ATOM,
                                  .kind = STORAGE_RECORD_FLOW,
                                  .from = (guint8) from,
                                  .to = (guint8) to });
}

void
core_clear_duties (Core *core)
{
  Duties *duties = &core->duties;

  for (guint i = 0; duties->is_special && i < duties->length; i++)
    if (duties->kinds[i] == DUTY_RECORD && duties->records[i].value != NULL)
      g_variant_unref (duties->records[i].value);
  duties->length = 0;
  duties->is_special = FALSE;
}
