/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/report/report_cause.h"

#include "engine/report/report_attempts.h"

#include <string.h>

#include <backflow/flows/link.h>

void
inquiry_init (Inquiry *inquiry, const Report *report, const Plan *plan)
{
  guint32 n_nodes = plan != NULL ? plan_get_n_nodes (plan) : 0;
  guint place = 0;

  *inquiry = (Inquiry){ .report = report, .plan = plan };
  if (plan == NULL)
    return;
  inquiry->places = g_new (guint, n_nodes);
  inquiry->nodes = g_new (guint32, report->n_atoms + 1);
  for (guint32 node = 0; node < n_nodes; node++)
    {
      const Atom *atom = plan_get_atom (plan, node);

      inquiry->places[node] = REPORT_NO_ATOM;
      if (atom == NULL)
        continue;
      if (place >= report->n_atoms || strcmp (report->atoms[place].name, atom_get_name (atom)) != 0)
        {
          inquiry_clear (inquiry);
          return;
        }
      inquiry->nodes[place] = node;
      inquiry->places[node] = place++;
    }
  if (place < report->n_atoms)
    inquiry_clear (inquiry);
}

void
inquiry_clear (Inquiry *inquiry)
{
  g_clear_pointer (&inquiry->places, g_free);
  g_clear_pointer (&inquiry->nodes, g_free);
  inquiry->plan = NULL;
}

/* -- Controllers --------------------------------------------------------------------------------
 */

static guint
get_governor (const Inquiry *inquiry, guint atom)
{
  guint32 retry = plan_get_retry (inquiry->plan, inquiry->nodes[atom]);

  return retry != PLAN_NO_NODE ? inquiry->places[retry] : REPORT_NO_ATOM;
}

guint
inquiry_find_controller (const Inquiry *inquiry, guint atom)
{
  const Report *report = inquiry->report;
  gpointer place;

  if (inquiry->plan != NULL)
    return get_governor (inquiry, atom);
  if (report->atoms[atom].kind == ATOM_KIND_RETRY
      || !g_hash_table_lookup_extended (report->controllers, report->atoms[atom].flow, NULL,
                                        &place))
    return REPORT_NO_ATOM;
  return GPOINTER_TO_UINT (place);
}

static gboolean
governs (const Inquiry *inquiry, guint controller, guint atom)
{
  for (guint at = get_governor (inquiry, atom); at != REPORT_NO_ATOM;
       at = get_governor (inquiry, at))
    if (at == controller)
      return TRUE;
  return FALSE;
}

/* Whether a decision is about an atom: the journal alone can't tell, and takes it to be. */
static gboolean
concerns (const Inquiry *inquiry, const ReportDecision *decision, guint atom)
{
  if (decision->controller == decision->failed)
    return FALSE;
  if (inquiry->plan == NULL || governs (inquiry, decision->controller, atom))
    return TRUE;
  switch (decision->answer)
    {
    case RETRY_DECISION_REVERT_ALL:
      return TRUE;
    case RETRY_DECISION_REVERT:
      return decision->controller == atom
             || get_governor (inquiry, decision->controller) == REPORT_NO_ATOM;
    case RETRY_DECISION_RETRY:
    default:
      return FALSE;
    }
}

static const ReportDecision *
find_decision (const Inquiry *inquiry, guint atom, guint64 after, guint64 before)
{
  const GArray *decisions = inquiry->report->decisions;

  for (guint i = decisions->len; i > 0; i--)
    {
      const ReportDecision *decision = &g_array_index (decisions, ReportDecision, i - 1);

      if (decision->seq <= after)
        return NULL;
      if (decision->seq < before && concerns (inquiry, decision, atom))
        return decision;
    }
  return NULL;
}

const ReportDecision *
inquiry_find_answer (const Inquiry *inquiry, guint failed, guint64 before)
{
  const GArray *decisions = inquiry->report->decisions;

  for (guint i = decisions->len; i > 0; i--)
    {
      const ReportDecision *decision = &g_array_index (decisions, ReportDecision, i - 1);

      if (decision->seq < before && decision->controller != decision->failed
          && (decision->failed == failed || decision->controller == failed))
        return decision;
    }
  return NULL;
}

