/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Tasks whose execute and revert are C functions. The functions run on a thread of the executor;
 * `user_data` must stand that (with the serial executor it is the thread that runs the engine).
 */

#include <backflow/atoms/atom.h>
#include <backflow/atoms/context.h>
#include <backflow/atoms/hooks.h>

G_BEGIN_DECLS

/* Maps one value: for task_new_map(). Returns: (transfer full) the mapped value, floating or not;
 * NULL with `error` set. */
typedef GVariant *(*TaskMapFunc) (GVariant *value, gpointer user_data, GError **error);

/* Combines two values: for task_new_reduce(). Returns: as TaskMapFunc. */
typedef GVariant *(*TaskReduceFunc) (GVariant *left, GVariant *right, gpointer user_data,
                                     GError **error);

/* Makes a task. name: not empty, unique in the whole flow. execute: (nullable) a task without one
 * succeeds with no result. revert: (nullable) a task without one reverts by doing nothing.
 * user_data: given to both, and to `destroy` (nullable) when the task goes away. Returns: (transfer
 * full). */
BACKFLOW_PUBLIC Atom *task_new (const char *name, AtomFunc execute, AtomFunc revert,
                                gpointer user_data, GDestroyNotify destroy);

/* Sets the hooks, copied. */
BACKFLOW_PUBLIC void task_set_hooks (Atom *task, const TaskHooks *hooks);

/* Sets what says whether the task's effect is in the world; NULL takes it away. It gets the task's
 * user data. It is asked about an attempt that was interrupted, when a revert has ended well, and
 * when somebody says that the task is reverted, or done. */
BACKFLOW_PUBLIC void task_set_probe (Atom *task, TaskProbeFunc probe);

/* Makes a task that applies `func` to each of its arguments, in the order in which they are
 * declared with atom_require(), and whose result is the array of what came out. Absent optional
 * arguments are left out. Returns: (transfer full). */
BACKFLOW_PUBLIC Atom *task_new_map (const char *name, TaskMapFunc func, gpointer user_data,
                                    GDestroyNotify destroy);

/* Makes a task that folds its arguments from the left with `func`, in the order in which they are
 * declared; a flow with a reduce task of fewer than two arguments does not compile. Returns:
 * (transfer full). */
BACKFLOW_PUBLIC Atom *task_new_reduce (const char *name, TaskReduceFunc func, gpointer user_data,
                                       GDestroyNotify destroy);

G_END_DECLS
