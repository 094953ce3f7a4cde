/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* NodeIndex: where nodes stand in a list, so that a long list is never searched. A short list has
 * no index: searching a few numbers in a row costs less. Memory follows the length of the list, not
 * the size of the plan. One owner. */

#include <glib.h>

/* A list of up to so many nodes is searched. */
#define NODE_INDEX_SHORT 16u

/* An index is dropped when its list has come down to so many. */
#define NODE_INDEX_DROP 8u

#define NODE_INDEX_NONE G_MAXUINT

typedef struct
{
  guint32 node;
  guint32 place_plus_one; /* 0: free */
} NodeIndexSlot;

typedef struct
{
  NodeIndexSlot *slots; /* (nullable) `mask` + 1 of them; NULL while the list is short */
  guint32 mask;
  guint32 count;
} NodeIndex;

/* Says that `node` stands at `place`, whether it was in the index or not. */
void node_index_put (NodeIndex *index, guint32 node, guint place);

/* Takes `node` out, which is there. */
void node_index_remove (NodeIndex *index, guint32 node);

/* Returns: the place of `node`, NODE_INDEX_NONE when it is not in the index. */
guint node_index_find (const NodeIndex *index, guint32 node);

/* Frees what it holds; the index is empty then. */
void node_index_clear (NodeIndex *index);
