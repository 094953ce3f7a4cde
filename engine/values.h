/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What an engine keeps of atoms: arguments (binding.c), results and failures (results.c), how far
 * they are (progress.c), what people keep with them (metadata.c), who waits behind whom
 * (waiting.c). */

#include "engine/plan/plan_private.h"

#include <backflow/atoms/attempt.h>

G_BEGIN_DECLS

typedef struct Engine Engine;

/* The values of a run by node. Each array is made with the first value that it has to keep: a run
 * of atoms that return nothing keeps none. */
typedef struct
{
  GVariant **results;
  GVariant **revert_results;
  Failure **failures;
  Failure **revert_failures;
  gboolean has_any; /* one of the arrays was made */
} Values;

/* progress.c: attempts are taken reports from; on the thread that will drive the engine. */
void progress_prepare (Engine *engine);

/* progress.c: takes in what was reported on other threads, and keeps what is due. */
void progress_collect (Engine *engine);

/* progress.c: when there is something to be kept, by the monotonic clock; G_MAXINT64: nothing. */
gint64 progress_get_due (const Engine *engine);

/* progress.c: the last report of an attempt that has ended is kept. */
void progress_end (Engine *engine, const Attempt *attempt);

/* progress.c: frees all that is known. */
void progress_clear (Engine *engine);

/* metadata.c: what the journal says of `node` (STORAGE_NO_ATOM: the run): `(sv)`. */
void metadata_restore (Engine *engine, guint32 node, GVariant *record);

/* waiting.c: records what waits behind failed reverts, when a rollback could not undo everything.
 */
void waiting_record (Engine *engine);

/* binding.c: fills in the arguments of an attempt, with references. Returns: (transfer full)
 * (nullable): why they can't be had. */
Failure *binding_fill (Engine *engine, Attempt *attempt);

/* binding.c: the value of an argument of `node`, or of a condition that holds it back. Returns:
 * (transfer full) (nullable). */
GVariant *binding_find_value (Engine *engine, guint32 node, const PlanArgument *binding);

/* binding.c: drops what binding_fill() filled in. */
void binding_drop (Engine *engine, Attempt *attempt);

/* results.c: keeps what an attempt made of it; turns a success that lacks what the atom provides
 * into a failure. */
void results_keep (Engine *engine, Attempt *attempt);

/* results.c: what a result lacks that the atom is to provide. Returns: (transfer full) (nullable).
 */
Failure *results_find_lack (const Atom *atom, GVariant *result);

/* results.c: the value that the `provided`-th symbol of the atom of `node` has. Returns: (transfer
 * full) (nullable). */
GVariant *results_find_provided (Engine *engine, guint32 node, guint provided);

/* results.c: an execute counts as failed though nobody saw its end; failure: (transfer full). */
void results_set_failure (Engine *engine, guint32 node, Failure *failure);

/* results.c: an execute counts as done though nobody saw its end; result: (transfer full)
 * (nullable). */
void results_set_result (Engine *engine, guint32 node, GVariant *result);

/* results.c: what a revert made of it; both (transfer full) (nullable). */
void results_set_revert (Engine *engine, guint32 node, GVariant *result, Failure *failure);

/* results.c: an atom is as if it had never run. */
void results_forget (Engine *engine, guint32 node);

/* results.c: forgets all values and failures. */
void results_clear (Engine *engine);

G_END_DECLS
