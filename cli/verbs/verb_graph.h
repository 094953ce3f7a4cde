/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* graph: a flow as a drawing.
 */

#include "cli/verb.h"

G_BEGIN_DECLS

extern const Verb verb_graph;

G_END_DECLS
