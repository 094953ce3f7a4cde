/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files of Sim share: sim.c (the runner), sim_core.c (cores within values), sim_world.c
 * (what happens around it), sim_choices.c, sim_promises.c, sim_hash.c.
 */

#include "tests/engine/core/sim.h"

/* Notes a promise that does not hold; the first one counts. */
void sim_expect (Sim *sim, gboolean holds, const char *promise);

/* Checks the promises about what is handed over now, and about an end. */
void sim_check_execute (Sim *sim, guint32 node);
void sim_check_revert (Sim *sim, guint32 node);
void sim_check_end (Sim *sim);

/* Whether an attempt of the node is in flight. */
gboolean sim_is_live (const Sim *sim, guint32 node);

/* sim.c: does the next thing that the runner does. */
void sim_go (Sim *sim);

/* sim.c: answers all that the core asks. */
void sim_answer (Sim *sim);

/* sim_world.c: what may come to be. */
void sim_end_attempt (Sim *sim, guint which);
void sim_refuse_attempt (Sim *sim, guint which);
void sim_end_probe (Sim *sim, guint which, SimAct says);
void sim_resume (Sim *sim);
void sim_change_structure (Sim *sim);
void sim_resolve (Sim *sim, guint32 node, StorageResolution how);
void sim_undo (Sim *sim);
