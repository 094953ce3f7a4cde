/* SPDX-License-Identifier: Apache-2.0 */

/* The peer: oneTBB's flow graph on the same shapes with one thread, a continue_node a node and make_edge() an edge, as its
 * manual builds dependency graphs. It keeps no names, no states and no results, and knows no failure.
 */

#include "bench/dispatch.h"
#include "bench/sample.h"

#include <deque>
#include <memory>
#include <vector>

#include <tbb/flow_graph.h>
#include <tbb/global_control.h>

using tbb::flow::continue_msg;
using Node = tbb::flow::continue_node<continue_msg>;

namespace
{

struct Network
{
  tbb::flow::graph graph;
  std::deque<Node> nodes;
};

void
build (Network &network, const Graph &graph, guint32 &counter)
{
  for (guint32 i = 0; i < graph.n_nodes; i++)
    network.nodes.emplace_back (network.graph, [&counter] (const continue_msg &) { counter++; });
  for (guint32 i = 0; i < graph.n_edges; i++)
    tbb::flow::make_edge (network.nodes[graph.edges[i].from], network.nodes[graph.edges[i].to]);
}

/* Which nodes nothing leads to. */
std::vector<guint32>
find_sources (const Graph &graph)
{
  std::vector<bool> has_predecessor (graph.n_nodes);
  std::vector<guint32> sources;

  for (guint32 i = 0; i < graph.n_edges; i++)
    has_predecessor[graph.edges[i].to] = true;
  for (guint32 i = 0; i < graph.n_nodes; i++)
    if (!has_predecessor[i])
      sources.push_back (i);
  return sources;
}

void
measure (const Graph *graph, DispatchTimes *times)
{
  tbb::global_control control (tbb::global_control::max_allowed_parallelism, 1);
  const std::vector<guint32> sources = find_sources (*graph);
  guint32 counter = 0;

  const gint64 start = sample_cpu_ns ();
  auto network = std::make_unique<Network> ();
  build (*network, *graph, counter);
  const gint64 built = sample_cpu_ns ();
  for (const guint32 source : sources)
    network->nodes[source].try_put (continue_msg ());
  network->graph.wait_for_all ();
  const gint64 done = sample_cpu_ns ();
  network.reset ();
  times->build_ns = static_cast<double> (built - start);
  times->run_ns = static_cast<double> (done - built);
  times->free_ns = static_cast<double> (sample_cpu_ns () - done);
  if (counter != graph->n_nodes)
    g_error ("%u nodes ran, not %u", counter, graph->n_nodes);
}

} // namespace

int
main (int argc, char **argv)
{
  return dispatch_main (argc, argv, measure);
}
