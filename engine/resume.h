/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Resume: going on with a run of a store that no engine drives any more. */

#include <backflow/engine/engine_types.h>
#include <backflow/flows/flow.h>
#include <backflow/values/visibility.h>

G_BEGIN_DECLS

/* Goes on with the run `run_id` of `storage` (both in `options`), which another engine began and
 * nobody drives any more: takes it over, and brings `flow` into the state that the run is in;
 * engine_run() then goes on. What was interrupted is probed, repeated or asked about
 * (engine_resolve()). Secrets are to be injected again. Atoms are matched by name: those that are
 * new in the flow join the run as PENDING, for which one that is SUCCESS goes on; those that are
 * gone must be without an effect. A note in the run says what is different. Returns: (transfer
 * full); NULL with ENGINE_ERROR_COMPILE, _DEFINITION when the flow does not fit the run, or a
 * STORAGE_ERROR (_OWNED: somebody drives it). */
BACKFLOW_PUBLIC Engine *engine_new_resumed (Flow *flow, const EngineOptions *options,
                                            GError **error);

G_END_DECLS
