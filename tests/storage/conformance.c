/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <backflow/atoms/retry.h>
#include <backflow/atoms/value.h>

#include "tests/storage/conformance.h"
#include "tests/storage/replay.h"

/* What a test starts with. */
typedef struct
{
  const ConformanceStore *store;
  char *folder;
  Storage *storage;
} State;

static int
set_up (void **state)
{
  State *fresh = g_new0 (State, 1);

  fresh->store = (const ConformanceStore *) *state;
  fresh->folder = fixture_make_folder ();
  fresh->storage = fresh->store->open (fresh->folder);
  *state = fresh;
  return 0;
}

static int
tear_down (void **state)
{
  State *used = (State *) *state;

  storage_unref (used->storage);
  fixture_remove_folder (used->folder);
  fixture_forget_values ();
  g_free (used);
  return 0;
}

/* Closes the store and opens it again, where runs outlive that. */
static void
reopen (State *state)
{
  if (!state->store->is_kept)
    return;
  storage_unref (state->storage);
  state->storage = state->store->open (state->folder);
}

static StorageRun *
open_run (State *state, const char *id)
{
  g_autoptr (GError) error = NULL;
  StorageRun *run = storage_open_run (state->storage, id, &error);

  if (run == NULL)
    fail_msg ("%s", error->message);
  return run;
}

/* -- Runs ------------------------------------------------------------------------------------- */

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
  State *my = (State *) *state;
  StorageRunInfo info = { .id = "7f3a-run",
                          .flow = "provision-site",
                          .version_major = 65535,
                          .version_minor = 7,
                          .definition = "flow: provision-site\nsteps: []\n",
                          .definition_path = "/flows/site \xc3\xa9.yaml",
                          .created_us = 1700000000123456 };
  g_autoptr (StorageRun) made = storage_create_run (my->storage, &info, NULL, 0, NULL);
  g_autoptr (StorageRun) opened = NULL;
  guint count = 0;

  assert_non_null (made);
  assert_header (storage_run_get_info (made), info.definition);
  g_clear_pointer (&made, storage_run_close);
  reopen (my);
  opened = open_run (my, "7f3a-run");
  assert_header (storage_run_get_info (opened), info.definition);
  assert_true (storage_foreach_run (my->storage, assert_listed_header, &count, NULL));
  assert_int_equal (count, 1);
}

static void
a_run_without_a_time_is_made_now (void **state)
{
  State *my = (State *) *state;
  gint64 before_us = g_get_real_time ();
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 0);
  const StorageRunInfo *info = storage_run_get_info (run);

  assert_true (info->created_us >= before_us && info->created_us <= g_get_real_time ());
  assert_int_equal (info->updated_us, info->created_us);
}

static void
a_second_run_of_an_id_is_refused (void **state)
{
  State *my = (State *) *state;
  StorageRunInfo info = { .id = "r", .flow = "other" };
  StorageAtom atom = { .name = "x", .flow = "other" };
  g_autoptr (StorageRun) first = fixture_create_run (my->storage, "r", 2);
  g_autoptr (GError) error = NULL;

  fixture_append (first, fixture_atom (1, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL));
  assert_null (storage_create_run (my->storage, &info, &atom, 1, &error));
  fixture_assert_error (&error, STORAGE_ERROR_EXISTS, "\"r\"");
  fixture_append (first, fixture_flow (FLOW_STATE_PENDING, FLOW_STATE_RUNNING));
  assert_int_equal (fixture_count (first), 2);
}

static void
an_unknown_run_is_not_found (void **state)
{
  State *my = (State *) *state;
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
  State *my = (State *) *state;
  g_autoptr (GString) ids = g_string_new (NULL);
  g_autoptr (GString) expected = g_string_new (NULL);

  assert_true (storage_foreach_run (my->storage, collect_id, ids, NULL));
  assert_string_equal (ids->str, "");
  /* More than a backend may read at a time. */
  for (guint i = 0; i < 200; i++)
    {
      g_autofree char *id = g_strdup_printf ("r%u", i * 7919 % 200);

      storage_run_close (fixture_create_run (my->storage, id, 0));
      g_string_prepend_c (expected, ' ');
      g_string_prepend (expected, id);
    }
  assert_true (storage_foreach_run (my->storage, collect_id, ids, NULL));
  assert_string_equal (ids->str, expected->str);
}

