/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The attempts of a run: those that the executor has, those that go to it next, and the memory of
 * ended ones for the next use. */

#include "engine/core/core.h"

#include <backflow/atoms/attempt.h>
#include <backflow/executors/executor.h>

G_BEGIN_DECLS

/* The attempts of a run: a part of the Engine, on its thread. An attempt in flight knows its place
 * in `in_flight` (Attempt.slot). */
typedef struct
{
  Executor *executor;
  Port *port;                    /* (nullable) before the first run */
  AttemptRun run;                /* what all attempts share */
  char *run_key;                 /* of `run` */
  char *log_dir;                 /* of `run` */
  VECTOR (Attempt *) in_flight;  /* that the executor has, or is given next */
  GHashTable *by_node;           /* (nullable) of `in_flight`; made when an attempt is looked for */
  VECTOR (Attempt *) idle;       /* for the next use */
  VECTOR (Attempt *) submitting; /* of the duties being done */
  VECTOR (Attempt *) ended;      /* that ended without the executor */
  Attempt **done;                /* room for what port_collect() gives back, `capacity` of them */
  guint capacity;
  AtomicInt is_driven;                 /* a driver has the engine */
  gboolean is_abandoned;               /* the engine is freed when its driver leaves */
  VECTOR (CoreCompletion) completions; /* of the step being made */
} Flights;

void flights_init (Flights *flights, Executor *executor);
void flights_clear (Flights *flights);

/* Opens the port. FALSE with an EXECUTOR_ERROR. */
gboolean flights_open (Flights *flights, GError **error);

/* An attempt to be filled in. */
static inline Attempt *
flights_take (Flights *flights)
{
  return flights->idle.length > 0 ? vector_pop (&flights->idle) : g_new0 (Attempt, 1);
}

/* Drops the outcome of an ended attempt without arguments; its memory is free for the next. */
void flights_give_back (Flights *flights, Attempt *attempt);

/* Puts an attempt among those that go to the executor next. */
void flights_add (Flights *flights, Attempt *attempt);

/* An attempt is not in flight any more. */
static inline void
flights_remove (Flights *flights, const Attempt *attempt)
{
  Attempt *last = vector_pop (&flights->in_flight);

  if (last != attempt)
    {
      last->slot = attempt->slot;
      flights->in_flight.items[last->slot] = last;
    }
  if (G_UNLIKELY (flights->by_node != NULL))
    g_hash_table_remove (flights->by_node, GUINT_TO_POINTER (attempt->node));
}

/* Gives the executor all that was added. */
void flights_submit (Flights *flights);

/* Asks the attempt of `node`, which was submitted, to stop. */
void flights_cancel (Flights *flights, guint32 node);

G_END_DECLS
