/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Checks of what is provided without a reader. Pure; any thread. */

#include <backflow/engine/plan/plan.h>

G_BEGIN_DECLS

/* Adds a warning (unused-provides) for each symbol that is provided though no atom requires it, no
 * condition reads it, and it is not among `outputs` (nullable, NULL-terminated). What an atom with
 * a revert provides is used by that. */
BACKFLOW_PUBLIC void plan_check_outputs (const Plan *plan, const char *const *outputs,
                                         Diagnostics *diagnostics);

G_END_DECLS
