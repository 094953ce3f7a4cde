/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Decider text: how messages name a decider, and where its condition stands in a flow file. */

#include "engine/plan/plan_private.h"

G_BEGIN_DECLS

/* How messages name a decider. Returns: (transfer full). */
char *plan_describe_decider (const Plan *plan, const PlanDecider *decider);

/* Where the `index`-th symbol of the expression of a decider stands, G_MAXUINT32 for the whole; the
 * nearest place that is known. */
SourceMark plan_mark_decider (const Plan *plan, const PlanDecider *decider, guint32 index);

G_END_DECLS
