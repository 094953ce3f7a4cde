/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Plan: a compiled flow, to be looked at: nodes numbered from 0 in depth-first order, a subflow
 * being the range from its entry to its end. An atom's number in the store is that of its node. A
 * plan is immutable, belongs to its engine (or to plan_new()'s caller), and may be read on any
 * thread.
 */

#include <backflow/diagnostics/diagnostic.h>
#include <backflow/flows/flow.h>

G_BEGIN_DECLS

typedef struct Plan Plan;

/* What a node is. FLOW and FLOW_END do nothing themselves: a flow's content starts after its entry,
 * and what follows the flow starts after its end. */
typedef enum
{
  PLAN_NODE_TASK,
  PLAN_NODE_RETRY,
  PLAN_NODE_FLOW,
  PLAN_NODE_FLOW_END,
} PlanNodeKind;

/* No node. */
#define PLAN_NO_NODE G_MAXUINT32

/* One possible provider of an argument: `is_outer` says that it counts only when all providers
 * before it in the list were ignored. */
typedef struct
{
  guint32 node;
  gboolean is_outer;
} PlanProvider;

/* Compiles `flow`: everything that is wrong goes to `diagnostics`, warnings too. Nothing is
 * recursive in the input, and the work is linear in atoms and links. Returns: (transfer full)
 * (nullable): NULL when there were errors. */
BACKFLOW_PUBLIC Plan *plan_new (Flow *flow, Diagnostics *diagnostics);

/* Finds mistakes of a flow that has others already, such as steps that could not be read: names
 * that are there twice, and symbols that neither a step provides nor `given` (nullable,
 * NULL-terminated) names. Of a flow with a cycle only the names are looked at. */
BACKFLOW_PUBLIC void plan_find_mistakes (Flow *flow, const char *const *given,
                                         Diagnostics *diagnostics);

/* NULL is fine. */
BACKFLOW_PUBLIC void plan_free (Plan *plan);

/* The number of nodes. */
BACKFLOW_PUBLIC guint32 plan_get_n_nodes (const Plan *plan);

/* What a node is. */
BACKFLOW_PUBLIC PlanNodeKind plan_get_kind (const Plan *plan, guint32 node);

/* The atom of a task or retry node, else NULL; borrowed. */
BACKFLOW_PUBLIC Atom *plan_get_atom (const Plan *plan, guint32 node);

/* The flow of an entry or end node, for others the flow that they are in; borrowed. */
BACKFLOW_PUBLIC Flow *plan_get_flow (const Plan *plan, guint32 node);

/* The name of a node: of an atom, of a flow, and of its end `NAME[$]`. Returns: (transfer full). */
BACKFLOW_PUBLIC char *plan_dup_name (const Plan *plan, guint32 node);

/* The other end of the range of a FLOW node. */
BACKFLOW_PUBLIC guint32 plan_get_flow_end (const Plan *plan, guint32 node);

/* The retry controller that governs a node, PLAN_NO_NODE when there is none. A retry is governed by
 * that of the next flow out. */
BACKFLOW_PUBLIC guint32 plan_get_retry (const Plan *plan, guint32 node);

/* The nodes that wait for `node`, and those that it waits for, in no particular order; a pair that
 * was linked twice stands there twice. Borrowed. */
BACKFLOW_PUBLIC const guint32 *plan_get_successors (const Plan *plan, guint32 node, guint *count);
BACKFLOW_PUBLIC const guint32 *plan_get_predecessors (const Plan *plan, guint32 node, guint *count);

/* The node of the atom of that name, PLAN_NO_NODE when there is none. */
BACKFLOW_PUBLIC guint32 plan_find_atom (const Plan *plan, const char *name);

/* The candidate providers of the `index`-th argument of an action, in the order in which they are
 * asked, at most `max` of them. Returns: how many were written. 0: only an injected value can
 * serve. */
BACKFLOW_PUBLIC guint plan_get_providers (const Plan *plan, guint32 node, AtomAction action,
                                          guint index, PlanProvider *providers, guint max);

/* The atoms in the order in which the serial engine starts them when nothing fails. Returns:
 * (transfer full) `count` node numbers; free with g_free(). */
BACKFLOW_PUBLIC guint32 *plan_dup_order (const Plan *plan, guint *count);

/* The symbols that atoms require, or conditions read, and nobody provides: what must be injected;
 * sorted, borrowed, NULL-terminated. */
BACKFLOW_PUBLIC const char *const *plan_get_inputs (const Plan *plan);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Plan, plan_free)

G_END_DECLS
