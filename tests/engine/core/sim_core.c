/* SPDX-License-Identifier: Apache-2.0 */
/* Cores within values: copied by what of their lists is used. */
#include "tests/engine/core/sim_core.h"

#include <string.h>

static void
bind_set (ReadySet *set, guint64 *word)
{
  set->words = set->levels[0] = word;
}

static void
bind (SimCore *self)
{
  Core *core = &self->core;

  core->states = self->states;
  core->marks = self->marks;
  core->readiness.hold = self->hold;
  core->attempts = self->attempts;
  core->reverts = self->reverts;
  bind_set (&core->readiness.ready, &self->ready);
  bind_set (&core->readiness.undo, &self->undo);
  core->running.items = self->running;
  core->readiness.stack.items = self->stack;
  core->questions.items = self->questions;
  core->timers.items = self->timers;
  core->leftovers.items = self->leftovers;
  core->duties.records = self->records;
  core->duties.kinds = self->kinds;
  core->running.size = core->questions.size = core->timers.size = core->leftovers.size = SIM_ROOM;
  core->readiness.stack.size = SIM_STACK;
  core->duties.size = SIM_DUTIES;
}

/* Copies a fresh core into one with arrays within. */
void
sim_core_init (SimCore *self, const Plan *plan)
{
  Core fresh;

  g_assert (plan->n_nodes <= SIM_NODES);
  core_init (&fresh, plan, ENGINE_FLAGS_NONE);
  core_need_marks (&fresh);
  memset (self, 0, G_STRUCT_OFFSET (SimCore, ready));
  self->core = fresh;
  memcpy (self->hold, fresh.readiness.hold, plan->n_nodes * sizeof *fresh.readiness.hold);
  /* Ready sets of so few nodes are a word each, and empty now. */
  g_assert (fresh.readiness.ready.n_words == 1);
  bind (self);
  core_clear (&fresh);
}

void
sim_core_change (SimCore *self, const Plan *plan)
{
  g_assert (plan->n_nodes == self->core.plan->n_nodes);
  self->core.plan = plan;
  for (guint32 node = 0; node < plan->n_nodes; node++)
    self->hold[node] = plan->predecessor_offsets[node + 1] - plan->predecessor_offsets[node];
}

#define COPY(field, count) memcpy (to->field, from->field, (count) * sizeof *to->field)

void
sim_core_copy (SimCore *to, const SimCore *from)
{
  const Core *core = &from->core;
  guint32 n_nodes = core->plan->n_nodes;

  to->core = *core;
  COPY (states, n_nodes);
  COPY (marks, n_nodes);
  COPY (hold, n_nodes);
  COPY (attempts, n_nodes);
  COPY (reverts, n_nodes);
  to->ready = from->ready;
  to->undo = from->undo;
  COPY (running, core->running.length);
  COPY (questions, core->questions.length);
  COPY (timers, core->timers.length);
  COPY (leftovers, core->leftovers.length);
  COPY (records, core->duties.length);
  COPY (kinds, core->duties.length);
  bind (to);
}
