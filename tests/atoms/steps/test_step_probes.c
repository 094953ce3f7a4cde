/* SPDX-License-Identifier: Apache-2.0 */
/* What the steps say when nobody knows how far their execute came. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <backflow/atoms/atom_options.h>
#include <backflow/atoms/step.h>
#include <backflow/values/value.h>

#include "tests/atoms/steps/faults.h"
#include "tests/atoms/steps/file_scene.h"

#define CHANGES_MAX 100
#define MODE 0640

/* Probes after a crash: nobody knows how the attempt before has ended. */
static AttemptOutcome
probe (AtomFixture *fixture)
{
  AttemptOutcome outcome;

  atom_fixture_crash (fixture, ATOM_ACTION_EXECUTE);
  fixture->attempt.work = ATTEMPT_PROBE;
  outcome = atom_fixture_run (fixture);
  fixture->attempt.work = ATTEMPT_EXECUTE;
  if (outcome != ATTEMPT_OUTCOME_SUCCESS)
    assert_null (fixture->attempt.result);
  return outcome;
}

static char *
dup_result (const AtomFixture *fixture)
{
  return value_to_json (fixture->attempt.result);
}

/* Executes in another process that dies just before the n-th change. Returns: whether it did, and
 * did not come to its end. */
static gboolean
execute_and_crash (AtomFixture *fixture, guint n)
{
  pid_t pid = fork ();
  int status;

  assert_true (pid >= 0);
  if (pid == 0)
    {
      faults_crash_at (n);
      _exit (atom_fixture_run (fixture) == ATTEMPT_OUTCOME_SUCCESS ? 0 : 1);
    }
  assert_int_equal (waitpid (pid, &status, 0), pid);
  assert_true (WIFEXITED (status));
  assert_true (WEXITSTATUS (status) == 0 || WEXITSTATUS (status) == FAULTS_CRASHED);
  return WEXITSTATUS (status) == FAULTS_CRASHED;
}

/* Goes on as an engine does: takes what is there, or executes again. Returns: whether it was there.
 */
static gboolean
go_on (AtomFixture *fixture)
{
  AttemptOutcome outcome = probe (fixture);

  if (outcome == ATTEMPT_OUTCOME_SUCCESS)
    return TRUE;
  /* Of what is there in part nobody says that it is absent, which would not be reverted. */
  if (outcome != ATTEMPT_OUTCOME_ABSENT
      && (outcome != ATTEMPT_OUTCOME_FAILURE || !atom_has_revert (fixture->atom)))
    fail_msg ("outcome %d: %s", (int) outcome, atom_fixture_get_message (fixture));
  atom_fixture_crash (fixture, ATOM_ACTION_EXECUTE);
  assert_int_equal (atom_fixture_run (fixture), ATTEMPT_OUTCOME_SUCCESS);
  return FALSE;
}

/* Runs the action in another process that dies just before the n-th change; what the probe does not
 * find absent is reverted then, as in a rollback. Returns: whether it has died. */
static gboolean
crash_and_roll_back (AtomFixture *fixture, guint n)
{
  gboolean is_crashed = execute_and_crash (fixture, n);
  AttemptOutcome outcome;

  attempt_reset (&fixture->attempt);
  fixture->attempt.action = ATOM_ACTION_EXECUTE;
  fixture->attempt.work = ATTEMPT_PROBE;
  outcome = atom_fixture_run (fixture);
  fixture->attempt.work = ATTEMPT_EXECUTE;
  attempt_reset (&fixture->attempt);
  fixture->attempt.action = ATOM_ACTION_REVERT;
  if (outcome != ATTEMPT_OUTCOME_ABSENT)
    assert_int_equal (atom_fixture_run (fixture), ATTEMPT_OUTCOME_SUCCESS);
  return is_crashed;
}

/* -- file.write ------------------------------------------------------------------------------- */

