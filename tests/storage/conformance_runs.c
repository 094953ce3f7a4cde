/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/storage/conformance_private.h"

static void
assert_header (const StorageRunInfo *info, const char *definition)
{
  assert_string_equal (info->id, "7f3a-run");
  assert_string_equal (info->flow, "provision-site");
  assert_int_equal (info->version_major, 65535);
  assert_int_equal (info->version_minor, 7);
  assert_string_equal (info->definition_path, "/flows/site \xc3\xa9.yaml");
  assert_true (g_strcmp0 (info->definition, definition) == 0);
  assert_int_equal (info->created_us, 1700000000123456);
  assert_int_equal (info->updated_us, 1700000000123456);
  assert_int_equal (info->state, FLOW_STATE_PENDING);
  assert_int_equal (info->token, 1);
}

static gboolean
assert_listed_header (const StorageRunInfo *info, gpointer user_data)
{
  assert_header (info, NULL);
  ++*(guint *) user_data;
  return TRUE;
}

static void
a_new_run_is_found_with_all_that_was_said_of_it (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  StorageRunInfo info = { .id = "7f3a-run",
                          .flow = "provision-site",
                          .version_major = 65535,
                          .version_minor = 7,
                          .definition = "flow: provision-site\nsteps: []\n",
                          .definition_path = "/flows/site \xc3\xa9.yaml",
                          .created_us = 1700000000123456 };
  g_autoptr (StorageRun) made = storage_create_run (my->storage, &info, NULL, NULL);
  g_autoptr (StorageRun) opened = NULL;
  guint count = 0;

  assert_non_null (made);
  assert_header (storage_run_get_info (made), info.definition);
  g_clear_pointer (&made, storage_run_close);
  conformance_reopen (my);
  opened = conformance_open_run (my, "7f3a-run");
  assert_header (storage_run_get_info (opened), info.definition);
  assert_true (storage_list_runs (my->storage, assert_listed_header, &count, NULL));
  assert_int_equal (count, 1);
}

static void
a_run_without_a_time_is_made_now (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  gint64 before_us = g_get_real_time ();
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 0);
  const StorageRunInfo *info = storage_run_get_info (run);

  assert_true (info->created_us >= before_us && info->created_us <= g_get_real_time ());
  assert_int_equal (info->updated_us, info->created_us);
}

static void
a_second_run_of_an_id_is_refused (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  StorageRunInfo info = { .id = "r", .flow = "other" };
  StorageAtom atom = { .name = "x", .flow = "other" };
  g_autoptr (StorageRun) first = fixture_create_run (my->storage, "r", 2);
  g_autoptr (GError) error = NULL;

  fixture_append (first, fixture_atom (1, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL));
  assert_null (storage_create_run (my->storage, &info,
                                   &(StorageRunContent){ .atoms = &atom, .n_atoms = 1 }, &error));
  fixture_assert_error (&error, STORAGE_ERROR_EXISTS, "\"r\"");
  fixture_append (first, fixture_flow (FLOW_STATE_PENDING, FLOW_STATE_RUNNING));
  assert_int_equal (fixture_count (first), 2);
}

/* CURRENT counts what it keeps, so that the numbers of records differ between stores. */
static void
a_run_begins_with_its_first_records (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  StorageRunInfo info = { .id = "r", .flow = "f" };
  StorageAtom atom = { .name = "x", .flow = "f" };
  StorageRecord records[]
      = { fixture_other (STORAGE_RECORD_INPUT, STORAGE_NO_ATOM, 0, 0,
                         g_variant_new ("(sv)", "size", g_variant_new_int64 (7))),
          fixture_flow (FLOW_STATE_PENDING, FLOW_STATE_RUNNING),
          fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL) };
  StorageRunContent content
      = { .atoms = &atom, .n_atoms = 1, .records = records, .n_records = G_N_ELEMENTS (records) };
  g_autoptr (StorageRun) run = storage_create_run (my->storage, &info, &content, NULL);
  g_autoptr (StorageRun) opened = NULL;

  assert_non_null (run);
  assert_int_equal (storage_run_get_info (run)->state, FLOW_STATE_RUNNING);
  assert_int_equal (storage_run_get_n_atoms (run), 1);
  fixture_append (
      run, fixture_atom (0, ATOM_STATE_RUNNING, ATOM_STATE_SUCCESS, 1, g_variant_new_int64 (1)));
  g_clear_pointer (&run, storage_run_close);
  conformance_reopen (my);
  opened = conformance_open_run (my, "r");
  assert_int_equal (storage_run_get_info (opened)->state, FLOW_STATE_RUNNING);
  assert_true (fixture_count (opened) >= 3);
}

