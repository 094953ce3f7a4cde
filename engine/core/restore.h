/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Restore: the state of a run from the journal of its former owners, and what people say of atoms
 * that the run can't go on with.
 */

#include "engine/core/core_state.h"

G_BEGIN_DECLS

/* Applies the next record of the journal, with the node as its atom, to a core that was just made.
 */
void core_apply (Core *core, const StorageRecord *record);

/* All records of the journal were applied: finds out what is ready, and what was interrupted. */
void core_rebuild (Core *core);

/* Whether that can be said of an atom in its state. */
gboolean core_can_resolve (const Core *core, guint32 node, StorageResolution resolution);

/* A person says what to make of an atom, in a run that is at an end or was just restored; the run
 * then goes on from UNDEFINED. Returns: whether that can be said of an atom in its state; nothing
 * is changed otherwise. */
gboolean core_resolve (Core *core, guint32 node, StorageResolution resolution);

/* A person asks to undo a run that is SUCCESS or FAILURE; it then goes on from UNDEFINED. */
void core_undo (Core *core);

G_END_DECLS
