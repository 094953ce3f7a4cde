/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* AtomContext: what a C atom sees of the attempt that it is called for: its arguments, in a revert
 * also its own result or failure and what failed in the flow; and where it leaves its result. A
 * context belongs to the executor and is valid until the function returns; it is used on the thread
 * that calls the function (atom_context_is_cancelled() and atom_context_report_progress() on any
 * thread until then).
 */

#include <glib.h>

#include <backflow/atoms/atom.h>
#include <backflow/atoms/failure.h>
#include <backflow/values/visibility.h>

G_BEGIN_DECLS

/* The argument of that name, borrowed (nullable): NULL when it is optional and nobody provided it.
 * In a revert the atom's own provided symbols are arguments too, NULL when execute failed. */
BACKFLOW_PUBLIC GVariant *atom_context_get_argument (AtomContext *context, const char *name);

/* The argument as a string, borrowed (nullable): NULL when it is absent or no string. */
BACKFLOW_PUBLIC const char *atom_context_get_string (AtomContext *context, const char *name);

/* The argument as an integer; `fallback` when it is absent or no integer. */
BACKFLOW_PUBLIC gint64 atom_context_get_int64 (AtomContext *context, const char *name,
                                               gint64 fallback);

/* The argument as a number (integers too); `fallback` when it is absent or none. */
BACKFLOW_PUBLIC double atom_context_get_double (AtomContext *context, const char *name,
                                                double fallback);

/* Leaves the result: sunk when floating, normalised as value_normalize() does (an unfit type fails
 * the attempt). The last one counts. In a revert it is the revert's result. */
BACKFLOW_PUBLIC void atom_context_set_result (AtomContext *context, GVariant *result);

/* Fails the attempt with a failure of the atom's own making instead of a GError; a reference is
 * taken. The function returns FALSE and leaves `error` alone. The first one counts. */
BACKFLOW_PUBLIC void atom_context_set_failure (AtomContext *context, Failure *failure);

/* In a revert: what execute returned, borrowed (nullable): NULL when it failed or returned nothing.
 * In an execute and its post hook: the result that has been left so far. */
BACKFLOW_PUBLIC GVariant *atom_context_get_result (AtomContext *context);

/* In a revert: why execute failed, borrowed (nullable): NULL when it succeeded. In a post hook: why
 * this attempt has failed, if it has. */
BACKFLOW_PUBLIC const Failure *atom_context_get_failure (AtomContext *context);

/* In a revert: the number of atoms that have failed in this life of the flow, in the order in which
 * they failed. */
BACKFLOW_PUBLIC guint atom_context_get_n_failures (AtomContext *context);

/* In a revert: the `index`-th of them, borrowed; `name` (out, optional, transfer none) receives the
 * atom's name. */
BACKFLOW_PUBLIC const Failure *atom_context_get_nth_failure (AtomContext *context, guint index,
                                                             const char **name);

/* The atom's name, borrowed. */
BACKFLOW_PUBLIC const char *atom_context_get_name (AtomContext *context);

/* Whether this is an execute or a revert. */
BACKFLOW_PUBLIC AtomAction atom_context_get_action (AtomContext *context);

/* The number of this attempt of this action, from 1. */
BACKFLOW_PUBLIC guint atom_context_get_attempt (AtomContext *context);

/* The id of the run, borrowed. */
BACKFLOW_PUBLIC const char *atom_context_get_run (AtomContext *context);

/* A key that is the same when this same attempt is repeated after a crash, and differs otherwise.
 * Returns: (transfer full). */
BACKFLOW_PUBLIC char *atom_context_dup_idempotency_key (AtomContext *context);

/* Says how far the attempt is: 0 to 1, what is outside is clamped. details: (nullable) an object,
 * sunk, normalised; anything else is refused with a critical message, and the fraction counts
 * alone. Any thread. Listeners hear of every call; the store keeps the latest, now and then. */
BACKFLOW_PUBLIC void atom_context_report_progress (AtomContext *context, double fraction,
                                                   GVariant *details);

/* When the attempt will have taken too long, in microseconds of the monotonic clock; 0 for never.
 */
BACKFLOW_PUBLIC gint64 atom_context_get_deadline (AtomContext *context);

/* Whether the attempt was asked to stop. An atom that waits asks this, or polls
 * atom_context_get_cancel_fd(). */
BACKFLOW_PUBLIC gboolean atom_context_is_cancelled (AtomContext *context);

/* A descriptor that becomes readable when the attempt may have been asked to stop; -1 where the
 * executor has none. */
BACKFLOW_PUBLIC int atom_context_get_cancel_fd (AtomContext *context);

G_END_DECLS
