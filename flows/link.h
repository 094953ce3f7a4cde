/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Links of a graph flow, deciders of links and steps, and the target of a graph flow. Belongs to
 * the thread that builds the flow. */

#include <backflow/flows/flow.h>

G_BEGIN_DECLS

/* An explicit link between two members, by their positions in the flow. decider: (nullable). */
typedef struct
{
  guint from;
  guint to;
  const FlowDecider *decider;
  const SourceMark *mark; /* (nullable) */
} FlowLink;

/* Links two atoms of a graph flow: `to` starts when `from` is done. Linking the same pair again is
 * one link. */
BACKFLOW_PUBLIC void flow_link (Flow *flow, Atom *from, Atom *to);

/* Links members of a graph flow, atoms or flows, optionally with a decider (nullable; copied, its
 * user data taken over). */
BACKFLOW_PUBLIC void flow_link_items (Flow *flow, FlowItem from, FlowItem to,
                                      const FlowDecider *decider, const SourceMark *mark);

/* Makes only `atom` or `child` (a member of this graph flow) and what it depends on exist for
 * engines; both NULL takes that back. */
BACKFLOW_PUBLIC void flow_set_target (Flow *flow, FlowItem target);

/* Makes a `when` of a step: a decider on the edges into the member at `index`, and on its start
 * where it has none. Copied. */
BACKFLOW_PUBLIC void flow_set_decider (Flow *flow, guint index, const FlowDecider *decider);

/* The decider of flow_set_decider(), borrowed (nullable). */
BACKFLOW_PUBLIC const FlowDecider *flow_get_decider (const Flow *flow, guint index);

/* Number of explicit links, and the link at `index`, by value with borrowed pointers. */
BACKFLOW_PUBLIC guint flow_get_n_links (const Flow *flow);
BACKFLOW_PUBLIC FlowLink flow_get_link (const Flow *flow, guint index);

G_END_DECLS
