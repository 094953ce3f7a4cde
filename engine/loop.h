/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The loop of an engine (runner.c), and doing what the core asks for (duties.c). */

#include <backflow/atoms/attempt.h>
#include <backflow/storage/record.h>

G_BEGIN_DECLS

typedef struct Engine Engine;

/* runner.c: one transition of the automaton with all that belongs to it. */
gboolean runner_step (Engine *engine, GError **error);

/* runner.c: transitions of the automaton up to where the runner has something to do. */
gboolean runner_advance (Engine *engine, GError **error);

/* An attempt to be filled in; the memory of ended ones is used again. */
Attempt *duties_new_attempt (Engine *engine);

/* duties.c: does what the core asked for, in its order. FALSE with a STORAGE_ERROR: then nothing that was not durable was done. */
gboolean duties_perform (Engine *engine, GError **error);

/* duties.c: ends what a former life of an attempt, which is RUNNING or REVERTING still, has left running. Returns: (transfer full)
 * (nullable): why that is not possible. */
Failure *duties_end_leftovers (Engine *engine, guint32 node);

/* duties.c: takes in what was asked from outside. */
void duties_take_requests (Engine *engine);

/* duties.c: adds a record that the core knows nothing of, to be appended with the next ones; value: (transfer full) (nullable). */
void duties_add_record (Engine *engine, StorageRecordKind kind, guint32 node, guint8 to, guint32 attempt, GVariant *value);

/* duties.c: adds what people should know about an attempt of an atom, and tells it; text: valid UTF-8. */
void duties_add_note (Engine *engine, guint32 node, AtomAction action, guint32 attempt, const char *text);

/* duties.c: appends what was added by hand. FALSE with a STORAGE_ERROR: then it is appended with what comes next. */
gboolean duties_append_added (Engine *engine, GError **error);

/* duties.c: adds the record that `node` can't be reverted before `behind` is. */
void duties_add_waiting (Engine *engine, guint32 node, guint32 behind);

G_END_DECLS
