/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* SimCore: a step core as one flat value, for small plans.
 */

#include "engine/core/core.h"
#include "engine/core/rollback.h"

#define SIM_NODES 64u
#define SIM_ROOM 96u
#define SIM_STACK 1024u
#define SIM_DUTIES 400u

/* A core whose arrays are within. Bind it after copying. */
typedef struct
{
  Core core;
  guint8 states[SIM_NODES];
  guint8 marks[SIM_NODES];
  guint32 hold[SIM_NODES];
  guint32 attempts[SIM_NODES];
  guint32 reverts[SIM_NODES];
  guint64 ready;
  guint64 undo;
  guint32 running[SIM_ROOM];
  guint32 stack[SIM_STACK];
  CoreQuestion questions[SIM_ROOM];
  CoreTimer timers[SIM_ROOM];
  CoreLeftover leftovers[SIM_ROOM];
  StorageRecord records[SIM_DUTIES];
  guint8 kinds[SIM_DUTIES];
} SimCore;

/* Begins a run. */
void sim_core_init (SimCore *self, const Plan *plan);

/* Goes on with another plan of as many nodes; before it is rebuilt. */
void sim_core_change (SimCore *self, const Plan *plan);

/* Copies what is used of it. */
void sim_core_copy (SimCore *to, const SimCore *from);
