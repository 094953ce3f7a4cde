/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <backflow/atoms/step.h>
#include <backflow/atoms/value.h>

#include "tests/atoms/atom_fixture.h"

#define BINARY "former\0\xff\x01 content"

/* A folder with a file in it, and a step that writes the file. */
typedef struct
{
  char *folder;
  char *path;
  AtomFixture fixture;
} Scene;

static void
scene_init (Scene *scene, const char *mode)
{
  GVariantBuilder options;
  Atom *task;

  scene->folder = folder_new ();
  scene->path = g_build_filename (scene->folder, "site.conf", NULL);
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "path", g_variant_new_string ("{root}/site.conf"));
  g_variant_builder_add (&options, "{sv}", "content", g_variant_new_string ("listen {port};\n"));
  if (mode != NULL)
    g_variant_builder_add (&options, "{sv}", "mode", g_variant_new_string (mode));
  task = step_new_task ("write", "file.write", g_variant_builder_end (&options), NULL);
  atom_require (task, "root");
  atom_require (task, "port");
  atom_fixture_init (&scene->fixture, task, ATOM_ACTION_EXECUTE);
  atom_fixture_set (&scene->fixture, "root", g_variant_new_string (scene->folder));
  atom_fixture_set (&scene->fixture, "port", g_variant_new_int64 (80));
}

static void
scene_clear (Scene *scene)
{
  atom_fixture_clear (&scene->fixture);
  g_free (scene->path);
  folder_free (scene->folder);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Scene, scene_clear)

static void
put (const char *path, const char *content, gssize size)
{
  FILE *file = fopen (path, "w");
  gsize length = size < 0 ? strlen (content) : (gsize) size;

  g_assert (file != NULL && fwrite (content, 1, length, file) == length);
  g_assert (fclose (file) == 0);
}

static void
assert_content (const char *path, const char *content, gsize size)
{
  g_autofree char *found = NULL;
  gsize length;

  assert_true (g_file_get_contents (path, &found, &length, NULL));
  assert_int_equal (length, size);
  assert_memory_equal (found, content, size);
}

static void
assert_written (const Scene *scene)
{
  assert_content (scene->path, "listen 80;\n", 11);
}

/* How many entries the folder has, hidden ones too. */
static guint
count_entries (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint count = 0;

  while (g_dir_read_name (dir) != NULL)
    count++;
  return count;
}

/* The path of what is kept, with that ending. */
static char *
dup_kept_path (const Scene *scene, const char *ending)
{
  g_autoptr (GDir) dir = g_dir_open (scene->folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, ".site.conf.backflow-") && g_str_has_suffix (name, ending))
      return g_build_filename (scene->folder, name, NULL);
  return NULL;
}

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

static void
assert_failed (const Scene *scene, const char *message)
{
  if (strstr (atom_fixture_get_message (&scene->fixture), message) == NULL)
    fail_msg ("%s", atom_fixture_get_message (&scene->fixture));
}

/* -- Executing and reverting ------------------------------------------------------------------ */

static void
a_new_file_is_written_and_taken_away_again (void **state)
{
  g_auto (Scene) scene = { 0 };
  g_autoptr (GVariant) path = NULL;
  g_autoptr (GVariant) size = NULL;
  g_autoptr (GVariant) existed = NULL;

  (void) state;
  scene_init (&scene, NULL);
  run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  assert_written (&scene);
  path = value_find_key (scene.fixture.attempt.result, "path");
  size = value_find_key (scene.fixture.attempt.result, "size");
  existed = value_find_key (scene.fixture.attempt.result, "existed");
  assert_string_equal (g_variant_get_string (path, NULL), scene.path);
  assert_int_equal (g_variant_get_int64 (size), 11);
  assert_false (g_variant_get_boolean (existed));
  run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (count_entries (scene.folder), 0);
}

