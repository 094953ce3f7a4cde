/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "storage/owner_lock.h"
#include "tests/storage/children.h"
#include "tests/storage/fixture.h"

#define MANY 100

/* The longest word that is read from a child. */
#define WORD_SIZE 256

/* Who is not root. */
#define NOBODY 65534

static char *
get_database (const char *folder)
{
  return g_build_filename (folder, "some.db", NULL);
}

static char *
get_file (const char *folder)
{
  return g_build_filename (folder, "some.db-owners", NULL);
}

static OwnerLocks *
make_locks (const char *folder)
{
  g_autofree char *database = get_database (folder);

  return owner_locks_new (database);
}

static void
put (const char *path, const char *text)
{
  assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
rename_file (const char *folder, const char *from, const char *to)
{
  g_autofree char *old = g_build_filename (folder, from, NULL);
  g_autofree char *new = g_build_filename (folder, to, NULL);

  assert_int_equal (g_rename (old, new), 0);
}

/* -- One process --------------------------------------------------------------------------------
 */

static void
a_lock_is_seen_as_long_as_it_is_held (void **state)
{
  const char *folder = (const char *) *state;
  g_autoptr (OwnerLocks) locks = make_locks (folder);
  g_autoptr (OwnerLocks) others = make_locks (folder);
  OwnerLock *lock = owner_lock_take (locks);
  g_autofree char *word = NULL;

  assert_non_null (lock);
  word = g_strdup (owner_lock_get_word (lock));
  assert_int_equal (owner_locks_look (others, word), OWNER_LOCK_HELD);
  assert_int_equal (owner_locks_look (locks, word), OWNER_LOCK_HELD);
  owner_lock_free (lock);
  assert_int_equal (owner_locks_look (others, word), OWNER_LOCK_FREE);
  assert_int_equal (owner_locks_look (locks, word), OWNER_LOCK_FREE);
}

static void
many_locks_are_held_and_let_go_of_one_by_one (void **state)
{
  const char *folder = (const char *) *state;
  g_autoptr (OwnerLocks) even = make_locks (folder);
  g_autoptr (OwnerLocks) odd = make_locks (folder);
  OwnerLock *locks[MANY];
  char *words[MANY];

  for (guint i = 0; i < MANY; i++)
    {
      locks[i] = owner_lock_take (i % 2 == 0 ? even : odd);
      assert_non_null (locks[i]);
      words[i] = g_strdup (owner_lock_get_word (locks[i]));
      for (guint j = 0; j < i; j++)
        assert_string_not_equal (words[i], words[j]);
    }
  for (guint i = 0; i < MANY; i++)
    {
      for (guint j = 0; j < MANY; j++)
        assert_int_equal (owner_locks_look (even, words[j]),
                          j < i ? OWNER_LOCK_FREE : OWNER_LOCK_HELD);
      owner_lock_free (locks[i]);
    }
  for (guint i = 0; i < MANY; i++)
    g_free (words[i]);
}

static void
nothing_and_nobody_are_fine (void **state)
{
  (void) state;
  assert_null (owner_lock_take (NULL));
  assert_int_equal (owner_locks_look (NULL, "ef53:1:1:1"), OWNER_LOCK_UNSEEN);
  owner_lock_free (NULL);
  owner_locks_free (NULL);
}

static void
a_word_that_names_no_lock_is_not_judged (void **state)
{
  static const char *const ends[]
      = { "", ":", ":x", ":-1", ":1:1", ":ffffffffffffffff", "0:1", " :1" };
  g_autoptr (OwnerLocks) locks = make_locks ((const char *) *state);
  g_autoptr (OwnerLock) lock = owner_lock_take (locks);
  g_autofree char *file = g_strdup (owner_lock_get_word (lock));

  *strrchr (file, ':') = '\0';
  for (gsize i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      g_autofree char *word = g_strconcat (file, ends[i], NULL);

      if (owner_locks_look (locks, word) != OWNER_LOCK_UNSEEN)
        fail_msg ("%s", word);
    }
  assert_int_equal (owner_locks_look (locks, "-"), OWNER_LOCK_UNSEEN);
  assert_int_equal (owner_locks_look (locks, ""), OWNER_LOCK_UNSEEN);
}

/* -- The file -----------------------------------------------------------------------------------
 */

static void
the_file_is_made_when_it_is_needed_as_private_as_the_database (void **state)
{
  static const mode_t modes[] = { 0600, 0660, 0644 };
  const char *folder = (const char *) *state;
  g_autofree char *database = get_database (folder);
  g_autofree char *path = get_file (folder);

  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autoptr (OwnerLocks) locks = make_locks (folder);
      g_autoptr (OwnerLock) lock = NULL;
      mode_t mask = umask (077);
      struct stat about;

      put (database, "");
      assert_int_equal (chmod (database, modes[i]), 0);
      assert_int_equal (owner_locks_look (locks, "ef53:1:1:1"), OWNER_LOCK_UNSEEN);
      assert_int_equal (lstat (path, &about), -1);
      lock = owner_lock_take (locks);
      umask (mask);
      assert_non_null (lock);
      assert_int_equal (lstat (path, &about), 0);
      assert_true (S_ISREG (about.st_mode));
      assert_int_equal (about.st_mode & 07777, modes[i]);
      assert_int_equal (about.st_size, 0);
      assert_int_equal (g_unlink (path), 0);
    }
}

