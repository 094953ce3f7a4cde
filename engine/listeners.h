/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Listeners: the list of who listens to an engine. It belongs to the engine; the functions that
 * users call are in listener.h.
 */

#include "engine/plan/vector.h"

#include <backflow/engine/listener.h>

G_BEGIN_DECLS

typedef struct
{
  guint id;
  ListenerMask mask;
  ListenerFunc func;
  gpointer user_data;
  GDestroyNotify destroy;
} Listener;

typedef struct
{
  VECTOR (Listener) list;
  int mask; /* of all listeners */
  guint last_id;
  guint64 seq; /* of the last event that was told */
} Listeners;

/* As engine_add_listener() and engine_remove_listener(). */
guint listeners_add (Listeners *listeners, Listener listener);
void listeners_remove (Listeners *listeners, guint id);

/* Removes all. */
void listeners_clear (Listeners *listeners);

/* Tells all listeners that hear the kind of the event; its number is given here. */
void listeners_tell (Listeners *listeners, Engine *engine, ListenerEvent event);

static inline gboolean
listeners_hear (const Listeners *listeners, ListenerMask kind)
{
  return (listeners->mask & (int) kind) != 0;
}

G_END_DECLS