static void
a_former_file_comes_back_as_the_very_same (void **state)
{
  g_auto (Scene) scene = { 0 };
  struct stat before, during, after;

  (void) state;
  scene_init (&scene, NULL);
  put (scene.path, BINARY, sizeof BINARY);
  assert_int_equal (chmod (scene.path, 0604), 0);
  assert_int_equal (stat (scene.path, &before), 0);
  run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  assert_written (&scene);
  assert_int_equal (stat (scene.path, &during), 0);
  assert_int_equal (during.st_mode, before.st_mode);
  run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
  assert_content (scene.path, BINARY, sizeof BINARY);
  assert_int_equal (stat (scene.path, &after), 0);
  assert_int_equal (after.st_ino, before.st_ino);
  assert_int_equal (after.st_mode, before.st_mode);
  assert_int_equal (after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
  assert_int_equal (after.st_nlink, 1);
  assert_int_equal (count_entries (scene.folder), 1);
}

static void
the_mode_is_as_given (void **state)
{
  g_auto (Scene) scene = { 0 };
  struct stat info;

  (void) state;
  scene_init (&scene, "0640");
  put (scene.path, "x", 1);
  assert_int_equal (chmod (scene.path, 0600), 0);
  run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (stat (scene.path, &info), 0);
  assert_int_equal (info.st_mode & 07777, 0640);
  run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (stat (scene.path, &info), 0);
  assert_int_equal (info.st_mode & 07777, 0600);
}

static void
writing_what_is_there_already_is_reverted_too (void **state)
{
  g_auto (Scene) scene = { 0 };
  struct stat before, after;

  (void) state;
  scene_init (&scene, NULL);
  put (scene.path, "listen 80;\n", 11);
  assert_int_equal (stat (scene.path, &before), 0);
  run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (stat (scene.path, &after), 0);
  assert_int_equal (after.st_ino, before.st_ino);
  assert_int_equal (count_entries (scene.folder), 1);
}

static void
large_content_is_written_whole (void **state)
{
  g_auto (Scene) scene = { 0 };
  g_autofree char *large = g_strnfill (20 * 1024 * 1024 + 7, 'x');
  struct stat info;

  (void) state;
  scene_init (&scene, NULL);
  put (scene.path, large, -1);
  atom_fixture_set (&scene.fixture, "port", g_variant_new_string (large));
  run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (stat (scene.path, &info), 0);
  assert_int_equal (info.st_size, 20 * 1024 * 1024 + 7 + 9);
  run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (stat (scene.path, &info), 0);
  assert_int_equal (info.st_size, 20 * 1024 * 1024 + 7);
}

static void
a_step_without_revert_keeps_nothing (void **state)
{
  g_auto (Scene) scene = { 0 };

  (void) state;
  scene_init (&scene, NULL);
  put (scene.path, "former", -1);
  step_clear_revert (scene.fixture.atom);
  run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  assert_written (&scene);
  assert_int_equal (count_entries (scene.folder), 1);
}

static void
two_runs_keep_what_each_of_them_found (void **state)
{
  g_auto (Scene) scene = { 0 };

  (void) state;
  scene_init (&scene, NULL);
  put (scene.path, "first", -1);
  run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  scene.fixture.run.run_id = "run-2";
  atom_fixture_set (&scene.fixture, "port", g_variant_new_int64 (81));
  run_next (&scene, ATOM_ACTION_EXECUTE, ATTEMPT_OUTCOME_SUCCESS);
  assert_content (scene.path, "listen 81;\n", 11);
  run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
  assert_written (&scene);
}

/* -- Crashes ---------------------------------------------------------------------------------- */

static void
a_repeated_execute_does_not_lose_the_former_file (void **state)
{
  g_auto (Scene) scene = { 0 };
  struct stat before, after;

  (void) state;
  scene_init (&scene, NULL);
  put (scene.path, "former", -1);
  assert_int_equal (stat (scene.path, &before), 0);
  run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  run_after_crash (&scene, ATOM_ACTION_EXECUTE, ATTEMPT_OUTCOME_SUCCESS);
  run_after_crash (&scene, ATOM_ACTION_EXECUTE, ATTEMPT_OUTCOME_SUCCESS);
  assert_written (&scene);
  run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (stat (scene.path, &after), 0);
  assert_int_equal (after.st_ino, before.st_ino);
  assert_int_equal (count_entries (scene.folder), 1);
}

static void
a_repeated_execute_does_not_forget_that_there_was_no_file (void **state)
{
  g_auto (Scene) scene = { 0 };

  (void) state;
  scene_init (&scene, NULL);
  run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  run_after_crash (&scene, ATOM_ACTION_EXECUTE, ATTEMPT_OUTCOME_SUCCESS);
  run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (count_entries (scene.folder), 0);
}

static void
an_attempt_of_unknown_end_is_reverted (void **state)
{
  (void) state;
  for (int existed = 0; existed < 2; existed++)
    {
      g_auto (Scene) scene = { 0 };

      scene_init (&scene, NULL);
      if (existed)
        put (scene.path, "former", -1);
      run (&scene, ATTEMPT_OUTCOME_SUCCESS);
      run_after_crash (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
      if (existed)
        assert_content (scene.path, "former", 6);
      assert_int_equal (count_entries (scene.folder), existed);
    }
}

static void
a_revert_that_is_repeated_succeeds (void **state)
{
  (void) state;
  for (int existed = 0; existed < 2; existed++)
    {
      g_auto (Scene) scene = { 0 };

      scene_init (&scene, NULL);
      if (existed)
        put (scene.path, "former", -1);
      run (&scene, ATTEMPT_OUTCOME_SUCCESS);
      run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
      run_after_crash (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
      if (existed)
        assert_content (scene.path, "former", 6);
      assert_int_equal (count_entries (scene.folder), existed);
    }
}

static void
an_attempt_that_did_nothing_yet_is_reverted (void **state)
{
  g_auto (Scene) scene = { 0 };

  (void) state;
  scene_init (&scene, NULL);
  put (scene.path, "former", -1);
  run_after_crash (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
  assert_content (scene.path, "former", 6);
  assert_int_equal (count_entries (scene.folder), 1);
}

/* The states of the folder between the system calls of an execute, made by taking back what comes after. */
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
      g_auto (Scene) scene = { 0 };
      g_autofree char *kept = NULL;
      g_autofree char *leftover = NULL;
      gboolean is_repeated = i >= G_N_ELEMENTS (moments);
      gboolean existed = moments[i % G_N_ELEMENTS (moments)].existed;
      const char *ending = existed ? ".was" : ".none";

      scene_init (&scene, NULL);
      if (existed)
        put (scene.path, "former", -1);
      run (&scene, ATTEMPT_OUTCOME_SUCCESS);
      kept = dup_kept_path (&scene, ending);
      assert_non_null (kept);
      leftover = g_strdup_printf ("%.*s.new", (int) (strlen (kept) - strlen (ending)), kept);
      if (!moments[i % G_N_ELEMENTS (moments)].is_replaced)
        {
          assert_int_equal (unlink (scene.path), 0);
          if (existed)
            assert_int_equal (link (kept, scene.path), 0);
        }
      if (moments[i % G_N_ELEMENTS (moments)].has_leftover)
        put (leftover, "lis", -1);
      if (is_repeated)
        {
          run_after_crash (&scene, ATOM_ACTION_EXECUTE, ATTEMPT_OUTCOME_SUCCESS);
          assert_written (&scene);
        }
      run_after_crash (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
      if (existed)
        assert_content (scene.path, "former", 6);
      assert_int_equal (count_entries (scene.folder), existed);
    }
}

/* -- Changes by others ------------------------------------------------------------------------ */

static void
a_file_that_others_changed_is_not_overwritten_by_a_revert (void **state)
{
  (void) state;
  for (int existed = 0; existed < 2; existed++)
    {
      g_auto (Scene) scene = { 0 };
      g_autofree char *kept = NULL;

      scene_init (&scene, NULL);
      if (existed)
        put (scene.path, "former", -1);
      run (&scene, ATTEMPT_OUTCOME_SUCCESS);
      put (scene.path, "listen 80; # tuned\n", -1);
      run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_FAILURE);
      kept = dup_kept_path (&scene, existed ? ".was" : ".none");
      assert_failed (&scene, scene.path);
      assert_failed (&scene, kept);
      assert_content (scene.path, "listen 80; # tuned\n", 19);
      /* Once that is out of the way, it is reverted. */
      assert_int_equal (unlink (scene.path), 0);
      run_after_crash (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
      assert_int_equal (count_entries (scene.folder), existed);
    }
}

static void
a_file_that_others_changed_is_not_overwritten_by_a_repeated_execute (void **state)
{
  g_auto (Scene) scene = { 0 };
  g_autofree char *kept = NULL;

  (void) state;
  scene_init (&scene, NULL);
  put (scene.path, "former", -1);
  run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  put (scene.path, "mine", -1);
  run_after_crash (&scene, ATOM_ACTION_EXECUTE, ATTEMPT_OUTCOME_FAILURE);
  kept = dup_kept_path (&scene, ".was");
  assert_failed (&scene, "was changed while this run was interrupted");
  assert_content (scene.path, "mine", 4);
  assert_content (kept, "former", 6);
}

static void
a_file_that_others_removed_is_put_back_or_left_away (void **state)
{
  (void) state;
  for (int existed = 0; existed < 2; existed++)
    {
      g_auto (Scene) scene = { 0 };

      scene_init (&scene, NULL);
      if (existed)
        put (scene.path, "former", -1);
      run (&scene, ATTEMPT_OUTCOME_SUCCESS);
      assert_int_equal (unlink (scene.path), 0);
      run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
      assert_int_equal (count_entries (scene.folder), existed);
    }
}

static void
what_others_took_away_is_missed (void **state)
{
  (void) state;
  for (int existed = 0; existed < 2; existed++)
    {
      g_auto (Scene) scene = { 0 };
      g_autofree char *kept = NULL;

      scene_init (&scene, NULL);
      if (existed)
        put (scene.path, "former", -1);
      run (&scene, ATTEMPT_OUTCOME_SUCCESS);
      kept = dup_kept_path (&scene, existed ? ".was" : ".none");
      assert_int_equal (unlink (kept), 0);
      run_next (&scene, ATOM_ACTION_REVERT,
                existed ? ATTEMPT_OUTCOME_FAILURE : ATTEMPT_OUTCOME_SUCCESS);
      if (existed)
        assert_failed (&scene, "is gone");
      assert_int_equal (count_entries (scene.folder), existed);
    }
}

static void
a_marker_that_is_gone_does_not_make_a_foreign_file_ours (void **state)
{
  g_auto (Scene) scene = { 0 };
  g_autofree char *kept = NULL;

  (void) state;
  scene_init (&scene, NULL);
  run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  kept = dup_kept_path (&scene, ".none");
  assert_int_equal (unlink (kept), 0);
  put (scene.path, "mine", -1);
  run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_FAILURE);
  assert_failed (&scene, "there was no such file before");
  assert_content (scene.path, "mine", 4);
}

static void
another_link_to_the_former_file_stays_one (void **state)
{
  g_auto (Scene) scene = { 0 };
  g_autofree char *other = NULL;
  struct stat info;

  (void) state;
  scene_init (&scene, NULL);
  other = g_build_filename (scene.folder, "other", NULL);
  put (scene.path, "former", -1);
  assert_int_equal (link (scene.path, other), 0);
  run (&scene, ATTEMPT_OUTCOME_SUCCESS);
  assert_content (other, "former", 6);
  run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (stat (other, &info), 0);
  assert_int_equal (info.st_nlink, 2);
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
      g_auto (Scene) scene = { 0 };
      struct stat before, after;

      scene_init (&scene, NULL);
      if (kind == FOLDER)
        assert_int_equal (mkdir (scene.path, 0755), 0);
      else if (kind == FIFO)
        assert_int_equal (mkfifo (scene.path, 0644), 0);
      else
        assert_int_equal (symlink (kind == LINK ? "/etc/hostname" : "/nowhere", scene.path), 0);
      assert_int_equal (lstat (scene.path, &before), 0);
      run (&scene, ATTEMPT_OUTCOME_FAILURE);
      assert_failed (&scene, messages[kind]);
      assert_string_equal (atom_fixture_get_domain (&scene.fixture), "g-file-error-quark");
      assert_int_equal (lstat (scene.path, &after), 0);
      assert_int_equal (after.st_ino, before.st_ino);
      assert_int_equal (count_entries (scene.folder), 1);
      run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_SUCCESS);
      assert_int_equal (count_entries (scene.folder), 1);
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
      g_auto (Scene) scene = { 0 };

      scene_init (&scene, NULL);
      atom_fixture_set (&scene.fixture, "root", g_variant_new_string (cases[i].root));
      run (&scene, ATTEMPT_OUTCOME_FAILURE);
      assert_failed (&scene, cases[i].message);
    }
}

