/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Listeners: functions that an engine calls for each transition after it was made durable, in the
 * engine's thread and in the order of the transitions. A listener may call engine_suspend() and
 * engine_cancel(), and everything that only reads; it must not run, step, reset or free the engine.
 * A step that would start because of the reported transition has not started yet, so that a
 * listener that suspends holds it back.
 */

#include <stdio.h>

#include <backflow/atoms/atom.h>
#include <backflow/atoms/failure.h>
#include <backflow/atoms/states.h>
#include <backflow/engine/core/automaton.h>

G_BEGIN_DECLS

/* The engine that is listened to; see engine/engine.h. */
typedef struct Engine Engine;

/* What a listener hears of. */
typedef enum
{
  LISTENER_FLOW = 1 << 0,
  LISTENER_ATOM = 1 << 1,
  LISTENER_ENGINE = 1 << 2, /* transitions of the automaton */
  LISTENER_NOTE = 1 << 3,   /* things that people should know */
  LISTENER_DECISION
  = 1 << 4, /* what a retry controller, or the policy for failing reverts, made of a failure */
  LISTENER_PROGRESS = 1 << 5, /* how far attempts are; while they run */
} ListenerMask;

/* A transition. kind: exactly one of ListenerMask. from, to: FlowState, AtomState or EngineState by
 * kind; of DECISION both are the RetryDecision, `atom` is the controller, or the atom whose revert
 * is tried again, text the atom that failed, and wait_us how long that waits. seq: from 1 per run,
 * of this engine's transitions of all kinds. time_us: since the epoch. flow: the outermost flow for
 * FLOW and ENGINE, the atom's own otherwise. atom, atom_kind, attempt: not of FLOW and ENGINE.
 * result: of SUCCESS and REVERTED (nullable). failure: of FAILURE and REVERT_FAILURE. text: of NOTE
 * too. progress: of PROGRESS, 0 to 1, and details (nullable). log_path: (nullable) a command's
 * output. Everything is borrowed for the call. */
typedef struct
{
  ListenerMask kind;
  int from;
  int to;
  guint64 seq;
  gint64 time_us;
  const char *run;
  const char *flow;
  const char *atom;
  AtomKind atom_kind;
  guint attempt;
  GVariant *result;
  Failure *failure;
  const char *text;
  const char *log_path;
  gint64 wait_us;
  double progress;
  GVariant *details;
} ListenerEvent;

typedef void (*ListenerFunc) (Engine *engine, const ListenerEvent *event, gpointer user_data);

/* The name of the state `state` of the kind `kind`; static. */
BACKFLOW_PUBLIC const char *listener_get_state_name (ListenerMask kind, int state);

G_END_DECLS
