/* SPDX-License-Identifier: Apache-2.0 */
/* The front keeps the contract, whatever the backend is: here one that gives back what it is told
 * to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include <backflow/atoms/task.h>
#include <backflow/executors/executor_backend.h>

#define CAPACITY 3

/* What the backend was asked. */
typedef struct
{
  Executor base;
  gboolean refuses;
  gboolean holds; /* what is submitted, until it is cancelled */
  guint n_open;
  guint n_interrupts;
  gboolean *is_freed;
} FakeExecutor;

typedef struct
{
  Port base;
  Attempt *held[CAPACITY];
  guint n_held;
  Attempt *cancelled;
} FakePort;

/* -- The backend --------------------------------------------------------------------------------
 */

static void
fake_free (Executor *executor)
{
  FakeExecutor *self = (FakeExecutor *) executor;

  assert_int_equal (self->n_open, 0);
  *self->is_freed = TRUE;
  g_free (self);
}

static Port *
fake_open (Executor *executor, GError **error)
{
  FakeExecutor *self = (FakeExecutor *) executor;
  FakePort *port;

  if (self->refuses)
    {
      g_set_error (error, EXECUTOR_ERROR, EXECUTOR_ERROR_RESOURCES, "full");
      return NULL;
    }
  port = g_new0 (FakePort, 1);
  port->base.capacity = CAPACITY;
  self->n_open++;
  return &port->base;
}

static void
fake_close (Port *port)
{
  ((FakeExecutor *) port->executor)->n_open--;
  g_free (port);
}

static void
fake_submit (Port *port, Attempt *const *attempts, guint count)
{
  FakePort *self = (FakePort *) port;

  for (guint i = 0; i < count; i++)
    self->held[self->n_held++] = attempts[i];
}

static guint
fake_collect (Port *port, Attempt **done, guint max, gint64 until_us)
{
  FakePort *self = (FakePort *) port;
  guint count = 0;

  if (((FakeExecutor *) port->executor)->holds && self->cancelled == NULL)
    {
      g_usleep ((gulong) MAX (until_us - g_get_monotonic_time (), 0));
      return 0;
    }
  while (count < max && self->n_held > 0)
    {
      done[count] = self->held[--self->n_held];
      attempt_run (done[count++]);
    }
  return count;
}

static void
fake_cancel (Port *port, Attempt *attempt)
{
  ((FakePort *) port)->cancelled = attempt;
}

static void
fake_interrupt (Port *port)
{
  ((FakeExecutor *) port->executor)->n_interrupts++;
}

static const ExecutorSlots fake_slots = {
  .name = "fake",
  .free = fake_free,
  .open = fake_open,
  .close = fake_close,
  .submit = fake_submit,
  .collect = fake_collect,
  .cancel = fake_cancel,
  .interrupt = fake_interrupt,
};

/* -- The tests ----------------------------------------------------------------------------------
 */

typedef struct
{
  FakeExecutor *executor;
  gboolean is_freed;
  Atom *atom;
  Attempt attempts[CAPACITY + 1];
  Attempt *list[CAPACITY + 1];
} Fixture;

static int
setup (void **state)
{
  Fixture *fixture = g_new0 (Fixture, 1);

  fixture->executor = g_new0 (FakeExecutor, 1);
  fixture->executor->is_freed = &fixture->is_freed;
  executor_init (&fixture->executor->base, &fake_slots);
  fixture->atom = task_new ("one", NULL, NULL, NULL, NULL);
  for (guint i = 0; i <= CAPACITY; i++)
    {
      fixture->attempts[i].atom = fixture->atom;
      fixture->list[i] = &fixture->attempts[i];
    }
  *state = fixture;
  return 0;
}

static int
teardown (void **state)
{
  Fixture *fixture = *state;

  executor_unref (&fixture->executor->base);
  assert_true (fixture->is_freed);
  atom_unref (fixture->atom);
  g_free (fixture);
  return 0;
}

static void
a_port_keeps_its_executor (void **state)
{
  Fixture *fixture = *state;
  Executor *executor = &fixture->executor->base;
  Port *port = port_open (executor, NULL);

  assert_string_equal (executor_get_name (executor), "fake");
  executor_unref (executor);
  assert_false (fixture->is_freed);
  assert_int_equal (port_get_capacity (port), CAPACITY);
  assert_ptr_equal (executor_ref (port->executor), executor);
  port_close (port);
  assert_false (fixture->is_freed);
}

static void
nothing_can_be_closed_and_dropped (void **state)
{
  (void) state;
  port_close (NULL);
  executor_unref (NULL);
}

static void
what_the_backend_lacks_is_reported (void **state)
{
  Fixture *fixture = *state;
  g_autoptr (GError) error = NULL;

  fixture->executor->refuses = TRUE;
  assert_null (port_open (&fixture->executor->base, &error));
  assert_true (g_error_matches (error, EXECUTOR_ERROR, EXECUTOR_ERROR_RESOURCES));
}

