/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Waiting: how a step waits for something in the world: until a limit of its own or of the attempt,
 * and no longer than until it is asked to stop. It belongs to one call of a step function, and to
 * its thread.
 */

#include <backflow/atoms/context.h>

G_BEGIN_DECLS

typedef struct
{
  AtomContext *context;
  gint64 since_us; /* both of the monotonic clock */
  gint64 until_us;
} Waiting;

/* Why a wait ended. */
typedef enum
{
  WAITING_READY,     /* the descriptor is */
  WAITING_TIMEOUT,   /* the time of this wait is over */
  WAITING_CANCELLED, /* the attempt is to stop */
} WaitingEnd;

/* Begins to wait for `timeout_us`, or until the deadline of the attempt when that is earlier. */
void waiting_init (Waiting *waiting, AtomContext *context, gint64 timeout_us);

/* Waits until `fd` (-1: nothing) has one of the poll() `events`, at most until `until_us` and the
 * end of the waiting. */
WaitingEnd waiting_poll (const Waiting *waiting, int fd, short events, gint64 until_us);

/* Whether there is nothing left to wait for: the time is over, or the attempt is to stop. */
gboolean waiting_is_over (const Waiting *waiting);

/* The shortest interval between tries that a step takes. */
#define WAITING_INTERVAL_MIN_US 1000

/* Whether an option may be the interval between tries. FALSE with STEP_ERROR_VALUE. */
gboolean waiting_check_interval (gint64 interval_us, GError **error);

/* Fails the attempt, as cancelled or as timed out: `what` did not happen, last because of `why`
 * (nullable). Returns: FALSE. */
gboolean waiting_fail (const Waiting *waiting, const char *what, const char *why);

G_END_DECLS
