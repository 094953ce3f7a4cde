/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <backflow/atoms/retry.h>

#include "tests/storage/conformance_private.h"
#include "tests/storage/replay.h"

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
make_random_intention (GRand *random)
{
  guint atom = (guint) g_rand_int_range (random, 0, RANDOM_ATOMS + 1);
  StorageRecord record
      = fixture_other (STORAGE_RECORD_INTENTION, atom < RANDOM_ATOMS ? atom : STORAGE_NO_ATOM, 0,
                       (guint) g_rand_int_range (random, 0, RANDOM_ATOMS + 1), NULL);

  record.intention = (guint8) g_rand_int_range (random, 0, INTENTION_COUNT);
  return record;
}

/* Only of some atoms, so that others keep nothing but their state. */
static StorageRecord
make_random_progress (GRand *random)
{
  GVariant *value = g_variant_new ("(dmv)", g_rand_double (random), make_random_value (random));

  return fixture_other (STORAGE_RECORD_PROGRESS, (guint) g_rand_int_range (random, 0, 2),
                        (guint) g_rand_int_range (random, 0, 2),
                        (guint) g_rand_int_range (random, 1, 3), value);
}

static StorageRecord
make_random_record (GRand *random)
{
  guint atom = (guint) g_rand_int_range (random, 0, RANDOM_ATOMS);

  switch (g_rand_int_range (random, 0, 60))
    {
    case 0:
      return fixture_flow (FLOW_STATE_PENDING,
                           (FlowState) g_rand_int_range (random, 0, FLOW_STATE_COUNT));
    case 1:
      return fixture_other (STORAGE_RECORD_NOTE, atom, 0, 0, g_variant_new_string ("note"));
    case 2:
      return fixture_other (STORAGE_RECORD_DECISION, atom, RETRY_DECISION_RETRY, 1, NULL);
    case 3:
      return fixture_other (STORAGE_RECORD_RESOLUTION, atom, STORAGE_RESOLUTION_DONE, 0,
                            g_variant_new ("(smv)", "why", make_random_value (random)));
    case 4:
      return fixture_other (STORAGE_RECORD_META, atom, 0, 0,
                            g_variant_new_parsed ("('name', <int64 7>)"));
    case 5:
    case 6:
      return make_random_intention (random);
    case 7:
    case 8:
    case 9:
    case 10:
    case 11:
    case 12:
      return make_random_progress (random);
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
assert_random_run (ConformanceState *my, guint seed)
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
    assert_random_run ((ConformanceState *) *state, seed);
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

/* A controller without values is tried twice, reset by the retry around it, and tried twice again.
 * What it decides on is how often it succeeded since it was last PENDING. */
static void
the_attempts_of_a_retry_controller_can_be_counted (void **state)
{
  static const guint8 states[] = { ATOM_STATE_PENDING,   ATOM_STATE_RUNNING,  ATOM_STATE_SUCCESS,
                                   ATOM_STATE_RETRYING,  ATOM_STATE_RUNNING,  ATOM_STATE_SUCCESS,
                                   ATOM_STATE_REVERTING, ATOM_STATE_REVERTED, ATOM_STATE_PENDING };
  ConformanceState *my = (ConformanceState *) *state;
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

static const struct CMUnitTest tests[] = {
  cmocka_unit_test (the_records_give_the_state_that_all_appended_ones_gave),
  cmocka_unit_test (the_attempts_of_a_retry_controller_can_be_counted),
};

const ConformanceChapter conformance_meaning = { tests, G_N_ELEMENTS (tests) };
