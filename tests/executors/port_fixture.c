/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/executors/port_fixture.h"

#include <backflow/executors/serial.h>

int
port_fixture_setup (void **state)
{
  PortFixture *fixture = g_new0 (PortFixture, 1);
  g_autoptr (Executor) executor = NULL;

  assert_int_equal (attempt_fixture_setup ((void **) &fixture->base), 0);
  executor = executor_new_serial ();
  fixture->port = port_open (executor, NULL);
  assert_non_null (fixture->port);
  fixture->attempt = &fixture->base->attempt;
  *state = fixture;
  return 0;
}

int
port_fixture_teardown (void **state)
{
  PortFixture *fixture = *state;
  int result;

  port_close (fixture->port);
  result = attempt_fixture_teardown ((void **) &fixture->base);
  g_free (fixture);
  return result;
}

void
port_fixture_submit (const PortFixture *fixture)
{
  Attempt *attempt = fixture->attempt;

  port_submit (fixture->port, &attempt, 1);
}

guint
port_fixture_collect (const PortFixture *fixture, gint64 until_us)
{
  Attempt *done = NULL;
  guint count = port_collect (fixture->port, &done, 1, until_us);

  if (count == 1)
    assert_ptr_equal (done, fixture->attempt);
  return count;
}

void
port_fixture_finish (const PortFixture *fixture)
{
  while (port_fixture_collect (fixture, G_MAXINT64) == 0)
    assert_int_equal (fixture->attempt->outcome, ATTEMPT_OUTCOME_NONE);
  assert_int_equal (fixture->attempt->cancel_fd, -1);
}

void
port_fixture_run (const PortFixture *fixture)
{
  port_fixture_submit (fixture);
  port_fixture_finish (fixture);
}
