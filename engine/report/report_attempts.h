/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The attempts of an atom, as the journal has them. Everything is borrowed from the facts.
 */

#include "engine/report/report_facts.h"

G_BEGIN_DECLS

/* The latest attempt of that action and number (nullable). */
ReportAttempt *report_find_attempt (const AtomFacts *facts, AtomAction action, guint32 number);

/* The latest attempt of the atom, of either action (nullable). */
ReportAttempt *report_get_last_attempt (const AtomFacts *facts);

/* The latest attempt of that action (nullable). */
const ReportAttempt *report_find_last (const AtomFacts *facts, AtomAction action);

/* The failure of the latest attempt that failed (nullable). */
const Failure *report_find_failure (const AtomFacts *facts);

/* Whether the attempt (nullable) failed because a request stopped it. */
gboolean report_was_stopped (const ReportAttempt *attempt);

G_END_DECLS
