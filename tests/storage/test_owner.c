/* SPDX-License-Identifier: Apache-2.0 */
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

int
main (void)
{
  static const struct CMUnitTest tests[] = {
    cmocka_unit_test (an_owner_is_a_host_a_boot_a_process_and_its_start),
    cmocka_unit_test (an_owner_stays_the_same),
    cmocka_unit_test (two_processes_are_two_owners),
  };

  return cmocka_run_group_tests_name ("storage/owner", tests, NULL, NULL);
}
