/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Running: the nodes with an attempt in flight, in no order. */

#include "engine/core/node_index.h"
#include "engine/plan/vector.h"

typedef struct
{
  guint32 *items;
  guint length;
  guint size;
  NodeIndex index; /* places in `items` */
} CoreRunning;

/* Puts a list that has become long, whose last node was just added, into the index. */
void core_running_index (CoreRunning *running);

/* Takes out a node that is in the list. */
void core_running_remove (CoreRunning *running, guint32 node);

/* Adds a node that is not in the list. */
static inline void
core_running_add (CoreRunning *running, guint32 node)
{
  vector_push (running, node);
  if (G_UNLIKELY (running->length > NODE_INDEX_SHORT))
    core_running_index (running);
}
