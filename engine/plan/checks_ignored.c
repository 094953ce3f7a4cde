/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/plan/checks_ignored.h"

#include <string.h>

/* How many entries the lists may have, for each node and edge of the plan. */
#define ENTRIES_PER_PART 16u

/* How often a search for deciders that say no together goes on before it takes the answer for yes.
 */
#define TRIES_MAX 1000u

/* A node that a decider may ignore. */
typedef struct
{
  guint32 node;
  guint32 decider;
} Entry;

/* What is made while the deciders are walked. reached: by node, the last decider that reached it,
 * plus one. */
typedef struct
{
  const Plan *plan;
  GArray *entries; /* of Entry */
  guint32 *reached;
  guint32 decider;
  gsize n_entries_max;
} Walk;

/* Enters an atom once for the decider at hand. */
static void
reach (Walk *walk, guint32 node)
{
  Entry entry = { node, walk->decider };

  if (walk->reached[node] == walk->decider + 1)
    return;
  walk->reached[node] = walk->decider + 1;
  g_array_append_val (walk->entries, entry);
}

/* Enters the tasks that directly follow a node. */
static void
reach_tasks_after (Walk *walk, guint32 node)
{
  const Plan *plan = walk->plan;

  for (guint32 i = plan->successor_offsets[node]; i < plan->successor_offsets[node + 1]; i++)
    if (plan->kinds[plan->successors[i]] == PLAN_NODE_TASK)
      reach (walk, plan->successors[i]);
}

/* Enters the atoms with which the flow of an entry begins, however deep it is nested. */
static void
reach_first_atoms (Walk *walk, guint32 entry)
{
  const Plan *plan = walk->plan;
  g_autoptr (GArray) stack = g_array_new (FALSE, FALSE, sizeof (guint32));

  g_array_append_val (stack, entry);
  while (stack->len > 0)
    {
      guint32 at = g_array_index (stack, guint32, --stack->len);

      for (guint32 i = plan->successor_offsets[at]; i < plan->successor_offsets[at + 1]; i++)
        if (plan_is_atom (plan, plan->successors[i]))
          reach (walk, plan->successors[i]);
        else if (plan->kinds[plan->successors[i]] == PLAN_NODE_FLOW)
          g_array_append_val (stack, plan->successors[i]);
    }
}

/* Enters every atom of the flow of an entry. Returns: its end. */
static guint32
reach_flow (Walk *walk, guint32 entry)
{
  guint32 end = plan_get_flow_end (walk->plan, entry);

  for (guint32 node = entry; node < end; node++)
    if (plan_is_atom (walk->plan, node))
      reach (walk, node);
  return end;
}

/* Enters all that the decider may ignore: what it holds back, then what directly follows that,
 * then, for depth `flow`, what follows those. */
static void
walk_decider (Walk *walk, const PlanDecider *decider)
{
  FlowDepth depth = decider->decider->depth;
  gboolean is_flow = !plan_is_atom (walk->plan, decider->node);
  guint first = walk->entries->len;
  guint32 end = decider->node;
  guint last;

  if (!is_flow)
    reach (walk, decider->node);
  else if (decider->is_step)
    end = reach_flow (walk, decider->node);
  else
    reach_first_atoms (walk, decider->node);
  last = walk->entries->len;
  if (depth == FLOW_DEPTH_ATOM)
    return;
  if (is_flow && decider->is_step)
    reach_tasks_after (walk, end);
  else
    for (guint at = first; at < last; at++)
      reach_tasks_after (walk, g_array_index (walk->entries, Entry, at).node);
  for (guint at = last; depth == FLOW_DEPTH_FLOW && at < walk->entries->len; at++)
    reach_tasks_after (walk, g_array_index (walk->entries, Entry, at).node);
}

/* Sorts the entries by node; those of a node stay in the order of deciders. */
static void
sort_entries (Ignored *ignored, const GArray *entries)
{
  guint32 n_nodes = ignored->plan->n_nodes;

  ignored->offsets = g_new0 (guint32, (gsize) n_nodes + 2);
  ignored->deciders = g_new (guint32, entries->len);
  for (guint i = 0; i < entries->len; i++)
    ignored->offsets[g_array_index (entries, Entry, i).node + 2]++;
  for (guint32 i = 1; i < n_nodes + 2; i++)
    ignored->offsets[i] += ignored->offsets[i - 1];
  for (guint i = 0; i < entries->len; i++)
    {
      Entry entry = g_array_index (entries, Entry, i);

      ignored->deciders[ignored->offsets[entry.node + 1]++] = entry.decider;
    }
}

