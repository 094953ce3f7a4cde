/* SPDX-License-Identifier: Apache-2.0 */
#include "executors/async/async_timers.h"

static AsyncTimer *
timer_at (const AsyncTimers *timers, guint place)
{
  return &g_array_index (timers->heap, AsyncTimer, place);
}

static guint *
place_of (const AsyncTimers *timers, guint slot)
{
  return &g_array_index (timers->places, guint, slot);
}

void
async_timers_init (AsyncTimers *timers)
{
  timers->heap = g_array_new (FALSE, FALSE, sizeof (AsyncTimer));
  timers->places = g_array_new (FALSE, FALSE, sizeof (guint));
}

void
async_timers_clear (AsyncTimers *timers)
{
  g_clear_pointer (&timers->heap, g_array_unref);
  g_clear_pointer (&timers->places, g_array_unref);
}

static void
put (AsyncTimers *timers, guint place, AsyncTimer timer)
{
  *timer_at (timers, place) = timer;
  *place_of (timers, timer.slot) = place;
}

/* Moves the timer at `place` towards the top, past those that are due later. Returns: its place. */
static guint
rise (AsyncTimers *timers, guint place)
{
  AsyncTimer timer = *timer_at (timers, place);

  while (place > 0 && timer_at (timers, (place - 1) / 2)->due_us > timer.due_us)
    {
      put (timers, place, *timer_at (timers, (place - 1) / 2));
      place = (place - 1) / 2;
    }
  put (timers, place, timer);
  return place;
}

/* Moves the timer at `place` away from the top, past those that are due earlier. */
static void
sink (AsyncTimers *timers, guint place)
{
  AsyncTimer timer = *timer_at (timers, place);

  for (guint child = 2 * place + 1; child < timers->heap->len; child = 2 * place + 1)
    {
      if (child + 1 < timers->heap->len
          && timer_at (timers, child + 1)->due_us < timer_at (timers, child)->due_us)
        child++;
      if (timer_at (timers, child)->due_us >= timer.due_us)
        break;
      put (timers, place, *timer_at (timers, child));
      place = child;
    }
  put (timers, place, timer);
}

/* The last timer takes the place that gets free. */
static void
take_out (AsyncTimers *timers, guint place)
{
  AsyncTimer last = *timer_at (timers, timers->heap->len - 1);

  *place_of (timers, timer_at (timers, place)->slot) = ASYNC_TIMERS_NONE;
  g_array_set_size (timers->heap, timers->heap->len - 1);
  if (place == timers->heap->len)
    return;
  put (timers, place, last);
  sink (timers, rise (timers, place));
}

void
async_timers_set (AsyncTimers *timers, guint slot, gint64 due_us)
{
  const guint none = ASYNC_TIMERS_NONE;
  AsyncTimer timer = { slot, due_us };
  guint place;

  while (timers->places->len <= slot)
    g_array_append_val (timers->places, none);
  place = *place_of (timers, slot);
  if (due_us == G_MAXINT64)
    {
      if (place != ASYNC_TIMERS_NONE)
        take_out (timers, place);
      return;
    }
  if (place == ASYNC_TIMERS_NONE)
    {
      place = timers->heap->len;
      g_array_append_val (timers->heap, timer);
    }
  timer_at (timers, place)->due_us = due_us;
  sink (timers, rise (timers, place));
}

gint64
async_timers_get_due (const AsyncTimers *timers)
{
  return timers->heap->len > 0 ? timer_at (timers, 0)->due_us : G_MAXINT64;
}

guint
async_timers_pop_due (AsyncTimers *timers, gint64 now_us)
{
  guint slot;

  if (async_timers_get_due (timers) > now_us || timers->heap->len == 0)
    return ASYNC_TIMERS_NONE;
  slot = timer_at (timers, 0)->slot;
  take_out (timers, 0);
  return slot;
}
