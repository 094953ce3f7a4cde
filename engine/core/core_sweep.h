/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Sweep: all that comes after an ignored node with depth `all` is ignored with it. A node from
 * which that walk has started is marked SWEPT: nothing behind it is left to ignore. */

#include "engine/core/core_state.h"

G_BEGIN_DECLS

/* Ignores the node, when it is an atom that has not begun. */
void core_ignore (Core *core, guint32 node);

/* Ignores what comes after `node`, to the end of the run (ALL) or of its flow (FLOW). */
void core_sweep (Core *core, guint32 node, FlowDepth depth);

/* The flow that ends at `end` is tried again: what deciders within it ignored after it is PENDING
 * again. */
void core_unsweep (Core *core, guint32 end);

/* After a restore: marks the nodes behind which everything is ignored. */
void core_find_swept (Core *core);

G_END_DECLS