static void
an_argument_that_is_absent_fails_execute_and_revert (void **state)
{
  g_auto (Scene) scene = { 0 };

  (void) state;
  scene_init (&scene, NULL);
  g_clear_pointer (&scene.fixture.arguments[1], g_variant_unref);
  run (&scene, ATTEMPT_OUTCOME_FAILURE);
  assert_string_equal (atom_fixture_get_message (&scene.fixture),
                       "option 'content': {port} has no value");
  run_next (&scene, ATOM_ACTION_REVERT, ATTEMPT_OUTCOME_FAILURE);
  assert_int_equal (count_entries (scene.folder), 0);
}

/* Runs the scene's attempt in a child that may write files of `limit` bytes only, and returns what it saw: 0 for a failure
 * with "File too large" that left everything as it was. */
static int
run_limited (Scene *scene, rlim_t limit, guint entries)
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
                 && count_entries (scene->folder) == entries;
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
      g_auto (Scene) scene = { 0 };

      scene_init (&scene, NULL);
      if (existed)
        put (scene.path, "former", -1);
      atom_fixture_set (&scene.fixture, "port", g_variant_new_take_string (g_strnfill (4000, '8')));
      /* Room for the marker, then for nothing. */
      assert_int_equal (run_limited (&scene, 1000, (guint) existed), 0);
      assert_int_equal (run_limited (&scene, 0, (guint) existed), 0);
      if (existed)
        assert_content (scene.path, "former", 6);
    }
}

