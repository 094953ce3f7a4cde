/* SPDX-License-Identifier: Apache-2.0 */
/* Why an atom is in its state, from journals that are written by hand. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <backflow/engine/report/report_variant.h>

#include "tests/engine/journal.h"

#define TASK(name) "  - {task: " name ", run: 'true', revert: 'true'}\n"
#define LINE "flow: f\nsteps:\n" TASK ("a") TASK ("b") TASK ("c") TASK ("d")
#define INNER(name) "      - {task: " name ", run: 'true', revert: 'true'}\n"
#define RETRIED                                                                                    \
  "flow: f\nsteps:\n" TASK ("a") "  - flow: g\n    retry: {times: 3}\n    steps:\n" INNER ("b")    \
      INNER ("c") TASK ("d")
#define NESTED                                                                                     \
  "flow: f\nretry: {times: 2}\nsteps:\n" TASK (                                                    \
      "a") "  - flow: g\n    retry: {times: 2}\n    steps:\n" INNER ("b") TASK ("d")
#define CHOOSY                                                                                     \
  "flow: f\ninputs: {n: 1}\nsteps:\n" TASK (                                                       \
      "a") "  - {task: b, run: 'true', when: 'n > 1'}\n" TASK ("c") "  - flow: g\n    when: 'n > " \
                                                                    "2'\n    steps:\n" INNER ("d")

/* A reason: "KIND atom[>other][ controller=ANSWER][ request][ resolution][ flow][ (expression)][
 * #try][ 'failure']". */
static void
append_reason (GString *text, const Report *report, const ReportReason *reason)
{
  guint n_atoms;
  const ReportAtom *atoms = report_get_atoms (report, &n_atoms);

  g_string_append_printf (text, "%s %s", report_reason_get_name (reason->kind),
                          atoms[reason->atom].name);
  if (reason->other != REPORT_NO_ATOM)
    g_string_append_printf (text, ">%s", atoms[reason->other].name);
  if (reason->decision != NULL)
    g_string_append_printf (text, " %s=%s", atoms[reason->decision->controller].name,
                            retry_decision_get_name (reason->decision->answer));
  if (reason->request != NULL)
    g_string_append_printf (text, " %s", report_request_get_name (reason->request->request));
  if (reason->resolution != NULL)
    g_string_append_printf (text, " %s",
                            report_resolution_get_name (reason->resolution->resolution));
  if (reason->flow != NULL)
    g_string_append_printf (text, " %s", reason->flow);
  if (reason->expression != NULL)
    g_string_append_printf (text, " (%s)", reason->expression);
  if (reason->controller != REPORT_NO_ATOM)
    g_string_append_printf (text, " #%u", reason->try_number);
  if (reason->attempt != NULL && reason->attempt->failure != NULL)
    g_string_append_printf (text, " '%s'", failure_get_message (reason->attempt->failure));
}

/* The chain of an atom, separated by "; ". */
static char *
dup_chain (Journal *journal, const char *atom, gboolean has_plan)
{
  const Report *report = journal_read (journal);
  guint count;
  g_autofree ReportReason *chain = report_dup_reasons (report, has_plan ? journal->plan : NULL,
                                                       report_find_atom (report, atom), &count);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < count; i++)
    {
      g_string_append (text, i > 0 ? "; " : "");
      append_reason (text, report, &chain[i]);
    }
  return g_string_free (text, FALSE);
}

/* What is said of an atom, with the definition and without it. */
typedef struct
{
  const char *definition;
  const char *words;
  const char *atom;
  const char *with;
  const char *without;
} Case;

