/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Places: where the members of a flow are among the nodes of its plan. */

#include "engine/plan/plan_private.h"

G_BEGIN_DECLS

/* With atoms only, members are numbered one after the other from `base`; else `starts` and `lasts`
 * say it by position, PLAN_NO_NODE for a member that a target leaves out. */
typedef struct
{
  guint32 base;
  guint32 *starts; /* (nullable) */
  guint32 *lasts;  /* (nullable) */
} Places;

/* Finds the members of a flow. */
void places_init (Places *places, const Plan *plan, const PlanFlow *flow);

/* Frees what it holds. */
void places_clear (Places *places);

/* The first and the last node of the member at a position. */
static inline guint32
places_start (const Places *places, guint32 position)
{
  return places->starts != NULL ? places->starts[position] : places->base + position;
}

static inline guint32
places_last (const Places *places, guint32 position)
{
  return places->lasts != NULL ? places->lasts[position] : places->base + position;
}

/* The first node of a flow's first member; the flow's end when it has no member. */
static inline guint32
places_first_member (const PlanFlow *flow)
{
  return flow->entry + 1 + (flow->flow->retry != NULL);
}

/* The last node of the member whose first node is `node`. */
static inline guint32
places_last_of_member (const Plan *plan, guint32 node)
{
  return plan->kinds[node] == PLAN_NODE_FLOW ? plan_get_flow_end (plan, node) : node;
}

G_END_DECLS
