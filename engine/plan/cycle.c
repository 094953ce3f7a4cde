/* SPDX-License-Identifier: Apache-2.0 */
/* Cycles among the members of a graph flow: members whose predecessors are all taken away are taken
 * away in turn; who is left lies on a cycle or behind one, and walking back from one of them must
 * come round.
 */
#include "engine/plan/cycle.h"

#include <string.h>

/* The members of one flow with their links as rows. */
typedef struct
{
  guint n_members;
  guint32 *offsets; /* n_members + 2 */
  guint32 *targets;
  guint32 *left; /* predecessors that are still there */
} Graph;

static void
graph_init (Graph *graph, guint n_members, const FlowEdge *edges, guint n_edges)
{
  graph->n_members = n_members;
  graph->offsets = g_new0 (guint32, (gsize) n_members + 2);
  graph->targets = g_new (guint32, MAX (n_edges, 1));
  graph->left = g_new0 (guint32, n_members);
  for (guint i = 0; i < n_edges; i++)
    {
      graph->offsets[edges[i].from + 2]++;
      graph->left[edges[i].to]++;
    }
  for (guint i = 1; i < n_members + 2; i++)
    graph->offsets[i] += graph->offsets[i - 1];
  for (guint i = 0; i < n_edges; i++)
    graph->targets[graph->offsets[edges[i].from + 1]++] = edges[i].to;
}

static void
graph_clear (Graph *graph)
{
  g_free (graph->offsets);
  g_free (graph->targets);
  g_free (graph->left);
}

/* Takes away all members that lie on no cycle and behind none. Returns: how many are left. */
static guint
graph_peel (Graph *graph)
{
  g_autofree guint32 *stack = g_new (guint32, graph->n_members);
  guint n_left = graph->n_members;
  guint depth = 0;

  for (guint32 i = 0; i < graph->n_members; i++)
    if (graph->left[i] == 0)
      stack[depth++] = i;
  while (depth > 0)
    {
      guint32 member = stack[--depth];

      n_left--;
      for (guint32 i = graph->offsets[member]; i < graph->offsets[member + 1]; i++)
        if (--graph->left[graph->targets[i]] == 0)
          stack[depth++] = graph->targets[i];
    }
  return n_left;
}

/* A predecessor of each member that is left, among those that are left. */
static guint32 *
graph_dup_predecessors (const Graph *graph)
{
  guint32 *before = g_new0 (guint32, graph->n_members);

  for (guint32 i = 0; i < graph->n_members; i++)
    if (graph->left[i] > 0)
      for (guint32 j = graph->offsets[i]; j < graph->offsets[i + 1]; j++)
        before[graph->targets[j]] = i;
  return before;
}

static const char *
member_get_name (const PlanFlow *flow, guint32 index)
{
  const FlowMember *member = flow->flow->members[index];

  return member->is_flow ? ((const Flow *) (gconstpointer) member)->name
                         : ((const Atom *) (gconstpointer) member)->name;
}

/* Walks back from a member that is left until a member comes round, and reports the way between. */
static void
report_cycle (Compiler *compiler, const PlanFlow *flow, const Graph *graph)
{
  g_autofree guint32 *before = graph_dup_predecessors (graph);
  g_autofree guint8 *seen = g_new0 (guint8, graph->n_members);
  g_autoptr (GString) path = NULL;
  const FlowMember *member;
  guint32 at = 0;
  guint32 start;

  while (graph->left[at] == 0)
    at++;
  for (; !seen[at]; at = before[at])
    seen[at] = TRUE;
  start = at;
  path = g_string_new (member_get_name (flow, start));
  do
    {
      at = before[at];
      g_string_prepend (path, " -> ");
      g_string_prepend (path, member_get_name (flow, at));
    }
  while (at != start);
  member = flow->flow->members[start];
  diagnostics_add (compiler->diagnostics, DIAGNOSTIC_ERROR, "cycle",
                   member->is_flow ? flow_get_mark ((const Flow *) (gconstpointer) member)
                                   : atom_get_mark ((const Atom *) (gconstpointer) member),
                   "steps of flow '%s' wait for each other: %s", flow->flow->name, path->str);
}

gboolean
compiler_check_cycles (Compiler *compiler, const PlanFlow *flow, const FlowEdge *edges,
                       guint n_edges)
{
  Graph graph;
  gboolean has_cycle;

  graph_init (&graph, flow->flow->n_members, edges, n_edges);
  has_cycle = graph_peel (&graph) > 0;
  if (has_cycle)
    report_cycle (compiler, flow, &graph);
  graph_clear (&graph);
  return !has_cycle;
}