/* What stands at the place before: nothing, another file, or a file with just the new content. */
static const char *const formers[] = { NULL, "former", "listen 80;\n" };

static void
put_former (const FileScene *scene, const char *former)
{
  if (former != NULL)
    file_put (scene->path, former, -1);
}

static void
assert_former (const FileScene *scene, const char *former)
{
  if (former != NULL)
    assert_file_content (scene->path, former, strlen (former));
  assert_int_equal (folder_count_entries (scene->folder), former != NULL ? 1 : 0);
}

static void
a_file_that_was_never_written_is_absent (void **state)
{
  (void) state;
  for (guint i = 0; i < G_N_ELEMENTS (formers); i++)
    {
      g_auto (FileScene) scene = { 0 };

      file_scene_init (&scene, NULL);
      assert_true (atom_has_probe (scene.fixture.atom));
      put_former (&scene, formers[i]);
      assert_int_equal (probe (&scene.fixture), ATTEMPT_OUTCOME_ABSENT);
      assert_former (&scene, formers[i]);
    }
}

static void
a_file_that_was_written_is_there_with_its_result (void **state)
{
  (void) state;
  for (guint i = 0; i < G_N_ELEMENTS (formers); i++)
    {
      g_auto (FileScene) scene = { 0 };
      g_autofree char *expected = NULL;
      g_autofree char *found = NULL;

      file_scene_init (&scene, "0640");
      put_former (&scene, formers[i]);
      file_scene_run (&scene, ATTEMPT_OUTCOME_SUCCESS);
      expected = dup_result (&scene.fixture);
      assert_int_equal (probe (&scene.fixture), ATTEMPT_OUTCOME_SUCCESS);
      found = dup_result (&scene.fixture);
      assert_string_equal (found, expected);
      file_scene_run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
      assert_former (&scene, formers[i]);
      assert_int_equal (probe (&scene.fixture), ATTEMPT_OUTCOME_ABSENT);
    }
}

/* Returns: how many crashes there were, and in `n_there` after how many of them the file was there.
 */
static guint
crash_everywhere (const char *former, FaultsLinks links, guint *n_there)
{
  gboolean is_crashed = TRUE;
  guint n;

  *n_there = 0;
  faults_set_links (links);
  for (n = 1; is_crashed; n++)
    {
      g_auto (FileScene) scene = { 0 };

      assert_true (n < CHANGES_MAX);
      file_scene_init (&scene, "0640");
      put_former (&scene, former);
      is_crashed = execute_and_crash (&scene.fixture, n);
      *n_there += go_on (&scene.fixture) ? 1 : 0;
      assert_file_written (&scene);
      file_scene_run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
      assert_former (&scene, former);
    }
  faults_set_links (FAULTS_LINKS_WORK);
  return n - 1;
}

static void
wherever_a_write_was_interrupted_it_goes_on (void **state)
{
  (void) state;
  for (guint i = 0; i < G_N_ELEMENTS (formers); i++)
    for (FaultsLinks links = FAULTS_LINKS_WORK; links <= FAULTS_LINKS_REFUSED; links++)
      {
        guint n_there;
        guint n_crashes = crash_everywhere (formers[i], links, &n_there);

        /* The last changes come after the file is in its place, the first before. */
        assert_in_range (n_there, 1, n_crashes - 2);
      }
}

static void
whatever_is_left_of_an_interrupted_write_is_not_absent (void **state)
{
  (void) state;
  for (guint i = 0; i < 2 * G_N_ELEMENTS (formers); i++)
    for (FaultsLinks links = FAULTS_LINKS_WORK; links <= FAULTS_LINKS_REFUSED; links++)
      {
        const char *former = formers[i / 2];
        gboolean is_crashed = TRUE;

        faults_set_links (links);
        for (guint n = 1; is_crashed; n++)
          {
            g_auto (FileScene) scene = { 0 };

            assert_true (n < CHANGES_MAX);
            file_scene_init (&scene, "0640");
            put_former (&scene, former);
            if (i % 2 != 0)
              {
                file_scene_run (&scene, ATTEMPT_OUTCOME_SUCCESS);
                atom_fixture_next (&scene.fixture, ATOM_ACTION_REVERT);
              }
            is_crashed = crash_and_roll_back (&scene.fixture, n);
            assert_former (&scene, former);
          }
        faults_set_links (FAULTS_LINKS_WORK);
      }
}

