/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a run has left in the world.
 */

#include "cli/views/outcome.h"

G_BEGIN_DECLS

/* Appends what is left in the world: each effect with what became of it. Nothing when the run
 * succeeded. */
void outcome_append_left (GString *out, const Outcome *outcome);

G_END_DECLS
