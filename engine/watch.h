/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The thread that looks into the store for requests of other processes. */

#include "engine/asked.h"

G_BEGIN_DECLS

typedef struct Watch Watch;

/* Starts the thread; `asked` and `run_id` outlive it. Returns: (transfer full) free with
 * watch_stop(); NULL with a STORAGE_ERROR or EXECUTOR_ERROR_RESOURCES. */
Watch *watch_start (Asked *asked, const char *run_id, const char *storage_uri, GError **error);

/* Ends the thread; NULL is fine. */
void watch_stop (Watch *watch);

G_END_DECLS
