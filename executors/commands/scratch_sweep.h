/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* ScratchSweep: the folders that engines make for the files of their commands, and what becomes of
 * those of engines that were killed. An engine holds a lock (flock) on its folder as long as it
 * lives, whichever way it ends; systemd-tmpfiles leaves folders with such a lock alone too. So
 * whoever gets the lock knows that the engine is dead, in any container, and removes the folder,
 * unless a command that it has left running still has its files there.
 */

#include <glib.h>

G_BEGIN_DECLS

/* What such folders are called, for mkdtemp(). */
#define SCRATCH_TEMPLATE "backflow-files-XXXXXX"

/* Locks the open folder, until `folder` is closed by all who have it. Returns: whether it is ours:
 * FALSE when somebody else has locked it to remove it. Where there are no locks nobody gets one, so
 * that nothing is ever removed. */
gboolean scratch_lock (gint folder);

/* Removes what killed engines of this user have left in the folder `place`, at most so much that
 * nobody has to wait for it. Costs a pass over the names in `place`. Returns: whether something was
 * left that may be removed later. */
gboolean scratch_sweep (const char *place);

G_END_DECLS