static void
an_unknown_run_is_not_found (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (GError) error = NULL;

  assert_null (storage_open_run (my->storage, "nobody", &error));
  fixture_assert_error (&error, STORAGE_ERROR_NOT_FOUND, "\"nobody\"");
}

static gboolean
collect_id (const StorageRunInfo *info, gpointer user_data)
{
  GString *ids = (GString *) user_data;

  g_string_append_printf (ids, "%s ", info->id);
  return !g_str_has_suffix (info->id, "stop");
}

static void
runs_are_listed_newest_first (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (GString) ids = g_string_new (NULL);
  g_autoptr (GString) expected = g_string_new (NULL);

  assert_true (storage_list_runs (my->storage, collect_id, ids, NULL));
  assert_string_equal (ids->str, "");
  /* More than a backend may read at a time. */
  for (guint i = 0; i < 200; i++)
    {
      g_autofree char *id = g_strdup_printf ("r%u", i * 7919 % 200);

      storage_run_close (fixture_create_run (my->storage, id, 0));
      g_string_prepend_c (expected, ' ');
      g_string_prepend (expected, id);
    }
  assert_true (storage_list_runs (my->storage, collect_id, ids, NULL));
  assert_string_equal (ids->str, expected->str);
}

static void
a_listing_ends_when_the_caller_has_had_enough (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (GString) ids = g_string_new (NULL);

  storage_run_close (fixture_create_run (my->storage, "a", 0));
  storage_run_close (fixture_create_run (my->storage, "b-stop", 0));
  storage_run_close (fixture_create_run (my->storage, "c", 0));
  assert_true (storage_list_runs (my->storage, collect_id, ids, NULL));
  assert_string_equal (ids->str, "c b-stop ");
}

static void
a_run_is_meant_by_the_beginning_of_its_id (void **state)
{
  static const struct
  {
    const char *prefix;
    const char *id;
    StorageError code;
  } cases[] = {
    { "abc", "abc", 0 },
    { "abcd", "abcd-1", 0 },
    { "x", "x_1", 0 },
    { "x_", "x_1", 0 },
    { "x.", NULL, STORAGE_ERROR_NOT_FOUND },
    { "ab", NULL, STORAGE_ERROR_AMBIGUOUS },
    { "", NULL, STORAGE_ERROR_AMBIGUOUS },
    { "%", NULL, STORAGE_ERROR_NOT_FOUND },
    { "ABC", NULL, STORAGE_ERROR_NOT_FOUND },
    { "zz", NULL, STORAGE_ERROR_NOT_FOUND },
    { "@last", "x_1", 0 },
  };
  static const char *const ids[] = { "abd", "abcd-1", "abc", "y", "x_1" };
  ConformanceState *my = (ConformanceState *) *state;

  for (gsize i = 0; i < G_N_ELEMENTS (ids); i++)
    storage_run_close (fixture_create_run (my->storage, ids[i], 0));
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *id = storage_lookup_run_id (my->storage, cases[i].prefix, &error);

      if (cases[i].id != NULL)
        assert_string_equal (id, cases[i].id);
      else
        fixture_assert_error (&error, cases[i].code, cases[i].prefix);
    }
}

