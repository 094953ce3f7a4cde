/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* StepTree: the steps of a run below the flows that they are in, with their states, attempts,
 * progress, tries and what people said of them. How flows are nested only the plan knows; without
 * it they stand side by side.
 */

#include <backflow/engine/plan/plan.h>
#include <backflow/engine/report/report.h>

#include "cli/console.h"

G_BEGIN_DECLS

/* Appends a line a flow, a line a step, and what belongs to it. plan: (nullable). */
void step_tree_append (GString *out, const Report *report, const Plan *plan, const Style *style);

G_END_DECLS
