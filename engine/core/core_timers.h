/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Timers: nodes that wait for a point in time, failed reverts and controllers that are tried again
 * later. A node has at most one timer.
 */

#include "engine/core/core_state.h"

G_BEGIN_DECLS

/* Lets the node wait until `due_us`, in place of a timer that it has; there are marks. */
void core_add_timer (Core *core, guint32 node, gint64 due_us);

/* Removes the timer of the node, if it has one. */
void core_forget_timer (Core *core, guint32 node);

/* Removes the timers of controllers that wait to try again. */
void core_forget_tries (Core *core);

/* Whether the node waits for a time. */
gboolean core_has_timer (const Core *core, guint32 node);

/* The time is `now_us`: nodes whose timers are due go on. */
void core_set_time (Core *core, gint64 now_us);

/* When the next timer is due, or a time before that; G_MAXINT64 when there is no timer, or nothing
 * may be started. */
gint64 core_get_due (const Core *core);

G_END_DECLS
