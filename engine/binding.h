/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Arguments of attempts. */

#include "engine/plan/plan_private.h"
#include <backflow/atoms/attempt.h>

G_BEGIN_DECLS

typedef struct Engine Engine;

/* Fills in the arguments of an attempt, with references. Returns: (transfer full)
 * (nullable): why they can't be had. */
Failure *binding_fill (Engine *engine, Attempt *attempt);

/* The value of an argument of `node`, or of a condition that holds it back. Returns:
 * (transfer full) (nullable). */
GVariant *binding_find_value (Engine *engine, guint32 node, const PlanArgument *binding);

/* Drops what binding_fill() filled in. */
void binding_drop (Engine *engine, Attempt *attempt);

G_END_DECLS
