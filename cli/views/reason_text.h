/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Reasons in plain words: why a step is in its state, and what to type next. Pure functions of a
 * report; texts are harmless for a terminal.
 */

#include <backflow/engine/report/report_reason.h>

G_BEGIN_DECLS

/* One reason as a sentence or two. Returns: (transfer full). */
char *reason_dup_text (const Report *report, const ReportReason *reason);

G_END_DECLS
