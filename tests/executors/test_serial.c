/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "tests/executors/port_fixture.h"
#include <backflow/atoms/task.h>
#include <backflow/executors/serial.h>

#define N_RUNS 300

static void
set_function (const PortFixture *fixture, AtomFunc function, gpointer user_data)
{
  attempt_fixture_take_atom (fixture->base, task_new ("one", function, NULL, user_data, NULL));
}

/* -- C atoms ------------------------------------------------------------------------------------
 */

static gboolean
note_thread (AtomContext *context, gpointer user_data, GError **error)
{
  (void) error;
  *(pthread_t *) user_data = pthread_self ();
  atom_context_set_result (context, g_variant_new_int32 (5));
  return TRUE;
}

static void
a_c_atom_runs_in_the_thread_that_collects (void **state)
{
  const PortFixture *fixture = *state;
  pthread_t thread = 0;

  set_function (fixture, note_thread, &thread);
  port_fixture_submit (fixture);
  assert_int_equal (fixture->attempt->outcome, ATTEMPT_OUTCOME_NONE);
  assert_true (thread == 0);
  port_fixture_finish (fixture);
  assert_true (pthread_equal (thread, pthread_self ()));
  attempt_fixture_assert_result (fixture->base, "5");
}

static void
attempts_follow_each_other_on_one_port (void **state)
{
  const PortFixture *fixture = *state;
  pthread_t thread = 0;

  assert_int_equal (port_get_capacity (fixture->port), 1);
  set_function (fixture, note_thread, &thread);
  for (guint i = 0; i < N_RUNS; i++)
    {
      port_fixture_run (fixture);
      attempt_fixture_assert_result (fixture->base, "5");
      attempt_reset (fixture->attempt);
    }
}

static gboolean
wait_past_deadline (AtomContext *context, gpointer user_data, GError **error)
{
  while (g_get_monotonic_time () <= atom_context_get_deadline (context))
    g_thread_yield ();
  atom_context_set_result (context, g_variant_new_int32 (5));
  if (user_data != NULL)
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOSPC, "disk full");
  return user_data == NULL;
}

static void
a_result_after_the_deadline_does_not_count (void **state)
{
  const PortFixture *fixture = *state;

  set_function (fixture, wait_past_deadline, NULL);
  fixture->attempt->deadline_us = g_get_monotonic_time () + 1000;
  port_fixture_run (fixture);
  assert_null (
      attempt_fixture_assert_failure (fixture->base, "timeout", "longer than it was allowed to")
          ->cause);
}

static void
a_failure_after_the_deadline_is_the_cause (void **state)
{
  const PortFixture *fixture = *state;
  const FailureFields *fields;

  set_function (fixture, wait_past_deadline, *state);
  fixture->attempt->deadline_us = g_get_monotonic_time () + 1000;
  port_fixture_run (fixture);
  fields = attempt_fixture_assert_failure (fixture->base, "timeout", "longer than");
  assert_string_equal (failure_get_message (fields->cause), "disk full");
}

static void
in_time_a_deadline_changes_nothing (void **state)
{
  const PortFixture *fixture = *state;
  pthread_t thread = 0;

  set_function (fixture, note_thread, &thread);
  fixture->attempt->deadline_us = g_get_monotonic_time () + 1000 * G_USEC_PER_SEC;
  port_fixture_run (fixture);
  attempt_fixture_assert_result (fixture->base, "5");
}

/* -- Cancelling ---------------------------------------------------------------------------------
 */

static void
what_has_not_started_comes_back_so (void **state)
{
  const PortFixture *fixture = *state;
  pthread_t thread = 0;

  set_function (fixture, note_thread, &thread);
  port_fixture_submit (fixture);
  port_cancel (fixture->port, fixture->attempt);
  port_fixture_finish (fixture);
  assert_int_equal (fixture->attempt->outcome, ATTEMPT_OUTCOME_NOT_STARTED);
  assert_true (thread == 0);

  attempt_reset (fixture->attempt);
  attempt_fixture_set_shell (fixture->base, "echo x");
  port_fixture_submit (fixture);
  port_cancel (fixture->port, fixture->attempt);
  port_fixture_finish (fixture);
  assert_int_equal (fixture->attempt->outcome, ATTEMPT_OUTCOME_NOT_STARTED);
}

