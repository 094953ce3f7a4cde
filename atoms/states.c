/* SPDX-License-Identifier: Apache-2.0 */
#include <backflow/atoms/states.h>

#define X(name) #name,
static const char *const atom_state_names[] = { ATOM_STATES (X) };
static const char *const flow_state_names[] = { FLOW_STATES (X) };
static const char *const intention_names[] = { INTENTIONS (X) };
#undef X

static guint
find_name (const char *const *names, guint count, const char *name)
{
  guint i = 0;

  while (i < count && g_strcmp0 (names[i], name) != 0)
    i++;
  return i;
}

const char *
atom_state_get_name (AtomState state)
{
  g_return_val_if_fail (state < ATOM_STATE_COUNT, NULL);
  return atom_state_names[state];
}

const char *
flow_state_get_name (FlowState state)
{
  g_return_val_if_fail (state < FLOW_STATE_COUNT, NULL);
  return flow_state_names[state];
}

gboolean
flow_state_is_end (FlowState state)
{
  return state == FLOW_STATE_SUCCESS || state == FLOW_STATE_FAILURE || state == FLOW_STATE_REVERTED;
}

gboolean
flow_state_is_rest (FlowState state)
{
  return flow_state_is_end (state) || state == FLOW_STATE_SUSPENDED;
}

const char *
intention_get_name (Intention intention)
{
  g_return_val_if_fail (intention < INTENTION_COUNT, NULL);
  return intention_names[intention];
}

AtomState
atom_state_find (const char *name)
{
  return (AtomState) find_name (atom_state_names, ATOM_STATE_COUNT, name);
}

FlowState
flow_state_find (const char *name)
{
  return (FlowState) find_name (flow_state_names, FLOW_STATE_COUNT, name);
}
