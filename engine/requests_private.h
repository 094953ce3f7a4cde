/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Requests from outside, as the engine takes them in. */

#include <backflow/engine/requests.h>

G_BEGIN_DECLS

/* A request, as a bit of Engine.requests. */
enum
{
  REQUEST_SUSPEND = 1 << 0,
  REQUEST_CANCEL = 1 << 1,
  REQUEST_KEEP = 1 << 2,
};

/* Takes the reason of a request, once. Returns: (transfer full) (nullable). */
char *requests_steal_reason (Engine *engine, StorageRequest request);

/* Forgets requests that came too late, and that the run was cancelled. */
void requests_forget (Engine *engine);

G_END_DECLS
