/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the checks of a plan ask of a task beside its public functions.
 */

#include <backflow/atoms/task.h>

G_BEGIN_DECLS

/* How many arguments the task must have at least: 2 for one of task_new_reduce(), 0 for others. */
guint task_get_min_arguments (const Atom *task);

G_END_DECLS
