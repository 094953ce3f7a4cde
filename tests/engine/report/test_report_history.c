/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions, tries, requests and resolutions as a report has them, from journals that are written
 * by hand. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <backflow/engine/report/report_variant.h>
#include <backflow/values/value.h>

#include "tests/engine/journal.h"

#define DEFINITION                                                                                 \
  "flow: f\nsteps:\n  - flow: g\n    retry: {times: 3}\n    steps:\n      - {task: a, run: "       \
  "'true', revert: 'true'}\n"                                                                      \
  "  - {task: b, run: 'true', revert: 'true'}\n"

static void
tries_have_their_values_and_answers (void **state)
{
  g_autoptr (Journal) journal = journal_new (DEFINITION);
  const Report *report;
  const ReportTry *tries;
  const ReportDecision *decisions;
  guint count;

  (void) state;
  journal_write (
      journal,
      "g.retry> g.retry+ a> a- g.retry?a=RETRY,30 g.retry~ a< a0 g.retry> g.retry+ a. a> a+");
  report = journal_read (journal);
  tries = report_get_tries (report, journal_find (journal, "g.retry"), &count);
  assert_int_equal (count, 2);
  assert_int_equal (tries[0].number, 1);
  assert_int_equal (g_variant_get_int64 (tries[0].value), 1);
  assert_int_equal (g_variant_get_int64 (tries[1].value), 2);
  assert_null (tries[1].decision);
  decisions = report_get_decisions (report, &count);
  assert_int_equal (count, 1);
  assert_ptr_equal (tries[0].decision, decisions);
  assert_int_equal (decisions[0].answer, RETRY_DECISION_RETRY);
  assert_int_equal (decisions[0].wait_us, 30 * G_USEC_PER_SEC);
  assert_int_equal (decisions[0].try_number, 1);
  assert_string_equal (failure_get_message (decisions[0].failure), "a broke");
  assert_null (report_get_tries (report, journal_find (journal, "b"), &count));
  assert_int_equal (count, 0);
}

static void
tries_are_counted_anew_in_a_new_life (void **state)
{
  g_autoptr (Journal) journal = journal_new (DEFINITION);
  const ReportTry *tries;
  guint count;

  (void) state;
  journal_write (journal, "g.retry> g.retry+ a> a- g.retry?a=REVERT a< a0 g.retry< g.retry0 "
                          "=REVERTED a. g.retry. =PENDING =RUNNING "
                          "g.retry> g.retry+");
  tries = report_get_tries (journal_read (journal), journal_find (journal, "g.retry"), &count);
  assert_int_equal (count, 2);
  assert_int_equal (tries[1].number, 1);
}

static void
requests_and_resolutions_have_their_reasons (void **state)
{
  g_autoptr (Journal) journal = journal_new (DEFINITION);
  const Report *report;
  const ReportRequest *requests;
  const ReportResolution *resolutions;
  StorageRecord silent
      = { .kind = STORAGE_RECORD_REQUEST, .atom = STORAGE_NO_ATOM, .to = STORAGE_REQUEST_SUSPEND };
  StorageRecord done = { .kind = STORAGE_RECORD_RESOLUTION, .to = STORAGE_RESOLUTION_DONE };
  guint count;

  (void) state;
  journal_write (journal, "*CANCEL b:SKIP");
  journal_append (journal, &silent);
  done.atom = journal_find (journal, "b");
  done.value = g_variant_new ("(smv)", "", g_variant_new_int64 (7));
  journal_append (journal, &done);
  report = journal_read (journal);
  requests = report_get_requests (report, &count);
  assert_int_equal (count, 2);
  assert_int_equal (requests[0].request, STORAGE_REQUEST_CANCEL);
  assert_string_equal (requests[0].reason, "enough");
  assert_null (requests[1].reason);
  assert_true (report_has_request (report, STORAGE_REQUEST_CANCEL));
  resolutions = report_get_resolutions (report, &count);
  assert_int_equal (count, 2);
  assert_int_equal (resolutions[0].atom, journal_find (journal, "b"));
  assert_int_equal (resolutions[0].resolution, STORAGE_RESOLUTION_SKIP);
  assert_string_equal (resolutions[0].reason, "I looked");
  assert_null (resolutions[0].result);
  assert_null (resolutions[1].reason);
  assert_int_equal (g_variant_get_int64 (resolutions[1].result), 7);
}

