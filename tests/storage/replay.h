/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a reader of a journal concludes from it: a model that is small enough to be believed. Two
 * listings mean the same when they leave it in the same state.
 */

#include <backflow/storage/record.h>

G_BEGIN_DECLS

typedef struct Replay Replay;

/* A run of `n_atoms` fresh atoms. Returns: (transfer full). */
Replay *replay_new (guint n_atoms);

/* Frees it; NULL is fine. */
void replay_free (Replay *replay);

/* Applies a record. */
void replay_apply (Replay *replay, const StorageRecord *record);

/* The state as text: of each atom its state, intention, attempt, progress and the values and
 * intentions that it got since it was last PENDING; the flow's state; all records of other kinds.
 * Returns: (transfer full). */
char *replay_describe (const Replay *replay);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Replay, replay_free)

G_END_DECLS
