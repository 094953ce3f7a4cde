/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "executors/commands/environment.h"

static const char *const base[]
    = { "PATH=/bin", "HOME=/root", "A=1", "AB=2", "A=3", "EMPTY=", NULL };

/* The list in one line. */
static char *
show (const Environment *environment)
{
  return g_strjoinv (" ", (char **) (guintptr) environment_get_list (environment));
}

static void
it_begins_as_its_base (void **state)
{
  g_autoptr (Environment) environment = environment_new (base);
  g_autoptr (Environment) empty = environment_new (NULL);
  g_autofree char *shown = show (environment);

  (void) state;
  assert_string_equal (shown, "PATH=/bin HOME=/root A=1 AB=2 A=3 EMPTY=");
  assert_null (environment_get_list (empty)[0]);
  for (guint i = 0; base[i] != NULL; i++)
    assert_ptr_equal (environment_get_list (environment)[i], base[i]);
}

static void
a_set_variable_replaces_all_of_its_name (void **state)
{
  g_autoptr (Environment) environment = environment_new (base);
  g_autofree char *shown = NULL;

  (void) state;
  environment_set (environment, "A", "x=y");
  environment_set (environment, "NEW", "");
  environment_set (environment, "NEW", "z");
  shown = show (environment);
  assert_string_equal (shown, "PATH=/bin HOME=/root A=x=y AB=2 EMPTY= NEW=z");
}

static void
an_unset_variable_is_gone (void **state)
{
  g_autoptr (Environment) environment = environment_new (base);
  g_autofree char *shown = NULL;

  (void) state;
  environment_unset (environment, "A");
  environment_unset (environment, "EMPTY");
  environment_unset (environment, "MISSING");
  environment_set (environment, "LAST", "1");
  environment_unset (environment, "LAST");
  shown = show (environment);
  assert_string_equal (shown, "PATH=/bin HOME=/root AB=2");
}

static void
values_are_found_by_the_whole_name (void **state)
{
  g_autoptr (Environment) environment = environment_new (base);

  (void) state;
  assert_string_equal (environment_find (environment, "A", 1), "1");
  assert_string_equal (environment_find (environment, "ABC", 2), "2");
  assert_string_equal (environment_find (environment, "EMPTY", 5), "");
  assert_null (environment_find (environment, "B", 1));
  assert_null (environment_find (environment, "PAT", 3));
}

static void
what_the_kernel_would_refuse_is_named (void **state)
{
  g_autoptr (Environment) environment = environment_new (base);
  g_autofree char *fits = g_strnfill (ENVIRONMENT_MAX_BYTES - strlen ("BIG="), 'x');
  g_autofree char *too_long = g_strnfill (ENVIRONMENT_MAX_BYTES - strlen ("BIG=") + 1, 'x');

  (void) state;
  environment_set (environment, "BIG", fits);
  assert_null (environment_get_oversized (environment));
  environment_set (environment, "BIG", too_long);
  assert_string_equal (environment_get_oversized (environment), "BIG");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (it_begins_as_its_base),
    cmocka_unit_test (a_set_variable_replaces_all_of_its_name),
    cmocka_unit_test (an_unset_variable_is_gone),
    cmocka_unit_test (values_are_found_by_the_whole_name),
    cmocka_unit_test (what_the_kernel_would_refuse_is_named),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
