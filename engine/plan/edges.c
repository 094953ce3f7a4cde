/* SPDX-License-Identifier: Apache-2.0 */
/* The last pass of the compiler: the edges between nodes as two arrays of rows (compressed sparse
 * rows), successors and predecessors. The edges are never listed: they are walked twice, once to
 * count and once to fill.
 *
 * A flow's entry leads to its retry, that (or the entry) to every member without a predecessor in
 * the flow; a member's last node leads to the first node of who follows it; members without a
 * follower lead to the end. So edges stay linear in members and links, and what depends on a flow
 * waits for its end.
 */
#include "engine/plan/edges.h"

#include "engine/plan/block.h"
#include "engine/plan/cycle.h"
#include "engine/plan/places.h"

/* A walk over the edges. While counting, `at_*`[node + 2] grows; while filling, `at_*`[node + 1] is
 * where the next one goes. */
typedef struct
{
  Compiler *compiler;
  guint32 *at_successors;
  guint32 *at_predecessors;
  guint32 *successors; /* NULL while counting */
  guint32 *predecessors;
} Walk;

static inline void
walk_edge (Walk *walk, guint32 from, guint32 to)
{
  if (walk->successors == NULL)
    {
      walk->at_successors[from + 2]++;
      walk->at_predecessors[to + 2]++;
      return;
    }
  walk->successors[walk->at_successors[from + 1]++] = to;
  walk->predecessors[walk->at_predecessors[to + 1]++] = from;
}

/* Walks the edge into the flow's retry, when it has one. Returns: the node that leads to the flow's
 * first members. */
static guint32
walk_entry (Walk *walk, const PlanFlow *flow)
{
  if (flow->flow->retry == NULL)
    return flow->entry;
  walk_edge (walk, flow->entry, flow->entry + 1);
  return flow->entry + 1;
}

static void
walk_linear (Walk *walk, const PlanFlow *flow)
{
  const Plan *plan = walk->compiler->plan;
  guint32 before = walk_entry (walk, flow);
  guint32 node = places_first_member (flow);

  for (guint32 last; node < flow->end; node = last + 1)
    {
      last = places_last_of_member (plan, node);
      walk_edge (walk, before, node);
      before = last;
    }
  walk_edge (walk, before, flow->end);
}

static void
walk_unordered (Walk *walk, const PlanFlow *flow)
{
  const Plan *plan = walk->compiler->plan;
  guint32 head = walk_entry (walk, flow);
  guint32 node = places_first_member (flow);

  if (node == flow->end)
    walk_edge (walk, head, flow->end);
  for (guint32 last; node < flow->end; node = last + 1)
    {
      last = places_last_of_member (plan, node);
      walk_edge (walk, head, node);
      walk_edge (walk, last, flow->end);
    }
}

/* Walks links by positions, and marks who has a predecessor (1) and a successor (2). */
static void
walk_links (Walk *walk, const Places *places, const FlowEdge *edges, guint n_edges, guint8 *marks)
{
  for (guint i = 0; i < n_edges; i++)
    {
      guint32 from = places_last (places, edges[i].from);
      guint32 to = places_start (places, edges[i].to);

      if (from == PLAN_NO_NODE || to == PLAN_NO_NODE)
        continue;
      walk_edge (walk, from, to);
      marks[edges[i].from] |= 2;
      marks[edges[i].to] |= 1;
    }
}

