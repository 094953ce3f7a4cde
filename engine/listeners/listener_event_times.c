/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps when each state was entered, as metadata. */
#include <backflow/engine/engine.h>
#include <backflow/engine/listeners/listener_kinds.h>

static void
keep_time (Engine *engine, const ListenerEvent *event, gpointer user_data)
{
  g_autofree char *key
      = g_strconcat (listener_get_state_name (event->kind, event->to), "-timestamp", NULL);

  (void) user_data;
  /* It fails with the store alone, and then the engine says so itself. */
  (void) engine_set_metadata (engine, event->kind == LISTENER_ATOM ? event->atom : NULL, key,
                              g_variant_new_double ((double) event->time_us / G_USEC_PER_SEC),
                              NULL);
}

guint
listener_add_event_times (Engine *engine)
{
  g_return_val_if_fail (engine != NULL, 0);
  return engine_add_listener (engine, LISTENER_FLOW | LISTENER_ATOM, keep_time, NULL, NULL);
}
