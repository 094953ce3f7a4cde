/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Driving an engine, one driver at a time. */

#include <glib.h>

G_BEGIN_DECLS

typedef struct Engine Engine;

/* Takes the drive. FALSE with ENGINE_ERROR_BUSY. */
gboolean drive_take (Engine *engine, GError **error);

/* Leaves the drive. */
void drive_leave (Engine *engine);

G_END_DECLS
