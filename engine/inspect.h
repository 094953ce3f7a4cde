/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Inspect: what an engine knows of its atoms and symbols: results, failures and progress. On the
 * engine's thread, listeners too. */

#include <backflow/atoms/atom.h>
#include <backflow/atoms/failure.h>
#include <backflow/values/visibility.h>

G_BEGIN_DECLS

typedef struct Engine Engine;

/* What execute returned, readable while the atom is SUCCESS or REVERTING. Returns: (transfer full)
 * (nullable). */
BACKFLOW_PUBLIC GVariant *engine_dup_result (Engine *engine, const char *atom);

/* What revert returned, readable while the atom is REVERTED. Returns: (transfer full) (nullable).
 */
BACKFLOW_PUBLIC GVariant *engine_dup_revert_result (Engine *engine, const char *atom);

/* Why execute (or revert) of the atom failed, in its current life. Returns: (transfer none)
 * (nullable). */
BACKFLOW_PUBLIC Failure *engine_find_failure (Engine *engine, const char *atom, AtomAction action);

/* Names of atoms whose execute (or revert) failed in the current life, in the order of failing.
 * Returns: (transfer full). */
BACKFLOW_PUBLIC char **engine_dup_failed_atoms (Engine *engine, AtomAction action);

/* The value of a symbol, the injected one first, else the first provider's in the order of
 * definition that has one. Returns: (transfer full) (nullable). */
BACKFLOW_PUBLIC GVariant *engine_fetch (Engine *engine, const char *symbol);

/* All symbols that have values, as an object; with several providers of a symbol the array of their
 * values, the injected one first. Secrets are left out. Returns: (transfer full). */
BACKFLOW_PUBLIC GVariant *engine_fetch_all (Engine *engine);

/* How far the last attempt of an atom has said that it is: 0 to 1; details: (out, optional,
 * nullable) (transfer full). FALSE when it has said nothing in this engine's life. */
BACKFLOW_PUBLIC gboolean engine_get_progress (Engine *engine, const char *atom, double *fraction,
                                              GVariant **details);

G_END_DECLS
