/* SPDX-License-Identifier: Apache-2.0 */
/* file.write when it is repeated after a crash, and when others change what it wrote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/atoms/steps/file_scene.h"

/* -- Crashes ---------------------------------------------------------------------------------- */

static void
a_repeated_execute_does_not_lose_the_former_file (void **state)
{
  g_auto (FileScene) scene = { 0 };
  struct stat before, after;

  (void) state;
  file_scene_init (&scene, NULL);
  file_put (scene.path, "former", -1);
  assert_int_equal (stat (scene.path, &before), 0);
  file_scene_run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  file_scene_run_after_crash (&scene, ATOM_ACTION_EXECUTE, ATTEMPT_OUTCOME_SUCCESS);
  file_scene_run_after_crash (&scene, ATOM_ACTION_EXECUTE, ATTEMPT_OUTCOME_SUCCESS);
  assert_file_written (&scene);
  file_scene_run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (stat (scene.path, &after), 0);
  assert_int_equal (after.st_ino, before.st_ino);
  assert_int_equal (folder_count_entries (scene.folder), 1);
}

static void
a_repeated_execute_does_not_forget_that_there_was_no_file (void **state)
{
  g_auto (FileScene) scene = { 0 };

  (void) state;
  file_scene_init (&scene, NULL);
  file_scene_run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  file_scene_run_after_crash (&scene, ATOM_ACTION_EXECUTE, ATTEMPT_OUTCOME_SUCCESS);
  file_scene_run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (folder_count_entries (scene.folder), 0);
}

