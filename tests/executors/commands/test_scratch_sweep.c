/* SPDX-License-Identifier: Apache-2.0 */

/* What engines that were killed leave on the disk, and what must not be taken for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "executors/commands/command_scratch.h"
#include "executors/commands/scratch_removal.h"
#include "executors/commands/scratch_sweep.h"

#define NAME "backflow-files-aaaaaa"
#define LEVELS 1500
#define MANY 200
#define RACERS 4
#define RACES 150

/* place: where engines make their folders. precious: what nobody may touch. */
typedef struct
{
  char *root;
  char *place;
  char *precious;
  char *variable;
  const char *environment[2];
} Fixture;

static char *
make_folder (const char *parent, const char *name)
{
  char *folder = g_build_filename (parent, name, NULL);

  assert_int_equal (g_mkdir (folder, 0700), 0);
  return folder;
}

static void
write_file (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  assert_true (g_file_set_contents (path, "x", 1, NULL));
}

static int
setup (void **state)
{
  Fixture *fixture = g_new0 (Fixture, 1);

  fixture->root = g_dir_make_tmp ("backflow-sweep-XXXXXX", NULL);
  assert_non_null (fixture->root);
  fixture->place = make_folder (fixture->root, "place");
  fixture->precious = make_folder (fixture->root, "precious");
  write_file (fixture->precious, "file");
  fixture->variable = g_strconcat ("TMPDIR=", fixture->place, NULL);
  fixture->environment[0] = fixture->variable;
  *state = fixture;
  return 0;
}

static guint
count_names (const char *folder)
{
  g_autoptr (GDir) list = g_dir_open (folder, 0, NULL);
  guint count = 0;

  assert_non_null (list);
  while (g_dir_read_name (list) != NULL)
    count++;
  return count;
}

/* Nothing is left, and nothing precious is lost. */
static int
teardown (void **state)
{
  Fixture *fixture = (Fixture *) *state;
  g_autofree char *file = g_build_filename (fixture->precious, "file", NULL);

  assert_int_equal (g_unlink (file), 0);
  assert_int_equal (g_rmdir (fixture->precious), 0);
  assert_int_equal (g_rmdir (fixture->place), 0);
  assert_int_equal (g_rmdir (fixture->root), 0);
  g_free (fixture->root);
  g_free (fixture->place);
  g_free (fixture->precious);
  g_free (fixture->variable);
  g_free (fixture);
  return 0;
}

/* An engine in a process of its own. folder: where its files are. */
typedef struct
{
  pid_t pid;
  char *folder;
} Engine;

static Engine
start_engine (const Fixture *fixture)
{
  Engine engine;
  char path[1024] = "";
  int up[2];

  assert_int_equal (pipe (up), 0);
  engine.pid = fork ();
  if (engine.pid == 0)
    {
      CommandScratch *scratch = command_scratch_new ();
      g_autofree char *file = command_scratch_dup_path (scratch, fixture->environment, NULL);

      if (file != NULL && write (up[1], file, strlen (file)) > 0)
        pause ();
      _exit (1);
    }
  assert_true (read (up[0], path, sizeof path - 1) > 0);
  close (up[0]);
  close (up[1]);
  engine.folder = g_path_get_dirname (path);
  return engine;
}

static void
kill_process (pid_t pid)
{
  assert_int_equal (kill (pid, SIGKILL), 0);
  assert_int_equal (waitpid (pid, NULL, 0), pid);
}

static void
clear_engine (Engine *engine)
{
  g_free (engine->folder);
}

