/* SPDX-License-Identifier: Apache-2.0 */
/* What file.write keeps, with the process killed before each change to the file system, and with
 * each change failing. */
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

#include "tests/atoms/atom_fixture.h"
#include "tests/atoms/steps/faults.h"

#define FORMER "former\0\xff content"
#define CONTENT "new content"
#define CHANGES_MAX 100

/* What a test begins with: with or without a former file, and with or without hard links. */
typedef struct
{
  gboolean existed;
  FaultsLinks links;
} World;

static const World worlds[] = {
  { FALSE, FAULTS_LINKS_WORK },
  { TRUE, FAULTS_LINKS_WORK },
  { TRUE, FAULTS_LINKS_REFUSED },
};

typedef struct
{
  char *folder;
  char *path;
  struct stat before;
  const World *world;
  AtomFixture fixture;
} Scene;

static void
scene_init (Scene *scene, const World *world)
{
  GVariantBuilder options;

  memset (scene, 0, sizeof *scene);
  scene->world = world;
  scene->folder = folder_new ();
  scene->path = g_build_filename (scene->folder, "data", NULL);
  if (world->existed)
    {
      FILE *file = fopen (scene->path, "w");

      g_assert (file != NULL && fwrite (FORMER, 1, sizeof FORMER, file) == sizeof FORMER
                && fclose (file) == 0);
      g_assert (chmod (scene->path, 0604) == 0 && stat (scene->path, &scene->before) == 0);
    }
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "path", g_variant_new_string (scene->path));
  g_variant_builder_add (&options, "{sv}", "content", g_variant_new_string (CONTENT));
  atom_fixture_init (&scene->fixture,
                     step_new_task ("t", "file.write", g_variant_builder_end (&options), NULL),
                     ATOM_ACTION_EXECUTE);
  faults_set_links (world->links);
}

static void
scene_clear (Scene *scene)
{
  faults_disarm ();
  faults_set_links (FAULTS_LINKS_WORK);
  atom_fixture_clear (&scene->fixture);
  g_free (scene->path);
  folder_free (scene->folder);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Scene, scene_clear)

static void
assert_content (const Scene *scene, const char *content, gsize size)
{
  g_autofree char *found = NULL;
  gsize length = 0;

  assert_true (g_file_get_contents (scene->path, &found, &length, NULL));
  assert_int_equal (length, size);
  assert_memory_equal (found, content, size);
}

/* Nothing is in the folder but what was there before, as it was. */
static void
assert_restored (const Scene *scene)
{
  g_autoptr (GDir) dir = g_dir_open (scene->folder, 0, NULL);
  struct stat now;
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    assert_string_equal (name, "data");
  assert_int_equal (stat (scene->path, &now) == 0, scene->world->existed);
  if (!scene->world->existed)
    return;
  assert_content (scene, FORMER, sizeof FORMER);
  assert_int_equal (now.st_mode, scene->before.st_mode);
  assert_int_equal (now.st_mtim.tv_sec, scene->before.st_mtim.tv_sec);
  assert_int_equal (now.st_mtim.tv_nsec, scene->before.st_mtim.tv_nsec);
  assert_int_equal (now.st_nlink, 1);
}

static void
assert_run (Scene *scene, AttemptOutcome expected)
{
  if (atom_fixture_run (&scene->fixture) != expected)
    fail_msg ("%s", atom_fixture_get_message (&scene->fixture));
}

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
  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (worlds); i++)
    {
      gboolean is_crashed = TRUE;

      for (guint n = 1; is_crashed; n++)
        {
          g_auto (Scene) scene = { 0 };

          assert_true (n < CHANGES_MAX);
          scene_init (&scene, &worlds[i]);
          is_crashed = crash_in_child (&scene, n);
          atom_fixture_crash (&scene.fixture, ATOM_ACTION_REVERT);
          assert_run (&scene, ATTEMPT_OUTCOME_SUCCESS);
          assert_restored (&scene);
        }
    }
}

