/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <string.h>

#include "tests/executors/attempt_fixture.h"
#include <backflow/atoms/task.h>
#include <backflow/executors/async/async.h>

#define CAPACITY 40

/* Attempts of one command each, beside each other on one port. */
typedef struct
{
  AttemptFixture *base;
  Port *port;
  Attempt attempts[CAPACITY];
  Attempt *done[CAPACITY];
} Many;

static int
setup (void **state)
{
  Many *many = g_new0 (Many, 1);
  g_autoptr (Executor) executor = NULL;

  assert_int_equal (attempt_fixture_setup ((void **) &many->base), 0);
  executor = executor_new_async (CAPACITY);
  assert_string_equal (executor_get_name (executor), "async");
  many->port = port_open (executor, NULL);
  assert_non_null (many->port);
  assert_int_equal (port_get_capacity (many->port), CAPACITY);
  *state = many;
  return 0;
}

static int
teardown (void **state)
{
  Many *many = *state;
  int result;

  port_close (many->port);
  for (guint i = 0; i < CAPACITY; i++)
    {
      attempt_reset (&many->attempts[i]);
      atom_unref (many->attempts[i].atom);
    }
  result = attempt_fixture_teardown ((void **) &many->base);
  g_free (many);
  return result;
}

static Attempt *
prepare (Many *many, guint number, Atom *atom)
{
  Attempt *attempt = &many->attempts[number];

  attempt_reset (attempt);
  atom_unref (attempt->atom);
  attempt->atom = atom;
  attempt->run = &many->base->run;
  attempt->number = number + 1;
  attempt->cancel_fd = -1;
  return attempt;
}

static Attempt *
prepare_shell (Many *many, guint number, const char *text)
{
  g_autofree char *name = g_strdup_printf ("step-%u", number);
  Atom *atom = command_new (name);

  command_set_shell (atom, COMMAND_EXECUTE, text);
  return prepare (many, number, atom);
}

static void
submit (Many *many, guint count)
{
  Attempt *attempts[CAPACITY];

  for (guint i = 0; i < count; i++)
    attempts[i] = &many->attempts[i];
  port_submit (many->port, attempts, count);
}

/* Collects so many attempts; they are in `done`, in the order in which they came back. */
static void
collect (Many *many, guint count)
{
  guint have = 0;

  while (have < count)
    have += port_collect (many->port, many->done + have, CAPACITY - have, G_MAXINT64);
  assert_int_equal (have, count);
}

static void
assert_text (const Attempt *attempt, const char *text)
{
  assert_int_equal (attempt->outcome, ATTEMPT_OUTCOME_SUCCESS);
  assert_string_equal (g_variant_get_string (attempt->result, NULL), text);
}

/* -- Side by side -------------------------------------------------------------------------------
 */

/* Each command waits until all have begun: one that ran alone would wait for ever. */
static void
commands_run_side_by_side (void **state)
{
  Many *many = *state;
  g_autofree char *meeting = attempt_fixture_place (many->base, "meeting");
  g_autofree char *text = g_strdup_printf (
      "echo here >> %s; while [ $(wc -l < %s) -lt %d ]; do sleep 0.01; done; echo met", meeting,
      meeting, CAPACITY);

  for (guint i = 0; i < CAPACITY; i++)
    prepare_shell (many, i, text);
  submit (many, CAPACITY);
  collect (many, CAPACITY);
  for (guint i = 0; i < CAPACITY; i++)
    assert_text (&many->attempts[i], "met");
}

static void
what_ends_first_comes_back_first (void **state)
{
  Many *many = *state;
  g_autofree char *go = attempt_fixture_place (many->base, "go");
  g_autofree char *text = g_strdup_printf ("while ! [ -e %s ]; do sleep 0.01; done; echo late", go);

  prepare_shell (many, 0, text);
  prepare_shell (many, 1, "echo early");
  submit (many, 2);
  assert_int_equal (port_collect (many->port, many->done, 1, G_MAXINT64), 1);
  assert_ptr_equal (many->done[0], &many->attempts[1]);
  assert_text (many->done[0], "early");
  assert_true (g_file_set_contents (go, "", 0, NULL));
  collect (many, 1);
  assert_text (many->done[0], "late");
}

static void
each_command_has_its_own_deadline (void **state)
{
  Many *many = *state;
  gint64 now_us = g_get_monotonic_time ();

  for (guint i = 0; i < 10; i++)
    prepare_shell (many, i, "sleep 1000")->deadline_us = now_us + (10 - i) * 20000;
  prepare_shell (many, 10, "sleep 0.3; echo slow");
  submit (many, 11);
  collect (many, 11);
  for (guint i = 0; i < 10; i++)
    {
      assert_int_equal (many->attempts[i].outcome, ATTEMPT_OUTCOME_FAILURE);
      assert_string_equal (failure_get_fields (many->attempts[i].failure)->domain, "timeout");
    }
  assert_text (&many->attempts[10], "slow");
  assert_true (g_get_monotonic_time () < now_us + 500 * G_USEC_PER_SEC);
}

