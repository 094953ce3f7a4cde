/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Ends: what the end of an attempt makes of its node, and starts that are taken back. */

#include "engine/core/core_state.h"

G_BEGIN_DECLS

/* Takes the end of an attempt in. */
void core_complete (Core *core, const CoreCompletion *completion);

/* An execute has ended; its attempt is not in flight any more. */
void core_complete_execute (Core *core, guint32 node, CoreOutcome outcome);

/* An intent that became durable was not acted on and will not be: because of a request that came in
 * between. */
void core_take_back (Core *core, guint32 node);

/* A REPEAT or PROBE was not acted on, because of a request that came in between: what to make of it
 * is asked again. */
void core_give_back (Core *core, guint32 node);

/* Nothing of an interrupted execute is in the world: the atom is PENDING again. */
void core_withdraw_leftover (Core *core, guint32 node);

/* Asks the controller of `node` about its failure; without one the whole run is rolled back. */
void core_ask_failure (Core *core, guint32 node);

G_END_DECLS
