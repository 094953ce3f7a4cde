/* SPDX-License-Identifier: Apache-2.0 */
#include "flows/flow_private.h"

Flow *
flow_new (FlowKind kind, const char *name)
{
  Flow *flow;

  g_return_val_if_fail (name != NULL && *name != '\0', NULL);
  flow = g_new0 (Flow, 1);
  flow->member = (FlowMember){ .ref_count = 1, .is_flow = TRUE, .kind = (guint8) kind };
  flow->target = FLOW_NO_TARGET;
  flow->version_major = 1;
  flow->name = g_strdup (name);
  return flow;
}

Flow *
flow_new_linear (const char *name)
{
  return flow_new (FLOW_KIND_LINEAR, name);
}

Flow *
flow_new_unordered (const char *name)
{
  return flow_new (FLOW_KIND_UNORDERED, name);
}

Flow *
flow_new_graph (const char *name)
{
  return flow_new (FLOW_KIND_GRAPH, name);
}

Flow *
flow_ref (Flow *flow)
{
  g_return_val_if_fail (flow != NULL, NULL);
  g_atomic_int_inc (&flow->member.ref_count);
  return flow;
}

static void
flow_clear (Flow *flow)
{
  if (flow->retry != NULL)
    flow->retry->member.owner = NULL;
  atom_unref (flow->retry);
  g_clear_pointer (&flow->link_notes, g_array_unref);
  g_clear_pointer (&flow->member_notes, g_array_unref);
  g_free (flow->members);
  g_free (flow->edges);
  g_free (flow->mark);
  g_free (flow->name);
  g_free (flow);
}

/* Flows whose last reference is gone wait in a list through `owner`, so that a deep nest needs no
 * deep stack. */
static void
flow_release_members (Flow *flow, Flow **doomed)
{
  for (guint i = 0; i < flow->n_members; i++)
    {
      FlowMember *member = flow->members[i];

      member->owner = NULL;
      if (!member->is_flow)
        atom_unref ((Atom *) member);
      else if (g_atomic_int_dec_and_test (&member->ref_count))
        {
          member->owner = *doomed;
          *doomed = (Flow *) member;
        }
    }
}

void
flow_unref (Flow *flow)
{
  Flow *doomed = flow;

  if (flow == NULL || !g_atomic_int_dec_and_test (&flow->member.ref_count))
    return;
  flow->member.owner = NULL;
  while (doomed != NULL)
    {
      Flow *one = doomed;

      doomed = one->member.owner;
      flow_release_members (one, &doomed);
      flow_clear (one);
    }
}

const char *
flow_get_name (const Flow *flow)
{
  g_return_val_if_fail (flow != NULL, NULL);
  return flow->name;
}

FlowKind
flow_get_kind (const Flow *flow)
{
  g_return_val_if_fail (flow != NULL, FLOW_KIND_LINEAR);
  return (FlowKind) flow->member.kind;
}

static void
append_member (Flow *flow, FlowMember *member)
{
  if (flow->n_members == flow->members_size)
    {
      flow->members_size = MAX (4, flow->members_size + flow->members_size / 2);
      flow->members = g_renew (FlowMember *, flow->members, flow->members_size);
    }
  member->owner = flow;
  member->index = flow->n_members;
  flow->members[flow->n_members++] = member;
}

void
flow_add (Flow *flow, Atom *atom)
{
  g_return_if_fail (flow != NULL && atom != NULL);
  g_return_if_fail (atom->member.owner == NULL);
  g_return_if_fail (atom->member.kind != ATOM_KIND_RETRY);
  append_member (flow, &atom->member);
}

/* Whether `flow` is `other` or lies somewhere in it. */
static gboolean
flow_is_within (const Flow *flow, const Flow *other)
{
  while (flow != NULL && flow != other)
    flow = flow->member.owner;
  return flow != NULL;
}

void
flow_add_flow (Flow *flow, Flow *child)
{
  g_return_if_fail (flow != NULL && child != NULL);
  g_return_if_fail (child->member.owner == NULL);
  /* Only a flow that has members can contain this one, so building a nest from the outside in stays
   * linear. */
  g_return_if_fail (child->n_members == 0 ? flow != child : !flow_is_within (flow, child));
  append_member (flow, &child->member);
  flow->n_flows++;
}

void
flow_set_retry (Flow *flow, Atom *retry)
{
  g_return_if_fail (flow != NULL && retry != NULL);
  g_return_if_fail (retry->member.kind == ATOM_KIND_RETRY && retry->member.owner == NULL);
  g_return_if_fail (flow->retry == NULL);

  if (retry->name[0] == '\0')
    {
      g_autofree char *name = g_strconcat (flow->name, ".retry", NULL);

      retry = atom_take_renamed (retry, name);
    }
  retry->member.owner = flow;
  flow->retry = retry;
}

Atom *
flow_get_retry (const Flow *flow)
{
  g_return_val_if_fail (flow != NULL, NULL);
  return flow->retry;
}

guint
flow_get_n_items (const Flow *flow)
{
  g_return_val_if_fail (flow != NULL, 0);
  return flow->n_members;
}

FlowItem
flow_get_item (const Flow *flow, guint index)
{
  const FlowItem none = { NULL, NULL };
  FlowMember *member;

  g_return_val_if_fail (flow != NULL && index < flow->n_members, none);
  member = flow->members[index];
  return member->is_flow ? (FlowItem){ .flow = (Flow *) member }
                         : (FlowItem){ .atom = (Atom *) member };
}

Flow *
flow_get_parent (const Flow *flow)
{
  g_return_val_if_fail (flow != NULL, NULL);
  return flow->member.owner;
}

Flow *
flow_find_of_atom (const Atom *atom)
{
  g_return_val_if_fail (atom != NULL, NULL);
  return atom->member.owner;
}

void
flow_set_timeout (Flow *flow, gint64 timeout_us)
{
  g_return_if_fail (flow != NULL && timeout_us >= 0);
  flow->timeout_us = timeout_us;
}

gint64
flow_get_timeout (const Flow *flow)
{
  g_return_val_if_fail (flow != NULL, 0);
  return flow->timeout_us;
}

void
flow_set_version (Flow *flow, guint16 major, guint16 minor)
{
  g_return_if_fail (flow != NULL);
  flow->version_major = major;
  flow->version_minor = minor;
}

void
flow_get_version (const Flow *flow, guint16 *major, guint16 *minor)
{
  g_return_if_fail (flow != NULL);
  *major = flow->version_major;
  *minor = flow->version_minor;
}

void
flow_set_mark (Flow *flow, const SourceMark *mark)
{
  g_return_if_fail (flow != NULL);
  g_free (flow->mark);
  flow->mark = g_memdup2 (mark, sizeof *mark);
}

const SourceMark *
flow_get_mark (const Flow *flow)
{
  g_return_val_if_fail (flow != NULL, NULL);
  return flow->mark;
}