void
ignored_init (Ignored *ignored, const Plan *plan)
{
  Walk walk = { .plan = plan };

  *ignored = (Ignored){ .plan = plan };
  if (plan->n_deciders == 0)
    return;
  walk.entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  walk.reached = g_new0 (guint32, plan->n_nodes);
  walk.n_entries_max = ((gsize) plan->n_nodes + plan->n_edges) * ENTRIES_PER_PART;
  for (guint32 i = 0; i < plan->n_deciders && walk.entries->len < walk.n_entries_max; i++)
    {
      walk.decider = i;
      if (plan->deciders[i].decider->depth != FLOW_DEPTH_ALL)
        walk_decider (&walk, &plan->deciders[i]);
    }
  if (walk.entries->len > 0)
    sort_entries (ignored, walk.entries);
  g_array_unref (walk.entries);
  g_free (walk.reached);
}

void
ignored_clear (Ignored *ignored)
{
  g_free (ignored->offsets);
  g_free (ignored->deciders);
  *ignored = (Ignored){ .plan = NULL };
}

/* Whether both scopes ask the same providers in the same order. */
static gboolean
scopes_are_equal (const Plan *plan, guint32 first, guint32 second)
{
  while (first != 0 && second != 0 && first != second)
    {
      const PlanScope *one = &g_array_index (plan->scopes, PlanScope, first);
      const PlanScope *other = &g_array_index (plan->scopes, PlanScope, second);

      if (one->low != other->low || one->high != other->high || one->is_level != other->is_level)
        return FALSE;
      first = one->next;
      second = other->next;
    }
  return first == second;
}

/* Whether both deciders always agree: the same expression about the same values. */
static gboolean
conditions_are_equal (const Plan *plan, const PlanDecider *first, const PlanDecider *second)
{
  if (first->decider->expression == NULL || second->decider->expression == NULL
      || strcmp (first->decider->expression, second->decider->expression) != 0
      || first->n_arguments != second->n_arguments)
    return FALSE;
  for (guint32 i = 0; i < first->n_arguments; i++)
    {
      const PlanArgument *one = &plan->decider_arguments[first->argument + i];
      const PlanArgument *other = &plan->decider_arguments[second->argument + i];

      if (one->symbol != other->symbol || !scopes_are_equal (plan, one->scope, other->scope))
        return FALSE;
    }
  return TRUE;
}

/* Whether the node's own `when` agrees with the decider. */
static gboolean
node_agrees (const Plan *plan, guint32 node, const PlanDecider *decider)
{
  guint count;
  const PlanDecider *own = plan_find_deciders (plan, node, &count);

  for (guint i = 0; i < count; i++)
    if (own[i].is_step && conditions_are_equal (plan, &own[i], decider))
      return TRUE;
  return FALSE;
}

/* Whether the reader, or a flow that it is in, or a step that takes it along, begins only when the
 * decider says yes. */
static gboolean
reader_agrees (const Ignored *ignored, guint32 reader, const PlanDecider *decider)
{
  const Plan *plan = ignored->plan;

  if (node_agrees (plan, reader, decider))
    return TRUE;
  for (guint32 flow = plan_find_flow_around (plan, reader); flow != PLAN_NO_NODE;
       flow = plan->flows[flow].parent)
    if (node_agrees (plan, plan->flows[flow].entry, decider))
      return TRUE;
  for (guint32 i = ignored->offsets[reader]; i < ignored->offsets[reader + 1]; i++)
    if (node_agrees (plan, plan->deciders[ignored->deciders[i]].node, decider))
      return TRUE;
  return FALSE;
}

/* Whether the decider of that number may ignore the node. */
static gboolean
may_ignore (const Ignored *ignored, guint32 decider, guint32 node)
{
  for (guint32 i = ignored->offsets[node]; i < ignored->offsets[node + 1]; i++)
    if (ignored->deciders[i] == decider)
      return TRUE;
  return FALSE;
}

/* Whether the decider of that number may ignore all that a link comes from. */
static gboolean
may_ignore_source (const Ignored *ignored, guint32 decider, const PlanDecider *link)
{
  gboolean has_atoms = FALSE;

  for (guint32 node = link->first; node <= link->last; node++)
    if (plan_is_atom (ignored->plan, node))
      {
        if (!may_ignore (ignored, decider, node))
          return FALSE;
        has_atoms = TRUE;
      }
  return has_atoms;
}

