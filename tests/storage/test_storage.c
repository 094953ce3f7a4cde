/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tests/storage/fixture.h"

static void
ids_of_runs_can_name_files (void **state)
{
  static const char *const good[] = { "a", "7f3a", "2026-01-31.provision_site-1", "Z" };
  static const char *const bad[] = { "",    "-a",  ".",    "..",       "_a",  "@last", "a b",
                                     "a/b", "a\n", "a\\b", "\xc3\xa9", "a:b", "a\x01" };
  char longest[130];

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    assert_true (storage_is_run_id (good[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    assert_false (storage_is_run_id (bad[i]));
  assert_false (storage_is_run_id (NULL));
  memset (longest, 'x', sizeof longest);
  longest[128] = '\0';
  assert_true (storage_is_run_id (longest));
  longest[128] = 'x';
  longest[129] = '\0';
  assert_false (storage_is_run_id (longest));
}

static void
nothing_can_be_closed_and_dropped (void **state)
{
  (void) state;
  storage_unref (NULL);
  storage_run_close (NULL);
}

static void
a_store_lives_as_long_as_its_last_reference (void **state)
{
  Storage *storage = storage_new_memory (STORAGE_MEMORY_JOURNAL);

  (void) state;
  assert_ptr_equal (storage_ref (storage), storage);
  storage_unref (storage);
  assert_string_equal (storage_get_uri (storage), "memory:");
  assert_null (storage_get_log_dir (storage));
  assert_true (storage_has_atoms (storage));
  assert_true (storage_has_times (storage));
  storage_unref (storage);
}

static void
a_run_without_a_proper_id_is_a_programming_error (void **state)
{
  g_autoptr (Storage) storage = storage_new_memory (STORAGE_MEMORY_JOURNAL);
  StorageRunInfo info = { .id = "../../etc", .flow = "f" };

  (void) state;
  g_test_expect_message (NULL, G_LOG_LEVEL_CRITICAL, "*storage_is_run_id*");
  assert_null (storage_create_run (storage, &info, NULL, NULL));
  g_test_assert_expected_messages ();
}

static void
a_store_that_keeps_atoms_must_be_given_them (void **state)
{
  g_autoptr (Storage) storage = storage_new_memory (STORAGE_MEMORY_JOURNAL);
  StorageRunInfo info = { .id = "r", .flow = "f" };

  (void) state;
  g_test_expect_message (NULL, G_LOG_LEVEL_CRITICAL, "*atoms*");
  assert_null (storage_create_run (storage, &info,
                                   &(StorageRunContent){ .atoms = NULL, .n_atoms = 1 }, NULL));
  g_test_assert_expected_messages ();
}

int
main (void)
{
  static const struct CMUnitTest tests[] = {
    cmocka_unit_test (ids_of_runs_can_name_files),
    cmocka_unit_test (nothing_can_be_closed_and_dropped),
    cmocka_unit_test (a_store_lives_as_long_as_its_last_reference),
    cmocka_unit_test (a_run_without_a_proper_id_is_a_programming_error),
    cmocka_unit_test (a_store_that_keeps_atoms_must_be_given_them),
  };

  return cmocka_run_group_tests_name ("storage/storage", tests, NULL, NULL);
}
