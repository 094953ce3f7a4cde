/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE

#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storage/owner.h"
#include "tests/storage/fixture.h"

/* How long it is waited for what /proc says of a process: a minute. */
#define LOOK_EVERY_US 1000
#define LOOKS_MAX 60000

static void
an_owner_is_a_host_a_boot_a_process_its_start_its_namespace_and_its_lock (void **state)
{
  g_autofree char *owner = owner_dup_self (NULL);
  g_auto (GStrv) words = g_strsplit (owner, " ", -1);
  g_autofree char *boot_id = NULL;
  struct stat namespace;

  (void) state;
  assert_int_equal (g_strv_length (words), 6);
  assert_string_equal (words[0], g_get_host_name ());
  if (g_file_get_contents ("/proc/sys/kernel/random/boot_id", &boot_id, NULL, NULL))
    assert_string_equal (words[1], g_strchomp (boot_id));
  assert_int_equal (g_ascii_strtoll (words[2], NULL, 10), getpid ());
  assert_true (g_ascii_strtoll (words[3], NULL, 10) > 0);
  assert_int_equal (stat ("/proc/self/ns/pid", &namespace), 0);
  assert_int_equal (g_ascii_strtoull (words[4], NULL, 10), namespace.st_ino);
  assert_string_equal (words[5], "-");
}

static void
an_owner_stays_the_same (void **state)
{
  g_autofree char *first = owner_dup_self (NULL);
  g_autofree char *second = owner_dup_self (NULL);

  (void) state;
  assert_string_equal (first, second);
}

static void
two_processes_are_two_owners (void **state)
{
  g_autofree char *owner = owner_dup_self (NULL);
  pid_t child = fork ();
  int status = 0;

  (void) state;
  if (child == 0)
    {
      g_autofree char *other = owner_dup_self (NULL);

      _exit (g_str_equal (owner, other) ? 1 : 0);
    }
  assert_int_equal (waitpid (child, &status, 0), child);
  assert_int_equal (status, 0);
}

/* -- Life and death --------------------------------------------------------------------------- */

static gboolean
is_alive (const char *owner)
{
  return owner_get_life (owner, NULL) != STORAGE_OWNER_DEAD;
}

/* The words of an owner that `format` names with %h, %b, %p, %s and %n: those of this process.
 * Returns: (transfer full). */
static char *
make_owner (const char *format)
{
  g_autofree char *self = owner_dup_self (NULL);
  g_auto (GStrv) words = g_strsplit (self, " ", -1);
  GString *owner = g_string_new (format);

  for (guint i = 0; i < 5; i++)
    g_string_replace (owner, (const char *[]){ "%h", "%b", "%p", "%s", "%n" }[i], words[i], 0);
  return g_string_free (owner, FALSE);
}

static void
an_owner_is_alive_as_long_as_its_very_process_is (void **state)
{
  static const struct
  {
    const char *owner;
    StorageOwnerLife life;
  } cases[] = {
    { "%h %b %p %s %n -", STORAGE_OWNER_ALIVE },
    { "%h %b %p 123456789 %n -", STORAGE_OWNER_DEAD },
    { "%h %b %p %s 1 -", STORAGE_OWNER_UNKNOWN },
    { "%h %b %p %s %n", STORAGE_OWNER_ALIVE },
    { "%h - %p %s %n", STORAGE_OWNER_ALIVE },
    { "%h %b %p 123456789 %n", STORAGE_OWNER_DEAD },
    { "%h %b 2147483647 - %n", STORAGE_OWNER_DEAD },
    { "%h 00000000-dead %p %s %n", STORAGE_OWNER_DEAD },
    /* A number alone may be another's. */
    { "%h %b %p - %n", STORAGE_OWNER_UNKNOWN },
    /* Of another host, or in another namespace, the number says nothing, and neither does what is
       here. */
    { "x%h %b %p %s %n", STORAGE_OWNER_UNKNOWN },
    { "x%h 00000000-dead 2147483647 - %n", STORAGE_OWNER_UNKNOWN },
    { "%h %b %p %s 1", STORAGE_OWNER_UNKNOWN },
    { "%h %b 2147483647 1 1", STORAGE_OWNER_UNKNOWN },
    { "%h - 2147483647 1 1", STORAGE_OWNER_UNKNOWN },
    { "%h %b 2147483647 1 -", STORAGE_OWNER_UNKNOWN },
    /* But nothing outlives a boot. */
    { "%h 00000000-dead %p %s 1", STORAGE_OWNER_DEAD },
    /* As earlier versions wrote them. */
    { "%h %b %p %s", STORAGE_OWNER_ALIVE },
    { "%h - %p 123456789", STORAGE_OWNER_DEAD },
    { "%h - 2147483647 -", STORAGE_OWNER_DEAD },
    { "%h 00000000-dead 1 -", STORAGE_OWNER_DEAD },
    { "%h - 1 -", STORAGE_OWNER_UNKNOWN },
    { "x%h - 1 -", STORAGE_OWNER_UNKNOWN },
    /* As a later version may write them. */
    { "%h %b 2147483647 1 %n - more", STORAGE_OWNER_UNKNOWN },
    { "%h %b none 1 %n", STORAGE_OWNER_UNKNOWN },
    { "what is this", STORAGE_OWNER_UNKNOWN },
    { "", STORAGE_OWNER_UNKNOWN },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *owner = make_owner (cases[i].owner);

      if (owner_get_life (owner, NULL) != cases[i].life)
        fail_msg ("%s: %d", cases[i].owner, (int) owner_get_life (owner, NULL));
    }
  assert_int_equal (owner_get_life (NULL, NULL), STORAGE_OWNER_DEAD);
}

