/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Parts of the lines that listeners write for people. For the files listener_*.c.
 */

#include <backflow/engine/listener.h>

G_BEGIN_DECLS

/* Appends what people wrote, or a step printed, so that it stays on its line and says nothing to a
 * terminal. */
void listener_append_visible (GString *out, const char *text);

/* Appends the time of the day and a space. */
void listener_append_clock (GString *out, gint64 time_us);

/* Appends what happened, of all events but notes: `RUNNING -> SUCCESS`, `RETRY because 'b' failed,
 * in 0.2 s`, `50%`. */
void listener_append_change (GString *out, const ListenerEvent *event);

G_END_DECLS
