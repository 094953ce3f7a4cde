/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Metadata: values that people and listeners keep with a run or an atom, under keys of their own.
 */

#include <backflow/values/visibility.h>

#include <glib.h>

G_BEGIN_DECLS

typedef struct Engine Engine;

/* Keeps a value (sunk, normalised) with an atom, or with the run (NULL), under a key; it replaces
 * what was there, and comes back with the run when it is resumed. On the engine's thread, listeners
 * too. FALSE with ENGINE_ERROR_STATE (no run yet, no such atom), a VALUE_ERROR or a STORAGE_ERROR.
 */
BACKFLOW_PUBLIC gboolean engine_set_metadata (Engine *engine, const char *atom, const char *key,
                                              GVariant *value, GError **error);

/* What was kept under a key. Returns: (transfer full) (nullable). */
BACKFLOW_PUBLIC GVariant *engine_dup_metadata (Engine *engine, const char *atom, const char *key);

G_END_DECLS
