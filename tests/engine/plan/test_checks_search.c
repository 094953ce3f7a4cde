/* SPDX-License-Identifier: Apache-2.0 */
/* Small random flows are searched whole, through all their executions and rollbacks: whatever any
 * decider says, whatever fails, and whenever somebody cancels. What the search finds missing when a
 * revert starts is what the check has to report, and nothing else. The seed is printed;
 * `BACKFLOW_SEED=N` repeats one flow, `BACKFLOW_ROUNDS=N` tries more of them.
 */
#include "engine/plan/plan_private.h"

#include <backflow/atoms/retry.h>
#include <backflow/atoms/task.h>
#include <backflow/engine/plan/checks_inputs.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ATOMS_MAX 6u
#define DECIDERS_MAX 3u
#define NODES_MAX 64u

/* What became of an atom, in a search. */
typedef enum
{
  PART_PENDING,
  PART_RUNNING,
  PART_SUCCESS,
  PART_FAILURE,
  PART_IGNORED,
  PART_REVERTED,
} PartState;

/* A plan, all of whose executions are searched. before: by atoms, whether the first comes before
 * the second. */
typedef struct
{
  Plan *plan;
  const guint8 *is_given;
  guint32 nodes[ATOMS_MAX * 2];
  guint n_atoms;
  gboolean before[ATOMS_MAX * 2][ATOMS_MAX * 2];
  gboolean is_lost[ATOMS_MAX * 2][4]; /* by atom and revert argument: whether it is ever missing */
  GHashTable *seen;
  GArray *stack; /* of guint64 */
  guint n_states;
} Search;

/* -- Random flows -------------------------------------------------------------------------------
 */

/* By FlowDepth. Without an expression they are never alike. */
static const FlowDecider depths[] = {
  { .depth = FLOW_DEPTH_ALL },
  { .depth = FLOW_DEPTH_FLOW },
  { .depth = FLOW_DEPTH_NEIGHBORS },
  { .depth = FLOW_DEPTH_ATOM },
};

static gboolean
do_nothing (AtomContext *context, gpointer data, GError **error)
{
  (void) context;
  (void) data;
  (void) error;
  return TRUE;
}

static gboolean
happens (GRand *random, double probability)
{
  return g_rand_double (random) < probability;
}

static Atom *
make_atom (GRand *random, guint number)
{
  static const char *const symbols[] = { "x", "y" };
  g_autofree char *name = g_strdup_printf ("a%u", number);
  Atom *atom = task_new (name, do_nothing, do_nothing, NULL, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (symbols); i++)
    {
      if (happens (random, 0.5))
        atom_provide (atom, symbols[i]);
      else if (happens (random, 0.25))
        atom_require (atom, symbols[i]);
      if (happens (random, 0.35))
        atom_revert_require (atom, symbols[i]);
    }
  return atom;
}

static void
link_members (GRand *random, Flow *flow)
{
  for (guint i = 0; i < flow_get_n_items (flow); i++)
    for (guint j = 0; j < i; j++)
      if (happens (random, 0.4))
        flow_link_items (flow, flow_get_item (flow, happens (random, 0.9) ? j : i),
                         flow_get_item (flow, i), NULL, NULL);
}

/* A flow of some of the atoms that are left, at most three levels deep. */
static Flow *
make_flow (GRand *random, guint *number, guint left, guint depth)
{
  g_autofree char *name = g_strdup_printf ("f%u%u", depth, *number);
  Flow *flow = flow_new ((FlowKind) g_rand_int_range (random, 0, 3), name);
  guint last = *number + left;

  if (depth > 0 && happens (random, 0.15))
    {
      flow_set_retry (flow, retry_new_times (NULL, 2));
      if (happens (random, 0.5))
        atom_provide (flow_get_retry (flow), "x");
    }
  while (*number < last)
    if (depth < 2 && happens (random, 0.3))
      flow_add_flow (flow,
                     make_flow (random, number,
                                (guint) g_rand_int_range (random, 1, (gint32) (last - *number) + 1),
                                depth + 1));
    else
      flow_add (flow, make_atom (random, (*number)++));
  if (flow_get_kind (flow) == FLOW_KIND_GRAPH)
    link_members (random, flow);
  return flow;
}

