/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Doing what the core asks for: made durable first, then told and acted on. */

#include <glib.h>

G_BEGIN_DECLS

typedef struct Engine Engine;

/* Does what the core asked for, in its order. FALSE with a STORAGE_ERROR: then nothing that was not
 * durable was done. */
gboolean duties_perform (Engine *engine, GError **error);

/* Hands the requests from outside to the core. */
void duties_take_requests (Engine *engine);

G_END_DECLS
