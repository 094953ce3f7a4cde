/* SPDX-License-Identifier: Apache-2.0 */
/* Making plans: the passes of the compiler in their order. */
#include "engine/plan/block.h"
#include <backflow/engine/plan/checks_inputs.h>

#include "engine/plan/checks.h"
#include "engine/plan/deciders.h"
#include "engine/plan/edges.h"
#include "engine/plan/layout.h"
#include "engine/plan/scopes.h"
#include "engine/plan/symbols.h"

#include <stdlib.h>

static void
compiler_clear (Compiler *compiler)
{
  for (guint32 i = 0; compiler->inferred != NULL && i < compiler->plan->n_flows; i++)
    if (compiler->inferred[i] != NULL)
      g_array_unref (compiler->inferred[i]);
  g_clear_pointer (&compiler->inferred, g_free);
  g_clear_pointer (&compiler->outer_scopes, g_hash_table_unref);
}

static int
compare_priorities (gconstpointer a, gconstpointer b, gpointer data)
{
  const Plan *plan = data;
  guint32 first = *(const guint32 *) a;
  guint32 second = *(const guint32 *) b;
  int first_priority = plan_is_atom (plan, first) ? plan_atom (plan, first)->priority : 0;
  int second_priority = plan_is_atom (plan, second) ? plan_atom (plan, second)->priority : 0;

  if (first_priority != second_priority)
    return first_priority > second_priority ? -1 : 1;
  return first < second ? -1 : first > second;
}

/* The order among atoms that are ready at the same time: priority, then definition. */
static void
rank_nodes (Plan *plan)
{
  plan->ranks = block_new_array (guint32, plan->n_nodes);
  plan->by_rank = block_new_array (guint32, plan->n_nodes);
  for (guint32 node = 0; node < plan->n_nodes; node++)
    plan->by_rank[node] = node;
  g_qsort_with_data (plan->by_rank, (int) plan->n_nodes, sizeof *plan->by_rank, compare_priorities,
                     plan);
  for (guint32 rank = 0; rank < plan->n_nodes; rank++)
    plan->ranks[plan->by_rank[rank]] = rank;
}

/* Lays out and binds the flow without what `excluded` names. */
static Plan *
plan_new_bound (Compiler *compiler, Flow *flow)
{
  compiler->plan = g_new0 (Plan, 1);
  compiler->plan->root = flow_ref (flow);
  compiler->plan->inputs = g_ptr_array_new ();
  compiler_lay_out (compiler, flow);
  if (compiler->has_symbols)
    {
      compiler_collect_symbols (compiler);
      if (compiler->has_deciders)
        compiler_collect_deciders (compiler);
      compiler_sort_providers (compiler);
      compiler_init_scopes (compiler);
      compiler_bind_arguments (compiler);
      compiler_bind_deciders (compiler);
      compiler_list_inputs (compiler);
    }
  return compiler->plan;
}

/* Adds the members of a targeted flow that the target does not depend on to `excluded`. */
static void
exclude_from (const Compiler *compiler, guint32 number, GHashTable *excluded)
{
  const Flow *flow = compiler->plan->flows[number].flow;
  const GArray *inferred = compiler->inferred != NULL ? compiler->inferred[number] : NULL;
  guint n_inferred = inferred != NULL ? inferred->len : 0;
  g_autofree guint8 *needed = g_new0 (guint8, flow->n_members);
  gboolean grows = TRUE;

  needed[flow->target] = TRUE;
  while (grows)
    {
      grows = FALSE;
      /* From the last to the first: links mostly lead from earlier to later members, so few rounds
       * are enough. */
      for (guint i = flow->n_edges + n_inferred; i-- > 0;)
        {
          FlowEdge edge = i < flow->n_edges ? flow->edges[i]
                                            : g_array_index (inferred, FlowEdge, i - flow->n_edges);

          if (needed[edge.to] && !needed[edge.from])
            {
              needed[edge.from] = TRUE;
              grows = TRUE;
            }
        }
    }
  for (guint i = 0; i < flow->n_members; i++)
    if (!needed[i])
      g_hash_table_add (excluded, flow->members[i]);
}

/* What the targets of the plan's flows leave out (nullable). Returns: (transfer full). */
static GHashTable *
find_excluded (const Compiler *compiler)
{
  GHashTable *excluded = NULL;

  for (guint32 i = 0; i < compiler->plan->n_flows; i++)
    if (compiler->plan->flows[i].flow->target != FLOW_NO_TARGET)
      {
        if (excluded == NULL)
          excluded = g_hash_table_new (NULL, NULL);
        exclude_from (compiler, i, excluded);
      }
  return excluded;
}

Plan *
plan_new (Flow *flow, Diagnostics *diagnostics)
{
  g_autoptr (GHashTable) excluded = NULL;
  Compiler compiler = { .diagnostics = diagnostics };
  guint errors = diagnostics_get_n_errors (diagnostics);
  gboolean is_fine;
  Plan *plan;

  g_return_val_if_fail (flow != NULL && diagnostics != NULL, NULL);
  plan = plan_new_bound (&compiler, flow);
  excluded = find_excluded (&compiler);
  if (excluded != NULL && diagnostics_get_n_errors (diagnostics) == errors)
    {
      compiler_clear (&compiler);
      plan_free (plan);
      compiler = (Compiler){ .diagnostics = diagnostics, .excluded = excluded };
      plan = plan_new_bound (&compiler, flow);
    }
  compiler_check_deciders (&compiler);
  is_fine = compiler_link (&compiler) && diagnostics_get_n_errors (diagnostics) == errors;
  if (is_fine && compiler.has_priorities)
    rank_nodes (plan);
  if (is_fine && compiler.has_symbols)
    checks_warn (plan, diagnostics);
  g_ptr_array_add (plan->inputs, NULL);
  compiler_clear (&compiler);
  if (is_fine)
    return plan;
  plan_free (plan);
  return NULL;
}

void
plan_find_mistakes (Flow *flow, const char *const *given, Diagnostics *diagnostics)
{
  Compiler compiler = { .diagnostics = diagnostics };
  Plan *plan;

  g_return_if_fail (flow != NULL && diagnostics != NULL);
  plan = plan_new_bound (&compiler, flow);
  if (compiler_link (&compiler))
    plan_check_inputs (plan, given, diagnostics);
  g_ptr_array_add (plan->inputs, NULL);
  compiler_clear (&compiler);
  plan_free (plan);
}
