/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Leftovers: attempts whose owner ended before they did. Each is asked about, then repeated or
 * probed, in the order in which they were found. A node has at most one.
 */

#include "engine/core/core_events.h"

G_BEGIN_DECLS

typedef struct Core Core;

typedef struct
{
  CoreLeftover *items;
  guint length;
  guint size;
  guint cursor; /* where the next search begins: answers mostly come in the order of `items` */
} CoreLeftovers;

/* Sets the state of the node's leftover, which is added when there is none. */
void core_set_leftover (Core *core, guint32 node, CoreLeftoverState state);

/* Removes the leftover of the node, if it has one. */
void core_forget_leftover (Core *core, guint32 node);

/* Removes all leftovers. */
void core_empty_leftovers (Core *core);

/* Asks what to make of the leftover of the node, which is added when there is none. */
void core_ask_leftover (Core *core, guint32 node);

/* Asks about every leftover whose fate is not known; `anew`: also about those whose fate is. */
void core_ask_leftovers (Core *core, gboolean anew);

/* Whether a former owner has left an attempt of the node behind that was not taken up yet. */
gboolean core_is_left (const Core *core, guint32 node);

/* Whether an interrupted attempt counts as failed when it is to be repeated: an execute that would
 * be reverted at once is not repeated, and a run that is kept as it is starts nothing. */
gboolean core_counts_as_failed (const Core *core, guint32 node);

/* Whether some leftover can be repeated or probed now. */
gboolean core_has_known_leftover (const Core *core);

/* Repeats or probes leftovers, as far as their fate is known and `capacity` allows. */
void core_start_leftovers (Core *core, guint capacity);

G_END_DECLS
