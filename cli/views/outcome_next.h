/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The commands to give next, of each step that a run could not go on with, and of the run.
 */

#include "cli/views/outcome.h"

G_BEGIN_DECLS

/* Appends the next commands to give. */
void outcome_append_next (GString *out, const Outcome *outcome);

G_END_DECLS
