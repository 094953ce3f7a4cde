/* SPDX-License-Identifier: Apache-2.0 */
/* The attempts of a run, by slot: an attempt in flight is found, cancelled and taken out without a
 * search among the others. */
#include "engine/flights.h"

void
flights_init (Flights *flights, Executor *executor)
{
  flights->executor = executor;
}

void
flights_clear (Flights *flights)
{
  port_close (flights->port);
  executor_unref (flights->executor);
  for (guint i = 0; i < flights->idle.length; i++)
    g_free (flights->idle.items[i]);
  vector_clear (&flights->idle);
  vector_clear (&flights->in_flight);
  vector_clear (&flights->submitting);
  vector_clear (&flights->ended);
  vector_clear (&flights->completions);
  g_clear_pointer (&flights->by_node, g_hash_table_unref);
  g_free (flights->done);
  g_free (flights->run_key);
  g_free (flights->log_dir);
}

gboolean
flights_open (Flights *flights, GError **error)
{
  flights->port = port_open (flights->executor, error);
  if (flights->port == NULL)
    return FALSE;
  flights->capacity = port_get_capacity (flights->port);
  flights->done = g_new (Attempt *, flights->capacity);
  return TRUE;
}

void
flights_add (Flights *flights, Attempt *attempt)
{
  attempt->slot = flights->in_flight.length;
  vector_push (&flights->in_flight, attempt);
  vector_push (&flights->submitting, attempt);
  if (G_UNLIKELY (flights->by_node != NULL))
    g_hash_table_insert (flights->by_node, GUINT_TO_POINTER (attempt->node), attempt);
}

void
flights_give_back (Flights *flights, Attempt *attempt)
{
  attempt_reset (attempt);
  vector_push (&flights->idle, attempt);
}

void
flights_submit (Flights *flights)
{
  if (flights->submitting.length == 0)
    return;
  port_submit (flights->port, flights->submitting.items, flights->submitting.length);
  flights->submitting.length = 0;
}

/* The attempt in flight of `node` (nullable). The first search makes the table, so that a run in
 * which nothing is cancelled pays nothing for it. */
static Attempt *
find (Flights *flights, guint32 node)
{
  if (flights->by_node == NULL)
    {
      flights->by_node = g_hash_table_new (NULL, NULL);
      for (guint i = 0; i < flights->in_flight.length; i++)
        g_hash_table_insert (flights->by_node, GUINT_TO_POINTER (flights->in_flight.items[i]->node),
                             flights->in_flight.items[i]);
    }
  return g_hash_table_lookup (flights->by_node, GUINT_TO_POINTER (node));
}

void
flights_cancel (Flights *flights, guint32 node)
{
  Attempt *attempt = find (flights, node);

  if (attempt != NULL)
    port_cancel (flights->port, attempt);
}