static void
an_attempt_of_unknown_end_is_reverted (void **state)
{
  (void) state;
  for (int existed = 0; existed < 2; existed++)
    {
      g_auto (FileScene) scene = { 0 };

      file_scene_init (&scene, NULL);
      if (existed)
        file_put (scene.path, "former", -1);
      file_scene_run (&scene, ATTEMPT_OUTCOME_SUCCESS);
      file_scene_run_after_crash (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
      if (existed)
        assert_file_content (scene.path, "former", 6);
      assert_int_equal (folder_count_entries (scene.folder), existed);
    }
}

static void
a_revert_that_is_repeated_succeeds (void **state)
{
  (void) state;
  for (int existed = 0; existed < 2; existed++)
    {
      g_auto (FileScene) scene = { 0 };

      file_scene_init (&scene, NULL);
      if (existed)
        file_put (scene.path, "former", -1);
      file_scene_run (&scene, ATTEMPT_OUTCOME_SUCCESS);
      file_scene_run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
      file_scene_run_after_crash (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
      if (existed)
        assert_file_content (scene.path, "former", 6);
      assert_int_equal (folder_count_entries (scene.folder), existed);
    }
}

static void
an_attempt_that_did_nothing_yet_is_reverted (void **state)
{
  g_auto (FileScene) scene = { 0 };

  (void) state;
  file_scene_init (&scene, NULL);
  file_put (scene.path, "former", -1);
  file_scene_run_after_crash (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
  assert_file_content (scene.path, "former", 6);
  assert_int_equal (folder_count_entries (scene.folder), 1);
}

/* The states of the folder between the system calls of an execute, made by taking back what comes
 * after. */
static void
every_moment_of_an_interrupted_execute_is_reverted_and_repeated (void **state)
{
  static const struct
  {
    gboolean existed;
    gboolean is_replaced;
    gboolean has_leftover;
  } moments[] = {
    { TRUE, FALSE, FALSE },  { TRUE, FALSE, TRUE },  { TRUE, TRUE, FALSE },
    { FALSE, FALSE, FALSE }, { FALSE, FALSE, TRUE }, { FALSE, TRUE, FALSE },
  };

  (void) state;
  for (gsize i = 0; i < 2 * G_N_ELEMENTS (moments); i++)
    {
      g_auto (FileScene) scene = { 0 };
      g_autofree char *kept = NULL;
      g_autofree char *leftover = NULL;
      gboolean is_repeated = i >= G_N_ELEMENTS (moments);
      gboolean existed = moments[i % G_N_ELEMENTS (moments)].existed;
      const char *ending = existed ? ".was" : ".none";

      file_scene_init (&scene, NULL);
      if (existed)
        file_put (scene.path, "former", -1);
      file_scene_run (&scene, ATTEMPT_OUTCOME_SUCCESS);
      kept = file_scene_dup_kept_path (&scene, ending);
      assert_non_null (kept);
      leftover = g_strdup_printf ("%.*s.new", (int) (strlen (kept) - strlen (ending)), kept);
      if (!moments[i % G_N_ELEMENTS (moments)].is_replaced)
        {
          assert_int_equal (unlink (scene.path), 0);
          if (existed)
            assert_int_equal (link (kept, scene.path), 0);
        }
      if (moments[i % G_N_ELEMENTS (moments)].has_leftover)
        file_put (leftover, "lis", -1);
      if (is_repeated)
        {
          file_scene_run_after_crash (&scene, ATOM_ACTION_EXECUTE, ATTEMPT_OUTCOME_SUCCESS);
          assert_file_written (&scene);
        }
      file_scene_run_after_crash (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
      if (existed)
        assert_file_content (scene.path, "former", 6);
      assert_int_equal (folder_count_entries (scene.folder), existed);
    }
}

/* -- Changes by others ------------------------------------------------------------------------ */

static void
a_file_that_others_changed_is_not_overwritten_by_a_revert (void **state)
{
  (void) state;
  for (int existed = 0; existed < 2; existed++)
    {
      g_auto (FileScene) scene = { 0 };
      g_autofree char *kept = NULL;

      file_scene_init (&scene, NULL);
      if (existed)
        file_put (scene.path, "former", -1);
      file_scene_run (&scene, ATTEMPT_OUTCOME_SUCCESS);
      file_put (scene.path, "listen 80; # tuned\n", -1);
      file_scene_run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_FAILURE);
      kept = file_scene_dup_kept_path (&scene, existed ? ".was" : ".none");
      assert_file_failed (&scene, scene.path);
      assert_file_failed (&scene, kept);
      assert_file_content (scene.path, "listen 80; # tuned\n", 19);
      /* Once that is out of the way, it is reverted. */
      assert_int_equal (unlink (scene.path), 0);
      file_scene_run_after_crash (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
      assert_int_equal (folder_count_entries (scene.folder), existed);
    }
}

static void
a_file_that_others_changed_is_not_overwritten_by_a_repeated_execute (void **state)
{
  g_auto (FileScene) scene = { 0 };
  g_autofree char *kept = NULL;

  (void) state;
  file_scene_init (&scene, NULL);
  file_put (scene.path, "former", -1);
  file_scene_run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  file_put (scene.path, "mine", -1);
  file_scene_run_after_crash (&scene, ATOM_ACTION_EXECUTE, ATTEMPT_OUTCOME_FAILURE);
  kept = file_scene_dup_kept_path (&scene, ".was");
  assert_file_failed (&scene, "was changed while this run was interrupted");
  assert_file_content (scene.path, "mine", 4);
  assert_file_content (kept, "former", 6);
}

static void
a_file_that_others_removed_is_put_back_or_left_away (void **state)
{
  (void) state;
  for (int existed = 0; existed < 2; existed++)
    {
      g_auto (FileScene) scene = { 0 };

      file_scene_init (&scene, NULL);
      if (existed)
        file_put (scene.path, "former", -1);
      file_scene_run (&scene, ATTEMPT_OUTCOME_SUCCESS);
      assert_int_equal (unlink (scene.path), 0);
      file_scene_run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
      assert_int_equal (folder_count_entries (scene.folder), existed);
    }
}

static void
what_others_took_away_is_missed (void **state)
{
  (void) state;
  for (int existed = 0; existed < 2; existed++)
    {
      g_auto (FileScene) scene = { 0 };
      g_autofree char *kept = NULL;

      file_scene_init (&scene, NULL);
      if (existed)
        file_put (scene.path, "former", -1);
      file_scene_run (&scene, ATTEMPT_OUTCOME_SUCCESS);
      kept = file_scene_dup_kept_path (&scene, existed ? ".was" : ".none");
      assert_int_equal (unlink (kept), 0);
      file_scene_run_next (&scene, ATOM_ACTION_REVERT,
                           existed ? ATTEMPT_OUTCOME_FAILURE : ATTEMPT_OUTCOME_SUCCESS);
      if (existed)
        assert_file_failed (&scene, "is gone");
      /* The file, and the note of whose it is. */
      assert_int_equal (folder_count_entries (scene.folder), existed ? 2 : 0);
    }
}

static void
a_marker_that_is_gone_does_not_make_a_foreign_file_ours (void **state)
{
  g_auto (FileScene) scene = { 0 };
  g_autofree char *kept = NULL;

  (void) state;
  file_scene_init (&scene, NULL);
  file_scene_run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  kept = file_scene_dup_kept_path (&scene, ".none");
  assert_int_equal (unlink (kept), 0);
  file_put (scene.path, "mine", -1);
  file_scene_run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_FAILURE);
  assert_file_failed (&scene, "there was no such file before");
  assert_file_content (scene.path, "mine", 4);
}

static void
another_link_to_the_former_file_stays_one (void **state)
{
  g_auto (FileScene) scene = { 0 };
  g_autofree char *other = NULL;
  struct stat info;

  (void) state;
  file_scene_init (&scene, NULL);
  other = g_build_filename (scene.folder, "other", NULL);
  file_put (scene.path, "former", -1);
  assert_int_equal (link (scene.path, other), 0);
  file_scene_run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  assert_file_content (other, "former", 6);
  file_scene_run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (stat (other, &info), 0);
  assert_int_equal (info.st_nlink, 2);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (a_repeated_execute_does_not_lose_the_former_file),
    cmocka_unit_test (a_repeated_execute_does_not_forget_that_there_was_no_file),
    cmocka_unit_test (an_attempt_of_unknown_end_is_reverted),
    cmocka_unit_test (a_revert_that_is_repeated_succeeds),
    cmocka_unit_test (an_attempt_that_did_nothing_yet_is_reverted),
    cmocka_unit_test (every_moment_of_an_interrupted_execute_is_reverted_and_repeated),
    cmocka_unit_test (a_file_that_others_changed_is_not_overwritten_by_a_revert),
    cmocka_unit_test (a_file_that_others_changed_is_not_overwritten_by_a_repeated_execute),
    cmocka_unit_test (a_file_that_others_removed_is_put_back_or_left_away),
    cmocka_unit_test (what_others_took_away_is_missed),
    cmocka_unit_test (a_marker_that_is_gone_does_not_make_a_foreign_file_ours),
    cmocka_unit_test (another_link_to_the_former_file_stays_one),
  };

  return cmocka_run_group_tests_name ("file_write_again", tests, NULL, NULL);
}
