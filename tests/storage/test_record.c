/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include <backflow/atoms/retry.h>
#include <backflow/storage/storage_backend.h>

#include "tests/storage/fixture.h"

#define N_ATOMS 5

static void
kinds_have_their_names (void **state)
{
  (void) state;
#define X(name) assert_string_equal (storage_record_kind_get_name (STORAGE_RECORD_##name), #name);
  STORAGE_RECORD_KINDS (X)
#undef X
}

/* value: (nullable) as GVariant's text. */
typedef struct
{
  StorageRecord record;
  const char *value;
  gboolean is_valid;
} Case;

#define NO STORAGE_NO_ATOM

/* clang-format off */
static const Case cases[] = {
  { { .kind = STORAGE_RECORD_ATOM },                                                     NULL,             TRUE },
  { { .kind = STORAGE_RECORD_ATOM, .atom = 4, .to = ATOM_STATE_COUNT - 1 },              "'any'",          TRUE },
  { { .kind = STORAGE_RECORD_ATOM, .atom = 5 },                                          NULL,             FALSE },
  { { .kind = STORAGE_RECORD_ATOM, .atom = NO },                                         NULL,             FALSE },
  { { .kind = STORAGE_RECORD_ATOM, .atom = NO },                                         "'any'",          FALSE },
  { { .kind = STORAGE_RECORD_ATOM, .to = ATOM_STATE_COUNT },                             NULL,             FALSE },
  { { .kind = STORAGE_RECORD_ATOM, .from = ATOM_STATE_COUNT },                           "'any'",          FALSE },
  { { .kind = STORAGE_RECORD_ATOM, .intention = INTENTION_COUNT },                       NULL,             FALSE },
  { { .kind = STORAGE_RECORD_FLOW, .atom = NO, .to = FLOW_STATE_COUNT - 1 },             NULL,             TRUE },
  { { .kind = STORAGE_RECORD_FLOW, .atom = NO, .to = FLOW_STATE_COUNT },                 NULL,             FALSE },
  { { .kind = STORAGE_RECORD_FLOW, .atom = NO, .from = FLOW_STATE_COUNT },               NULL,             FALSE },
  { { .kind = STORAGE_RECORD_FLOW, .atom = NO },                                         "'some'",         FALSE },
  { { .kind = STORAGE_RECORD_INPUT, .atom = NO },                                        "('a', <'b'>)",   TRUE },
  { { .kind = STORAGE_RECORD_INPUT, .atom = NO },                                        "'a'",            FALSE },
  { { .kind = STORAGE_RECORD_INPUT, .atom = NO },                                        NULL,             FALSE },
  { { .kind = STORAGE_RECORD_DECISION, .to = RETRY_DECISION_REVERT_ALL, .attempt = 4 },  NULL,             TRUE },
  { { .kind = STORAGE_RECORD_DECISION, .attempt = 5 },                                   NULL,             FALSE },
  { { .kind = STORAGE_RECORD_DECISION },                                                 "(int64 -1, int64 2)", FALSE },
  { { .kind = STORAGE_RECORD_DECISION },                                                 "(int64 1, int64 -2)", FALSE },
  { { .kind = STORAGE_RECORD_DECISION },                                                 "(int64 1, int64 2)", TRUE },
  { { .kind = STORAGE_RECORD_DECISION },                                                 "(1, 2)",         FALSE },
  { { .kind = STORAGE_RECORD_DECISION, .to = RETRY_DECISION_REVERT_ALL + 1 },            NULL,             FALSE },
  { { .kind = STORAGE_RECORD_DECISION, .atom = NO },                                     NULL,             FALSE },
  { { .kind = STORAGE_RECORD_INTENTION, .intention = INTENTION_COUNT - 1 },              NULL,             TRUE },
  { { .kind = STORAGE_RECORD_INTENTION, .intention = INTENTION_COUNT },                  NULL,             FALSE },
  { { .kind = STORAGE_RECORD_INTENTION, .atom = NO, .intention = INTENTION_REVERT },     NULL,             TRUE },
  { { .kind = STORAGE_RECORD_INTENTION, .attempt = 5 },                                  NULL,             TRUE },
  { { .kind = STORAGE_RECORD_INTENTION, .attempt = 6 },                                  NULL,             FALSE },
  { { .kind = STORAGE_RECORD_INTENTION, .atom = 5 },                                     NULL,             FALSE },
  { { .kind = STORAGE_RECORD_INTENTION },                                                "'why'",          FALSE },
  { { .kind = STORAGE_RECORD_DECISION, .atom = 2, .attempt = 2 },                        "(int64 1, int64 2)", TRUE },
  { { .kind = STORAGE_RECORD_LOG, .to = ATOM_ACTION_REVERT },                            "'r/a.log'",      TRUE },
  { { .kind = STORAGE_RECORD_LOG, .to = ATOM_ACTION_REVERT + 1 },                        "'r/a.log'",      FALSE },
  { { .kind = STORAGE_RECORD_LOG },                                                      "'/etc/passwd'",  FALSE },
  { { .kind = STORAGE_RECORD_LOG },                                                      "'../a.log'",     FALSE },
  { { .kind = STORAGE_RECORD_LOG },                                                      "'r/../../a.log'", FALSE },
  { { .kind = STORAGE_RECORD_LOG },                                                      "'r/..'",         FALSE },
  { { .kind = STORAGE_RECORD_LOG },                                                      "''",             FALSE },
  { { .kind = STORAGE_RECORD_LOG },                                                      "'r/..a'",        TRUE },
  { { .kind = STORAGE_RECORD_LOG },                                                      NULL,             FALSE },
  { { .kind = STORAGE_RECORD_NOTE },                                                     "'mind'",         TRUE },
  { { .kind = STORAGE_RECORD_NOTE, .atom = NO },                                         "'mind'",         TRUE },
  { { .kind = STORAGE_RECORD_NOTE, .atom = 5 },                                          "'mind'",         FALSE },
  { { .kind = STORAGE_RECORD_NOTE },                                                     "@mv nothing",    FALSE },
  { { .kind = STORAGE_RECORD_REQUEST, .atom = NO },                                      NULL,             TRUE },
  { { .kind = STORAGE_RECORD_REQUEST, .atom = NO, .to = STORAGE_REQUEST_COUNT - 1 },     "'because'",      TRUE },
  { { .kind = STORAGE_RECORD_REQUEST, .atom = NO, .to = STORAGE_REQUEST_COUNT },         NULL,             FALSE },
  { { .kind = STORAGE_RECORD_RESOLUTION, .to = STORAGE_RESOLUTION_COUNT - 1 },           "('why', @mv <7>)", TRUE },
  { { .kind = STORAGE_RECORD_RESOLUTION },                                               "('why', @mv nothing)", TRUE },
  { { .kind = STORAGE_RECORD_RESOLUTION, .to = STORAGE_RESOLUTION_COUNT },               "('why', @mv nothing)", FALSE },
  { { .kind = STORAGE_RECORD_RESOLUTION, .atom = NO },                                   "('why', @mv nothing)", FALSE },
  { { .kind = STORAGE_RECORD_RESOLUTION },                                               NULL,             FALSE },
  { { .kind = STORAGE_RECORD_RESOLUTION },                                               "'why'",          FALSE },
  { { .kind = STORAGE_RECORD_PROGRESS, .to = ATOM_ACTION_REVERT, .attempt = 3 },         "(0.0, @mv nothing)", TRUE },
  { { .kind = STORAGE_RECORD_PROGRESS },                                                 "(1.0, @mv <'all'>)", TRUE },
  { { .kind = STORAGE_RECORD_PROGRESS },                                                 "(1.0000001, @mv nothing)", FALSE },
  { { .kind = STORAGE_RECORD_PROGRESS },                                                 "(-0.1, @mv nothing)", FALSE },
  { { .kind = STORAGE_RECORD_PROGRESS, .to = ATOM_ACTION_REVERT + 1 },                   "(0.5, @mv nothing)", FALSE },
  { { .kind = STORAGE_RECORD_PROGRESS, .atom = NO },                                     "(0.5, @mv nothing)", FALSE },
  { { .kind = STORAGE_RECORD_PROGRESS },                                                 NULL,             FALSE },
  { { .kind = STORAGE_RECORD_PROGRESS },                                                 "0.5",            FALSE },
  { { .kind = STORAGE_RECORD_META, .atom = NO },                                         "('a', <'b'>)",   TRUE },
  { { .kind = STORAGE_RECORD_META, .atom = 4 },                                          "('a', <'b'>)",   TRUE },
  { { .kind = STORAGE_RECORD_META, .atom = 5 },                                          "('a', <'b'>)",   FALSE },
  { { .kind = STORAGE_RECORD_META },                                                     "('a', 'b')",     FALSE },
  { { .kind = STORAGE_RECORD_META },                                                     NULL,             FALSE },
  { { .kind = STORAGE_RECORD_PROBE, .from = ATOM_ACTION_REVERT, .to = STORAGE_PROBE_UNKNOWN }, NULL,            TRUE },
  { { .kind = STORAGE_RECORD_PROBE, .from = ATOM_ACTION_REVERT + 1 },                    NULL,             FALSE },
  { { .kind = STORAGE_RECORD_PROBE, .to = STORAGE_PROBE_COUNT },                         NULL,             FALSE },
  { { .kind = STORAGE_RECORD_PROBE, .atom = NO },                                        NULL,             FALSE },
  { { .kind = STORAGE_RECORD_PROBE },                                                    "'there'",        FALSE },
  { { .kind = STORAGE_RECORD_COUNT },                                                    NULL,             FALSE },
};
/* clang-format on */

