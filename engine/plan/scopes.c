/* SPDX-License-Identifier: Apache-2.0 */
/* The third pass of the compiler: for each argument where its value comes from, and the links of
 * graph flows that follow.
 *
 * An atom sees the providers that lie before it: in a linear flow in all members before, in an
 * unordered flow in none, in a graph flow in the members that it comes after, and everywhere in the
 * flow's retry; nearest first; then the same one flow further out. An outer flow counts only when
 * all providers further in were ignored. In a graph flow the only provider among the members is
 * linked to who needs it; of several, explicit links must say which comes before.
 *
 * A scope is a stretch of the symbol's list of providers, so it costs the same however many
 * providers there are, and what a flow sees outside of itself is found once for all its members.
 */
#include "engine/plan/scopes.h"

#include "engine/plan/decider_text.h"

#include <string.h>

/* How many providers are kept of those that a member of a graph flow comes after. */
#define ANCESTORS_MAX 32u

/* Somebody who needs a symbol, at one level: the member (nodes `first` to `last`) of the flow
 * `flow`. is_inner: nobody further in provides it. may_link: a link may be inferred; what is
 * optional is taken when it is there, but not waited for. */
typedef struct
{
  guint32 symbol;
  guint32 flow;
  guint32 first;
  guint32 last;
  gboolean is_inner;
  gboolean may_link;
  const AtomArgument
      *argument; /* for messages: of `atom`; NULL when it is `decider` that is in need */
  const Atom *atom;
  const PlanDecider *decider;
  guint32 index; /* of the symbol among those of the decider */
} Need;

/* The stretches found at one level, nearest first. */
typedef struct
{
  guint32 low;
  guint32 high;
} Stretch;