/* Cancels itself, as a listener might, and sees it. */
static gboolean
cancel_itself (AtomContext *context, gpointer user_data, GError **error)
{
  struct pollfd cancel = { .fd = atom_context_get_cancel_fd (context), .events = POLLIN };

  (void) error;
  assert_int_equal (poll (&cancel, 1, 0), 0);
  port_cancel (user_data, context);
  port_interrupt (user_data);
  assert_int_equal (poll (&cancel, 1, -1), 1);
  atom_context_set_result (context, g_variant_new_boolean (atom_context_is_cancelled (context)));
  return TRUE;
}

static void
a_c_atom_can_wait_for_being_cancelled (void **state)
{
  const PortFixture *fixture = *state;

  set_function (fixture, cancel_itself, fixture->port);
  port_fixture_run (fixture);
  attempt_fixture_assert_result (fixture->base, "true");
}

static void
a_running_command_is_ended (void **state)
{
  const PortFixture *fixture = *state;

  attempt_fixture_set_argv (fixture->base, "sleep", "1000", NULL, NULL);
  port_fixture_submit (fixture);
  assert_int_equal (port_fixture_collect (fixture, 0), 0);
  port_cancel (fixture->port, fixture->attempt);
  port_fixture_finish (fixture);
  (void) attempt_fixture_assert_failure (fixture->base, "cancelled", "was cancelled");
}

/* -- Commands -----------------------------------------------------------------------------------
 */

static void
commands_come_back_when_they_have_ended (void **state)
{
  const PortFixture *fixture = *state;

  attempt_fixture_set_shell (fixture->base, "echo \"$BACKFLOW_ACTION\"");
  port_fixture_run (fixture);
  attempt_fixture_assert_result (fixture->base, "\"execute\"");
}

static void
a_revert_runs_the_command_for_it (void **state)
{
  const PortFixture *fixture = *state;
  Atom *command = attempt_fixture_set_shell (fixture->base, "false");

  command_set_shell (command, COMMAND_REVERT, "echo undone");
  attempt_fixture_set_revert (fixture->base, NULL);
  port_fixture_run (fixture);
  attempt_fixture_assert_result (fixture->base, "\"undone\"");
}

static void
a_command_that_cannot_start_comes_back_at_once (void **state)
{
  const PortFixture *fixture = *state;

  attempt_fixture_set_argv (fixture->base, "no-such-command", NULL, NULL, NULL);
  port_fixture_submit (fixture);
  assert_int_equal (port_fixture_collect (fixture, 0), 1);
  (void) attempt_fixture_assert_unstarted (fixture->base, "command", "not found");
}

/* A command that ends when there is a file at `go`. */
static void
set_waiting_command (const PortFixture *fixture, const char *go)
{
  attempt_fixture_set_shell (fixture->base,
                             "while ! [ -e \"$go\" ]; do sleep 0.01; done; echo went");
  attempt_fixture_add_argument (fixture->base, "go", g_variant_new_string (go));
}

static void
a_collect_that_ends_early_leaves_the_command_running (void **state)
{
  const PortFixture *fixture = *state;
  g_autofree char *go = attempt_fixture_place (fixture->base, "go");

  set_waiting_command (fixture, go);
  port_fixture_submit (fixture);
  assert_int_equal (port_fixture_collect (fixture, 0), 0);
  assert_int_equal (port_fixture_collect (fixture, g_get_monotonic_time () + 5000), 0);
  assert_int_equal (fixture->attempt->outcome, ATTEMPT_OUTCOME_NONE);
  assert_true (g_file_set_contents (go, "", 0, NULL));
  port_fixture_finish (fixture);
  attempt_fixture_assert_result (fixture->base, "\"went\"");
}

static void
the_deadline_of_a_command_ends_it_within_a_collect (void **state)
{
  const PortFixture *fixture = *state;

  attempt_fixture_set_argv (fixture->base, "sleep", "1000", NULL, NULL);
  fixture->attempt->deadline_us = g_get_monotonic_time () + 20000;
  port_fixture_run (fixture);
  (void) attempt_fixture_assert_failure (fixture->base, "timeout", "took longer than");
}

