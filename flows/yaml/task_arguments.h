/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Arguments and results of a task of a flow file, the arguments of its revert among them. Private
 * to the loader. */

#include "flows/yaml/task_draft.h"

G_BEGIN_DECLS

/* Reads what the atom of the draft takes and provides. */
void task_arguments_read (TaskDraft *draft);

G_END_DECLS
