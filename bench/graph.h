/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Graph: the shapes that are measured, as edge lists. Everybody who is measured builds from the
 * same list, made before any clock starts: the random shapes come from a generator with a fixed
 * seed. Nodes are numbered from 0, an edge leads from a smaller number to a larger one, and edges
 * come in the order of the node that they lead to.
 */

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  GRAPH_SHAPE_CHAIN,       /* each node after the one before it */
  GRAPH_SHAPE_INDEPENDENT, /* no edges */
  GRAPH_SHAPE_FAN,         /* one node, all but two after it, one node after those */
  GRAPH_SHAPE_TREE,        /* a binary tree from its root down */
  GRAPH_SHAPE_RANDOM,      /* four different predecessors, anywhere */
  GRAPH_SHAPE_NEAR,        /* four different predecessors, within 1,000 */
  GRAPH_SHAPE_GRID,        /* a square: each node after its upper and its left neighbour */
  GRAPH_SHAPE_COUNT
} GraphShape;

typedef struct
{
  guint32 from;
  guint32 to;
} GraphEdge;

typedef struct
{
  GraphShape shape;
  guint32 n_nodes;
  guint32 n_edges;
  GraphEdge *edges;
} Graph;

/* The names of nodes, "t0", "t1" and so on. Counting in the text itself, so that the clock measures
 * who takes the names and not a printf. */
typedef struct
{
  char text[12];
  guint length;
} GraphName;

#define GRAPH_NAME_FIRST                                                                           \
  {                                                                                                \
    "t0", 2                                                                                        \
  }

/* The name of a shape; static. */
const char *graph_shape_get_name (GraphShape shape);

/* The shape of that name, GRAPH_SHAPE_COUNT when there is none. */
GraphShape graph_shape_find (const char *name);

/* Makes a graph of `n_nodes` nodes, at least 8; a grid has the largest square that is not more.
 * Returns: (transfer full). */
Graph *graph_new (GraphShape shape, guint32 n_nodes);

/* NULL is fine. */
void graph_free (Graph *graph);

/* Goes on to the name of the next node. */
static inline void
graph_name_next (GraphName *name)
{
  guint at = name->length - 1;

  while (at > 0 && name->text[at] == '9')
    name->text[at--] = '0';
  if (at > 0)
    {
      name->text[at]++;
      return;
    }
  name->text[1] = '1';
  name->text[name->length++] = '0';
  name->text[name->length] = '\0';
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Graph, graph_free)

G_END_DECLS
