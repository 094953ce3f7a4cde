/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The layout of a Plan: flat arrays, read by the step core and the binding of arguments. Written by
 * the compiler only.
 */

#include "engine/plan/names.h"
#include "flows/flow_private.h"

#include <backflow/atoms/atom_options.h>
#include <backflow/engine/plan/plan.h>

G_BEGIN_DECLS

/* A flow of the plan, in the order of entries. parent: number of the flow around it, PLAN_NO_NODE
 * for the outermost. */
typedef struct
{
  Flow *flow;
  guint32 entry;
  guint32 end;
  guint32 parent;
} PlanFlow;

/* One argument of a node. scope: where its providers are looked for, 0 for nowhere. is_own: in a
 * revert, taken from the atom's own result through its `scope`-th provided symbol. */
typedef struct
{
  GVariant *injected; /* (nullable), borrowed from the atom */
  guint32 symbol;
  guint32 scope;
  guint8 is_optional;
  guint8 is_own;
} PlanArgument;

/* A stretch of a symbol's providers, to be asked from `high` - 1 down to `low`; then `next` (0:
 * nobody). is_level: the next stretch belongs to an outer scope, which counts only when all
 * providers so far were ignored. */
typedef struct
{
  guint32 low;
  guint32 high;
  guint32 next;
  gboolean is_level;
} PlanScope;

/* A provider of a symbol: the `provided`-th symbol of the atom of `node`. */
typedef struct
{
  guint32 node;
  guint32 provided;
} PlanProvided;

/* A decider, by the node that it holds back: an atom, or the entry of a flow. first, last: the
 * nodes of the link's source; of a step's own `when` (is_step) nobody's: `first` is then
 * PLAN_NO_NODE. A step's own decider ignores a flow as a whole, one on a link into it the first
 * atoms of it, from which `depth` counts. expression: (nullable) of the plan; its symbols are found
 * as the `n_arguments` from `argument` on of Plan.decider_arguments. */
typedef struct
{
  guint32 node;
  guint32 first;
  guint32 last;
  gboolean is_step;
  const FlowDecider *decider; /* borrowed from the flow */
  struct Expression *expression;
  guint32 argument;
  guint32 n_arguments;
} PlanDecider;

/* A retry controller, in the order of nodes: the flow that it controls is the nodes from `node` + 1
 * to `end`. parent: the controller of the next flow out that has one, PLAN_NO_NODE when there is
 * none. */
typedef struct
{
  guint32 node;
  guint32 end;
  guint32 parent;
  guint32 flow;
} PlanRetry;

struct Plan
{
  Flow *root; /* a reference */
  guint32 n_nodes;
  guint32 n_atoms;
  guint32 n_edges;

  guint8 *kinds;        /* PlanNodeKind by node */
  FlowMember **members; /* the atom or flow by node */

  guint32 *successor_offsets; /* n_nodes + 1, into successors */
  guint32 *successors;
  guint32 *predecessor_offsets; /* n_nodes + 1, into predecessors */
  guint32 *predecessors;

  guint32 *retries; /* (nullable) the governing retry by node */
  PlanFlow *flows;
  guint32 n_flows;

  guint32 *argument_offsets; /* (nullable) n_nodes + 1, into arguments: those of execute, then the
                                revert's own */
  PlanArgument *arguments;
  guint32 n_arguments;
  GArray *scopes;            /* of PlanScope; 0 is nobody */
  GPtrArray *symbols;        /* names by number of symbol, borrowed from the atoms */
  NameTable symbol_numbers;  /* numbers by name */
  guint32 *provider_offsets; /* n_symbols + 1, into providers */
  PlanProvided *providers;   /* by symbol, ascending by node */
  guint32 n_providers;
  GPtrArray *inputs; /* sorted names, then NULL */

  guint32 *ranks;   /* (nullable) place in the order of execution by node, when priorities say so */
  guint32 *by_rank; /* the inverse */
  NameTable atoms;  /* nodes by name of the atom */
  PlanRetry *controllers; /* (nullable) `n_controllers`, ascending by node */
  guint32 n_controllers;
  PlanDecider *deciders; /* (nullable) `n_deciders`, ascending by node */
  guint32 n_deciders;
  PlanArgument *decider_arguments; /* (nullable) */
  GHashTable *expressions; /* (nullable) the Expressions of deciders by their text: one for all that
                              say the same */
  gboolean has_retries;
};

/* The place of a retry's node in Plan.controllers. */
guint32 plan_find_controller (const Plan *plan, guint32 node);

/* The deciders of a node; NULL and 0 when there are none. */
const PlanDecider *plan_find_deciders (const Plan *plan, guint32 node, guint *count);

/* The number of the last flow that begins at or before a node: of an entry its own. */
guint32 plan_find_flow (const Plan *plan, guint32 node);

/* The number of the innermost flow around a node. */
guint32 plan_find_flow_around (const Plan *plan, guint32 node);

static inline gboolean
plan_is_atom (const Plan *plan, guint32 node)
{
  return plan->kinds[node] <= PLAN_NODE_RETRY;
}

static inline Atom *
plan_atom (const Plan *plan, guint32 node)
{
  return (Atom *) (gpointer) plan->members[node];
}

/* The arguments of an action of a node. */
const PlanArgument *plan_get_bindings (const Plan *plan, guint32 node, AtomAction action,
                                       guint *count);

G_END_DECLS