/* Whether `second` has no say any more when `first` has said no: its step is ignored then, or the
 * source of its link. */
static gboolean
silences (const Ignored *ignored, guint32 first, guint32 second)
{
  const PlanDecider *decider = &ignored->plan->deciders[second];

  if (first == second)
    return FALSE;
  if (plan_is_atom (ignored->plan, decider->node) && may_ignore (ignored, first, decider->node))
    return TRUE;
  return !decider->is_step && decider->first != PLAN_NO_NODE
         && may_ignore_source (ignored, first, decider);
}

/* A search for deciders that say no together: for each provider the place in Ignored.deciders of
 * the one that ignores it. */
typedef struct
{
  const Ignored *ignored;
  guint32 reader;
  guint count;
  guint32 chosen[IGNORED_PROVIDERS_MAX];
} Search;

/* Whether the decider at a place may say no, together with the first `count` that were chosen, and
 * the reader still begins. */
static gboolean
may_choose (const Search *search, guint count, guint32 place)
{
  const Ignored *ignored = search->ignored;
  guint32 decider = ignored->deciders[place];

  if (may_ignore (ignored, decider, search->reader)
      || reader_agrees (ignored, search->reader, &ignored->plan->deciders[decider]))
    return FALSE;
  for (guint i = 0; i < count; i++)
    {
      guint32 other = ignored->deciders[search->chosen[i]];

      if (silences (ignored, other, decider) || silences (ignored, decider, other))
        return FALSE;
    }
  return TRUE;
}

/* Moves the choice for a provider on to the next decider that may say no. FALSE when there is none.
 */
static gboolean
choose (Search *search, guint at, guint32 provider)
{
  guint32 end = search->ignored->offsets[provider + 1];

  while (search->chosen[at] < end && !may_choose (search, at, search->chosen[at]))
    search->chosen[at]++;
  return search->chosen[at] < end;
}

/* Whether one of the chosen deciders ignores the node. */
static gboolean
is_ignored (const Search *search, guint32 node)
{
  for (guint i = 0; i < search->count; i++)
    if (may_ignore (search->ignored, search->ignored->deciders[search->chosen[i]], node))
      return TRUE;
  return FALSE;
}

/* Whether a provider of the scope is left; a scope without any is another matter. */
static gboolean
is_provided (const Search *search, guint32 at)
{
  const Plan *plan = search->ignored->plan;

  for (guint32 next = at; next != 0; next = g_array_index (plan->scopes, PlanScope, next).next)
    for (guint32 i = g_array_index (plan->scopes, PlanScope, next).high;
         i-- > g_array_index (plan->scopes, PlanScope, next).low;)
      if (!is_ignored (search, plan->providers[i].node))
        return TRUE;
  return at == 0;
}

/* Whether the execute of the reader is called when the chosen deciders say no. What was never
 * called is not reverted. */
static gboolean
is_called (const Search *search, const guint8 *is_given)
{
  guint count = 0;
  const PlanArgument *bindings = NULL;

  if (is_given != NULL)
    bindings
        = plan_get_bindings (search->ignored->plan, search->reader, ATOM_ACTION_EXECUTE, &count);
  for (guint i = 0; i < count; i++)
    if (bindings[i].injected == NULL && !bindings[i].is_optional && !is_given[bindings[i].symbol]
        && !is_provided (search, bindings[i].scope))
      return FALSE;
  return TRUE;
}

const PlanDecider *
ignored_find_loss (const Ignored *ignored, const guint32 *providers, guint count, guint32 reader,
                   const guint8 *is_given)
{
  Search search
      = { .ignored = ignored, .reader = reader, .count = MIN (count, IGNORED_PROVIDERS_MAX) };
  guint at = 0;

  if (ignored->offsets == NULL || count == 0)
    return NULL;
  search.chosen[0] = ignored->offsets[providers[0]];
  for (guint tries = 0; tries < TRIES_MAX; tries++)
    if (choose (&search, at, providers[at]))
      {
        if (at + 1 < search.count)
          {
            at++;
            search.chosen[at] = ignored->offsets[providers[at]];
          }
        else if (is_called (&search, is_given))
          return &ignored->plan->deciders[ignored->deciders[search.chosen[0]]];
        else
          search.chosen[at]++;
      }
    else if (at == 0)
      return NULL;
    else
      search.chosen[--at]++;
  return &ignored->plan->deciders[ignored->deciders[ignored->offsets[providers[0]]]];
}
