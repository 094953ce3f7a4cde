/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE

#include "executors/children/child_lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib/gstdio.h>

#include "tests/executors/children/child_fixture.h"

/* Writes a file of the folder with the given mode. */
static char *
write_file (const ChildFixture *fixture, const char *name, const char *text, mode_t mode)
{
  char *path = child_fixture_place (fixture, name);

  assert_true (g_file_set_contents (path, text, -1, NULL));
  assert_int_equal (chmod (path, mode), 0);
  return path;
}

/* Spawns `name` and expects that to fail with `code` and a message that has `fragment`. */
static void
assert_refused (const ChildSpec *spec, const char *name, ChildError code, const char *fragment)
{
  const char *argv[] = { name, NULL };
  ChildSpec refused = *spec;
  g_autoptr (GError) error = NULL;

  refused.argv = argv;
  assert_null (child_spawn (&refused, &error));
  assert_non_null (error);
  assert_int_equal (error->domain, CHILD_ERROR);
  if (error->code != (int) code || strstr (error->message, fragment) == NULL)
    fail_msg ("code %d, message: %s", error->code, error->message);
}

static void
assert_says (const ChildSpec *spec, const char *name, const char *expected)
{
  const char *argv[] = { name, NULL };
  ChildSpec accepted = *spec;
  g_autoptr (GError) error = NULL;
  g_autoptr (Child) child = NULL;
  gsize size;

  accepted.argv = argv;
  child = child_spawn (&accepted, &error);
  if (child == NULL)
    fail_msg ("%s", error->message);
  assert_int_equal (child_fixture_finish (child)->exit_status, 0);
  assert_string_equal (output_get_stdout (child_get_output (child), &size), expected);
}

/* -- Finding ------------------------------------------------------------------------------------
 */

static void
an_absent_command_is_named_with_the_path_that_was_searched (void **state)
{
  const ChildFixture *fixture = *state;

  assert_refused (&fixture->spec, "no-such-command", CHILD_ERROR_NOT_FOUND,
                  "command \"no-such-command\" was not found in PATH \"/usr/bin:/bin\"");
  assert_refused (&fixture->spec, "/no/such/command", CHILD_ERROR_NOT_FOUND, "/no/such/command");
  assert_refused (&fixture->spec, "/dev/null/command", CHILD_ERROR_NOT_FOUND, "Not a directory");
}

static void
the_path_is_that_of_the_environment_of_the_child (void **state)
{
  ChildFixture *fixture = *state;
  g_autofree char *path = g_strdup_printf ("PATH=/nowhere:%s:/bin", fixture->folder);

  g_free (write_file (fixture, "mine", "#!/bin/sh\necho found\n", 0755));
  assert_refused (&fixture->spec, "mine", CHILD_ERROR_NOT_FOUND, "mine");
  fixture->environment[0] = path;
  assert_says (&fixture->spec, "mine", "found\n");
}

static void
without_a_path_the_usual_folders_are_searched (void **state)
{
  ChildFixture *fixture = *state;

  fixture->environment[0] = "HOME=/";
  assert_says (&fixture->spec, "true", "");
  assert_refused (&fixture->spec, "no-such-command", CHILD_ERROR_NOT_FOUND, "/bin:/usr/bin");
}

static void
relative_paths_are_meant_from_the_folder_of_the_child (void **state)
{
  ChildFixture *fixture = *state;

  g_free (write_file (fixture, "mine", "#!/bin/sh\necho found\n", 0755));
  fixture->spec.cwd = fixture->folder;
  assert_says (&fixture->spec, "./mine", "found\n");
  assert_refused (&fixture->spec, "mine", CHILD_ERROR_NOT_FOUND, "mine");
  fixture->environment[0] = "PATH=/nowhere::/bin";
  assert_says (&fixture->spec, "mine", "found\n");
  fixture->environment[0] = "PATH=.";
  assert_says (&fixture->spec, "mine", "found\n");
}

