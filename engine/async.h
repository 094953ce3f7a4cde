/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Async: runs an engine beside a main loop. A thread of its own drives the engine from the call
 * until the result is there; listeners and C tasks on the serial executor are called in that
 * thread. The caller's main context stays free, and hears of the end. While the engine runs, the
 * caller may only use the functions that any thread may call (engine/requests.h). */

#include <gio/gio.h>

#include <backflow/engine/engine.h>

G_BEGIN_DECLS

/* Runs to the end as engine_run() does, without blocking the caller. cancellable: (nullable) when
 * it is cancelled, the run is asked for `on_cancel`: SUSPEND, CANCEL or KEEP; the result is still
 * that of the run. callback: called in the main context that is the thread's default one now; it
 * calls engine_run_finish(). The engine is not freed before that. */
BACKFLOW_PUBLIC void engine_run_async (Engine *engine, GCancellable *cancellable,
                                       StorageRequest on_cancel, GAsyncReadyCallback callback,
                                       gpointer user_data);

/* The result of engine_run_async(): `end` (out, optional), and errors as of engine_run();
 * ENGINE_ERROR_BUSY when the engine was driven already. */
BACKFLOW_PUBLIC gboolean engine_run_finish (Engine *engine, GAsyncResult *result, FlowState *end,
                                            GError **error);

G_END_DECLS
