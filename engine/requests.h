/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Requests: asking a run to stop, from any thread. */

#include <backflow/storage/record.h>
#include <backflow/values/visibility.h>

G_BEGIN_DECLS

typedef struct Engine Engine;

/* Asks the run to stop when what runs has ended; it can be continued. Before the run has begun it
 * counts for the run that begins. Any thread, listeners, and signal handlers. */
BACKFLOW_PUBLIC void engine_suspend (Engine *engine);

/* Asks the run to end what runs and to roll back. Before the run has begun it counts for the run
 * that begins. Any thread, listeners, and signal handlers. */
BACKFLOW_PUBLIC void engine_cancel (Engine *engine);

/* As engine_cancel(), but what was done stays: nothing is rolled back. The run is FAILURE when
 * something is in the world then; it can be undone later. */
BACKFLOW_PUBLIC void engine_cancel_and_keep (Engine *engine);

/* Ends the reverts that run at this moment: they have failed. For a revert that hangs; what waits
 * behind it waits behind a failed revert then. Any thread, listeners, and signal handlers. */
BACKFLOW_PUBLIC void engine_end_reverts (Engine *engine);

/* Asks as engine_suspend(), engine_cancel() or engine_cancel_and_keep() do (`request`: SUSPEND,
 * CANCEL or KEEP). reason: (nullable) is kept with the run. Any thread and listeners, not signal
 * handlers. */
BACKFLOW_PUBLIC void engine_request (Engine *engine, StorageRequest request, const char *reason);

/* Lets other processes ask, by storage_request(): a thread opens the store of that URI, which is
 * the one that the run is in, and looks there until the engine is freed. FALSE with
 * ENGINE_ERROR_STATE (the store is watched already), a STORAGE_ERROR or EXECUTOR_ERROR_RESOURCES.
 */
BACKFLOW_PUBLIC gboolean engine_watch_requests (Engine *engine, const char *storage_uri,
                                                GError **error);

G_END_DECLS
