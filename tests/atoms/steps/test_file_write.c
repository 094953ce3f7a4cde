/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <backflow/atoms/step.h>
#include <backflow/values/value.h>

#include "tests/atoms/steps/file_scene.h"

#define UID_NOBODY 65534
#define BINARY "former\0\xff\x01 content"

/* -- Executing and reverting ------------------------------------------------------------------ */

static void
a_new_file_is_written_and_taken_away_again (void **state)
{
  g_auto (FileScene) scene = { 0 };
  g_autoptr (GVariant) path = NULL;
  g_autoptr (GVariant) size = NULL;
  g_autoptr (GVariant) existed = NULL;

  (void) state;
  file_scene_init (&scene, NULL);
  file_scene_run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  assert_file_written (&scene);
  path = value_find_key (scene.fixture.attempt.result, "path");
  size = value_find_key (scene.fixture.attempt.result, "size");
  existed = value_find_key (scene.fixture.attempt.result, "existed");
  assert_string_equal (g_variant_get_string (path, NULL), scene.path);
  assert_int_equal (g_variant_get_int64 (size), 11);
  assert_false (g_variant_get_boolean (existed));
  file_scene_run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (folder_count_entries (scene.folder), 0);
}

static void
a_former_file_comes_back_as_the_very_same (void **state)
{
  g_auto (FileScene) scene = { 0 };
  struct stat before, during, after;

  (void) state;
  file_scene_init (&scene, NULL);
  file_put (scene.path, BINARY, sizeof BINARY);
  assert_int_equal (chmod (scene.path, 0604), 0);
  assert_int_equal (stat (scene.path, &before), 0);
  file_scene_run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  assert_file_written (&scene);
  assert_int_equal (stat (scene.path, &during), 0);
  assert_int_equal (during.st_mode, before.st_mode);
  file_scene_run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
  assert_file_content (scene.path, BINARY, sizeof BINARY);
  assert_int_equal (stat (scene.path, &after), 0);
  assert_int_equal (after.st_ino, before.st_ino);
  assert_int_equal (after.st_mode, before.st_mode);
  assert_int_equal (after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
  assert_int_equal (after.st_nlink, 1);
  assert_int_equal (folder_count_entries (scene.folder), 1);
}

static void
the_mode_is_as_given (void **state)
{
  g_auto (FileScene) scene = { 0 };
  struct stat info;

  (void) state;
  file_scene_init (&scene, "0640");
  file_put (scene.path, "x", 1);
  assert_int_equal (chmod (scene.path, 0600), 0);
  file_scene_run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (stat (scene.path, &info), 0);
  assert_int_equal (info.st_mode & 07777, 0640);
  file_scene_run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (stat (scene.path, &info), 0);
  assert_int_equal (info.st_mode & 07777, 0600);
}

static void
writing_what_is_there_already_is_reverted_too (void **state)
{
  g_auto (FileScene) scene = { 0 };
  struct stat before, after;

  (void) state;
  file_scene_init (&scene, NULL);
  file_put (scene.path, "listen 80;\n", 11);
  assert_int_equal (stat (scene.path, &before), 0);
  file_scene_run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  file_scene_run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (stat (scene.path, &after), 0);
  assert_int_equal (after.st_ino, before.st_ino);
  assert_int_equal (folder_count_entries (scene.folder), 1);
}

static void
large_content_is_written_whole (void **state)
{
  g_auto (FileScene) scene = { 0 };
  g_autofree char *large = g_strnfill (20 * 1024 * 1024 + 7, 'x');
  struct stat info;

  (void) state;
  file_scene_init (&scene, NULL);
  file_put (scene.path, large, -1);
  atom_fixture_set (&scene.fixture, "port", g_variant_new_string (large));
  file_scene_run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (stat (scene.path, &info), 0);
  assert_int_equal (info.st_size, 20 * 1024 * 1024 + 7 + 9);
  file_scene_run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (stat (scene.path, &info), 0);
  assert_int_equal (info.st_size, 20 * 1024 * 1024 + 7);
}

static void
a_step_without_revert_keeps_nothing (void **state)
{
  g_auto (FileScene) scene = { 0 };

  (void) state;
  file_scene_init (&scene, NULL);
  file_put (scene.path, "former", -1);
  step_clear_revert (scene.fixture.atom);
  file_scene_run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  assert_file_written (&scene);
  assert_int_equal (folder_count_entries (scene.folder), 1);
}

static void
two_runs_keep_what_each_of_them_found (void **state)
{
  g_auto (FileScene) scene = { 0 };

  (void) state;
  file_scene_init (&scene, NULL);
  file_put (scene.path, "first", -1);
  scene.fixture.run.key = "run-1@1";
  file_scene_run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  scene.fixture.run.key = "run-1@2";
  atom_fixture_set (&scene.fixture, "port", g_variant_new_int64 (81));
  file_scene_run_next (&scene, ATOM_ACTION_EXECUTE, ATTEMPT_OUTCOME_SUCCESS);
  assert_file_content (scene.path, "listen 81;\n", 11);
  file_scene_run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
  assert_file_written (&scene);
}

/* -- What cannot be written ------------------------------------------------------------------- */

static void
what_is_no_file_is_refused_untouched (void **state)
{
  enum
  {
    FOLDER,
    LINK,
    DANGLING,
    FIFO
  };
  static const char *const messages[]
      = { "Is a directory", "is a symbolic link", "is a symbolic link", "is no file" };

  (void) state;
  for (int kind = FOLDER; kind <= FIFO; kind++)
    {
      g_auto (FileScene) scene = { 0 };
      struct stat before, after;

      file_scene_init (&scene, NULL);
      if (kind == FOLDER)
        assert_int_equal (mkdir (scene.path, 0755), 0);
      else if (kind == FIFO)
        assert_int_equal (mkfifo (scene.path, 0644), 0);
      else
        assert_int_equal (symlink (kind == LINK ? "/etc/hostname" : "/nowhere", scene.path), 0);
      assert_int_equal (lstat (scene.path, &before), 0);
      file_scene_run (&scene, ATTEMPT_OUTCOME_FAILURE);
      assert_file_failed (&scene, messages[kind]);
      assert_string_equal (atom_fixture_get_domain (&scene.fixture), "g-file-error-quark");
      assert_int_equal (lstat (scene.path, &after), 0);
      assert_int_equal (after.st_ino, before.st_ino);
      assert_int_equal (folder_count_entries (scene.folder), 1);
      file_scene_run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
      assert_int_equal (folder_count_entries (scene.folder), 1);
    }
}

static void
places_that_cannot_be_are_refused (void **state)
{
  static const struct
  {
    const char *root;
    const char *message;
  } cases[] = {
    { "/nowhere/at/all", "No such file or directory" },
    { "/dev/null", "Not a directory" },
    { "/proc", "/proc/.site.conf.backflow-" },
    { "/nowhere/..", "goes up with '..'" },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (FileScene) scene = { 0 };

      file_scene_init (&scene, NULL);
      atom_fixture_set (&scene.fixture, "root", g_variant_new_string (cases[i].root));
      file_scene_run (&scene, ATTEMPT_OUTCOME_FAILURE);
      assert_file_failed (&scene, cases[i].message);
    }
}

static void
an_argument_that_is_absent_fails_execute_and_revert (void **state)
{
  g_auto (FileScene) scene = { 0 };

  (void) state;
  file_scene_init (&scene, NULL);
  g_clear_pointer (&scene.fixture.arguments[1], g_variant_unref);
  file_scene_run (&scene, ATTEMPT_OUTCOME_FAILURE);
  assert_string_equal (atom_fixture_get_message (&scene.fixture),
                       "option 'content': {port} has no value");
  file_scene_run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_FAILURE);
  assert_int_equal (folder_count_entries (scene.folder), 0);
}

