/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a retry controller keeps: the policy of a built-in one, or the functions of a custom one;
 * and what it remembers of a life of its flow. The engine owns the history, adds to it, and asks
 * the controller, in its own thread.
 */

#include <backflow/atoms/attempt.h>
#include <backflow/atoms/retry.h>

#include "atoms/atom_private.h"

G_BEGIN_DECLS

struct RetrySpec
{
  RetryKind kind;
  RetryDecision give_up; /* REVERT or REVERT_ALL */
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
  GVariant *same_as; /* (nullable) the values that the history until here, with this, is how they
                        begin, as found before */
} RetryEntry;

struct RetryHistory
{
  RetryEntry *entries; /* one per successful execute in this life of the controller */
  guint length;
};

/* Begins an entry with `value` (nullable; a reference is taken). */
void retry_history_begin (RetryHistory *history, GVariant *value);

/* Adds a failure (a reference is taken) to the last entry, of which there is one, unless that atom
 * is there already. atom: borrowed, outlives the history. */
void retry_history_add_failure (RetryHistory *history, const char *atom, Failure *failure);

/* The first of `values` (an array) that was not tried yet: each value of the history stands for one
 * equal to it. With values that do not change they are tried in their order. Returns: (transfer
 * full) (nullable). */
GVariant *retry_history_find_untried (const RetryHistory *history, GVariant *values);

/* The array that the FOR_EACH or FOR_EACH_OF of `attempt` goes through, borrowed; NULL with
 * `failure` (transfer full) of the domain `domain`. */
GVariant *retry_lookup_values (Attempt *attempt, const char *domain, Failure **failure);

/* Forgets everything. A history of zeroes is empty. */
void retry_history_clear (RetryHistory *history);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RetryHistory, retry_history_clear)

/* Asks the controller of `attempt` (its arguments and history filled in, no deadline) about the
 * failure of the atom `failed`. FALSE with `failure` (transfer full) of the domain "retry": the
 * controller itself has failed, or answered what is no decision. The attempt's lower half is clear
 * afterwards. */
gboolean retry_decide (Attempt *attempt, const char *failed, RetryDecision *decision,
                       Failure **failure);

/* How long to wait before try `next` (2 for the second) by a policy (nullable), in microseconds, at
 * most DURATION_MAX_US; random: from 0 up to 1. What is no sense in a policy is none in the delay:
 * a backoff of 0 is 1, a longest delay of 0 is no limit. */
gint64 backoff_get_delay (const AtomBackoff *backoff, guint next, double random);

G_END_DECLS
