/* SPDX-License-Identifier: Apache-2.0 */
#include <backflow/atoms/retry.h>
#include <backflow/values/value.h>

#include "tests/storage/conformance_private.h"

/* Resolutions, progress, and what is kept under a name. */
static void
append_what_people_say (StorageRun *run)
{
  fixture_append (run, fixture_other (STORAGE_RECORD_RESOLUTION, 1, STORAGE_RESOLUTION_SKIP, 0,
                                      g_variant_new_parsed ("('', @mv nothing)")));
  fixture_append (
      run, fixture_other (STORAGE_RECORD_RESOLUTION, 1, STORAGE_RESOLUTION_DONE, 0,
                          g_variant_new_parsed ("('by \"hand\"', @mv <[<int64 7>, <7.0>]>)")));
  fixture_append (
      run, fixture_other (STORAGE_RECORD_RESOLUTION, 1, STORAGE_RESOLUTION_DONE, 0,
                          g_variant_new_parsed ("('nothing came of it', @mv <@mv nothing>)")));
  fixture_append (run, fixture_other (STORAGE_RECORD_PROGRESS, 2, ATOM_ACTION_REVERT, 3,
                                      g_variant_new_parsed ("(0.1, @mv nothing)")));
  fixture_append (run, fixture_other (STORAGE_RECORD_PROGRESS, 2, ATOM_ACTION_EXECUTE, 4,
                                      g_variant_new_parsed ("(1.0, @mv <int64 1>)")));
  fixture_append (
      run, fixture_other (STORAGE_RECORD_META, 0, 0, 0, g_variant_new_parsed ("('', <int64 1>)")));
  fixture_append (run, fixture_other (STORAGE_RECORD_META, STORAGE_NO_ATOM, 0, 0,
                                      g_variant_new_parsed ("('ticket', <@mv nothing>)")));
}

static void
records_of_all_kinds_come_back_in_order (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 3);
  StorageRecord intention = fixture_other (STORAGE_RECORD_INTENTION, 2, 0, 0, NULL);

  intention.intention = INTENTION_REVERT;
  fixture_append (run, fixture_other (STORAGE_RECORD_INPUT, STORAGE_NO_ATOM, 0, 0,
                                      g_variant_new_parsed ("('port', <int64 8080>)")));
  fixture_append (run, fixture_flow (FLOW_STATE_PENDING, FLOW_STATE_RUNNING));
  fixture_append (run, fixture_other (STORAGE_RECORD_LOG, 1, ATOM_ACTION_EXECUTE, 1,
                                      g_variant_new_string ("r/a1.log")));
  fixture_append (run, fixture_atom (1, ATOM_STATE_RUNNING, ATOM_STATE_FAILURE, 1,
                                     g_variant_new_parsed ("{'message': <'no'>}")));
  fixture_append (run, fixture_other (STORAGE_RECORD_DECISION, 0, RETRY_DECISION_RETRY, 1,
                                      g_variant_new_parsed ("(int64 200000, int64 1700000000)")));
  fixture_append (run,
                  fixture_other (STORAGE_RECORD_DECISION, 0, RETRY_DECISION_REVERT_ALL, 1, NULL));
  fixture_append (run, intention);
  fixture_append (run, fixture_other (STORAGE_RECORD_NOTE, 2, 0, 0, g_variant_new_string ("mind")));
  fixture_append (
      run, fixture_other (STORAGE_RECORD_NOTE, STORAGE_NO_ATOM, 0, 0, g_variant_new_string ("")));
  fixture_append (run, fixture_other (STORAGE_RECORD_REQUEST, STORAGE_NO_ATOM,
                                      STORAGE_REQUEST_CANCEL, 0, NULL));
  intention.atom = STORAGE_NO_ATOM;
  intention.attempt = 3;
  fixture_append (run, intention);
  fixture_append (run, fixture_other (STORAGE_RECORD_DECISION, 2, RETRY_DECISION_RETRY, 2,
                                      g_variant_new_parsed ("(int64 5, int64 0)")));
  append_what_people_say (run);
  g_clear_pointer (&run, storage_run_close);
  conformance_reopen (my);
  run = conformance_open_run (my, "r");
  fixture_assert_records (run, "1 INPUT 0 #0 ('port', <int64 8080>)\n"
                               "2 FLOW PENDING>RUNNING\n"
                               "3 LOG 1 0 #1 'r/a1.log'\n"
                               "4 ATOM 1 RUNNING>FAILURE EXECUTE #1 {'message': <'no'>}\n"
                               "5 DECISION 0 0 #1 (int64 200000, int64 1700000000)\n"
                               "6 DECISION 0 2 #1\n"
                               "7 INTENTION 2 REVERT #0\n"
                               "8 NOTE 2 0 #0 'mind'\n"
                               "9 NOTE 0 #0 ''\n"
                               "10 REQUEST 1 #0\n"
                               "11 INTENTION REVERT #3\n"
                               "12 DECISION 2 0 #2 (int64 5, int64 0)\n"
                               "13 RESOLUTION 1 2 #0 ('', @mv nothing)\n"
                               "14 RESOLUTION 1 3 #0 ('by \"hand\"', @mv <[<int64 7>, <7.0>]>)\n"
                               "15 RESOLUTION 1 3 #0 ('nothing came of it', @mv <@mv nothing>)\n"
                               "16 PROGRESS 2 1 #3 (0.10000000000000001, @mv nothing)\n"
                               "17 PROGRESS 2 0 #4 (1.0, @mv <int64 1>)\n"
                               "18 META 0 0 #0 ('', <int64 1>)\n"
                               "19 META 0 #0 ('ticket', <@mv nothing>)\n");
}

