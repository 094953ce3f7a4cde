/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Watch: a thread that looks into the store for requests of other processes. */

#include <backflow/values/visibility.h>

#include <glib.h>

G_BEGIN_DECLS

typedef struct Engine Engine;

/* Lets other processes ask, by storage_request(): a thread opens the store of that URI, which is
 * the one that the run is in, and looks there until the engine is freed. Once for an engine. FALSE
 * with a STORAGE_ERROR or EXECUTOR_ERROR_RESOURCES. */
BACKFLOW_PUBLIC gboolean engine_watch_requests (Engine *engine, const char *storage_uri,
                                                GError **error);

G_END_DECLS
