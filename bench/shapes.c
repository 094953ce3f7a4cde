/* SPDX-License-Identifier: Apache-2.0 */

/* Backflow on the shapes: named no-op atoms in C, the memory store, the serial executor. A chain is
 * a linear flow, independent atoms are an unordered one, all else is a graph flow with explicit
 * links.
 */

#include "bench/dispatch.h"
#include "bench/sample.h"

#include <backflow/atoms/task.h>
#include <backflow/engine/engine.h>
#include <backflow/flows/flow.h>
#include <backflow/flows/link.h>

static gboolean
noop (AtomContext *context G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED,
      GError **error G_GNUC_UNUSED)
{
  return TRUE;
}

static FlowKind
kind_of_shape (GraphShape shape)
{
  if (shape == GRAPH_SHAPE_CHAIN)
    return FLOW_KIND_LINEAR;
  return shape == GRAPH_SHAPE_INDEPENDENT ? FLOW_KIND_UNORDERED : FLOW_KIND_GRAPH;
}

static Flow *
build (const Graph *graph, DispatchTimes *times)
{
  FlowKind kind = kind_of_shape (graph->shape);
  Flow *flow = flow_new (kind, graph_shape_get_name (graph->shape));
  GraphName name = GRAPH_NAME_FIRST;

  for (guint32 i = 0; i < graph->n_nodes; i++)
    {
      times->name_bytes += name.length + 1;
      flow_add (flow, task_new (name.text, noop, NULL, NULL, NULL));
      graph_name_next (&name);
    }
  for (guint32 i = 0; kind == FLOW_KIND_GRAPH && i < graph->n_edges; i++)
    flow_link (flow, flow_get_item (flow, graph->edges[i].from).atom,
               flow_get_item (flow, graph->edges[i].to).atom);
  return flow;
}

static void
check_end (Engine *engine, FlowState end, const Graph *graph)
{
  EngineStatistics statistics;

  engine_get_statistics (engine, &statistics);
  if (end != FLOW_STATE_SUCCESS || statistics.succeeded != graph->n_nodes)
    g_error ("%" G_GUINT64_FORMAT " of %u atoms ran, and the flow is in state %d",
             statistics.succeeded, graph->n_nodes, (int) end);
}

static void
measure (const Graph *graph, DispatchTimes *times)
{
  g_autoptr (GError) error = NULL;
  FlowState end = FLOW_STATE_PENDING;
  gint64 start = sample_cpu_ns ();
  Flow *flow = build (graph, times);
  gint64 built = sample_cpu_ns ();
  Engine *engine = engine_new (flow, NULL);
  gint64 compiled;
  gint64 done;

  if (!engine_compile (engine, &error))
    g_error ("%s", error->message);
  compiled = sample_cpu_ns ();
  if (!engine_run (engine, &end, &error))
    g_error ("%s", error->message);
  done = sample_cpu_ns ();
  check_end (engine, end, graph);
  engine_free (engine);
  flow_unref (flow);
  times->build_ns = (double) (built - start);
  times->compile_ns = (double) (compiled - built);
  times->run_ns = (double) (done - compiled);
  times->free_ns = (double) (sample_cpu_ns () - done);
}

int
main (int argc, char **argv)
{
  return dispatch_main (argc, argv, measure);
}
