/* SPDX-License-Identifier: Apache-2.0 */

/* The limit: what a walk over counters and index arrays costs that keeps no names, no states and no
 * results, and knows no failure. Nothing that runs a graph of functions in one thread can be much
 * cheaper.
 */

#include "bench/dispatch.h"
#include "bench/sample.h"

#include <stdlib.h>

typedef struct
{
  void (*func) (gpointer user_data);
  gpointer user_data;
} Node;

typedef struct
{
  guint32 n_nodes;
  Node *nodes;
  guint32 *offsets; /* of the successors of a node, one more than nodes */
  guint32 *successors;
  guint32 *waits_for; /* how many predecessors have not run yet */
  guint32 *ready;
} Walk;

static void
count (gpointer user_data)
{
  ++*(guint32 *) user_data;
}

static void
walk_build (Walk *walk, const Graph *graph, guint32 *counter)
{
  guint32 n = graph->n_nodes;

  walk->n_nodes = n;
  walk->nodes = g_new (Node, n);
  walk->offsets = g_new0 (guint32, n + 2);
  walk->successors = g_new (guint32, graph->n_edges);
  walk->waits_for = g_new0 (guint32, n);
  walk->ready = g_new (guint32, n);
  for (guint32 i = 0; i < n; i++)
    walk->nodes[i] = (Node){ count, counter };
  for (guint32 i = 0; i < graph->n_edges; i++)
    walk->offsets[graph->edges[i].from + 2]++;
  for (guint32 i = 2; i < n + 2; i++)
    walk->offsets[i] += walk->offsets[i - 1];
  for (guint32 i = 0; i < graph->n_edges; i++)
    {
      walk->successors[walk->offsets[graph->edges[i].from + 1]++] = graph->edges[i].to;
      walk->waits_for[graph->edges[i].to]++;
    }
}

/* First in, first out: the queue never holds a node twice, so it needs no more room than there are
 * nodes. */
static void
walk_run (Walk *walk)
{
  guint32 head = 0;
  guint32 tail = 0;

  for (guint32 i = 0; i < walk->n_nodes; i++)
    if (walk->waits_for[i] == 0)
      walk->ready[tail++] = i;
  while (head < tail)
    {
      guint32 node = walk->ready[head++];

      walk->nodes[node].func (walk->nodes[node].user_data);
      for (guint32 i = walk->offsets[node]; i < walk->offsets[node + 1]; i++)
        if (--walk->waits_for[walk->successors[i]] == 0)
          walk->ready[tail++] = walk->successors[i];
    }
}

static void
walk_clear (Walk *walk)
{
  g_free (walk->nodes);
  g_free (walk->offsets);
  g_free (walk->successors);
  g_free (walk->waits_for);
  g_free (walk->ready);
}

static void
measure (const Graph *graph, DispatchTimes *times)
{
  Walk walk;
  guint32 counter = 0;
  gint64 start = sample_cpu_ns ();
  gint64 built;
  gint64 done;

  walk_build (&walk, graph, &counter);
  built = sample_cpu_ns ();
  walk_run (&walk);
  done = sample_cpu_ns ();
  walk_clear (&walk);
  times->build_ns = (double) (built - start);
  times->run_ns = (double) (done - built);
  times->free_ns = (double) (sample_cpu_ns () - done);
  if (counter != graph->n_nodes)
    g_error ("%u nodes ran, not %u", counter, graph->n_nodes);
}

int
main (int argc, char **argv)
{
  return dispatch_main (argc, argv, measure);
}
