/* SPDX-License-Identifier: Apache-2.0 */
/* Whose a run is: taken over, given up, and asked something, on every store. */
#include <unistd.h>

#include <poll.h>

#include "tests/storage/conformance_private.h"

static void
assert_owned (ConformanceState *state, const char *id)
{
  g_autofree char *who = g_strdup_printf ("the run \"%s\" is owned by process %d on %s", id,
                                          (int) getpid (), g_get_host_name ());
  g_autoptr (GError) error = NULL;

  assert_null (storage_take_run (state->storage, id, &error));
  fixture_assert_error (&error, STORAGE_ERROR_OWNED, who);
}

/* -- Taking a run over ------------------------------------------------------------------------ */

static void
a_run_that_was_closed_goes_on_where_it_was (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 3);
  const StorageAtom *atoms;
  guint count;

  fixture_append (run, fixture_flow (FLOW_STATE_PENDING, FLOW_STATE_RUNNING));
  fixture_append (run,
                  fixture_other (STORAGE_RECORD_NOTE, 1, 0, 0, g_variant_new_string ("first")));
  g_clear_pointer (&run, storage_run_close);
  conformance_reopen (my);
  run = fixture_take_run (my->storage, "r");
  assert_int_equal (storage_run_get_info (run)->token, 2);
  assert_int_equal (storage_run_get_info (run)->state, FLOW_STATE_RUNNING);
  assert_int_equal (storage_run_get_info (run)->updated_us, 2000000);
  assert_int_equal (storage_run_get_n_atoms (run), 3);
  atoms = storage_run_get_atoms (run, &count);
  assert_int_equal (atoms != NULL, storage_has_atoms (my->storage));
  if (atoms != NULL)
    assert_string_equal (atoms[2].name, "a2");
  fixture_append (run, fixture_flow (FLOW_STATE_RUNNING, FLOW_STATE_SUCCESS));
  fixture_append (run,
                  fixture_other (STORAGE_RECORD_NOTE, 2, 0, 0, g_variant_new_string ("second")));
  fixture_assert_records (run, "1 FLOW PENDING>RUNNING\n"
                               "2 NOTE 1 0 #0 'first'\n"
                               "3 FLOW RUNNING>SUCCESS\n"
                               "4 NOTE 2 0 #0 'second'\n");
  assert_int_equal (storage_run_get_info (run)->state, FLOW_STATE_SUCCESS);
}

static void
an_empty_run_is_taken_too (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (StorageRun) run = NULL;

  storage_run_close (fixture_create_run (my->storage, "r", 0));
  run = fixture_take_run (my->storage, "r");
  assert_int_equal (storage_run_get_n_atoms (run), 0);
  fixture_append (run, fixture_flow (FLOW_STATE_PENDING, FLOW_STATE_RUNNING));
  fixture_assert_records (run, "1 FLOW PENDING>RUNNING\n");
}

static void
a_run_that_is_open_is_taken_by_nobody (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 1);

  for (guint token = 1; token <= 3; token++)
    {
      assert_int_equal (storage_run_get_info (run)->token, token);
      assert_owned (my, "r");
      fixture_append (run, fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, token, NULL));
      g_clear_pointer (&run, storage_run_close);
      run = fixture_take_run (my->storage, "r");
    }
}

static void
who_only_reads_a_run_neither_holds_it_nor_gives_it_up (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 1);
  g_autoptr (StorageRun) reader = conformance_open_run (my, "r");

  storage_run_close (conformance_open_run (my, "r"));
  assert_owned (my, "r");
  g_clear_pointer (&run, storage_run_close);
  run = fixture_take_run (my->storage, "r");
  fixture_append (run, fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL));
  assert_int_equal (fixture_count (reader), 1);
}

static void
a_run_that_is_not_there_is_not_taken (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (GError) error = NULL;

  storage_run_close (fixture_create_run (my->storage, "nobody-else", 1));
  assert_null (storage_take_run (my->storage, "nobody", &error));
  fixture_assert_error (&error, STORAGE_ERROR_NOT_FOUND, "\"nobody\"");
}

/* -- Owners that are vouched to be dead ---------------------------------------------------------
 */

static void
nobody_is_vouched_dead_who_is_known_to_live (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 1);
  const char *owner = storage_run_get_info (run)->owner;
  g_autoptr (GError) error = NULL;

  assert_false (storage_disown_run (my->storage, "r", owner != NULL ? owner : "nobody", &error));
  fixture_assert_error (&error, STORAGE_ERROR_OWNED, "is owned by process");
  assert_owned (my, "r");
  fixture_append (run, fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, 1, NULL));
}

