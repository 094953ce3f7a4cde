/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Compiler: from a Flow to a Plan, in four passes, each a file: layout (numbers), symbols and scopes (who provides what to
 * whom, and the links that follow from it), edges (successors and predecessors, cycles). The passes share a Compiler.
 */

#include "engine/plan_private.h"

G_BEGIN_DECLS

typedef struct
{
  Plan *plan;
  Diagnostics *diagnostics;
  GHashTable *excluded;    /* (nullable) FlowMembers that a target leaves out */
  GArray **inferred;       /* by flow: (nullable) FlowEdges that follow from symbols */
  GHashTable *outer_scopes; /* (symbol, flow) to the number of a scope */
  gboolean has_symbols;    /* some atom has arguments or provides something */
  gboolean has_priorities;
} Compiler;

/* Numbers the nodes, finds atoms with the same name. */
void compiler_lay_out (Compiler *compiler, Flow *root);

/* Collects symbols, providers and arguments. */
void compiler_collect_symbols (Compiler *compiler);

/* Finds the providers of each argument and infers links of graph flows. */
void compiler_resolve_symbols (Compiler *compiler);

/* Makes successors and predecessors; FALSE when there is a cycle. */
gboolean compiler_link (Compiler *compiler);

/* Looks for a cycle among the members of a graph flow and reports it as a path. edges: positions of members, `n_edges` of them.
 * Returns: whether there is none. */
gboolean compiler_check_cycles (Compiler *compiler, const PlanFlow *flow, const FlowEdge *edges, guint n_edges);

/* Adds a link that follows from symbols, by positions of the members. */
void compiler_infer (Compiler *compiler, guint32 flow_number, guint32 from, guint32 to);

G_END_DECLS
