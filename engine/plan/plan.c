/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at plans. */
#include "engine/plan/plan_private.h"

#include "engine/plan/block.h"
#include "engine/plan/ready.h"

static void
free_deciders (Plan *plan)
{
  g_clear_pointer (&plan->expressions, g_hash_table_unref);
  g_free (plan->deciders);
  g_free (plan->decider_arguments);
}

void
plan_free (Plan *plan)
{
  if (plan == NULL)
    return;
  block_free_array (guint8, plan->kinds, plan->n_nodes);
  block_free_array (FlowMember *, plan->members, plan->n_nodes);
  block_free_array (guint32, plan->successor_offsets, (gsize) plan->n_nodes + 2);
  block_free_array (guint32, plan->predecessor_offsets, (gsize) plan->n_nodes + 2);
  block_free_array (guint32, plan->successors, MAX (plan->n_edges, 1));
  block_free_array (guint32, plan->predecessors, MAX (plan->n_edges, 1));
  block_free_array (guint32, plan->retries, plan->n_nodes);
  block_free_array (guint32, plan->argument_offsets, (gsize) plan->n_nodes + 1);
  block_free_array (guint32, plan->ranks, plan->n_nodes);
  block_free_array (guint32, plan->by_rank, plan->n_nodes);
  free_deciders (plan);
  g_free (plan->controllers);
  g_free (plan->flows);
  g_free (plan->arguments);
  g_free (plan->provider_offsets);
  g_free (plan->providers);
  g_clear_pointer (&plan->scopes, g_array_unref);
  g_clear_pointer (&plan->symbols, g_ptr_array_unref);
  g_clear_pointer (&plan->inputs, g_ptr_array_unref);
  if (plan->symbol_numbers.slots != NULL)
    name_table_clear (&plan->symbol_numbers);
  if (plan->atoms.slots != NULL)
    name_table_clear (&plan->atoms);
  flow_unref (plan->root);
  g_free (plan);
}

guint32
plan_get_n_nodes (const Plan *plan)
{
  return plan->n_nodes;
}

PlanNodeKind
plan_get_kind (const Plan *plan, guint32 node)
{
  g_return_val_if_fail (node < plan->n_nodes, PLAN_NODE_FLOW);
  return (PlanNodeKind) plan->kinds[node];
}

Atom *
plan_get_atom (const Plan *plan, guint32 node)
{
  g_return_val_if_fail (node < plan->n_nodes, NULL);
  return plan_is_atom (plan, node) ? plan_atom (plan, node) : NULL;
}

Flow *
plan_get_flow (const Plan *plan, guint32 node)
{
  g_return_val_if_fail (node < plan->n_nodes, NULL);
  if (plan_is_atom (plan, node))
    return plan->members[node]->owner;
  return (Flow *) (gpointer) plan->members[node];
}

char *
plan_dup_name (const Plan *plan, guint32 node)
{
  g_return_val_if_fail (node < plan->n_nodes, NULL);
  if (plan_is_atom (plan, node))
    return g_strdup (plan_atom (plan, node)->name);
  return g_strconcat (plan_get_flow (plan, node)->name,
                      plan->kinds[node] == PLAN_NODE_FLOW_END ? "[$]" : NULL, NULL);
}

guint32
plan_find_flow (const Plan *plan, guint32 node)
{
  guint32 low = 0;
  guint32 high = plan->n_flows;

  while (high - low > 1)
    {
      guint32 middle = low + (high - low) / 2;

      if (plan->flows[middle].entry <= node)
        low = middle;
      else
        high = middle;
    }
  return low;
}

guint32
plan_find_flow_around (const Plan *plan, guint32 node)
{
  guint32 flow = plan_find_flow (plan, node);

  while (plan->flows[flow].end < node)
    flow = plan->flows[flow].parent;
  return flow;
}

