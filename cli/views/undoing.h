/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Undoing: what a verb that undoes a run is about to do, for the user to agree to.
 */

#include <backflow/engine/report/report.h>

G_BEGIN_DECLS

/* Appends "VERB run ID of the flow FLOW (FILE), STATE, begun AGE ago: N effects are undone: …", one
 * line. behind: (nullable) only what waits behind the revert of that step. */
void undoing_append (GString *out, const Report *report, const char *verb, const char *behind);

G_END_DECLS
