/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Edges, the last pass: the successors and predecessors of each node. */

#include "engine/plan/passes.h"

G_BEGIN_DECLS

/* Makes successors and predecessors. Returns: whether there is no cycle; one is reported. */
gboolean compiler_link (Compiler *compiler);

G_END_DECLS
