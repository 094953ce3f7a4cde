/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/storage/conformance.h"

static Storage *
open_journal (const char *folder)
{
  (void) folder;
  return storage_new_memory (STORAGE_MEMORY_JOURNAL);
}

static Storage *
open_current (const char *folder)
{
  (void) folder;
  return storage_new_memory (STORAGE_MEMORY_CURRENT);
}

static const ConformanceStore stores[] = {
  { "memory journal", open_journal, FALSE },
  { "memory current", open_current, FALSE },
};

/* -- What STORAGE_MEMORY_CURRENT tells -------------------------------------------------------- */

static int
set_up (void **state)
{
  *state = storage_new_memory (STORAGE_MEMORY_CURRENT);
  return 0;
}

static int
tear_down (void **state)
{
  storage_unref ((Storage *) *state);
  fixture_forget_values ();
  return 0;
}

static void
an_atom_without_values_tells_its_latest_state_only (void **state)
{
  g_autoptr (StorageRun) run = fixture_create_run ((Storage *) *state, "r", 3);

  fixture_append (run, fixture_flow (FLOW_STATE_PENDING, FLOW_STATE_RUNNING));
  fixture_append (run, fixture_atom (2, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL));
  fixture_append (run, fixture_atom (2, ATOM_STATE_RUNNING, ATOM_STATE_SUCCESS, 1, NULL));
  fixture_append (run, fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 524287, NULL));
  fixture_append (run, fixture_flow (FLOW_STATE_RUNNING, FLOW_STATE_SUCCESS));
  fixture_assert_records (run, "1 FLOW PENDING>RUNNING\n"
                               "2 FLOW RUNNING>SUCCESS\n"
                               "3 ATOM 0 PENDING>RUNNING EXECUTE #524287\n"
                               "4 ATOM 2 RUNNING>SUCCESS EXECUTE #1\n");
}

static void
an_atom_with_a_value_tells_all_from_there_on (void **state)
{
  g_autoptr (StorageRun) run = fixture_create_run ((Storage *) *state, "r", 1);

  fixture_append (run, fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL));
  fixture_append (
      run, fixture_atom (0, ATOM_STATE_RUNNING, ATOM_STATE_SUCCESS, 1, g_variant_new_int64 (5)));
  fixture_append (run, fixture_atom (0, ATOM_STATE_SUCCESS, ATOM_STATE_REVERTING, 1, NULL));
  fixture_append (run, fixture_atom (0, ATOM_STATE_REVERTING, ATOM_STATE_REVERTED, 1, NULL));
  fixture_append (run, fixture_atom (0, ATOM_STATE_REVERTED, ATOM_STATE_PENDING, 1, NULL));
  fixture_append (run, fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 2, NULL));
  fixture_assert_records (run, "1 ATOM 0 RUNNING>SUCCESS EXECUTE #1 int64 5\n"
                               "2 ATOM 0 SUCCESS>REVERTING EXECUTE #1\n"
                               "3 ATOM 0 REVERTING>REVERTED EXECUTE #1\n"
                               "4 ATOM 0 REVERTED>PENDING EXECUTE #1\n"
                               "5 ATOM 0 PENDING>RUNNING EXECUTE #2\n");
}

static void
a_record_of_another_kind_is_told_with_the_state_before_it (void **state)
{
  g_autoptr (StorageRun) run = fixture_create_run ((Storage *) *state, "r", 2);

  fixture_append (run, fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL));
  fixture_append (run, fixture_atom (0, ATOM_STATE_RUNNING, ATOM_STATE_SUCCESS, 1, NULL));
  fixture_append (run, fixture_other (STORAGE_RECORD_NOTE, 0, 0, 0, g_variant_new_string ("hm")));
  fixture_append (run, fixture_other (STORAGE_RECORD_NOTE, 1, 0, 0, g_variant_new_string ("ho")));
  fixture_append (run, fixture_atom (0, ATOM_STATE_SUCCESS, ATOM_STATE_REVERTING, 1, NULL));
  fixture_assert_records (run, "1 ATOM 0 RUNNING>SUCCESS EXECUTE #1\n"
                               "2 NOTE 0 0 #0 'hm'\n"
                               "3 NOTE 1 0 #0 'ho'\n"
                               "4 ATOM 0 SUCCESS>REVERTING EXECUTE #1\n");
}

