/* SPDX-License-Identifier: Apache-2.0 */
/* Ending the processes that an earlier attempt has left running: one of a former life, or one that
 * could not be ended when it failed.
 */
#include "engine/leftovers.h"
#include "engine/engine_state.h"

#include <backflow/atoms/attempt.h>
#include <backflow/executors/executor.h>

#include <string.h>

/* How long the processes have between TERM and KILL. */
#define LEFTOVER_GRACE_US (5 * G_USEC_PER_SEC)

/* Ends the processes that an attempt has left running. Returns: (transfer full) (nullable): why
 * that is not possible. */
static Failure *
end_by (Engine *engine, const Attempt *attempt)
{
  g_autoptr (GError) error = NULL;

  if (executor_end_leftovers (engine->flights.executor, attempt, LEFTOVER_GRACE_US, &error))
    return NULL;
  return failure_new_printf ("containment", "processes of its former life could not be ended: %s",
                             error->message);
}

/* Ends those of attempt `number` of an action, and of the probe of an execute. */
static Failure *
end_processes (Engine *engine, guint32 node, AtomAction action, guint32 number)
{
  Attempt attempt = { .atom = plan_atom (engine->plan, node),
                      .action = action,
                      .node = node,
                      .number = number,
                      .run = &engine->flights.run };
  Failure *failure = end_by (engine, &attempt);

  if (failure != NULL || action == ATOM_ACTION_REVERT || !atom_has_probe (attempt.atom))
    return failure;
  attempt.is_probe = TRUE;
  return end_by (engine, &attempt);
}

/* Ends those of the probe of an execute. */
static Failure *
end_probe (Engine *engine, guint32 node, guint32 number)
{
  const Attempt attempt = { .atom = plan_atom (engine->plan, node),
                            .node = node,
                            .number = number,
                            .is_probe = TRUE,
                            .run = &engine->flights.run };

  return end_by (engine, &attempt);
}

static gboolean
is_uncontained (const Failure *failure)
{
  return failure != NULL && strcmp (failure_get_fields (failure)->domain, "containment") == 0;
}

Failure *
leftovers_end_uncontained (Engine *engine, const Attempt *attempt, const Failure *execute)
{
  const Values *values = &engine->values;
  guint32 node = attempt->node;
  Failure *failure = NULL;

  if (is_uncontained (execute))
    failure = end_processes (engine, node, ATOM_ACTION_EXECUTE, engine->core.attempts[node]);
  if (values->revert_failures == NULL || !is_uncontained (values->revert_failures[node]))
    return failure;
  /* The last one may itself not have started because of one before it. */
  for (guint32 number = 1; failure == NULL && number < attempt->number; number++)
    failure = end_processes (engine, node, ATOM_ACTION_REVERT, number);
  return failure;
}

/* A revert may have gone on as its probe, which is known as the execute; what that left running is
 * the revert's to end. */
Failure *
leftovers_end (Engine *engine, guint32 node)
{
  const Core *core = &engine->core;
  Failure *failure;

  if (core->states[node] != ATOM_STATE_REVERTING)
    return end_processes (engine, node, ATOM_ACTION_EXECUTE, core->attempts[node]);
  failure = end_processes (engine, node, ATOM_ACTION_REVERT, core->reverts[node]);
  if (failure == NULL && atom_has_probe (plan_atom (engine->plan, node)))
    failure = end_probe (engine, node, core->attempts[node]);
  return failure;
}
