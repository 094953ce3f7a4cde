/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <backflow/atoms/step.h>
#include <backflow/values/value.h>

#include "tests/atoms/atom_fixture.h"
#include "tests/atoms/steps/faults.h"

#define CHANGES_MAX 100

/* A folder, and a step that makes directories in it. */
typedef struct
{
  char *folder;
  char *path;
  AtomFixture fixture;
} Scene;

static void
scene_init (Scene *scene, const char *path, const char *mode, gboolean parents)
{
  GVariantBuilder options;
  Atom *task;

  memset (scene, 0, sizeof *scene);
  scene->folder = folder_new ();
  scene->path = g_build_filename (scene->folder, path, NULL);
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "path", g_variant_new_string ("{path}"));
  g_variant_builder_add (&options, "{sv}", "parents", g_variant_new_boolean (parents));
  if (mode != NULL)
    g_variant_builder_add (&options, "{sv}", "mode", g_variant_new_string (mode));
  task = step_new_task ("make", "dir.create", g_variant_builder_end (&options), NULL);
  atom_require (task, "path");
  atom_fixture_init (&scene->fixture, task, ATOM_ACTION_EXECUTE);
  atom_fixture_set (&scene->fixture, "path", g_variant_new_string (scene->path));
}

static void
scene_clear (Scene *scene)
{
  faults_disarm ();
  atom_fixture_clear (&scene->fixture);
  g_free (scene->path);
  folder_free (scene->folder);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Scene, scene_clear)

static void
run (Scene *scene, AttemptOutcome expected)
{
  AttemptOutcome outcome = atom_fixture_run (&scene->fixture);

  if (outcome != expected)
    fail_msg ("outcome %d: %s", (int) outcome, atom_fixture_get_message (&scene->fixture));
}

static void
run_next (Scene *scene, AtomAction action, AttemptOutcome expected)
{
  atom_fixture_next (&scene->fixture, action);
  run (scene, expected);
}

static void
run_after_crash (Scene *scene, AtomAction action, AttemptOutcome expected)
{
  atom_fixture_crash (&scene->fixture, action);
  run (scene, expected);
}

static gboolean
is_dir (const char *path)
{
  return g_file_test (path, G_FILE_TEST_IS_DIR);
}

static guint
count_created (const Scene *scene)
{
  g_autoptr (GVariant) created = value_find_key (scene->fixture.attempt.result, "created");

  return (guint) g_variant_n_children (created);
}

static void
assert_failed (const Scene *scene, const char *message)
{
  if (strstr (atom_fixture_get_message (&scene->fixture), message) == NULL)
    fail_msg ("%s", atom_fixture_get_message (&scene->fixture));
}

/* -- Executing and reverting ------------------------------------------------------------------ */

static void
a_directory_is_made_empty_and_removed_again (void **state)
{
  g_auto (Scene) scene = { 0 };
  g_autoptr (GVariant) path = NULL;

  (void) state;
  scene_init (&scene, "a", NULL, FALSE);
  run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  assert_true (is_dir (scene.path));
  assert_int_equal (folder_count_entries (scene.path), 0);
  assert_int_equal (count_created (&scene), 1);
  path = value_find_key (scene.fixture.attempt.result, "path");
  assert_string_equal (g_variant_get_string (path, NULL), scene.path);
  run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (folder_count_entries (scene.folder), 0);
}

static void
a_directory_that_is_there_is_left_as_it_is (void **state)
{
  g_auto (Scene) scene = { 0 };
  struct stat info;

  (void) state;
  scene_init (&scene, "a", "0755", TRUE);
  assert_int_equal (mkdir (scene.path, 0700), 0);
  run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (count_created (&scene), 0);
  assert_int_equal (stat (scene.path, &info), 0);
  assert_int_equal (info.st_mode & 07777, 0700);
  run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
  assert_true (is_dir (scene.path));
  assert_int_equal (folder_count_entries (scene.folder), 1);
}

