/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Built-in steps in a flow file: `use` and `with`. Private to the loader. */

#include "flows/yaml/task_draft.h"

G_BEGIN_DECLS

/* Makes the task that does the step of `use` with the options of `with`. Returns: (transfer full);
 * NULL when something was reported. */
Atom *step_reader_make (TaskDraft *draft, const char *name);

/* Checks the placeholders of the options, once the arguments are known. */
void step_reader_check_options (TaskDraft *draft);

G_END_DECLS
