/* SPDX-License-Identifier: Apache-2.0 */
/* What has to be cleared before an attempt starts, in this order:
 *
 *   1. a revert: the execute, when it was interrupted or its processes could not be ended;
 *   2. a revert: the earlier reverts, when the last of them failed so;
 *   3. a repeated attempt, or the probe in its place: what a former life of it has left, and its
 *      probe.
 *
 * A revert may have gone on as the probe of its execute; what the execute itself left running on
 * purpose is not the probe's and lives on.
 */
#include "engine/leftovers.h"
#include "engine/engine_state.h"

#include <backflow/executors/executor.h>

/* An attempt whose processes have to be ended. */
typedef struct
{
  AttemptWork work;
  guint32 number;
} Leftover;

/* Whether processes of the attempt that failed so may live: they could not be ended, or nobody
 * looked for them. */
static gboolean
is_uncontained (const Failure *failure)
{
  for (; failure != NULL; failure = failure_get_fields (failure)->cause)
    {
      FailureOrigin origin = failure_get_origin (failure);

      if (origin == FAILURE_ORIGIN_CONTAINMENT || origin == FAILURE_ORIGIN_INTERRUPTED)
        return TRUE;
    }
  return FALSE;
}

static Failure *
find_failure (Failure *const *failures, guint32 node)
{
  return failures != NULL ? failures[node] : NULL;
}

/* The first `n` attempts of a kind to be cleared; `step` counts down to the one that is asked for.
 * Returns: whether it is one of them. */
static gboolean
is_among (guint *step, guint32 n)
{
  if (*step < n)
    return TRUE;
  *step -= n;
  return FALSE;
}

static gboolean
find_of_revert (const Engine *engine, const Attempt *attempt, Leftover *leftover)
{
  const Core *core = &engine->core;
  guint32 node = attempt->node;
  guint32 n_reverts = core->reverts[node];
  guint step = attempt->step;

  *leftover = (Leftover){ ATTEMPT_EXECUTE, core->attempts[node] };
  if (is_among (&step, is_uncontained (find_failure (engine->values.failures, node)) ? 1 : 0))
    return TRUE;
  *leftover = (Leftover){ ATTEMPT_REVERT, step + 1 };
  if (n_reverts > 1 && is_uncontained (find_failure (engine->values.revert_failures, node))
      && is_among (&step, n_reverts - 1))
    return TRUE;
  *leftover = (Leftover){ ATTEMPT_REVERT, n_reverts };
  if (is_among (&step, attempt->is_repeat ? 1 : 0))
    return TRUE;
  *leftover = (Leftover){ ATTEMPT_PROBE, core->attempts[node] };
  return is_among (&step, attempt->is_repeat && atom_has_probe (attempt->atom) ? 1 : 0);
}

static gboolean
find_of_execute (const Engine *engine, const Attempt *attempt, Leftover *leftover)
{
  guint n_leftovers = atom_has_probe (attempt->atom) ? 2 : 1;

  *leftover = (Leftover){ attempt->step == 0 ? ATTEMPT_EXECUTE : ATTEMPT_PROBE,
                          engine->core.attempts[attempt->node] };
  return attempt->is_repeat && attempt->step < n_leftovers;
}

/* Only commands leave processes; a C function ends with the process that called it. */
gboolean
leftovers_take_next (Engine *engine, Attempt *attempt)
{
  Leftover leftover;

  if (attempt->atom->member.kind != ATOM_KIND_COMMAND)
    return FALSE;
  if (engine->core.states[attempt->node] == ATOM_STATE_REVERTING
          ? !find_of_revert (engine, attempt, &leftover)
          : !find_of_execute (engine, attempt, &leftover))
    return FALSE;
  attempt->work = ATTEMPT_CLEAR;
  attempt->cleared = leftover.work;
  attempt->action = leftover.work == ATTEMPT_REVERT ? ATOM_ACTION_REVERT : ATOM_ACTION_EXECUTE;
  attempt->number = leftover.number;
  attempt->deadline_us = 0;
  return TRUE;
}

/* Runs one attempt on a port with nothing else in flight. */
static void
run_alone (Port *port, Attempt *attempt)
{
  port_submit (port, &attempt, 1);
  while (port_collect (port, &attempt, 1, G_MAXINT64) == 0)
    continue;
}

static Failure *
end_all (Engine *engine, Port *port, guint32 node)
{
  Attempt attempt = { .atom = plan_atom (engine->plan, node),
                      .node = node,
                      .run = &engine->flights.run,
                      .is_repeat = TRUE,
                      .cancel_fd = -1 };
  Failure *failure = NULL;

  while (failure == NULL && leftovers_take_next (engine, &attempt))
    {
      run_alone (port, &attempt);
      failure = g_steal_pointer (&attempt.failure);
      attempt.step++;
      attempt_reset (&attempt);
    }
  return failure;
}

Failure *
leftovers_end (Engine *engine, guint32 node)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Port) port = NULL;

  if (plan_atom (engine->plan, node)->member.kind != ATOM_KIND_COMMAND)
    return NULL;
  /* The port of the engine may have other attempts in flight. */
  port = port_open (engine->flights.executor, &error);
  if (port == NULL)
    return failure_new_printf ("containment", "whether its processes live cannot be looked at: %s",
                               error->message);
  return end_all (engine, port, node);
}

void
leftovers_note_uncleared (Engine *engine, guint32 node)
{
  if (engine->tries.uncleared == NULL)
    engine->tries.uncleared = g_hash_table_new (NULL, NULL);
  g_hash_table_add (engine->tries.uncleared, GUINT_TO_POINTER (node));
}

gboolean
leftovers_take_uncleared (Engine *engine, guint32 node)
{
  return engine->tries.uncleared != NULL
         && g_hash_table_remove (engine->tries.uncleared, GUINT_TO_POINTER (node));
}
