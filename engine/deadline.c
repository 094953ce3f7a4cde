/* SPDX-License-Identifier: Apache-2.0 */
/* Deadlines of flows: from when the first atom of a flow was started, what executes in it has so
 * long. Past that an attempt has failed, nothing of the flow is started, and controllers within it
 * give up. Reverts have the time that they need. A flow that is tried again by a controller around
 * it has its time anew; its own controller's tries share it.
 */
#include "engine/deadline.h"
#include "values/duration.h"

void
deadline_prepare (Deadlines *deadlines)
{
  const Plan *plan = deadlines->core->plan;

  for (guint32 i = 0; deadlines->starts == NULL && i < plan->n_flows; i++)
    if (flow_get_timeout (plan->flows[i].flow) > 0)
      deadlines->starts = g_new0 (gint64, plan->n_flows);
}

/* When the flow's time is over, in microseconds of the epoch; G_MAXINT64: never. */
static gint64
end_of_flow (const Deadlines *deadlines, guint32 flow)
{
  gint64 timeout_us = flow_get_timeout (deadlines->core->plan->flows[flow].flow);

  return timeout_us > 0 && deadlines->starts[flow] > 0 ? deadlines->starts[flow] + timeout_us
                                                       : G_MAXINT64;
}

/* The first time at which one of the flows around `flow`, itself too, is over. */
static gint64
find_end (const Deadlines *deadlines, guint32 flow, guint32 *whose)
{
  gint64 first_us = G_MAXINT64;

  for (; flow != PLAN_NO_NODE; flow = deadlines->core->plan->flows[flow].parent)
    if (end_of_flow (deadlines, flow) < first_us)
      {
        first_us = end_of_flow (deadlines, flow);
        *whose = flow;
      }
  return first_us;
}

gint64
deadline_find (const Deadlines *deadlines, guint32 node, const char **flow)
{
  guint32 whose = 0;
  gint64 end_us;

  if (deadlines->starts == NULL)
    return 0;
  end_us = find_end (deadlines, plan_find_flow_around (deadlines->core->plan, node), &whose);
  if (end_us == G_MAXINT64)
    return 0;
  *flow = deadlines->core->plan->flows[whose].flow->name;
  return end_us - deadlines->clock->offset_us;
}

const char *
deadline_find_over (const Deadlines *deadlines, guint32 retry, gint64 wait_us)
{
  guint32 whose = 0;

  if (deadlines->starts == NULL
      || find_end (deadlines, plan_find_flow_around (deadlines->core->plan, retry), &whose)
             > clock_get_now (deadlines->clock) + wait_us)
    return NULL;
  return deadlines->core->plan->flows[whose].flow->name;
}

void
deadline_explain (const Deadlines *deadlines, Attempt *attempt)
{
  FailureFields fields = *failure_get_fields (attempt->failure);
  g_autoptr (Failure) before = NULL;
  g_autofree char *limit = NULL;
  g_autofree char *message = NULL;
  guint32 whose = 0;

  if (deadlines->starts == NULL || attempt->action != ATOM_ACTION_EXECUTE
      || attempt->work == ATTEMPT_PROBE || attempt->deadline_us == 0
      || fields.origin != FAILURE_ORIGIN_TIMEOUT)
    return;
  if (find_end (deadlines, plan_find_flow_around (deadlines->core->plan, attempt->node), &whose)
          - deadlines->clock->offset_us
      != attempt->deadline_us)
    return;
  limit = duration_to_text (flow_get_timeout (deadlines->core->plan->flows[whose].flow));
  before = g_steal_pointer (&attempt->failure);
  message = g_strdup_printf ("the %s that flow '%s' is allowed are over: %s", limit,
                             deadlines->core->plan->flows[whose].flow->name, fields.message);
  fields.message = message;
  attempt->failure = failure_new (&fields);
}

void
deadline_note_start (Deadlines *deadlines, guint32 node, gint64 time_us)
{
  const Plan *plan = deadlines->core->plan;
  guint32 flow;

  if (deadlines->starts == NULL)
    return;
  flow = plan_find_flow_around (plan, node);
  /* A controller's next try: what lies within its flow begins anew. */
  if (plan->kinds[node] == PLAN_NODE_RETRY)
    for (guint32 inner = flow + 1;
         inner < plan->n_flows && plan->flows[inner].entry < plan->flows[flow].end; inner++)
      deadlines->starts[inner] = 0;
  for (; flow != PLAN_NO_NODE && deadlines->starts[flow] == 0; flow = plan->flows[flow].parent)
    deadlines->starts[flow] = time_us;
}

void
deadline_forget (Deadlines *deadlines)
{
  g_clear_pointer (&deadlines->starts, g_free);
}