/* Makes the decider one of a link, from the first predecessor of its node that is an atom. */
static void
make_link (const Plan *plan, PlanDecider *decider)
{
  for (guint32 i = plan->predecessor_offsets[decider->node];
       i < plan->predecessor_offsets[decider->node + 1]; i++)
    if (plan_is_atom (plan, plan->predecessors[i]))
      {
        decider->first = decider->last = plan->predecessors[i];
        decider->is_step = FALSE;
        return;
      }
}

/* Deciders on some nodes, one each, in the order of nodes. */
static guint
make_deciders (GRand *random, const Plan *plan, PlanDecider *deciders)
{
  guint count = 0;

  for (guint32 node = 1; node < plan_get_n_nodes (plan) && count < DECIDERS_MAX; node++)
    if (plan_get_kind (plan, node) != PLAN_NODE_FLOW_END && happens (random, 0.3))
      deciders[count++] = (PlanDecider){ .node = node,
                                         .first = PLAN_NO_NODE,
                                         .last = PLAN_NO_NODE,
                                         .is_step = TRUE,
                                         .decider = &depths[g_rand_int_range (random, 0, 4)] };
  for (guint i = 0; i < count; i++)
    if (happens (random, 0.5))
      make_link (plan, &deciders[i]);
  return count;
}

/* -- Who is ignored -----------------------------------------------------------------------------
 */

static PartState
get_part (guint64 parts, guint atom)
{
  return (PartState) (parts >> 3 * atom & 7);
}

static guint64
set_part (guint64 parts, guint atom, PartState state)
{
  return (parts & ~((guint64) 7 << 3 * atom)) | (guint64) state << 3 * atom;
}

#define ROLLING_BACK ((guint64) 1 << 62)

static guint
number_of (const Search *search, guint32 node)
{
  guint number = 0;

  while (search->nodes[number] != node)
    number++;
  return number;
}

/* Everything that comes after the node `from`, and for `only_tasks` what is reached through nothing
 * but tasks. */
static void
mark_after (const Plan *plan, guint32 from, gboolean only_tasks, guint8 *marks)
{
  for (guint32 i = plan->successor_offsets[from]; i < plan->successor_offsets[from + 1]; i++)
    if (!only_tasks || plan->kinds[plan->successors[i]] == PLAN_NODE_TASK)
      {
        marks[plan->successors[i]] = TRUE;
        mark_after (plan, plan->successors[i], only_tasks, marks);
      }
}

static void
ignore_behind (const Plan *plan, guint32 node, FlowDepth depth, guint8 *ignored)
{
  if (depth == FLOW_DEPTH_ALL || depth == FLOW_DEPTH_FLOW)
    mark_after (plan, node, depth == FLOW_DEPTH_FLOW, ignored);
  for (guint32 i = plan->successor_offsets[node];
       depth == FLOW_DEPTH_NEIGHBORS && i < plan->successor_offsets[node + 1]; i++)
    if (plan->kinds[plan->successors[i]] == PLAN_NODE_TASK)
      ignored[plan->successors[i]] = TRUE;
}

static void
ignore_first (const Plan *plan, guint32 entry, FlowDepth depth, guint8 *ignored)
{
  for (guint32 i = plan->successor_offsets[entry]; i < plan->successor_offsets[entry + 1]; i++)
    if (plan_is_atom (plan, plan->successors[i]))
      {
        ignored[plan->successors[i]] = TRUE;
        ignore_behind (plan, plan->successors[i], depth, ignored);
      }
    else if (plan->kinds[plan->successors[i]] == PLAN_NODE_FLOW)
      ignore_first (plan, plan->successors[i], depth, ignored);
}

static void
say_no (const Plan *plan, const PlanDecider *decider, guint8 *ignored)
{
  FlowDepth depth = decider->decider->depth;
  guint32 end = decider->node;

  if (!plan_is_atom (plan, decider->node) && !decider->is_step)
    {
      ignore_first (plan, decider->node, depth, ignored);
      return;
    }
  if (!plan_is_atom (plan, decider->node))
    end = plan_get_flow_end (plan, decider->node);
  for (guint32 node = decider->node; node <= end; node++)
    ignored[node] = TRUE;
  ignore_behind (plan, end, depth, ignored);
}