static void
root_makes_it_for_whoever_has_the_database (void **state)
{
  const char *folder = (const char *) *state;
  g_autofree char *database = get_database (folder);
  g_autofree char *path = get_file (folder);
  g_autoptr (OwnerLocks) locks = make_locks (folder);
  g_autoptr (OwnerLock) lock = NULL;
  struct stat about;

  put (database, "");
  if (chown (database, NOBODY, NOBODY) != 0)
    skip ();
  lock = owner_lock_take (locks);
  assert_non_null (lock);
  assert_int_equal (lstat (path, &about), 0);
  assert_int_equal (about.st_uid, NOBODY);
  assert_int_equal (about.st_gid, NOBODY);
}

static void
what_else_has_the_name_is_left_alone (void **state)
{
  const char *folder = (const char *) *state;
  g_autofree char *path = get_file (folder);
  g_autofree char *target = g_build_filename (folder, "target", NULL);
  g_autoptr (OwnerLocks) locks = make_locks (folder);
  g_autofree char *text = NULL;

  assert_int_equal (symlink (target, path), 0);
  assert_null (owner_lock_take (locks));
  assert_false (g_file_test (target, G_FILE_TEST_EXISTS));
  put (target, "");
  assert_null (owner_lock_take (locks));
  assert_int_equal (g_unlink (path), 0);
  assert_int_equal (mkfifo (path, 0600), 0);
  assert_null (owner_lock_take (locks));
  assert_int_equal (owner_locks_look (locks, "ef53:1:1:1"), OWNER_LOCK_UNSEEN);
  assert_int_equal (g_unlink (path), 0);
  assert_int_equal (g_mkdir (path, 0700), 0);
  assert_null (owner_lock_take (locks));
  assert_int_equal (g_rmdir (path), 0);
  put (path, "somebody's");
  assert_null (owner_lock_take (locks));
  assert_true (g_file_get_contents (path, &text, NULL, NULL));
  assert_string_equal (text, "somebody's");
}

/* Is not root: makes no lock where the folder, or the file, is not its to write to. */
static int
try_without_rights (const char *folder, int from_parent, int to_parent)
{
  g_autoptr (OwnerLocks) locks = make_locks (folder);
  g_autofree char *path = get_file (folder);

  (void) from_parent;
  (void) to_parent;
  if (chmod (folder, 0555) != 0 || (geteuid () == 0 && setuid (NOBODY) != 0))
    return 1;
  return owner_lock_take (locks) == NULL && access (path, F_OK) != 0 ? 0 : 2;
}

