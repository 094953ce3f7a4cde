/* SPDX-License-Identifier: Apache-2.0 */
/* What of a simulated run decides how it goes on, as a number; and what has happened, as text. */
#include "tests/engine/core/sim_private.h"

#include <string.h>

static guint64
mix (guint64 hash, guint64 value)
{
  hash ^= value + 0x9e3779b97f4a7c15ull + (hash << 6) + (hash >> 2);
  hash *= 0xff51afd7ed558ccdull;
  return hash ^ hash >> 32;
}

static guint64
mix_bytes (guint64 hash, const void *bytes, gsize length)
{
  const guint8 *at = bytes;
  guint64 word;

  for (; length >= sizeof word; length -= sizeof word, at += sizeof word)
    {
      memcpy (&word, at, sizeof word);
      hash = mix (hash, word);
    }
  word = 0;
  memcpy (&word, at, length);
  return mix (hash, word);
}

static guint64
mix_ready (guint64 hash, const Core *core, const ReadySet *set)
{
  guint64 members = 0;

  for (guint32 node = 0; node < core->plan->n_nodes; node++)
    members |= (guint64) ready_has (set, node) << node;
  return mix (hash, members);
}

/* Lists whose order means nothing are added up. */
static guint64
mix_core (guint64 hash, const Core *core)
{
  guint32 n_nodes = core->plan->n_nodes;
  guint64 sum = 0;

  hash = mix_bytes (hash, core->states, n_nodes);
  hash = mix_bytes (hash, core->marks, n_nodes);
  hash = mix_bytes (hash, core->readiness.hold, n_nodes * sizeof *core->readiness.hold);
  hash = mix_bytes (hash, core->attempts, n_nodes * sizeof *core->attempts);
  hash = mix_bytes (hash, core->reverts, n_nodes * sizeof *core->reverts);
  hash = mix_ready (hash, core, &core->readiness.ready);
  hash = mix_ready (hash, core, &core->readiness.undo);
  for (guint i = 0; i < core->running.length; i++)
    sum += mix (1, core->running.items[i]);
  for (guint i = 0; i < core->timers.length; i++)
    sum += mix (2 + (guint64) core->timers.items[i].due_us, core->timers.items[i].node);
  for (guint i = 0; i < core->leftovers.length; i++)
    sum += mix (9 + core->leftovers.items[i].state, core->leftovers.items[i].node);
  hash = mix (hash, sum);
  return mix (hash, (guint64) core->state | (guint64) core->flow_state << 8
                        | (guint64) core->mode.direction << 16 | (guint64) core->mode.state << 20
                        | (guint64) core->readiness.is_watchful << 24
                        | (guint64) core->readiness.has_strays << 25
                        | (guint64) core->mode.n_flows << 32);
}

static guint64
mix_duties (guint64 hash, const Sim *sim)
{
  for (guint i = sim->next; i < sim->now.core.duties.length; i++)
    {
      const StorageRecord *record = &sim->now.records[i];

      hash = mix (hash, (guint64) sim->now.kinds[i] | (guint64) record->kind << 8
                            | (guint64) record->from << 16 | (guint64) record->to << 24
                            | (guint64) record->atom << 32);
    }
  return mix (hash, sim->now.core.duties.length - sim->next
                        + ((guint64) (sim->committed - MIN (sim->next, sim->committed)) << 32));
}

guint64
sim_hash (const Sim *sim)
{
  guint32 n_nodes = sim->now.core.plan->n_nodes;
  guint64 hash = mix (sim->phase, sim->disturbances | (guint64) sim->was_how << 8
                                      | (guint64) sim->request << 16 | (guint64) sim->n_done << 24
                                      | (guint64) sim->talks << 32 | (guint64) sim->idle << 40
                                      | (guint64) sim->has_crashed << 48);
  guint64 sum = 0;

  hash = mix (hash, sim->was | sim->doomed << 32);
  hash = mix (hash, (guint64) sim->said.kind | (guint64) sim->said.to << 8
                        | (guint64) sim->said.atom << 16);
  hash = mix_core (hash, &sim->now.core);
  hash = mix_core (hash, &sim->durable.core);
  hash = mix_duties (hash, sim);
  for (guint i = 0; i < sim->n_flight; i++)
    sum += mix (3, sim->flight[i].node | (guint64) sim->flight[i].reverts << 8
                       | (guint64) sim->flight[i].is_probe << 9
                       | (guint64) sim->flight[i].is_cancelled << 10
                       | (guint64) sim->flight[i].is_repeat << 11
                       | (guint64) sim->flight[i].may_have_been << 12
                       | (guint64) sim->flight[i].was_done << 13);
  hash = mix (hash, sum);
  for (guint i = 0; i < sim->n_done; i++)
    hash = mix (hash, sim->done[i].node | (guint64) sim->done[i].outcome << 32);
  hash = mix_bytes (hash, sim->tries, n_nodes);
  hash = mix_bytes (hash, sim->durable_tries, n_nodes);
  hash = mix_bytes (hash, sim->may_be, n_nodes);
  hash = mix_bytes (hash, sim->is_done, n_nodes);
  return mix_bytes (hash, sim->is_excused, n_nodes);
}

char *
sim_dup_story (const Sim *sim)
{
  static const char *const acts[]
      = { "go",     "end",     "time",   "crash",  "suspend", "cancel", "keep", "go-on",
          "resume", "present", "absent", "unsure", "resolve", "refuse", "undo" };
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < MIN (sim->n_events, SIM_EVENTS); i++)
    {
      g_string_append_printf (text, "%s%s", i > 0 ? " " : "", acts[sim->events[i].act]);
      if (sim->events[i].act != SIM_GO)
        g_string_append_printf (text, ":%u.%u", sim->events[i].which, sim->events[i].how);
    }
  return g_string_free (text, FALSE);
}