/* Puts the deciders in an order in which they may be asked. */
static void
order_deciders (const Plan *plan, const PlanDecider *deciders, guint count, guint *order)
{
  gboolean is_placed[DECIDERS_MAX] = { FALSE };

  for (guint placed = 0; placed < count;)
    for (guint i = 0; i < count; i++)
      {
        gboolean is_next = !is_placed[i];

        for (guint j = 0; j < count && is_next; j++)
          {
            guint8 after[NODES_MAX] = { 0 };

            mark_after (plan, deciders[j].node, FALSE, after);
            is_next = is_placed[j] || !after[deciders[i].node];
          }
        if (is_next)
          {
            is_placed[i] = TRUE;
            order[placed++] = i;
          }
      }
}

static gboolean
is_asked (const Plan *plan, const PlanDecider *decider, const guint8 *ignored)
{
  if (plan_is_atom (plan, decider->node) && ignored[decider->node])
    return FALSE;
  return decider->is_step || !ignored[decider->first];
}

/* Who is ignored when those deciders say no whose bit is set. */
static guint64
find_ignored (const Search *search, const PlanDecider *deciders, guint count, guint nays)
{
  guint8 ignored[NODES_MAX] = { 0 };
  guint order[DECIDERS_MAX];
  guint64 parts = 0;

  order_deciders (search->plan, deciders, count, order);
  for (guint i = 0; i < count; i++)
    if ((nays >> order[i] & 1) != 0 && is_asked (search->plan, &deciders[order[i]], ignored))
      say_no (search->plan, &deciders[order[i]], ignored);
  for (guint i = 0; i < search->n_atoms; i++)
    if (ignored[search->nodes[i]])
      parts = set_part (parts, i, PART_IGNORED);
  return parts;
}

/* -- The search ---------------------------------------------------------------------------------
 */

static void
push (Search *search, guint64 parts)
{
  guint64 *key = g_memdup2 (&parts, sizeof parts);

  if (g_hash_table_add (search->seen, key))
    g_array_append_val (search->stack, parts);
}

static gboolean
may_execute (const Search *search, guint64 parts, guint atom)
{
  for (guint other = 0; other < search->n_atoms; other++)
    if (search->before[other][atom] && get_part (parts, other) != PART_SUCCESS
        && get_part (parts, other) != PART_IGNORED)
      return FALSE;
  return get_part (parts, atom) == PART_PENDING;
}

static gboolean
may_revert (const Search *search, guint64 parts, guint atom)
{
  PartState state = get_part (parts, atom);

  for (guint other = 0; other < search->n_atoms; other++)
    {
      PartState after = get_part (parts, other);

      if (search->before[atom][other]
          && (after == PART_RUNNING || after == PART_SUCCESS || after == PART_FAILURE))
        return FALSE;
    }
  return state == PART_SUCCESS || state == PART_FAILURE;
}

/* Whether a provider of the scope has a value, by the rule of binding.c. */
static gboolean
has_value (const Search *search, guint64 parts, guint32 at)
{
  gboolean has_seen = FALSE;

  for (const PlanScope *scope; at != 0; at = scope->next)
    {
      scope = &g_array_index (search->plan->scopes, PlanScope, at);
      for (guint32 i = scope->high; i-- > scope->low;)
        {
          PartState state = get_part (parts, number_of (search, search->plan->providers[i].node));

          if (state == PART_SUCCESS)
            return TRUE;
          has_seen |= state != PART_IGNORED;
        }
      if (scope->is_level && has_seen)
        return FALSE;
    }
  return FALSE;
}

static gboolean
is_missing (const Search *search, guint64 parts, const PlanArgument *argument)
{
  return argument->injected == NULL && !argument->is_own && !search->is_given[argument->symbol]
         && !has_value (search, parts, argument->scope);
}

/* Whether the execute of the atom could be called. What it was given then is there until its
 * revert. */
static gboolean
was_called (const Search *search, guint64 parts, guint atom)
{
  guint count;
  const PlanArgument *bindings
      = plan_get_bindings (search->plan, search->nodes[atom], ATOM_ACTION_EXECUTE, &count);

  for (guint i = 0; i < count; i++)
    if (bindings[i].scope != 0 && is_missing (search, parts, &bindings[i]))
      return FALSE;
  return TRUE;
}

static void
look_at_revert (Search *search, guint64 parts, guint atom)
{
  guint count;
  const PlanArgument *bindings
      = plan_get_bindings (search->plan, search->nodes[atom], ATOM_ACTION_REVERT, &count);

  if (was_called (search, parts, atom))
    for (guint i = 0; i < count; i++)
      search->is_lost[atom][i] |= is_missing (search, parts, &bindings[i]);
}