static void
where_nothing_can_be_written_there_is_no_lock (void **state)
{
  const char *folder = (const char *) *state;
  g_autoptr (OwnerLocks) nowhere = owner_locks_new ("/nowhere/some.db");
  g_autoptr (OwnerLocks) unlockable = owner_locks_new ("/proc/self/some.db");
  Child child = child_start (try_without_rights, folder);

  assert_int_equal (child_finish (&child), 0);
  assert_int_equal (chmod (folder, 0700), 0);
  assert_null (owner_lock_take (nowhere));
  assert_null (owner_lock_take (unlockable));
}

static void
of_a_file_that_was_removed_or_copied_nothing_is_known (void **state)
{
  const char *folder = (const char *) *state;
  g_autofree char *path = get_file (folder);
  g_autoptr (OwnerLocks) locks = make_locks (folder);
  g_autoptr (OwnerLocks) others = make_locks (folder);
  OwnerLock *lock = owner_lock_take (locks);
  OwnerLock *new = NULL;
  g_autofree char *word = g_strdup (owner_lock_get_word (lock));

  assert_int_equal (g_unlink (path), 0);
  assert_int_equal (owner_locks_look (others, word), OWNER_LOCK_UNSEEN);
  /* Nobody sees a lock of the removed file, and none is pretended to be held. */
  assert_null (owner_lock_take (locks));
  new = owner_lock_take (others);
  assert_non_null (new);
  assert_int_equal (owner_locks_look (others, word), OWNER_LOCK_UNSEEN);
  assert_int_equal (owner_locks_look (locks, owner_lock_get_word (new)), OWNER_LOCK_HELD);
  /* A store that was moved takes its file along, or not; in its place there is another. */
  rename_file (folder, "some.db-owners", "moved.db-owners");
  assert_int_equal (owner_locks_look (others, owner_lock_get_word (new)), OWNER_LOCK_UNSEEN);
  put (path, "");
  assert_int_equal (owner_locks_look (others, owner_lock_get_word (new)), OWNER_LOCK_UNSEEN);
  rename_file (folder, "moved.db-owners", "some.db-owners");
  assert_int_equal (owner_locks_look (locks, owner_lock_get_word (new)), OWNER_LOCK_HELD);
  owner_lock_free (lock);
  lock = owner_lock_take (locks);
  assert_non_null (lock);
  assert_int_equal (owner_locks_look (others, owner_lock_get_word (lock)), OWNER_LOCK_HELD);
  owner_lock_free (lock);
  owner_lock_free (new);
}

static void
two_databases_in_a_folder_have_a_file_each (void **state)
{
  const char *folder = (const char *) *state;
  g_autofree char *elsewhere = g_build_filename (folder, "other.db", NULL);
  g_autoptr (OwnerLocks) locks = make_locks (folder);
  g_autoptr (OwnerLocks) others = owner_locks_new (elsewhere);
  g_autoptr (OwnerLock) first = owner_lock_take (locks);
  g_autoptr (OwnerLock) second = owner_lock_take (others);

  assert_int_equal (owner_locks_look (others, owner_lock_get_word (first)), OWNER_LOCK_UNSEEN);
  assert_int_equal (owner_locks_look (locks, owner_lock_get_word (second)), OWNER_LOCK_UNSEEN);
  assert_int_equal (owner_locks_look (others, owner_lock_get_word (second)), OWNER_LOCK_HELD);
}

/* -- Processes ----------------------------------------------------------------------------------
 */

/* Takes a lock and tells its word, which ends in a line feed. Returns: whether that worked. */
static gboolean
tell_lock (OwnerLocks *locks, int to_parent)
{
  OwnerLock *lock = owner_lock_take (locks);
  g_autofree char *line
      = lock != NULL ? g_strdup_printf ("%s\n", owner_lock_get_word (lock)) : g_strdup ("\n");

  return write (to_parent, line, strlen (line)) == (gssize) strlen (line) && lock != NULL;
}

static char *
read_word (int from_child)
{
  char word[WORD_SIZE] = "";

  for (guint i = 0; i < WORD_SIZE - 1; i++)
    {
      word[i] = child_await (from_child);
      if (word[i] == '\n' || word[i] == '\0')
        {
          word[i] = '\0';
          break;
        }
    }
  return g_strdup (word);
}

