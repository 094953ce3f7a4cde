/* SPDX-License-Identifier: Apache-2.0 */
/* Telling listeners, each in the order in which it was added. */
#include "engine/listeners.h"

#include "flows/flow_private.h"

static void
count_masks (Listeners *listeners)
{
  listeners->mask = 0;
  for (guint i = 0; i < listeners->list.length; i++)
    listeners->mask |= (int) listeners->list.items[i].mask;
}

guint
listeners_add (Listeners *listeners, Listener listener)
{
  listener.id = ++listeners->last_id;
  vector_push (&listeners->list, listener);
  count_masks (listeners);
  return listener.id;
}

static void
listener_clear (Listener *listener)
{
  if (listener->destroy != NULL)
    listener->destroy (listener->user_data);
}

void
listeners_remove (Listeners *listeners, guint id)
{
  guint kept = 0;

  for (guint i = 0; i < listeners->list.length; i++)
    if (listeners->list.items[i].id == id)
      listener_clear (&listeners->list.items[i]);
    else
      listeners->list.items[kept++] = listeners->list.items[i];
  listeners->list.length = kept;
  count_masks (listeners);
}

void
listeners_clear (Listeners *listeners)
{
  for (guint i = 0; i < listeners->list.length; i++)
    listener_clear (&listeners->list.items[i]);
  vector_clear (&listeners->list);
  listeners->mask = 0;
}

void
listeners_tell (Listeners *listeners, ListenerEvent event)
{
  if (!listeners_hear (listeners, event.kind))
    return;
  event.seq = ++listeners->seq;
  event.run = listeners->run;
  event.time_us = listeners->time_us;
  for (guint i = 0; i < listeners->list.length; i++)
    {
      const Listener *listener = &listeners->list.items[i];

      if (((int) listener->mask & (int) event.kind) != 0)
        listener->func (listeners->engine, &event, listener->user_data);
    }
}

void
listeners_tell_of (Listeners *listeners, const Atom *atom, ListenerEvent event)
{
  event.flow = ((const Flow *) atom->member.owner)->name;
  event.atom = atom->name;
  event.atom_kind = (AtomKind) atom->member.kind;
  listeners_tell (listeners, event);
}