/* All that can happen next: an atom starts, ends well or badly, or is reverted; somebody cancels.
 */
static void
visit (Search *search, guint64 parts)
{
  gboolean is_rolling_back = (parts & ROLLING_BACK) != 0;

  search->n_states++;
  if (!is_rolling_back)
    push (search, parts | ROLLING_BACK);
  for (guint atom = 0; atom < search->n_atoms; atom++)
    {
      if (!is_rolling_back && may_execute (search, parts, atom))
        push (search, set_part (parts, atom, PART_RUNNING));
      if (get_part (parts, atom) == PART_RUNNING)
        {
          push (search, set_part (parts, atom, PART_SUCCESS));
          push (search, set_part (parts, atom, PART_FAILURE) | ROLLING_BACK);
        }
      if (is_rolling_back && may_revert (search, parts, atom))
        {
          look_at_revert (search, parts, atom);
          push (search, set_part (parts, atom, PART_REVERTED));
        }
    }
}

static void
search_from (Search *search, guint64 parts)
{
  search->seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  search->stack = g_array_new (FALSE, FALSE, sizeof (guint64));
  push (search, parts);
  while (search->stack->len > 0)
    {
      parts = g_array_index (search->stack, guint64, search->stack->len - 1);
      g_array_set_size (search->stack, search->stack->len - 1);
      visit (search, parts);
    }
  g_hash_table_unref (search->seen);
  g_array_unref (search->stack);
}

static void
search_init (Search *search, Plan *plan, const guint8 *is_given)
{
  *search = (Search){ .plan = plan, .is_given = is_given };
  for (guint32 node = 0; node < plan->n_nodes; node++)
    if (plan_is_atom (plan, node))
      search->nodes[search->n_atoms++] = node;
  for (guint i = 0; i < search->n_atoms; i++)
    {
      guint8 after[NODES_MAX] = { 0 };

      mark_after (plan, search->nodes[i], FALSE, after);
      for (guint j = 0; j < search->n_atoms; j++)
        search->before[i][j] = after[search->nodes[j]];
    }
}

/* -- The comparison -----------------------------------------------------------------------------
 */

/* Whether an error says that the symbol may be missing for the revert of the atom. */
static gboolean
is_reported (const Diagnostics *diagnostics, const char *atom, const char *symbol)
{
  g_autofree char *lost = g_strdup_printf ("the revert of '%s' requires '%s',", atom, symbol);
  g_autofree char *missing
      = g_strdup_printf ("no step before '%s' and no input provides '%s'", atom, symbol);
  gboolean is_found = FALSE;

  for (guint i = 0; i < diagnostics_get_length (diagnostics); i++)
    {
      const Diagnostic *finding = diagnostics_get (diagnostics, i);

      is_found |= finding->severity == DIAGNOSTIC_ERROR
                  && (g_str_has_prefix (finding->message, lost)
                      || strcmp (finding->message, missing) == 0);
    }
  return is_found;
}

/* What a failed comparison is about, for whoever repeats it. */
static void
print_flow (const Search *search, const PlanDecider *deciders, guint n_deciders)
{
  const Plan *plan = search->plan;

  for (guint32 node = 0; node < plan->n_nodes; node++)
    {
      g_autofree char *name = plan_dup_name (plan, node);
      guint count = 0;
      const AtomProvided *provided = plan_is_atom (plan, node)
                                         ? atom_get_provides (plan_get_atom (plan, node), &count)
                                         : NULL;

      print_message ("# %s", name);
      for (guint i = 0; i < count; i++)
        print_message (" provides %s", provided[i].symbol);
      for (guint i = 0; i < n_deciders; i++)
        if (deciders[i].node == node)
          print_message (" %s decider of depth %d", deciders[i].is_step ? "own" : "link",
                         deciders[i].decider->depth);
      print_message (" before");
      for (guint32 i = plan->successor_offsets[node]; i < plan->successor_offsets[node + 1]; i++)
        {
          g_autofree char *after = plan_dup_name (plan, plan->successors[i]);

          print_message (" %s", after);
        }
      print_message ("\n");
    }
}