static void
of_a_run_that_nobody_has_any_owner_may_be_said_to_be_dead (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 1);

  g_clear_pointer (&run, storage_run_close);
  assert_true (storage_disown_run (my->storage, "r", "some host", NULL));
  run = fixture_take_run (my->storage, "r");
  assert_int_equal (storage_run_get_info (run)->token, 2);
}

static void
a_run_that_is_not_there_has_no_owner_to_be_dead (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (GError) error = NULL;

  assert_false (storage_disown_run (my->storage, "nobody", "some host", &error));
  fixture_assert_error (&error, STORAGE_ERROR_NOT_FOUND, "\"nobody\"");
}

/* -- Requests --------------------------------------------------------------------------------- */

static void
ask (ConformanceState *my, const char *id, StorageRequest request, const char *reason)
{
  g_autoptr (GError) error = NULL;

  if (!storage_leave_request (my->storage, id, request, reason, &error))
    fail_msg ("%s", error->message);
}

static void
note_request (StorageRequest request, const char *reason, gpointer user_data)
{
  g_string_append_printf ((GString *) user_data, "%d%s%s;", (int) request,
                          reason != NULL ? " " : "", reason != NULL ? reason : "");
}

/* Asserts what is asked of the owner since `*seen`. */
static void
assert_asked (ConformanceState *my, const char *id, guint64 *seen, const char *expected)
{
  g_autoptr (GString) asked = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  if (!fixture_poll_requests (my->storage, id, seen, note_request, asked, &error))
    fail_msg ("%s", error->message);
  assert_string_equal (asked->str, expected);
}

static void
requests_reach_the_owner_in_their_order_and_once (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 1);
  guint64 seen = 0;
  guint64 other = 0;

  assert_asked (my, "r", &seen, "");
  ask (my, "r", STORAGE_REQUEST_SUSPEND, NULL);
  ask (my, "r", STORAGE_REQUEST_CANCEL, "it is late");
  assert_asked (my, "r", &seen, "0;1 it is late;");
  assert_asked (my, "r", &seen, "");
  ask (my, "r", STORAGE_REQUEST_UNDO, "");
  ask (my, "r", STORAGE_REQUEST_KEEP, "\xe2\x98\x83");
  assert_asked (my, "r", &seen, "3 ;2 \xe2\x98\x83;");
  assert_asked (my, "r", &seen, "");
  /* They are no records, and reading them takes them from nobody. */
  assert_int_equal (fixture_count (run), 0);
  assert_asked (my, "r", &other, "0;1 it is late;3 ;2 \xe2\x98\x83;");
  assert_true (seen == other);
}

static void
a_request_is_of_one_run (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (StorageRun) first = fixture_create_run (my->storage, "a", 1);
  g_autoptr (StorageRun) second = fixture_create_run (my->storage, "b", 1);
  guint64 seen_first = 0;
  guint64 seen_second = 0;

  assert_true (first != NULL && second != NULL);
  ask (my, "b", STORAGE_REQUEST_CANCEL, "b");
  ask (my, "a", STORAGE_REQUEST_CANCEL, "a");
  assert_asked (my, "a", &seen_first, "1 a;");
  assert_asked (my, "b", &seen_second, "1 b;");
  assert_asked (my, "a", &seen_first, "");
  assert_asked (my, "b", &seen_second, "");
}

static void
assert_unowned (ConformanceState *my, const char *id)
{
  g_autoptr (GError) error = NULL;

  assert_false (storage_leave_request (my->storage, id, STORAGE_REQUEST_CANCEL, "x", &error));
  fixture_assert_error (&error, STORAGE_ERROR_UNOWNED, "nobody drives the run \"r\"");
}

static void
nothing_is_asked_of_nobody (void **state)
{
  static const FlowState ends[]
      = { FLOW_STATE_SUCCESS, FLOW_STATE_FAILURE, FLOW_STATE_REVERTED, FLOW_STATE_SUSPENDED };
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 1);
  guint64 seen = 0;

  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      fixture_append (run, fixture_flow (FLOW_STATE_RUNNING, ends[i]));
      assert_unowned (my, "r");
    }
  fixture_append (run, fixture_flow (FLOW_STATE_SUSPENDED, FLOW_STATE_RESUMING));
  ask (my, "r", STORAGE_REQUEST_SUSPEND, NULL);
  g_clear_pointer (&run, storage_run_close);
  assert_unowned (my, "r");
  assert_asked (my, "r", &seen, "");
}

