/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Timers: nodes that wait for a point in time, failed reverts and controllers that are tried again
 * later. A node has at most one timer.
 */

#include "engine/core/core_events.h"
#include "engine/core/node_index.h"

G_BEGIN_DECLS

typedef struct Core Core;

/* In the order of a heap: the first is the next to be due. */
typedef struct
{
  CoreTimer *items;
  guint length;
  guint size;
  NodeIndex index; /* places in `items` */
} CoreTimers;

/* Lets the node wait until `due_us`, in place of a timer that it has; there are marks. */
void core_add_timer (Core *core, guint32 node, gint64 due_us);

/* Removes the timer of the node, if it has one. */
void core_forget_timer (Core *core, guint32 node);

/* Removes the timers of controllers that wait to try again. */
void core_forget_tries (Core *core);

/* Removes all timers, whose marks the caller removes. */
void core_empty_timers (Core *core);

/* Whether the node waits for a time. */
gboolean core_has_timer (const Core *core, guint32 node);

/* The time is `now_us`: nodes whose timers are due go on. */
void core_set_time (Core *core, gint64 now_us);

/* When the next timer is due; G_MAXINT64 when there is no timer, or nothing
 * may be started. */
gint64 core_get_due (const Core *core);

G_END_DECLS
