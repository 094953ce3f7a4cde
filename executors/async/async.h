/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The async executor: commands side by side on one event loop, in the thread that collects. A
 * command that waits holds no thread.
 */

#include <backflow/executors/executor.h>

G_BEGIN_DECLS

/* Runs up to `capacity` attempts of a port side by side. C atoms run in the thread that collects,
 * one after the other: while one runs, nothing else of the port is taken care of. capacity: at
 * least 1; a command takes up to four descriptors. Returns: (transfer full). */
BACKFLOW_PUBLIC Executor *executor_new_async (guint capacity);

G_END_DECLS
