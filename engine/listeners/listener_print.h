/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A listener that prints for people.
 */

#include <backflow/engine/listener.h>

G_BEGIN_DECLS

/* Prints a plain line for each transition, with the local time, to `out`, which must outlive the
 * engine. Returns: the listener's id. */
BACKFLOW_PUBLIC guint listener_add_printer (Engine *engine, ListenerMask mask, FILE *out);

G_END_DECLS
