/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files of Sim share. */

#include "tests/engine/sim.h"

/* Notes a promise that does not hold; the first one counts. */
void sim_expect (Sim *sim, gboolean holds, const char *promise);

/* Checks the promises about what is handed over now, and about an end. */
void sim_check_execute (Sim *sim, guint32 node);
void sim_check_revert (Sim *sim, guint32 node);
void sim_check_end (Sim *sim);

/* Whether an attempt of the node is in flight. */
gboolean sim_is_live (const Sim *sim, guint32 node);