/* -- Causes -------------------------------------------------------------------------------------
 */

static const ReportRequest *
find_request (const Inquiry *inquiry, guint64 after, guint64 before)
{
  const GArray *asked = inquiry->report->asked;

  for (guint i = asked->len; i > 0; i--)
    {
      const ReportRequest *request = &g_array_index (asked, ReportRequest, i - 1);

      if (request->seq > after && request->seq < before
          && (request->request == STORAGE_REQUEST_CANCEL
              || request->request == STORAGE_REQUEST_UNDO))
        return request;
    }
  return NULL;
}

/* The first atom that failed in between, but for those that were stopped by a request, and those
 * that are tried again. */
static guint
find_failed (const Inquiry *inquiry, guint64 after, guint64 before)
{
  const Report *report = inquiry->report;

  for (guint i = 0; i < report->failed->len; i++)
    {
      guint place = g_array_index (report->failed, guint, i);
      const AtomFacts *facts = &report->facts[place];

      /* They are in the order of failing. */
      if (facts->failed_seq >= before)
        break;
      if (facts->failed_seq > after && facts->retried_seq < facts->failed_seq
          && !report_was_stopped (report_find_last (facts, ATOM_ACTION_EXECUTE)))
        return place;
    }
  return REPORT_NO_ATOM;
}

static gboolean
is_by_request (const Inquiry *inquiry, const ReportRequest *request, const ReportDecision *decision,
               guint failed)
{
  if (request == NULL)
    return FALSE;
  if (failed != REPORT_NO_ATOM && inquiry->report->facts[failed].failed_seq < request->seq)
    return FALSE;
  return decision == NULL || decision->seq > request->seq
         || decision->answer == RETRY_DECISION_RETRY;
}

gboolean
inquiry_find_cause (const Inquiry *inquiry, guint atom, guint64 after, guint64 before, Cause *cause)
{
  const ReportDecision *decision = find_decision (inquiry, atom, after, before);
  const ReportRequest *request = find_request (inquiry, after, before);
  guint failed = find_failed (inquiry, after, before);

  *cause = (Cause){ .failed = REPORT_NO_ATOM };
  if (is_by_request (inquiry, request, decision, failed))
    {
      cause->request = request;
      return TRUE;
    }
  cause->decision = decision;
  cause->failed = decision != NULL ? decision->failed : failed;
  if (cause->failed == REPORT_NO_ATOM && inquiry->report->facts[atom].failed_seq > 0)
    cause->failed = atom;
  return cause->failed != REPORT_NO_ATOM;
}

/* -- What it depends on -------------------------------------------------------------------------
 */

/* How much an atom that is not done holds back others; 0: not at all. */
static guint
get_weight (const Report *report, guint atom)
{
  const AtomFacts *facts = &report->facts[atom];
  AtomState state = report->atoms[atom].state;

  if (state == ATOM_STATE_IGNORE || facts->succeeded_seq != 0)
    return state == ATOM_STATE_RETRYING ? 2 : 0;
  if (facts->failed_seq != 0)
    return 3;
  return state == ATOM_STATE_PENDING ? 1 : 2;
}

/* Called for each atom that `node` comes right after, entries and ends of flows being passed
 * through. */
typedef void (*BeforeFunc) (const Inquiry *inquiry, guint atom, gpointer user_data);

static void
visit (const Inquiry *inquiry, GHashTable *seen, GArray *stack, guint32 node, BeforeFunc func,
       gpointer user_data)
{
  guint count;
  const guint32 *before = plan_get_predecessors (inquiry->plan, node, &count);

  for (guint i = 0; i < count; i++)
    {
      if (!g_hash_table_add (seen, GUINT_TO_POINTER (before[i])))
        continue;
      if (inquiry->places[before[i]] == REPORT_NO_ATOM)
        g_array_append_val (stack, before[i]);
      else
        func (inquiry, inquiry->places[before[i]], user_data);
    }
}