static void
check (const Case *cases, gsize count)
{
  for (gsize i = 0; i < count; i++)
    {
      g_autoptr (Journal) journal = journal_new (cases[i].definition);
      g_autofree char *with = NULL;
      g_autofree char *without = NULL;

      journal_write (journal, cases[i].words);
      /* Nobody drives it any more. */
      g_clear_pointer (&journal->run, storage_run_close);
      with = dup_chain (journal, cases[i].atom, TRUE);
      without = dup_chain (journal, cases[i].atom, FALSE);
      assert_string_equal (with, cases[i].with);
      assert_string_equal (without, cases[i].without != NULL ? cases[i].without : cases[i].with);
    }
}

static void
what_never_ran_leads_to_what_failed (void **state)
{
  static const Case cases[] = {
    { LINE, "a> a+ b> b- b< b0 a< a0 =REVERTED", "d", "behind d>c; behind c>b; failed b 'b broke'",
      "halted d>b; failed b 'b broke'" },
    { LINE, "a> a+ b> b-", "c", "behind c>b; failed b 'b broke'",
      "halted c>b; failed b 'b broke'" },
    { "flow: f\nkind: unordered\nsteps:\n" TASK ("a") TASK ("b"), "a> a- a< a0 =REVERTED", "b",
      "halted b>a; failed a 'a broke'", NULL },
    { LINE, "a> a+ *SUSPEND =SUSPENDING =SUSPENDED", "c", "behind c>b; stopped b suspend",
      "stopped c suspend" },
    { LINE, "a> a+ *CANCEL a< a0 =REVERTED", "b", "stopped b cancel", NULL },
    { LINE, "a> *CANCEL a^ a< a0 =REVERTED", "b",
      "behind b>a; failed a 'a broke'; stopped a cancel", "stopped b cancel" },
    { LINE, "a> *KEEP a^ =FAILURE", "a", "failed a 'a broke'; stopped a keep", NULL },
    { LINE, "a>", "c", "behind c>b; behind b>a; interrupted a", "next c" },
    { LINE, "", "a", "next a", NULL },
  };

  (void) state;
  check (cases, G_N_ELEMENTS (cases));
}

static void
what_was_reverted_says_who_failed_and_who_said_so (void **state)
{
  static const Case cases[] = {
    { LINE, "a> a+ b> b- b< b0 a< a0 =REVERTED", "a", "rolled-back a>b; failed b 'b broke'", NULL },
    { LINE, "a> a+ b> b- b< b0 a< a0 =REVERTED", "b", "rolled-back b>b; failed b 'b broke'", NULL },
    { LINE, "a> a+ *CANCEL a< a0 =REVERTED", "a", "requested a cancel", NULL },
    { LINE, "a> a+ b> *CANCEL b^ b< b0 a< a0 =REVERTED", "a", "requested a cancel", NULL },
    { LINE, "a> a+ b> *CANCEL b^ b< b0 a< a0 =REVERTED", "b", "requested b cancel", NULL },
    { LINE, "a> a+ b> b+ c> c+ d> d+ =SUCCESS *UNDO =RUNNING d< d0 c< c0 b< b0 a< a0 =REVERTED",
      "b", "requested b undo", NULL },
    { RETRIED,
      "a> a+ g.retry> g.retry+ b> b+ c> c- g.retry?c=REVERT c< c0 b< b0 g.retry< g.retry0 a< a0 "
      "=REVERTED",
      "a", "rolled-back a>c g.retry=REVERT; failed c #1 'c broke'", NULL },
    { RETRIED, "a> a+ g.retry> g.retry+ b> b+ c> c- g.retry?c=RETRY g.retry~ c< c0 b< b0", "b",
      "rolled-back b>c g.retry=RETRY; failed c #1 'c broke'", NULL },
    { NESTED,
      "f.retry> f.retry+ a> a+ g.retry> g.retry+ b> b- g.retry?b=REVERT f.retry?g.retry=REVERT b< "
      "b0 g.retry< g.retry0 a< a0 "
      "f.retry< f.retry0 =REVERTED",
      "a",
      "rolled-back a>g.retry f.retry=REVERT; answered g.retry>b g.retry=REVERT; failed b #1 'b "
      "broke'",
      NULL },
    { NESTED,
      "f.retry> f.retry+ a> a+ g.retry> g.retry+ b> b- g.retry?b=REVERT f.retry?b=REVERT b< b0 "
      "g.retry< g.retry0 a< a0 "
      "f.retry< f.retry0 =REVERTED",
      "a",
      "rolled-back a>b f.retry=REVERT; answered g.retry>b g.retry=REVERT; failed b #1 'b broke'",
      NULL },
  };

  (void) state;
  check (cases, G_N_ELEMENTS (cases));
}