static void
directories_above_are_made_when_asked_for (void **state)
{
  g_auto (Scene) scene = { 0 };
  g_autofree char *first = NULL;

  (void) state;
  scene_init (&scene, "a/b/c", NULL, TRUE);
  first = g_build_filename (scene.folder, "a", NULL);
  assert_int_equal (mkdir (first, 0700), 0);
  run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  assert_true (is_dir (scene.path));
  assert_int_equal (count_created (&scene), 2);
  run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
  assert_true (is_dir (first));
  assert_int_equal (folder_count_entries (first), 0);
}

static void
directories_above_are_not_made_otherwise (void **state)
{
  g_auto (Scene) scene = { 0 };

  (void) state;
  scene_init (&scene, "a/b", NULL, FALSE);
  run (&scene, ATTEMPT_OUTCOME_FAILURE);
  assert_failed (&scene, "/a' (with `parents: true` it is made too)");
  assert_int_equal (folder_count_entries (scene.folder), 0);
}

static void
the_mode_is_that_of_the_last_directory (void **state)
{
  g_auto (Scene) scene = { 0 };
  struct stat info;

  (void) state;
  scene_init (&scene, "a/b", "0711", TRUE);
  run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (stat (scene.path, &info), 0);
  assert_int_equal (info.st_mode & 07777, 0711);
}

static void
paths_are_resolved_before_anything_is_made (void **state)
{
  static const char *const paths[] = { "x/", "./x", "y/../x", "link/x/.", "x//" };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_auto (Scene) scene = { 0 };
      g_autofree char *expected = NULL;
      g_autofree char *other = NULL;
      g_autofree char *link = NULL;
      g_autofree char *given = NULL;
      g_autoptr (GVariant) path = NULL;

      scene_init (&scene, "", NULL, FALSE);
      expected = g_build_filename (scene.folder, "x", NULL);
      other = g_build_filename (scene.folder, "y", NULL);
      link = g_build_filename (scene.folder, "link", NULL);
      given = g_strdup_printf ("%s/%s", scene.folder, paths[i]);
      assert_int_equal (mkdir (other, 0700), 0);
      assert_int_equal (symlink (".", link), 0);
      atom_fixture_set (&scene.fixture, "path", g_variant_new_string (given));
      run (&scene, ATTEMPT_OUTCOME_SUCCESS);
      path = value_find_key (scene.fixture.attempt.result, "path");
      assert_string_equal (g_variant_get_string (path, NULL), expected);
      run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
      assert_int_equal (folder_count_entries (scene.folder), 2);
    }
}

static void
a_step_without_revert_keeps_nothing (void **state)
{
  g_auto (Scene) scene = { 0 };

  (void) state;
  scene_init (&scene, "a", NULL, FALSE);
  step_clear_revert (scene.fixture.atom);
  run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (folder_count_entries (scene.folder), 1);
}

/* -- What is in the way ----------------------------------------------------------------------- */

static void
a_directory_that_is_not_empty_is_left_and_its_content_named (void **state)
{
  g_auto (Scene) scene = { 0 };
  g_autofree char *file = NULL;

  (void) state;
  scene_init (&scene, "a/b", NULL, TRUE);
  run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  file = g_build_filename (scene.path, "mine", NULL);
  assert_true (g_file_set_contents (file, "x", 1, NULL));
  run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_FAILURE);
  assert_failed (&scene, "which holds 'mine'");
  assert_true (g_file_test (file, G_FILE_TEST_EXISTS));
  assert_int_equal (unlink (file), 0);
  run_after_crash (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (folder_count_entries (scene.folder), 0);
}

static void
many_entries_are_counted (void **state)
{
  g_auto (Scene) scene = { 0 };

  (void) state;
  scene_init (&scene, "a", NULL, TRUE);
  run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  for (int i = 0; i < 5; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/%d", scene.path, i);

      assert_int_equal (mkdir (path, 0700), 0);
    }
  run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_FAILURE);
  assert_failed (&scene, "' and 2 more: ");
}