static const char *const values[] = {
  "@mv nothing",
  "true",
  "false",
  "int64 0",
  "int64 -9223372036854775808",
  "int64 9223372036854775807",
  "1.0",
  "-0.0",
  "0.1",
  "1e300",
  "2.2250738585072014e-308",
  "-123456789012345680.0",
  "''",
  "'plain'",
  "'tab\\tquote\"back\\\\slash'",
  "'\xe2\x98\x83 \xf0\x9f\x98\x80 \\u0001'",
  "@av []",
  "[<int64 1>, <1.0>, <'x'>, <@mv nothing>, <@av [<true>]>]",
  "@a{sv} {}",
  "{'': <int64 1>, 'a b': <{'c': <@av []>}>}",
};

static gboolean
assert_value (const StorageRecord *record, gpointer user_data)
{
  guint *index = (guint *) user_data;
  g_autoptr (GVariant) expected = g_variant_ref_sink (g_variant_new_parsed (values[*index]));

  assert_non_null (record->value);
  assert_string_equal (g_variant_get_type_string (record->value),
                       g_variant_get_type_string (expected));
  if (!g_variant_equal (record->value, expected))
    fail_msg ("%s is another now", values[*index]);
  ++*index;
  return TRUE;
}

static void
values_of_every_type_come_back_the_same (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 1);
  guint count = 0;

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    fixture_append (run, fixture_atom (0, ATOM_STATE_RUNNING, ATOM_STATE_SUCCESS, i + 1,
                                       g_variant_new_parsed (values[i])));
  g_clear_pointer (&run, storage_run_close);
  conformance_reopen (my);
  run = conformance_open_run (my, "r");
  assert_true (storage_run_foreach (run, assert_value, &count, NULL));
  assert_int_equal (count, G_N_ELEMENTS (values));
}

static gboolean
assert_deepest (const StorageRecord *record, gpointer user_data)
{
  GVariant *const *expected = (GVariant *const *) user_data;

  if (!g_variant_equal (record->value, expected[record->seq - 1]))
    fail_msg ("record %u is another now", (guint) record->seq);
  return TRUE;
}

static void
the_deepest_value_is_kept_in_every_kind_of_record (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 1);
  g_autoptr (GVariant) value = g_variant_ref_sink (g_variant_new_int64 (1));
  StorageRecord records[5];
  GVariant *values_there[5];

  for (guint i = 0; i < VALUE_DEPTH_MAX; i++)
    {
      GVariant *inner = g_variant_new_variant (value);

      g_variant_unref (value);
      value = g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE_VARIANT, &inner, 1));
    }
  records[0] = fixture_other (STORAGE_RECORD_INPUT, STORAGE_NO_ATOM, 0, 0,
                              g_variant_new ("(sv)", "deep", value));
  records[1] = fixture_other (STORAGE_RECORD_META, 0, 0, 0, g_variant_new ("(sv)", "deep", value));
  records[2] = fixture_other (STORAGE_RECORD_RESOLUTION, 0, STORAGE_RESOLUTION_DONE, 0,
                              g_variant_new ("(smv)", "deep", value));
  records[3]
      = fixture_other (STORAGE_RECORD_PROGRESS, 0, 0, 1, g_variant_new ("(dmv)", 0.5, value));
  records[4] = fixture_atom (0, ATOM_STATE_RUNNING, ATOM_STATE_SUCCESS, 1, value);
  for (guint i = 0; i < G_N_ELEMENTS (records); i++)
    {
      values_there[i] = records[i].value;
      fixture_append (run, records[i]);
    }
  assert_true (storage_run_foreach (run, assert_deepest, values_there, NULL));
}

