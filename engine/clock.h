/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Clock: where an engine takes time and chance from. A test gives an engine a clock of its own, so
 * that the same run passes again in the same way, and waits for nothing. */

#include <glib.h>

G_BEGIN_DECLS

/* A source of time and chance; all functions are called on the engine's thread. now_us: the time
 * in microseconds of the epoch; it may jump. monotonic_us: microseconds that never go back; the
 * executor of the engine measures deadlines and `until_us` of port_collect() by the same clock.
 * random: a number of at least 0 and less than 1. data: what the functions are given. */
typedef struct
{
  gint64 (*now_us) (gpointer data);
  gint64 (*monotonic_us) (gpointer data);
  double (*random) (gpointer data);
  gpointer data;
} EngineClock;

G_END_DECLS
