/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Compiler: from a Flow to a Plan, in passes, each a file: layout (numbers), symbols and scopes
 * (who provides what to whom, and the links that follow from it), deciders (which stand between the
 * two: they read symbols as atoms do), edges (successors and predecessors, cycles). The passes
 * share a Compiler.
 */

#include "engine/plan/plan_private.h"

G_BEGIN_DECLS

typedef struct
{
  Plan *plan;
  Diagnostics *diagnostics;
  GHashTable *excluded;     /* (nullable) FlowMembers that a target leaves out */
  GArray **inferred;        /* by flow: (nullable) FlowEdges that follow from symbols */
  GHashTable *outer_scopes; /* (symbol, flow) to the number of a scope */
  gboolean has_symbols; /* some atom has arguments or provides something, or there are deciders */
  gboolean has_deciders;
  gboolean has_priorities;
} Compiler;

/* Where the members of a flow are: with atoms only they are numbered one after the other; else
 * `starts` and `lasts` say it by position, PLAN_NO_NODE for a member that a target leaves out. */
typedef struct
{
  guint32 base;
  guint32 *starts; /* (nullable) */
  guint32 *lasts;  /* (nullable) */
} Places;

/* Finds the members of a flow: edges.c. */
void places_init (Places *places, const Plan *plan, const PlanFlow *flow);
void places_clear (Places *places);

/* The first and the last node of the member at a position. */
static inline guint32
places_start (const Places *places, guint32 position)
{
  return places->starts != NULL ? places->starts[position] : places->base + position;
}

static inline guint32
places_last (const Places *places, guint32 position)
{
  return places->lasts != NULL ? places->lasts[position] : places->base + position;
}

/* Numbers the nodes, finds atoms with the same name. */
void compiler_lay_out (Compiler *compiler, Flow *root);

/* Collects symbols, providers and arguments. */
void compiler_collect_symbols (Compiler *compiler);

/* The number of a symbol, which must stay where it is; a new one when it has none: symbols.c. */
guint32 compiler_intern (Compiler *compiler, const char *symbol);

/* Makes the deciders and the arguments of their expressions, whose symbols it numbers: deciders.c.
 */
void compiler_collect_deciders (Compiler *compiler);

/* Finds the providers of what expressions read, as if the nodes that they hold back required it:
 * deciders.c. */
void compiler_resolve_deciders (Compiler *compiler);

/* Warns of deciders that decide nothing: deciders.c. */
void compiler_check_deciders (Compiler *compiler);

/* The scope of the `index`-th symbol that the expression of a decider reads: scopes.c. */
guint32 compiler_find_scope (Compiler *compiler, const PlanDecider *decider, guint32 index);

/* Finds the providers of each argument and infers links of graph flows. */
void compiler_resolve_symbols (Compiler *compiler);

/* Makes successors and predecessors; FALSE when there is a cycle. */
gboolean compiler_link (Compiler *compiler);

/* Looks for a cycle among the members of a graph flow and reports it as a path. edges: positions of
 * members, `n_edges` of them. Returns: whether there is none. */
gboolean compiler_check_cycles (Compiler *compiler, const PlanFlow *flow, const FlowEdge *edges,
                                guint n_edges);

/* Adds a link that follows from symbols, by positions of the members. */
void compiler_infer (Compiler *compiler, guint32 flow_number, guint32 from, guint32 to);

G_END_DECLS
