/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Concludes from the facts what is left in the world.
 */

#include "engine/report/report_facts.h"

G_BEGIN_DECLS

/* Concludes effects, failed atoms, which atom waits for which, and how many atoms are left.
 * report->is_driven has to be set. */
void report_conclude (Report *report);

G_END_DECLS