static int
hold (const char *folder, int from_parent, int to_parent)
{
  g_autoptr (OwnerLocks) locks = make_locks (folder);

  if (!tell_lock (locks, to_parent))
    return 1;
  child_await (from_parent);
  return 0;
}

/* Starts a program that lives until our end of the pipe is closed, which it reads from, and says
 * whether it runs. */
static int
hold_and_start (const char *folder, int from_parent, int to_parent)
{
  char *const arguments[] = { g_strdup ("cat"), NULL };
  char *const environment[] = { NULL };
  g_autoptr (OwnerLocks) locks = make_locks (folder);
  posix_spawn_file_actions_t files;
  pid_t pid;

  if (!tell_lock (locks, to_parent))
    return 1;
  posix_spawn_file_actions_init (&files);
  posix_spawn_file_actions_adddup2 (&files, from_parent, STDIN_FILENO);
  posix_spawn_file_actions_adddup2 (&files, to_parent, STDOUT_FILENO);
  child_tell (to_parent, posix_spawn (&pid, "/bin/cat", &files, NULL, arguments, environment) == 0
                             ? 'o'
                             : 'e');
  pause ();
  return 2;
}

static int
hold_and_fork (const char *folder, int from_parent, int to_parent)
{
  g_autoptr (OwnerLocks) locks = make_locks (folder);

  if (!tell_lock (locks, to_parent))
    return 1;
  if (fork () == 0)
    {
      child_tell (to_parent, 'o');
      child_await (from_parent);
      _exit (0);
    }
  pause ();
  return 2;
}

static void
kill_and_reap (const Child *child)
{
  assert_int_equal (kill (child->pid, SIGKILL), 0);
  assert_int_equal (waitpid (child->pid, NULL, 0), child->pid);
}

static void
the_lock_of_a_killed_process_is_free (void **state)
{
  const char *folder = (const char *) *state;
  g_autoptr (OwnerLocks) locks = make_locks (folder);
  Child child = child_start (hold, folder);
  g_autofree char *word = read_word (child.from);
  siginfo_t info;

  assert_int_equal (owner_locks_look (locks, word), OWNER_LOCK_HELD);
  assert_int_equal (kill (child.pid, SIGKILL), 0);
  /* It is a zombie. */
  assert_int_equal (waitid (P_PID, (id_t) child.pid, &info, WEXITED | WNOWAIT), 0);
  assert_int_equal (owner_locks_look (locks, word), OWNER_LOCK_FREE);
  assert_int_equal (child_finish (&child), 128 + SIGKILL);
}

static void
a_program_that_outlives_the_process_does_not_keep_its_lock (void **state)
{
  const char *folder = (const char *) *state;
  g_autoptr (OwnerLocks) locks = make_locks (folder);
  Child child = child_start (hold_and_start, folder);
  g_autofree char *word = read_word (child.from);

  assert_int_equal (child_await (child.from), 'o');
  assert_int_equal (owner_locks_look (locks, word), OWNER_LOCK_HELD);
  kill_and_reap (&child);
  assert_int_equal (owner_locks_look (locks, word), OWNER_LOCK_FREE);
  /* It is still there. */
  assert_true (child_tell (child.to, 'x'));
  assert_int_equal (child_await (child.from), 'x');
  close (child.to);
  assert_int_equal (child_await (child.from), 0);
  close (child.from);
}

static void
a_forked_child_keeps_the_lock_until_it_ends (void **state)
{
  const char *folder = (const char *) *state;
  g_autoptr (OwnerLocks) locks = make_locks (folder);
  Child child = child_start (hold_and_fork, folder);
  g_autofree char *word = read_word (child.from);

  assert_int_equal (child_await (child.from), 'o');
  kill_and_reap (&child);
  assert_int_equal (owner_locks_look (locks, word), OWNER_LOCK_HELD);
  close (child.to);
  close (child.from);
}

/* -- Namespaces ---------------------------------------------------------------------------------
 */

