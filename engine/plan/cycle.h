/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Cycle: finds members of a graph flow that wait for each other. */

#include "engine/plan/passes.h"

G_BEGIN_DECLS

/* Looks for a cycle among the members of a graph flow and reports it as a path. edges: positions of
 * members, `n_edges` of them. Returns: whether there is none. */
gboolean compiler_check_cycles (Compiler *compiler, const PlanFlow *flow, const FlowEdge *edges,
                                guint n_edges);

G_END_DECLS
