/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Transitions: which moves are legal, as one table a machine: from, on, to, because. The tables are
 * lists of rows from which the look-up, the documentation (docs/states.md) and the drawings are
 * made; a pair without a row is refused. The step core is the only caller of the *_next functions
 * that stores what they say. The tables of the direction and the mode of a run are in
 * mode_transitions.h.
 */

#include <backflow/atoms/states.h>
#include <backflow/engine/core/automaton.h>

G_BEGIN_DECLS

/* What happens to an atom. WITHDRAW and those that begin with KEEP take an intent back that was
 * recorded and never acted on. */
/* clang-format off */
#define ATOM_EVENTS(X)                                                                            \
  X (START) X (SUCCEED) X (FAIL) X (UNDO) X (UNDONE) X (UNDO_FAILED) X (IGNORE) X (RETRY)         \
  X (RESET) X (WITHDRAW) X (KEEP) X (KEEP_FAILURE) X (KEEP_RETRYING)
/* clang-format on */

/* clang-format off */
#define ATOM_TRANSITIONS(X)                                                                             \
  X (PENDING,        START,        RUNNING,        "all that it depends on is done")                     \
  X (PENDING,        IGNORE,       IGNORE,         "a decider said no")                                  \
  X (RUNNING,        SUCCEED,      SUCCESS,        "execute did its work")                               \
  X (RUNNING,        FAIL,         FAILURE,        "execute failed, or was cancelled or timed out")      \
  X (RUNNING,        WITHDRAW,     PENDING,        "the intent was recorded, but execute was not started") \
  X (RUNNING,        KEEP_RETRYING, RETRYING,      "the intent was recorded, but the next try was not started") \
  X (SUCCESS,        UNDO,         REVERTING,      "all that depended on it is undone or never ran")     \
  X (FAILURE,        UNDO,         REVERTING,      "a failed atom may have done part of its work")       \
  X (REVERTING,      UNDONE,       REVERTED,       "revert did its work")                                \
  X (REVERTING,      UNDO_FAILED,  REVERT_FAILURE, "revert failed: the effect may be there")             \
  X (REVERT_FAILURE, UNDO,         REVERTING,      "its revert is tried again")                           \
  X (REVERT_FAILURE, UNDONE,       REVERTED,       "it is resolved: nothing of it is left")            \
  X (SUCCESS,        RETRY,        RETRYING,       "what it controls is undone, and will be tried again") \
  X (RETRYING,       START,        RUNNING,        "the next try begins")                                 \
  X (RETRYING,       UNDO,         REVERTING,      "what is around it is undone too")                     \
  X (REVERTING,      KEEP,         SUCCESS,        "the intent was recorded, but revert was not started") \
  X (REVERTING,      KEEP_FAILURE, FAILURE,        "the intent was recorded, but revert was not started") \
  X (SUCCESS,        RESET,        PENDING,        "the run starts again")                               \
  X (REVERTED,       RESET,        PENDING,        "the run starts again")                               \
  X (IGNORE,         RESET,        PENDING,        "the run starts again")
/* clang-format on */

/* What happens to the flow of a run. */
/* clang-format off */
#define FLOW_EVENTS(X)                                                                            \
  X (START) X (SUCCEED) X (FAIL) X (UNDONE) X (SUSPEND) X (SUSPENDED) X (RESET) X (UNDO)          \
  X (INTERRUPT) X (RESUME)
/* clang-format on */

/* clang-format off */
#define FLOW_TRANSITIONS(X)                                                                             \
  X (PENDING,    START,     RUNNING,    "the run starts")                                                \
  X (SUSPENDED,  START,     RUNNING,    "the run goes on")                                               \
  X (RUNNING,    SUCCEED,   SUCCESS,    "every atom succeeded or was ignored")                           \
  X (RUNNING,    FAIL,      FAILURE,    "it failed, and an effect may be left in the world")             \
  X (RUNNING,    UNDONE,    REVERTED,   "it failed, and no effect is left in the world")                 \
  X (RUNNING,    SUSPEND,   SUSPENDING, "the run is to be suspended")                                        \
  X (SUSPENDING, SUSPENDED, SUSPENDED,  "nothing runs, and something is left to do")                     \
  X (SUSPENDING, SUCCEED,   SUCCESS,    "nothing was left to do")                                        \
  X (SUSPENDING, FAIL,      FAILURE,    "nothing was left that could be done")                           \
  X (SUSPENDING, UNDONE,    REVERTED,   "nothing was left to undo")                                      \
  X (FAILURE,    START,     RUNNING,    "an atom that is left was resolved")                    \
  X (FAILURE,    UNDO,      RUNNING,    "what is left is to be undone")                           \
  X (SUCCESS,    UNDO,      RUNNING,    "the run is to be undone")                                     \
  X (SUCCESS,    START,     RUNNING,    "atoms were added to it")                                        \
  X (RUNNING,    INTERRUPT, RESUMING,   "the process that drove it is gone")                             \
  X (SUSPENDING, INTERRUPT, RESUMING,   "the process that drove it is gone")                             \
  X (RESUMING,   RESUME,    SUSPENDED,  "what it was doing then is known")                               \
  X (SUCCESS,    RESET,     PENDING,    "the run starts again")                                          \
  X (REVERTED,   RESET,     PENDING,    "the run starts again")
