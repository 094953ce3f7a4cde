/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a retry controller decides after a failure, and how long the next try waits. The engine asks
 * on its own thread. Private to the library.
 */

#include <backflow/atoms/attempt.h>
#include <backflow/atoms/retry.h>

G_BEGIN_DECLS

/* The array that the FOR_EACH or FOR_EACH_OF of `attempt` goes through, borrowed; NULL with
 * `failure` (transfer full) of the domain `domain`. */
GVariant *retry_lookup_values (Attempt *attempt, const char *domain, Failure **failure);

/* Asks the controller of `attempt` (its arguments and history filled in, no deadline) about the
 * failure of the atom `failed`. FALSE with `failure` (transfer full) of the domain "retry": the
 * controller itself has failed, or answered what is no decision. The attempt's lower half is clear
 * afterwards. */
gboolean retry_decide (Attempt *attempt, const char *failed, RetryDecision *decision,
                       Failure **failure);

/* How long to wait before try `next` (2 for the second) by a policy (nullable), in microseconds, at
 * most DURATION_MAX_US; random: from 0 up to 1. In `backoff` a
 * factor of 0 counts as 1, and a longest delay of 0 sets no limit. */
gint64 backoff_get_delay (const AtomBackoff *backoff, guint next, double random);

G_END_DECLS
