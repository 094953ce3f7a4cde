/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Checks of arguments that some node provides, but not on every way to the node that needs them. */

#include "engine/plan/plan_private.h"

G_BEGIN_DECLS

/* Reports arguments that may not be there when they are needed, though somebody provides them: an
 * error (revert-path) for those of reverts; for those of executes, which then fail without having
 * been called, a warning (may-be-missing), or an error when the decider is strict. is_given: by
 * symbol, whether the run is given a value, which then serves every reader. */
void checks_find_lost_arguments (const Plan *plan, const guint8 *is_given,
                                 Diagnostics *diagnostics);

/* Whether a revert argument of the node that no provider comes before is reported by
 * checks_find_lost_arguments(): somebody provides it elsewhere, and there is a revert that needs
 * it. */
gboolean checks_has_provider_elsewhere (const Plan *plan, guint32 node,
                                        const PlanArgument *argument);

G_END_DECLS