static void
an_intention_is_told_with_the_state_before_it (void **state)
{
  g_autoptr (StorageRun) run = fixture_create_run ((Storage *) *state, "r", 3);
  StorageRecord intention = fixture_other (STORAGE_RECORD_INTENTION, 0, 0, 0, NULL);

  intention.intention = INTENTION_REVERT;
  fixture_append (run, fixture_atom (0, ATOM_STATE_RUNNING, ATOM_STATE_SUCCESS, 1, NULL));
  fixture_append (
      run, fixture_atom (2, ATOM_STATE_RUNNING, ATOM_STATE_SUCCESS, 1, g_variant_new_int64 (1)));
  for (guint atom = 0; atom < 3; atom++)
    {
      intention.atom = atom;
      intention.attempt = atom;
      fixture_append (run, intention);
    }
  intention.atom = STORAGE_NO_ATOM;
  intention.attempt = 0;
  fixture_append (run, intention);
  fixture_append (run, fixture_atom (0, ATOM_STATE_SUCCESS, ATOM_STATE_REVERTING, 1, NULL));
  fixture_assert_records (run, "1 ATOM 2 RUNNING>SUCCESS EXECUTE #1 int64 1\n"
                               "2 ATOM 0 RUNNING>SUCCESS EXECUTE #1\n"
                               "3 INTENTION 0 REVERT #0\n"
                               "4 INTENTION 1 REVERT #1\n"
                               "5 INTENTION 2 REVERT #2\n"
                               "6 INTENTION REVERT #0\n"
                               "7 ATOM 0 SUCCESS>REVERTING EXECUTE #1\n");
}

static StorageRecord
make_progress (guint atom, AtomAction action, guint attempt, double done)
{
  return fixture_other (STORAGE_RECORD_PROGRESS, atom, action, attempt,
                        g_variant_new ("(dmv)", done, NULL));
}

static void
the_last_progress_of_an_attempt_is_told_where_the_first_was (void **state)
{
  g_autoptr (StorageRun) run = fixture_create_run ((Storage *) *state, "r", 3);

  fixture_append (run, fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL));
  fixture_append (run, fixture_atom (1, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL));
  for (guint i = 0; i < 8; i++)
    for (guint atom = 0; atom < 2; atom++)
      fixture_append (run, make_progress (atom, ATOM_ACTION_EXECUTE, 1, i / 8.0));
  fixture_append (run, fixture_atom (0, ATOM_STATE_RUNNING, ATOM_STATE_PENDING, 1, NULL));
  /* A second life counts its attempts from one again. */
  fixture_append (run, fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL));
  fixture_append (run, make_progress (0, ATOM_ACTION_EXECUTE, 1, 0.25));
  fixture_append (run, make_progress (0, ATOM_ACTION_EXECUTE, 2, 0.5));
  fixture_append (run, make_progress (0, ATOM_ACTION_REVERT, 2, 0.75));
  fixture_append (run, make_progress (0, ATOM_ACTION_REVERT, 2, 1));
  fixture_assert_records (run, "1 ATOM 0 PENDING>RUNNING EXECUTE #1\n"
                               "2 PROGRESS 0 0 #1 (0.875, @mv nothing)\n"
                               "3 ATOM 1 PENDING>RUNNING EXECUTE #1\n"
                               "4 PROGRESS 1 0 #1 (0.875, @mv nothing)\n"
                               "5 ATOM 0 RUNNING>PENDING EXECUTE #1\n"
                               "6 ATOM 0 PENDING>RUNNING EXECUTE #1\n"
                               "7 PROGRESS 0 0 #1 (0.25, @mv nothing)\n"
                               "8 PROGRESS 0 0 #2 (0.5, @mv nothing)\n"
                               "9 PROGRESS 0 1 #2 (1.0, @mv nothing)\n");
}

static void
an_attempt_too_large_for_a_word_is_told_all_the_same (void **state)
{
  g_autoptr (StorageRun) run = fixture_create_run ((Storage *) *state, "r", 1);

  fixture_append (run, fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 524288, NULL));
  fixture_append (run, fixture_atom (0, ATOM_STATE_RUNNING, ATOM_STATE_SUCCESS, G_MAXUINT32, NULL));
  fixture_assert_records (run, "1 ATOM 0 PENDING>RUNNING EXECUTE #524288\n"
                               "2 ATOM 0 RUNNING>SUCCESS EXECUTE #4294967295\n");
}

static void
a_store_of_states_needs_neither_atoms_nor_times (void **state)
{
  StorageRunInfo info = { .id = "r", .flow = "f" };
  g_autoptr (StorageRun) run = storage_create_run (
      (Storage *) *state, &info, &(StorageRunContent){ .atoms = NULL, .n_atoms = 2 }, NULL);
  guint count = 9;

  assert_false (storage_has_atoms ((Storage *) *state));
  assert_false (storage_has_times ((Storage *) *state));
  assert_null (storage_run_get_atoms (run, &count));
  assert_int_equal (count, 0);
  assert_int_equal (storage_run_get_n_atoms (run), 2);
  fixture_append (run, fixture_atom (1, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL));
  assert_int_equal (fixture_count (run), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown (name, set_up, tear_down)

int
main (void)
{
  static const struct CMUnitTest own[] = {
    TEST (an_atom_without_values_tells_its_latest_state_only),
    TEST (an_atom_with_a_value_tells_all_from_there_on),
    TEST (a_record_of_another_kind_is_told_with_the_state_before_it),
    TEST (an_intention_is_told_with_the_state_before_it),
    TEST (the_last_progress_of_an_attempt_is_told_where_the_first_was),
    TEST (an_attempt_too_large_for_a_word_is_told_all_the_same),
    TEST (a_store_of_states_needs_neither_atoms_nor_times),
  };

  return conformance_run ("storage/memory", stores, G_N_ELEMENTS (stores), own, G_N_ELEMENTS (own));
}