/* Gives a plan deciders, as the compiler would; both outlive the check only. */
static void
check_with_deciders (Plan *plan, PlanDecider *deciders, guint count, const char *const *given,
                     Diagnostics *diagnostics)
{
  PlanDecider *before = plan->deciders;
  guint32 n_before = plan->n_deciders;

  plan->deciders = deciders;
  plan->n_deciders = count;
  (void) plan_check_inputs (plan, given, diagnostics);
  plan->deciders = before;
  plan->n_deciders = n_before;
}

/* Both say the same of every argument. Returns: how many may be lost. */
static guint
compare (const Search *search, const PlanDecider *deciders, guint n_deciders,
         const Diagnostics *diagnostics, guint32 seed)
{
  guint n_lost = 0;

  for (guint atom = 0; atom < search->n_atoms; atom++)
    {
      const Atom *one = plan_get_atom (search->plan, search->nodes[atom]);
      guint count;
      const AtomArgument *arguments = atom_get_arguments (one, ATOM_ACTION_REVERT, &count);

      for (guint i = 0; i < count; i++)
        {
          gboolean is_lost = search->is_lost[atom][i];

          n_lost += is_lost ? 1 : 0;
          if (is_lost == is_reported (diagnostics, atom_get_name (one), arguments[i].symbol))
            continue;
          print_flow (search, deciders, n_deciders);
          fail_msg ("seed %u: '%s' of the revert of '%s' %s, but the check says otherwise", seed,
                    arguments[i].symbol, atom_get_name (one),
                    is_lost ? "may be lost" : "is always there");
        }
    }
  return n_lost;
}

typedef struct
{
  guint n_flows;
  guint n_arguments_lost;
  guint n_deciders;
  guint64 n_states;
} Tally;

static void
check_random_flow (guint32 seed, Tally *tally)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  guint number = 0;
  g_autoptr (Flow) flow
      = make_flow (random, &number, (guint) g_rand_int_range (random, 2, ATOMS_MAX + 1), 0);
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (Plan) plan = plan_new (flow, diagnostics);
  const char *given[] = { happens (random, 0.1) ? "x" : NULL, NULL };
  g_autofree guint8 *is_given = NULL;
  PlanDecider deciders[DECIDERS_MAX];
  guint n_deciders;
  Search search;

  if (plan == NULL || plan->symbols == NULL)
    return; /* ambiguous, or a cycle, or nothing to look for */
  is_given = g_new0 (guint8, (gsize) plan->symbols->len + 1);
  for (guint i = 0; i < plan->symbols->len; i++)
    is_given[i] = given[0] != NULL && strcmp (plan->symbols->pdata[i], given[0]) == 0;
  n_deciders = happens (random, 0.8) ? make_deciders (random, plan, deciders) : 0;
  check_with_deciders (plan, deciders, n_deciders, given, diagnostics);
  search_init (&search, plan, is_given);
  for (guint nays = 0; nays < 1u << n_deciders; nays++)
    search_from (&search, find_ignored (&search, deciders, n_deciders, nays));
  tally->n_arguments_lost += compare (&search, deciders, n_deciders, diagnostics, seed);
  tally->n_flows++;
  tally->n_deciders += n_deciders;
  tally->n_states += search.n_states;
}

static void
the_check_says_what_a_search_of_all_executions_finds (void **unused)
{
  const char *given = g_getenv ("BACKFLOW_SEED");
  const char *wanted = g_getenv ("BACKFLOW_ROUNDS");
  guint32 seed = given != NULL ? (guint32) strtoul (given, NULL, 10) : g_random_int ();
  guint rounds = given != NULL ? 1 : wanted != NULL ? (guint) strtoul (wanted, NULL, 10) : 1000;
  Tally tally = { 0 };

  (void) unused;
  print_message ("# seeds from %u\n", seed);
  for (guint i = 0; i < rounds; i++)
    check_random_flow (seed + i, &tally);
  print_message ("# %u flows with %u deciders, %" G_GUINT64_FORMAT
                 " states, %u arguments that may be lost\n",
                 tally.n_flows, tally.n_deciders, tally.n_states, tally.n_arguments_lost);
  assert_true (given != NULL || tally.n_flows > rounds / 4);
}

int
main (void)
{
  const struct CMUnitTest tests[]
      = { cmocka_unit_test (the_check_says_what_a_search_of_all_executions_finds) };

  return cmocka_run_group_tests_name ("checks_search", tests, NULL, NULL);
}
