/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Results and failures of the atoms of a run. */

#include <backflow/atoms/attempt.h>

G_BEGIN_DECLS

typedef struct Engine Engine;

/* Keeps what an attempt made of it; turns a success that lacks what the atom provides
 * into a failure. */
void results_keep (Engine *engine, Attempt *attempt);

/* What a result lacks that the atom is to provide. Returns: (transfer full) (nullable).
 */
Failure *results_find_lack (const Atom *atom, GVariant *result);

/* The value that the `provided`-th symbol of the atom of `node` has. Returns: (transfer
 * full) (nullable). */
GVariant *results_find_provided (Engine *engine, guint32 node, guint provided);

/* An execute counts as failed though nobody saw its end; failure: (transfer full). */
void results_set_failure (Engine *engine, guint32 node, Failure *failure);

/* An execute counts as done though nobody saw its end; result: (transfer full)
 * (nullable). */
void results_set_result (Engine *engine, guint32 node, GVariant *result);

/* What a revert made of it; both (transfer full) (nullable). */
void results_set_revert (Engine *engine, guint32 node, GVariant *result, Failure *failure);

/* An atom is as if it had never run. */
void results_forget (Engine *engine, guint32 node);

/* Forgets all values and failures. */
void results_clear (Engine *engine);

G_END_DECLS
