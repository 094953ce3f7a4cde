/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Deadlines of flows. */

#include <backflow/atoms/attempt.h>

G_BEGIN_DECLS

typedef struct Engine Engine;

/* Finds out whether flows have deadlines. */
void deadline_prepare (Engine *engine);

/* When what executes in `node` must have ended, by the monotonic clock, and because of
 * which flow; 0: never. */
gint64 deadline_find (const Engine *engine, guint32 node, const char **flow);

/* The flow of a controller, or one around it, whose time is over in `wait_us` from now;
 * its name, borrowed (nullable). */
const char *deadline_find_over (const Engine *engine, guint32 retry, gint64 wait_us);

/* An execute that the deadline of a flow has ended says so. */
void deadline_explain (const Engine *engine, Attempt *attempt);

/* An execute of `node` was started at `time_us` of the epoch. */
void deadline_note_start (Engine *engine, guint32 node, gint64 time_us);

G_END_DECLS
