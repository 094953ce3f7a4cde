/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The event log: a JSON object a line for each event.
 */

#include <backflow/engine/listener.h>

G_BEGIN_DECLS

/* Writes the event log, one JSON object a line, to `out`, which must outlive the engine; each line
 * is flushed. FLOW and ATOM are what the log of the command has; ENGINE, NOTE, DECISION and
 * PROGRESS are written when `mask` has them. What goes wrong with `out` is to be asked with
 * ferror(). Returns: the listener's id. */
BACKFLOW_PUBLIC guint listener_add_event_log (Engine *engine, ListenerMask mask, FILE *out);

/* Appends the event log's line for an event, without newline. */
BACKFLOW_PUBLIC void listener_append_event_json (GString *out, const ListenerEvent *event);

G_END_DECLS
