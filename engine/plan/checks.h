/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Checks: what a compiled plan tells of the rollbacks to come, before anything has run. Warnings
 * are about flows whose rollback leaves something behind; errors are about reverts that would start
 * without what they need. Everything is linear in nodes, edges and arguments. Pure; any thread.
 */

#include "engine/plan/plan_private.h"

G_BEGIN_DECLS

/* Adds the warnings that need nothing but the plan: effect-without-revert,
 * failure-after-irreversible, irreversible-in-retry, retry-without-effect. */
void checks_warn (const Plan *plan, Diagnostics *diagnostics);

G_END_DECLS
