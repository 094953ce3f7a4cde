/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Outcome: what people are told of a run, apart from each other: how it stands, why it failed, what
 * is left in the world, and the command to give next. Made from a Report alone; the plan, when
 * there is one, adds where a step stands in its file.
 */

#include <backflow/engine/plan/plan.h>
#include <backflow/engine/report/report.h>

#include "cli/console.h"

G_BEGIN_DECLS

/* plan: (nullable). store_option: what has to be added to commands for them to find the run; NULL
 * when the store keeps nothing, so that there is no next command. is_shown: all that is known of
 * the run stands there already. */
typedef struct
{
  const Report *report;
  const Plan *plan;
  const char *store_option;
  gboolean is_shown;
  const Style *style;
} Outcome;

/* Appends one line: the state, the flow, the run, and how many steps are done in what time. */
void outcome_append_headline (GString *out, const Outcome *outcome);

/* Appends why the run failed: for each atom whose execute failed its place, message, last lines of
 * standard error and log. Nothing when none failed. */
void outcome_append_why (GString *out, const Outcome *outcome);

/* Appends what is known of an attempt that failed beside its message: causes, the last lines that
 * it wrote, notes and its log. */
void outcome_append_details (GString *out, const ReportAttempt *attempt);

/* The last attempt of an action that failed, borrowed (nullable). */
const ReportAttempt *outcome_find_failed (const ReportAtom *atom, AtomAction action);

G_END_DECLS
