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

/* Adds what helps to somebody who lacks the symbol. reader: (nullable) the atom that reads it. */
static void
help_missing (const Plan *plan, guint32 symbol, const Atom *reader, const char *const *given,
              Diagnostics *diagnostics)
{
  const Atom *provider = find_unseen_provider (plan, symbol);
  g_autoptr (GPtrArray) known = g_ptr_array_new ();
  const char *nearest;

  if (provider != NULL)
    {
      diagnostics_add_help (diagnostics,
                            provider == reader ? "'%s' provides it itself"
                                               : "'%s' provides it, but is not before it",
                            provider->name);
      return;
    }
  for (guint i = 0; given != NULL && given[i] != NULL; i++)
    g_ptr_array_add (known, (gpointer) (guintptr) given[i]);
  for (guint32 i = 0; i < plan->symbols->len; i++)
    if (find_unseen_provider (plan, i) != NULL)
      g_ptr_array_add (known, plan->symbols->pdata[i]);
  nearest = spelling_find_nearest (plan->symbols->pdata[symbol], (const char *const *) known->pdata,
                                   known->len);
  if (nearest != NULL)
    diagnostics_add_help (diagnostics, "did you mean '%s'?", nearest);
}

static void
report_missing (const Plan *plan, const Atom *atom, const AtomArgument *argument, guint32 symbol,
                const char *const *given, Diagnostics *diagnostics)
{
  diagnostics_add (diagnostics, DIAGNOSTIC_ERROR, "missing-symbol",
                   argument->mark != NULL ? argument->mark : atom_get_mark (atom),
                   "no step before '%s' and no input provides '%s'", atom->name, argument->symbol);
  help_missing (plan, symbol, atom, given, diagnostics);
}

/* Conditions read symbols as atoms do. */
static void
check_decider (const Plan *plan, const PlanDecider *decider, const guint8 *is_given,
               const char *const *given, Diagnostics *diagnostics)
{
  for (guint32 i = 0; i < decider->n_arguments; i++)
    {
      const PlanArgument *argument = &plan->decider_arguments[decider->argument + i];
      const Atom *reader
          = plan_is_atom (plan, decider->node) ? plan_atom (plan, decider->node) : NULL;
      SourceMark mark = plan_mark_decider (plan, decider, i);
      g_autofree char *name = NULL;

      if (argument->scope != 0 || is_given[argument->symbol])
        continue;
      name = plan_describe_decider (plan, decider);
      diagnostics_add (diagnostics, DIAGNOSTIC_ERROR, "missing-symbol", &mark,
                       "%s reads '%s', which no step before it and no input provides", name,
                       (const char *) plan->symbols->pdata[argument->symbol]);
      help_missing (plan, argument->symbol, reader, given, diagnostics);
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
check_action (const Plan *plan, guint32 node, AtomAction action, const guint8 *is_given,
              const char *const *given, Diagnostics *diagnostics)
{
  guint count;
  guint n_declared;
  const PlanArgument *bindings = plan_get_bindings (plan, node, action, &count);
  const AtomArgument *declared = atom_get_arguments (plan_atom (plan, node), action, &n_declared);

  for (guint i = 0; i < count; i++)
    if (is_missing (&bindings[i], is_given)
        && !(action == ATOM_ACTION_REVERT
             && checks_has_provider_elsewhere (plan, node, &bindings[i])))
      report_missing (plan, plan_atom (plan, node), &declared[i], bindings[i].symbol, given,
                      diagnostics);
}

static void
check_node (const Plan *plan, guint32 node, const guint8 *is_given, const char *const *given,
            Diagnostics *diagnostics)
{
  const Atom *atom = plan_atom (plan, node);

  check_action (plan, node, ATOM_ACTION_EXECUTE, is_given, given, diagnostics);
  if (atom->extra != NULL && atom->extra->revert_arguments != NULL)
    check_action (plan, node, ATOM_ACTION_REVERT, is_given, given, diagnostics);
}

gboolean
plan_check_inputs (const Plan *plan, const char *const *given, Diagnostics *diagnostics)
{
  guint errors = diagnostics_get_n_errors (diagnostics);
  g_autofree guint8 *is_given = NULL;

  if (plan->argument_offsets == NULL)
    return TRUE;
  is_given = g_new0 (guint8, plan->symbols->len + 1);
  for (guint i = 0; given != NULL && given[i] != NULL; i++)
    {
      guint32 symbol = name_table_find (&plan->symbol_numbers, atom_hash_name (given[i]), given[i]);

      if (symbol != NAME_NONE)
        is_given[symbol] = TRUE;
    }
  for (guint32 node = 0; node < plan->n_nodes; node++)
    if (plan->argument_offsets[node] != plan->argument_offsets[node + 1])
      check_node (plan, node, is_given, given, diagnostics);
  for (guint32 i = 0; i < plan->n_deciders; i++)
    check_decider (plan, &plan->deciders[i], is_given, given, diagnostics);
  checks_find_lost_arguments (plan, is_given, diagnostics);
  return diagnostics_get_n_errors (diagnostics) == errors;
}
