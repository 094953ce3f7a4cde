/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The state of the step core: flat arrays by node, and a few short lists. The core's functions
 * alone write here. */

#include "engine/core/core_events.h"
#include "engine/core/transitions.h"
#include "engine/plan/plan_private.h"
#include "engine/plan/ready.h"
#include "engine/plan/vector.h"

#include <backflow/atoms/retry.h>
#include <backflow/storage/record.h>

G_BEGIN_DECLS

typedef struct Core
{
  const Plan *plan;
  EngineFlags flags;
  EngineState state;
  FlowState flow_state;

  guint8 *states;    /* AtomState by node; of entries and ends: SUCCESS when passed */
  guint8 *marks;     /* (nullable) CoreMark by node; made when first needed */
  guint32 *hold;     /* by node, see core.h */
  guint32 *attempts; /* executes begun by node, over all lives */
  guint32 *reverts;  /* (nullable) reverts begun by node, over all lives; made with `marks` */
  ReadySet ready;    /* ranks of atoms that may execute */
  ReadySet undo;     /* ranks of atoms that may revert, and of controllers that may try again; empty
                        before `marks` are made */

  VECTOR (guint32) running; /* nodes with an attempt in flight */
  VECTOR (guint32) stack;   /* scratch of the walks */
  VECTOR (CoreQuestion) questions;
  guint n_asked;                   /* of `questions`: were given out */
  VECTOR (CoreTimer) timers;       /* in no order; of each node at most one */
  gint64 due_us;                   /* the first of their times, or before it */
  VECTOR (CoreLeftover) leftovers; /* after a restore */
  Duties duties;                   /* to be done by the runner, who empties them */
  guint32 high;                    /* no node above this one was ever started in this life */
  guint64 counts;      /* two sums over all atoms: core_get_n_settled(), core_get_n_effects() */
  guint n_undone;      /* flows of controllers that are being rolled back, each within no other */
  gboolean is_undoing; /* one of them, or the whole run, is */
  gboolean is_rolling_back; /* the whole run is */
  gboolean is_suspending;
  gboolean is_cancelled;
  gboolean is_stuck; /* nothing is started any more, reverts neither: NEVER_RESOLVE, or cancelled to
                        keep what is there */
  gboolean
      is_watchful; /* a node that is reached may have deciders, or be ignored or done already */
  gboolean is_undone_anew; /* core_undo() */
  gboolean
      has_strays; /* restored from another structure: something is done before what it depends on */
  gboolean is_reopened; /* restored: something was said since the run came to its end */
} Core;

G_END_DECLS