static void
what_cannot_be_made_is_told (void **state)
{
  static const struct
  {
    const char *path;
    const char *message;
  } cases[] = {
    { "/dev/null", "Not a directory" },
    { "/dev/null/x", "Not a directory" },
    { "/proc/backflow", "/proc/.backflow.backflow-" },
    { "", "the path is empty" },
    { "/nowhere/../x", "goes up with '..'" },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Scene) scene = { 0 };

      scene_init (&scene, "", NULL, TRUE);
      atom_fixture_set (&scene.fixture, "path", g_variant_new_string (cases[i].path));
      run (&scene, ATTEMPT_OUTCOME_FAILURE);
      assert_failed (&scene, cases[i].message);
      assert_string_equal (atom_fixture_get_domain (&scene.fixture), "g-file-error-quark");
    }
}

static void
the_root_is_there (void **state)
{
  g_auto (Scene) scene = { 0 };

  (void) state;
  scene_init (&scene, "", NULL, TRUE);
  atom_fixture_set (&scene.fixture, "path", g_variant_new_string ("/"));
  run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (count_created (&scene), 0);
}

static void
a_directory_that_others_made_in_the_same_moment_is_theirs (void **state)
{
  g_auto (Scene) scene = { 0 };
  g_autofree char *theirs = NULL;

  (void) state;
  scene_init (&scene, "a/b", NULL, TRUE);
  theirs = g_build_filename (scene.folder, "a", NULL);
  faults_set_rival ();
  run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (count_created (&scene), 1);
  assert_int_equal (folder_count_entries (scene.folder), 1);
  run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
  assert_true (is_dir (theirs));
  assert_int_equal (folder_count_entries (theirs), 0);
}

static void
a_directory_that_others_replaced_is_left (void **state)
{
  g_auto (Scene) scene = { 0 };

  (void) state;
  scene_init (&scene, "a", NULL, TRUE);
  run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (rmdir (scene.path), 0);
  assert_int_equal (symlink ("/", scene.path), 0);
  run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_FAILURE);
  assert_failed (&scene, "Not a directory");
}

static void
a_directory_that_others_removed_is_reverted (void **state)
{
  g_auto (Scene) scene = { 0 };

  (void) state;
  scene_init (&scene, "a/b", NULL, TRUE);
  run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (rmdir (scene.path), 0);
  run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (folder_count_entries (scene.folder), 0);
}

static void
an_absent_argument_fails_execute_and_revert (void **state)
{
  g_auto (Scene) scene = { 0 };

  (void) state;
  scene_init (&scene, "a", NULL, FALSE);
  g_clear_pointer (&scene.fixture.arguments[0], g_variant_unref);
  run (&scene, ATTEMPT_OUTCOME_FAILURE);
  assert_string_equal (atom_fixture_get_domain (&scene.fixture), "argument");
  run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_FAILURE);
  assert_string_equal (atom_fixture_get_domain (&scene.fixture), "argument");
}

/* -- Crashes ---------------------------------------------------------------------------------- */

/* Runs the attempt in a process that ends before its n-th change. FALSE when the attempt has fewer.
 */
static gboolean
crash_in_child (Scene *scene, guint n)
{
  pid_t child = fork ();
  int status;

  if (child == 0)
    {
      faults_crash_at (n);
      _exit (atom_fixture_run (&scene->fixture) == ATTEMPT_OUTCOME_SUCCESS ? 0 : 1);
    }
  assert_int_equal (waitpid (child, &status, 0), child);
  assert_true (WIFEXITED (status)
               && (WEXITSTATUS (status) == 0 || WEXITSTATUS (status) == FAULTS_CRASHED));
  return WEXITSTATUS (status) == FAULTS_CRASHED;
}