static void
an_owner_never_gets_what_was_asked_of_the_one_before (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 1);
  guint64 seen = 0;
  guint64 fresh = 0;

  ask (my, "r", STORAGE_REQUEST_SUSPEND, "heeded");
  assert_asked (my, "r", &seen, "0 heeded;");
  ask (my, "r", STORAGE_REQUEST_CANCEL, "too late");
  g_clear_pointer (&run, storage_run_close);
  conformance_reopen (my);
  run = fixture_take_run (my->storage, "r");
  assert_asked (my, "r", &fresh, "");
  ask (my, "r", STORAGE_REQUEST_KEEP, "in time");
  assert_asked (my, "r", &seen, "2 in time;");
  assert_asked (my, "r", &fresh, "2 in time;");
}

static void
a_reason_that_is_no_text_becomes_one (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 1);
  guint64 seen = 0;

  assert_non_null (run);
  ask (my, "r", STORAGE_REQUEST_CANCEL, "caf\xe9");
  assert_asked (my, "r", &seen, "1 caf\xef\xbf\xbd;");
}

static void
requests_of_a_run_that_is_not_there_are_errors (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (GString) asked = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  guint64 seen = 0;

  assert_false (
      storage_leave_request (my->storage, "nobody", STORAGE_REQUEST_CANCEL, NULL, &error));
  fixture_assert_error (&error, STORAGE_ERROR_NOT_FOUND, "\"nobody\"");
  for (guint i = 0; i < 2; i++)
    {
      assert_false (
          fixture_poll_requests (my->storage, "nobody", &seen, note_request, asked, &error));
      fixture_assert_error (&error, STORAGE_ERROR_NOT_FOUND, "\"nobody\"");
    }
}

typedef struct
{
  ConformanceState *my;
  StorageRun *run; /* (nullable) */
  guint count;
} Heeding;

/* Asks for more, and gives the run up. */
static void
heed (StorageRequest request, const char *reason, gpointer user_data)
{
  Heeding *heeding = (Heeding *) user_data;

  assert_int_equal (request, STORAGE_REQUEST_SUSPEND);
  assert_string_equal (reason, heeding->count == 0 ? "first" : "second");
  if (heeding->count++ > 0)
    return;
  ask (heeding->my, "r", STORAGE_REQUEST_CANCEL, "third");
  g_clear_pointer (&heeding->run, storage_run_close);
  storage_run_close (fixture_create_run (heeding->my->storage, "another", 1));
}

static void
the_store_may_be_used_while_requests_are_heeded (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  Heeding heeding = { .my = my, .run = fixture_create_run (my->storage, "r", 1) };
  guint64 seen = 0;

  ask (my, "r", STORAGE_REQUEST_SUSPEND, "first");
  ask (my, "r", STORAGE_REQUEST_SUSPEND, "second");
  assert_true (fixture_poll_requests (my->storage, "r", &seen, heed, &heeding, NULL));
  assert_int_equal (heeding.count, 2);
  assert_asked (my, "r", &seen, "");
}

static void
a_request_that_means_nothing_is_a_programming_error (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 1);
  guint64 seen = 0;

  assert_non_null (run);
  g_test_expect_message (NULL, G_LOG_LEVEL_CRITICAL, "*STORAGE_REQUEST_COUNT*");
  assert_false (storage_leave_request (my->storage, "r", STORAGE_REQUEST_COUNT, NULL, NULL));
  g_test_assert_expected_messages ();
  assert_asked (my, "r", &seen, "");
}

static gboolean
is_readable (int fd)
{
  struct pollfd waiting = { .fd = fd, .events = POLLIN };

  return poll (&waiting, 1, 0) == 1;
}

static void
the_descriptor_of_a_store_tells_of_requests (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 1);
  g_autoptr (GString) asked = g_string_new (NULL);
  int fd = storage_get_wait_fd (my->storage);
  guint64 seen = 0;

  assert_true (fd >= 0);
  assert_int_equal (storage_get_wait_fd (my->storage), fd);
  assert_false (is_readable (fd));
  fixture_append (run, fixture_flow (FLOW_STATE_PENDING, FLOW_STATE_RUNNING));
  assert_false (is_readable (fd));
  assert_true (storage_leave_request (my->storage, "r", STORAGE_REQUEST_CANCEL, NULL, NULL));
  assert_true (is_readable (fd));
  assert_true (fixture_poll_requests (my->storage, "r", &seen, note_request, asked, NULL));
  assert_false (is_readable (fd));
  assert_true (asked->len > 0);
}