static void
an_owner_is_told_in_words (void **state)
{
  static const struct
  {
    const char *owner;
    const char *text;
  } cases[] = {
    { "%h %b 7 1 %n -", "process 7 on %h" },
    { "%h %b 7 1 1 -", "process 7 on %h, in another container" },
    { "%h %b 7 1 %n", "process 7 on %h" },
    { "%h %b 7 1", "process 7 on %h" },
    { "%h %b 7 1 1", "process 7 on %h, in another container" },
    { "x%h %b 7 1 1", "process 7 on x%h" },
    { "what is this", "\"what is this\"" },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *owner = make_owner (cases[i].owner);
      g_autofree char *expected = make_owner (cases[i].text);
      g_autofree char *text = storage_owner_dup_text (owner);

      assert_string_equal (text, expected);
    }
}

/* Runs `live` in a child, which hands its owner over. Returns: its process. */
static pid_t
start_owner (void (*live) (int from_parent), char **owner, int *to_child)
{
  int up[2], down[2];
  char text[512] = "";
  ssize_t length;
  pid_t child;

  assert_int_equal (pipe (up), 0);
  assert_int_equal (pipe (down), 0);
  child = fork ();
  assert_true (child >= 0);
  if (child == 0)
    {
      g_autofree char *self = owner_dup_self (NULL);

      close (down[1]);
      if (write (up[1], self, strlen (self)) > 0)
        live (down[0]);
      _exit (0);
    }
  length = read (up[0], text, sizeof text - 1);
  assert_true (length > 0);
  *owner = g_strdup (text);
  *to_child = down[1];
  close (up[0]);
  close (up[1]);
  close (down[0]);
  return child;
}

static void
wait_for_parent (int from_parent)
{
  char byte;

  if (read (from_parent, &byte, 1) != 0)
    _exit (1);
}

static void
a_zombie_is_dead (void **state)
{
  g_autofree char *owner = NULL;
  int to_child;
  pid_t child = start_owner (wait_for_parent, &owner, &to_child);
  siginfo_t info;

  (void) state;
  assert_true (is_alive (owner));
  close (to_child);
  assert_int_equal (waitid (P_PID, (id_t) child, &info, WEXITED | WNOWAIT), 0);
  assert_false (is_alive (owner));
  assert_int_equal (waitpid (child, NULL, 0), child);
  assert_false (is_alive (owner));
}

static void *
wait_in_thread (void *from_parent)
{
  wait_for_parent (GPOINTER_TO_INT (from_parent));
  _exit (0);
}

static void
end_first_thread (int from_parent)
{
  pthread_t thread;

  if (pthread_create (&thread, NULL, wait_in_thread, GINT_TO_POINTER (from_parent)) == 0)
    pthread_exit (NULL);
}

/* Whether /proc calls the process a zombie; it must be there. (The /proc of another namespace knows
 * other processes, or none, by that number.) */
static gboolean
looks_dead (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", (int) pid);
  g_autofree char *line = NULL;

  assert_true (g_file_get_contents (path, &line, NULL, NULL));
  return g_str_has_prefix (strrchr (line, ')'), ") Z");
}

static void
a_process_whose_first_thread_has_ended_is_alive (void **state)
{
  g_autofree char *owner = NULL;
  int to_child;
  pid_t child = start_owner (end_first_thread, &owner, &to_child);

  (void) state;
  for (guint i = 0; !looks_dead (child); i++)
    {
      assert_true (i < LOOKS_MAX);
      g_usleep (LOOK_EVERY_US);
    }
  assert_true (is_alive (owner));
  close (to_child);
  assert_int_equal (waitpid (child, NULL, 0), child);
  assert_false (is_alive (owner));
}

