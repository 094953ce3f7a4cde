/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include <backflow/storage/storage_scheme.h>

#include "tests/storage/fixture.h"

static void
stores_in_memory_are_opened_by_uri (void **state)
{
  g_autoptr (Storage) journal = storage_open ("memory:", STORAGE_OPEN_CREATE, NULL);
  g_autoptr (Storage) current = storage_open ("memory:current", STORAGE_OPEN_CREATE, NULL);

  (void) state;
  assert_string_equal (storage_get_uri (journal), "memory:");
  assert_true (storage_has_atoms (journal));
  assert_string_equal (storage_get_uri (current), "memory:current");
  assert_false (storage_has_atoms (current));
}

static void
stores_in_files_are_opened_by_uri (void **state)
{
  static const char *const options[] = { "", "?durability=full", "?durability=normal" };
  const char *folder = (const char *) *state;
  g_autofree char *expected = g_strconcat ("sqlite:", folder, "/runs.db", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    {
      g_autofree char *uri = g_strconcat (expected, options[i], NULL);
      g_autoptr (Storage) storage = storage_open (uri, STORAGE_OPEN_CREATE, NULL);

      assert_non_null (storage);
      assert_string_equal (storage_get_uri (storage), expected);
    }
}

static void
a_relative_path_is_from_the_current_folder (void **state)
{
  const char *folder = (const char *) *state;
  g_autofree char *here = g_get_current_dir ();
  g_autofree char *log_dir = g_strconcat (folder, "/runs.db.logs", NULL);
  g_autoptr (Storage) storage = NULL;

  assert_int_equal (chdir (folder), 0);
  storage = storage_open ("sqlite:runs.db", STORAGE_OPEN_CREATE, NULL);
  assert_int_equal (chdir (here), 0);
  assert_string_equal (storage_get_log_dir (storage), log_dir);
}

static void
a_store_in_memory_is_not_there_to_be_read (void **state)
{
  g_autoptr (GError) error = NULL;

  (void) state;
  assert_null (storage_open ("memory:", STORAGE_OPEN_READ, &error));
  fixture_assert_error (&error, STORAGE_ERROR_NOT_FOUND, "memory:");
}

static void
other_uris_are_refused_with_what_is_wrong (void **state)
{
  static const struct
  {
    const char *uri;
    const char *text;
  } cases[] = {
    { "", "memory: or sqlite:PATH" },
    { "runs.db", "memory: or sqlite:PATH" },
    { "/var/lib/runs.db", "memory: or sqlite:PATH" },
    { "memory", "memory: or sqlite:PATH" },
    { "sqlite", "memory: or sqlite:PATH" },
    { "sqlit:x", "memory: or sqlite:PATH" },
    { "SQLite:x", "memory: or sqlite:PATH" },
    { "oracle://x", "oracle://x" },
    { ":x", "memory: or sqlite:PATH" },
    { "sqlite:", "path is missing" },
    { "sqlite:?durability=full", "path is missing" },
    { "sqlite:x?durability=none", "durability=full or durability=normal" },
    { "sqlite:x?", "durability=full or durability=normal" },
    { "sqlite:x?y", "durability=full or durability=normal" },
    { "memory:x", "memory:current" },
    { "memory:?durability=full", "no options" },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      assert_null (storage_open (cases[i].uri, STORAGE_OPEN_CREATE, &error));
      fixture_assert_error (&error, STORAGE_ERROR_URI, cases[i].text);
    }
  assert_false (g_file_test ("x", G_FILE_TEST_EXISTS));
}

#define TEST(name) cmocka_unit_test_setup_teardown (name, fixture_set_up, fixture_tear_down)

static void
a_store_is_opened_again_by_its_own_uri (void **state)
{
  static const char *const names[] = { "plain.db", "a?b.db", "a?durability=normal", "a:b c.db" };
  const char *folder = (const char *) *state;

  for (guint i = 0; i < 2 * G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (folder, names[i / 2], NULL);
      StorageDurability durability
          = i % 2 == 0 ? STORAGE_DURABILITY_FULL : STORAGE_DURABILITY_NORMAL;
      g_autoptr (Storage) storage
          = storage_open_sqlite (path, STORAGE_OPEN_CREATE, durability, NULL);
      g_autoptr (Storage) again = storage_open (storage_get_uri (storage), STORAGE_OPEN_READ, NULL);

      assert_non_null (again);
      assert_string_equal (storage_get_uri (again), storage_get_uri (storage));
      assert_string_equal (storage_get_log_dir (again), storage_get_log_dir (storage));
    }
}

static Storage *
open_elsewhere (const char *uri, const char *place, const char *options, StorageOpen mode,
                GError **error)
{
  (void) mode;
  (void) error;
  assert_string_equal (uri, "elsewhere://host/runs?tls=on");
  assert_string_equal (place, "//host/runs");
  assert_string_equal (options, "tls=on");
  return storage_new_memory (STORAGE_MEMORY_JOURNAL);
}

static void
a_module_adds_a_kind_of_store (void **state)
{
  static const StorageScheme elsewhere = { "elsewhere", "elsewhere://HOST/NAME", open_elsewhere };
  static const StorageScheme second = { "sqlite", "sqlite:ELSEWHERE", open_elsewhere };
  g_autoptr (StorageSchemes) schemes = storage_schemes_new ();
  g_autoptr (Storage) storage = NULL;
  g_autoptr (GError) error = NULL;

  (void) state;
  assert_null (
      storage_schemes_open (schemes, "elsewhere://host/runs?tls=on", STORAGE_OPEN_CREATE, &error));
  fixture_assert_error (&error, STORAGE_ERROR_URI, "say memory: or sqlite:PATH");
  assert_true (storage_schemes_add (schemes, &elsewhere, &error));
  assert_false (storage_schemes_add (schemes, &elsewhere, &error));
  fixture_assert_error (&error, STORAGE_ERROR_EXISTS, "elsewhere");
  assert_false (storage_schemes_add (schemes, &second, &error));
  fixture_assert_error (&error, STORAGE_ERROR_EXISTS, "sqlite");
  storage
      = storage_schemes_open (schemes, "elsewhere://host/runs?tls=on", STORAGE_OPEN_CREATE, &error);
  assert_non_null (storage);
  assert_null (storage_schemes_open (schemes, "nowhere:x", STORAGE_OPEN_CREATE, &error));
  fixture_assert_error (&error, STORAGE_ERROR_URI, "or elsewhere://HOST/NAME");
}

int
main (void)
{
  static const struct CMUnitTest tests[] = {
    TEST (stores_in_memory_are_opened_by_uri),
    TEST (stores_in_files_are_opened_by_uri),
    TEST (a_relative_path_is_from_the_current_folder),
    TEST (a_store_is_opened_again_by_its_own_uri),
    TEST (a_store_in_memory_is_not_there_to_be_read),
    TEST (a_module_adds_a_kind_of_store),
    TEST (other_uris_are_refused_with_what_is_wrong),
  };

  return cmocka_run_group_tests_name ("storage/storage_uri", tests, NULL, NULL);
}
