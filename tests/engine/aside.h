/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* An executor for tests that runs each attempt on a thread of its own, one at a time, so that the
 * engine waits aside meanwhile.
 */

#include <backflow/executors/executor.h>

/* Returns: (transfer full). */
Executor *aside_new (void);
