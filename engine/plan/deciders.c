/* SPDX-License-Identifier: Apache-2.0 */
/* The deciders of a plan: who is held back by which, and where the conditions among them read their
 * symbols: from where an atom in the place of the node that is held back would read them. A flow
 * without deciders never comes here.
 */
#include "engine/plan/deciders.h"

#include "engine/plan/decider_text.h"
#include "engine/plan/places.h"
#include "engine/plan/scopes.h"
#include "engine/plan/symbols.h"

#include <backflow/flows/expression.h>

/* -- Collecting
 * ------------------------------------------------------------------------------------- */

static void
report_text (Compiler *compiler, const PlanDecider *decider, int offset, const char *message)
{
  const char *text = decider->decider->expression;
  g_autofree char *name = plan_describe_decider (compiler->plan, decider);
  SourceMark mark = plan_mark_decider (compiler->plan, decider, G_MAXUINT32);

  diagnostics_add (compiler->diagnostics, DIAGNOSTIC_ERROR, "bad-when", &mark,
                   "%s is no condition: %s", name, message);
  if (offset >= 0)
    diagnostics_add_help (compiler->diagnostics, "in '%s', before '%s'", text, text + offset);
  else
    diagnostics_add_help (compiler->diagnostics, "in '%s'", text);
}

/* The expression of a text, made once. Returns: (nullable), borrowed; NULL with an error. */
static Expression *
find_expression (Plan *plan, const char *text, int *offset, GError **error)
{
  Expression *expression;

  if (plan->expressions == NULL)
    plan->expressions
        = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) expression_free);
  expression = g_hash_table_lookup (plan->expressions, text);
  if (expression != NULL)
    return expression;
  expression = expression_new (text, offset, error);
  if (expression != NULL)
    g_hash_table_insert (plan->expressions, (gpointer) (guintptr) text, expression);
  return expression;
}

/* Adds a decider; one whose condition is none is reported instead. */
static void
add_decider (Compiler *compiler, GArray *deciders, PlanDecider decider)
{
  g_autoptr (GError) error = NULL;
  int offset;

  if (decider.decider->expression != NULL)
    {
      decider.expression
          = find_expression (compiler->plan, decider.decider->expression, &offset, &error);
      if (decider.expression == NULL)
        {
          report_text (compiler, &decider, offset, error->message);
          return;
        }
      decider.n_arguments
          = g_strv_length ((char **) (guintptr) expression_get_symbols (decider.expression));
    }
  decider.argument = deciders->len; /* until all are in order: the order of definition */
  g_array_append_val (deciders, decider);
}

static void
collect_of_members (Compiler *compiler, const Flow *flow, const Places *places, GArray *deciders)
{
  for (guint i = 0; flow->member_notes != NULL && i < flow->member_notes->len; i++)
    {
      const FlowNote *note = &g_array_index (flow->member_notes, FlowNote, i);
      PlanDecider decider = { .node = places_start (places, note->at),
                              .first = PLAN_NO_NODE,
                              .last = PLAN_NO_NODE,
                              .is_step = TRUE };

      decider.decider = note->decider;
      if (decider.node != PLAN_NO_NODE && decider.decider != NULL)
        add_decider (compiler, deciders, decider);
    }
}

static void
collect_of_links (Compiler *compiler, const Flow *flow, const Places *places, GArray *deciders)
{
  for (guint i = 0; flow->link_notes != NULL && i < flow->link_notes->len; i++)
    {
      const FlowNote *note = &g_array_index (flow->link_notes, FlowNote, i);
      FlowEdge edge = flow->edges[note->at];
      PlanDecider decider = { .node = places_start (places, edge.to),
                              .first = places_start (places, edge.from),
                              .last = places_last (places, edge.from) };

      decider.decider = note->decider;
      /* What a link comes from is there when what it leads to is: a target needs both or neither.
       */
      if (decider.node != PLAN_NO_NODE && decider.decider != NULL)
        add_decider (compiler, deciders, decider);
    }
}