static void
a_record_says_what_its_kind_can_say (void **state)
{
  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      StorageRecord record = cases[i].record;
      g_autoptr (GVariant) value = NULL;

      if (cases[i].value != NULL)
        value = g_variant_ref_sink (g_variant_new_parsed (cases[i].value));
      record.value = value;
      if (storage_record_is_valid (&record, N_ATOMS) != cases[i].is_valid)
        fail_msg ("case %zu", i);
      if (storage_record_is_plain (&record))
        assert_int_equal (storage_record_is_valid_plain (&record, N_ATOMS), cases[i].is_valid);
    }
}

static void
a_floating_value_is_nobodys (void **state)
{
  StorageRecord record = { .kind = STORAGE_RECORD_ATOM, .value = g_variant_new_int64 (1) };

  (void) state;
  assert_false (storage_record_is_valid (&record, N_ATOMS));
  g_variant_ref_sink (record.value);
  assert_true (storage_record_is_valid (&record, N_ATOMS));
  g_variant_unref (record.value);
}

static void
progress_is_a_number_between_none_and_all (void **state)
{
  static const double wrong[] = { G_MAXDOUBLE, -G_MINDOUBLE, INFINITY, -INFINITY, NAN };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GVariant) value = g_variant_ref_sink (g_variant_new ("(dmv)", wrong[i], NULL));
      StorageRecord record = { .kind = STORAGE_RECORD_PROGRESS, .value = value };

      assert_false (storage_record_is_valid (&record, N_ATOMS));
    }
}

