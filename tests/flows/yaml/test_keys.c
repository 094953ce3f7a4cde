/* SPDX-License-Identifier: Apache-2.0 */

/* The tables of keys against the manual page: every key is described there, and every key that is
 * described there is read. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flows/yaml/flow_reader.h"
#include "flows/yaml/input_reader.h"
#include "flows/yaml/link_reader.h"
#include "flows/yaml/retry_reader.h"
#include "flows/yaml/task_draft.h"

static const KeyTable *const tables[]
    = { &file_key_table,  &nested_key_table, &task_key_table,     &link_key_table,
        &input_key_table, &retry_key_table,  &for_each_key_table, &revert_retry_key_table };

static char *
read_manual (void)
{
  const char *top = g_getenv ("G_TEST_SRCDIR");
  g_autofree char *path
      = g_build_filename (top == NULL ? "." : top, "docs", "backflow-flow.5", NULL);
  char *text = NULL;

  assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return text;
}

/* Whether some table has the key. */
static gboolean
is_key (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (tables); i++)
    for (guint j = 0; j < tables[i]->n_keys; j++)
      if (strcmp (tables[i]->keys[j].name, name) == 0)
        return TRUE;
  return FALSE;
}

static void
every_key_is_in_the_manual (void **state)
{
  g_autofree char *manual = read_manual ();

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (tables); i++)
    for (guint j = 0; j < tables[i]->n_keys; j++)
      {
        const char *name = tables[i]->keys[j].name;
        g_autofree char *pattern = g_strdup_printf ("^\\.(It )?Cm ([a-z,: -]+ )?%s( |$|:)", name);

        if (!g_regex_match_simple (pattern, manual, G_REGEX_MULTILINE, 0))
          fail_msg ("the manual does not say what '%s' of %s means", name, tables[i]->object);
      }
}

/* The items of the sections on flows and tasks are keys, one or several of them with commas
 * between. */
static void
every_key_of_the_manual_is_read (void **state)
{
  g_autofree char *manual = read_manual ();
  char *start = strstr (manual, ".Sh FLOW\n");
  char *end = strstr (manual, ".Sh COMMANDS\n");
  g_auto (GStrv) lines = NULL;
  guint n_items = 0;

  (void) state;
  assert_non_null (start);
  assert_non_null (end);
  *end = '\0';
  lines = g_strsplit (start, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) names = NULL;

      if (!g_str_has_prefix (lines[i], ".It Cm "))
        continue;
      n_items++;
      names = g_strsplit (lines[i] + strlen (".It Cm "), " , ", -1);
      for (guint j = 0; names[j] != NULL; j++)
        if (!is_key (names[j]))
          fail_msg ("the manual describes '%s', which is not read", names[j]);
    }
  assert_true (n_items > 20);
}

static void
tables_are_complete_and_without_repetition (void **state)
{
  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (tables); i++)
    {
      assert_true (tables[i]->n_keys <= KEYS_MAX);
      for (guint j = 0; j < tables[i]->n_keys; j++)
        {
          const Key *key = &tables[i]->keys[j];

          assert_true (strlen (key->name) > 1 && strlen (key->shape) > 1
                       && strlen (key->meaning) > 1);
          for (guint k = 0; k < j; k++)
            assert_string_not_equal (tables[i]->keys[k].name, key->name);
        }
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (every_key_is_in_the_manual),
    cmocka_unit_test (every_key_of_the_manual_is_read),
    cmocka_unit_test (tables_are_complete_and_without_repetition),
  };

  return cmocka_run_group_tests_name ("keys", tests, NULL, NULL);
}
