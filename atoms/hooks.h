/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a C task can have beside its execute and its revert. TaskHooks: functions around both;
 * task_set_hooks() copies them. A probe: a function that says whether the effect of the task is in
 * the world; task_set_probe() sets it. They run on the thread of the attempt.
 */

#include <backflow/atoms/atom.h>

G_BEGIN_DECLS

/* Functions around execute and revert. Each may be NULL. A failing hook fails the attempt, and a
 * failure in a post hook of a successful attempt fails it too: the atom is then reverted like any
 * other (a departure from TaskFlow, where such an atom is left behind). The post hooks run also
 * after a failure, with that failure in the context. */
typedef struct TaskHooks
{
  AtomFunc pre_execute;
  AtomFunc post_execute;
  AtomFunc pre_revert;
  AtomFunc post_revert;
} TaskHooks;

/* What a probe has found: PRESENT: the effect of the execute is in the world, all of it; ABSENT:
 * nothing that another execute would not take over is; UNKNOWN: it cannot tell. */
typedef enum
{
  TASK_PROBE_PRESENT,
  TASK_PROBE_ABSENT,
  TASK_PROBE_UNKNOWN,
} TaskProbe;

/* Says whether the effect of an execute, which may have been interrupted anywhere, is in the world;
 * changes nothing. The context is that of the execute, with the same arguments, the same number and
 * idempotency key; nothing else of the atom runs meanwhile. With PRESENT what the execute would
 * have returned is left by atom_context_set_result(). `error` may be set with UNKNOWN, to say why.
 */
typedef TaskProbe (*TaskProbeFunc) (AtomContext *context, gpointer user_data, GError **error);

G_END_DECLS
