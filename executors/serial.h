/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The serial executor: runs one attempt at a time, in the thread that collects. */

#include <backflow/executors/executor.h>

G_BEGIN_DECLS

/* Makes a serial executor. Never fails. Any thread. Returns: (transfer full). */
BACKFLOW_PUBLIC Executor *executor_new_serial (void);

G_END_DECLS