static void
progress_is_the_latest_of_its_attempt (void **state)
{
  g_autoptr (Journal) journal = journal_new (DEFINITION);
  StorageRecord record
      = { .kind = STORAGE_RECORD_PROGRESS, .to = ATOM_ACTION_EXECUTE, .attempt = 1 };
  const ReportAttempt *attempt;
  guint n_atoms;

  (void) state;
  record.atom = journal_find (journal, "b");
  journal_write (journal, "b>");
  assert_true (report_get_atoms (journal_read (journal), &n_atoms)[record.atom].attempts[0].progress
               < 0);
  record.value = g_variant_new ("(dmv)", 0.25, g_variant_new_string ("disk 1"));
  journal_append (journal, &record);
  record.value = g_variant_new ("(dmv)", 0.5, g_variant_new_string ("disk 2"));
  journal_append (journal, &record);
  /* Of an attempt that was never begun. */
  record.attempt = 9;
  record.value = g_variant_new ("(dmv)", 1.0, NULL);
  journal_append (journal, &record);
  attempt = &report_get_atoms (journal_read (journal), &n_atoms)[record.atom].attempts[0];
  assert_true (attempt->progress > 0.49 && attempt->progress < 0.51);
  assert_string_equal (g_variant_get_string (attempt->details, NULL), "disk 2");
  assert_true (attempt->progress_us > attempt->started_us);
}

static void
meta_is_kept_with_its_atom_or_the_run_and_replaced_by_name (void **state)
{
  g_autoptr (Journal) journal = journal_new (DEFINITION);
  StorageRecord record = { .kind = STORAGE_RECORD_META, .atom = STORAGE_NO_ATOM };
  const Report *report;
  guint n_atoms;
  g_autofree char *of_run = NULL;
  g_autofree char *of_atom = NULL;

  (void) state;
  record.value = g_variant_new ("(sv)", "ticket", g_variant_new_int64 (1));
  journal_append (journal, &record);
  record.value = g_variant_new ("(sv)", "ticket", g_variant_new_int64 (2));
  journal_append (journal, &record);
  record.atom = journal_find (journal, "b");
  record.value = g_variant_new ("(sv)", "host", g_variant_new_string ("h"));
  journal_append (journal, &record);
  report = journal_read (journal);
  of_run = value_to_json (report_get_meta (report));
  of_atom = value_to_json (report_get_atoms (report, &n_atoms)[record.atom].meta);
  assert_string_equal (of_run, "{\"ticket\":2}");
  assert_string_equal (of_atom, "{\"host\":\"h\"}");
  assert_null (report_get_atoms (report, &n_atoms)[journal_find (journal, "a")].meta);
}

static void
an_attempt_that_is_begun_again_is_the_same_one (void **state)
{
  g_autoptr (Journal) journal = journal_new (DEFINITION);
  StorageRecord again = {
    .kind = STORAGE_RECORD_ATOM, .from = ATOM_STATE_RUNNING, .to = ATOM_STATE_RUNNING, .attempt = 1
  };
  const ReportAtom *atom;
  guint n_atoms;

  (void) state;
  again.atom = journal_find (journal, "b");
  journal_write (journal, "b>");
  journal_append (journal, &again);
  g_clear_pointer (&journal->run, storage_run_close);
  atom = &report_get_atoms (journal_read (journal), &n_atoms)[again.atom];
  assert_int_equal (atom->n_attempts, 1);
  assert_int_equal (atom->attempts[0].repeats, 1);
  assert_true (atom->attempts[0].is_interrupted);
  assert_int_equal (atom->effect, REPORT_EFFECT_UNKNOWN);
}

static void
an_attempt_that_a_resumed_run_takes_up_is_the_same_one (void **state)
{
  g_autoptr (Journal) journal = journal_new (DEFINITION);
  const ReportAttempt *attempt;
  guint n_atoms;
  guint32 b = journal_find (journal, "b");

  (void) state;
  journal_write (journal, "g.retry> g.retry+ b> =RESUMING =SUSPENDED =RUNNING");
  attempt = &report_get_atoms (journal_read (journal), &n_atoms)[b].attempts[0];
  assert_int_equal (attempt->repeats, 1);
  assert_int_equal (attempt->resumed_us - attempt->started_us, 3 * G_USEC_PER_SEC);
  journal_write (journal, "b+ =SUSPENDING =SUSPENDED =RUNNING");
  attempt = &report_get_atoms (journal_read (journal), &n_atoms)[b].attempts[0];
  assert_int_equal (attempt->repeats, 1);
  assert_int_equal (attempt->to, ATOM_STATE_SUCCESS);
}