static void
what_is_in_flight_is_counted (void **state)
{
  Fixture *fixture = *state;
  g_autoptr (Port) port = port_open (&fixture->executor->base, NULL);
  Attempt *done[CAPACITY];

  port_submit (port, fixture->list, 2);
  assert_int_equal (port->in_flight, 2);
  assert_int_equal (port_get_free (port), 1);
  port_submit (port, fixture->list + 2, 1);
  assert_int_equal (port_get_free (port), 0);
  assert_int_equal (port_collect (port, done, 2, 0), 2);
  assert_int_equal (port->in_flight, 1);
  assert_int_equal (done[0]->outcome, ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (port_collect (port, done, CAPACITY, 0), 1);
  assert_int_equal (port->in_flight, 0);
}

static void
more_than_the_capacity_is_refused (void **state)
{
  Fixture *fixture = *state;
  g_autoptr (Port) port = port_open (&fixture->executor->base, NULL);
  Attempt *done[CAPACITY];

  g_test_expect_message (NULL, G_LOG_LEVEL_CRITICAL, "*capacity*");
  port_submit (port, fixture->list, CAPACITY + 1);
  g_test_assert_expected_messages ();
  assert_int_equal (port->in_flight, 0);
  port_submit (port, fixture->list, CAPACITY);
  g_test_expect_message (NULL, G_LOG_LEVEL_CRITICAL, "*capacity*");
  port_submit (port, fixture->list + CAPACITY, 1);
  g_test_assert_expected_messages ();
  assert_int_equal (port_collect (port, done, CAPACITY, 0), CAPACITY);
}

static void
an_attempt_with_an_outcome_is_refused (void **state)
{
  Fixture *fixture = *state;
  g_autoptr (Port) port = port_open (&fixture->executor->base, NULL);

  attempt_succeed (&fixture->attempts[0], NULL);
  g_test_expect_message (NULL, G_LOG_LEVEL_CRITICAL, "*outcome*");
  port_submit (port, fixture->list, 1);
  g_test_assert_expected_messages ();
  assert_int_equal (port->in_flight, 0);
}

static void
a_port_with_something_in_flight_is_not_closed (void **state)
{
  Fixture *fixture = *state;
  g_autoptr (Port) port = port_open (&fixture->executor->base, NULL);
  Attempt *done[CAPACITY];

  port_submit (port, fixture->list, 1);
  g_test_expect_message (NULL, G_LOG_LEVEL_CRITICAL, "*in_flight*");
  port_close (port);
  g_test_assert_expected_messages ();
  assert_int_equal (port_collect (port, done, CAPACITY, 0), 1);
}

static void
only_what_is_in_flight_can_be_cancelled (void **state)
{
  Fixture *fixture = *state;
  g_autoptr (Port) port = port_open (&fixture->executor->base, NULL);
  Attempt *done[CAPACITY];

  g_test_expect_message (NULL, G_LOG_LEVEL_CRITICAL, "*in_flight*");
  port_cancel (port, &fixture->attempts[0]);
  g_test_assert_expected_messages ();
  assert_null (((FakePort *) port)->cancelled);
  port_submit (port, fixture->list, 1);
  port_cancel (port, &fixture->attempts[0]);
  assert_ptr_equal (((FakePort *) port)->cancelled, &fixture->attempts[0]);
  assert_int_equal (port_collect (port, done, CAPACITY, 0), 1);
}

static void
interruptions_reach_the_backend (void **state)
{
  Fixture *fixture = *state;
  g_autoptr (Port) port = port_open (&fixture->executor->base, NULL);

  port_interrupt (port);
  assert_int_equal (fixture->executor->n_interrupts, 1);
}

/* The backend knows nothing of deadlines, and the function says that all is well. */
static void
an_attempt_past_its_deadline_is_cancelled_and_has_failed (void **state)
{
  Fixture *fixture = *state;
  g_autoptr (Port) port = port_open (&fixture->executor->base, NULL);
  Attempt *attempt = fixture->list[0];
  Attempt *done = NULL;

  fixture->executor->holds = TRUE;
  attempt->deadline_us = g_get_monotonic_time () + 20000;
  port_submit (port, &attempt, 1);
  assert_int_equal (port_collect (port, &done, 1, G_MAXINT64), 1);
  assert_ptr_equal (((FakePort *) port)->cancelled, attempt);
  assert_int_equal (attempt->outcome, ATTEMPT_OUTCOME_FAILURE);
  assert_string_equal (failure_get_fields (attempt->failure)->domain, "timeout");
  attempt_reset (attempt);
}

/* A caller that waits for less than the deadline is not held up. */
static void
waiting_ends_before_the_deadline_when_asked_to (void **state)
{
  Fixture *fixture = *state;
  g_autoptr (Port) port = port_open (&fixture->executor->base, NULL);
  Attempt *attempt = fixture->list[0];
  Attempt *done = NULL;
  gint64 begun_us = g_get_monotonic_time ();

  fixture->executor->holds = TRUE;
  attempt->deadline_us = begun_us + 100 * G_USEC_PER_SEC;
  port_submit (port, &attempt, 1);
  assert_int_equal (port_collect (port, &done, 1, begun_us + 10000), 0);
  assert_true (g_get_monotonic_time () < begun_us + 50 * G_USEC_PER_SEC);
  port_cancel (port, attempt);
  assert_int_equal (port_collect (port, &done, 1, G_MAXINT64), 1);
  assert_int_equal (attempt->outcome, ATTEMPT_OUTCOME_SUCCESS);
  attempt_reset (attempt);
}

#define TEST(name) cmocka_unit_test_setup_teardown (name, setup, teardown)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (a_port_keeps_its_executor),
    TEST (nothing_can_be_closed_and_dropped),
    TEST (what_the_backend_lacks_is_reported),
    TEST (what_is_in_flight_is_counted),
    TEST (more_than_the_capacity_is_refused),
    TEST (an_attempt_with_an_outcome_is_refused),
    TEST (a_port_with_something_in_flight_is_not_closed),
    TEST (only_what_is_in_flight_can_be_cancelled),
    TEST (interruptions_reach_the_backend),
    TEST (an_attempt_past_its_deadline_is_cancelled_and_has_failed),
    TEST (waiting_ends_before_the_deadline_when_asked_to),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
