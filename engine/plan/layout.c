/* SPDX-License-Identifier: Apache-2.0 */
/* The first pass of the compiler: numbers nodes in depth-first order, so that a subflow is a
 * contiguous range, and finds atoms with the same name. It walks with a stack of its own, however
 * deep the nest.
 */
#include "engine/plan/layout.h"

#include "engine/plan/block.h"

#include "atoms/retry_private.h"

/* How many atoms ahead the slot of a name is asked for. */
#define PREFETCH_DISTANCE 16u

/* A flow that is being numbered: its number, and the position of the next member. */
typedef struct
{
  guint32 number;
  guint32 next;
} Frame;

static const char *
name_of_node (gconstpointer data, guint32 node)
{
  return plan_atom (data, node)->name;
}

static gboolean
is_excluded (const Compiler *compiler, const FlowMember *member)
{
  return compiler->excluded != NULL && g_hash_table_contains (compiler->excluded, member);
}

/* Counts nodes, atoms and flows of the tree, targets not considered: an upper bound for the arrays.
 */
static void
count_nodes (Flow *root, Plan *plan)
{
  g_autoptr (GPtrArray) flows = g_ptr_array_new ();

  g_ptr_array_add (flows, root);
  for (guint i = 0; i < flows->len; i++)
    {
      const Flow *flow = flows->pdata[i];
      guint left = flow->n_flows;

      plan->n_atoms += flow->n_members - flow->n_flows + (flow->retry != NULL);
      for (guint at = 0; left > 0; at++)
        if (flow->members[at]->is_flow)
          {
            g_ptr_array_add (flows, flow->members[at]);
            left--;
          }
    }
  plan->n_flows = flows->len;
  plan->n_nodes = plan->n_atoms + 2 * flows->len;
}

/* Places an atom at the next node. */
static void
place_atom (Plan *plan, Atom *atom)
{
  plan->kinds[plan->n_nodes]
      = atom->member.kind == ATOM_KIND_RETRY ? PLAN_NODE_RETRY : PLAN_NODE_TASK;
  plan->members[plan->n_nodes++] = &atom->member;
  plan->n_atoms++;
}

/* Whether a step or a link of the flow has a decider; links of files have notes without one. */
static gboolean
has_deciders (const Flow *flow)
{
  for (guint i = 0; flow->link_notes != NULL && i < flow->link_notes->len; i++)
    if (g_array_index (flow->link_notes, FlowNote, i).decider != NULL)
      return TRUE;
  return flow->member_notes != NULL;
}

/* Places the entry of a flow, and its retry, and remembers that its members come next. */
static void
open_flow (Compiler *compiler, Flow *flow, GArray *stack)
{
  Plan *plan = compiler->plan;
  guint32 parent
      = stack->len > 0 ? g_array_index (stack, Frame, stack->len - 1).number : PLAN_NO_NODE;
  Frame frame = { plan->n_flows, 0 };

  plan->flows[plan->n_flows++] = (PlanFlow){ flow, plan->n_nodes, 0, parent };
  plan->kinds[plan->n_nodes] = PLAN_NODE_FLOW;
  plan->members[plan->n_nodes++] = &flow->member;
  if (flow->retry != NULL)
    {
      plan->n_controllers++;
      place_atom (plan, flow->retry);
    }
  compiler->has_deciders |= has_deciders (flow);
  g_array_append_val (stack, frame);
}

static void
close_flow (Plan *plan, GArray *stack)
{
  PlanFlow *flow = &plan->flows[g_array_index (stack, Frame, stack->len - 1).number];

  flow->end = plan->n_nodes;
  plan->kinds[plan->n_nodes] = PLAN_NODE_FLOW_END;
  plan->members[plan->n_nodes++] = &flow->flow->member;
  g_array_set_size (stack, stack->len - 1);
}