static void
killed_before_any_change_it_is_repeated_then_reverted (void **state)
{
  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (worlds); i++)
    {
      gboolean is_crashed = TRUE;

      for (guint n = 1; is_crashed; n++)
        {
          g_auto (Scene) scene = { 0 };

          assert_true (n < CHANGES_MAX);
          scene_init (&scene, &worlds[i]);
          is_crashed = crash_in_child (&scene, n);
          atom_fixture_crash (&scene.fixture, ATOM_ACTION_EXECUTE);
          assert_run (&scene, ATTEMPT_OUTCOME_SUCCESS);
          assert_content (&scene, CONTENT, strlen (CONTENT));
          atom_fixture_next (&scene.fixture, ATOM_ACTION_REVERT);
          assert_run (&scene, ATTEMPT_OUTCOME_SUCCESS);
          assert_restored (&scene);
        }
    }
}

static void
killed_before_any_change_of_its_revert_it_is_reverted_again (void **state)
{
  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (worlds); i++)
    {
      gboolean is_crashed = TRUE;

      for (guint n = 1; is_crashed; n++)
        {
          g_auto (Scene) scene = { 0 };

          assert_true (n < CHANGES_MAX);
          scene_init (&scene, &worlds[i]);
          assert_run (&scene, ATTEMPT_OUTCOME_SUCCESS);
          atom_fixture_next (&scene.fixture, ATOM_ACTION_REVERT);
          is_crashed = crash_in_child (&scene, n);
          assert_run (&scene, ATTEMPT_OUTCOME_SUCCESS);
          assert_restored (&scene);
        }
    }
}

static void
any_change_that_fails_leaves_what_can_be_reverted (void **state)
{
  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (worlds); i++)
    {
      gboolean is_reached = TRUE;

      for (guint n = 1; is_reached; n++)
        {
          g_auto (Scene) scene = { 0 };

          assert_true (n < CHANGES_MAX);
          scene_init (&scene, &worlds[i]);
          faults_fail_at (n);
          atom_fixture_run (&scene.fixture);
          is_reached = faults_is_reached ();
          faults_disarm ();
          /* The first failure is put right at once, except where that needs what has just failed.
           */
          if (scene.fixture.attempt.outcome == ATTEMPT_OUTCOME_FAILURE)
            assert_string_equal (atom_fixture_get_domain (&scene.fixture), "g-file-error-quark");
          atom_fixture_next (&scene.fixture, ATOM_ACTION_REVERT);
          assert_run (&scene, ATTEMPT_OUTCOME_SUCCESS);
          assert_restored (&scene);
        }
    }
}

static void
a_failed_execute_has_put_everything_right_itself (void **state)
{
  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (worlds); i++)
    {
      gboolean is_reached = TRUE;

      for (guint n = 1; is_reached; n++)
        {
          g_auto (Scene) scene = { 0 };

          scene_init (&scene, &worlds[i]);
          faults_fail_at (n);
          atom_fixture_run (&scene.fixture);
          is_reached = faults_is_reached ();
          faults_disarm ();
          if (scene.fixture.attempt.outcome == ATTEMPT_OUTCOME_FAILURE)
            assert_restored (&scene);
        }
    }
}

static void
any_change_of_a_revert_that_fails_is_made_up_for (void **state)
{
  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (worlds); i++)
    {
      gboolean is_reached = TRUE;

      for (guint n = 1; is_reached; n++)
        {
          g_auto (Scene) scene = { 0 };

          assert_true (n < CHANGES_MAX);
          scene_init (&scene, &worlds[i]);
          assert_run (&scene, ATTEMPT_OUTCOME_SUCCESS);
          atom_fixture_next (&scene.fixture, ATOM_ACTION_REVERT);
          faults_fail_at (n);
          atom_fixture_run (&scene.fixture);
          is_reached = faults_is_reached ();
          assert_int_equal (scene.fixture.attempt.outcome == ATTEMPT_OUTCOME_FAILURE, is_reached);
          faults_disarm ();
          atom_fixture_crash (&scene.fixture, ATOM_ACTION_REVERT);
          assert_run (&scene, ATTEMPT_OUTCOME_SUCCESS);
          assert_restored (&scene);
        }
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (killed_before_any_change_it_is_reverted),
    cmocka_unit_test (killed_before_any_change_it_is_repeated_then_reverted),
    cmocka_unit_test (killed_before_any_change_of_its_revert_it_is_reverted_again),
    cmocka_unit_test (any_change_that_fails_leaves_what_can_be_reverted),
    cmocka_unit_test (a_failed_execute_has_put_everything_right_itself),
    cmocka_unit_test (any_change_of_a_revert_that_fails_is_made_up_for),
  };

  return cmocka_run_group_tests_name ("former", tests, NULL, NULL);
}
