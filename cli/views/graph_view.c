/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/graph_view.h"

#include <backflow/flows/link.h>

/* What becomes of a node in the drawing. */
enum
{
  FATE_DRAWN,
  FATE_FORWARD,  /* arrows to it lead on to its only successor */
  FATE_BACKWARD, /* arrows from it come from its only predecessor */
  FATE_NOWHERE,  /* nothing leads to it, or from it */
};

struct GraphView
{
  const Plan *plan;
  guint8 *fates;   /* by node */
  guint *n_before; /* how many nodes lead to a node; a pair that is linked twice counts once */
  guint *n_after;
  GHashTable *conditions; /* of texts borrowed from the flows, by atom or flow */
};

static gboolean
is_step (const Plan *plan, guint32 node)
{
  return plan_get_kind (plan, node) == PLAN_NODE_TASK
         || plan_get_kind (plan, node) == PLAN_NODE_RETRY;
}

/* Where the only way from `node` leads to through entries and ends that have only one way in and
 * out. */
static guint32
follow (const GraphView *view, guint32 node)
{
  guint32 at = node;

  do
    {
      guint count;

      at = plan_get_successors (view->plan, at, &count)[0];
    }
  while (!is_step (view->plan, at) && view->n_before[at] == 1 && view->n_after[at] == 1);
  return at;
}

static guint8
choose_fate (const GraphView *view, guint32 node)
{
  guint before = view->n_before[node];
  guint after = view->n_after[node];
  guint32 next;

  if (is_step (view->plan, node))
    return FATE_DRAWN;
  if (before == 0 || after == 0)
    return FATE_NOWHERE;
  if (before == 1)
    return FATE_BACKWARD;
  if (after > 1)
    return FATE_DRAWN;
  /* Many come in, one goes out, and opens at once into many: somebody has to stand between them. */
  next = follow (view, node);
  return !is_step (view->plan, next) && view->n_before[next] == 1 && view->n_after[next] > 1
             ? FATE_DRAWN
             : FATE_FORWARD;
}

static void
count_neighbors (GraphView *view)
{
  guint32 n_nodes = plan_get_n_nodes (view->plan);
  g_autofree guint32 *last_tails = g_new (guint32, n_nodes);

  for (guint32 node = 0; node < n_nodes; node++)
    last_tails[node] = PLAN_NO_NODE;
  for (guint32 node = 0; node < n_nodes; node++)
    {
      guint count;
      const guint32 *after = plan_get_successors (view->plan, node, &count);

      for (guint i = 0; i < count; i++)
        {
          if (last_tails[after[i]] == node)
            continue;
          last_tails[after[i]] = node;
          view->n_after[node]++;
          view->n_before[after[i]]++;
        }
    }
}

/* The `when`s of the members of a flow, and of its links. */
static void
add_conditions (GraphView *view, const Flow *flow)
{
  for (guint i = 0; i < flow_get_n_items (flow); i++)
    {
      const FlowDecider *decider = flow_get_decider (flow, i);
      FlowItem item = flow_get_item (flow, i);

      if (decider != NULL && decider->expression != NULL)
        g_hash_table_insert (view->conditions,
                             item.atom != NULL ? (gpointer) item.atom : (gpointer) item.flow,
                             (gpointer) (guintptr) decider->expression);
    }
  for (guint i = 0; i < flow_get_n_links (flow); i++)
    {
      FlowLink link = flow_get_link (flow, i);
      FlowItem item = flow_get_item (flow, link.to);

      if (link.decider != NULL && link.decider->expression != NULL)
        g_hash_table_insert (view->conditions,
                             item.atom != NULL ? (gpointer) item.atom : (gpointer) item.flow,
                             (gpointer) (guintptr) link.decider->expression);
    }
}

GraphView *
graph_view_new (const Plan *plan)
{
  GraphView *view = g_new0 (GraphView, 1);
  guint32 n_nodes = plan_get_n_nodes (plan);

  view->plan = plan;
  view->fates = g_new0 (guint8, n_nodes);
  view->n_before = g_new0 (guint, n_nodes);
  view->n_after = g_new0 (guint, n_nodes);
  count_neighbors (view);
  view->conditions = g_hash_table_new (NULL, NULL);
  for (guint32 node = 0; node < n_nodes; node++)
    {
      view->fates[node] = choose_fate (view, node);
      if (plan_get_kind (plan, node) == PLAN_NODE_FLOW)
        add_conditions (view, plan_get_flow (plan, node));
    }
  return view;
}

void
graph_view_free (GraphView *view)
{
  if (view == NULL)
    return;
  g_free (view->fates);
  g_free (view->n_before);
  g_free (view->n_after);
  g_hash_table_unref (view->conditions);
  g_free (view);
}

gboolean
graph_view_is_drawn (const GraphView *view, guint32 node)
{
  return view->fates[node] == FATE_DRAWN;
}

const char *
graph_view_find_condition (const GraphView *view, guint32 node)
{
  gconstpointer key = plan_get_atom (view->plan, node);

  if (plan_get_kind (view->plan, node) == PLAN_NODE_FLOW)
    key = plan_get_flow (view->plan, node);
  return key != NULL ? (const char *) g_hash_table_lookup (view->conditions, key) : NULL;
}

/* Where arrows from `node` are drawn from, PLAN_NO_NODE for nowhere. */
static guint32
resolve_tail (const GraphView *view, guint32 node)
{
  guint count;

  while (view->fates[node] == FATE_BACKWARD)
    node = plan_get_predecessors (view->plan, node, &count)[0];
  return view->fates[node] == FATE_DRAWN ? node : PLAN_NO_NODE;
}

/* Where arrows to `node` are drawn to. An entry that many leave is reached by their arrows, not by
 * one of its own. */
static guint32
resolve_head (const GraphView *view, guint32 node)
{
  guint count;

  while (view->fates[node] == FATE_FORWARD)
    {
      node = plan_get_successors (view->plan, node, &count)[0];
      while (view->fates[node] == FATE_BACKWARD && view->n_after[node] == 1)
        node = plan_get_successors (view->plan, node, &count)[0];
    }
  return view->fates[node] == FATE_DRAWN ? node : PLAN_NO_NODE;
}

void
graph_view_foreach_edge (const GraphView *view, GraphEdgeFunc func, gpointer user_data)
{
  guint32 n_nodes = plan_get_n_nodes (view->plan);
  g_autofree guint32 *last_tails = g_new (guint32, n_nodes);

  for (guint32 node = 0; node < n_nodes; node++)
    last_tails[node] = PLAN_NO_NODE;
  for (guint32 node = 0; node < n_nodes; node++)
    {
      guint count;
      const guint32 *after = plan_get_successors (view->plan, node, &count);
      guint32 tail = resolve_tail (view, node);

      for (guint i = 0; i < count && tail != PLAN_NO_NODE; i++)
        {
          guint32 head = resolve_head (view, after[i]);

          /* A pair that was linked twice is one arrow. */
          if (head == PLAN_NO_NODE || last_tails[head] == tail)
            continue;
          last_tails[head] = tail;
          func (tail, head, user_data);
        }
    }
}
