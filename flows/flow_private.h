/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The layout of a Flow, for the compiler, which walks it without asking member by member. Only
 * flows/ writes here. */

#include "atoms/atom_private.h"

#include <backflow/flows/flow.h>

G_BEGIN_DECLS

/* An explicit link, by positions of the members. */
typedef struct
{
  guint32 from;
  guint32 to;
} FlowEdge;

/* What only few links and members have: a decider, a place in a flow file. `at`: the position of
 * the link or member. */
typedef struct
{
  guint32 at;
  FlowDecider *decider; /* (nullable), owned with what it holds */
  SourceMark *mark;     /* (nullable), owned */
} FlowNote;

struct Flow
{
  FlowMember member;
  Atom *retry;          /* (nullable), owned */
  FlowMember **members; /* owned, with a reference each */
  guint n_members;
  guint members_size;
  guint n_flows;   /* members that are flows */
  FlowEdge *edges; /* owned */
  guint n_edges;
  guint edges_size;
  GArray *link_notes;   /* (nullable) of FlowNote, by position of the link */
  GArray *member_notes; /* (nullable) of FlowNote, by position of the member */
  guint32 target;       /* position of the target; FLOW_NO_TARGET */
  guint16 version_major;
  guint16 version_minor;
  gint64 timeout_us; /* 0: none */
  SourceMark *mark;  /* (nullable) */
  char *name;
};

#define FLOW_NO_TARGET G_MAXUINT32

G_END_DECLS
