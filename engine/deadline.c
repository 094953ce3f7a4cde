/* SPDX-License-Identifier: Apache-2.0 */
/* Deadlines of flows: from when the first atom of a flow was started, what executes in it has so
 * long. Past that an attempt has failed, nothing of the flow is started, and controllers within it
 * give up. Reverts have the time that they need. A flow that is tried again by a controller around
 * it has its time anew; its own controller's tries share it.
 */
#include "engine/deadline.h"
#include "engine/engine_state.h"
#include "values/duration.h"

#include <string.h>

void
deadline_prepare (Engine *engine)
{
  const Plan *plan = engine->plan;

  for (guint32 i = 0; engine->flow_starts == NULL && i < plan->n_flows; i++)
    if (flow_get_timeout (plan->flows[i].flow) > 0)
      engine->flow_starts = g_new0 (gint64, plan->n_flows);
}

/* When the flow's time is over, in microseconds of the epoch; G_MAXINT64: never. */
static gint64
end_of_flow (const Engine *engine, guint32 flow)
{
  gint64 timeout_us = flow_get_timeout (engine->plan->flows[flow].flow);

  return timeout_us > 0 && engine->flow_starts[flow] > 0 ? engine->flow_starts[flow] + timeout_us
                                                         : G_MAXINT64;
}

/* The first time at which one of the flows around `flow`, itself too, is over. */
static gint64
find_end (const Engine *engine, guint32 flow, guint32 *whose)
{
  gint64 first_us = G_MAXINT64;

  for (; flow != PLAN_NO_NODE; flow = engine->plan->flows[flow].parent)
    if (end_of_flow (engine, flow) < first_us)
      {
        first_us = end_of_flow (engine, flow);
        *whose = flow;
      }
  return first_us;
}

gint64
deadline_find (const Engine *engine, guint32 node, const char **flow)
{
  guint32 whose = 0;
  gint64 end_us;

  if (engine->flow_starts == NULL)
    return 0;
  end_us = find_end (engine, plan_find_flow_around (engine->plan, node), &whose);
  if (end_us == G_MAXINT64)
    return 0;
  *flow = engine->plan->flows[whose].flow->name;
  return end_us - engine->clock_us;
}

const char *
deadline_find_over (const Engine *engine, guint32 retry, gint64 wait_us)
{
  guint32 whose = 0;

  if (engine->flow_starts == NULL
      || find_end (engine, plan_find_flow_around (engine->plan, retry), &whose)
             > engine_get_now (engine) + wait_us)
    return NULL;
  return engine->plan->flows[whose].flow->name;
}

void
deadline_explain (const Engine *engine, Attempt *attempt)
{
  FailureFields fields = *failure_get_fields (attempt->failure);
  g_autoptr (Failure) before = NULL;
  g_autofree char *limit = NULL;
  g_autofree char *message = NULL;
  guint32 whose = 0;

  if (engine->flow_starts == NULL || attempt->action != ATOM_ACTION_EXECUTE || attempt->is_probe
      || attempt->deadline_us == 0 || strcmp (fields.domain, "timeout") != 0)
    return;
  if (find_end (engine, plan_find_flow_around (engine->plan, attempt->node), &whose)
          - engine->clock_us
      != attempt->deadline_us)
    return;
  limit = duration_to_text (flow_get_timeout (engine->plan->flows[whose].flow));
  before = g_steal_pointer (&attempt->failure);
  message = g_strdup_printf ("the %s that flow '%s' is allowed are over: %s", limit,
                             engine->plan->flows[whose].flow->name, fields.message);
  fields.message = message;
  attempt->failure = failure_new (&fields);
}

void
deadline_note_start (Engine *engine, guint32 node, gint64 time_us)
{
  const Plan *plan = engine->plan;
  guint32 flow;

  if (engine->flow_starts == NULL)
    return;
  flow = plan_find_flow_around (plan, node);
  /* A controller's next try: what lies within its flow begins anew. */
  if (plan->kinds[node] == PLAN_NODE_RETRY)
    for (guint32 inner = flow + 1;
         inner < plan->n_flows && plan->flows[inner].entry < plan->flows[flow].end; inner++)
      engine->flow_starts[inner] = 0;
  for (; flow != PLAN_NO_NODE && engine->flow_starts[flow] == 0; flow = plan->flows[flow].parent)
    engine->flow_starts[flow] = time_us;
}