static void
a_listing_ends_when_the_caller_has_had_enough (void **state)
{
  State *my = (State *) *state;
  g_autoptr (GString) ids = g_string_new (NULL);

  storage_run_close (fixture_create_run (my->storage, "a", 0));
  storage_run_close (fixture_create_run (my->storage, "b-stop", 0));
  storage_run_close (fixture_create_run (my->storage, "c", 0));
  assert_true (storage_foreach_run (my->storage, collect_id, ids, NULL));
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
  State *my = (State *) *state;

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
  State *my = (State *) *state;
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
  State *my = (State *) *state;
  StorageRunInfo info = { .id = "r", .flow = "site" };
  g_autoptr (StorageRun) run = NULL;
  const StorageAtom *atoms;
  guint count;

  storage_run_close (storage_create_run (my->storage, &info, given, G_N_ELEMENTS (given), NULL));
  reopen (my);
  run = open_run (my, "r");
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
  State *my = (State *) *state;
  g_autofree char *large = g_strnfill (3 << 20, 'x');
  StorageRunInfo info = { .flow = "f", .definition = large };

  for (guint i = 0; i < 3; i++)
    {
      static const char *const ids[] = { "a", "b", "c" };

      info.id = ids[i];
      info.definition = i < 2 ? large : "";
      storage_run_close (storage_create_run (my->storage, &info, NULL, 0, NULL));
    }
  reopen (my);
  for (guint i = 0; i < 3; i++)
    {
      static const char *const ids[] = { "a", "b", "c" };
      g_autoptr (StorageRun) run = open_run (my, ids[i]);

      assert_string_equal (storage_run_get_info (run)->definition, i < 2 ? large : "");
    }
}

/* -- Records ---------------------------------------------------------------------------------- */

static void
records_of_all_kinds_come_back_in_order (void **state)
{
  State *my = (State *) *state;
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
  g_clear_pointer (&run, storage_run_close);
  reopen (my);
  run = open_run (my, "r");
  /* The intention of an atom that has nothing else may be told late. */
  if (!storage_has_atoms (my->storage))
    return;
  fixture_assert_records (run, "1 INPUT 0 #0 ('port', <int64 8080>)\n"
                               "2 FLOW PENDING>RUNNING\n"
                               "3 LOG 1 0 #1 'r/a1.log'\n"
                               "4 ATOM 1 RUNNING>FAILURE EXECUTE #1 {'message': <'no'>}\n"
                               "5 DECISION 0 0 #1 (int64 200000, int64 1700000000)\n"
                               "6 DECISION 0 2 #1\n"
                               "7 INTENTION 2 REVERT\n"
                               "8 NOTE 2 0 #0 'mind'\n"
                               "9 NOTE 0 #0 ''\n"
                               "10 REQUEST 1 #0\n");
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
  State *my = (State *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 1);
  guint count = 0;

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    fixture_append (run, fixture_atom (0, ATOM_STATE_RUNNING, ATOM_STATE_SUCCESS, i + 1,
                                       g_variant_new_parsed (values[i])));
  g_clear_pointer (&run, storage_run_close);
  reopen (my);
  run = open_run (my, "r");
  assert_true (storage_run_foreach (run, assert_value, &count, NULL));
  assert_int_equal (count, G_N_ELEMENTS (values));
}

static gboolean
assert_input (const StorageRecord *record, gpointer user_data)
{
  GVariant *expected = (GVariant *) user_data;

  assert_true (g_variant_equal (record->value, expected));
  return TRUE;
}

