/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/core/core_running.h"

void
core_running_index (CoreRunning *running)
{
  guint first = running->index.slots != NULL ? running->length - 1 : 0;

  for (guint i = first; i < running->length; i++)
    node_index_put (&running->index, running->items[i], i);
}

static guint
find_place (const CoreRunning *running, guint32 node)
{
  guint at = 0;

  if (running->index.slots != NULL)
    return node_index_find (&running->index, node);
  while (running->items[at] != node)
    at++;
  return at;
}

void
core_running_remove (CoreRunning *running, guint32 node)
{
  guint at = find_place (running, node);
  guint32 last = vector_pop (running);

  running->items[at] = last;
  if (running->index.slots == NULL)
    return;
  node_index_remove (&running->index, node);
  if (running->length <= NODE_INDEX_DROP)
    node_index_clear (&running->index);
  else if (last != node)
    node_index_put (&running->index, last, at);
}
