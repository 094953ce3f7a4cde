/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Attempts of a run: from a durable intent to the executor. The engine owns the memory of an
 * attempt, and uses that of an ended one again. */

#include <backflow/atoms/attempt.h>
#include <backflow/storage/record.h>

G_BEGIN_DECLS

typedef struct Engine Engine;

/* Drops the arguments and the outcome of an ended attempt; its memory is free for the next. */
void attempts_give_back (Engine *engine, Attempt *attempt);

/* Fills in the attempt of a durable intent; it goes to the executor with the next
 * flights_submit(). One that can't be handed over, or needs no executor, has ended. */
void attempts_start (Engine *engine, const StorageRecord *intent);

/* Goes on with an attempt that a former life has begun, or probes what it did: its intent is
 * durable, and listeners have heard of it. */
void attempts_start_again (Engine *engine, const StorageRecord *intent, gboolean is_probe);

/* Goes on with the attempt that an ended CLEAR was for, or with the next CLEAR before it. Returns:
 * FALSE when processes are left or it was cancelled; then nothing is changed. */
gboolean attempts_go_on (Engine *engine, Attempt *attempt);

/* Makes an ended revert, the arguments of which were dropped, the probe of what it has left. */
void attempts_probe (Engine *engine, Attempt *attempt);

/* Takes an attempt that is the probe of the execute of `node`, and is not handed over. */
Attempt *attempts_take_probe (Engine *engine, guint32 node);

/* The failure of an execute that was never called: `failure` (transfer full) becomes its cause, and
 * its origin says that there is nothing to revert. Returns: (transfer full). */
Failure *attempts_wrap_not_started (Failure *failure);

G_END_DECLS
