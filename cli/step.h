/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Steps of a run by their names, and commands about them.
 */

#include <backflow/engine/report.h>
#include <backflow/engine/report_history.h>

G_BEGIN_DECLS

/* The place of the step of that name in the report. REPORT_NO_ATOM with a USAGE_ERROR that says what was probably meant. */
guint step_lookup (const Report *report, const char *name, GError **error);

/* "backflow VERB RUN STEP REST", as it is to be typed. store_option: as store_dup_option() has it. step: (nullable). rest: (nullable).
 * Returns: (transfer full). */
char *step_dup_command (const Report *report, const char *store_option, const char *verb, const char *step, const char *rest);

/* What an attempt said with its progress, as one line of at most about `max` characters; "" for nothing. Returns: (transfer full). */
char *step_dup_details (const ReportAttempt *attempt, guint max);

G_END_DECLS
