/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Ending the processes that earlier attempts have left running, before an attempt of the same atom
 * starts. Each is an attempt of its own, of the kind ATTEMPT_CLEAR. */

#include <backflow/atoms/attempt.h>

G_BEGIN_DECLS

typedef struct Engine Engine;

/* Makes an attempt that is filled in the one that clears what has to be cleared before it next;
 * `attempt->step` says how many were cleared already. Returns: FALSE when nothing is left to be
 * cleared; then the attempt is unchanged. */
gboolean leftovers_take_next (Engine *engine, Attempt *attempt);

/* Clears what an interrupted attempt of `node`, which is RUNNING or REVERTING still, has left
 * running, and waits for that; the engine does nothing else meanwhile. Returns: (transfer full)
 * (nullable): why that is not possible. */
Failure *leftovers_end (Engine *engine, guint32 node);

/* Notes that processes of `node` could not be ended: the run stops until they are gone. */
void leftovers_note_uncleared (Engine *engine, guint32 node);

/* Takes that note back. Returns: whether there was one. */
gboolean leftovers_take_uncleared (Engine *engine, guint32 node);

G_END_DECLS