/* -- Locks --------------------------------------------------------------------------------------
 */

/* What a lock says goes before what is known of processes, on this host and in this boot. */
static void
an_owner_with_a_lock_is_alive_as_long_as_that_is_held (void **state)
{
  static const struct
  {
    const char *owner; /* with %l for the lock */
    StorageOwnerLife held;
    StorageOwnerLife let_go;
    StorageOwnerLife unseen;
  } cases[] = {
    { "%h %b %p %s %n %l", STORAGE_OWNER_ALIVE, STORAGE_OWNER_DEAD, STORAGE_OWNER_ALIVE },
    { "%h %b %p %s 1 %l", STORAGE_OWNER_ALIVE, STORAGE_OWNER_DEAD, STORAGE_OWNER_UNKNOWN },
    { "%h %b 2147483647 1 1 %l", STORAGE_OWNER_ALIVE, STORAGE_OWNER_DEAD, STORAGE_OWNER_UNKNOWN },
    { "%h %b 2147483647 1 - %l", STORAGE_OWNER_ALIVE, STORAGE_OWNER_DEAD, STORAGE_OWNER_UNKNOWN },
    /* Somebody else has it: a child that the dead one has forked. */
    { "%h %b 2147483647 1 %n %l", STORAGE_OWNER_DEAD, STORAGE_OWNER_DEAD, STORAGE_OWNER_DEAD },
    { "%h %b %p 123456789 %n %l", STORAGE_OWNER_DEAD, STORAGE_OWNER_DEAD, STORAGE_OWNER_DEAD },
    /* The host has another name in another container. */
    { "x%h %b 1 1 1 %l", STORAGE_OWNER_ALIVE, STORAGE_OWNER_DEAD, STORAGE_OWNER_UNKNOWN },
    { "x%h %b %p %s %n %l", STORAGE_OWNER_ALIVE, STORAGE_OWNER_DEAD, STORAGE_OWNER_UNKNOWN },
    /* Of another host or another boot it says nothing, nor where it is not known which boot this
       is. */
    { "x%h 00000000-dead %p %s %n %l", STORAGE_OWNER_UNKNOWN, STORAGE_OWNER_UNKNOWN,
      STORAGE_OWNER_UNKNOWN },
    { "x%h - %p %s %n %l", STORAGE_OWNER_UNKNOWN, STORAGE_OWNER_UNKNOWN, STORAGE_OWNER_UNKNOWN },
    { "%h 00000000-dead %p %s 1 %l", STORAGE_OWNER_DEAD, STORAGE_OWNER_DEAD, STORAGE_OWNER_DEAD },
    { "%h - %p %s %n %l", STORAGE_OWNER_ALIVE, STORAGE_OWNER_ALIVE, STORAGE_OWNER_ALIVE },
    { "%h - %p %s 1 %l", STORAGE_OWNER_UNKNOWN, STORAGE_OWNER_UNKNOWN, STORAGE_OWNER_UNKNOWN },
  };
  const char *folder = (const char *) *state;
  g_autofree char *database = g_build_filename (folder, "some.db", NULL);
  g_autofree char *elsewhere = g_build_filename (folder, "other.db", NULL);
  g_autoptr (OwnerLocks) locks = owner_locks_new (database);
  g_autoptr (OwnerLocks) others = owner_locks_new (elsewhere);
  g_autoptr (OwnerLock) other = owner_lock_take (others);

  assert_non_null (other);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      OwnerLock *lock = owner_lock_take (locks);
      g_autofree char *format = NULL;
      g_autofree char *owner = NULL;
      g_auto (GStrv) parts = g_strsplit (cases[i].owner, "%l", 2);

      assert_non_null (lock);
      format = g_strconcat (parts[0], owner_lock_get_word (lock), parts[1], NULL);
      owner = make_owner (format);
      assert_int_equal (owner_get_life (owner, locks), cases[i].held);
      assert_int_equal (owner_get_life (owner, others), cases[i].unseen);
      assert_int_equal (owner_get_life (owner, NULL), cases[i].unseen);
      owner_lock_free (lock);
      assert_int_equal (owner_get_life (owner, locks), cases[i].let_go);
    }
}

