/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments that may be lost: for every prefix of an execution, what a revert needs is there when
 * it starts. It agrees with binding.c.
 *
 * A revert gets a value from who came before its atom, because only those have succeeded when the
 * atom begins and are reverted after it. All that a scope holds comes before its reader, so a
 * provider is missing only when a decider has ignored it; and then another one that was not ignored
 * serves as well. An execute that misses an argument is never called, and then there is nothing to
 * revert: so only arguments that a revert has of its own can be lost.
 */
#include "engine/plan/checks_reverts.h"

#include "engine/plan/checks_ignored.h"

typedef struct
{
  const Plan *plan;
  const guint8 *is_given;
  Diagnostics *diagnostics;
  Ignored ignored;
  guint32 *n_certain; /* (nullable) by place in Plan.providers: how many before it are never ignored
                         alone */
} Search;

static const SourceMark *
mark_of (const Atom *atom, const AtomArgument *argument)
{
  return argument->mark != NULL ? argument->mark : atom_get_mark (atom);
}

gboolean
checks_has_provider_elsewhere (const Plan *plan, guint32 node, const PlanArgument *argument)
{
  const Atom *atom = plan_atom (plan, node);

  return argument->scope == 0
         && plan->provider_offsets[argument->symbol] != plan->provider_offsets[argument->symbol + 1]
         && atom_has_revert (atom) && atom->extra->revert_arguments != NULL;
}

static void
report_elsewhere (const Search *search, const Atom *atom, const AtomArgument *declared,
                  const PlanArgument *argument)
{
  const Plan *plan = search->plan;
  const char *provider
      = plan_atom (plan, plan->providers[plan->provider_offsets[argument->symbol]].node)->name;

  diagnostics_add (
      search->diagnostics, DIAGNOSTIC_ERROR, "revert-path", mark_of (atom, declared),
      "the revert of '%s' requires '%s', but '%s', which provides it, does not come before '%s'",
      atom->name, declared->symbol, provider, atom->name);
  diagnostics_add_help (search->diagnostics,
                        "'%s' may not have run yet, or be reverted already, when '%s' is reverted",
                        provider, atom->name);
}

/* The decider because of which the nearest provider of a scope may be missing when all of them may
 * be (nullable). */
static const PlanDecider *
find_loss (const Search *search, guint32 reader, AtomAction action, guint32 at, guint32 *provider)
{
  const Plan *plan = search->plan;
  guint32 providers[IGNORED_PROVIDERS_MAX];
  guint count = 0;
  const PlanDecider *decider;

  for (const PlanScope *scope; at != 0; at = scope->next)
    {
      scope = &g_array_index (plan->scopes, PlanScope, at);
      if (search->n_certain[scope->high] > search->n_certain[scope->low])
        return NULL;
      for (guint32 i = scope->high; i-- > scope->low && count < IGNORED_PROVIDERS_MAX;)
        providers[count++] = plan->providers[i].node;
    }
  decider = ignored_find_loss (&search->ignored, providers, count, reader,
                               action == ATOM_ACTION_REVERT ? search->is_given : NULL);
  if (decider != NULL)
    *provider = providers[0];
  return decider;
}

/* What may be done about an argument that may be missing. */
static void
help_loss (const Search *search, const Atom *atom, gboolean is_of_revert,
           const PlanDecider *decider)
{
  g_autofree char *held = plan_dup_name (search->plan, decider->node);

  if (decider->decider->is_strict && decider->decider->expression != NULL)
    diagnostics_add_help (search->diagnostics,
                          "%sgive '%s' the same 'when', or '%s' a 'depth', such as 'depth: all'",
                          is_of_revert ? "" : "take it as 'optional', ", atom->name, held);
  else
    diagnostics_add_help (search->diagnostics,
                          "%slet the 'when' of '%s' reach '%s' with 'depth: all'",
                          is_of_revert ? "" : "take it as 'optional', or ", held, atom->name);
}

static void
report_loss (const Search *search, const Atom *atom, AtomAction action,
             const AtomArgument *argument, guint32 provider, const PlanDecider *decider)
{
  const Plan *plan = search->plan;
  gboolean is_of_revert = action == ATOM_ACTION_REVERT;
  const char *missing = plan_atom (plan, provider)->name;

  diagnostics_add (
      search->diagnostics,
      is_of_revert || decider->decider->is_strict ? DIAGNOSTIC_ERROR : DIAGNOSTIC_WARNING,
      is_of_revert ? "revert-path" : "may-be-missing", mark_of (atom, argument),
      "%s'%s' requires '%s', but '%s', which provides it, may be ignored when '%s' is not",
      is_of_revert ? "the revert of " : "", atom->name, argument->symbol, missing, atom->name);
  help_loss (search, atom, is_of_revert, decider);
}

static void
check_arguments (const Search *search, guint32 node, AtomAction action)
{
  const Plan *plan = search->plan;
  const Atom *atom = plan_atom (plan, node);
  guint count;
  guint n_declared;
  const PlanArgument *bindings = plan_get_bindings (plan, node, action, &count);
  const AtomArgument *declared = atom_get_arguments (atom, action, &n_declared);

  for (guint i = 0; i < count; i++)
    {
      const PlanDecider *decider = NULL;
      guint32 provider = 0;

      if (bindings[i].injected != NULL || bindings[i].is_own || bindings[i].is_optional
          || search->is_given[bindings[i].symbol])
        continue;
      if (action == ATOM_ACTION_REVERT && checks_has_provider_elsewhere (plan, node, &bindings[i]))
        report_elsewhere (search, atom, &declared[i], &bindings[i]);
      else if (search->n_certain != NULL)
        decider = find_loss (search, node, action, bindings[i].scope, &provider);
      if (decider != NULL)
        report_loss (search, atom, action, &declared[i], provider, decider);
    }
}

/* Counts who is never ignored alone, so that a stretch of providers is judged in one look. */
static void
count_certain (Search *search)
{
  const Plan *plan = search->plan;

  search->n_certain = g_new (guint32, (gsize) plan->n_providers + 1);
  search->n_certain[0] = 0;
  for (guint32 i = 0; i < plan->n_providers; i++)
    search->n_certain[i + 1]
        = search->n_certain[i] + !ignored_is_possible (&search->ignored, plan->providers[i].node);
}

void
checks_find_lost_arguments (const Plan *plan, const guint8 *is_given, Diagnostics *diagnostics)
{
  Search search = { .plan = plan, .is_given = is_given, .diagnostics = diagnostics };

  if (plan->argument_offsets == NULL)
    return;
  ignored_init (&search.ignored, plan);
  if (search.ignored.offsets != NULL)
    count_certain (&search);
  for (guint32 node = 0; node < plan->n_nodes; node++)
    {
      const Atom *atom = plan_atom (plan, node);

      if (plan->argument_offsets[node] == plan->argument_offsets[node + 1])
        continue;
      if (search.n_certain != NULL)
        check_arguments (&search, node, ATOM_ACTION_EXECUTE);
      if (atom->extra->revert_arguments != NULL && atom_has_revert (atom))
        check_arguments (&search, node, ATOM_ACTION_REVERT);
    }
  g_free (search.n_certain);
  ignored_clear (&search.ignored);
}
