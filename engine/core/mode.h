/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Mode: how a run goes on, as two machines whose tables are in
 * mode_transitions.h. The direction says
 * whether atoms are executed, or reverted, in the whole run. The mode says what a request or a
 * failure has made of it: it goes on, suspends, was cancelled, or stands still. Beside them the
 * number of flows that are rolled back alone, to be tried again.
 */

#include "engine/core/mode_transitions.h"

#include <backflow/engine/core/automaton.h>

G_BEGIN_DECLS

typedef struct Core Core;

typedef struct
{
  EngineFlags flags;
  ModeState state;
  DirectionState direction;
  guint n_flows; /* of controllers that are being rolled back, each within no other */
} CoreMode;

/* What states of the mode mean. */
#define MODE_IS_SUSPENDING (1u << MODE_STATE_SUSPENDING | 1u << MODE_STATE_CANCELLED_SUSPENDING)
#define MODE_IS_STUCK (1u << MODE_STATE_STUCK | 1u << MODE_STATE_KEPT)
#define MODE_IS_CANCELLED                                                                          \
  (1u << MODE_STATE_CANCELLED | 1u << MODE_STATE_CANCELLED_SUSPENDING | 1u << MODE_STATE_KEPT)

/* Whether the event has a row in the present mode. */
static inline gboolean
mode_can_move (const CoreMode *mode, ModeEvent on)
{
  return mode_transitions[mode->state][on] != 0;
}

/* Moves the mode by the table. */
static inline void
mode_move (CoreMode *mode, ModeEvent on)
{
  mode->state = mode_state_next (mode->state, on);
}

/* Moves the direction by the table. */
static inline void
mode_turn (CoreMode *mode, DirectionEvent on)
{
  mode->direction = direction_state_next (mode->direction, on);
}

/* Whether nothing is started until the run is resumed. */
static inline gboolean
mode_is_suspending (const CoreMode *mode)
{
  return (MODE_IS_SUSPENDING >> mode->state & 1) != 0;
}

/* Whether nothing is started any more, reverts neither. */
static inline gboolean
mode_is_stuck (const CoreMode *mode)
{
  return (MODE_IS_STUCK >> mode->state & 1) != 0;
}

/* Whether the run was cancelled since it was started or resumed. */
static inline gboolean
mode_is_cancelled (const CoreMode *mode)
{
  return (MODE_IS_CANCELLED >> mode->state & 1) != 0;
}

/* Whether the whole run is rolled back. */
static inline gboolean
mode_is_rolling_back (const CoreMode *mode)
{
  return mode->direction != DIRECTION_STATE_EXECUTING;
}

/* Whether the whole run, or the flow of a controller, is rolled back. */
static inline gboolean
mode_is_undoing (const CoreMode *mode)
{
  return mode->direction != DIRECTION_STATE_EXECUTING || mode->n_flows > 0;
}

G_END_DECLS
