/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/rollback.h"

#include <backflow/atoms/atom_options.h>

#include <string.h>

/* How a node stands to the step that is asked about. */
enum
{
  RELATION_NONE,
  RELATION_BEFORE,
  RELATION_AFTER,
};

struct Rollback
{
  const Plan *plan;
  guint32 *order;
  guint n_order;
  guint8 *relations; /* by node, of the last question */
  GArray *queue;     /* of guint32, empty between questions */
};

typedef const guint32 *(*NeighborsFunc) (const Plan *plan, guint32 node, guint *count);

Rollback *
rollback_new (const Plan *plan)
{
  Rollback *rollback = g_new0 (Rollback, 1);

  rollback->plan = plan;
  rollback->order = plan_dup_order (plan, &rollback->n_order);
  rollback->relations = g_new0 (guint8, plan_get_n_nodes (plan));
  rollback->queue = g_array_new (FALSE, FALSE, sizeof (guint32));
  return rollback;
}

void
rollback_free (Rollback *rollback)
{
  if (rollback == NULL)
    return;
  g_free (rollback->order);
  g_free (rollback->relations);
  g_array_unref (rollback->queue);
  g_free (rollback);
}

const guint32 *
rollback_get_order (const Rollback *rollback, guint *count)
{
  *count = rollback->n_order;
  return rollback->order;
}

/* Marks all that can be reached from `node`. */
static void
mark (Rollback *rollback, guint32 node, NeighborsFunc get_neighbors, guint8 relation)
{
  g_array_append_val (rollback->queue, node);
  while (rollback->queue->len > 0)
    {
      guint32 at = g_array_index (rollback->queue, guint32, rollback->queue->len - 1);
      guint count;
      const guint32 *neighbors = get_neighbors (rollback->plan, at, &count);

      g_array_set_size (rollback->queue, rollback->queue->len - 1);
      for (guint i = 0; i < count; i++)
        {
          if (rollback->relations[neighbors[i]] != RELATION_NONE)
            continue;
          rollback->relations[neighbors[i]] = relation;
          g_array_append_val (rollback->queue, neighbors[i]);
        }
    }
}

static void
append_effect (GArray *effects, const Plan *plan, guint32 node, gboolean is_certain)
{
  AtomEffects kind = atom_get_effects (plan_get_atom (plan, node));
  RollbackEffect effect = { node, is_certain, kind == ATOM_EFFECTS_IRREVERSIBLE };

  if (plan_get_kind (plan, node) == PLAN_NODE_TASK && kind != ATOM_EFFECTS_NONE)
    g_array_append_val (effects, effect);
}

GArray *
rollback_new_effects (Rollback *rollback, guint32 node)
{
  GArray *effects = g_array_new (FALSE, FALSE, sizeof (RollbackEffect));

  memset (rollback->relations, RELATION_NONE, plan_get_n_nodes (rollback->plan));
  mark (rollback, node, plan_get_predecessors, RELATION_BEFORE);
  mark (rollback, node, plan_get_successors, RELATION_AFTER);
  append_effect (effects, rollback->plan, node, TRUE);
  for (guint i = rollback->n_order; i > 0; i--)
    {
      guint32 other = rollback->order[i - 1];

      if (other != node && rollback->relations[other] != RELATION_AFTER)
        append_effect (effects, rollback->plan, other,
                       rollback->relations[other] == RELATION_BEFORE);
    }
  return effects;
}

/* A flow that begins waits for what its entry waits for: the nodes behind it take its place. */
GPtrArray *
rollback_new_dependencies (const Rollback *rollback, guint32 node)
{
  const Plan *plan = rollback->plan;
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) waiting = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  g_array_append_val (waiting, node);
  while (waiting->len > 0)
    {
      guint32 at = g_array_index (waiting, guint32, waiting->len - 1);
      guint count;
      const guint32 *before = plan_get_predecessors (plan, at, &count);

      g_array_set_size (waiting, waiting->len - 1);
      for (guint i = 0; i < count; i++)
        {
          /* A pair may be linked more than once. */
          if (!g_hash_table_add (seen, GUINT_TO_POINTER (before[i])))
            continue;
          if (plan_get_kind (plan, before[i]) == PLAN_NODE_FLOW)
            g_array_append_val (waiting, before[i]);
          else if (plan_get_kind (plan, before[i]) == PLAN_NODE_FLOW_END)
            g_ptr_array_add (
                names,
                g_strdup_printf ("flow %s", flow_get_name (plan_get_flow (plan, before[i]))));
          else
            g_ptr_array_add (names, plan_dup_name (plan, before[i]));
        }
    }
  return names;
}
