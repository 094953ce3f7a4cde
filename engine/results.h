/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Results and failures of the atoms of a run. */

#include "engine/core/core.h"

#include <backflow/atoms/attempt.h>

G_BEGIN_DECLS

/* The results and failures of a run: a part of the Engine, on its thread. Each array is made with
 * the first value that it has to keep: a run of atoms that return nothing keeps none. */
typedef struct
{
  GVariant **results; /* (nullable) by node, as the other arrays */
  GVariant **revert_results;
  Failure **failures;
  Failure **revert_failures;
  gboolean has_any;               /* one of the arrays was made */
  GArray *failed;                 /* of AttemptFailure, in the order in which they failed */
  AttemptFailures *snapshot;      /* (nullable) of `failed`, made when a revert needs it */
  VECTOR (guint32) revert_failed; /* nodes, in the order in which their reverts failed */
  const Core *core;               /* borrowed */
  AttemptRun *run;                /* borrowed */
} Values;

/* The atoms that have failed so far, for a revert that begins now. Returns: (transfer full)
 * (nullable): none has. */
AttemptFailures *results_ref_failed (Values *values);

/* Keeps what an attempt made of it; turns a success that lacks what the atom provides
 * into a failure. */
void results_keep (Values *values, Attempt *attempt);

/* What a result lacks that the atom is to provide. Returns: (transfer full) (nullable).
 */
Failure *results_find_lack (const Atom *atom, GVariant *result);

/* The value that the `provided`-th symbol of the atom of `node` has. Returns: (transfer
 * full) (nullable). */
GVariant *results_find_provided (Values *values, guint32 node, guint provided);

/* An execute counts as failed though nobody saw its end; failure: (transfer full). */
void results_set_failure (Values *values, guint32 node, Failure *failure);

/* An execute counts as done though nobody saw its end; result: (transfer full)
 * (nullable). */
void results_set_result (Values *values, guint32 node, GVariant *result);

/* What a revert made of it; both (transfer full) (nullable). */
void results_set_revert (Values *values, guint32 node, GVariant *result, Failure *failure);

/* An atom is as if it had never run. */
void results_forget (Values *values, guint32 node);

/* Forgets all values and failures. */
void results_clear (Values *values);

G_END_DECLS
