/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

#include "executors/commands/command_scratch.h"

typedef struct
{
  char *folder;
  char *variable;
  const char *environment[3];
} Fixture;

static int
setup (void **state)
{
  Fixture *fixture = g_new0 (Fixture, 1);

  fixture->folder = g_dir_make_tmp ("backflow-scratch-XXXXXX", NULL);
  assert_non_null (fixture->folder);
  fixture->variable = g_strconcat ("TMPDIR=", fixture->folder, NULL);
  fixture->environment[0] = "A=1";
  fixture->environment[1] = fixture->variable;
  *state = fixture;
  return 0;
}

/* Nothing is left. */
static int
teardown (void **state)
{
  Fixture *fixture = *state;

  assert_int_equal (g_rmdir (fixture->folder), 0);
  g_free (fixture->variable);
  g_free (fixture->folder);
  g_free (fixture);
  return 0;
}

static void
paths_are_new_ones_in_a_private_folder (void **state)
{
  const Fixture *fixture = *state;
  g_autoptr (CommandScratch) scratch = command_scratch_new ();
  g_autofree char *one = command_scratch_dup_path (scratch, fixture->environment, NULL);
  g_autofree char *two = command_scratch_dup_path (scratch, fixture->environment, NULL);
  g_autofree char *folder = g_path_get_dirname (one);
  struct stat about;

  assert_true (g_str_has_prefix (one, fixture->folder));
  assert_string_not_equal (one, two);
  assert_false (g_file_test (one, G_FILE_TEST_EXISTS));
  assert_int_equal (g_stat (folder, &about), 0);
  assert_int_equal (about.st_mode & 07777, 0700);
}

static void
what_commands_left_is_removed (void **state)
{
  const Fixture *fixture = *state;
  CommandScratch *scratch = command_scratch_new ();
  g_autofree char *one = command_scratch_dup_path (scratch, fixture->environment, NULL);
  g_autofree char *two = command_scratch_dup_path (scratch, fixture->environment, NULL);
  g_autofree char *inner = g_build_filename (two, "file", NULL);

  assert_true (g_file_set_contents (one, "x", 1, NULL));
  assert_int_equal (g_mkdir (two, 0700), 0);
  assert_true (g_file_set_contents (inner, "x", 1, NULL));
  command_scratch_free (scratch);
  assert_false (g_file_test (one, G_FILE_TEST_EXISTS));
  assert_false (g_file_test (two, G_FILE_TEST_EXISTS));
}

static void
it_is_empty_until_a_command_writes (void **state)
{
  const Fixture *fixture = *state;
  g_autoptr (CommandScratch) scratch = command_scratch_new ();
  g_autofree char *one = NULL;

  assert_true (command_scratch_is_empty (scratch));
  one = command_scratch_dup_path (scratch, fixture->environment, NULL);
  assert_true (command_scratch_is_empty (scratch));
  assert_true (g_file_set_contents (one, "", 0, NULL));
  assert_false (command_scratch_is_empty (scratch));
  assert_int_equal (g_unlink (one), 0);
  assert_true (command_scratch_is_empty (scratch));
}

static void
a_folder_that_somebody_removed_is_made_again (void **state)
{
  const Fixture *fixture = *state;
  g_autoptr (CommandScratch) scratch = command_scratch_new ();
  g_autofree char *one = command_scratch_dup_path (scratch, fixture->environment, NULL);
  g_autofree char *folder = g_path_get_dirname (one);
  g_autofree char *two = NULL;

  assert_int_equal (g_rmdir (folder), 0);
  two = command_scratch_dup_path (scratch, fixture->environment, NULL);
  assert_true (g_file_set_contents (two, "x", 1, NULL));
}

static void
no_place_is_an_error (void **state)
{
  const char *const environment[] = { "TMPDIR=/nonexistent/place", NULL };
  g_autoptr (CommandScratch) scratch = command_scratch_new ();
  g_autoptr (GError) error = NULL;

  (void) state;
  assert_null (command_scratch_dup_path (scratch, environment, &error));
  assert_true (g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT));
}

/* As mail folders once were: whoever knows a name may use it. */
static void
a_place_that_can_not_be_listed_will_do (void **state)
{
  const Fixture *fixture = *state;
  CommandScratch *scratch = command_scratch_new ();
  g_autofree char *one = NULL;

  assert_int_equal (g_chmod (fixture->folder, 0300), 0);
  one = command_scratch_dup_path (scratch, fixture->environment, NULL);
  assert_non_null (one);
  assert_true (g_file_set_contents (one, "x", 1, NULL));
  command_scratch_free (scratch);
  assert_int_equal (g_chmod (fixture->folder, 0700), 0);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown (paths_are_new_ones_in_a_private_folder, setup, teardown),
    cmocka_unit_test_setup_teardown (what_commands_left_is_removed, setup, teardown),
    cmocka_unit_test_setup_teardown (it_is_empty_until_a_command_writes, setup, teardown),
    cmocka_unit_test_setup_teardown (a_folder_that_somebody_removed_is_made_again, setup, teardown),
    cmocka_unit_test_setup_teardown (no_place_is_an_error, setup, teardown),
    cmocka_unit_test_setup_teardown (a_place_that_can_not_be_listed_will_do, setup, teardown),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
