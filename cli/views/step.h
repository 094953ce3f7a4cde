/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Steps of a run by their names, and commands about them.
 */

#include <backflow/engine/report/report.h>
#include <backflow/engine/report/report_history.h>

#include "cli/console.h"

G_BEGIN_DECLS

/* The step at a place in the report, borrowed. */
const ReportAtom *step_get (const Report *report, guint place);

/* The place of the step of that name in the report. REPORT_NO_ATOM with a USAGE_ERROR that says
 * what was probably meant. */
guint step_lookup (const Report *report, const char *name, GError **error);

/* "backflow VERB RUN STEP REST", as it is to be typed. store_option: as shell_text_dup_store_option() has it.
 * step: (nullable). rest: (nullable). Returns: (transfer full). */
char *step_dup_command (const Report *report, const char *store_option, const char *verb,
                        const char *step, const char *rest);

/* What somebody said last of the step at a place, since its last attempt was begun, borrowed
 * (nullable). */
const ReportResolution *step_find_resolution (const Report *report, guint place);

/* Whether the last word that somebody said of the step at a place is that its effect is to be left.
 */
gboolean step_is_skipped (const Report *report, guint place);

/* Whether something was said of the run or its steps after it had come to its end, and the run has
 * not gone on since: resume does. */
gboolean step_has_pending_word (const Report *report);

/* The colour of a state, "" for none. */
const char *step_get_state_style (const Style *style, AtomState state);

/* What an attempt said with its progress, as one line of at most about `max` characters; "" for
 * nothing. Returns: (transfer full). */
char *step_dup_details (const ReportAttempt *attempt, guint max);

/* Whether the run undoes all that it did, or was told to. */
gboolean step_is_rolled_back (const Report *report);

G_END_DECLS
