/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The clock of a run. */

#include <glib.h>

G_BEGIN_DECLS

/* The time of a run: a part of the Engine. */
typedef struct
{
  gint64 offset_us; /* what the monotonic clock is behind the epoch */
} EngineClock;

/* The time in microseconds of the epoch, which never goes back while the engine lives. */
static inline gint64
clock_get_now (const EngineClock *clock)
{
  return g_get_monotonic_time () + clock->offset_us;
}

G_END_DECLS