static void
the_deepest_value_is_kept_as_an_input (void **state)
{
  State *my = (State *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 0);
  g_autoptr (GVariant) value = g_variant_ref_sink (g_variant_new_int64 (1));
  g_autofree char *json = NULL;
  g_autoptr (GVariant) input = NULL;

  for (guint i = 0; i < VALUE_DEPTH_MAX; i++)
    {
      GVariant *inner = g_variant_new_variant (value);

      g_variant_unref (value);
      value = g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE_VARIANT, &inner, 1));
    }
  input = g_variant_ref_sink (g_variant_new ("(sv)", "deep", value));
  fixture_append (run, fixture_other (STORAGE_RECORD_INPUT, STORAGE_NO_ATOM, 0, 0, input));
  assert_true (storage_run_foreach (run, assert_input, input, NULL));
}

static void
the_run_says_where_its_flow_is (void **state)
{
  State *my = (State *) *state;
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
  reopen (my);
  reader = open_run (my, "r");
  assert_int_equal (storage_run_get_info (reader)->state, FLOW_STATE_REVERTED);
  assert_int_equal (storage_run_get_info (reader)->updated_us, 7000000);
}

static void
an_empty_batch_is_nothing (void **state)
{
  State *my = (State *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 1);

  assert_true (storage_run_append (run, NULL, 0, NULL));
  fixture_assert_records (run, "");
}

static void
batches_of_any_size_are_read_in_full (void **state)
{
  static const guint sizes[] = { 1, 4, 510, 511, 512, 513, 1024, 1025, 3000 };
  State *my = (State *) *state;

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
  State *my = (State *) *state;
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
  State *my = (State *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 1);
  g_autoptr (StorageRun) reader = open_run (my, "r");

  assert_int_equal (fixture_count (reader), 0);
  fixture_append (run, fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL));
  assert_int_equal (fixture_count (reader), 1);
}

/* Uses the store in every way but appending to the run that is read. */
static gboolean
use_the_store (const StorageRecord *record, gpointer user_data)
{
  State *my = (State *) user_data;
  g_autofree char *id = g_strdup_printf ("other%u", record->atom);
  g_autoptr (StorageRun) other = fixture_create_run (my->storage, id, 1);
  g_autoptr (StorageRun) same = open_run (my, "r");

  fixture_append (other, fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL));
  assert_int_equal (fixture_count (other), 1);
  assert_int_equal (fixture_count (same), 3);
  return TRUE;
}

static void
the_store_may_be_used_while_a_run_is_read (void **state)
{
  State *my = (State *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 3);
  g_autofree char *newest = NULL;

  for (guint i = 0; i < 3; i++)
    fixture_append (run, fixture_atom (i, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL));
  assert_true (storage_run_foreach (run, use_the_store, my, NULL));
  newest = storage_lookup_run_id (my->storage, "@last", NULL);
  assert_string_equal (newest, "other2");
}

/* -- What the records mean -------------------------------------------------------------------- */

#define RANDOM_ATOMS 7
#define RANDOM_RECORDS 400

static GVariant *
make_random_value (GRand *random)
{
  if (g_rand_int_range (random, 0, 3) != 0)
    return NULL;
  return g_variant_new_int64 (g_rand_int_range (random, 0, 1000));
}

static StorageRecord
make_random_atom_record (GRand *random)
{
  guint atom = (guint) g_rand_int_range (random, 0, RANDOM_ATOMS);
  AtomState from = (AtomState) g_rand_int_range (random, 0, ATOM_STATE_COUNT);
  AtomState to = (AtomState) g_rand_int_range (random, 0, ATOM_STATE_COUNT);
  guint attempt = g_rand_int_range (random, 0, 20) == 0 ? g_rand_int (random)
                                                        : (guint) g_rand_int_range (random, 0, 9);
  /* Half of the atoms never have a value. */
  StorageRecord record
      = fixture_atom (atom, from, to, attempt, atom % 2 != 0 ? make_random_value (random) : NULL);

  record.intention = (guint8) g_rand_int_range (random, 0, INTENTION_COUNT);
  return record;
}

