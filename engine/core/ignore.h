/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Ignore: the answers of deciders. */

#include "engine/core/core_state.h"

G_BEGIN_DECLS

/* The deciders of the node agree (is_taken), or one of them ignores the node, and what comes after
 * it as far as `depth` reaches. is_step: the decider is that of a step, which is then ignored as a
 * whole. */
void core_answer_decide (Core *core, const CoreQuestion *question, gboolean is_taken,
                         FlowDepth depth, gboolean is_step);

/* The deciders of the node could not decide: the first atom of what they hold back starts, to fail.
 * An attempt of it that a former owner has left behind has failed already. Returns: the atom;
 * PLAN_NO_NODE when there is none, and the run goes on as if the deciders had agreed. */
guint32 core_answer_undecided (Core *core, const CoreQuestion *question);

G_END_DECLS