static gboolean
exists (const char *path)
{
  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* -- What goes ----------------------------------------------------------------------------------
 */

static void
what_a_killed_engine_left_is_removed (void **state)
{
  const Fixture *fixture = (const Fixture *) *state;
  Engine engine = start_engine (fixture);
  g_autofree char *inner = make_folder (engine.folder, "1");
  g_autofree char *innermost = make_folder (inner, "2");
  g_autofree char *link = g_build_filename (innermost, "link", NULL);
  g_autofree char *other_link = g_build_filename (engine.folder, "link", NULL);

  write_file (engine.folder, "file");
  write_file (innermost, "file");
  assert_int_equal (symlink (fixture->precious, link), 0);
  assert_int_equal (symlink (fixture->precious, other_link), 0);
  kill_process (engine.pid);
  assert_true (exists (innermost));
  assert_false (scratch_sweep (fixture->place));
  assert_int_equal (count_names (fixture->place), 0);
  assert_int_equal (count_names (fixture->precious), 1);
  clear_engine (&engine);
}

static void
the_next_engine_removes_it_when_it_needs_a_folder (void **state)
{
  const Fixture *fixture = (const Fixture *) *state;
  Engine engine = start_engine (fixture);
  g_autoptr (CommandScratch) scratch = command_scratch_new ();
  g_autofree char *path = NULL;

  write_file (engine.folder, "1");
  kill_process (engine.pid);
  path = command_scratch_dup_path (scratch, fixture->environment, NULL);
  assert_non_null (path);
  assert_false (exists (engine.folder));
  assert_int_equal (count_names (fixture->place), 1);
  clear_engine (&engine);
}

static void
folders_in_folders_go_however_deep_they_are (void **state)
{
  const Fixture *fixture = (const Fixture *) *state;
  gint place = open (fixture->place, O_RDONLY | O_DIRECTORY);
  gint top, fd;

  assert_int_equal (mkdirat (place, NAME, 0700), 0);
  top = openat (place, NAME, O_RDONLY | O_DIRECTORY);
  fd = dup (top);
  for (guint i = 0; i < LEVELS; i++)
    {
      gint next;

      assert_int_equal (mkdirat (fd, "inner", 0700), 0);
      next = openat (fd, "inner", O_RDONLY | O_DIRECTORY);
      assert_true (next >= 0);
      close (fd);
      fd = next;
    }
  close (fd);
  assert_true (scratch_remove (place, NAME, top));
  close (top);
  close (place);
}

static void
of_many_some_go_each_time (void **state)
{
  const Fixture *fixture = (const Fixture *) *state;
  guint left = MANY;

  for (guint i = 0; i < MANY; i++)
    {
      g_autofree char *name = g_strdup_printf ("backflow-files-%06u", i);
      g_autofree char *folder = make_folder (fixture->place, name);

      write_file (folder, "1");
    }
  while (scratch_sweep (fixture->place))
    {
      guint count = count_names (fixture->place);

      assert_true (count < left);
      left = count;
    }
  assert_true (left > 0 && left < MANY);
  assert_int_equal (count_names (fixture->place), 0);
}

/* -- What stays ---------------------------------------------------------------------------------
 */

static void
the_folder_of_a_living_engine_stays (void **state)
{
  const Fixture *fixture = (const Fixture *) *state;
  Engine engine = start_engine (fixture);
  g_autoptr (CommandScratch) here = command_scratch_new ();
  g_autofree char *path = command_scratch_dup_path (here, fixture->environment, NULL);
  g_autofree char *folder = g_path_get_dirname (path);

  for (guint i = 0; i < 2; i++)
    assert_false (scratch_sweep (fixture->place));
  assert_true (exists (engine.folder) && exists (folder));
  kill_process (engine.pid);
  assert_false (scratch_sweep (fixture->place));
  assert_true (!exists (engine.folder) && exists (folder));
  clear_engine (&engine);
}

static void
nothing_else_is_taken_for_one (void **state)
{
  static const char *const others[] = { "backflow-files-", "backflow-files-aaaaa",
                                        "backflow-files-aaaaaaa", "backflow-aaaaaa", "x" };
  const Fixture *fixture = (const Fixture *) *state;
  g_autofree char *link = g_build_filename (fixture->place, NAME, NULL);
  g_autofree char *file = g_build_filename (fixture->place, "backflow-files-bbbbbb", NULL);
  g_autofree char *open_to_all = make_folder (fixture->place, "backflow-files-cccccc");
  g_autofree char *foreign = make_folder (fixture->place, "backflow-files-dddddd");
  gboolean is_root = geteuid () == 0;

  assert_int_equal (symlink (fixture->precious, link), 0);
  assert_true (g_file_set_contents (file, "x", 1, NULL));
  assert_int_equal (g_chmod (open_to_all, 0755), 0);
  assert_int_equal (is_root ? chown (foreign, 1, 1) : g_chmod (foreign, 0770), 0);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    g_free (make_folder (fixture->place, others[i]));

  assert_false (scratch_sweep (fixture->place));
  assert_int_equal (count_names (fixture->place), 4 + G_N_ELEMENTS (others));
  assert_int_equal (count_names (fixture->precious), 1);

  assert_int_equal (g_unlink (link), 0);
  assert_int_equal (g_unlink (file), 0);
  assert_int_equal (g_rmdir (open_to_all), 0);
  assert_int_equal (g_rmdir (foreign), 0);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_autofree char *other = g_build_filename (fixture->place, others[i], NULL);

      assert_int_equal (g_rmdir (other), 0);
    }
}

