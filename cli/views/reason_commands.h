/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What to type next about a step, by the reasons for its state. Texts are harmless for a terminal.
 */

#include <backflow/engine/report/report_reason.h>

G_BEGIN_DECLS

/* A command to type, and what it is good for; both owned. */
typedef struct
{
  char *command;
  char *what;
} ReasonCommand;

/* The commands that a chain of reasons calls for, most helpful first. Returns: (transfer full)
 * array of ReasonCommand. */
GArray *reason_new_commands (const Report *report, const char *store_option,
                             const ReportReason *chain, guint count);

G_END_DECLS
