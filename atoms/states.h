/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The vocabularies of states, as lists of bare names. Enumerations and names are made from the
 * lists; which moves are legal is said by the tables in engine/core/transitions.c, which are the
 * only place that moves a state. The numbers are stored, so a name is only ever added at the end of
 * its list. Functions here are pure and may be called from any thread.
 */

#include <glib.h>

#include <backflow/values/visibility.h>

G_BEGIN_DECLS

/* clang-format off */
#define ATOM_STATES(X)                                                                            \
  X (PENDING) X (RUNNING) X (SUCCESS) X (FAILURE) X (REVERTING) X (REVERTED) X (REVERT_FAILURE)   \
  X (RETRYING) X (IGNORE)
/* clang-format on */

/* clang-format off */
#define FLOW_STATES(X)                                                                            \
  X (PENDING) X (RUNNING) X (SUCCESS) X (FAILURE) X (REVERTED) X (SUSPENDING) X (SUSPENDED)       \
  X (RESUMING)
/* clang-format on */

#define INTENTIONS(X) X (EXECUTE) X (REVERT) X (RETRY) X (IGNORE)

/* AtomState: where a task or a retry controller is in its life. */
typedef enum
{
#define X(name) ATOM_STATE_##name,
  ATOM_STATES (X)
#undef X
      ATOM_STATE_COUNT
} AtomState;

/* FlowState: where a run is. A flow stays RUNNING while it is rolled back. */
typedef enum
{
#define X(name) FLOW_STATE_##name,
  FLOW_STATES (X)
#undef X
      FLOW_STATE_COUNT
} FlowState;

/* Intention: what the engine means to do with an atom next. */
typedef enum
{
#define X(name) INTENTION_##name,
  INTENTIONS (X)
#undef X
      INTENTION_COUNT
} Intention;

/* The name of a state, such as "REVERT_FAILURE"; static, never NULL for a state of the list. */
BACKFLOW_PUBLIC const char *atom_state_get_name (AtomState state);

/* The name of a flow state; static. */
BACKFLOW_PUBLIC const char *flow_state_get_name (FlowState state);

/* Whether a run in that state has come to an end: SUCCESS, FAILURE or REVERTED. */
BACKFLOW_PUBLIC gboolean flow_state_is_end (FlowState state);

/* Whether a run in that state is left alone by who drove it: it has come to an end, or is
 * SUSPENDED. */
BACKFLOW_PUBLIC gboolean flow_state_is_rest (FlowState state);

/* The name of an intention; static. */
BACKFLOW_PUBLIC const char *intention_get_name (Intention intention);

/* The atom state of that name, or ATOM_STATE_COUNT when there is none. */
BACKFLOW_PUBLIC AtomState atom_state_find (const char *name);

/* The flow state of that name, or FLOW_STATE_COUNT when there is none. */
BACKFLOW_PUBLIC FlowState flow_state_find (const char *name);

G_END_DECLS
