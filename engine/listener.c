/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/engine_private.h"

static void
count_masks (Engine *engine)
{
  engine->listener_mask = 0;
  for (guint i = 0; i < engine->listeners->len; i++)
    engine->listener_mask |= (int) g_array_index (engine->listeners, Listener, i).mask;
}

guint
engine_add_listener (Engine *engine, ListenerMask mask, ListenerFunc func, gpointer user_data, GDestroyNotify destroy)
{
  Listener listener = { 0, mask, func, user_data, destroy };

  g_return_val_if_fail (engine != NULL && func != NULL, 0);
  listener.id = ++engine->last_listener;
  g_array_append_val (engine->listeners, listener);
  count_masks (engine);
  return listener.id;
}

void
engine_remove_listener (Engine *engine, guint id)
{
  g_return_if_fail (engine != NULL);
  for (guint i = 0; i < engine->listeners->len; i++)
    if (g_array_index (engine->listeners, Listener, i).id == id)
      {
        g_array_remove_index (engine->listeners, i);
        break;
      }
  count_masks (engine);
}

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
    case LISTENER_NOTE:
    default:
      return "";
    }
}

void
listeners_tell (Engine *engine, const ListenerEvent *event)
{
  ListenerEvent told = *event;

  if (!listeners_hear (engine, event->kind))
    return;
  told.seq = ++engine->seq;
  told.time_us = engine->time_us;
  told.run = engine->run_id;
  for (guint i = 0; i < engine->listeners->len; i++)
    {
      const Listener *listener = &g_array_index (engine->listeners, Listener, i);

      if (((int) listener->mask & (int) event->kind) != 0)
        listener->func (engine, &told, listener->user_data);
    }
}