static void
many_commands_leave_no_descriptor (void **state)
{
  const PortFixture *fixture = *state;
  guint before;

  attempt_fixture_set_argv (fixture->base, "true", NULL, NULL, NULL);
  port_fixture_run (fixture);
  before = attempt_fixture_count_descriptors ();
  for (guint i = 0; i < N_RUNS; i++)
    {
      attempt_reset (fixture->attempt);
      port_fixture_run (fixture);
      attempt_fixture_assert_result (fixture->base, "null");
    }
  assert_int_equal (attempt_fixture_count_descriptors (), before);
}

/* -- Interruptions ------------------------------------------------------------------------------
 */

static void *
interrupt (void *port)
{
  port_interrupt (port);
  return NULL;
}

static void
an_interruption_from_another_thread_ends_the_wait (void **state)
{
  const PortFixture *fixture = *state;
  pthread_t thread;

  attempt_fixture_set_argv (fixture->base, "sleep", "1000", NULL, NULL);
  port_fixture_submit (fixture);
  assert_int_equal (port_fixture_collect (fixture, 0), 0);
  assert_int_equal (pthread_create (&thread, NULL, interrupt, fixture->port), 0);
  assert_int_equal (port_fixture_collect (fixture, G_MAXINT64), 0);
  assert_int_equal (pthread_join (thread, NULL), 0);
  port_cancel (fixture->port, fixture->attempt);
  port_fixture_finish (fixture);
  (void) attempt_fixture_assert_failure (fixture->base, "cancelled", "was cancelled");
}

static void
an_interruption_before_the_wait_ends_it_too_and_begins_nothing (void **state)
{
  const PortFixture *fixture = *state;
  pthread_t thread = 0;

  set_function (fixture, note_thread, &thread);
  port_interrupt (fixture->port);
  port_interrupt (fixture->port);
  port_fixture_submit (fixture);
  assert_int_equal (port_fixture_collect (fixture, G_MAXINT64), 0);
  assert_true (thread == 0);
  assert_int_equal (port_fixture_collect (fixture, G_MAXINT64), 1);
}

static void
an_interruption_is_taken_once (void **state)
{
  const PortFixture *fixture = *state;

  attempt_fixture_set_shell (fixture->base, "sleep 0.01");
  port_fixture_submit (fixture);
  port_interrupt (fixture->port);
  assert_int_equal (port_fixture_collect (fixture, G_MAXINT64), 0);
  assert_int_equal (port_fixture_collect (fixture, G_MAXINT64), 1);
}

static Port *signalled_port;

static void
on_signal (int number)
{
  (void) number;
  port_interrupt (signalled_port);
}

static void *
send_signal (void *thread)
{
  (void) pthread_kill (*(pthread_t *) thread, SIGUSR1);
  return NULL;
}

static void
a_signal_handler_can_interrupt (void **state)
{
  const PortFixture *fixture = *state;
  const struct sigaction action = { .sa_handler = on_signal };
  struct sigaction before;
  pthread_t self = pthread_self ();
  pthread_t thread;

  signalled_port = fixture->port;
  assert_int_equal (sigaction (SIGUSR1, &action, &before), 0);
  attempt_fixture_set_argv (fixture->base, "sleep", "1000", NULL, NULL);
  port_fixture_submit (fixture);
  assert_int_equal (pthread_create (&thread, NULL, send_signal, &self), 0);
  assert_int_equal (port_fixture_collect (fixture, G_MAXINT64), 0);
  assert_int_equal (pthread_join (thread, NULL), 0);
  assert_int_equal (sigaction (SIGUSR1, &before, NULL), 0);
  port_cancel (fixture->port, fixture->attempt);
  port_fixture_finish (fixture);
}

static void *
interrupt_often (void *port)
{
  for (guint i = 0; i < 10 * N_RUNS; i++)
    port_interrupt (port);
  return NULL;
}