static void
retries_are_counted (void **state)
{
  static const Case cases[] = {
    { RETRIED,
      "a> a+ g.retry> g.retry+ b> b- g.retry?b=RETRY g.retry~ b< b0 g.retry> g.retry+ b. b> b- "
      "g.retry?b=RETRY g.retry~ b< b0 "
      "g.retry> g.retry+ b. b> b+ c> c+ d> d+ =SUCCESS",
      "b", "executed b #3", NULL },
    { RETRIED, "a> a+ g.retry> g.retry+ b> b- g.retry?b=RETRY,60 b< b0 b. g.retry~ =SUSPENDED",
      "g.retry", "retries g.retry>b g.retry=RETRY; failed b #1 'b broke'", NULL },
    { RETRIED, "a> a+ g.retry> g.retry+ b> b- g.retry?b=RETRY,60 b< b0 b. g.retry~ =SUSPENDED", "b",
      "behind b>g.retry; retries g.retry>b g.retry=RETRY; failed b #1 'b broke'",
      "retried b>b g.retry=RETRY; failed b #1 'b broke'" },
    { RETRIED, "a> a+ g.retry> g.retry+ b> b- g.retry?b=RETRY,60 b< b0 g.retry~ =SUSPENDED", "c",
      "behind c>b; rolled-back b>b g.retry=RETRY; failed b #1 'b broke'",
      "next c>b g.retry=RETRY; failed b #1 'b broke'" },
    /* What is not under the controller has nothing to do with its answer. */
    { RETRIED,
      "a> a+ g.retry> g.retry+ b> b- g.retry?b=RETRY g.retry~ b< b0 *CANCEL g.retry< g.retry0 a< "
      "a0 =REVERTED",
      "a", "requested a cancel", NULL },
  };

  (void) state;
  check (cases, G_N_ELEMENTS (cases));
}

static void
a_revert_that_failed_and_what_waits_behind_it (void **state)
{
  static const Case cases[] = {
    { LINE, "a> a+ b> b+ c> c- c< c0 b< b! a|b =FAILURE", "b",
      "revert-failed b 'b is busy'; rolled-back b>c 'b is busy'; failed c 'c broke'", NULL },
    { LINE, "a> a+ b> b+ c> c- c< c0 b< b! a|b =FAILURE", "a",
      "waits-behind a>b; revert-failed b 'b is busy'; rolled-back b>c 'b is busy'; failed c 'c "
      "broke'",
      NULL },
    { LINE, "a> a+ b> b- b< b! b?b=RETRY,5", "b",
      "revert-failed b b=RETRY 'b is busy'; rolled-back b>b 'b is busy'; failed b 'b broke'",
      NULL },
    { LINE, "a> a+ b> b- b< b! a|b =FAILURE b:REVERTED b0 =RUNNING a< a0 =REVERTED", "b",
      "resolved b reverted 'b is busy'; rolled-back b>b 'b is busy'; failed b 'b broke'", NULL },
    { LINE, "a> a+ b> b- b< b! a|b =FAILURE b:SKIP =RUNNING a< a0 =FAILURE", "b",
      "resolved b skip 'b is busy'; revert-failed b 'b is busy'; rolled-back b>b 'b is busy'; "
      "failed b 'b broke'",
      NULL },
    { LINE, "a> a+ b> b- b< b! a|b =FAILURE b:RETRY =RUNNING b< b0 a< a0 =REVERTED", "b",
      "rolled-back b>b; failed b 'b broke'", NULL },
    { LINE, "a> a+ b> b- b<", "b", "interrupted b; rolled-back b>b; failed b 'b broke'", NULL },
  };

  (void) state;
  check (cases, G_N_ELEMENTS (cases));
}