static int
compare_deciders (gconstpointer a, gconstpointer b)
{
  const PlanDecider *first = a;
  const PlanDecider *second = b;

  if (first->node != second->node)
    return first->node < second->node ? -1 : 1;
  if (first->first != second->first)
    return first->first < second->first ? -1 : 1;
  return first->argument < second->argument ? -1 : 1;
}

/* The arguments of all deciders, with the numbers of their symbols. */
static void
number_arguments (Compiler *compiler)
{
  Plan *plan = compiler->plan;
  g_autoptr (GArray) arguments = g_array_new (FALSE, FALSE, sizeof (PlanArgument));

  for (guint32 i = 0; i < plan->n_deciders; i++)
    {
      PlanDecider *decider = &plan->deciders[i];
      const char *const *symbols
          = decider->expression != NULL ? expression_get_symbols (decider->expression) : NULL;

      decider->argument = arguments->len;
      for (guint32 at = 0; at < decider->n_arguments; at++)
        {
          PlanArgument argument = { .symbol = compiler_intern (compiler, symbols[at]) };

          g_array_append_val (arguments, argument);
        }
    }
  plan->decider_arguments
      = (PlanArgument *) (gpointer) g_array_free (g_steal_pointer (&arguments), FALSE);
}

void
compiler_collect_deciders (Compiler *compiler)
{
  Plan *plan = compiler->plan;
  GArray *deciders = g_array_new (FALSE, FALSE, sizeof (PlanDecider));

  for (guint32 i = 0; i < plan->n_flows; i++)
    {
      const Flow *flow = plan->flows[i].flow;
      Places places;

      if (flow->member_notes == NULL && flow->link_notes == NULL)
        continue;
      places_init (&places, plan, &plan->flows[i]);
      collect_of_members (compiler, flow, &places, deciders);
      collect_of_links (compiler, flow, &places, deciders);
      places_clear (&places);
    }
  g_array_sort (deciders, compare_deciders);
  plan->n_deciders = deciders->len;
  plan->deciders = (PlanDecider *) (gpointer) g_array_free (deciders, plan->n_deciders == 0);
  if (plan->n_deciders > 0)
    number_arguments (compiler);
}

void
compiler_bind_deciders (Compiler *compiler)
{
  const Plan *plan = compiler->plan;

  for (guint32 i = 0; i < plan->n_deciders; i++)
    for (guint32 at = 0; at < plan->deciders[i].n_arguments; at++)
      plan->decider_arguments[plan->deciders[i].argument + at].scope
          = compiler_find_scope (compiler, &plan->deciders[i], at);
}

/* -- Checking
 * --------------------------------------------------------------------------------------- */

static void
warn_of_constant (Compiler *compiler, const PlanDecider *decider, gboolean verdict)
{
  g_autofree char *name = plan_describe_decider (compiler->plan, decider);
  g_autofree char *node = plan_dup_name (compiler->plan, decider->node);
  SourceMark mark = plan_mark_decider (compiler->plan, decider, G_MAXUINT32);

  if (!verdict)
    diagnostics_add (compiler->diagnostics, DIAGNOSTIC_WARNING, "unreachable-when", &mark,
                     "%s is always false: '%s' never runs", name, node);
  else
    diagnostics_add (compiler->diagnostics, DIAGNOSTIC_WARNING, "unreachable-when", &mark,
                     "%s is always true: it decides nothing", name);
  diagnostics_add_help (compiler->diagnostics, "it reads no symbol");
}

void
compiler_check_deciders (Compiler *compiler)
{
  const Plan *plan = compiler->plan;

  for (guint32 i = 0; i < plan->n_deciders; i++)
    {
      const PlanDecider *decider = &plan->deciders[i];
      g_autoptr (GError) error = NULL;
      gboolean verdict;

      if (decider->expression == NULL || decider->n_arguments > 0)
        continue;
      if (expression_evaluate (decider->expression, NULL, &verdict, &error))
        warn_of_constant (compiler, decider, verdict);
      else
        report_text (compiler, decider, -1, error->message);
    }
}