/* The first provider of the symbol whose node is at least `node`. */
static guint32
provider_at (const Plan *plan, guint32 symbol, guint32 node)
{
  guint32 low = plan->provider_offsets[symbol];
  guint32 high = plan->provider_offsets[symbol + 1];

  while (low < high)
    {
      guint32 middle = low + (high - low) / 2;

      if (plan->providers[middle].node < node)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

/* The providers with nodes from `first` to `last`. */
static Stretch
providers_within (const Plan *plan, guint32 symbol, guint32 first, guint32 last)
{
  Stretch stretch = { provider_at (plan, symbol, first), 0 };

  stretch.high = last < first ? stretch.low : provider_at (plan, symbol, last + 1);
  return stretch;
}

static void
add_stretch (GArray *stretches, Stretch stretch)
{
  if (stretch.low < stretch.high)
    g_array_append_val (stretches, stretch);
}

/* The nodes of the member of `flow` that `node` lies in. */
static Stretch
member_around (const Plan *plan, guint32 flow, guint32 node)
{
  guint32 inner = plan_find_flow_around (plan, node);

  if (inner == flow)
    return (Stretch){ node, node };
  while (plan->flows[inner].parent != flow)
    inner = plan->flows[inner].parent;
  return (Stretch){ plan->flows[inner].entry, plan->flows[inner].end };
}

/* The links into each member of a graph flow, for walking back; as rows. */
typedef struct
{
  guint32 *offsets;
  guint32 *sources;
  guint8 *seen;
} Back;

static void
back_fill (Back *back, const FlowEdge *edges, guint n_edges, guint8 pass)
{
  for (guint i = 0; i < n_edges; i++)
    if (pass == 0)
      back->offsets[edges[i].to + 2]++;
    else
      back->sources[back->offsets[edges[i].to + 1]++] = edges[i].from;
}

static void
back_init (Back *back, const Compiler *compiler, const Need *need)
{
  const Flow *flow = compiler->plan->flows[need->flow].flow;
  /* What is found first must not depend on the order in which links were inferred. */
  const GArray *inferred = need->is_inner ? NULL : compiler->inferred[need->flow];
  guint n_inferred = inferred != NULL ? inferred->len : 0;

  back->offsets = g_new0 (guint32, (gsize) flow->n_members + 2);
  back->sources = g_new (guint32, (gsize) flow->n_edges + n_inferred + 1);
  back->seen = g_new0 (guint8, flow->n_members);
  for (guint8 pass = 0; pass < 2; pass++)
    {
      back_fill (back, flow->edges, flow->n_edges, pass);
      if (inferred != NULL)
        back_fill (back, (const FlowEdge *) (gconstpointer) inferred->data, n_inferred, pass);
      for (guint i = 1; pass == 0 && i < flow->n_members + 2; i++)
        back->offsets[i] += back->offsets[i - 1];
    }
}

static void
back_clear (Back *back)
{
  g_free (back->offsets);
  g_free (back->sources);
  g_free (back->seen);
}

/* The member at a position of its flow, among `members`, whose positions ascend (nullable). */
static const Stretch *
find_member (const Plan *plan, const GArray *members, guint32 position)
{
  guint low = 0;
  guint high = members->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      const Stretch *member = &g_array_index (members, Stretch, middle);
      guint32 index = plan->members[member->low]->index;

      if (index == position)
        return member;
      if (index < position)
        low = middle + 1;
      else
        high = middle;
    }
  return NULL;
}

/* Walks back from the member over links, and adds the providers that it comes after, nearest links
 * first. */
static void
add_ancestors (Compiler *compiler, const Need *need, const GArray *members, GArray *stretches)
{
  const Plan *plan = compiler->plan;
  g_autoptr (GArray) queue = g_array_new (FALSE, FALSE, sizeof (guint32));
  guint32 start = plan->members[need->first]->index;
  Back back;

  back_init (&back, compiler, need);
  g_array_append_val (queue, start);
  back.seen[start] = TRUE;
  for (guint at = 0; at < queue->len && stretches->len < ANCESTORS_MAX; at++)
    {
      guint32 position = g_array_index (queue, guint32, at);

      const Stretch *member = at > 0 ? find_member (plan, members, position) : NULL;

      if (member != NULL)
        add_stretch (stretches, providers_within (plan, need->symbol, member->low, member->high));
      for (guint32 i = back.offsets[position]; i < back.offsets[position + 1]; i++)
        if (!back.seen[back.sources[i]])
          {
            back.seen[back.sources[i]] = TRUE;
            g_array_append_val (queue, back.sources[i]);
          }
    }
  back_clear (&back);
}

/* The members of a graph flow, other than the one in need, that provide the symbol. Without links
 * two say all. */
static GArray *
find_providing_members (const Compiler *compiler, const Need *need)
{
  const Plan *plan = compiler->plan;
  const PlanFlow *flow = &plan->flows[need->flow];
  guint max = flow->flow->n_edges == 0 && need->is_inner ? 2 : G_MAXUINT;
  GArray *members = g_array_new (FALSE, FALSE, sizeof (Stretch));
  guint32 node = flow->entry + 1 + (flow->flow->retry != NULL);

  while (members->len < max)
    {
      guint32 at = provider_at (plan, need->symbol, node);
      Stretch around;

      if (at == plan->provider_offsets[need->symbol + 1] || plan->providers[at].node > flow->end)
        break;
      around = member_around (plan, need->flow, plan->providers[at].node);
      if (around.low != need->first)
        g_array_append_val (members, around);
      node = around.high + 1;
    }
  return members;
}

static void
report_ambiguous (Compiler *compiler, const Need *need, const GArray *members)
{
  const Plan *plan = compiler->plan;
  const char *symbol = plan->symbols->pdata[need->symbol];
  g_autofree char *first = plan_dup_name (plan, g_array_index (members, Stretch, 0).low);
  g_autofree char *second = plan_dup_name (plan, g_array_index (members, Stretch, 1).low);

  if (need->decider != NULL)
    {
      g_autofree char *decider = plan_describe_decider (plan, need->decider);
      SourceMark mark = plan_mark_decider (plan, need->decider, need->index);

      diagnostics_add (compiler->diagnostics, DIAGNOSTIC_ERROR, "ambiguous-symbol", &mark,
                       "%s reads '%s', which both '%s' and '%s' provide", decider, symbol, first,
                       second);
    }
  else
    diagnostics_add (compiler->diagnostics, DIAGNOSTIC_ERROR, "ambiguous-symbol",
                     need->argument->mark != NULL ? need->argument->mark
                                                  : atom_get_mark (need->atom),
                     "'%s' requires '%s', which both '%s' and '%s' provide", need->atom->name,
                     symbol, first, second);
  diagnostics_add_help (compiler->diagnostics,
                        "link the one that is meant, or give the symbols different names");
}

/* Adds a link that follows from symbols, by positions of the members. */
static void
infer_link (Compiler *compiler, guint32 flow_number, guint32 from, guint32 to)
{
  GArray **inferred = &compiler->inferred[flow_number];
  FlowEdge edge = { from, to };

  if (*inferred == NULL)
    *inferred = g_array_new (FALSE, FALSE, sizeof (FlowEdge));
  g_array_append_val (*inferred, edge);
}

static void
add_graph_level (Compiler *compiler, const Need *need, GArray *stretches)
{
  const Plan *plan = compiler->plan;
  const PlanFlow *flow = &plan->flows[need->flow];
  Stretch retry = { 0, 0 };
  g_autoptr (GArray) members = find_providing_members (compiler, need);

  if (flow->flow->retry != NULL)
    retry = providers_within (plan, need->symbol, flow->entry + 1, flow->entry + 1);
  if (members->len == 1 && need->may_link && retry.low == retry.high)
    {
      Stretch only = g_array_index (members, Stretch, 0);

      infer_link (compiler, need->flow, plan->members[only.low]->index,
                  plan->members[need->first]->index);
      add_stretch (stretches, providers_within (plan, need->symbol, only.low, only.high));
      return;
    }
  if (members->len > 0)
    add_ancestors (compiler, need, members, stretches);
  add_stretch (stretches, retry);
  if (members->len > 1 && stretches->len == 0 && need->may_link)
    report_ambiguous (compiler, need, members);
}

static void
add_level (Compiler *compiler, const Need *need, GArray *stretches)
{
  const Plan *plan = compiler->plan;
  const PlanFlow *flow = &plan->flows[need->flow];

  if (need->first == flow->entry + 1 && flow->flow->retry != NULL)
    return; /* the retry itself sees nothing of its flow */
  switch ((FlowKind) flow->flow->member.kind)
    {
    case FLOW_KIND_LINEAR:
      add_stretch (stretches, providers_within (plan, need->symbol, flow->entry, need->first - 1));
      break;
    case FLOW_KIND_UNORDERED:
      if (flow->flow->retry != NULL)
        add_stretch (stretches,
                     providers_within (plan, need->symbol, flow->entry + 1, flow->entry + 1));
      break;
    case FLOW_KIND_GRAPH:
      add_graph_level (compiler, need, stretches);
      break;
    }
}

/* Chains the stretches of a level in front of `next`. Returns: the scope that begins with them. */
static guint32
chain (Plan *plan, const GArray *stretches, guint32 next)
{
  for (guint i = stretches->len; i-- > 0;)
    {
      Stretch stretch = g_array_index (stretches, Stretch, i);
      PlanScope scope = { stretch.low, stretch.high, next, i == stretches->len - 1 };

      g_array_append_val (plan->scopes, scope);
      next = plan->scopes->len - 1;
    }
  return next;
}

/* Moves the need one flow further out. FALSE when there is none. */
static gboolean
need_move_out (const Plan *plan, Need *need)
{
  const PlanFlow *flow = &plan->flows[need->flow];

  if (flow->parent == PLAN_NO_NODE)
    return FALSE;
  need->first = flow->entry;
  need->last = flow->end;
  need->flow = flow->parent;
  return TRUE;
}

static gpointer
outer_key (const Need *need, guint32 flow)
{
  return GSIZE_TO_POINTER ((gsize) need->symbol << 32 | flow);
}

/* The scope of what is seen of the symbol outside of the flow `flow`: found once, from the outside
 * in. */
static guint32
find_outer_scope (Compiler *compiler, Need need)
{
  Plan *plan = compiler->plan;
  g_autoptr (GArray) path = g_array_new (FALSE, FALSE, sizeof (Need));
  guint32 scope = 0;
  guint32 inside = need.flow;

  need.is_inner = need.may_link = FALSE;
  while (need_move_out (plan, &need))
    {
      gpointer known;

      if (g_hash_table_lookup_extended (compiler->outer_scopes, outer_key (&need, inside), NULL,
                                        &known))
        {
          scope = GPOINTER_TO_UINT (known);
          break;
        }
      inside = need.flow;
      g_array_append_val (path, need);
    }
  for (guint i = path->len; i-- > 0;)
    {
      const Need *level = &g_array_index (path, Need, i);
      g_autoptr (GArray) stretches = g_array_new (FALSE, FALSE, sizeof (Stretch));

      add_level (compiler, level, stretches);
      scope = chain (plan, stretches, scope);
      g_hash_table_insert (compiler->outer_scopes,
                           outer_key (level, plan_find_flow_around (plan, level->first)),
                           GUINT_TO_POINTER (scope));
    }
  return scope;
}

/* The scope of a need: the innermost level with providers, then what is further out. */
static guint32
find_scope (Compiler *compiler, Need need)
{
  g_autoptr (GArray) stretches = NULL;

  if (compiler->plan->provider_offsets[need.symbol]
      == compiler->plan->provider_offsets[need.symbol + 1])
    return 0;
  stretches = g_array_new (FALSE, FALSE, sizeof (Stretch));
  do
    {
      add_level (compiler, &need, stretches);
      if (stretches->len > 0)
        return chain (compiler->plan, stretches, find_outer_scope (compiler, need));
    }
  while (need_move_out (compiler->plan, &need));
  return 0;
}

static void
bind_node (Compiler *compiler, guint32 node)
{
  Plan *plan = compiler->plan;
  const Atom *atom = plan_atom (plan, node);
  guint count;
  guint n_revert;
  const AtomArgument *arguments = atom_get_arguments (atom, ATOM_ACTION_EXECUTE, &count);
  const AtomArgument *reverts = atom_get_arguments (atom, ATOM_ACTION_REVERT, &n_revert);
  guint32 first = plan->argument_offsets[node];

  for (guint32 i = first; i < plan->argument_offsets[node + 1]; i++)
    {
      PlanArgument *argument = &plan->arguments[i];
      const AtomArgument *declared
          = i - first < count ? &arguments[i - first] : &reverts[i - first - count];
      Need need = { argument->symbol,       0,        node, node, TRUE,
                    !argument->is_optional, declared, atom, NULL, 0 };

      if (argument->injected != NULL || argument->is_own)
        continue;
      need.flow = plan_find_flow_around (plan, node);
      argument->scope = find_scope (compiler, need);
    }
}

guint32
compiler_find_scope (Compiler *compiler, const PlanDecider *decider, guint32 index)
{
  const Plan *plan = compiler->plan;
  Need need = { .symbol = plan->decider_arguments[decider->argument + index].symbol,
                .first = decider->node,
                .last = decider->node,
                .is_inner = TRUE,
                .may_link = TRUE,
                .decider = decider,
                .index = index };

  need.flow = plan_find_flow_around (plan, decider->node);
  if (plan->kinds[decider->node] == PLAN_NODE_FLOW)
    (void) need_move_out (plan, &need);
  return find_scope (compiler, need);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

void
compiler_list_inputs (Compiler *compiler)
{
  Plan *plan = compiler->plan;
  const PlanDecider *last = plan->n_deciders > 0 ? &plan->deciders[plan->n_deciders - 1] : NULL;
  g_autofree guint8 *is_input = g_new0 (guint8, plan->symbols->len + 1);

  for (guint32 i = 0; i < plan->n_arguments; i++)
    {
      const PlanArgument *argument = &plan->arguments[i];

      if (argument->scope == 0 && argument->injected == NULL && !argument->is_own
          && !argument->is_optional)
        is_input[argument->symbol] = TRUE;
    }
  for (guint32 i = 0; last != NULL && i < last->argument + last->n_arguments; i++)
    if (plan->decider_arguments[i].scope == 0)
      is_input[plan->decider_arguments[i].symbol] = TRUE;
  for (guint32 symbol = 0; symbol < plan->symbols->len; symbol++)
    if (is_input[symbol])
      g_ptr_array_add (plan->inputs, plan->symbols->pdata[symbol]);
  g_ptr_array_sort (plan->inputs, compare_names);
}

void
compiler_init_scopes (Compiler *compiler)
{
  Plan *plan = compiler->plan;
  const PlanScope nobody = { 0, 0, 0, FALSE };

  compiler->inferred = g_new0 (GArray *, plan->n_flows);
  compiler->outer_scopes = g_hash_table_new (NULL, NULL);
  plan->scopes = g_array_new (FALSE, FALSE, sizeof (PlanScope));
  g_array_append_val (plan->scopes, nobody);
}

void
compiler_bind_arguments (Compiler *compiler)
{
  const Plan *plan = compiler->plan;

  for (guint32 node = 0; node < plan->n_nodes; node++)
    if (plan->argument_offsets[node] != plan->argument_offsets[node + 1])
      bind_node (compiler, node);
}