static void
a_file_that_somebody_changed_meanwhile_is_unknown (void **state)
{
  g_auto (FileScene) scene = { 0 };

  (void) state;
  file_scene_init (&scene, NULL);
  file_put (scene.path, "former", -1);
  file_scene_run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  file_put (scene.path, "foreign", -1);
  assert_int_equal (probe (&scene.fixture), ATTEMPT_OUTCOME_FAILURE);
  assert_string_equal (atom_fixture_get_domain (&scene.fixture), "probe");
  assert_file_failed (&scene, "was changed while this run was interrupted");
  assert_file_content (scene.path, "foreign", 7);
}

static void
a_file_that_was_removed_meanwhile_is_not_absent (void **state)
{
  g_auto (FileScene) scene = { 0 };

  (void) state;
  file_scene_init (&scene, NULL);
  file_put (scene.path, "former", -1);
  file_scene_run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (g_remove (scene.path), 0);
  /* The former file is not back. */
  assert_int_equal (probe (&scene.fixture), ATTEMPT_OUTCOME_FAILURE);
  file_scene_run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
  assert_file_content (scene.path, "former", 6);
  assert_int_equal (probe (&scene.fixture), ATTEMPT_OUTCOME_ABSENT);
}

static void
a_file_with_other_permissions_is_written_again (void **state)
{
  g_auto (FileScene) scene = { 0 };
  struct stat info;

  (void) state;
  file_scene_init (&scene, "0640");
  file_scene_run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (g_chmod (scene.path, 0600), 0);
  assert_false (go_on (&scene.fixture));
  assert_int_equal (stat (scene.path, &info), 0);
  assert_int_equal (info.st_mode & 07777, MODE);
}

static void
a_file_that_nobody_will_revert_is_there_when_it_says_so (void **state)
{
  g_auto (FileScene) scene = { 0 };

  (void) state;
  file_scene_init (&scene, NULL);
  step_clear_revert (scene.fixture.atom);
  assert_int_equal (probe (&scene.fixture), ATTEMPT_OUTCOME_ABSENT);
  atom_fixture_next (&scene.fixture, ATOM_ACTION_EXECUTE);
  file_scene_run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (probe (&scene.fixture), ATTEMPT_OUTCOME_SUCCESS);
  file_put (scene.path, "foreign", -1);
  assert_int_equal (probe (&scene.fixture), ATTEMPT_OUTCOME_ABSENT);
}

static void
without_a_revert_nothing_kept_is_left_by_going_on (void **state)
{
  gboolean is_crashed = TRUE;

  (void) state;
  for (guint n = 1; is_crashed; n++)
    {
      g_auto (FileScene) scene = { 0 };

      file_scene_init (&scene, NULL);
      step_clear_revert (scene.fixture.atom);
      file_put (scene.path, "former", -1);
      is_crashed = execute_and_crash (&scene.fixture, n);
      (void) go_on (&scene.fixture);
      assert_file_written (&scene);
      assert_int_equal (folder_count_entries (scene.folder), 1);
    }
}

static void
an_argument_that_does_not_fit_makes_it_unknown (void **state)
{
  g_auto (FileScene) scene = { 0 };

  (void) state;
  file_scene_init (&scene, NULL);
  atom_fixture_set (&scene.fixture, "root", g_variant_new_string (""));
  g_clear_pointer (&scene.fixture.arguments[0], g_variant_unref);
  assert_int_equal (probe (&scene.fixture), ATTEMPT_OUTCOME_FAILURE);
  assert_string_equal (atom_fixture_get_domain (&scene.fixture), "argument");
}

