/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The search of all that a simulated run may do: every choice in every state, each state once. A
 * broken promise, or an end that the run could not have come to undisturbed, fails the test with
 * the events that lead to it.
 */

#include "tests/engine/core/sim.h"

typedef struct
{
  guint64 flows;
  guint64 ways; /* flows with a way to go wrong */
  guint64 states;
  guint64 ends;
  guint64 given_up;
} SimTally;

/* Searches one way to go wrong, without disturbances and with so many. states_max: more than so
 * many states are given up. */
void sim_search (const char *text, const Plan *plan, const SimConfig *config, guint disturbances,
                 guint states_max, SimTally *tally);

/* What is said of a flow where a promise is broken. Returns: (transfer full). */
char *sim_describe (const char *text, const Sim *sim, const char *why);

/* From here on an assertion that fails tells what this run has done; NULL: no more. Borrowed. */
void sim_watch (const char *text, const Sim *sim);
