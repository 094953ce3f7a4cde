/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/core/transitions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static guint
find_name (const char *const *names, guint count, const char *name)
{
  for (guint i = 0; i < count; i++)
    if (strcmp (names[i], name) == 0)
      return i;
  fail_msg ("'%s' is no name of the machine", name);
  return count;
}

static void
every_row_is_in_the_look_up (void **unused)
{
  guint count;
  const TransitionTable *tables = transitions_list (&count);

  (void) unused;
  assert_int_equal (count, 5);
  for (guint t = 0; t < count; t++)
    for (guint i = 0; i < tables[t].n_rows; i++)
      {
        const TransitionRow *row = &tables[t].rows[i];
        guint from = find_name (tables[t].states, tables[t].n_states, row->from);
        guint on = find_name (tables[t].events, tables[t].n_events, row->on);

        assert_int_equal (tables[t].next[from * tables[t].n_events + on],
                          find_name (tables[t].states, tables[t].n_states, row->to) + 1);
        assert_true (strlen (row->because) > 10);
      }
}

static void
a_pair_without_a_row_has_no_next_state (void **unused)
{
  guint count;
  const TransitionTable *tables = transitions_list (&count);

  (void) unused;
  for (guint t = 0; t < count; t++)
    {
      guint n_moves = 0;

      for (guint pair = 0; pair < tables[t].n_states * tables[t].n_events; pair++)
        n_moves += tables[t].next[pair] != 0;
      assert_int_equal (n_moves, tables[t].n_rows);
    }
}

static void
no_pair_has_two_rows (void **unused)
{
  guint count;
  const TransitionTable *tables = transitions_list (&count);

  (void) unused;
  for (guint t = 0; t < count; t++)
    for (guint i = 0; i < tables[t].n_rows; i++)
      for (guint j = 0; j < i; j++)
        assert_false (strcmp (tables[t].rows[i].from, tables[t].rows[j].from) == 0
                      && strcmp (tables[t].rows[i].on, tables[t].rows[j].on) == 0);
}

static void
the_automaton_is_that_of_taskflow (void **unused)
{
  static const char *const rows[]
      = { "UNDEFINED RESUMING",   "RESUMING SCHEDULING", "SCHEDULING WAITING",  "WAITING ANALYZING",
          "ANALYZING SCHEDULING", "ANALYZING WAITING",   "ANALYZING GAME_OVER", "GAME_OVER SUCCESS",
          "GAME_OVER FAILURE",    "GAME_OVER REVERTED",  "GAME_OVER SUSPENDED" };
  /* What TaskFlow does by making another engine. */
  static const char *const others[] = { "SUSPENDED RESUMING",  "UNDEFINED UNDEFINED",
                                        "SUSPENDED UNDEFINED", "FAILURE UNDEFINED",
                                        "SUCCESS UNDEFINED",   "UNDEFINED UNDEFINED",
                                        "SUCCESS UNDEFINED",   "REVERTED UNDEFINED" };
  guint count;
  const TransitionTable *engine = &transitions_list (&count)[2];

  (void) unused;
  assert_int_equal (engine->n_rows, G_N_ELEMENTS (rows) + G_N_ELEMENTS (others));
  for (guint i = 0; i < engine->n_rows; i++)
    {
      g_autofree char *row = g_strjoin (" ", engine->rows[i].from, engine->rows[i].to, NULL);

      assert_string_equal (row,
                           i < G_N_ELEMENTS (rows) ? rows[i] : others[i - G_N_ELEMENTS (rows)]);
    }
}

static void
the_drawing_has_an_arrow_for_each_row (void **unused)
{
  guint count;
  const TransitionTable *tables = transitions_list (&count);

  (void) unused;
  for (guint t = 0; t < count; t++)
    {
      g_autofree char *dot = transitions_to_dot (&tables[t]);

      for (guint i = 0; i < tables[t].n_rows; i++)
        {
          g_autofree char *arrow
              = g_strdup_printf ("  %s -> %s [label=\"%s\"];\n", tables[t].rows[i].from,
                                 tables[t].rows[i].to, tables[t].rows[i].on);

          assert_non_null (strstr (dot, arrow));
        }
    }
}

/* What docs/states.md must say: made from the tables, so that the page can't drift from them. */
static char *
write_page (void)
{
  GString *page
      = g_string_new ("# States\n\nEvery move that is legal, from the tables in "
                      "`engine/core/transitions.h` and `engine/core/mode_transitions.h`; all "
                      "others are refused.\n"
                      "`tests/engine/core/test_transitions.c` compares this page with "
                      "the tables and prints what it should be.\n");
  guint count;
  const TransitionTable *tables = transitions_list (&count);

  for (guint t = 0; t < count; t++)
    {
      g_string_append_printf (
          page, "\n## %s\n\n| from | on | to | because |\n| --- | --- | --- | --- |\n",
          tables[t].name);
      for (guint i = 0; i < tables[t].n_rows; i++)
        g_string_append_printf (page, "| %s | %s | %s | %s |\n", tables[t].rows[i].from,
                                tables[t].rows[i].on, tables[t].rows[i].to,
                                tables[t].rows[i].because);
    }
  return g_string_free (page, FALSE);
}

static void
the_page_of_states_says_what_the_tables_say (void **unused)
{
  g_autofree char *path = g_build_filename (g_getenv ("G_TEST_SRCDIR"), "docs", "states.md", NULL);
  g_autofree char *wanted = write_page ();
  g_autofree char *found = NULL;

  (void) unused;
  assert_true (g_file_get_contents (path, &found, NULL, NULL));
  if (strcmp (found, wanted) != 0)
    {
      fprintf (stderr, "docs/states.md should be:\n%s", wanted);
      fail ();
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (every_row_is_in_the_look_up),
    cmocka_unit_test (a_pair_without_a_row_has_no_next_state),
    cmocka_unit_test (no_pair_has_two_rows),
    cmocka_unit_test (the_automaton_is_that_of_taskflow),
    cmocka_unit_test (the_drawing_has_an_arrow_for_each_row),
    cmocka_unit_test (the_page_of_states_says_what_the_tables_say),
  };

  return cmocka_run_group_tests_name ("transitions", tests, NULL, NULL);
}
