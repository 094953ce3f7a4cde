/* SPDX-License-Identifier: Apache-2.0 */
#include <backflow/flows/link.h>

#include "flows/flow_private.h"

static FlowMember *
item_get_member (FlowItem item)
{
  return item.flow != NULL ? &item.flow->member : item.atom != NULL ? &item.atom->member : NULL;
}

static void
decider_free (FlowDecider *decider)
{
  if (decider == NULL)
    return;
  if (decider->destroy != NULL)
    decider->destroy (decider->user_data);
  g_free ((gpointer) (guintptr) decider->expression);
  g_free ((gpointer) (guintptr) decider->mark);
  g_free (decider);
}

static FlowDecider *
decider_copy (const FlowDecider *decider)
{
  FlowDecider *copy = g_memdup2 (decider, sizeof *decider);

  copy->expression = g_strdup (decider->expression);
  copy->mark = g_memdup2 (decider->mark, sizeof *decider->mark);
  return copy;
}

static void
note_clear (gpointer data)
{
  FlowNote *note = data;

  decider_free (note->decider);
  g_free (note->mark);
}

/* The place of the note `at` in `notes`, or where it would be. */
static guint
note_position (const GArray *notes, guint at)
{
  guint low = 0;
  guint high = notes->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (g_array_index (notes, FlowNote, middle).at < at)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

static void
note_set (GArray **notes, guint at, const FlowDecider *decider, const SourceMark *mark)
{
  FlowNote note = { .at = at };
  guint position;

  if (decider == NULL && mark == NULL)
    return;
  if (*notes == NULL)
    {
      *notes = g_array_new (FALSE, TRUE, sizeof (FlowNote));
      g_array_set_clear_func (*notes, note_clear);
    }
  position = note_position (*notes, at);
  if (position < (*notes)->len && g_array_index (*notes, FlowNote, position).at == at)
    g_array_remove_index (*notes, position);
  note.decider = decider != NULL ? decider_copy (decider) : NULL;
  note.mark = g_memdup2 (mark, sizeof *mark);
  g_array_insert_val (*notes, position, note);
}

/* The note at a position (nullable); notes are in the order of their positions. */
static const FlowNote *
find_note (const GArray *notes, guint at)
{
  guint position;

  if (notes == NULL)
    return NULL;
  position = note_position (notes, at);
  if (position == notes->len || g_array_index (notes, FlowNote, position).at != at)
    return NULL;
  return &g_array_index (notes, FlowNote, position);
}

static void
append_edge (Flow *flow, guint32 from, guint32 to)
{
  if (flow->n_edges == flow->edges_size)
    {
      flow->edges_size = MAX (4, flow->edges_size + flow->edges_size / 2);
      flow->edges = g_renew (FlowEdge, flow->edges, flow->edges_size);
    }
  flow->edges[flow->n_edges++] = (FlowEdge){ from, to };
}

void
flow_link (Flow *flow, Atom *from, Atom *to)
{
  g_return_if_fail (flow != NULL && flow->member.kind == FLOW_KIND_GRAPH);
  g_return_if_fail (from != NULL && from->member.owner == flow && from != flow->retry);
  g_return_if_fail (to != NULL && to->member.owner == flow && to != flow->retry);
  append_edge (flow, from->member.index, to->member.index);
}

void
flow_link_items (Flow *flow, FlowItem from, FlowItem to, const FlowDecider *decider,
                 const SourceMark *mark)
{
  FlowMember *source = item_get_member (from);
  FlowMember *sink = item_get_member (to);

  g_return_if_fail (flow != NULL && flow->member.kind == FLOW_KIND_GRAPH);
  g_return_if_fail (source != NULL && source->owner == flow
                    && (from.atom == NULL || from.atom != flow->retry));
  g_return_if_fail (sink != NULL && sink->owner == flow
                    && (to.atom == NULL || to.atom != flow->retry));
  g_return_if_fail (decider == NULL || (decider->func != NULL) != (decider->expression != NULL));
  note_set (&flow->link_notes, flow->n_edges, decider, mark);
  append_edge (flow, source->index, sink->index);
}

guint
flow_get_n_links (const Flow *flow)
{
  g_return_val_if_fail (flow != NULL, 0);
  return flow->n_edges;
}

FlowLink
flow_get_link (const Flow *flow, guint index)
{
  const FlowLink none = { 0, 0, NULL, NULL };
  const FlowNote *note;

  g_return_val_if_fail (flow != NULL && index < flow->n_edges, none);
  note = find_note (flow->link_notes, index);
  return (FlowLink){ .from = flow->edges[index].from,
                     .to = flow->edges[index].to,
                     .decider = note != NULL ? note->decider : NULL,
                     .mark = note != NULL ? note->mark : NULL };
}

void
flow_set_decider (Flow *flow, guint index, const FlowDecider *decider)
{
  g_return_if_fail (flow != NULL && index < flow->n_members);
  g_return_if_fail (decider != NULL && (decider->func != NULL) != (decider->expression != NULL));
  note_set (&flow->member_notes, index, decider, NULL);
}

const FlowDecider *
flow_get_decider (const Flow *flow, guint index)
{
  const FlowNote *note;

  g_return_val_if_fail (flow != NULL && index < flow->n_members, NULL);
  note = find_note (flow->member_notes, index);
  return note != NULL ? note->decider : NULL;
}

void
flow_set_target (Flow *flow, FlowItem target)
{
  FlowMember *member = item_get_member (target);

  g_return_if_fail (flow != NULL && flow->member.kind == FLOW_KIND_GRAPH);
  g_return_if_fail (member == NULL || member->owner == flow);
  flow->target = member != NULL ? member->index : FLOW_NO_TARGET;
}