static gboolean
has_variable (pid_t pid, const char *variable)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/environ", (int) pid);
  g_autofree char *environment = NULL;

  return g_file_get_contents (path, &environment, NULL, NULL)
         && strcmp (environment, variable) == 0;
}

/* A command with a file in the folder, which runs until it is killed. */
static pid_t
start_command (const char *folder)
{
  g_autofree char *variable = g_strdup_printf ("BACKFLOW_OUTPUT=%s/1", folder);
  char *const environment[] = { variable, NULL };
  pid_t child = fork ();

  if (child == 0)
    {
      execle ("/bin/sleep", "sleep", "1000", NULL, environment);
      _exit (127);
    }
  while (!has_variable (child, variable))
    g_thread_yield ();
  return child;
}

static void
what_a_command_of_a_dead_engine_uses_stays_until_it_has_ended (void **state)
{
  const Fixture *fixture = (const Fixture *) *state;
  Engine engine = start_engine (fixture);
  pid_t command = start_command (engine.folder);
  CommandScratch *scratch = command_scratch_new ();
  g_autofree char *path = NULL;

  kill_process (engine.pid);
  assert_true (scratch_sweep (fixture->place));
  path = command_scratch_dup_path (scratch, fixture->environment, NULL);
  assert_non_null (path);
  assert_true (exists (engine.folder));
  kill_process (command);
  /* The engine that found it looks again at its end. */
  command_scratch_free (scratch);
  assert_false (exists (engine.folder));
  clear_engine (&engine);
}

static void
no_place_has_nothing_in_it (void **state)
{
  (void) state;
  assert_false (scratch_sweep ("/nonexistent/place"));
}

/* -- At once ------------------------------------------------------------------------------------
 */

/* Makes a folder again and again, and leaves one each time as if it had been killed. Returns: its
 * exit status. */
static int
race (const Fixture *fixture, guint racer)
{
  for (guint i = 0; i < RACES; i++)
    {
      g_autofree char *name = g_strdup_printf ("backflow-files-%u%05u", racer, i);
      g_autofree char *left = g_build_filename (fixture->place, name, NULL);
      g_autoptr (CommandScratch) scratch = command_scratch_new ();
      g_autofree char *path = NULL;

      if (g_mkdir (left, 0700) != 0)
        return 1;
      path = command_scratch_dup_path (scratch, fixture->environment, NULL);
      if (path == NULL)
        return 2;
      g_thread_yield ();
      if (!g_file_set_contents (path, "x", 1, NULL) || command_scratch_is_empty (scratch))
        return 3;
    }
  return 0;
}

static void
engines_that_start_at_once_take_nothing_from_each_other (void **state)
{
  const Fixture *fixture = (const Fixture *) *state;
  pid_t racers[RACERS];
  int status = 0;

  for (guint i = 0; i < RACERS; i++)
    {
      racers[i] = fork ();
      if (racers[i] == 0)
        _exit (race (fixture, i));
    }
  for (guint i = 0; i < RACERS; i++)
    {
      int one = 255;

      assert_int_equal (waitpid (racers[i], &one, 0), racers[i]);
      status |= one;
    }
  while (scratch_sweep (fixture->place))
    continue;
  assert_int_equal (status, 0);
  assert_int_equal (count_names (fixture->place), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown (name, setup, teardown)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (what_a_killed_engine_left_is_removed),
    TEST (the_next_engine_removes_it_when_it_needs_a_folder),
    TEST (folders_in_folders_go_however_deep_they_are),
    TEST (of_many_some_go_each_time),
    TEST (the_folder_of_a_living_engine_stays),
    TEST (nothing_else_is_taken_for_one),
    TEST (what_a_command_of_a_dead_engine_uses_stays_until_it_has_ended),
    TEST (no_place_has_nothing_in_it),
    TEST (engines_that_start_at_once_take_nothing_from_each_other),
  };

  return cmocka_run_group_tests_name ("executors/scratch_sweep", tests, NULL, NULL);
}