static gboolean
assert_progress (const StorageRecord *record, gpointer user_data)
{
  const double *expected = (const double *) user_data;
  double told;

  g_variant_get_child (record->value, 0, "d", &told);
  assert_true (told >= expected[record->seq - 1] && told <= expected[record->seq - 1]);
  return TRUE;
}

static void
progress_is_kept_to_the_last_digit (void **state)
{
  static const double numbers[]
      = { 0, 1, 1.0 / 3, 0.1, 2.2250738585072014e-308, 5e-324, 0.99999999999999989 };
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", G_N_ELEMENTS (numbers));

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    fixture_append (run, fixture_other (STORAGE_RECORD_PROGRESS, i, ATOM_ACTION_EXECUTE, 1,
                                        g_variant_new ("(dmv)", numbers[i], NULL)));
  assert_true (storage_run_foreach (run, assert_progress, (gpointer) (gsize) numbers, NULL));
}

static void
the_run_says_where_its_flow_is (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  StorageRecord moves[] = { fixture_flow (FLOW_STATE_PENDING, FLOW_STATE_RUNNING),
                            fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL),
                            fixture_flow (FLOW_STATE_RUNNING, FLOW_STATE_REVERTED) };
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 1);
  g_autoptr (StorageRun) reader = NULL;

  fixture_append (run, moves[0]);
  assert_int_equal (storage_run_get_info (run)->state, FLOW_STATE_RUNNING);
  assert_int_equal (storage_run_get_info (run)->updated_us, 2000000);
  moves[2].time_us = 7000000;
  assert_true (storage_run_append (run, moves + 1, 2, NULL));
  assert_int_equal (storage_run_get_info (run)->state, FLOW_STATE_REVERTED);
  g_clear_pointer (&run, storage_run_close);
  conformance_reopen (my);
  reader = conformance_open_run (my, "r");
  assert_int_equal (storage_run_get_info (reader)->state, FLOW_STATE_REVERTED);
  assert_int_equal (storage_run_get_info (reader)->updated_us, 7000000);
}

static void
an_empty_batch_is_nothing (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 1);

  assert_true (storage_run_append (run, NULL, 0, NULL));
  fixture_assert_records (run, "");
}

static void
batches_of_any_size_are_read_in_full (void **state)
{
  static const guint sizes[] = { 1, 4, 510, 511, 512, 513, 1024, 1025, 3000 };
  ConformanceState *my = (ConformanceState *) *state;

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *id = g_strdup_printf ("r%u", sizes[i]);
      g_autofree StorageRecord *batch = g_new (StorageRecord, sizes[i]);
      g_autoptr (StorageRun) run = fixture_create_run (my->storage, id, sizes[i]);

      for (guint k = 0; k < sizes[i]; k++)
        batch[k] = fixture_atom (k, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL);
      assert_true (storage_run_append (run, batch, sizes[i], NULL));
      assert_int_equal (fixture_count (run), sizes[i]);
    }
}

static gboolean
stop_at_second (const StorageRecord *record, gpointer user_data)
{
  ++*(guint *) user_data;
  return record->seq < 2;
}

static void
reading_ends_when_the_caller_has_had_enough (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 4);
  guint count = 0;

  for (guint i = 0; i < 4; i++)
    fixture_append (run, fixture_atom (i, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL));
  assert_true (storage_run_foreach (run, stop_at_second, &count, NULL));
  assert_int_equal (count, 2);
}

static void
a_reader_sees_what_came_after_it_was_opened (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 1);
  g_autoptr (StorageRun) reader = conformance_open_run (my, "r");

  assert_int_equal (fixture_count (reader), 0);
  fixture_append (run, fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL));
  assert_int_equal (fixture_count (reader), 1);
}

/* Uses the store in every way but appending to the run that is read. */
static gboolean
use_the_store (const StorageRecord *record, gpointer user_data)
{
  ConformanceState *my = (ConformanceState *) user_data;
  g_autofree char *id = g_strdup_printf ("other%u", record->atom);
  g_autoptr (StorageRun) other = fixture_create_run (my->storage, id, 1);
  g_autoptr (StorageRun) same = conformance_open_run (my, "r");

  fixture_append (other, fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL));
  assert_int_equal (fixture_count (other), 1);
  assert_int_equal (fixture_count (same), 3);
  return TRUE;
}