static void
an_owner_says_which_lock_it_holds (void **state)
{
  g_autofree char *database = g_build_filename ((const char *) *state, "some.db", NULL);
  g_autoptr (OwnerLocks) locks = owner_locks_new (database);
  g_autoptr (OwnerLock) lock = owner_lock_take (locks);
  g_autofree char *owner = owner_dup_self (lock);
  g_auto (GStrv) words = g_strsplit (owner, " ", -1);

  assert_int_equal (g_strv_length (words), 6);
  assert_string_equal (words[5], owner_lock_get_word (lock));
  assert_int_equal (owner_get_life (owner, locks), STORAGE_OWNER_ALIVE);
}

/* -- Namespaces ---------------------------------------------------------------------------------
 */

/* What is found in a namespace of its own, with the /proc of the one around it, where other
 * processes have the same numbers. */
enum
{
  FOUND_NOTHING = 1 << 0, /* it can't be tried here */
  FOUND_SELF_DEAD = 1 << 1,
  FOUND_CHILD_DEAD = 1 << 2,
  FOUND_GONE_ALIVE = 1 << 3,
  FOUND_OUTER_KNOWN = 1 << 4,
};

/* The second process of the namespace. */
static int
look_at_child (void)
{
  g_autofree char *owner = NULL;
  int to_child;
  pid_t child = start_owner (wait_for_parent, &owner, &to_child);
  int found = is_alive (owner) ? 0 : FOUND_CHILD_DEAD;

  close (to_child);
  if (waitpid (child, NULL, 0) != child || is_alive (owner))
    found |= FOUND_GONE_ALIVE;
  return found;
}

static int
look_around (const char *outer)
{
  g_autofree char *self = owner_dup_self (NULL);
  int found = is_alive (self) ? 0 : FOUND_SELF_DEAD;

  if (owner_get_life (outer, NULL) != STORAGE_OWNER_UNKNOWN)
    found |= FOUND_OUTER_KNOWN;
  return found | look_at_child ();
}

/* Tells `up` the owner of a process in another namespace, which looks around and lives until `down`
 * is closed. */
static int
live_elsewhere (const char *outer, int up, int down)
{
  pid_t child;
  int status = 0;

  if (unshare (CLONE_NEWUSER | CLONE_NEWPID) != 0)
    return FOUND_NOTHING;
  child = fork ();
  if (child == 0)
    {
      g_autofree char *self = owner_dup_self (NULL);
      int found = look_around (outer);

      if (write (up, self, strlen (self)) > 0)
        wait_for_parent (down);
      _exit (found);
    }
  close (up);
  return waitpid (child, &status, 0) == child && WIFEXITED (status) ? WEXITSTATUS (status) : 255;
}

static void
nobody_judges_over_namespaces (void **state)
{
  g_autofree char *outer = owner_dup_self (NULL);
  char inner[512] = "";
  int up[2], down[2];
  int status = 0;
  gssize length;
  pid_t child;

  (void) state;
  assert_int_equal (pipe (up), 0);
  assert_int_equal (pipe (down), 0);
  child = fork ();
  if (child == 0)
    {
      close (up[0]);
      close (down[1]);
      _exit (live_elsewhere (outer, up[1], down[0]));
    }
  close (up[1]);
  close (down[0]);
  length = read (up[0], inner, sizeof inner - 1);
  close (up[0]);
  if (length > 0)
    {
      g_autofree char *text = storage_owner_dup_text (inner);

      assert_int_equal (owner_get_life (inner, NULL), STORAGE_OWNER_UNKNOWN);
      assert_non_null (strstr (text, "another container"));
    }
  close (down[1]);
  assert_int_equal (waitpid (child, &status, 0), child);
  if (WEXITSTATUS (status) == FOUND_NOTHING)
    skip ();
  assert_int_equal (status, 0);
}

int
main (void)
{
  static const struct CMUnitTest tests[] = {
    cmocka_unit_test (an_owner_is_a_host_a_boot_a_process_its_start_its_namespace_and_its_lock),
    cmocka_unit_test (an_owner_stays_the_same),
    cmocka_unit_test (two_processes_are_two_owners),
    cmocka_unit_test (an_owner_is_alive_as_long_as_its_very_process_is),
    cmocka_unit_test (a_zombie_is_dead),
    cmocka_unit_test (a_process_whose_first_thread_has_ended_is_alive),
    cmocka_unit_test (an_owner_is_told_in_words),
    cmocka_unit_test_setup_teardown (an_owner_with_a_lock_is_alive_as_long_as_that_is_held,
                                     fixture_set_up, fixture_tear_down),
    cmocka_unit_test_setup_teardown (an_owner_says_which_lock_it_holds, fixture_set_up,
                                     fixture_tear_down),
    cmocka_unit_test (nobody_judges_over_namespaces),
  };

  return cmocka_run_group_tests_name ("storage/owner", tests, NULL, NULL);
}
