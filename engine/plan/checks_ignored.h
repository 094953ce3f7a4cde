/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Ignored: which steps the deciders of a plan may ignore, and whether a step may begin though
 * another one, before it, was ignored. What is ignored with depth `all` takes everything after it
 * along, so only the other depths matter.
 */

#include "engine/plan/plan_private.h"

G_BEGIN_DECLS

/* How many providers are asked about at once. */
#define IGNORED_PROVIDERS_MAX 16u

typedef struct
{
  const Plan *plan;
  guint32
      *offsets; /* (nullable) n_nodes + 1, into `deciders`; NULL: nobody is ever ignored alone */
  guint32 *deciders; /* by node, ascending: places in Plan.deciders of those that may ignore the
                        node, depth `all` left out */
} Ignored;

/* Finds out for a plan, which has to outlive it. The work is bounded by nodes and edges: of a great
 * many deciders with large depths the last are left out. */
void ignored_init (Ignored *ignored, const Plan *plan);

/* Frees what it holds. */
void ignored_clear (Ignored *ignored);

/* Whether a decider with another depth than `all` may ignore the node. */
static inline gboolean
ignored_is_possible (const Ignored *ignored, guint32 node)
{
  return ignored->offsets != NULL && ignored->offsets[node] != ignored->offsets[node + 1];
}

/* Whether all of `count` providers may be ignored in one execution in which `reader`, which comes
 * after them, begins. A decider whose condition `reader` has itself ignores nobody then. is_given:
 * (nullable) by symbol; then it must be an execution in which the execute of `reader` is called,
 * because nothing that it requires is missing. Of a great many possibilities not all are tried; the
 * answer is then yes. Returns: the decider that ignores the first of them, NULL for no. */
const PlanDecider *ignored_find_loss (const Ignored *ignored, const guint32 *providers, guint count,
                                      guint32 reader, const guint8 *is_given);

G_END_DECLS
