/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The loop of an engine: steps the core and does what is due between two steps. */

#include <backflow/engine/core/automaton.h>

G_BEGIN_DECLS

typedef struct Engine Engine;

/* Makes one transition of the automaton with all that belongs to it. FALSE with a STORAGE_ERROR or
 * ENGINE_ERROR_STATE. */
gboolean runner_step (Engine *engine, GError **error);

/* Makes transitions of the automaton up to where the runner has something to do. FALSE as
 * runner_step(). */
gboolean runner_advance (Engine *engine, GError **error);

/* Whether the automaton stands still in such a state. */
static inline gboolean
runner_is_end (EngineState state)
{
  return state == ENGINE_STATE_SUCCESS || state == ENGINE_STATE_FAILURE
         || state == ENGINE_STATE_REVERTED || state == ENGINE_STATE_SUSPENDED;
}

/* Brings an engine that is not driven any more to rest: asks for a suspend, and waits for what is
 * in flight. */
void runner_suspend (Engine *engine);

G_END_DECLS
