/* SPDX-License-Identifier: Apache-2.0 */

/* Atoms that are added to a run when it goes on: behind those that it has, and for good. */
#include "tests/storage/conformance_private.h"

static const StorageAtom new_atoms[] = {
  { .name = "new",
    .flow = "other",
    .kind = ATOM_KIND_COMMAND,
    .has_revert = TRUE,
    .effects = ATOM_EFFECTS_IRREVERSIBLE },
  { .name = "r", .flow = "flow", .kind = ATOM_KIND_RETRY },
};

static void
add_atoms (StorageRun *run, guint n_atoms)
{
  g_autoptr (GError) error = NULL;

  if (!storage_run_add_atoms (run, new_atoms, n_atoms, &error))
    fail_msg ("%s", error->message);
}

/* The run has one atom of its own, and the new ones behind it. */
static void
assert_added (ConformanceState *my, StorageRun *run)
{
  guint count;
  const StorageAtom *atoms = storage_run_get_atoms (run, &count);

  assert_int_equal (storage_run_get_n_atoms (run), 3);
  if (!storage_has_atoms (my->storage))
    return;
  assert_int_equal (count, 3);
  assert_string_equal (atoms[0].name, "a0");
  for (guint i = 0; i < G_N_ELEMENTS (new_atoms); i++)
    {
      assert_string_equal (atoms[1 + i].name, new_atoms[i].name);
      assert_string_equal (atoms[1 + i].flow, new_atoms[i].flow);
      assert_int_equal (atoms[1 + i].kind, new_atoms[i].kind);
      assert_int_equal (atoms[1 + i].has_revert, new_atoms[i].has_revert);
      assert_int_equal (atoms[1 + i].effects, new_atoms[i].effects);
    }
}

static void
added_atoms_come_behind_the_others (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (StorageRun) run = NULL;
  g_autoptr (StorageRun) reader = NULL;

  storage_run_close (fixture_create_run (my->storage, "r", 1));
  run = fixture_take_run (my->storage, "r");
  add_atoms (run, G_N_ELEMENTS (new_atoms));
  assert_added (my, run);
  reader = conformance_open_run (my, "r");
  assert_added (my, reader);
  g_clear_pointer (&reader, storage_run_close);
  g_clear_pointer (&run, storage_run_close);
  conformance_reopen (my);
  run = fixture_take_run (my->storage, "r");
  assert_added (my, run);
}

static void
added_atoms_have_records_like_the_others (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (StorageRun) run = NULL;

  run = fixture_create_run (my->storage, "r", 1);
  fixture_append (run,
                  fixture_other (STORAGE_RECORD_NOTE, 0, 0, 0, g_variant_new_string ("before")));
  g_clear_pointer (&run, storage_run_close);
  run = fixture_take_run (my->storage, "r");
  add_atoms (run, G_N_ELEMENTS (new_atoms));
  fixture_append (run,
                  fixture_other (STORAGE_RECORD_NOTE, 2, 0, 0, g_variant_new_string ("after")));
  fixture_append (run, fixture_atom (1, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL));
  g_clear_pointer (&run, storage_run_close);
  conformance_reopen (my);
  run = fixture_take_run (my->storage, "r");
  fixture_assert_records (run, "1 NOTE 0 0 #0 'before'\n"
                               "2 NOTE 2 0 #0 'after'\n"
                               "3 ATOM 1 PENDING>RUNNING EXECUTE #1\n");
}

static void
atoms_can_be_added_again_and_again (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 0);

  for (guint i = 1; i <= 200; i++)
    {
      add_atoms (run, 1);
      assert_int_equal (storage_run_get_n_atoms (run), i);
      fixture_append (run, fixture_atom (i - 1, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, i, NULL));
    }
  g_clear_pointer (&run, storage_run_close);
  conformance_reopen (my);
  run = fixture_take_run (my->storage, "r");
  assert_int_equal (storage_run_get_n_atoms (run), 200);
  assert_int_equal (fixture_count (run), 200);
}

static void
no_atoms_are_added_without_any (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 1);

  assert_true (storage_run_add_atoms (run, NULL, 0, NULL));
  assert_int_equal (storage_run_get_n_atoms (run), 1);
}

static void
who_only_reads_a_run_adds_nothing (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 1);
  g_autoptr (StorageRun) reader = conformance_open_run (my, "r");

  g_test_expect_message (NULL, G_LOG_LEVEL_CRITICAL, "*is_owned*");
  assert_false (storage_run_add_atoms (reader, new_atoms, 1, NULL));
  g_test_assert_expected_messages ();
  assert_int_equal (storage_run_get_n_atoms (run), 1);
}

static void
only_a_store_that_forgets_atoms_needs_no_list (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 1);

  if (storage_has_atoms (my->storage))
    {
      g_test_expect_message (NULL, G_LOG_LEVEL_CRITICAL, "*atoms*");
      assert_false (storage_run_add_atoms (run, NULL, 2, NULL));
      g_test_assert_expected_messages ();
      assert_int_equal (storage_run_get_n_atoms (run), 1);
      return;
    }
  assert_true (storage_run_add_atoms (run, NULL, 2, NULL));
  assert_int_equal (storage_run_get_n_atoms (run), 3);
  fixture_append (run, fixture_atom (2, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL));
  assert_int_equal (fixture_count (run), 1);
}

static const struct CMUnitTest tests[] = {
  cmocka_unit_test (added_atoms_come_behind_the_others),
  cmocka_unit_test (added_atoms_have_records_like_the_others),
  cmocka_unit_test (atoms_can_be_added_again_and_again),
  cmocka_unit_test (no_atoms_are_added_without_any),
  cmocka_unit_test (who_only_reads_a_run_adds_nothing),
  cmocka_unit_test (only_a_store_that_forgets_atoms_needs_no_list),
};

const ConformanceChapter conformance_atoms = { tests, G_N_ELEMENTS (tests) };