static void
what_was_interrupted_is_unknown_until_somebody_says (void **state)
{
  static const Case cases[] = {
    { LINE, "a>", "a", "interrupted a", NULL },
    { LINE, "a> =RESUMING =SUSPENDED a:DONE a+ b> b+ c> c+ d> d+ =SUCCESS", "a", "resolved a done",
      NULL },
    { LINE, "a> =RESUMING =SUSPENDED a:RETRY a> a+", "a", "executed a", NULL },
  };

  (void) state;
  check (cases, G_N_ELEMENTS (cases));
}

static void
what_is_ignored_leads_to_the_decider_that_said_no (void **state)
{
  static const Case cases[] = {
    { CHOOSY, "a> a+ b/ c/ d/ =SUCCESS", "b", "decided b (n > 1)", "ignored b" },
    { CHOOSY, "a> a+ b/ c/ d/ =SUCCESS", "c", "follows c>b; decided b (n > 1)", "ignored c" },
    { CHOOSY, "a> a+ b> b+ c> c+ d/ =SUCCESS", "d", "decided d g (n > 2)", "ignored d" },
  };

  (void) state;
  check (cases, G_N_ELEMENTS (cases));
}

static void
a_plan_of_something_else_is_not_believed (void **state)
{
  g_autoptr (Journal) journal = journal_new (LINE);
  g_autoptr (Journal) other = journal_new (RETRIED);
  ReportReason reason;

  (void) state;
  journal_write (journal, "a> a-");
  reason = report_find_reason (journal_read (journal), other->plan, 2);
  assert_int_equal (reason.kind, REPORT_REASON_HALTED);
}

static void
a_run_that_has_not_begun_says_so (void **state)
{
  g_autoptr (Journal) journal = journal_new (LINE);

  (void) state;
  journal_write (journal, "a> a- a< a0 =REVERTED a. =PENDING");
  assert_int_equal (report_find_reason (journal_read (journal), NULL, 0).kind,
                    REPORT_REASON_NOT_BEGUN);
}

/* -- Journals that no engine would write --------------------------------------------------------
 */

#define N_JOURNALS 300
#define N_RECORDS 60

static GVariant *
make_odd_value (GRand *rand, StorageRecordKind kind)
{
  switch (kind)
    {
    case STORAGE_RECORD_INPUT:
    case STORAGE_RECORD_META:
      return g_variant_new ("(sv)", "n", g_variant_new_int64 (1));
    case STORAGE_RECORD_DECISION:
      return g_variant_new ("(xx)", (gint64) g_rand_int_range (rand, -5, 5),
                            (gint64) g_rand_int_range (rand, -5, 5));
    case STORAGE_RECORD_LOG:
    case STORAGE_RECORD_NOTE:
      return g_variant_new_string ("text");
    case STORAGE_RECORD_RESOLUTION:
      return g_variant_new ("(smv)", "", NULL);
    case STORAGE_RECORD_PROGRESS:
      return g_variant_new ("(dmv)", g_rand_double (rand), NULL);
    case STORAGE_RECORD_ATOM:
    case STORAGE_RECORD_FLOW:
    case STORAGE_RECORD_INTENTION:
    case STORAGE_RECORD_REQUEST:
    case STORAGE_RECORD_PROBE:
    case STORAGE_RECORD_COUNT:
    default:
      return NULL;
    }
}