/* The first decider whose node is at least `node`. */
static guint32
decider_at (const Plan *plan, guint32 node)
{
  guint32 low = 0;
  guint32 high = plan->n_deciders;

  while (low < high)
    {
      guint32 middle = low + (high - low) / 2;

      if (plan->deciders[middle].node < node)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

const PlanDecider *
plan_find_deciders (const Plan *plan, guint32 node, guint *count)
{
  guint32 first = decider_at (plan, node);
  guint32 end = first;

  while (end < plan->n_deciders && plan->deciders[end].node == node)
    end++;
  *count = end - first;
  return *count > 0 ? &plan->deciders[first] : NULL;
}

guint32
plan_find_controller (const Plan *plan, guint32 node)
{
  guint32 low = 0;
  guint32 high = plan->n_controllers;

  while (high - low > 1)
    {
      guint32 middle = low + (high - low) / 2;

      if (plan->controllers[middle].node <= node)
        low = middle;
      else
        high = middle;
    }
  return low;
}

guint32
plan_get_flow_end (const Plan *plan, guint32 node)
{
  g_return_val_if_fail (node < plan->n_nodes && plan->kinds[node] == PLAN_NODE_FLOW, PLAN_NO_NODE);
  return plan->flows[plan_find_flow (plan, node)].end;
}

guint32
plan_get_retry (const Plan *plan, guint32 node)
{
  g_return_val_if_fail (node < plan->n_nodes, PLAN_NO_NODE);
  return plan->retries != NULL ? plan->retries[node] : PLAN_NO_NODE;
}

const guint32 *
plan_get_successors (const Plan *plan, guint32 node, guint *count)
{
  g_return_val_if_fail (node < plan->n_nodes, NULL);
  *count = plan->successor_offsets[node + 1] - plan->successor_offsets[node];
  return plan->successors + plan->successor_offsets[node];
}

const guint32 *
plan_get_predecessors (const Plan *plan, guint32 node, guint *count)
{
  g_return_val_if_fail (node < plan->n_nodes, NULL);
  *count = plan->predecessor_offsets[node + 1] - plan->predecessor_offsets[node];
  return plan->predecessors + plan->predecessor_offsets[node];
}

guint32
plan_find_atom (const Plan *plan, const char *name)
{
  g_return_val_if_fail (name != NULL, PLAN_NO_NODE);
  return name_table_find (&plan->atoms, atom_hash_name (name), name);
}

const PlanArgument *
plan_get_bindings (const Plan *plan, guint32 node, AtomAction action, guint *count)
{
  guint n_execute;
  guint32 first;

  *count = 0;
  if (plan->argument_offsets == NULL)
    return NULL;
  first = plan->argument_offsets[node];
  (void) atom_get_arguments (plan_atom (plan, node), ATOM_ACTION_EXECUTE, &n_execute);
  if (action == ATOM_ACTION_EXECUTE || plan_atom (plan, node)->extra == NULL
      || plan_atom (plan, node)->extra->revert_arguments == NULL)
    *count = n_execute;
  else
    {
      first += n_execute;
      *count = plan->argument_offsets[node + 1] - first;
    }
  return *count > 0 ? plan->arguments + first : NULL;
}

guint
plan_get_providers (const Plan *plan, guint32 node, AtomAction action, guint index,
                    PlanProvider *providers, guint max)
{
  guint count;
  guint written = 0;
  const PlanArgument *bindings = plan_get_bindings (plan, node, action, &count);
  gboolean is_outer = FALSE;

  g_return_val_if_fail (index < count, 0);
  if (bindings[index].is_own)
    return 0;
  for (guint32 at = bindings[index].scope; at != 0;)
    {
      const PlanScope *scope = &g_array_index (plan->scopes, PlanScope, at);

      for (guint32 i = scope->high; i-- > scope->low && written < max;)
        providers[written++] = (PlanProvider){ plan->providers[i].node, is_outer };
      is_outer |= scope->is_level;
      at = scope->next;
    }
  return written;
}

/* Counts a node as done and puts what is ready then into the set; ends and entries are done at
 * once. */
static void
release (const Plan *plan, guint32 node, guint32 *hold, GArray *stack, ReadySet *ready)
{
  g_array_append_val (stack, node);
  while (stack->len > 0)
    {
      guint count;
      const guint32 *successors;

      node = g_array_index (stack, guint32, stack->len - 1);
      g_array_set_size (stack, stack->len - 1);
      successors = plan_get_successors (plan, node, &count);
      for (guint i = 0; i < count; i++)
        if (--hold[successors[i]] > 0)
          continue;
        else if (plan_is_atom (plan, successors[i]))
          ready_insert (ready, plan->ranks != NULL ? plan->ranks[successors[i]] : successors[i]);
        else
          g_array_append_val (stack, successors[i]);
    }
}

guint32 *
plan_dup_order (const Plan *plan, guint *count)
{
  guint32 *order = g_new (guint32, MAX (plan->n_atoms, 1));
  g_autofree guint32 *hold = g_new (guint32, plan->n_nodes);
  g_autoptr (GArray) stack = g_array_new (FALSE, FALSE, sizeof (guint32));
  ReadySet ready;
  guint32 rank;

  *count = 0;
  ready_init (&ready, plan->n_nodes);
  for (guint32 node = 0; node < plan->n_nodes; node++)
    hold[node] = plan->predecessor_offsets[node + 1] - plan->predecessor_offsets[node];
  release (plan, 0, hold, stack, &ready);
  while ((rank = ready_pop_first (&ready)) != READY_NONE)
    {
      guint32 node = plan->by_rank != NULL ? plan->by_rank[rank] : rank;

      order[(*count)++] = node;
      release (plan, node, hold, stack, &ready);
    }
  ready_clear (&ready);
  return order;
}

const char *const *
plan_get_inputs (const Plan *plan)
{
  return (const char *const *) plan->inputs->pdata;
}
