/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The automaton of the engine, as far as it is seen from outside: its states, and the flags that
 * change how it resolves failures. Its transitions are the table in engine/core/transitions.h.
 * Pure; any thread.
 */

#include <glib.h>

#include <backflow/values/visibility.h>

G_BEGIN_DECLS

/* The states of the automaton. UNDEFINED is before the start; the last four are ends. */
/* clang-format off */
#define ENGINE_STATES(X)                                                                          \
  X (UNDEFINED) X (RESUMING) X (SCHEDULING) X (WAITING) X (ANALYZING) X (GAME_OVER) X (SUCCESS)   \
  X (FAILURE) X (REVERTED) X (SUSPENDED)
/* clang-format on */

typedef enum
{
#define X(name) ENGINE_STATE_##name,
  ENGINE_STATES (X)
#undef X
      ENGINE_STATE_COUNT
} EngineState;

/* The name of a state of the automaton; static. */
BACKFLOW_PUBLIC const char *engine_state_get_name (EngineState state);

/* NEVER_RESOLVE: a failure leaves everything as it is: nobody is asked, nothing is reverted, the
 * run is FAILURE. */
typedef enum
{
  ENGINE_FLAGS_NONE = 0,
  ENGINE_FLAGS_NEVER_RESOLVE = 1 << 0,
} EngineFlags;

G_END_DECLS