static void
a_record_of_waiting_names_what_it_waits_behind (void **state)
{
  StorageRecord waiting = storage_record_make_waiting (3, 0, INTENTION_REVERT);
  StorageRecord plain = { .kind = STORAGE_RECORD_INTENTION, .atom = 3 };

  (void) state;
  assert_true (storage_record_is_valid (&waiting, N_ATOMS));
  assert_int_equal (waiting.atom, 3);
  assert_int_equal (waiting.intention, INTENTION_REVERT);
  assert_int_equal (storage_record_get_blocker (&waiting), 0);
  assert_int_equal (storage_record_get_blocker (&plain), STORAGE_NO_ATOM);
}

static void
a_decision_names_the_atom_that_failed (void **state)
{
  StorageRecord about_other = { .kind = STORAGE_RECORD_DECISION, .atom = 1, .attempt = 2 };
  StorageRecord about_revert = { .kind = STORAGE_RECORD_DECISION, .atom = 2, .attempt = 2 };

  (void) state;
  assert_int_equal (storage_record_get_failed_atom (&about_other), 2);
  assert_false (storage_record_is_about_revert (&about_other));
  assert_true (storage_record_is_about_revert (&about_revert));
}

int
main (void)
{
  static const struct CMUnitTest tests[] = {
    cmocka_unit_test (kinds_have_their_names),
    cmocka_unit_test (a_record_says_what_its_kind_can_say),
    cmocka_unit_test (a_floating_value_is_nobodys),
    cmocka_unit_test (a_record_of_waiting_names_what_it_waits_behind),
    cmocka_unit_test (a_decision_names_the_atom_that_failed),
    cmocka_unit_test (progress_is_a_number_between_none_and_all),
  };

  return cmocka_run_group_tests_name ("storage/record", tests, NULL, NULL);
}
