/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/core/transitions.h"

#include "engine/core/mode_transitions.h"

#define X(from, on, to, because) [ATOM_STATE_##from][ATOM_EVENT_##on] = ATOM_STATE_##to + 1,
const guint8 atom_transitions[ATOM_STATE_COUNT][ATOM_EVENT_COUNT] = { ATOM_TRANSITIONS (X) };
#undef X

#define X(from, on, to, because) [FLOW_STATE_##from][FLOW_EVENT_##on] = FLOW_STATE_##to + 1,
const guint8 flow_transitions[FLOW_STATE_COUNT][FLOW_EVENT_COUNT] = { FLOW_TRANSITIONS (X) };
#undef X

#define X(from, on, to, because) [ENGINE_STATE_##from][ENGINE_EVENT_##on] = ENGINE_STATE_##to + 1,
const guint8 engine_transitions[ENGINE_STATE_COUNT][ENGINE_EVENT_COUNT]
    = { ENGINE_TRANSITIONS (X) };
#undef X

#define X(from, on, to, because)                                                                   \
  [DIRECTION_STATE_##from][DIRECTION_EVENT_##on] = DIRECTION_STATE_##to + 1,
const guint8 direction_transitions[DIRECTION_STATE_COUNT][DIRECTION_EVENT_COUNT]
    = { DIRECTION_TRANSITIONS (X) };
#undef X

#define X(from, on, to, because) [MODE_STATE_##from][MODE_EVENT_##on] = MODE_STATE_##to + 1,
const guint8 mode_transitions[MODE_STATE_COUNT][MODE_EVENT_COUNT] = { MODE_TRANSITIONS (X) };
#undef X

gboolean
atom_state_can_become (AtomState from, AtomState to)
{
  for (guint on = 0; on < ATOM_EVENT_COUNT; on++)
    if (atom_transitions[from][on] == to + 1)
      return TRUE;
  return FALSE;
}

gboolean
flow_state_can_become (FlowState from, FlowState to)
{
  for (guint on = 0; on < FLOW_EVENT_COUNT; on++)
    if (flow_transitions[from][on] == to + 1)
      return TRUE;
  return FALSE;
}

#define X(from, on, to, because) { #from, #on, #to, because },
static const TransitionRow atom_rows[] = { ATOM_TRANSITIONS (X) };
static const TransitionRow flow_rows[] = { FLOW_TRANSITIONS (X) };
static const TransitionRow engine_rows[] = { ENGINE_TRANSITIONS (X) };
static const TransitionRow direction_rows[] = { DIRECTION_TRANSITIONS (X) };
static const TransitionRow mode_rows[] = { MODE_TRANSITIONS (X) };
#undef X

#define X(name) #name,
static const char *const atom_states[] = { ATOM_STATES (X) };
static const char *const atom_events[] = { ATOM_EVENTS (X) };
static const char *const flow_states[] = { FLOW_STATES (X) };
static const char *const flow_events[] = { FLOW_EVENTS (X) };
static const char *const engine_states[] = { ENGINE_STATES (X) };
static const char *const engine_events[] = { ENGINE_EVENTS (X) };
static const char *const direction_states[] = { DIRECTION_STATES (X) };
static const char *const direction_events[] = { DIRECTION_EVENTS (X) };
static const char *const mode_states[] = { MODE_STATES (X) };
static const char *const mode_events[] = { MODE_EVENTS (X) };
#undef X

#define TABLE(machine)                                                                             \
  {                                                                                                \
#machine, machine##_rows, G_N_ELEMENTS(machine##_rows), machine##_states,                      \
        G_N_ELEMENTS(machine##_states), machine##_events, G_N_ELEMENTS(machine##_events),          \
        machine##_transitions[0]                                                                   \
  }

static const TransitionTable tables[]
    = { TABLE (atom), TABLE (flow), TABLE (engine), TABLE (direction), TABLE (mode) };

const TransitionTable *
transitions_list (guint *count)
{
  *count = G_N_ELEMENTS (tables);
  return tables;
}

const char *
engine_state_get_name (EngineState state)
{
  g_return_val_if_fail (state < ENGINE_STATE_COUNT, NULL);
  return engine_states[state];
}

char *
transitions_to_dot (const TransitionTable *table)
{
  GString *out = g_string_new (NULL);

  g_string_append_printf (out, "digraph %s {\n  node [shape=box];\n", table->name);
  for (guint i = 0; i < table->n_rows; i++)
    g_string_append_printf (out, "  %s -> %s [label=\"%s\"];\n", table->rows[i].from,
                            table->rows[i].to, table->rows[i].on);
  g_string_append (out, "}\n");
  return g_string_free (out, FALSE);
}
