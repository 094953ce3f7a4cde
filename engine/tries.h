/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What this life of a run remembers of its tries. */

#include <backflow/atoms/attempt.h>

G_BEGIN_DECLS

typedef struct Engine Engine;

/* What the controller of a node remembers of this life. */
RetryHistory *tries_get_history (Engine *engine, guint32 retry);

/* A controller was asked about the failure of a node. */
void tries_remember (Engine *engine, guint32 retry, guint32 failed);

/* Forgets what all controllers remember, and what else is known of this life. */
void tries_forget (Engine *engine);

/* Takes in that an attempt of `node` has ended. */
void tries_note_end (Engine *engine, const Attempt *attempt);

/* Why the attempt can't be started (nullable) (transfer full): a decider could not
 * decide. */
Failure *tries_take_doom (Engine *engine, guint32 node);

/* Counts a failed revert of `node`. Returns: how often it has failed since it last worked. */
guint tries_count_revert (Engine *engine, guint32 node);

/* Makes the next start of `node` fail; failure: (transfer full). */
void tries_doom (Engine *engine, guint32 node, Failure *failure);

G_END_DECLS