static StorageRecord
make_random_record (GRand *random)
{
  guint atom = (guint) g_rand_int_range (random, 0, RANDOM_ATOMS);
  StorageRecord record;

  switch (g_rand_int_range (random, 0, 40))
    {
    case 0:
      return fixture_flow (FLOW_STATE_PENDING,
                           (FlowState) g_rand_int_range (random, 0, FLOW_STATE_COUNT));
    case 1:
      return fixture_other (STORAGE_RECORD_NOTE, atom, 0, 0, g_variant_new_string ("note"));
    case 2:
      return fixture_other (STORAGE_RECORD_DECISION, atom, RETRY_DECISION_RETRY, 1, NULL);
    case 3:
    case 4:
    case 5:
      record = fixture_other (STORAGE_RECORD_INTENTION, atom, 0, 0, NULL);
      record.intention = (guint8) g_rand_int_range (random, 0, INTENTION_COUNT);
      return record;
    default:
      return make_random_atom_record (random);
    }
}

static gboolean
replay_record (const StorageRecord *record, gpointer user_data)
{
  replay_apply ((Replay *) user_data, record);
  return TRUE;
}

static void
assert_random_run (State *my, guint seed)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  g_autofree char *id = g_strdup_printf ("seed-%u", seed);
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, id, RANDOM_ATOMS);
  g_autoptr (Replay) expected = replay_new (RANDOM_ATOMS);
  g_autoptr (Replay) told = replay_new (RANDOM_ATOMS);
  g_autofree char *expected_text = NULL;
  g_autofree char *told_text = NULL;

  for (guint done = 0; done < RANDOM_RECORDS;)
    {
      StorageRecord batch[5];
      guint count = (guint) g_rand_int_range (random, 1, G_N_ELEMENTS (batch) + 1);

      for (guint i = 0; i < count; i++)
        {
          batch[i] = make_random_record (random);
          replay_apply (expected, &batch[i]);
        }
      assert_true (storage_run_append (run, batch, count, NULL));
      done += count;
    }
  assert_true (storage_run_foreach (run, replay_record, told, NULL));
  expected_text = replay_describe (expected);
  told_text = replay_describe (told);
  if (!g_str_equal (told_text, expected_text))
    fail_msg ("seed %u: %s\nis not\n%s", seed, told_text, expected_text);
}

static void
the_records_give_the_state_that_all_appended_ones_gave (void **state)
{
  for (guint seed = 1; seed <= 20; seed++)
    assert_random_run ((State *) *state, seed);
}

/* How often `word` is in `text`. */
static guint
count_words (const char *text, const char *word)
{
  guint count = 0;

  for (const char *found = strstr (text, word); found != NULL; found = strstr (found + 1, word))
    count++;
  return count;
}

static void
append_moves (StorageRun *run, const guint8 *states, guint count)
{
  for (guint i = 1; i < count; i++)
    {
      fixture_append (run, fixture_atom (0, states[i - 1], states[i], 1 + i / 4, NULL));
      if (states[i] == ATOM_STATE_SUCCESS)
        fixture_append (run, fixture_other (STORAGE_RECORD_DECISION, 0, 0, 0, NULL));
    }
}

/* A controller without values is tried twice, reset by the retry around it, and tried twice again. What it decides on is
 * how often it succeeded since it was last PENDING. */
static void
the_attempts_of_a_retry_controller_can_be_counted (void **state)
{
  static const guint8 states[] = { ATOM_STATE_PENDING,   ATOM_STATE_RUNNING,  ATOM_STATE_SUCCESS,
                                   ATOM_STATE_RETRYING,  ATOM_STATE_RUNNING,  ATOM_STATE_SUCCESS,
                                   ATOM_STATE_REVERTING, ATOM_STATE_REVERTED, ATOM_STATE_PENDING };
  State *my = (State *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 1);
  g_autofree char *told = NULL;
  const char *reset;

  append_moves (run, states, G_N_ELEMENTS (states));
  append_moves (run, states, 6);
  told = fixture_describe (run);
  reset = strstr (told, "REVERTED>PENDING");
  assert_non_null (reset);
  assert_int_equal (count_words (told, ">SUCCESS"), 4);
  assert_int_equal (count_words (reset, ">SUCCESS"), 2);
}

/* -- Misuse ----------------------------------------------------------------------------------- */

static void
a_record_that_means_nothing_is_a_programming_error (void **state)
{
  State *my = (State *) *state;
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

      g_test_expect_message (NULL, G_LOG_LEVEL_CRITICAL, "*storage_record_is_valid*");
      assert_false (storage_run_append (run, batch, 2, NULL));
      g_test_assert_expected_messages ();
    }
  fixture_assert_records (run, "");
}