static void
walk_graph (Walk *walk, const PlanFlow *flow, guint32 number)
{
  const GArray *inferred
      = walk->compiler->inferred != NULL ? walk->compiler->inferred[number] : NULL;
  guint n_members = flow->flow->n_members;
  g_autofree guint8 *marks = g_new0 (guint8, n_members + 1);
  guint32 head = walk_entry (walk, flow);
  Places places;

  places_init (&places, walk->compiler->plan, flow);
  walk_links (walk, &places, flow->flow->edges, flow->flow->n_edges, marks);
  if (inferred != NULL)
    walk_links (walk, &places, (const FlowEdge *) (gconstpointer) inferred->data, inferred->len,
                marks);
  for (guint i = 0; i < n_members; i++)
    {
      guint32 start = places_start (&places, i);

      if (start == PLAN_NO_NODE)
        continue;
      if ((marks[i] & 1) == 0)
        walk_edge (walk, head, start);
      if ((marks[i] & 2) == 0)
        walk_edge (walk, places_last (&places, i), flow->end);
    }
  if (places_first_member (flow) == flow->end)
    walk_edge (walk, head, flow->end);
  places_clear (&places);
}

static void
walk_flows (Walk *walk)
{
  const Plan *plan = walk->compiler->plan;

  for (guint32 number = 0; number < plan->n_flows; number++)
    {
      const PlanFlow *flow = &plan->flows[number];

      switch ((FlowKind) flow->flow->member.kind)
        {
        case FLOW_KIND_LINEAR:
          walk_linear (walk, flow);
          break;
        case FLOW_KIND_UNORDERED:
          walk_unordered (walk, flow);
          break;
        case FLOW_KIND_GRAPH:
          walk_graph (walk, flow, number);
          break;
        }
    }
}

/* Turns counts into offsets, in place. */
static void
sum_up (guint32 *offsets, guint32 count)
{
  for (guint32 i = 1; i < count; i++)
    offsets[i] += offsets[i - 1];
}

/* Whether every link of the flow leads to a later member: then there is no cycle. */
static gboolean
links_ascend (const FlowEdge *edges, guint n_edges)
{
  for (guint i = 0; i < n_edges; i++)
    if (edges[i].from >= edges[i].to)
      return FALSE;
  return TRUE;
}

static gboolean
check_graph (Compiler *compiler, guint32 number)
{
  const PlanFlow *flow = &compiler->plan->flows[number];
  const GArray *inferred = compiler->inferred != NULL ? compiler->inferred[number] : NULL;
  g_autoptr (GArray) all = NULL;

  if (inferred == NULL)
    return links_ascend (flow->flow->edges, flow->flow->n_edges)
           || compiler_check_cycles (compiler, flow, flow->flow->edges, flow->flow->n_edges);
  all = g_array_new (FALSE, FALSE, sizeof (FlowEdge));
  g_array_append_vals (all, flow->flow->edges, flow->flow->n_edges);
  g_array_append_vals (all, inferred->data, inferred->len);
  return links_ascend ((FlowEdge *) (gpointer) all->data, all->len)
         || compiler_check_cycles (compiler, flow, (FlowEdge *) (gpointer) all->data, all->len);
}

gboolean
compiler_link (Compiler *compiler)
{
  Plan *plan = compiler->plan;
  Walk walk = { compiler, NULL, NULL, NULL, NULL };
  gboolean is_fine = TRUE;

  for (guint32 number = 0; number < plan->n_flows; number++)
    if (plan->flows[number].flow->member.kind == FLOW_KIND_GRAPH)
      is_fine &= check_graph (compiler, number);
  if (!is_fine)
    return FALSE;
  walk.at_successors = plan->successor_offsets
      = block_new_array (guint32, (gsize) plan->n_nodes + 2);
  walk.at_predecessors = plan->predecessor_offsets
      = block_new_array (guint32, (gsize) plan->n_nodes + 2);
  walk_flows (&walk);
  sum_up (plan->successor_offsets, plan->n_nodes + 2);
  sum_up (plan->predecessor_offsets, plan->n_nodes + 2);
  plan->n_edges = plan->successor_offsets[plan->n_nodes + 1];
  walk.successors = plan->successors = block_new_array (guint32, MAX (plan->n_edges, 1));
  walk.predecessors = plan->predecessors = block_new_array (guint32, MAX (plan->n_edges, 1));
  walk_flows (&walk);
  return TRUE;
}