static void
the_store_may_be_used_while_a_run_is_read (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 3);
  g_autofree char *newest = NULL;

  for (guint i = 0; i < 3; i++)
    fixture_append (run, fixture_atom (i, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL));
  assert_true (storage_run_foreach (run, use_the_store, my, NULL));
  newest = storage_lookup_run_id (my->storage, "@last", NULL);
  assert_string_equal (newest, "other2");
}

/* -- Misuse ----------------------------------------------------------------------------------- */

static void
a_record_that_means_nothing_is_a_programming_error (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 2);
  StorageRecord wrong[] = {
    fixture_atom (2, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL),
    fixture_atom (STORAGE_NO_ATOM, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL),
    fixture_atom (0, ATOM_STATE_COUNT, ATOM_STATE_RUNNING, 1, NULL),
    fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_COUNT, 1, g_variant_new_int64 (1)),
    fixture_flow (FLOW_STATE_PENDING, FLOW_STATE_COUNT),
    fixture_other (STORAGE_RECORD_COUNT, 0, 0, 0, NULL),
    fixture_other (STORAGE_RECORD_INPUT, STORAGE_NO_ATOM, 0, 0, NULL),
    fixture_other (STORAGE_RECORD_NOTE, 2, 0, 0, g_variant_new_string ("whose")),
  };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      StorageRecord batch[]
          = { fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL), wrong[i] };

      g_test_expect_message (NULL, G_LOG_LEVEL_CRITICAL, "*are_valid*");
      assert_false (storage_run_append (run, batch, 2, NULL));
      g_test_assert_expected_messages ();
    }
  fixture_assert_records (run, "");
}

static void
a_run_that_was_opened_for_reading_takes_no_records (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 1);
  g_autoptr (StorageRun) reader = conformance_open_run (my, "r");
  StorageRecord record = fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL);

  g_test_expect_message (NULL, G_LOG_LEVEL_CRITICAL, "*is_owned*");
  assert_false (storage_run_append (reader, &record, 1, NULL));
  g_test_assert_expected_messages ();
  fixture_assert_records (run, "");
}

static void
a_run_holds_its_store (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  StorageRun *run = fixture_create_run (my->storage, "r", 1);

  g_clear_pointer (&my->storage, storage_unref);
  fixture_append (run, fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL));
  assert_int_equal (fixture_count (run), 1);
  storage_run_close (run);
}

static gboolean
note_number (const StorageRecord *record, gpointer user_data)
{
  g_string_append_printf ((GString *) user_data, "%" G_GUINT64_FORMAT " ", record->seq);
  return record->seq < 7;
}

static void
a_journal_is_read_from_a_number_on (void **state)
{
  static const struct
  {
    guint64 first;
    const char *numbers;
  } cases[] = {
    { 0, "1 2 3 4 5 6 7 " }, { 1, "1 2 3 4 5 6 7 " }, { 5, "5 6 7 " }, { 8, "8 " }, { 9, "" },
    { G_MAXUINT64, "" },
  };
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 2);

  for (guint i = 0; i < 8; i++)
    fixture_append (run, fixture_other (STORAGE_RECORD_NOTE, STORAGE_NO_ATOM, 0, 0,
                                        g_variant_new_string ("mind")));
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GString) numbers = g_string_new (NULL);

      assert_true (storage_run_foreach_from (run, cases[i].first, note_number, numbers, NULL));
      assert_string_equal (numbers->str, cases[i].numbers);
    }
}

static const struct CMUnitTest tests[] = {
  cmocka_unit_test (a_journal_is_read_from_a_number_on),
  cmocka_unit_test (records_of_all_kinds_come_back_in_order),
  cmocka_unit_test (values_of_every_type_come_back_the_same),
  cmocka_unit_test (the_deepest_value_is_kept_in_every_kind_of_record),
  cmocka_unit_test (progress_is_kept_to_the_last_digit),
  cmocka_unit_test (the_run_says_where_its_flow_is),
  cmocka_unit_test (an_empty_batch_is_nothing),
  cmocka_unit_test (batches_of_any_size_are_read_in_full),
  cmocka_unit_test (reading_ends_when_the_caller_has_had_enough),
  cmocka_unit_test (a_reader_sees_what_came_after_it_was_opened),
  cmocka_unit_test (the_store_may_be_used_while_a_run_is_read),
  cmocka_unit_test (a_record_that_means_nothing_is_a_programming_error),
  cmocka_unit_test (a_run_that_was_opened_for_reading_takes_no_records),
  cmocka_unit_test (a_run_holds_its_store),
};

const ConformanceChapter conformance_records = { tests, G_N_ELEMENTS (tests) };