/* Runs the scene's attempt in a child that may write files of `limit` bytes only, and returns what
 * it saw: 0 for a failure with "File too large" that left everything as it was. */
static int
run_limited (FileScene *scene, rlim_t limit, guint entries)
{
  pid_t child = fork ();
  int status = -1;

  if (child == 0)
    {
      const struct rlimit file_size = { limit, limit };
      gboolean is_right;

      signal (SIGXFSZ, SIG_IGN);
      setrlimit (RLIMIT_FSIZE, &file_size);
      is_right = atom_fixture_run (&scene->fixture) == ATTEMPT_OUTCOME_FAILURE
                 && strstr (atom_fixture_get_message (&scene->fixture), g_strerror (EFBIG)) != NULL
                 && folder_count_entries (scene->folder) == entries;
      _exit (is_right ? 0 : 1);
    }
  waitpid (child, &status, 0);
  return status;
}

static void
a_disk_that_fills_up_leaves_everything_as_it_was (void **state)
{
  (void) state;
  for (int existed = 0; existed < 2; existed++)
    {
      g_auto (FileScene) scene = { 0 };

      file_scene_init (&scene, NULL);
      if (existed)
        file_put (scene.path, "former", -1);
      atom_fixture_set (&scene.fixture, "port", g_variant_new_take_string (g_strnfill (4000, '8')));
      /* Room for the marker, then for nothing. */
      assert_int_equal (run_limited (&scene, 1000, (guint) existed), 0);
      assert_int_equal (run_limited (&scene, 0, (guint) existed), 0);
      if (existed)
        assert_file_content (scene.path, "former", 6);
    }
}

