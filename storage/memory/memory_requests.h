/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Requests to the owner of a run in memory. */

#include "storage/memory/memory_log.h"

G_BEGIN_DECLS

/* no: from 1, over all owners of the run. reason: (nullable). */
typedef struct
{
  guint64 no;
  StorageRequest request;
  char *reason;
} MemoryRequest;

/* Makes the empty list of requests. Returns: (transfer full). */
GPtrArray *memory_requests_new (void);

/* Adds a request; reason: (nullable). */
void memory_requests_add (MemoryLog *log, StorageRequest request, const char *reason);

/* Calls `func` for the requests since `*seen`, and moves `*seen` on. */
void memory_requests_poll (const MemoryLog *log, guint64 *seen, StorageRequestFunc func,
                           gpointer user_data);

G_END_DECLS