/* Why a process in a namespace of its own ends: it can't be tried here, or a lock from outside is
 * not seen as held. */
#define FOUND_NO_WAY 77
#define FOUND_OUTER_WRONG 78

static int
look_in_namespace (const char *folder, int from_parent, int to_parent)
{
  g_autoptr (OwnerLocks) locks = make_locks (folder);
  g_autofree char *outer = NULL;

  if (!tell_lock (locks, to_parent))
    return 1;
  outer = read_word (from_parent);
  if (owner_locks_look (locks, outer) != OWNER_LOCK_HELD)
    return FOUND_OUTER_WRONG;
  child_tell (to_parent, 'o');
  pause ();
  return 2;
}

/* Says first which process it is there, so that it can be killed. */
static int
go_elsewhere (const char *folder, int from_parent, int to_parent)
{
  int gate[2];
  int status = 0;
  pid_t child;

  if (unshare (CLONE_NEWUSER | CLONE_NEWPID) != 0 || pipe (gate) != 0)
    return FOUND_NO_WAY;
  child = fork ();
  if (child == 0)
    {
      close (gate[1]);
      child_await (gate[0]);
      _exit (look_in_namespace (folder, from_parent, to_parent));
    }
  if (child < 0 || write (to_parent, &child, sizeof child) != sizeof child)
    return FOUND_NO_WAY;
  close (gate[0]);
  close (gate[1]);
  if (waitpid (child, &status, 0) != child)
    return 3;
  return WIFSIGNALED (status) ? 128 + WTERMSIG (status) : WEXITSTATUS (status);
}

static void
a_lock_is_seen_over_namespaces (void **state)
{
  const char *folder = (const char *) *state;
  Child child = child_start (go_elsewhere, folder);
  g_autoptr (OwnerLocks) locks = make_locks (folder);
  g_autoptr (OwnerLock) lock = owner_lock_take (locks);
  g_autofree char *line = g_strdup_printf ("%s\n", owner_lock_get_word (lock));
  g_autofree char *word = NULL;
  pid_t inner = 0;

  if (read (child.from, &inner, sizeof inner) != sizeof inner)
    {
      assert_int_equal (child_finish (&child), FOUND_NO_WAY);
      skip ();
    }
  word = read_word (child.from);
  assert_int_equal (owner_locks_look (locks, word), OWNER_LOCK_HELD);
  assert_int_equal (write (child.to, line, strlen (line)), strlen (line));
  assert_int_equal (child_await (child.from), 'o');
  assert_int_equal (kill (inner, SIGKILL), 0);
  assert_int_equal (child_finish (&child), 128 + SIGKILL);
  assert_int_equal (owner_locks_look (locks, word), OWNER_LOCK_FREE);
}

#define TEST(name) cmocka_unit_test_setup_teardown (name, fixture_set_up, fixture_tear_down)

int
main (void)
{
  static const struct CMUnitTest tests[] = {
    TEST (a_lock_is_seen_as_long_as_it_is_held),
    TEST (many_locks_are_held_and_let_go_of_one_by_one),
    TEST (nothing_and_nobody_are_fine),
    TEST (a_word_that_names_no_lock_is_not_judged),
    TEST (the_file_is_made_when_it_is_needed_as_private_as_the_database),
    TEST (root_makes_it_for_whoever_has_the_database),
    TEST (what_else_has_the_name_is_left_alone),
    TEST (where_nothing_can_be_written_there_is_no_lock),
    TEST (of_a_file_that_was_removed_or_copied_nothing_is_known),
    TEST (two_databases_in_a_folder_have_a_file_each),
    TEST (the_lock_of_a_killed_process_is_free),
    TEST (a_program_that_outlives_the_process_does_not_keep_its_lock),
    TEST (a_forked_child_keeps_the_lock_until_it_ends),
    TEST (a_lock_is_seen_over_namespaces),
  };

  signal (SIGPIPE, SIG_IGN);
  return cmocka_run_group_tests_name ("storage/owner_lock", tests, NULL, NULL);
}
