/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Requests that come while a run goes on: to suspend it, to cancel it. */

#include "engine/core/core_state.h"

G_BEGIN_DECLS

/* A person asks to suspend the run: attempts in flight end, nothing is started. */
void core_suspend (Core *core);

/* A person asks to cancel the run: executes in flight are asked to stop; everything is rolled back,
 * or (keep) stays as it is then. */
void core_cancel (Core *core, gboolean keep);

/* Orders that the reverts that run are ended: they fail. */
void core_end_reverts (Core *core);

G_END_DECLS
