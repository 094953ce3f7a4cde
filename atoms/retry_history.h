/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* RetryHistory: what a retry controller remembers of a life of its flow. The engine owns a history,
 * clears it when a life ends, and uses it on its own thread. Private to the library.
 */

#include <backflow/atoms/attempt.h>
#include <backflow/atoms/retry.h>

G_BEGIN_DECLS

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

/* Forgets everything. A history of zeroes is empty. */
void retry_history_clear (RetryHistory *history);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RetryHistory, retry_history_clear)

G_END_DECLS