static void
foreach_before (const Inquiry *inquiry, guint atom, BeforeFunc func, gpointer user_data)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  g_autoptr (GArray) stack = g_array_new (FALSE, FALSE, sizeof (guint32));

  visit (inquiry, seen, stack, inquiry->nodes[atom], func, user_data);
  while (stack->len > 0)
    {
      guint32 node = g_array_index (stack, guint32, stack->len - 1);

      g_array_set_size (stack, stack->len - 1);
      visit (inquiry, seen, stack, node, func, user_data);
    }
}

typedef struct
{
  guint atom;
  guint weight;
} Blocking;

static void
weigh (const Inquiry *inquiry, guint atom, gpointer user_data)
{
  Blocking *blocking = (Blocking *) user_data;
  guint weight = get_weight (inquiry->report, atom);

  /* Among equals the first in the order of definition, so that the answer is always the same. */
  if (weight > blocking->weight
      || (weight > 0 && weight == blocking->weight && atom < blocking->atom))
    *blocking = (Blocking){ atom, weight };
}

guint
inquiry_find_blocking (const Inquiry *inquiry, guint atom)
{
  Blocking blocking = { REPORT_NO_ATOM, 0 };

  if (inquiry->plan != NULL)
    foreach_before (inquiry, atom, weigh, &blocking);
  return blocking.atom;
}

/* -- Deciders -----------------------------------------------------------------------------------
 */

/* ignored: the first atom before that is; has_voter: there is one before that is not. */
typedef struct
{
  guint ignored;
  gboolean has_voter;
} Voters;

static void
count_voter (const Inquiry *inquiry, guint atom, gpointer user_data)
{
  Voters *voters = (Voters *) user_data;

  if (inquiry->report->atoms[atom].state != ATOM_STATE_IGNORE)
    voters->has_voter = TRUE;
  else if (voters->ignored == REPORT_NO_ATOM || atom < voters->ignored)
    voters->ignored = atom;
}

/* The decider of a member of a flow: its own, or that of a link into it (nullable). */
static const FlowDecider *
find_member_decider (const Flow *flow, const Atom *atom, const Flow *child)
{
  for (guint i = 0; i < flow_get_n_items (flow); i++)
    {
      FlowItem item = flow_get_item (flow, i);

      if ((atom != NULL && item.atom != atom) || (child != NULL && item.flow != child))
        continue;
      if (flow_get_decider (flow, i) != NULL)
        return flow_get_decider (flow, i);
      for (guint j = 0; j < flow_get_n_links (flow); j++)
        if (flow_get_link (flow, j).to == i && flow_get_link (flow, j).decider != NULL)
          return flow_get_link (flow, j).decider;
      return NULL;
    }
  return NULL;
}

/* The decider of a flow around the atom, the innermost. */
static const FlowDecider *
find_outer_decider (const Flow *flow, const char **name)
{
  for (const Flow *parent = flow_get_parent (flow); parent != NULL; parent = flow_get_parent (flow))
    {
      const FlowDecider *decider = find_member_decider (parent, NULL, flow);

      *name = flow_get_name (flow);
      if (decider != NULL)
        return decider;
      flow = parent;
    }
  return NULL;
}

gboolean
inquiry_find_refusal (const Inquiry *inquiry, guint atom, Refusal *refusal)
{
  Voters voters = { .ignored = REPORT_NO_ATOM };
  const FlowDecider *decider;
  const Flow *flow;

  *refusal = (Refusal){ .ignored = REPORT_NO_ATOM };
  if (inquiry->plan == NULL)
    return FALSE;
  flow = plan_get_flow (inquiry->plan, inquiry->nodes[atom]);
  foreach_before (inquiry, atom, count_voter, &voters);
  decider = find_member_decider (flow, plan_get_atom (inquiry->plan, inquiry->nodes[atom]), NULL);
  if (voters.ignored != REPORT_NO_ATOM && (decider == NULL || !voters.has_voter))
    {
      refusal->ignored = voters.ignored;
      return TRUE;
    }
  if (decider == NULL)
    decider = find_outer_decider (flow, &refusal->flow);
  if (decider != NULL)
    refusal->expression = decider->expression;
  return decider != NULL;
}
