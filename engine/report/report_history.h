/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What was decided about a run, and by whom, as its journal has it: the answers of retry
 * controllers and the tries that they led to, what people asked for, and what they said to make of
 * atoms. Everything belongs to the report, is in the order of the journal, and comes from all lives
 * of the run. Atoms are places in report_get_atoms().
 */

#include <backflow/engine/report/report_types.h>

G_BEGIN_DECLS

/* The answers of retry controllers, borrowed. */
BACKFLOW_PUBLIC const ReportDecision *report_get_decisions (const Report *report, guint *count);

/* The tries of the controller at `atom`, borrowed; 0 of other atoms. */
BACKFLOW_PUBLIC const ReportTry *report_get_tries (const Report *report, guint atom, guint *count);

/* What was asked of the run, borrowed. */
BACKFLOW_PUBLIC const ReportRequest *report_get_requests (const Report *report, guint *count);

/* What was said of atoms, borrowed. */
BACKFLOW_PUBLIC const ReportResolution *report_get_resolutions (const Report *report, guint *count);

/* When the run stood still between two times in which it was driven, borrowed; 0 where the store
 * keeps no times. */
BACKFLOW_PUBLIC const ReportPause *report_get_pauses (const Report *report, guint *count);

/* What people call them: "suspend", "cancel", "keep", "undo"; "retry", "reverted", "skip", "done";
 * static. */
BACKFLOW_PUBLIC const char *report_request_get_name (StorageRequest request);
BACKFLOW_PUBLIC const char *report_resolution_get_name (StorageResolution resolution);

/* The word for what a probe says, such as "absent"; static. */
BACKFLOW_PUBLIC const char *report_probe_get_name (StorageProbe probe);

G_END_DECLS
