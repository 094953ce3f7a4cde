/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Rollback: what a plan says, before anything runs, about what each step waits for and what would
 * be undone if it failed. Whatever it depends on has run then; what it is not ordered with may have
 * run.
 */

#include <backflow/engine/plan/plan.h>

G_BEGIN_DECLS

typedef struct Rollback Rollback;

/* One effect that a rollback finds. is_certain: it has been made when the step fails, not only
 * perhaps. */
typedef struct
{
  guint32 node;
  gboolean is_certain;
  gboolean stays; /* it can't be taken back */
} RollbackEffect;

/* Prepares to answer about a plan, which has to outlive it. Returns: (transfer full). */
Rollback *rollback_new (const Plan *plan);

/* NULL is fine. */
void rollback_free (Rollback *rollback);

/* The atoms in the order in which the serial engine starts them, borrowed. */
const guint32 *rollback_get_order (const Rollback *rollback, guint *count);

/* What is undone when `node` fails, in the order of undoing, its own effect first. Costs a pass
 * over the plan. Returns: (transfer full) an array of RollbackEffect. */
GArray *rollback_new_effects (Rollback *rollback, guint32 node);

/* The names of what `node` waits for, a flow as "flow NAME". Returns: (transfer full). */
GPtrArray *rollback_new_dependencies (const Rollback *rollback, guint32 node);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Rollback, rollback_free)

G_END_DECLS
