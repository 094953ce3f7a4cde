/* SPDX-License-Identifier: Apache-2.0 */
/* The names of what listeners hear. */
#include <backflow/atoms/retry.h>
#include <backflow/atoms/states.h>
#include <backflow/engine/listener.h>

const char *
listener_get_state_name (ListenerMask kind, int state)
{
  switch (kind)
    {
    case LISTENER_FLOW:
      return flow_state_get_name ((FlowState) state);
    case LISTENER_ATOM:
      return atom_state_get_name ((AtomState) state);
    case LISTENER_ENGINE:
      return engine_state_get_name ((EngineState) state);
    case LISTENER_DECISION:
      return retry_decision_get_name ((RetryDecision) state);
    case LISTENER_PROGRESS:
      return atom_state_get_name ((AtomState) state);
    case LISTENER_NOTE:
    default:
      return "";
    }
}
