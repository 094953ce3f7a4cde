/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Checks of what a run has to be given. Pure; any thread. */

#include <backflow/engine/plan/plan.h>

G_BEGIN_DECLS

/* Checks that everything that atoms require and conditions read is provided or among the `given`
 * names (NULL-terminated), and that nothing that a revert requires can be missing when it starts;
 * what is goes to `diagnostics`. Returns: whether nothing is missing. */
BACKFLOW_PUBLIC gboolean plan_check_inputs (const Plan *plan, const char *const *given,
                                            Diagnostics *diagnostics);

G_END_DECLS
