/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <backflow/diagnostics/spelling.h>

static void
distance_counts_edits_and_swaps (void **state)
{
  static const struct
  {
    const char *a;
    const char *b;
    guint distance;
  } cases[] = {
    { "", "", 0 },
    { "", "abc", 3 },
    { "requires", "requires", 0 },
    { "requires", "require", 1 },
    { "requires", "requries", 1 },
    { "ab", "ba", 1 },
    { "ca", "abc", 3 }, /* 2 if a swapped pair could be edited again */
    { "max_delay", "Max-Delay", 0 },
    { "kitten", "sitting", 3 },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      assert_int_equal (spelling_get_distance (cases[i].a, cases[i].b, 9), cases[i].distance);
      assert_int_equal (spelling_get_distance (cases[i].b, cases[i].a, 9), cases[i].distance);
    }
}

static void
distance_stops_at_its_limit (void **state)
{
  char name[SPELLING_LENGTH_MAX + 2];

  (void) state;
  assert_int_equal (spelling_get_distance ("kitten", "sitting", 2), 3);
  assert_int_equal (spelling_get_distance ("aaaaaa", "bbbbbb", 2), 3);
  assert_int_equal (spelling_get_distance ("a", "aaaaaa", 2), 3);
  assert_int_equal (spelling_get_distance ("kitten", "sitting", 3), 3);
  memset (name, 'x', sizeof name - 1);
  name[sizeof name - 1] = '\0';
  assert_int_equal (spelling_get_distance (name, name, 5), 6);
  name[SPELLING_LENGTH_MAX] = '\0';
  assert_int_equal (spelling_get_distance (name, name, 5), 0);
}

static void
nearest_is_found_only_when_it_is_near (void **state)
{
  static const char *const keys[]
      = { "task", "run", NULL, "revert", "requires", "revert-requires", "rebind", "env", "with" };
  static const struct
  {
    const char *name;
    const char *nearest;
  } cases[] = {
    { "requries", "requires" },
    { "revert_requires", "revert-requires" },
    { "Task", "task" },
    { "rn", "run" },
    { "evn", "env" },
    { "r", NULL },
    { "zzz", NULL },
    { "", NULL },
    { "volume", NULL },
    { "run", "run" },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *nearest = spelling_find_nearest (cases[i].name, keys, G_N_ELEMENTS (keys));

      if (cases[i].nearest == NULL)
        assert_null (nearest);
      else
        assert_string_equal (nearest, cases[i].nearest);
    }
}

static void
nearest_prefers_fewer_edits_then_the_first (void **state)
{
  static const char *const names[] = { "volumes", "volume", "volums", "volumn" };

  (void) state;
  assert_ptr_equal (spelling_find_nearest ("volumx", names, G_N_ELEMENTS (names)), names[1]);
  assert_ptr_equal (spelling_find_nearest ("volumns", names, G_N_ELEMENTS (names)), names[0]);
  assert_null (spelling_find_nearest ("volume", NULL, 0));
}

/* The whole table of distances, without a limit. */
static guint
measure_plainly (const char *a, const char *b)
{
  guint table[16][16] = { { 0 } };
  gsize n = strlen (a);
  gsize m = strlen (b);

  for (gsize i = 0; i <= n; i++)
    for (gsize j = 0; j <= m; j++)
      {
        if (i == 0 || j == 0)
          {
            table[i][j] = (guint) (i + j);
            continue;
          }
        table[i][j] = MIN (table[i - 1][j - 1] + (a[i - 1] != b[j - 1]),
                           MIN (table[i - 1][j], table[i][j - 1]) + 1);
        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
          table[i][j] = MIN (table[i][j], table[i - 2][j - 2] + 1);
      }
  return table[n][m];
}

static void
make_name (GRand *rand, char *name)
{
  gint length = g_rand_int_range (rand, 0, 12);

  for (gint i = 0; i < length; i++)
    name[i] = (char) ('a' + g_rand_int_range (rand, 0, 3));
  name[length] = '\0';
}

static void
distance_is_that_of_the_whole_table (void **state)
{
  GRand *rand = g_rand_new_with_seed (20261201);

  (void) state;
  for (guint i = 0; i < 20000; i++)
    {
      char a[16];
      char b[16];
      guint limit = (guint) g_rand_int_range (rand, 0, 8);

      make_name (rand, a);
      make_name (rand, b);
      assert_int_equal (spelling_get_distance (a, b, limit),
                        MIN (measure_plainly (a, b), limit + 1));
    }
  g_rand_free (rand);
}

static void
a_budget_bounds_searches (void **state)
{
  static const char *const names[] = { "volume", "network", "machine" };
  SpellingBudget budget = SPELLING_BUDGET_FULL;
  guint n_found = 0;

  (void) state;
  while (n_found < 10000000
         && spelling_find_nearest_within ("volum", names, G_N_ELEMENTS (names), &budget) != NULL)
    n_found++;
  assert_in_range (n_found, 1000, 9999999);
  budget.left = 2;
  assert_null (spelling_find_nearest_within ("volum", names, G_N_ELEMENTS (names), &budget));
  budget = SPELLING_BUDGET_FULL;
  assert_string_equal (
      spelling_find_nearest_within ("netwrok", names, G_N_ELEMENTS (names), &budget), "network");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (distance_counts_edits_and_swaps),
    cmocka_unit_test (distance_stops_at_its_limit),
    cmocka_unit_test (distance_is_that_of_the_whole_table),
    cmocka_unit_test (a_budget_bounds_searches),
    cmocka_unit_test (nearest_is_found_only_when_it_is_near),
    cmocka_unit_test (nearest_prefers_fewer_edits_then_the_first),
  };

  return cmocka_run_group_tests_name ("spelling", tests, NULL, NULL);
}