static void
an_intention_of_the_whole_run_is_of_no_atom (void **state)
{
  g_autoptr (Journal) journal = journal_new (DEFINITION);
  StorageRecord record = { .kind = STORAGE_RECORD_INTENTION,
                           .atom = STORAGE_NO_ATOM,
                           .intention = INTENTION_REVERT };
  guint n_atoms;

  (void) state;
  journal_append (journal, &record);
  assert_int_equal (report_get_atoms (journal_read (journal), &n_atoms)[0].intention,
                    INTENTION_EXECUTE);
}

static void
what_somebody_calls_reverted_is_no_attempt_of_its_revert (void **state)
{
  g_autoptr (Journal) journal = journal_new (DEFINITION);
  const ReportAtom *atom;
  guint n_atoms;

  (void) state;
  journal_write (journal, "b> b- b< b! =FAILURE b:REVERTED b0 =RUNNING =REVERTED");
  atom = &report_get_atoms (journal_read (journal), &n_atoms)[journal_find (journal, "b")];
  assert_int_equal (atom->n_attempts, 2);
  assert_int_equal (atom->effect, REPORT_EFFECT_UNDONE);
  assert_int_equal (atom->attempts[1].to, ATOM_STATE_REVERT_FAILURE);
}

static void
all_of_it_is_in_the_object (void **state)
{
  static const char *const parts[] = {
    "\"decisions\":[{\"controller\":\"g.retry\"",
    "\"answer\":\"RETRY\"",
    "\"wait\":30.0",
    "\"failed\":\"a\"",
    "\"requests\":[{\"request\":\"cancel\",\"reason\":\"enough\"",
    "\"resolution\":\"skip\"",
    "\"reason\":\"I looked\"",
    "\"tries\":[{\"number\":1,\"value\":1",
    "\"answer\":{",
    "\"why\":{",
    "\"reason\":\"interrupted\"",
    "\"interrupted\":true",
    "\"meta\":{}",
  };
  g_autoptr (Journal) journal = journal_new (DEFINITION);
  g_autoptr (GVariant) object = NULL;
  g_autofree char *text = NULL;

  (void) state;
  journal_write (journal, "g.retry> g.retry+ a> a- g.retry?a=RETRY,30 *CANCEL b> b:SKIP b>");
  g_clear_pointer (&journal->run, storage_run_close);
  object = report_to_variant (journal_read (journal));
  text = value_to_json (object);
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    if (strstr (text, parts[i]) == NULL)
      fail_msg ("no %s in %s", parts[i], text);
}

static void
every_word_has_a_name (void **state)
{
  (void) state;
  assert_string_equal (report_request_get_name (STORAGE_REQUEST_UNDO), "undo");
  assert_string_equal (report_resolution_get_name (STORAGE_RESOLUTION_DONE), "done");
  for (int kind = 0; kind < REPORT_REASON_COUNT; kind++)
    assert_non_null (report_reason_get_name ((ReportReasonKind) kind));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (tries_have_their_values_and_answers),
    cmocka_unit_test (tries_are_counted_anew_in_a_new_life),
    cmocka_unit_test (requests_and_resolutions_have_their_reasons),
    cmocka_unit_test (progress_is_the_latest_of_its_attempt),
    cmocka_unit_test (meta_is_kept_with_its_atom_or_the_run_and_replaced_by_name),
    cmocka_unit_test (an_attempt_that_is_begun_again_is_the_same_one),
    cmocka_unit_test (an_attempt_that_a_resumed_run_takes_up_is_the_same_one),
    cmocka_unit_test (an_intention_of_the_whole_run_is_of_no_atom),
    cmocka_unit_test (what_somebody_calls_reverted_is_no_attempt_of_its_revert),
    cmocka_unit_test (all_of_it_is_in_the_object),
    cmocka_unit_test (every_word_has_a_name),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
