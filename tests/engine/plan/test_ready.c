/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/plan/ready.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void
an_empty_set_gives_nothing (void **unused)
{
  ReadySet set;

  (void) unused;
  ready_init (&set, 0);
  assert_true (ready_is_empty (&set));
  assert_int_equal (ready_pop_first (&set), READY_NONE);
  assert_int_equal (ready_pop_last (&set), READY_NONE);
  ready_clear (&set);
}

static void
members_come_out_in_order_from_both_ends (void **unused)
{
  const guint32 numbers[] = { 70000, 3, 64, 63, 4095, 4096, 0, 262143 };
  ReadySet set;

  (void) unused;
  ready_init (&set, 262144);
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    ready_insert (&set, numbers[i]);
  ready_insert (&set, 64);
  assert_int_equal (ready_pop_first (&set), 0);
  assert_int_equal (ready_pop_last (&set), 262143);
  assert_int_equal (ready_pop_first (&set), 3);
  assert_int_equal (ready_pop_first (&set), 63);
  assert_int_equal (ready_pop_last (&set), 70000);
  ready_remove (&set, 4095);
  ready_remove (&set, 5);
  assert_int_equal (ready_pop_first (&set), 64);
  assert_int_equal (ready_pop_first (&set), 4096);
  assert_true (ready_is_empty (&set));
  ready_clear (&set);
}

/* Against a plain array of flags, with random operations. */
static void
it_behaves_like_an_array_of_flags (void **unused)
{
  enum
  {
    SIZE = 5000
  };
  g_autoptr (GRand) random = g_rand_new_with_seed (20261121);
  g_autofree guint8 *flags = g_new0 (guint8, SIZE);
  ReadySet set;

  (void) unused;
  ready_init (&set, SIZE);
  for (guint round = 0; round < 40000; round++)
    {
      guint32 number = (guint32) g_rand_int_range (random, 0, SIZE);
      guint32 expected = READY_NONE;

      switch (g_rand_int_range (random, 0, 5))
        {
        case 0:
        case 1:
          ready_insert (&set, number);
          flags[number] = 1;
          break;
        case 2:
          ready_remove (&set, number);
          flags[number] = 0;
          break;
        case 3:
          for (guint32 i = 0; i < SIZE && expected == READY_NONE; i++)
            expected = flags[i] ? i : READY_NONE;
          assert_int_equal (ready_pop_first (&set), expected);
          break;
        default:
          for (guint32 i = SIZE; i-- > 0 && expected == READY_NONE;)
            expected = flags[i] ? i : READY_NONE;
          assert_int_equal (ready_pop_last (&set), expected);
          break;
        }
      if (expected != READY_NONE)
        flags[expected] = 0;
      assert_int_equal (ready_has (&set, number), flags[number]);
    }
  ready_empty (&set);
  assert_true (ready_is_empty (&set));
  ready_clear (&set);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (an_empty_set_gives_nothing),
    cmocka_unit_test (members_come_out_in_order_from_both_ends),
    cmocka_unit_test (it_behaves_like_an_array_of_flags),
  };

  return cmocka_run_group_tests_name ("ready", tests, NULL, NULL);
}