static void
killed_before_any_change_it_is_reverted (void **state)
{
  gboolean is_crashed = TRUE;

  (void) state;
  for (guint n = 1; is_crashed; n++)
    {
      g_auto (Scene) scene = { 0 };

      assert_true (n < CHANGES_MAX);
      scene_init (&scene, "a/b/c", "0700", TRUE);
      is_crashed = crash_in_child (&scene, n);
      run_after_crash (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
      assert_int_equal (folder_count_entries (scene.folder), 0);
    }
}

static void
killed_before_any_change_it_is_repeated_then_reverted (void **state)
{
  gboolean is_crashed = TRUE;

  (void) state;
  for (guint n = 1; is_crashed; n++)
    {
      g_auto (Scene) scene = { 0 };
      struct stat info;

      assert_true (n < CHANGES_MAX);
      scene_init (&scene, "a/b/c", "0700", TRUE);
      is_crashed = crash_in_child (&scene, n);
      run_after_crash (&scene, ATOM_ACTION_EXECUTE, ATTEMPT_OUTCOME_SUCCESS);
      assert_int_equal (count_created (&scene), 3);
      assert_int_equal (stat (scene.path, &info), 0);
      assert_int_equal (info.st_mode & 07777, 0700);
      run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
      assert_int_equal (folder_count_entries (scene.folder), 0);
    }
}

static void
killed_before_any_change_of_its_revert_it_is_reverted_again (void **state)
{
  gboolean is_crashed = TRUE;

  (void) state;
  for (guint n = 1; is_crashed; n++)
    {
      g_auto (Scene) scene = { 0 };

      assert_true (n < CHANGES_MAX);
      scene_init (&scene, "a/b/c", NULL, TRUE);
      run (&scene, ATTEMPT_OUTCOME_SUCCESS);
      atom_fixture_next (&scene.fixture, ATOM_ACTION_REVERT);
      is_crashed = crash_in_child (&scene, n);
      run (&scene, ATTEMPT_OUTCOME_SUCCESS);
      assert_int_equal (folder_count_entries (scene.folder), 0);
    }
}

static void
a_failed_execute_has_put_everything_right_itself (void **state)
{
  gboolean is_reached = TRUE;

  (void) state;
  for (guint n = 1; is_reached; n++)
    {
      g_auto (Scene) scene = { 0 };

      assert_true (n < CHANGES_MAX);
      scene_init (&scene, "a/b/c", "0700", TRUE);
      faults_fail_at (n);
      atom_fixture_run (&scene.fixture);
      is_reached = faults_is_reached ();
      faults_disarm ();
      if (scene.fixture.attempt.outcome == ATTEMPT_OUTCOME_FAILURE)
        assert_int_equal (folder_count_entries (scene.folder), 0);
      run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
      assert_int_equal (folder_count_entries (scene.folder), 0);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (a_directory_is_made_empty_and_removed_again),
    cmocka_unit_test (a_directory_that_is_there_is_left_as_it_is),
    cmocka_unit_test (directories_above_are_made_when_asked_for),
    cmocka_unit_test (directories_above_are_not_made_otherwise),
    cmocka_unit_test (the_mode_is_that_of_the_last_directory),
    cmocka_unit_test (paths_are_resolved_before_anything_is_made),
    cmocka_unit_test (a_step_without_revert_keeps_nothing),
    cmocka_unit_test (a_directory_that_is_not_empty_is_left_and_its_content_named),
    cmocka_unit_test (many_entries_are_counted),
    cmocka_unit_test (what_cannot_be_made_is_told),
    cmocka_unit_test (the_root_is_there),
    cmocka_unit_test (a_directory_that_others_made_in_the_same_moment_is_theirs),
    cmocka_unit_test (a_directory_that_others_replaced_is_left),
    cmocka_unit_test (a_directory_that_others_removed_is_reverted),
    cmocka_unit_test (an_absent_argument_fails_execute_and_revert),
    cmocka_unit_test (killed_before_any_change_it_is_reverted),
    cmocka_unit_test (killed_before_any_change_it_is_repeated_then_reverted),
    cmocka_unit_test (killed_before_any_change_of_its_revert_it_is_reverted_again),
    cmocka_unit_test (a_failed_execute_has_put_everything_right_itself),
  };

  return cmocka_run_group_tests_name ("dir_create", tests, NULL, NULL);
}