static void
an_empty_store_has_no_newest_run (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (GError) error = NULL;

  assert_null (storage_lookup_run_id (my->storage, "@last", &error));
  fixture_assert_error (&error, STORAGE_ERROR_NOT_FOUND, "no runs");
  assert_null (storage_lookup_run_id (my->storage, "", &error));
  fixture_assert_error (&error, STORAGE_ERROR_NOT_FOUND, "");
}

static void
atoms_come_back_as_they_were_given (void **state)
{
  static const StorageAtom given[] = {
    { "make-root", "site", ATOM_KIND_COMMAND, TRUE, ATOM_EFFECTS_REVERSIBLE },
    { "inner.retry", "inner", ATOM_KIND_RETRY, FALSE, ATOM_EFFECTS_NONE },
    { "\xe2\x98\x83 \"quoted\"", "inner", ATOM_KIND_TASK, TRUE, ATOM_EFFECTS_IRREVERSIBLE },
    { "last", "site", ATOM_KIND_TASK, FALSE, ATOM_EFFECTS_DEFAULT },
  };
  ConformanceState *my = (ConformanceState *) *state;
  StorageRunInfo info = { .id = "r", .flow = "site" };
  g_autoptr (StorageRun) run = NULL;
  const StorageAtom *atoms;
  guint count;

  storage_run_close (storage_create_run (
      my->storage, &info, &(StorageRunContent){ .atoms = given, .n_atoms = G_N_ELEMENTS (given) },
      NULL));
  conformance_reopen (my);
  run = conformance_open_run (my, "r");
  atoms = storage_run_get_atoms (run, &count);
  assert_int_equal (atoms != NULL, storage_has_atoms (my->storage));
  assert_int_equal (count, atoms != NULL ? G_N_ELEMENTS (given) : 0);
  for (guint i = 0; i < count; i++)
    {
      assert_string_equal (atoms[i].name, given[i].name);
      assert_string_equal (atoms[i].flow, given[i].flow);
      assert_int_equal (atoms[i].kind, given[i].kind);
      assert_int_equal (atoms[i].has_revert, given[i].has_revert);
      assert_int_equal (atoms[i].effects, given[i].effects);
    }
}

static void
a_definition_may_be_large_and_shared (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autofree char *large = g_strnfill (3 << 20, 'x');
  StorageRunInfo info = { .flow = "f", .definition = large };

  for (guint i = 0; i < 3; i++)
    {
      static const char *const ids[] = { "a", "b", "c" };

      info.id = ids[i];
      info.definition = i < 2 ? large : "";
      storage_run_close (storage_create_run (my->storage, &info, NULL, NULL));
    }
  conformance_reopen (my);
  for (guint i = 0; i < 3; i++)
    {
      static const char *const ids[] = { "a", "b", "c" };
      g_autoptr (StorageRun) run = conformance_open_run (my, ids[i]);

      assert_string_equal (storage_run_get_info (run)->definition, i < 2 ? large : "");
    }
}

static const struct CMUnitTest tests[] = {
  cmocka_unit_test (a_new_run_is_found_with_all_that_was_said_of_it),
  cmocka_unit_test (a_run_without_a_time_is_made_now),
  cmocka_unit_test (a_second_run_of_an_id_is_refused),
  cmocka_unit_test (a_run_begins_with_its_first_records),
  cmocka_unit_test (an_unknown_run_is_not_found),
  cmocka_unit_test (runs_are_listed_newest_first),
  cmocka_unit_test (a_listing_ends_when_the_caller_has_had_enough),
  cmocka_unit_test (a_run_is_meant_by_the_beginning_of_its_id),
  cmocka_unit_test (an_empty_store_has_no_newest_run),
  cmocka_unit_test (atoms_come_back_as_they_were_given),
  cmocka_unit_test (a_definition_may_be_large_and_shared),
};

const ConformanceChapter conformance_runs = { tests, G_N_ELEMENTS (tests) };
