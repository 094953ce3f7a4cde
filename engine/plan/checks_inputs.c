/* SPDX-License-Identifier: Apache-2.0 */
/* What the run has to be given: arguments that nobody provides, with the likely spelling; then
 * those that may be lost.
 */
#include "engine/plan/checks_inputs.h"

#include "engine/plan/checks_reverts.h"
#include "engine/plan/decider_text.h"

#include <backflow/diagnostics/spelling.h>

/* The atom that provides the symbol though not where it is needed, when there is one; for the
 * message. */
static const Atom *
find_unseen_provider (const Plan *plan, guint32 symbol)
{
  guint32 first = plan->provider_offsets[symbol];

  return first < plan->provider_offsets[symbol + 1] ? plan_atom (plan, plan->providers[first].node)
                                                    : NULL;
}

/* What a check of the inputs of a plan goes by. */
typedef struct
{
  const Plan *plan;
  const char *const *given; /* (nullable) NULL-terminated: what the run is given */
  const guint8 *is_given;   /* by symbol */
  GPtrArray *known;         /* (nullable) all names that have a value; made when first needed */
  SpellingBudget budget;
  Diagnostics *diagnostics;
} InputCheck;

/* All symbols that are given or provided, borrowed. */
static const GPtrArray *
list_known (InputCheck *check)
{
  if (check->known != NULL)
    return check->known;
  check->known = g_ptr_array_new ();
  for (guint i = 0; check->given != NULL && check->given[i] != NULL; i++)
    g_ptr_array_add (check->known, (gpointer) (guintptr) check->given[i]);
  for (guint32 i = 0; i < check->plan->symbols->len; i++)
    if (find_unseen_provider (check->plan, i) != NULL)
      g_ptr_array_add (check->known, check->plan->symbols->pdata[i]);
  return check->known;
}

/* Adds help to the finding that `reader` (nullable: not an atom) lacks the symbol. */
static void
help_missing (InputCheck *check, guint32 symbol, const Atom *reader)
{
  const Atom *provider = find_unseen_provider (check->plan, symbol);
  const GPtrArray *known;
  const char *nearest;

  if (provider != NULL)
    {
      diagnostics_add_help (check->diagnostics,
                            provider == reader ? "'%s' provides it itself"
                                               : "'%s' provides it, but is not before it",
                            provider->name);
      return;
    }
  known = list_known (check);
  nearest = spelling_find_nearest_within (check->plan->symbols->pdata[symbol],
                                          (const char *const *) known->pdata, known->len,
                                          &check->budget);
  if (nearest != NULL)
    diagnostics_add_help (check->diagnostics, "did you mean '%s'?", nearest);
}

static void
report_missing (InputCheck *check, const Atom *atom, const AtomArgument *argument, guint32 symbol)
{
  diagnostics_add (check->diagnostics, DIAGNOSTIC_ERROR, "missing-symbol",
                   argument->mark != NULL ? argument->mark : atom_get_mark (atom),
                   "no step before '%s' and no input provides '%s'", atom->name, argument->symbol);
  help_missing (check, symbol, atom);
}

/* Conditions read symbols as atoms do. */
static void
check_decider (InputCheck *check, const PlanDecider *decider)
{
  const Plan *plan = check->plan;

  for (guint32 i = 0; i < decider->n_arguments; i++)
    {
      const PlanArgument *argument = &plan->decider_arguments[decider->argument + i];
      const Atom *reader
          = plan_is_atom (plan, decider->node) ? plan_atom (plan, decider->node) : NULL;
      SourceMark mark = plan_mark_decider (plan, decider, i);
      g_autofree char *name = NULL;

      if (argument->scope != 0 || check->is_given[argument->symbol])
        continue;
      name = plan_describe_decider (plan, decider);
      diagnostics_add (check->diagnostics, DIAGNOSTIC_ERROR, "missing-symbol", &mark,
                       "%s reads '%s', which no step before it and no input provides", name,
                       (const char *) plan->symbols->pdata[argument->symbol]);
      help_missing (check, argument->symbol, reader);
    }
}

/* Whether nobody and nothing has a value for the argument. */
static gboolean
is_missing (const PlanArgument *argument, const guint8 *is_given)
{
  return argument->scope == 0 && argument->injected == NULL && !argument->is_own
         && !argument->is_optional && !is_given[argument->symbol];
}

static void
check_action (InputCheck *check, guint32 node, AtomAction action)
{
  const Plan *plan = check->plan;
  guint count;
  guint n_declared;
  const PlanArgument *bindings = plan_get_bindings (plan, node, action, &count);
  const AtomArgument *declared = atom_get_arguments (plan_atom (plan, node), action, &n_declared);

  for (guint i = 0; i < count; i++)
    if (is_missing (&bindings[i], check->is_given)
        && !(action == ATOM_ACTION_REVERT
             && checks_has_provider_elsewhere (plan, node, &bindings[i])))
      report_missing (check, plan_atom (plan, node), &declared[i], bindings[i].symbol);
}

static void
check_node (InputCheck *check, guint32 node)
{
  const Atom *atom = plan_atom (check->plan, node);

  check_action (check, node, ATOM_ACTION_EXECUTE);
  if (atom->extra != NULL && atom->extra->revert_arguments != NULL)
    check_action (check, node, ATOM_ACTION_REVERT);
}

gboolean
plan_check_inputs (const Plan *plan, const char *const *given, Diagnostics *diagnostics)
{
  guint errors = diagnostics_get_n_errors (diagnostics);
  g_autofree guint8 *is_given = NULL;
  g_autoptr (GPtrArray) known = NULL;
  InputCheck check = {
    .plan = plan, .given = given, .budget = SPELLING_BUDGET_FULL, .diagnostics = diagnostics
  };

  if (plan->argument_offsets == NULL)
    return TRUE;
  is_given = g_new0 (guint8, plan->symbols->len + 1);
  for (guint i = 0; given != NULL && given[i] != NULL; i++)
    {
      guint32 symbol = name_table_find (&plan->symbol_numbers, atom_hash_name (given[i]), given[i]);

      if (symbol != NAME_NONE)
        is_given[symbol] = TRUE;
    }
  check.is_given = is_given;
  for (guint32 node = 0; node < plan->n_nodes; node++)
    if (plan->argument_offsets[node] != plan->argument_offsets[node + 1])
      check_node (&check, node);
  for (guint32 i = 0; i < plan->n_deciders; i++)
    check_decider (&check, &plan->deciders[i]);
  known = check.known;
  checks_find_lost_arguments (plan, is_given, diagnostics);
  return diagnostics_get_n_errors (diagnostics) == errors;
}
