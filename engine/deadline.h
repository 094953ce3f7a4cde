/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Deadlines of flows. */

#include "engine/clock_private.h"
#include "engine/core/core.h"

#include <backflow/atoms/attempt.h>

G_BEGIN_DECLS

/* The deadlines of a run: a part of the Engine, on its thread. */
typedef struct
{
  gint64
      *starts; /* (nullable) by flow: when the first attempt of it was started in this life, of the
                   * epoch; 0: not yet */
  const Core *core;      /* borrowed */
  const RunClock *clock; /* borrowed */
} Deadlines;

/* Finds out whether flows have deadlines. */
void deadline_prepare (Deadlines *deadlines);

/* When what executes in `node` must have ended, by the monotonic clock, and because of
 * which flow; 0: never. */
gint64 deadline_find (const Deadlines *deadlines, guint32 node, const char **flow);

/* The flow of a controller, or one around it, whose time is over in `wait_us` from now;
 * its name, borrowed (nullable). */
const char *deadline_find_over (const Deadlines *deadlines, guint32 retry, gint64 wait_us);

/* An execute that the deadline of a flow has ended says so. */
void deadline_explain (const Deadlines *deadlines, Attempt *attempt);

/* An execute of `node` was started at `time_us` of the epoch. */
void deadline_note_start (Deadlines *deadlines, guint32 node, gint64 time_us);

/* Forgets when flows were started, and whether any has a deadline. */
void deadline_forget (Deadlines *deadlines);

G_END_DECLS
