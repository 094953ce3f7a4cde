/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Tasks of a flow file, in three parts: what a task does (its commands, function or built-in step),
 * its arguments and results, and its other settings. A task is made even when something in it is
 * wrong, so that the rest of the file is checked as it is meant. Private to the loader.
 */

#include "flows/yaml/task_draft.h"

G_BEGIN_DECLS

/* Reads the mapping at `node`. draft: (inout) has the shell of the flow; its values stay for those
 * of its keys that its flow reads. Returns: (transfer full) (nullable): NULL when the node is no
 * mapping, which is reported. */
Atom *task_reader_read (Loader *loader, const Node *node, TaskDraft *draft);

G_END_DECLS
