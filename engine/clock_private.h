/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The clock as a part of the Engine. */

#include <backflow/engine/clock.h>

G_BEGIN_DECLS

typedef struct
{
  EngineClock source;
  gint64 offset_us; /* what the monotonic clock is behind the epoch, since the engine was made */
} RunClock;

/* source: (nullable) the clocks of the system, and GLib's random numbers. */
void clock_init (RunClock *clock, const EngineClock *source);

static inline gint64
clock_get_monotonic (const RunClock *clock)
{
  return clock->source.monotonic_us (clock->source.data);
}

/* The time of the epoch as it is now; it may go back. */
static inline gint64
clock_get_time (const RunClock *clock)
{
  return clock->source.now_us (clock->source.data);
}

/* The time of the epoch, which never goes back while the engine lives. */
static inline gint64
clock_get_now (const RunClock *clock)
{
  return clock_get_monotonic (clock) + clock->offset_us;
}

static inline double
clock_get_random (const RunClock *clock)
{
  return clock->source.random (clock->source.data);
}

G_END_DECLS
