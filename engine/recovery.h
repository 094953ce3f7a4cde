/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Recovery: what people say of a run that can't go on by itself, or that is to be undone though it
 * has ended; engine_run() then goes on from there. A run of another process is taken up by
 * engine_new_resumed() (engine/engine.h).
 */

#include <backflow/storage/record.h>
#include <backflow/values/visibility.h>

G_BEGIN_DECLS

typedef struct Engine Engine;

/* Says what to make of an atom that the run can't go on with: one whose revert failed, or whose
 * interrupted attempt nobody knows the outcome of. result: (nullable) of DONE, sunk. reason: kept
 * with the run. engine_run() then goes on from there. Not while it runs. FALSE with
 * ENGINE_ERROR_STATE (that can't be said of the atom in its state), ENGINE_ERROR_BUSY, a
 * VALUE_ERROR or a STORAGE_ERROR. */
BACKFLOW_PUBLIC gboolean engine_resolve (Engine *engine, const char *atom,
                                         StorageResolution resolution, GVariant *result,
                                         const char *reason, GError **error);

/* Asks that a run which is SUCCESS or FAILURE is rolled back; engine_run() then does it. reason:
 * (nullable). FALSE with ENGINE_ERROR_STATE, ENGINE_ERROR_BUSY or a STORAGE_ERROR. */
BACKFLOW_PUBLIC gboolean engine_undo (Engine *engine, const char *reason, GError **error);

/* The atoms whose interrupted attempts nobody knows the outcome of: what engine_resolve() is needed
 * for. Returns: (transfer full). */
BACKFLOW_PUBLIC char **engine_dup_unknown_atoms (Engine *engine);

G_END_DECLS
