/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The state of the step core: flat arrays by node, and a few short lists. Only the files of
 * this folder write here. A part with functions of its own is defined beside them. */

#include "engine/core/answers.h"
#include "engine/core/core_leftovers.h"
#include "engine/core/core_running.h"
#include "engine/core/core_timers.h"
#include "engine/core/mode.h"
#include "engine/core/transitions.h"
#include "engine/plan/plan_private.h"
#include "engine/plan/ready.h"

#include <backflow/atoms/retry.h>
#include <backflow/storage/record.h>

G_BEGIN_DECLS

/* What may start, and what holds back the rest. */
typedef struct
{
  guint32 *hold;  /* by node, see core.h */
  ReadySet ready; /* ranks of atoms that may execute */
  ReadySet undo;  /* ranks of atoms that may revert, and of controllers that may try again; empty
                     before `marks` are made */
  VECTOR (guint32) stack; /* scratch of the walks */
  guint32 high;           /* no node above this one was ever started in this life */
  gboolean
      is_watchful;     /* a node that is reached may have deciders, or be ignored or done already */
  gboolean has_strays; /* restored from another structure: something is done before what it depends
                             on */
} CoreReadiness;

struct Core
{
  const Plan *plan;
  EngineState state;
  FlowState flow_state;
  CoreMode mode;
  guint8 *states;    /* AtomState by node; of entries and ends: SUCCESS when passed */
  guint8 *marks;     /* (nullable) CoreMark by node; made when first needed */
  guint32 *attempts; /* executes begun by node, over all lives */
  guint32 *reverts;  /* (nullable) reverts begun by node, over all lives; made with `marks` */
  guint64 counts;    /* two sums over all atoms: core_get_n_settled(), core_get_n_effects() */
  CoreReadiness readiness;
  CoreRunning running;
  CoreQuestions questions;
  CoreTimers timers;
  CoreLeftovers leftovers; /* after a restore */
  Duties duties;           /* to be done by the runner, who empties them */
};

G_END_DECLS
