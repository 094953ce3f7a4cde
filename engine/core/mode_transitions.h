/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The tables of the direction and the mode of a run (mode.h), as those in transitions.h:
 * transitions.c makes the look-ups of all of them. */

#include <glib.h>

G_BEGIN_DECLS

/* The direction of a run: whether its atoms are executed or reverted. UNDOING is ROLLING_BACK of a
 * run that had come to an end, until it is started. */
/* clang-format off */
#define DIRECTION_STATES(X) X (EXECUTING) X (ROLLING_BACK) X (UNDOING)
#define DIRECTION_EVENTS(X) X (ROLL_BACK) X (UNDO) X (START) X (RESET)
#define DIRECTION_TRANSITIONS(X)                                                                        \
  X (EXECUTING,    ROLL_BACK, ROLLING_BACK, "a failure, or a cancel, rolls the whole run back")          \
  X (EXECUTING,    UNDO,      UNDOING,      "the run has ended and is to be undone")                     \
  X (ROLLING_BACK, UNDO,      UNDOING,      "the run has failed and what is left is to be undone")       \
  X (UNDOING,      UNDO,      UNDOING,      "the request is repeated before the run is started")         \
  X (UNDOING,      START,     ROLLING_BACK, "the run is started")                                        \
  X (EXECUTING,    RESET,     EXECUTING,    "the run starts again")                                      \
  X (ROLLING_BACK, RESET,     EXECUTING,    "the run starts again")                                      \
  X (UNDOING,      RESET,     EXECUTING,    "the run starts again, and is not undone")
/* clang-format on */

/* The mode of a run: what a request or a failure has made of it. STUCK: a failure leaves everything
 * as it is (NEVER_RESOLVE), or an interrupted run was to be kept. KEPT: it was cancelled to be kept
 * as it is. REOPENED: something was said about it since it came to its end, or was interrupted. */
/* clang-format off */
#define MODE_STATES(X)                                                                            \
  X (GOING) X (SUSPENDING) X (CANCELLED) X (CANCELLED_SUSPENDING) X (STUCK) X (KEPT) X (REOPENED)
#define MODE_EVENTS(X) X (START) X (SUSPEND) X (CANCEL) X (KEEP) X (STICK) X (REOPEN) X (RESET)
#define MODE_TRANSITIONS(X)                                                                             \
  X (GOING,                START,   GOING,                "the run starts, or goes on")                  \
  X (SUSPENDING,           START,   GOING,                "the suspended run goes on")                   \
  X (CANCELLED,            START,   GOING,                "the rollback goes on; it may be cancelled again, to be kept") \
  X (CANCELLED_SUSPENDING, START,   GOING,                "the suspended rollback goes on")              \
  X (STUCK,                START,   STUCK,                "the run goes on to its end as it is")         \
  X (KEPT,                 START,   STUCK,                "the run goes on to its end as it is")         \
  X (REOPENED,             START,   GOING,                "the run goes on from what was said")          \
  X (GOING,                SUSPEND, SUSPENDING,           "nothing is started until the run is resumed") \
  X (CANCELLED,            SUSPEND, CANCELLED_SUSPENDING, "the rollback stops until the run is resumed") \
  X (STUCK,                SUSPEND, STUCK,                "nothing is started anyway")                   \
  X (KEPT,                 SUSPEND, KEPT,                 "nothing is started anyway")                   \
  X (REOPENED,             SUSPEND, REOPENED,             "the run is not driven yet")                   \
  X (GOING,                CANCEL,  CANCELLED,            "the run is rolled back")                      \
  X (SUSPENDING,           CANCEL,  CANCELLED,            "the run is rolled back, not suspended")       \
  X (STUCK,                CANCEL,  KEPT,                 "nothing is reverted in a run that stands still") \
  X (REOPENED,             CANCEL,  CANCELLED,            "the run is rolled back")                      \
  X (GOING,                KEEP,    KEPT,                 "nothing is started any more")                 \
  X (SUSPENDING,           KEEP,    KEPT,                 "nothing is started any more")                 \
  X (STUCK,                KEEP,    KEPT,                 "nothing is started any more")                 \
  X (REOPENED,             KEEP,    KEPT,                 "nothing is started any more")                 \
  X (GOING,                STICK,   STUCK,                "a failure leaves everything as it is")        \
  X (SUSPENDING,           STICK,   STUCK,                "a failure leaves everything as it is")        \
  X (CANCELLED,            STICK,   KEPT,                 "a failure leaves everything as it is")        \
  X (CANCELLED_SUSPENDING, STICK,   KEPT,                 "a failure leaves everything as it is")        \
  X (STUCK,                STICK,   STUCK,                "there was a failure before")                  \
  X (KEPT,                 STICK,   KEPT,                 "the run is kept as it is already")            \
  X (REOPENED,             STICK,   STUCK,                "a failure leaves everything as it is")        \
  X (GOING,                REOPEN,  REOPENED,             "something was said about the run")            \
  X (SUSPENDING,           REOPEN,  REOPENED,             "something was said about the run")            \
  X (CANCELLED,            REOPEN,  REOPENED,             "something was said about the run")            \
  X (CANCELLED_SUSPENDING, REOPEN,  REOPENED,             "something was said about the run")            \
  X (STUCK,                REOPEN,  REOPENED,             "something was said about the run: it stands still no longer") \
  X (KEPT,                 REOPEN,  REOPENED,             "something was said about the run: it is kept no longer") \
  X (REOPENED,             REOPEN,  REOPENED,             "more was said about the run")                 \
  X (GOING,                RESET,   GOING,                "the run starts again")                        \
  X (SUSPENDING,           RESET,   GOING,                "the run starts again")                        \
  X (CANCELLED,            RESET,   GOING,                "the run starts again")                        \
  X (CANCELLED_SUSPENDING, RESET,   GOING,                "the run starts again")                        \
  X (STUCK,                RESET,   GOING,                "the run starts again")                        \
  X (KEPT,                 RESET,   GOING,                "the run starts again")                        \
  X (REOPENED,             RESET,   GOING,                "the run starts again")
/* clang-format on */

#define X(name) DIRECTION_STATE_##name,
typedef enum
{
  DIRECTION_STATES (X) DIRECTION_STATE_COUNT
} DirectionState;
#undef X

#define X(name) DIRECTION_EVENT_##name,
typedef enum
{
  DIRECTION_EVENTS (X) DIRECTION_EVENT_COUNT
} DirectionEvent;
#undef X

#define X(name) MODE_STATE_##name,
typedef enum
{
  MODE_STATES (X) MODE_STATE_COUNT
} ModeState;
#undef X

#define X(name) MODE_EVENT_##name,
typedef enum
{
  MODE_EVENTS (X) MODE_EVENT_COUNT
} ModeEvent;
#undef X

/* The look-ups: the next state plus one, 0 where there is no row. */
extern const guint8 direction_transitions[DIRECTION_STATE_COUNT][DIRECTION_EVENT_COUNT];
extern const guint8 mode_transitions[MODE_STATE_COUNT][MODE_EVENT_COUNT];

/* The state after an event; there must be a row for the pair. */
static inline DirectionState
direction_state_next (DirectionState from, DirectionEvent on)
{
  g_assert (direction_transitions[from][on] != 0);
  return (DirectionState) (direction_transitions[from][on] - 1);
}

static inline ModeState
mode_state_next (ModeState from, ModeEvent on)
{
  g_assert (mode_transitions[from][on] != 0);
  return (ModeState) (mode_transitions[from][on] - 1);
}

G_END_DECLS
