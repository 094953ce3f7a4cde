/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Dot: a plan as a drawing in the language of graphviz. Nested flows are boxes around their steps;
 * a step that nobody has to undo has a dashed frame, a point of no return a thick red one.
 */

#include "cli/views/graph_view.h"

G_BEGIN_DECLS

/* Appends the drawing. */
void dot_append (GString *out, const Plan *plan, const GraphView *view);

G_END_DECLS