static void
the_search_passes_over_what_cannot_be_executed (void **state)
{
  ChildFixture *fixture = *state;
  g_autofree char *plain = write_file (fixture, "true", "no program\n", 0644);
  g_autofree char *path = g_strdup_printf ("PATH=%s:/bin", fixture->folder);
  g_autofree char *short_path = g_strdup_printf ("PATH=%s", fixture->folder);
  g_autofree char *folder = child_fixture_place (fixture, "folder");

  assert_int_equal (g_mkdir (folder, 0755), 0);
  fixture->environment[0] = path;
  assert_says (&fixture->spec, "true", "");
  fixture->environment[0] = short_path;
  assert_refused (&fixture->spec, "true", CHILD_ERROR_NOT_EXECUTABLE, plain);
  assert_refused (&fixture->spec, "folder", CHILD_ERROR_NOT_EXECUTABLE, folder);
}

/* -- Explaining ---------------------------------------------------------------------------------
 */

static void
a_file_that_cannot_be_run_says_what_is_wrong_with_it (void **state)
{
  static const struct
  {
    const char *text;
    mode_t mode;
    const char *fragment;
    ChildError code;
  } cases[] = {
    { "#!/bin/sh\n", 0644, "not executable", CHILD_ERROR_NOT_EXECUTABLE },
    { "echo no first line\n", 0755, "no script that begins with #!", CHILD_ERROR_NO_FORMAT },
    { "", 0755, "no program for this machine", CHILD_ERROR_NO_FORMAT },
    { "#!/nonexistent/interpreter -x\n", 0755, "its interpreter \"/nonexistent/interpreter\"",
      CHILD_ERROR_NOT_EXECUTABLE },
    { "#!  /nonexistent\n", 0755, "its interpreter \"/nonexistent\"", CHILD_ERROR_NOT_EXECUTABLE },
    { "#!/bin/sh\r\necho hello\r\n", 0755, "its interpreter \"/bin/sh\\r\"",
      CHILD_ERROR_NOT_EXECUTABLE },
    { "#!/etc/passwd\n", 0755, "its interpreter \"/etc/passwd\"", CHILD_ERROR_NOT_EXECUTABLE },
  };
  const ChildFixture *fixture = *state;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = write_file (fixture, "file", cases[i].text, cases[i].mode);

      assert_refused (&fixture->spec, path, cases[i].code, cases[i].fragment);
    }
  assert_refused (&fixture->spec, fixture->folder, CHILD_ERROR_NOT_EXECUTABLE, "a folder");
}

static void
a_link_to_nothing_is_called_that (void **state)
{
  const ChildFixture *fixture = *state;
  g_autofree char *link = child_fixture_place (fixture, "link");

  assert_int_equal (symlink ("/no/such/file", link), 0);
  assert_refused (&fixture->spec, link, CHILD_ERROR_NOT_FOUND, "a link to a file that does not");
}

static void
a_program_that_is_being_written_is_busy (void **state)
{
  const ChildFixture *fixture = *state;
  g_autofree char *path = write_file (fixture, "mine", "#!/bin/sh\necho found\n", 0755);
  int writer = g_open (path, O_WRONLY | O_CLOEXEC, 0);

  assert_refused (&fixture->spec, path, CHILD_ERROR_NOT_EXECUTABLE, "Text file busy");
  assert_true (g_close (writer, NULL));
  assert_says (&fixture->spec, path, "found\n");
}

static void
a_folder_that_cannot_be_entered_is_the_error (void **state)
{
  ChildFixture *fixture = *state;
  g_autofree char *file = write_file (fixture, "file", "", 0644);

  fixture->spec.cwd = "/no/such/folder";
  assert_refused (&fixture->spec, "true", CHILD_ERROR_CWD, "/no/such/folder");
  fixture->spec.cwd = file;
  assert_refused (&fixture->spec, "true", CHILD_ERROR_CWD, "no folder");
  fixture->spec.cwd = "";
  assert_refused (&fixture->spec, "/bin/true", CHILD_ERROR_CWD, "");
}

