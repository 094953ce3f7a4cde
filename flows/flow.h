/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Flow: the structure that people build: atoms and flows in order (linear), without order
 * (unordered), or in the order of links, given and inferred from symbols (graph), nested to any
 * depth. A flow is pure structure; an engine compiles it (engine/engine.h), and that is where
 * symbols are matched and cycles, ambiguities and duplicate names are found. A flow is built on one
 * thread; it owns what was added and is not changed once an engine has it.
 */

#include <backflow/atoms/atom.h>
#include <backflow/values/visibility.h>

G_BEGIN_DECLS

typedef struct Flow Flow;

/* The pattern of a flow. */
typedef enum
{
  FLOW_KIND_LINEAR,    /* one after the other, in the order of adding */
  FLOW_KIND_UNORDERED, /* no order; siblings do not see each other's symbols */
  FLOW_KIND_GRAPH,     /* ordered by links: explicit ones, and from a provider of a symbol to who
                          requires it */
} FlowKind;

/* How far the IGNOREing of a step reaches when a decider says no. */
typedef enum
{
  FLOW_DEPTH_ALL,       /* the step and everything after it */
  FLOW_DEPTH_FLOW,      /* the step and what comes after it in its flow */
  FLOW_DEPTH_NEIGHBORS, /* the step and its direct successors */
  FLOW_DEPTH_ATOM,      /* the step only */
} FlowDepth;

/* A decider in C: whether the link may be taken. `history`: object of atom name to result, of all
 * sources of the links with deciders into the target. Runs in the engine's thread. Errors fail the
 * target and roll back like any failure. */
typedef gboolean (*FlowDecideFunc) (GVariant *history, gpointer user_data, GError **error);

/* A decider: a C function or an SQLite expression, exactly one of them. */
typedef struct
{
  FlowDecideFunc func;
  gpointer user_data;
  GDestroyNotify destroy;
  const char *expression;
  FlowDepth depth;
  gboolean is_strict;     /* a step that requires what only an ignored step provides is an error of
                             the flow, not a warning; for a depth that was not chosen */
  const SourceMark *mark; /* (nullable) where the expression stands; copied */
} FlowDecider;

/* A member of a flow: an atom or a flow. Exactly one of them is set. */
typedef struct
{
  Atom *atom;
  Flow *flow;
} FlowItem;

/* Makes an empty flow. name: not empty. Returns: (transfer full). */
BACKFLOW_PUBLIC Flow *flow_new (FlowKind kind, const char *name);

/* The three kinds by their names. Returns: (transfer full). */
BACKFLOW_PUBLIC Flow *flow_new_linear (const char *name);
BACKFLOW_PUBLIC Flow *flow_new_unordered (const char *name);
BACKFLOW_PUBLIC Flow *flow_new_graph (const char *name);

/* Takes and drops references; NULL is fine for the latter. Freeing does not recurse, however deep
 * the nest. */
BACKFLOW_PUBLIC Flow *flow_ref (Flow *flow);
BACKFLOW_PUBLIC void flow_unref (Flow *flow);

/* The name, borrowed. Names of flows need not be unique. */
BACKFLOW_PUBLIC const char *flow_get_name (const Flow *flow);

/* The kind. */
BACKFLOW_PUBLIC FlowKind flow_get_kind (const Flow *flow);

/* Adds an atom; (transfer full). Retry controllers and atoms that belong to a flow already are
 * refused with a critical message. */
BACKFLOW_PUBLIC void flow_add (Flow *flow, Atom *atom);

/* Adds a flow; (transfer full). A flow that belongs to one already, or that contains this one, is
 * refused with a critical message. */
BACKFLOW_PUBLIC void flow_add_flow (Flow *flow, Flow *child);

/* Gives the flow its retry controller; (transfer full). An unnamed one is named FLOW.retry. A flow
 * has at most one. */
BACKFLOW_PUBLIC void flow_set_retry (Flow *flow, Atom *retry);

/* The retry controller, borrowed (nullable). */
BACKFLOW_PUBLIC Atom *flow_get_retry (const Flow *flow);

/* Number of members, and the member at `index`, borrowed. */
BACKFLOW_PUBLIC guint flow_get_n_items (const Flow *flow);
BACKFLOW_PUBLIC FlowItem flow_get_item (const Flow *flow, guint index);

/* The flow that this one was added to, borrowed (nullable). */
BACKFLOW_PUBLIC Flow *flow_get_parent (const Flow *flow);

/* The flow that an atom was added to, borrowed (nullable). */
BACKFLOW_PUBLIC Flow *flow_find_of_atom (const Atom *atom);

/* Limits how long the flow may take in all, its retries with the waits between them included, in
 * microseconds from the start of the first thing in it, also while the run is suspended; 0 (when
 * not set) for no limit. Past it what executes in it has failed, neither its retry controller nor
 * those inside are asked any more, and a try that could begin only then is not waited for. Reverts
 * are not limited by it. */
BACKFLOW_PUBLIC void flow_set_timeout (Flow *flow, gint64 timeout_us);
BACKFLOW_PUBLIC gint64 flow_get_timeout (const Flow *flow);

/* Sets and gets the version, major.minor; 1.0 when not set. */
BACKFLOW_PUBLIC void flow_set_version (Flow *flow, guint16 major, guint16 minor);
BACKFLOW_PUBLIC void flow_get_version (const Flow *flow, guint16 *major, guint16 *minor);

/* Where the flow stands in a flow file; copied. */
BACKFLOW_PUBLIC void flow_set_mark (Flow *flow, const SourceMark *mark);
BACKFLOW_PUBLIC const SourceMark *flow_get_mark (const Flow *flow);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Flow, flow_unref)

G_END_DECLS
