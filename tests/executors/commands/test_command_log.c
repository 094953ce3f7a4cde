/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "executors/commands/command_log.h"

static char *
get_path (const char *name, CommandRole role, guint number)
{
  const AttemptRun run = { .log_dir = "/logs" };
  g_autoptr (Atom) command = command_new (name);
  Attempt attempt = { .atom = command, .run = &run, .number = number, .node = 17 };

  return command_log_dup_path (&attempt, role);
}

static void
the_path_names_atom_role_and_number (void **state)
{
  static const struct
  {
    const char *name;
    CommandRole role;
    const char *path;
  } cases[] = {
    { "make-root", COMMAND_EXECUTE, "/logs/make-root.execute.2.log" },
    { "a_b.c", COMMAND_REVERT, "/logs/a_b.c.revert.2.log" },
    { "x", COMMAND_PROBE, "/logs/x.probe.2.log" },
    { "../a b/\xc3\xbc%.x", COMMAND_EXECUTE, "/logs/%2E.%2Fa%20b%2F%C3%BC%25.x.execute.2.log" },
    { ".", COMMAND_EXECUTE, "/logs/%2E.execute.2.log" },
    { "a\nb", COMMAND_EXECUTE, "/logs/a%0Ab.execute.2.log" },
  };

  (void) state;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = get_path (cases[i].name, cases[i].role, 2);

      assert_string_equal (path, cases[i].path);
    }
}

static void
a_long_name_is_cut_and_stays_unique (void **state)
{
  g_autofree char *name = g_strnfill (1000, '/');
  g_autofree char *path = get_path (name, COMMAND_EXECUTE, G_MAXUINT);

  (void) state;
  assert_true (g_str_has_suffix (path, "~17.execute.4294967295.log"));
  assert_in_range (strlen (path) - strlen ("/logs/"), 100, 255);
}

static void
a_run_without_logs_has_no_path (void **state)
{
  const AttemptRun run = { .log_dir = NULL };
  g_autoptr (Atom) command = command_new ("one");
  const Attempt attempt = { .atom = command, .run = &run, .number = 1 };

  (void) state;
  assert_null (command_log_dup_path (&attempt, COMMAND_EXECUTE));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (the_path_names_atom_role_and_number),
    cmocka_unit_test (a_long_name_is_cut_and_stays_unique),
    cmocka_unit_test (a_run_without_logs_has_no_path),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
