/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the tests of the serial executor share: the fixture of attempts with a port to run its
 * attempt on.
 */

#include <backflow/executors/executor.h>

#include "tests/executors/attempt_fixture.h"

G_BEGIN_DECLS

/* attempt: that of `base`. */
typedef struct
{
  AttemptFixture *base;
  Port *port;
  Attempt *attempt;
} PortFixture;

/* cmocka's setup and teardown. */
int port_fixture_setup (void **state);
int port_fixture_teardown (void **state);

/* Submits the attempt. */
void port_fixture_submit (const PortFixture *fixture);

/* Collects once, until `until_us` at the latest. Returns: how many attempts are back: it, or none.
 */
guint port_fixture_collect (const PortFixture *fixture, gint64 until_us);

/* Collects until the attempt is back, whatever interrupts. */
void port_fixture_finish (const PortFixture *fixture);

/* Submits the attempt and collects it. */
void port_fixture_run (const PortFixture *fixture);

G_END_DECLS