/* Runs the scene's attempt in a child that is not root, and returns what it saw: 0 for a failure
 * with "Permission denied". */
static int
run_unprivileged (FileScene *scene)
{
  pid_t child = fork ();
  int status = -1;

  if (child == 0)
    {
      if (geteuid () == 0 && setuid (UID_NOBODY) != 0)
        _exit (2);
      _exit (atom_fixture_run (&scene->fixture) == ATTEMPT_OUTCOME_FAILURE
                     && strstr (atom_fixture_get_message (&scene->fixture), g_strerror (EACCES))
                            != NULL
                 ? 0
                 : 1);
    }
  waitpid (child, &status, 0);
  return status;
}

static void
a_folder_that_may_not_be_written_is_told (void **state)
{
  g_auto (FileScene) scene = { 0 };

  (void) state;
  file_scene_init (&scene, NULL);
  file_put (scene.path, "former", -1);
  assert_int_equal (chmod (scene.folder, 0555), 0);
  assert_int_equal (run_unprivileged (&scene), 0);
  assert_int_equal (chmod (scene.folder, 0755), 0);
  assert_file_content (scene.path, "former", 6);
  assert_int_equal (folder_count_entries (scene.folder), 1);
}

static void
the_longest_name_is_written_and_reverted (void **state)
{
  g_auto (FileScene) scene = { 0 };
  g_autofree char *name = g_strnfill (255, 'n');
  g_autofree char *path = NULL;
  g_auto (AtomFixture) fixture = { 0 };
  GVariantBuilder options;

  (void) state;
  file_scene_init (&scene, NULL);
  path = g_build_filename (scene.folder, name, NULL);
  file_put (path, "former", -1);
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "path", g_variant_new_string (path));
  g_variant_builder_add (&options, "{sv}", "content", g_variant_new_string ("new"));
  atom_fixture_init (&fixture,
                     step_new_task ("t", "file.write", g_variant_builder_end (&options), NULL),
                     ATOM_ACTION_EXECUTE);
  assert_int_equal (atom_fixture_run (&fixture), ATTEMPT_OUTCOME_SUCCESS);
  assert_file_content (path, "new", 3);
  atom_fixture_next (&fixture, ATOM_ACTION_REVERT);
  assert_int_equal (atom_fixture_run (&fixture), ATTEMPT_OUTCOME_SUCCESS);
  assert_file_content (path, "former", 6);
  assert_int_equal (folder_count_entries (scene.folder), 1);
}

static void
a_result_of_something_else_is_not_reverted (void **state)
{
  g_auto (FileScene) scene = { 0 };

  (void) state;
  file_scene_init (&scene, NULL);
  atom_fixture_next (&scene.fixture, ATOM_ACTION_REVERT);
  scene.fixture.attempt.own_result = g_variant_ref_sink (g_variant_new_parsed ("{'path': <7>}"));
  file_scene_run (&scene, ATTEMPT_OUTCOME_FAILURE);
  assert_string_equal (atom_fixture_get_domain (&scene.fixture), "contract");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (a_new_file_is_written_and_taken_away_again),
    cmocka_unit_test (a_former_file_comes_back_as_the_very_same),
    cmocka_unit_test (the_mode_is_as_given),
    cmocka_unit_test (writing_what_is_there_already_is_reverted_too),
    cmocka_unit_test (large_content_is_written_whole),
    cmocka_unit_test (a_step_without_revert_keeps_nothing),
    cmocka_unit_test (two_runs_keep_what_each_of_them_found),
    cmocka_unit_test (what_is_no_file_is_refused_untouched),
    cmocka_unit_test (places_that_cannot_be_are_refused),
    cmocka_unit_test (an_argument_that_is_absent_fails_execute_and_revert),
    cmocka_unit_test (a_disk_that_fills_up_leaves_everything_as_it_was),
    cmocka_unit_test (a_folder_that_may_not_be_written_is_told),
    cmocka_unit_test (the_longest_name_is_written_and_reverted),
    cmocka_unit_test (a_result_of_something_else_is_not_reverted),
  };

  return cmocka_run_group_tests_name ("file_write", tests, NULL, NULL);
}
