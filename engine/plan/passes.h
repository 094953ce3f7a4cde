/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Passes: what the passes of the compiler share. Each pass is a file with a header of its own;
 * compiler.c calls them in order: layout (numbers), symbols and deciders (which symbols are
 * provided and read), scopes (which provider serves which reader, and the links that follow), edges
 * and cycle (successors and predecessors). */

#include "engine/plan/plan_private.h"

G_BEGIN_DECLS

typedef struct
{
  Plan *plan;
  Diagnostics *diagnostics;
  GHashTable *excluded;     /* (nullable) FlowMembers that a target leaves out */
  GArray **inferred;        /* by flow: (nullable) FlowEdges that follow from symbols */
  GArray *provided;         /* of PlanProvided, until they are sorted by symbol */
  GArray *provided_symbols; /* of guint32, parallel to `provided` */
  GHashTable *outer_scopes; /* (symbol, flow) to the number of a scope */
  gboolean has_symbols; /* some atom has arguments or provides something, or there are deciders */
  gboolean has_deciders;
  gboolean has_priorities;
} Compiler;

G_END_DECLS