/* -- dir.create ------------------------------------------------------------------------------- */

typedef struct
{
  char *folder;
  char *path;
  AtomFixture fixture;
} DirScene;

static void
dir_scene_init (DirScene *scene)
{
  GVariant *options;

  scene->folder = folder_new ();
  scene->path = g_build_filename (scene->folder, "a", "b", NULL);
  options
      = g_variant_new_parsed ("{'path': <%s>, 'mode': <'0750'>, 'parents': <true>}", scene->path);
  atom_fixture_init (&scene->fixture, step_new_task ("make", "dir.create", options, NULL),
                     ATOM_ACTION_EXECUTE);
}

static void
dir_scene_clear (DirScene *scene)
{
  atom_fixture_clear (&scene->fixture);
  g_free (scene->path);
  folder_free (scene->folder);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (DirScene, dir_scene_clear)

static void
revert_directory (DirScene *scene)
{
  atom_fixture_next (&scene->fixture, ATOM_ACTION_REVERT);
  assert_int_equal (atom_fixture_run (&scene->fixture), ATTEMPT_OUTCOME_SUCCESS);
}

static void
a_directory_that_this_step_made_is_there (void **state)
{
  g_auto (DirScene) scene = { 0 };
  g_autofree char *expected = NULL;
  g_autofree char *found = NULL;

  (void) state;
  dir_scene_init (&scene);
  assert_int_equal (probe (&scene.fixture), ATTEMPT_OUTCOME_ABSENT);
  assert_int_equal (folder_count_entries (scene.folder), 0);
  atom_fixture_next (&scene.fixture, ATOM_ACTION_EXECUTE);
  assert_int_equal (atom_fixture_run (&scene.fixture), ATTEMPT_OUTCOME_SUCCESS);
  expected = dup_result (&scene.fixture);
  assert_int_equal (probe (&scene.fixture), ATTEMPT_OUTCOME_SUCCESS);
  found = dup_result (&scene.fixture);
  assert_string_equal (found, expected);
  revert_directory (&scene);
  assert_int_equal (folder_count_entries (scene.folder), 0);
  assert_int_equal (probe (&scene.fixture), ATTEMPT_OUTCOME_ABSENT);
}

static void
a_directory_that_was_there_before_is_not_this_steps (void **state)
{
  g_auto (DirScene) scene = { 0 };

  (void) state;
  dir_scene_init (&scene);
  assert_int_equal (g_mkdir_with_parents (scene.path, 0750), 0);
  assert_false (go_on (&scene.fixture));
  assert_int_equal (probe (&scene.fixture), ATTEMPT_OUTCOME_ABSENT);
  atom_fixture_next (&scene.fixture, ATOM_ACTION_EXECUTE);
  assert_int_equal (atom_fixture_run (&scene.fixture), ATTEMPT_OUTCOME_SUCCESS);
  revert_directory (&scene);
  assert_true (g_file_test (scene.path, G_FILE_TEST_IS_DIR));
}

static void
wherever_a_create_was_interrupted_it_goes_on (void **state)
{
  gboolean is_crashed = TRUE;
  guint n_there = 0;

  (void) state;
  for (guint n = 1; is_crashed; n++)
    {
      g_auto (DirScene) scene = { 0 };
      struct stat info;

      assert_true (n < CHANGES_MAX);
      dir_scene_init (&scene);
      is_crashed = execute_and_crash (&scene.fixture, n);
      n_there += go_on (&scene.fixture) ? 1 : 0;
      assert_int_equal (stat (scene.path, &info), 0);
      assert_int_equal (info.st_mode & 07777, 0750);
      revert_directory (&scene);
      assert_int_equal (folder_count_entries (scene.folder), 0);
    }
  assert_true (n_there > 0);
}

static void
whatever_is_left_of_an_interrupted_create_is_not_absent (void **state)
{
  (void) state;
  for (guint i = 0; i < 2; i++)
    {
      gboolean is_crashed = TRUE;

      for (guint n = 1; is_crashed; n++)
        {
          g_auto (DirScene) scene = { 0 };

          assert_true (n < CHANGES_MAX);
          dir_scene_init (&scene);
          if (i != 0)
            {
              assert_int_equal (atom_fixture_run (&scene.fixture), ATTEMPT_OUTCOME_SUCCESS);
              atom_fixture_next (&scene.fixture, ATOM_ACTION_REVERT);
            }
          is_crashed = crash_and_roll_back (&scene.fixture, n);
          assert_int_equal (folder_count_entries (scene.folder), 0);
        }
    }
}

static void
something_else_in_its_place_is_unknown (void **state)
{
  g_auto (DirScene) scene = { 0 };

  (void) state;
  dir_scene_init (&scene);
  assert_int_equal (atom_fixture_run (&scene.fixture), ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (g_rmdir (scene.path), 0);
  file_put (scene.path, "a file", -1);
  assert_int_equal (probe (&scene.fixture), ATTEMPT_OUTCOME_FAILURE);
  assert_string_equal (atom_fixture_get_domain (&scene.fixture), "probe");
  assert_int_equal (g_remove (scene.path), 0);
}

static void
a_directory_that_nobody_will_revert_is_there_when_it_is (void **state)
{
  g_auto (DirScene) scene = { 0 };

  (void) state;
  dir_scene_init (&scene);
  step_clear_revert (scene.fixture.atom);
  assert_int_equal (probe (&scene.fixture), ATTEMPT_OUTCOME_ABSENT);
  assert_false (go_on (&scene.fixture));
  assert_int_equal (folder_count_entries (scene.folder), 1);
  assert_true (go_on (&scene.fixture));
}

/* -- The others ------------------------------------------------------------------------------- */

static void
what_only_waits_has_no_probe (void **state)
{
  g_autoptr (Atom) task
      = step_new_task ("wait", "wait.port", g_variant_new_parsed ("{'port': <int64 80>}"), NULL);

  (void) state;
  assert_non_null (task);
  assert_false (atom_has_probe (task));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (a_file_that_was_never_written_is_absent),
    cmocka_unit_test (a_file_that_was_written_is_there_with_its_result),
    cmocka_unit_test (wherever_a_write_was_interrupted_it_goes_on),
    cmocka_unit_test (whatever_is_left_of_an_interrupted_write_is_not_absent),
    cmocka_unit_test (a_file_that_somebody_changed_meanwhile_is_unknown),
    cmocka_unit_test (a_file_that_was_removed_meanwhile_is_not_absent),
    cmocka_unit_test (a_file_with_other_permissions_is_written_again),
    cmocka_unit_test (a_file_that_nobody_will_revert_is_there_when_it_says_so),
    cmocka_unit_test (without_a_revert_nothing_kept_is_left_by_going_on),
    cmocka_unit_test (an_argument_that_does_not_fit_makes_it_unknown),
    cmocka_unit_test (a_directory_that_this_step_made_is_there),
    cmocka_unit_test (a_directory_that_was_there_before_is_not_this_steps),
    cmocka_unit_test (wherever_a_create_was_interrupted_it_goes_on),
    cmocka_unit_test (whatever_is_left_of_an_interrupted_create_is_not_absent),
    cmocka_unit_test (something_else_in_its_place_is_unknown),
    cmocka_unit_test (a_directory_that_nobody_will_revert_is_there_when_it_is),
    cmocka_unit_test (what_only_waits_has_no_probe),
  };

  return cmocka_run_group_tests_name ("step_probes", tests, NULL, NULL);
}
