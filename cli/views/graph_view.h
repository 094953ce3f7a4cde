/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* GraphView: the plan as people draw it: steps, and arrows between them. The entry and the end of a
 * flow, which keep the plan's edges linear, are drawn only where leaving them out would multiply
 * arrows: where several come in and several go out.
 */

#include <backflow/engine/plan/plan.h>

G_BEGIN_DECLS

typedef struct GraphView GraphView;

typedef void (*GraphEdgeFunc) (guint32 from, guint32 to, gpointer user_data);

/* Looks at a plan, which has to outlive the view. Returns: (transfer full). */
GraphView *graph_view_new (const Plan *plan);

/* NULL is fine. */
void graph_view_free (GraphView *view);

/* Whether a node is drawn: all steps are, and the entries and ends that stand for many arrows. */
gboolean graph_view_is_drawn (const GraphView *view, guint32 node);

/* Calls `func` for each arrow, once. */
void graph_view_foreach_edge (const GraphView *view, GraphEdgeFunc func, gpointer user_data);

/* The decider of a step, as text (nullable), borrowed: its `when`, or that of a link into it. */
const char *graph_view_find_condition (const GraphView *view, guint32 node);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GraphView, graph_view_free)

G_END_DECLS