static void
what_cannot_be_passed_is_an_error_of_the_arguments (void **state)
{
  ChildFixture *fixture = *state;
  g_autofree char *huge = g_strnfill (2 * 1024 * 1024, 'x');
  const char *long_argv[] = { "/bin/true", huge, NULL };
  const char *no_argv[] = { NULL };
  const char *nameless[] = { "PATH=/bin", "=value", NULL };
  ChildSpec spec = fixture->spec;
  g_autoptr (GError) error = NULL;

  assert_refused (&spec, "", CHILD_ERROR_ARGUMENTS, "empty");
  spec.argv = long_argv;
  assert_null (child_spawn (&spec, &error));
  assert_true (g_error_matches (error, CHILD_ERROR, CHILD_ERROR_ARGUMENTS));
  g_clear_error (&error);
  spec.argv = no_argv;
  assert_null (child_spawn (&spec, &error));
  assert_true (g_error_matches (error, CHILD_ERROR, CHILD_ERROR_ARGUMENTS));

  spec.marker = "OTHER=marker";
  assert_refused (&spec, "true", CHILD_ERROR_ARGUMENTS, "the marker");
  spec.marker = NULL;
  spec.envp = nameless;
  assert_refused (&spec, "true", CHILD_ERROR_ARGUMENTS, "environment");
}

/* -- Resources ----------------------------------------------------------------------------------
 */

/* With ever more descriptors to spare, spawning fails as it should until it works. */
static const char *
spawn_with_few_descriptors (const ChildFixture *fixture)
{
  const char *argv[] = { "/bin/true", NULL };
  ChildSpec spec = fixture->spec;
  guint before = child_fixture_count_descriptors ();
  guint failures = 0;
  struct rlimit limit;
  int first_free = dup (STDIN_FILENO);

  close (first_free);
  spec.argv = argv;
  REQUIRE (getrlimit (RLIMIT_NOFILE, &limit) == 0);
  for (rlim_t spare = 0; spare < 10; spare++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (Child) child = NULL;
      struct rlimit low = { .rlim_cur = (rlim_t) first_free + spare, .rlim_max = limit.rlim_max };

      REQUIRE (setrlimit (RLIMIT_NOFILE, &low) == 0);
      child = child_spawn (&spec, &error);
      failures += child == NULL;
      REQUIRE (child != NULL || g_error_matches (error, CHILD_ERROR, CHILD_ERROR_RESOURCES));
      REQUIRE (child == NULL || child_wait (child, G_MAXINT64, -1) == CHILD_WAIT_ENDED);
      REQUIRE (child == NULL || child_get_outcome (child)->exit_status == 0);
      REQUIRE (setrlimit (RLIMIT_NOFILE, &limit) == 0);
      g_clear_pointer (&child, child_free);
      REQUIRE (child_fixture_count_descriptors () == before);
    }
  REQUIRE (failures >= 4 && failures < 10);
  return NULL;
}

static void
running_out_of_descriptors_is_an_error_and_leaks_none (void **state)
{
  child_fixture_isolate (spawn_with_few_descriptors, *state);
}

#define TEST(name)                                                                                 \
  cmocka_unit_test_setup_teardown (name, child_fixture_setup, child_fixture_teardown)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (an_absent_command_is_named_with_the_path_that_was_searched),
    TEST (the_path_is_that_of_the_environment_of_the_child),
    TEST (without_a_path_the_usual_folders_are_searched),
    TEST (relative_paths_are_meant_from_the_folder_of_the_child),
    TEST (the_search_passes_over_what_cannot_be_executed),
    TEST (a_file_that_cannot_be_run_says_what_is_wrong_with_it),
    TEST (a_link_to_nothing_is_called_that),
    TEST (a_program_that_is_being_written_is_busy),
    TEST (a_folder_that_cannot_be_entered_is_the_error),
    TEST (what_cannot_be_passed_is_an_error_of_the_arguments),
    TEST (running_out_of_descriptors_is_an_error_and_leaks_none),
  };

  return cmocka_run_group_tests_name ("child_lookup", tests, NULL, NULL);
}