/* clang-format on */

/* What happens to the automaton. */
/* clang-format off */
#define ENGINE_EVENTS(X)                                                                          \
  X (START) X (SCHEDULE_NEXT) X (WAIT_FINISHED) X (EXAMINE_FINISHED) X (COMPLETED)                \
  X (SUCCEEDED) X (FAILED) X (UNDONE) X (SUSPENDED) X (REOPEN) X (RESET)
/* clang-format on */

/* clang-format off */
#define ENGINE_TRANSITIONS(X)                                                                           \
  X (UNDEFINED,  START,            RESUMING,   "the engine is run")                                      \
  X (RESUMING,   SCHEDULE_NEXT,    SCHEDULING, "what was interrupted is known")                          \
  X (SCHEDULING, WAIT_FINISHED,    WAITING,    "what can run has been started")                          \
  X (WAITING,    EXAMINE_FINISHED, ANALYZING,  "attempts have ended, or a request has come")             \
  X (ANALYZING,  SCHEDULE_NEXT,    SCHEDULING, "something can be started")                               \
  X (ANALYZING,  WAIT_FINISHED,    WAITING,    "nothing can be started, something still runs")           \
  X (ANALYZING,  COMPLETED,        GAME_OVER,  "nothing runs and nothing may be started")                \
  X (GAME_OVER,  SUCCEEDED,        SUCCESS,    "every atom succeeded or was ignored")                    \
  X (GAME_OVER,  FAILED,           FAILURE,    "an effect may be left in the world")                     \
  X (GAME_OVER,  UNDONE,           REVERTED,   "no effect is left in the world")                         \
  X (GAME_OVER,  SUSPENDED,        SUSPENDED,  "something is left to do")                                \
  X (SUSPENDED,  START,            RESUMING,   "the engine is run again")                                \
  X (UNDEFINED,  REOPEN,           UNDEFINED,  "an atom of a restored run is resolved, or the run undone") \
  X (SUSPENDED,  REOPEN,           UNDEFINED,  "an atom is resolved")                                    \
  X (FAILURE,    REOPEN,           UNDEFINED,  "an atom is resolved, or what is left is to be undone")    \
  X (SUCCESS,    REOPEN,           UNDEFINED,  "the run is to be undone")                                \
  X (UNDEFINED,  RESET,            UNDEFINED,  "the run starts again, though it was to be undone, or has got more atoms") \
  X (SUCCESS,    RESET,            UNDEFINED,  "the run starts again")                                   \
  X (REVERTED,   RESET,            UNDEFINED,  "the run starts again")
/* clang-format on */

#define X(name) ATOM_EVENT_##name,
typedef enum
{
  ATOM_EVENTS (X) ATOM_EVENT_COUNT
} AtomEvent;
#undef X

#define X(name) FLOW_EVENT_##name,
typedef enum
{
  FLOW_EVENTS (X) FLOW_EVENT_COUNT
} FlowEvent;
#undef X

#define X(name) ENGINE_EVENT_##name,
typedef enum
{
  ENGINE_EVENTS (X) ENGINE_EVENT_COUNT
} EngineEvent;
#undef X

/* The look-ups, made from the lists: the next state plus one, 0 where there is no row. */
extern const guint8 atom_transitions[ATOM_STATE_COUNT][ATOM_EVENT_COUNT];
extern const guint8 flow_transitions[FLOW_STATE_COUNT][FLOW_EVENT_COUNT];
extern const guint8 engine_transitions[ENGINE_STATE_COUNT][ENGINE_EVENT_COUNT];

/* The state after an event; there must be a row for the pair. */
static inline AtomState
atom_state_next (AtomState from, AtomEvent on)
{
  g_assert (atom_transitions[from][on] != 0);
  return (AtomState) (atom_transitions[from][on] - 1);
}

static inline FlowState
flow_state_next (FlowState from, FlowEvent on)
{
  g_assert (flow_transitions[from][on] != 0);
  return (FlowState) (flow_transitions[from][on] - 1);
}

static inline EngineState
engine_state_next (EngineState from, EngineEvent on)
{
  g_assert (engine_transitions[from][on] != 0);
  return (EngineState) (engine_transitions[from][on] - 1);
}

/* Whether some row leads from one state to the other. */
gboolean atom_state_can_become (AtomState from, AtomState to);
gboolean flow_state_can_become (FlowState from, FlowState to);

/* A row, for tests and documentation. */
typedef struct TransitionRow
{
  const char *from, *on, *to, *because;
} TransitionRow;

/* A machine: its name, its rows, its states and events. Static. */
typedef struct
{
  const char *name;
  const TransitionRow *rows;
  guint n_rows;
  const char *const *states;
  guint n_states;
  const char *const *events;
  guint n_events;
  /* The look-up by numbers of state and event, a row of `n_events` a state: the next state plus
   * one, 0 where there is no row. */
  const guint8 *next;
} TransitionTable;

/* The tables of the machines; `count` receives how many. */
const TransitionTable *transitions_list (guint *count);

/* The table as a drawing in the dot language. Returns: (transfer full). */
char *transitions_to_dot (const TransitionTable *table);

G_END_DECLS
