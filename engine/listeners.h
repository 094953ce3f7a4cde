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
  guint64 seq;     /* of the last event that was told */
  Engine *engine;  /* that the listeners are given */
  const char *run; /* its run, borrowed */
  gint64 time_us;  /* of the events that are told now */
} Listeners;

/* As engine_add_listener() and engine_remove_listener(). */
guint listeners_add (Listeners *listeners, Listener listener);
void listeners_remove (Listeners *listeners, guint id);

/* Removes all. */
void listeners_clear (Listeners *listeners);

/* Tells all listeners that hear the kind of the event. Its run, time and number are filled in. */
void listeners_tell (Listeners *listeners, ListenerEvent event);

/* As listeners_tell() of an atom, whose name, kind and flow are filled in too. */
void listeners_tell_of (Listeners *listeners, const Atom *atom, ListenerEvent event);

static inline gboolean
listeners_hear (const Listeners *listeners, ListenerMask kind)
{
  return (listeners->mask & (int) kind) != 0;
}

G_END_DECLS