/* Places members of the innermost flow until the next subflow, or closes the flow. */
static void
place_members (Compiler *compiler, GArray *stack)
{
  Plan *plan = compiler->plan;
  Frame *frame = &g_array_index (stack, Frame, stack->len - 1);
  const Flow *flow = plan->flows[frame->number].flow;

  while (frame->next < flow->n_members)
    {
      FlowMember *member = flow->members[frame->next++];

      if (is_excluded (compiler, member))
        continue;
      if (member->is_flow)
        {
          open_flow (compiler, (Flow *) (gpointer) member, stack);
          return;
        }
      place_atom (plan, (Atom *) (gpointer) member);
    }
  close_flow (plan, stack);
}

static void
report_duplicate (Compiler *compiler, guint32 node, guint32 first)
{
  const Atom *atom = plan_atom (compiler->plan, node);
  const SourceMark *before = atom_get_mark (plan_atom (compiler->plan, first));

  diagnostics_add (compiler->diagnostics, DIAGNOSTIC_ERROR, "duplicate-name", atom_get_mark (atom),
                   "there are two atoms named '%s'", atom->name);
  if (before != NULL && before->line > 0)
    diagnostics_add_help (compiler->diagnostics, "the first one is in line %u", before->line);
}

/* One walk over all atoms: their names, and whether the later passes have anything to do. */
static void
index_atoms (Compiler *compiler)
{
  Plan *plan = compiler->plan;

  name_table_init (&plan->atoms, plan->n_atoms, name_of_node, plan);
  for (guint32 node = 0; node < plan->n_nodes; node++)
    {
      const Atom *atom = plan_atom (plan, node);
      guint32 ahead = node + PREFETCH_DISTANCE;
      guint32 found;

      if (ahead < plan->n_nodes)
        name_table_prefetch (&plan->atoms, plan->members[ahead]->name_hash);
      if (!plan_is_atom (plan, node))
        continue;
      found = name_table_add (&plan->atoms, atom->member.name_hash, atom->name, node);
      if (found != node)
        report_duplicate (compiler, node, found);
      compiler->has_symbols |= atom->extra != NULL;
      compiler->has_priorities |= atom->priority != 0;
    }
}

/* The retry that governs each node: that of the innermost flow with one; a flow's own nodes but its
 * entry and its retry are in it. One walk, however deep the nest. */
static void
govern (Plan *plan)
{
  guint32 retry = PLAN_NO_NODE; /* that governs here */
  guint32 opened = 0;           /* flows whose entry was passed */
  guint32 number = 0;           /* of the innermost flow */
  guint32 n_found = 0;
  g_autofree guint32 *outside
      = g_new (guint32, plan->n_flows); /* by flow: the retry that governs around it */

  plan->retries = block_new_array (guint32, plan->n_nodes);
  plan->controllers = g_new0 (PlanRetry, plan->n_controllers);
  for (guint32 node = 0; node < plan->n_nodes; node++)
    {
      plan->retries[node] = retry;
      if (plan->kinds[node] == PLAN_NODE_FLOW)
        {
          number = opened++;
          outside[number] = retry;
        }
      else if (plan->kinds[node] == PLAN_NODE_RETRY)
        {
          plan->controllers[n_found++]
              = (PlanRetry){ node, plan->flows[number].end, retry, number };
          retry = node;
        }
      else if (plan->kinds[node] == PLAN_NODE_FLOW_END)
        {
          retry = outside[number];
          number = plan->flows[number].parent;
        }
    }
}

void
compiler_lay_out (Compiler *compiler, Flow *root)
{
  Plan *plan = compiler->plan;
  g_autoptr (GArray) stack = g_array_new (FALSE, FALSE, sizeof (Frame));

  count_nodes (root, plan);
  plan->kinds = block_new_array (guint8, plan->n_nodes);
  plan->members = block_new_array (FlowMember *, plan->n_nodes);
  plan->flows = g_new0 (PlanFlow, plan->n_flows);
  plan->n_nodes = plan->n_flows = plan->n_atoms = plan->n_controllers = 0;
  open_flow (compiler, root, stack);
  while (stack->len > 0)
    place_members (compiler, stack);
  index_atoms (compiler);
  compiler->has_symbols |= compiler->has_deciders;
  plan->has_retries = plan->n_controllers > 0;
  if (plan->has_retries)
    govern (plan);
}
