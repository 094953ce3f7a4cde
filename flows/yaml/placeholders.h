/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Placeholders: the `{name}` in a text of a task, where name is an argument of the task. Private to
 * the loader. */

#include "flows/yaml/task_draft.h"

G_BEGIN_DECLS

/* Reports placeholders of `text` (a scalar) that are no arguments of the action. Returns: whether
 * the text is a good template. */
gboolean placeholders_check (TaskDraft *draft, const Node *text, AtomAction action);

G_END_DECLS
