/* SPDX-License-Identifier: Apache-2.0 */
/* The clocks of the system, which an engine reads unless it is given others. */
#include "engine/clock_private.h"

static gint64
now_us (gpointer unused)
{
  (void) unused;
  return g_get_real_time ();
}

static gint64
monotonic_us (gpointer unused)
{
  (void) unused;
  return g_get_monotonic_time ();
}

static double
draw (gpointer unused)
{
  (void) unused;
  return g_random_double ();
}

void
clock_init (RunClock *clock, const EngineClock *source)
{
  static const EngineClock system = { now_us, monotonic_us, draw, NULL };

  clock->source = source != NULL ? *source : system;
  clock->offset_us = clock_get_time (clock) - clock_get_monotonic (clock);
}
