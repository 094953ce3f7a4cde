/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Conditions of steps and links of a flow file. Private to the loader. */

#include <backflow/flows/flow.h>

#include "flows/yaml/loading.h"

G_BEGIN_DECLS

/* Reads `when` and `depth`, each (nullable). otherwise: the depth when none is written. Returns:
 * whether `decider` was filled. `mark` is where its mark is kept. */
gboolean decider_reader_read (Loader *loader, const Node *when, const Node *depth,
                              FlowDepth otherwise, FlowDecider *decider, SourceMark *mark);

G_END_DECLS