static void
one_is_cancelled_and_the_others_go_on (void **state)
{
  Many *many = *state;

  prepare_shell (many, 0, "sleep 1000");
  prepare_shell (many, 1, "sleep 0.1; echo fine");
  prepare_shell (many, 2, "echo never");
  submit (many, 2);
  assert_int_equal (port_collect (many->port, many->done, 1, 0), 0);
  port_submit (many->port, &(Attempt *){ &many->attempts[2] }, 1);
  port_cancel (many->port, &many->attempts[0]);
  port_cancel (many->port, &many->attempts[2]);
  collect (many, 3);
  assert_int_equal (many->attempts[0].outcome, ATTEMPT_OUTCOME_FAILURE);
  assert_string_equal (failure_get_fields (many->attempts[0].failure)->domain, "cancelled");
  assert_text (&many->attempts[1], "fine");
  assert_int_equal (many->attempts[2].outcome, ATTEMPT_OUTCOME_NOT_STARTED);
}

/* -- C atoms ------------------------------------------------------------------------------------
 */

/* Waits for the file that the command beside it makes: a command that was not started before the C
 * atom would never make it. */
static gboolean
wait_for_file (AtomContext *context, gpointer user_data, GError **error)
{
  (void) error;
  while (!g_file_test (user_data, G_FILE_TEST_EXISTS))
    g_usleep (1000);
  atom_context_set_result (context, g_variant_new_string ("seen"));
  return TRUE;
}

static void
commands_start_before_the_c_atoms_beside_them (void **state)
{
  Many *many = *state;
  g_autofree char *file = attempt_fixture_place (many->base, "made");
  g_autofree char *text = g_strdup_printf ("sleep 0.02; touch %s; sleep 0.05; echo made", file);

  prepare (many, 0, task_new ("c", wait_for_file, NULL, file, NULL));
  prepare_shell (many, 1, text);
  submit (many, 2);
  collect (many, 2);
  assert_ptr_equal (many->done[0], &many->attempts[0]);
  assert_text (many->done[0], "seen");
  assert_text (many->done[1], "made");
}

static gboolean
note_order (AtomContext *context, gpointer user_data, GError **error)
{
  g_string_append_printf (user_data, "%u", context->number);
  (void) error;
  return TRUE;
}

static void
c_atoms_run_one_after_the_other_in_their_order (void **state)
{
  Many *many = *state;
  g_autoptr (GString) order = g_string_new (NULL);

  for (guint i = 0; i < 9; i++)
    prepare (many, i, task_new ("c", note_order, NULL, order, NULL));
  submit (many, 9);
  collect (many, 9);
  assert_string_equal (order->str, "123456789");
}

/* -- Resources ----------------------------------------------------------------------------------
 */

static void
ended_commands_leave_no_descriptor (void **state)
{
  Many *many = *state;
  guint before = 0;

  for (guint round = 0; round < 5; round++)
    {
      for (guint i = 0; i < CAPACITY; i++)
        prepare_shell (many, i, i % 3 == 0 ? "sh -c 'sleep 0.01 & wait; echo x >&2'" : "echo x");
      submit (many, CAPACITY);
      collect (many, CAPACITY);
      if (round == 0)
        before = attempt_fixture_count_descriptors ();
    }
  assert_int_equal (attempt_fixture_count_descriptors (), before);
}

static void
a_collect_takes_no_more_than_it_is_asked_for (void **state)
{
  Many *many = *state;
  guint have = 0;

  for (guint i = 0; i < CAPACITY; i++)
    prepare_shell (many, i, "echo x");
  submit (many, CAPACITY);
  while (have < CAPACITY)
    {
      guint count = port_collect (many->port, many->done, 3, G_MAXINT64);

      assert_in_range (count, 0, 3);
      have += count;
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown (commands_run_side_by_side, setup, teardown),
    cmocka_unit_test_setup_teardown (what_ends_first_comes_back_first, setup, teardown),
    cmocka_unit_test_setup_teardown (each_command_has_its_own_deadline, setup, teardown),
    cmocka_unit_test_setup_teardown (one_is_cancelled_and_the_others_go_on, setup, teardown),
    cmocka_unit_test_setup_teardown (commands_start_before_the_c_atoms_beside_them, setup,
                                     teardown),
    cmocka_unit_test_setup_teardown (c_atoms_run_one_after_the_other_in_their_order, setup,
                                     teardown),
    cmocka_unit_test_setup_teardown (ended_commands_leave_no_descriptor, setup, teardown),
    cmocka_unit_test_setup_teardown (a_collect_takes_no_more_than_it_is_asked_for, setup, teardown),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
