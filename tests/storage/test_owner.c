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

static void
an_owner_is_a_host_a_boot_a_process_its_start_and_its_namespace (void **state)
{
  g_autofree char *owner = owner_dup_self ();
  g_auto (GStrv) words = g_strsplit (owner, " ", -1);
  g_autofree char *boot_id = NULL;
  struct stat namespace;

  (void) state;
  assert_int_equal (g_strv_length (words), 5);
  assert_string_equal (words[0], g_get_host_name ());
  if (g_file_get_contents ("/proc/sys/kernel/random/boot_id", &boot_id, NULL, NULL))
    assert_string_equal (words[1], g_strchomp (boot_id));
  assert_int_equal (g_ascii_strtoll (words[2], NULL, 10), getpid ());
  assert_true (g_ascii_strtoll (words[3], NULL, 10) > 0);
  assert_int_equal (stat ("/proc/self/ns/pid", &namespace), 0);
  assert_int_equal (g_ascii_strtoull (words[4], NULL, 10), namespace.st_ino);
}

static void
an_owner_stays_the_same (void **state)
{
  g_autofree char *first = owner_dup_self ();
  g_autofree char *second = owner_dup_self ();

  (void) state;
  assert_string_equal (first, second);
}

static void
two_processes_are_two_owners (void **state)
{
  g_autofree char *owner = owner_dup_self ();
  pid_t child = fork ();
  int status = 0;

  (void) state;
  if (child == 0)
    {
      g_autofree char *other = owner_dup_self ();

      _exit (g_str_equal (owner, other) ? 1 : 0);
    }
  assert_int_equal (waitpid (child, &status, 0), child);
  assert_int_equal (status, 0);
}

/* -- Life and death --------------------------------------------------------------------------- */

/* The words of an owner that `format` names with %h, %b, %p, %s and %n: those of this process. Returns: (transfer full). */
static char *
make_owner (const char *format)
{
  g_autofree char *self = owner_dup_self ();
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
    { "%h %b %p %s %n", STORAGE_OWNER_ALIVE },
    { "%h - %p %s %n", STORAGE_OWNER_ALIVE },
    { "%h %b %p 123456789 %n", STORAGE_OWNER_DEAD },
    { "%h %b 2147483647 - %n", STORAGE_OWNER_DEAD },
    { "%h 00000000-dead %p %s %n", STORAGE_OWNER_DEAD },
    /* A number alone may be another's. */
    { "%h %b %p - %n", STORAGE_OWNER_UNKNOWN },
    /* Of another host, or in another namespace, the number says nothing, and neither does what is here. */
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
    { "%h %b 2147483647 1 %n more", STORAGE_OWNER_UNKNOWN },
    { "%h %b none 1 %n", STORAGE_OWNER_UNKNOWN },
    { "what is this", STORAGE_OWNER_UNKNOWN },
    { "", STORAGE_OWNER_UNKNOWN },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *owner = make_owner (cases[i].owner);

      if (storage_owner_get_life (owner) != cases[i].life)
        fail_msg ("%s: %d", cases[i].owner, (int) storage_owner_get_life (owner));
      assert_int_equal (storage_owner_is_alive (owner), cases[i].life != STORAGE_OWNER_DEAD);
    }
  assert_int_equal (storage_owner_get_life (NULL), STORAGE_OWNER_DEAD);
  assert_false (storage_owner_is_alive (NULL));
}

static void
an_owner_is_told_in_words (void **state)
{
  static const struct
  {
    const char *owner;
    const char *text;
  } cases[] = {
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
      g_autofree char *self = owner_dup_self ();

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
  assert_true (storage_owner_is_alive (owner));
  close (to_child);
  assert_int_equal (waitid (P_PID, (id_t) child, &info, WEXITED | WNOWAIT), 0);
  assert_false (storage_owner_is_alive (owner));
  assert_int_equal (waitpid (child, NULL, 0), child);
  assert_false (storage_owner_is_alive (owner));
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

/* Whether /proc calls the process a zombie. */
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
  while (!looks_dead (child))
    g_thread_yield ();
  assert_true (storage_owner_is_alive (owner));
  close (to_child);
  assert_int_equal (waitpid (child, NULL, 0), child);
  assert_false (storage_owner_is_alive (owner));
}

/* -- Namespaces --------------------------------------------------------------------------------- */

/* What is found in a namespace of its own, with the /proc of the one around it, where other processes have the same numbers. */
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
  int found = storage_owner_is_alive (owner) ? 0 : FOUND_CHILD_DEAD;

  close (to_child);
  if (waitpid (child, NULL, 0) != child || storage_owner_is_alive (owner))
    found |= FOUND_GONE_ALIVE;
  return found;
}

static int
look_around (const char *outer)
{
  g_autofree char *self = owner_dup_self ();
  int found = storage_owner_is_alive (self) ? 0 : FOUND_SELF_DEAD;

  if (storage_owner_get_life (outer) != STORAGE_OWNER_UNKNOWN)
    found |= FOUND_OUTER_KNOWN;
  return found | look_at_child ();
}

/* Tells `up` the owner of a process in another namespace, which looks around and lives until `down` is closed. */
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
      g_autofree char *self = owner_dup_self ();
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
  g_autofree char *outer = owner_dup_self ();
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

      assert_int_equal (storage_owner_get_life (inner), STORAGE_OWNER_UNKNOWN);
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
    cmocka_unit_test (an_owner_is_a_host_a_boot_a_process_its_start_and_its_namespace),
    cmocka_unit_test (an_owner_stays_the_same),
    cmocka_unit_test (two_processes_are_two_owners),
    cmocka_unit_test (an_owner_is_alive_as_long_as_its_very_process_is),
    cmocka_unit_test (a_zombie_is_dead),
    cmocka_unit_test (a_process_whose_first_thread_has_ended_is_alive),
    cmocka_unit_test (an_owner_is_told_in_words),
    cmocka_unit_test (nobody_judges_over_namespaces),
  };

  return cmocka_run_group_tests_name ("storage/owner", tests, NULL, NULL);
}
