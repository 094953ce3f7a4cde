/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/graph.h"

#include <string.h>

#define PREDECESSORS 4
#define NEAR 1000
#define SEED G_GUINT64_CONSTANT (42)

static const char *const shape_names[GRAPH_SHAPE_COUNT] = {
  [GRAPH_SHAPE_CHAIN] = "chain",   [GRAPH_SHAPE_INDEPENDENT] = "independent",
  [GRAPH_SHAPE_FAN] = "fan",       [GRAPH_SHAPE_TREE] = "tree",
  [GRAPH_SHAPE_RANDOM] = "random", [GRAPH_SHAPE_NEAR] = "near",
  [GRAPH_SHAPE_GRID] = "grid",
};

const char *
graph_shape_get_name (GraphShape shape)
{
  return shape_names[shape];
}

GraphShape
graph_shape_find (const char *name)
{
  GraphShape shape = GRAPH_SHAPE_CHAIN;

  while (shape < GRAPH_SHAPE_COUNT && strcmp (shape_names[shape], name) != 0)
    shape++;
  return shape;
}

/* splitmix64: the same numbers for everybody, on every machine. */
static guint64
draw (guint64 *state)
{
  guint64 z = *state += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);

  z = (z ^ z >> 30) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return z ^ z >> 31;
}

static void
add_edge (Graph *graph, guint32 from, guint32 to)
{
  graph->edges[graph->n_edges++] = (GraphEdge){ from, to };
}

static void
add_chain (Graph *graph)
{
  for (guint32 to = 1; to < graph->n_nodes; to++)
    add_edge (graph, to - 1, to);
}

static void
add_fan (Graph *graph)
{
  guint32 last = graph->n_nodes - 1;

  for (guint32 node = 1; node < last; node++)
    add_edge (graph, 0, node);
  for (guint32 node = 1; node < last; node++)
    add_edge (graph, node, last);
}

static void
add_tree (Graph *graph)
{
  for (guint32 to = 1; to < graph->n_nodes; to++)
    add_edge (graph, (to - 1) / 2, to);
}

static gboolean
has_edge_since (const Graph *graph, guint32 first_edge, guint32 from)
{
  for (guint32 i = first_edge; i < graph->n_edges; i++)
    if (graph->edges[i].from == from)
      return TRUE;
  return FALSE;
}

static void
add_random (Graph *graph, guint32 distance)
{
  guint64 state = SEED;

  for (guint32 to = 1; to < graph->n_nodes; to++)
    {
      guint32 range = MIN (to, distance);
      guint32 first_edge = graph->n_edges;

      while (graph->n_edges < first_edge + MIN (range, PREDECESSORS))
        {
          guint32 from = to - 1 - (guint32) (draw (&state) % range);

          if (!has_edge_since (graph, first_edge, from))
            add_edge (graph, from, to);
        }
    }
}

static guint32
side_of_square (guint32 n_nodes)
{
  guint32 side = 1;

  while ((guint64) (side + 1) * (side + 1) <= n_nodes)
    side++;
  return side;
}

static void
add_grid (Graph *graph)
{
  guint32 side = side_of_square (graph->n_nodes);

  graph->n_nodes = side * side;
  for (guint32 node = 1; node < graph->n_nodes; node++)
    {
      if (node >= side)
        add_edge (graph, node - side, node);
      if (node % side != 0)
        add_edge (graph, node - 1, node);
    }
}

Graph *
graph_new (GraphShape shape, guint32 n_nodes)
{
  static const guint8 edges_per_node[GRAPH_SHAPE_COUNT] = {
    [GRAPH_SHAPE_CHAIN] = 1,
    [GRAPH_SHAPE_FAN] = 2,
    [GRAPH_SHAPE_TREE] = 1,
    [GRAPH_SHAPE_RANDOM] = PREDECESSORS,
    [GRAPH_SHAPE_NEAR] = PREDECESSORS,
    [GRAPH_SHAPE_GRID] = 2,
  };
  Graph *graph = g_new0 (Graph, 1);

  graph->shape = shape;
  graph->n_nodes = n_nodes;
  graph->edges = g_new (GraphEdge, (gsize) n_nodes * edges_per_node[shape]);
  if (shape == GRAPH_SHAPE_CHAIN)
    add_chain (graph);
  else if (shape == GRAPH_SHAPE_FAN)
    add_fan (graph);
  else if (shape == GRAPH_SHAPE_TREE)
    add_tree (graph);
  else if (shape == GRAPH_SHAPE_RANDOM)
    add_random (graph, n_nodes);
  else if (shape == GRAPH_SHAPE_NEAR)
    add_random (graph, NEAR);
  else if (shape == GRAPH_SHAPE_GRID)
    add_grid (graph);
  return graph;
}

void
graph_free (Graph *graph)
{
  if (graph == NULL)
    return;
  g_free (graph->edges);
  g_free (graph);
}
