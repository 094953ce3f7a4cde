/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a task of a flow file does: commands, a registered function, or a built-in step. Private to
 * the loader. */

#include "flows/yaml/task_draft.h"

G_BEGIN_DECLS

/* Makes the atom of what the task does. The atom is never NULL: an empty command stands for what
 * could not be made, which is reported. */
void command_reader_make_atom (TaskDraft *draft);

/* Reads the keys of commands, and checks the options of a built-in step. The arguments of the task
 * must have been read. */
void command_reader_read (TaskDraft *draft);

G_END_DECLS
