/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing with linear probing. A slot that is freed is filled from behind, so that a search
 * may end at the first free slot.
 */
#include "engine/core/node_index.h"

static guint32
home_of (const NodeIndex *index, guint32 node)
{
  return node * 2654435769u & index->mask;
}

/* The slot of `node`, or the free one where it would go. */
static NodeIndexSlot *
find_slot (const NodeIndex *index, guint32 node)
{
  guint32 at = home_of (index, node);

  while (index->slots[at].place_plus_one != 0 && index->slots[at].node != node)
    at = (at + 1) & index->mask;
  return &index->slots[at];
}

/* Doubles the table. */
static void
grow (NodeIndex *index)
{
  NodeIndex larger
      = { .mask = index->slots != NULL ? index->mask * 2 + 1 : 63, .count = index->count };

  larger.slots = g_new0 (NodeIndexSlot, (gsize) larger.mask + 1);
  for (guint32 i = 0; index->slots != NULL && i <= index->mask; i++)
    if (index->slots[i].place_plus_one != 0)
      *find_slot (&larger, index->slots[i].node) = index->slots[i];
  g_free (index->slots);
  *index = larger;
}

void
node_index_put (NodeIndex *index, guint32 node, guint place)
{
  NodeIndexSlot *slot;

  if (index->slots == NULL || index->count >= index->mask / 2)
    grow (index);
  slot = find_slot (index, node);
  index->count += slot->place_plus_one == 0;
  *slot = (NodeIndexSlot){ node, place + 1 };
}

void
node_index_remove (NodeIndex *index, guint32 node)
{
  guint32 hole = (guint32) (find_slot (index, node) - index->slots);

  g_assert (index->slots[hole].place_plus_one != 0);
  index->count--;
  for (guint32 at = (hole + 1) & index->mask; index->slots[at].place_plus_one != 0;
       at = (at + 1) & index->mask)
    {
      guint32 distance = (at - home_of (index, index->slots[at].node)) & index->mask;

      if (distance < ((at - hole) & index->mask))
        continue;
      index->slots[hole] = index->slots[at];
      hole = at;
    }
  index->slots[hole].place_plus_one = 0;
}

guint
node_index_find (const NodeIndex *index, guint32 node)
{
  const NodeIndexSlot *slot;

  if (index->slots == NULL)
    return NODE_INDEX_NONE;
  slot = find_slot (index, node);
  return slot->place_plus_one != 0 ? slot->place_plus_one - 1 : NODE_INDEX_NONE;
}

void
node_index_clear (NodeIndex *index)
{
  g_free (index->slots);
  *index = (NodeIndex){ NULL, 0, 0 };
}
