/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/plan/places.h"

void
places_init (Places *places, const Plan *plan, const PlanFlow *flow)
{
  guint n_members = flow->flow->n_members;

  *places = (Places){ places_first_member (flow), NULL, NULL };
  if (flow->flow->n_flows == 0 && flow->end - places->base == n_members)
    return;
  places->starts = g_new (guint32, n_members);
  places->lasts = g_new (guint32, n_members);
  for (guint i = 0; i < n_members; i++)
    places->starts[i] = places->lasts[i] = PLAN_NO_NODE;
  for (guint32 node = places->base, last; node < flow->end; node = last + 1)
    {
      last = places_last_of_member (plan, node);
      places->starts[plan->members[node]->index] = node;
      places->lasts[plan->members[node]->index] = last;
    }
}

void
places_clear (Places *places)
{
  g_free (places->starts);
  g_free (places->lasts);
}
