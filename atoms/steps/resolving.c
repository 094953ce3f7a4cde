/* SPDX-License-Identifier: Apache-2.0 */
/* A name is looked up by GIO, in a thread of GIO; meanwhile this thread turns a main context of its
 * own, in which a timer asks whether the look-up is still wanted.
 */
#include "atoms/steps/resolving.h"

#include <gio/gio.h>

#define ASK_MS 50

typedef struct
{
  const Waiting *waiting;
  gint64 until_us;
  GCancellable *cancellable;
  GList *addresses;
  GError *error;
  gboolean is_done;
} Lookup;

static void
on_done (GObject *resolver, GAsyncResult *result, gpointer data)
{
  Lookup *lookup = data;

  lookup->addresses
      = g_resolver_lookup_by_name_finish (G_RESOLVER (resolver), result, &lookup->error);
  lookup->is_done = TRUE;
}

static gboolean
on_tick (gpointer data)
{
  const Lookup *lookup = data;

  if (waiting_is_over (lookup->waiting) || g_get_monotonic_time () >= lookup->until_us)
    g_cancellable_cancel (lookup->cancellable);
  return G_SOURCE_CONTINUE;
}

static void
run (Lookup *lookup, const char *host)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GSource) timer = g_timeout_source_new (ASK_MS);
  g_autoptr (GResolver) resolver = g_resolver_get_default ();

  g_main_context_push_thread_default (context);
  g_source_set_callback (timer, on_tick, lookup, NULL);
  g_source_attach (timer, context);
  g_resolver_lookup_by_name_async (resolver, host, lookup->cancellable, on_done, lookup);
  while (!lookup->is_done)
    g_main_context_iteration (context, TRUE);
  g_source_destroy (timer);
  g_main_context_pop_thread_default (context);
}

GList *
resolving_find (const Waiting *waiting, const char *host, gint64 until_us, char **why)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);
  g_autoptr (GCancellable) cancellable = NULL;
  Lookup lookup = { .waiting = waiting, .until_us = until_us };

  if (address != NULL)
    return g_list_prepend (NULL, g_steal_pointer (&address));
  cancellable = g_cancellable_new ();
  lookup.cancellable = cancellable;
  run (&lookup, host);
  if (lookup.error != NULL)
    {
      g_free (*why);
      *why = g_strdup (lookup.error->message);
      g_clear_error (&lookup.error);
    }
  return lookup.addresses;
}
