/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What this life of a run remembers of its tries. */

#include "engine/results.h"

G_BEGIN_DECLS

/* The tries of a run: a part of the Engine, on its thread. */
typedef struct
{
  RetryHistory *histories; /* (nullable) by place in Plan.controllers */
  GHashTable *doomed;      /* (nullable) by node: why its start fails */
  GHashTable
      *reverts; /* (nullable) by node: how often its revert has failed since it last worked */
  GHashTable *uncleared; /* (nullable) nodes whose processes could not be ended */
  const Values *values;  /* borrowed */
} Tries;

/* What the controller of a node remembers of this life. */
RetryHistory *tries_get_history (Tries *tries, guint32 retry);

/* A controller was asked about the failure of a node. */
void tries_remember (Tries *tries, guint32 retry, guint32 failed);

/* Forgets what all controllers remember, and what else is known of this life. */
void tries_forget (Tries *tries);

/* Takes in that an attempt of `node` has ended. */
void tries_note_end (Tries *tries, const Attempt *attempt);

/* Why the attempt can't be started (nullable) (transfer full): a decider could not
 * decide. */
Failure *tries_take_doom (Tries *tries, guint32 node);

/* Counts a failed revert of `node`. Returns: how often it has failed since it last worked. */
guint tries_count_revert (Tries *tries, guint32 node);

/* Makes the next start of `node` fail; failure: (transfer full). */
void tries_doom (Tries *tries, guint32 node, Failure *failure);

/* Forgets how often the revert of `node` has failed. */
void tries_forget_revert (Tries *tries, guint32 node);

/* Forgets how often each revert has failed. */
void tries_forget_reverts (Tries *tries);

G_END_DECLS
