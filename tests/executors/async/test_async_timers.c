/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "executors/async/async_timers.h"

#define N_SLOTS 50
#define N_STEPS 20000

static void
an_empty_heap_is_never_due (void **state)
{
  AsyncTimers timers;

  (void) state;
  async_timers_init (&timers);
  assert_true (async_timers_get_due (&timers) == G_MAXINT64);
  assert_int_equal (async_timers_pop_due (&timers, G_MAXINT64), ASYNC_TIMERS_NONE);
  async_timers_set (&timers, 7, G_MAXINT64);
  assert_true (async_timers_get_due (&timers) == G_MAXINT64);
  async_timers_clear (&timers);
}

static gint64
find_earliest (const gint64 *due)
{
  gint64 earliest_us = G_MAXINT64;

  for (guint i = 0; i < N_SLOTS; i++)
    earliest_us = MIN (earliest_us, due[i]);
  return earliest_us;
}

/* A list of times that is searched from end to end is the model of the heap. */
static void
the_heap_agrees_with_a_list (void **state)
{
  g_autoptr (GRand) chance = g_rand_new_with_seed (1);
  gint64 due[N_SLOTS];
  AsyncTimers timers;

  (void) state;
  async_timers_init (&timers);
  for (guint i = 0; i < N_SLOTS; i++)
    due[i] = G_MAXINT64;
  for (guint step = 0; step < N_STEPS; step++)
    {
      guint slot = (guint) g_rand_int_range (chance, 0, N_SLOTS);
      gint64 now_us = g_rand_int_range (chance, 0, 1000);

      if (g_rand_int_range (chance, 0, 3) > 0)
        {
          due[slot] = g_rand_int_range (chance, 0, 5) == 0 ? G_MAXINT64 : now_us;
          async_timers_set (&timers, slot, due[slot]);
        }
      else
        {
          guint popped = async_timers_pop_due (&timers, now_us);

          assert_true ((popped != ASYNC_TIMERS_NONE) == (find_earliest (due) <= now_us));
          if (popped != ASYNC_TIMERS_NONE)
            {
              assert_true (due[popped] == find_earliest (due));
              due[popped] = G_MAXINT64;
            }
        }
      assert_true (async_timers_get_due (&timers) == find_earliest (due));
    }
  async_timers_clear (&timers);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (an_empty_heap_is_never_due),
    cmocka_unit_test (the_heap_agrees_with_a_list),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