static void
an_owner_that_attends_learns_that_it_is_not_the_owner (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 1);
  g_autoptr (GString) asked = g_string_new (NULL);
  StorageAttendance attendance = { .token = storage_run_get_info (run)->token };
  g_autoptr (GError) error = NULL;

  assert_true (storage_attend (my->storage, "r", &attendance, note_request, asked, NULL));
  assert_true (attendance.lease_until_us > g_get_monotonic_time ());
  g_clear_pointer (&run, storage_run_close);
  run = fixture_take_run (my->storage, "r");
  assert_false (storage_attend (my->storage, "r", &attendance, note_request, asked, &error));
  fixture_assert_error (&error, STORAGE_ERROR_FENCED, "\"r\"");
  attendance.token = storage_run_get_info (run)->token;
  assert_true (storage_attend (my->storage, "r", &attendance, note_request, asked, NULL));
}

static void
a_run_is_removed_with_all_that_belongs_to_it (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 2);
  g_autoptr (GError) error = NULL;

  fixture_append (run, fixture_flow (FLOW_STATE_PENDING, FLOW_STATE_RUNNING));
  g_clear_pointer (&run, storage_run_close);
  storage_run_close (fixture_create_run (my->storage, "other", 1));
  conformance_reopen (my);
  assert_true (storage_remove_run (my->storage, "r", &error));
  conformance_reopen (my);
  assert_null (storage_open_run (my->storage, "r", &error));
  fixture_assert_error (&error, STORAGE_ERROR_NOT_FOUND, "\"r\"");
  assert_false (storage_remove_run (my->storage, "r", &error));
  fixture_assert_error (&error, STORAGE_ERROR_NOT_FOUND, "\"r\"");
  run = conformance_open_run (my, "other");
  assert_int_equal (storage_run_get_n_atoms (run), 1);
  g_clear_pointer (&run, storage_run_close);
  run = fixture_create_run (my->storage, "r", 1);
  assert_int_equal (fixture_count (run), 0);
}

static void
a_run_with_a_live_owner_is_not_removed (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 1);
  g_autoptr (GError) error = NULL;

  assert_false (storage_remove_run (my->storage, "r", &error));
  fixture_assert_error (&error, STORAGE_ERROR_OWNED, "\"r\"");
  fixture_append (run, fixture_flow (FLOW_STATE_PENDING, FLOW_STATE_RUNNING));
  assert_int_equal (fixture_count (run), 1);
}

/* A reader keeps what it has opened, or finds no more records; it does not read freed memory. */
static void
a_run_may_be_removed_under_a_reader (void **state)
{
  ConformanceState *my = (ConformanceState *) *state;
  g_autoptr (StorageRun) run = fixture_create_run (my->storage, "r", 1);
  g_autoptr (StorageRun) reader = conformance_open_run (my, "r");

  fixture_append (run, fixture_flow (FLOW_STATE_PENDING, FLOW_STATE_RUNNING));
  g_clear_pointer (&run, storage_run_close);
  assert_true (storage_remove_run (my->storage, "r", NULL));
  assert_true (fixture_count (reader) <= 1);
  assert_string_equal (storage_run_get_info (reader)->id, "r");
}

static const struct CMUnitTest tests[] = {
  cmocka_unit_test (the_descriptor_of_a_store_tells_of_requests),
  cmocka_unit_test (an_owner_that_attends_learns_that_it_is_not_the_owner),
  cmocka_unit_test (a_run_is_removed_with_all_that_belongs_to_it),
  cmocka_unit_test (a_run_with_a_live_owner_is_not_removed),
  cmocka_unit_test (a_run_may_be_removed_under_a_reader),
  cmocka_unit_test (a_run_that_was_closed_goes_on_where_it_was),
  cmocka_unit_test (an_empty_run_is_taken_too),
  cmocka_unit_test (a_run_that_is_open_is_taken_by_nobody),
  cmocka_unit_test (who_only_reads_a_run_neither_holds_it_nor_gives_it_up),
  cmocka_unit_test (a_run_that_is_not_there_is_not_taken),
  cmocka_unit_test (nobody_is_vouched_dead_who_is_known_to_live),
  cmocka_unit_test (of_a_run_that_nobody_has_any_owner_may_be_said_to_be_dead),
  cmocka_unit_test (a_run_that_is_not_there_has_no_owner_to_be_dead),
  cmocka_unit_test (requests_reach_the_owner_in_their_order_and_once),
  cmocka_unit_test (a_request_is_of_one_run),
  cmocka_unit_test (nothing_is_asked_of_nobody),
  cmocka_unit_test (an_owner_never_gets_what_was_asked_of_the_one_before),
  cmocka_unit_test (a_reason_that_is_no_text_becomes_one),
  cmocka_unit_test (requests_of_a_run_that_is_not_there_are_errors),
  cmocka_unit_test (the_store_may_be_used_while_requests_are_heeded),
  cmocka_unit_test (a_request_that_means_nothing_is_a_programming_error),
};

const ConformanceChapter conformance_owners = { tests, G_N_ELEMENTS (tests) };