static void
no_interruption_is_lost_or_stays (void **state)
{
  const PortFixture *fixture = *state;
  g_autofree char *go = attempt_fixture_place (fixture->base, "go");
  pthread_t thread;
  guint n_spurious = 0;

  set_waiting_command (fixture, go);
  port_fixture_submit (fixture);
  assert_int_equal (pthread_create (&thread, NULL, interrupt_often, fixture->port), 0);
  assert_int_equal (port_fixture_collect (fixture, G_MAXINT64), 0);
  assert_int_equal (pthread_join (thread, NULL), 0);
  assert_true (g_file_set_contents (go, "", 0, NULL));
  while (port_fixture_collect (fixture, G_MAXINT64) == 0)
    n_spurious++;
  assert_in_range (n_spurious, 0, 2);
}

static void
with_nothing_in_flight_a_port_waits_for_the_time_or_an_interruption (void **state)
{
  const PortFixture *fixture = *state;
  gint64 until_us = g_get_monotonic_time () + 20000;
  pthread_t thread;

  assert_int_equal (port_fixture_collect (fixture, until_us), 0);
  assert_true (g_get_monotonic_time () >= until_us);
  assert_int_equal (port_fixture_collect (fixture, G_MAXINT64), 0);
  assert_int_equal (port_fixture_collect (fixture, 0), 0);

  until_us = g_get_monotonic_time () + 1000 * G_USEC_PER_SEC;
  assert_int_equal (pthread_create (&thread, NULL, interrupt, fixture->port), 0);
  assert_int_equal (port_fixture_collect (fixture, until_us), 0);
  assert_true (g_get_monotonic_time () < until_us);
  assert_int_equal (pthread_join (thread, NULL), 0);
}

/* -- Ports --------------------------------------------------------------------------------------
 */

static void
ports_of_one_executor_have_nothing_in_common (void **state)
{
  const PortFixture *fixture = *state;
  g_autoptr (Executor) executor = executor_new_serial ();
  g_autoptr (Port) one = port_open (executor, NULL);
  g_autoptr (Port) two = port_open (executor, NULL);
  g_autoptr (Atom) fast = command_new ("fast");
  Attempt other = { .atom = fast, .run = fixture->attempt->run, .number = 1, .cancel_fd = -1 };
  Attempt *other_list = &other;
  Attempt *slow = fixture->attempt;
  Attempt *done;

  command_set_shell (fast, COMMAND_EXECUTE, "echo fast");
  attempt_fixture_set_argv (fixture->base, "sleep", "1000", NULL, NULL);
  port_submit (one, &slow, 1);
  port_submit (two, &other_list, 1);
  port_interrupt (one);
  assert_int_equal (port_collect (one, &done, 1, G_MAXINT64), 0);
  assert_int_equal (port_collect (two, &done, 1, G_MAXINT64), 1);
  assert_ptr_equal (done, &other);
  assert_int_equal (port_collect (one, &done, 1, 0), 0);
  port_cancel (one, slow);
  assert_int_equal (port_collect (one, &done, 1, G_MAXINT64), 1);
  attempt_reset (&other);
}

#define TEST(name) cmocka_unit_test_setup_teardown (name, port_fixture_setup, port_fixture_teardown)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (a_c_atom_runs_in_the_thread_that_collects),
    TEST (attempts_follow_each_other_on_one_port),
    TEST (a_result_after_the_deadline_does_not_count),
    TEST (a_failure_after_the_deadline_is_the_cause),
    TEST (in_time_a_deadline_changes_nothing),
    TEST (what_has_not_started_comes_back_so),
    TEST (a_c_atom_can_wait_for_being_cancelled),
    TEST (a_running_command_is_ended),
    TEST (commands_come_back_when_they_have_ended),
    TEST (a_revert_runs_the_command_for_it),
    TEST (a_command_that_cannot_start_comes_back_at_once),
    TEST (a_collect_that_ends_early_leaves_the_command_running),
    TEST (the_deadline_of_a_command_ends_it_within_a_collect),
    TEST (many_commands_leave_no_descriptor),
    TEST (an_interruption_from_another_thread_ends_the_wait),
    TEST (an_interruption_before_the_wait_ends_it_too_and_begins_nothing),
    TEST (an_interruption_is_taken_once),
    TEST (a_signal_handler_can_interrupt),
    TEST (no_interruption_is_lost_or_stays),
    TEST (with_nothing_in_flight_a_port_waits_for_the_time_or_an_interruption),
    TEST (ports_of_one_executor_have_nothing_in_common),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
