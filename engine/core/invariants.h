/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Invariants: the promises of the engine, checked after each step in debug builds (--enable-debug)
 * and by tests: what may be called finished, reverted, started. They recompute from the states what
 * the core keeps in counters.
 */

#include "engine/core/core.h"

/* Checks all invariants; aborts with the name of the one that does not hold. Costs a walk over the
 * plan, so on large plans only every so many steps are checked. Does nothing in builds without
 * them. */
#ifdef BACKFLOW_DEBUG
void invariants_check (const Core *core);
#else
static inline void
invariants_check (const Core *core)
{
  (void) core;
}
#endif

/* The first invariant that does not hold, as a sentence (nullable). Static. */
const char *invariants_find_broken (const Core *core);