static void
a_folder_that_may_not_be_written_is_told (void **state)
{
  g_auto (Scene) scene = { 0 };

  (void) state;
  if (geteuid () == 0)
    skip ();
  scene_init (&scene, NULL);
  put (scene.path, "former", -1);
  assert_int_equal (chmod (scene.folder, 0555), 0);
  run (&scene, ATTEMPT_OUTCOME_FAILURE);
  assert_failed (&scene, "Permission denied");
  assert_int_equal (chmod (scene.folder, 0755), 0);
  assert_content (scene.path, "former", 6);
  assert_int_equal (count_entries (scene.folder), 1);
}

static void
the_longest_name_is_written_and_reverted (void **state)
{
  g_auto (Scene) scene = { 0 };
  g_autofree char *name = g_strnfill (255, 'n');
  g_autofree char *path = NULL;
  g_auto (AtomFixture) fixture = { 0 };
  GVariantBuilder options;

  (void) state;
  scene_init (&scene, NULL);
  path = g_build_filename (scene.folder, name, NULL);
  put (path, "former", -1);
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "path", g_variant_new_string (path));
  g_variant_builder_add (&options, "{sv}", "content", g_variant_new_string ("new"));
  atom_fixture_init (&fixture,
                     step_new_task ("t", "file.write", g_variant_builder_end (&options), NULL),
                     ATOM_ACTION_EXECUTE);
  assert_int_equal (atom_fixture_run (&fixture), ATTEMPT_OUTCOME_SUCCESS);
  assert_content (path, "new", 3);
  atom_fixture_next (&fixture, ATOM_ACTION_REVERT);
  assert_int_equal (atom_fixture_run (&fixture), ATTEMPT_OUTCOME_SUCCESS);
  assert_content (path, "former", 6);
  assert_int_equal (count_entries (scene.folder), 1);
}

static void
a_result_of_something_else_is_not_reverted (void **state)
{
  g_auto (Scene) scene = { 0 };

  (void) state;
  scene_init (&scene, NULL);
  atom_fixture_next (&scene.fixture, ATOM_ACTION_REVERT);
  scene.fixture.attempt.own_result = g_variant_ref_sink (g_variant_new_parsed ("{'path': <7>}"));
  run (&scene, ATTEMPT_OUTCOME_FAILURE);
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
