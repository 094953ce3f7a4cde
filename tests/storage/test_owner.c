/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storage/owner.h"
#include "tests/storage/fixture.h"

static void
an_owner_is_a_host_a_boot_a_process_and_its_start (void **state)
{
  g_autofree char *owner = owner_dup_self ();
  g_auto (GStrv) words = g_strsplit (owner, " ", -1);
  g_autofree char *boot_id = NULL;

  (void) state;
  assert_int_equal (g_strv_length (words), 4);
  assert_string_equal (words[0], g_get_host_name ());
  if (g_file_get_contents ("/proc/sys/kernel/random/boot_id", &boot_id, NULL, NULL))
    assert_string_equal (words[1], g_strchomp (boot_id));
  assert_int_equal (g_ascii_strtoll (words[2], NULL, 10), getpid ());
  assert_true (g_ascii_strtoll (words[3], NULL, 10) > 0);
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

static void
an_owner_is_alive_as_long_as_its_very_process_is (void **state)
{
  const char *host = g_get_host_name ();
  g_autofree char *self = owner_dup_self ();
  g_autofree char *elsewhere = g_strdup_printf ("x%s - 1 -", host);
  g_autofree char *init = g_strdup_printf ("%s - 1 -", host);
  g_autofree char *other_start = g_strdup_printf ("%s - 1 123456789", host);
  g_autofree char *other_boot = g_strdup_printf ("%s 00000000-dead 1 -", host);
  g_autofree char *nobody = g_strdup_printf ("%s - 2147483647 -", host);

  (void) state;
  assert_true (storage_owner_is_alive (self));
  assert_true (storage_owner_is_alive (elsewhere));
  assert_true (storage_owner_is_alive (init));
  assert_false (storage_owner_is_alive (other_start));
  assert_false (storage_owner_is_alive (other_boot));
  assert_false (storage_owner_is_alive (nobody));
  assert_false (storage_owner_is_alive (NULL));
  assert_true (storage_owner_is_alive ("what is this"));
  assert_true (storage_owner_is_alive (""));
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

int
main (void)
{
  static const struct CMUnitTest tests[] = {
    cmocka_unit_test (an_owner_is_a_host_a_boot_a_process_and_its_start),
    cmocka_unit_test (an_owner_stays_the_same),
    cmocka_unit_test (two_processes_are_two_owners),
    cmocka_unit_test (an_owner_is_alive_as_long_as_its_very_process_is),
    cmocka_unit_test (a_zombie_is_dead),
    cmocka_unit_test (a_process_whose_first_thread_has_ended_is_alive),
  };

  return cmocka_run_group_tests_name ("storage/owner", tests, NULL, NULL);
}
