/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a retry controller keeps: the policy of a built-in one, or the functions of a custom one; and what it remembers of a
 * life of its flow. The engine owns the history, adds to it, and asks the controller, in its own thread.
 */

#include <backflow/atoms/attempt.h>
#include <backflow/atoms/retry.h>

#include "atoms/atom_private.h"

G_BEGIN_DECLS

struct RetrySpec
{
  RetryKind kind;
  RetryDecision give_up;  /* REVERT or REVERT_ALL */
  guint times;
  GVariant *values;       /* of FOR_EACH (nullable) */
  char *symbol;           /* of FOR_EACH_OF (nullable): the name of its argument too */
  RetryDecideFunc decide; /* of CUSTOM */
  AtomBackoff *backoff;   /* (nullable) */
};

/* One try: the value that the controller provided for it, and what failed in it, in order. */
typedef struct
{
  GVariant *value;          /* (nullable) */
  AttemptFailure *failures; /* (nullable) */
  guint n_failures;
} RetryEntry;

struct RetryHistory
{
  RetryEntry *entries; /* one per successful execute in this life of the controller */
  guint length;
};

G_END_DECLS
