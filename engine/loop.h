/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The loop of an engine (runner.c), and doing what the core asks for (duties.c): through the
 * journal (records.c) and the executor (attempts.c).
 */

#include <backflow/atoms/attempt.h>
#include <backflow/storage/record.h>

G_BEGIN_DECLS

typedef struct Engine Engine;

/* runner.c: one transition of the automaton with all that belongs to it. */
gboolean runner_step (Engine *engine, GError **error);

/* runner.c: transitions of the automaton up to where the runner has something to do. */
gboolean runner_advance (Engine *engine, GError **error);

/* duties.c: does what the core asked for, in its order. FALSE with a STORAGE_ERROR: then nothing
 * that was not durable was done. */
gboolean duties_perform (Engine *engine, GError **error);

/* duties.c: takes in what was asked from outside. */
void duties_take_requests (Engine *engine);

/* attempts.c: an attempt to be filled in; the memory of ended ones is used again. */
Attempt *attempts_take (Engine *engine);

/* attempts.c: fills in the attempt of a durable intent; it goes to the executor with the next
 * attempts_submit(). What can't be handed over, or needs no executor, has ended. */
void attempts_start (Engine *engine, const StorageRecord *intent);

/* attempts.c: goes on with an attempt that a former life has begun, or probes what it did: its
 * intent is durable, and nobody is told of it again. */
void attempts_start_again (Engine *engine, const StorageRecord *intent, gboolean is_probe);

/* attempts.c: makes an ended revert, the arguments of which were dropped, the probe of what it has
 * left. */
void attempts_probe (Engine *engine, Attempt *attempt);

/* attempts.c: asks the probe of `node`, which does nothing else now, what is in the world, and
 * records it. UNKNOWN without one. */
StorageProbe attempts_ask_probe (Engine *engine, guint32 node);

/* verify.c: whether an ended attempt is a revert that now goes on as the probe of what it has left.
 * That probe becomes the end of the revert again. */
gboolean verify_revert (Engine *engine, Attempt *attempt);

/* attempts.c: gives the executor all that was started. */
void attempts_submit (Engine *engine);

/* attempts.c: asks the attempt of `node`, which was submitted, to stop. */
void attempts_cancel (Engine *engine, guint32 node);

/* attempts.c: ends what a former life of an attempt, which is RUNNING or REVERTING still, has left
 * running. Returns: (transfer full) (nullable): why that is not possible. */
Failure *attempts_end_leftovers (Engine *engine, guint32 node);

/* records.c: appends the records of the duties from `first` on, and those added by hand, in one
 * transaction. */
gboolean records_make_durable (Engine *engine, guint first, GError **error);

/* records.c: adds a record that the core knows nothing of, to be appended with the next ones;
 * value: (transfer full) (nullable). */
void records_add (Engine *engine, StorageRecordKind kind, guint32 node, guint8 to, guint32 attempt,
                  GVariant *value);

/* records.c: adds what people should know about an attempt of an atom, and tells it; text: valid
 * UTF-8. */
void records_add_note (Engine *engine, guint32 node, AtomAction action, guint32 attempt,
                       const char *text);

/* records.c: adds what the probe that the attempt is has said. Returns: that. */
StorageProbe records_add_probe (Engine *engine, const Attempt *attempt);

/* records.c: adds what an ended attempt left behind besides its outcome: its log and its note. */
void records_add_leavings (Engine *engine, const Attempt *attempt);

/* records.c: adds that `node` can't be reverted before `behind` is. */
void records_add_waiting (Engine *engine, guint32 node, guint32 behind);

/* records.c: appends what was added by hand. FALSE with a STORAGE_ERROR: then it is appended with
 * what comes next. */
gboolean records_append_added (Engine *engine, GError **error);

G_END_DECLS