/* How many numbers `to` may be taken from. */
static gint32
count_targets (StorageRecordKind kind)
{
  static const guint8 counts[STORAGE_RECORD_COUNT] = {
    [STORAGE_RECORD_ATOM] = ATOM_STATE_COUNT,
    [STORAGE_RECORD_FLOW] = FLOW_STATE_COUNT,
    [STORAGE_RECORD_DECISION] = RETRY_DECISION_REVERT_ALL + 1,
    [STORAGE_RECORD_LOG] = 2,
    [STORAGE_RECORD_REQUEST] = STORAGE_REQUEST_COUNT,
    [STORAGE_RECORD_RESOLUTION] = STORAGE_RESOLUTION_COUNT,
    [STORAGE_RECORD_PROGRESS] = 2,
  };

  return MAX (counts[kind], 1);
}

static void
append_odd_record (Journal *journal, GRand *rand, guint n_atoms)
{
  /* Half of them are transitions, or the rest would be about nothing. */
  StorageRecordKind kind
      = g_rand_boolean (rand)
            ? STORAGE_RECORD_ATOM
            : (StorageRecordKind) g_rand_int_range (rand, 0, STORAGE_RECORD_COUNT);
  StorageRecord record = { .kind = (guint8) kind,
                           .atom = (guint32) g_rand_int_range (rand, 0, (gint32) n_atoms),
                           .from = (guint8) g_rand_int_range (rand, 0, FLOW_STATE_COUNT),
                           .to = (guint8) g_rand_int_range (rand, 0, count_targets (kind)),
                           .intention = (guint8) g_rand_int_range (rand, 0, INTENTION_COUNT),
                           .attempt = (guint32) g_rand_int_range (rand, 0, 7),
                           .value = make_odd_value (rand, kind) };

  if (kind == STORAGE_RECORD_FLOW || kind == STORAGE_RECORD_REQUEST)
    record.atom = STORAGE_NO_ATOM;
  journal_append (journal, &record);
}

static void
check_odd_report (Journal *journal)
{
  const Report *report = journal_read (journal);
  g_autoptr (GVariant) object = report_to_variant (report);
  guint n_atoms;

  assert_non_null (object);
  report_get_atoms (report, &n_atoms);
  for (guint i = 0; i < n_atoms; i++)
    for (guint j = 0; j < 2; j++)
      {
        guint count = 0;
        g_autofree ReportReason *chain
            = report_dup_reasons (report, j == 0 ? journal->plan : NULL, i, &count);

        assert_in_range (count, 1, 2 * n_atoms + 20);
        assert_int_equal (chain[0].atom, i);
        for (guint k = 0; k < count; k++)
          assert_true (chain[k].atom < n_atoms && chain[k].kind < REPORT_REASON_COUNT);
      }
}

static void
whatever_a_journal_says_every_state_has_a_reason (void **state)
{
  static const char *const definitions[] = { LINE, RETRIED, NESTED, CHOOSY };
  guint32 seed = g_random_int ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);

  (void) state;
  print_message ("seed %u\n", seed);
  for (guint i = 0; i < N_JOURNALS; i++)
    {
      g_autoptr (Journal) journal = journal_new (definitions[i % G_N_ELEMENTS (definitions)]);
      guint n_atoms;

      storage_run_get_atoms (journal->run, &n_atoms);
      for (guint j = 0; j < N_RECORDS; j++)
        append_odd_record (journal, rand, n_atoms);
      check_odd_report (journal);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (what_never_ran_leads_to_what_failed),
    cmocka_unit_test (what_was_reverted_says_who_failed_and_who_said_so),
    cmocka_unit_test (retries_are_counted),
    cmocka_unit_test (a_revert_that_failed_and_what_waits_behind_it),
    cmocka_unit_test (what_was_interrupted_is_unknown_until_somebody_says),
    cmocka_unit_test (what_is_ignored_leads_to_the_decider_that_said_no),
    cmocka_unit_test (a_plan_of_something_else_is_not_believed),
    cmocka_unit_test (a_run_that_has_not_begun_says_so),
    cmocka_unit_test (whatever_a_journal_says_every_state_has_a_reason),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
