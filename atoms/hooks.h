/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* TaskHooks: functions around the execute and the revert of a task; task_set_hooks() copies them. They run on the thread of
 * the attempt, before and after what they are named for.
 */

#include <backflow/atoms/atom.h>

G_BEGIN_DECLS

/* Functions around execute and revert. Each may be NULL. A failing hook fails the attempt, and a failure in a post hook of
 * a successful attempt fails it too: the atom is then reverted like any other (a departure from TaskFlow, where such an
 * atom is left behind). The post hooks run also after a failure, with that failure in the context. */
typedef struct TaskHooks
{
  AtomFunc pre_execute;
  AtomFunc post_execute;
  AtomFunc pre_revert;
  AtomFunc post_revert;
} TaskHooks;

G_END_DECLS