static void
a_run_that_was_opened_for_reading_takes_no_records (void **state)
{
  State *my = (State *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 1);
  g_autoptr (StorageRun) reader = open_run (my, "r");
  StorageRecord record = fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL);

  g_test_expect_message (NULL, G_LOG_LEVEL_CRITICAL, "*is_owned*");
  assert_false (storage_run_append (reader, &record, 1, NULL));
  g_test_assert_expected_messages ();
  fixture_assert_records (run, "");
}

static void
a_run_holds_its_store (void **state)
{
  State *my = (State *) *state;
  StorageRun *run = fixture_create_run (my->storage, "r", 1);

  g_clear_pointer (&my->storage, storage_unref);
  fixture_append (run, fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL));
  assert_int_equal (fixture_count (run), 1);
  storage_run_close (run);
}

/* -- The suite -------------------------------------------------------------------------------- */

static const struct CMUnitTest suite[] = {
  cmocka_unit_test (a_new_run_is_found_with_all_that_was_said_of_it),
  cmocka_unit_test (a_run_without_a_time_is_made_now),
  cmocka_unit_test (a_second_run_of_an_id_is_refused),
  cmocka_unit_test (an_unknown_run_is_not_found),
  cmocka_unit_test (runs_are_listed_newest_first),
  cmocka_unit_test (a_listing_ends_when_the_caller_has_had_enough),
  cmocka_unit_test (a_run_is_meant_by_the_beginning_of_its_id),
  cmocka_unit_test (an_empty_store_has_no_newest_run),
  cmocka_unit_test (atoms_come_back_as_they_were_given),
  cmocka_unit_test (a_definition_may_be_large_and_shared),
  cmocka_unit_test (records_of_all_kinds_come_back_in_order),
  cmocka_unit_test (values_of_every_type_come_back_the_same),
  cmocka_unit_test (the_deepest_value_is_kept_as_an_input),
  cmocka_unit_test (the_run_says_where_its_flow_is),
  cmocka_unit_test (an_empty_batch_is_nothing),
  cmocka_unit_test (batches_of_any_size_are_read_in_full),
  cmocka_unit_test (reading_ends_when_the_caller_has_had_enough),
  cmocka_unit_test (a_reader_sees_what_came_after_it_was_opened),
  cmocka_unit_test (the_store_may_be_used_while_a_run_is_read),
  cmocka_unit_test (the_records_give_the_state_that_all_appended_ones_gave),
  cmocka_unit_test (the_attempts_of_a_retry_controller_can_be_counted),
  cmocka_unit_test (a_record_that_means_nothing_is_a_programming_error),
  cmocka_unit_test (a_run_that_was_opened_for_reading_takes_no_records),
  cmocka_unit_test (a_run_holds_its_store),
};

/* Adds the suite for a store; the names are given to `names`. */
static void
add_suite (GArray *tests, GPtrArray *names, const ConformanceStore *store)
{
  for (gsize i = 0; i < G_N_ELEMENTS (suite); i++)
    {
      struct CMUnitTest test = suite[i];

      test.name = g_strdup_printf ("%s: %s", store->name, suite[i].name);
      test.setup_func = set_up;
      test.teardown_func = tear_down;
      test.initial_state = (gpointer) (gsize) store;
      g_ptr_array_add (names, (gpointer) (gsize) test.name);
      g_array_append_val (tests, test);
    }
}

int
conformance_run (const char *name, const ConformanceStore *stores, gsize n_stores,
                 const struct CMUnitTest *own, gsize n_own)
{
  g_autoptr (GArray) tests = g_array_new (FALSE, FALSE, sizeof (struct CMUnitTest));
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  for (gsize i = 0; i < n_stores; i++)
    add_suite (tests, names, &stores[i]);
  g_array_append_vals (tests, own, (guint) n_own);
  return _cmocka_run_group_tests (name, &g_array_index (tests, struct CMUnitTest, 0), tests->len,
                                  NULL, NULL);
}
