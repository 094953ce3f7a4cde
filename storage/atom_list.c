/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/atom_list.h"

/* Strings are cut from blocks of this size. */
#define BLOCK_BYTES 4096

struct AtomList
{
  GArray *atoms; /* of StorageAtom */
  GStringChunk *strings;
};

AtomList *
atom_list_new (guint n_atoms)
{
  AtomList *list = g_new0 (AtomList, 1);

  list->atoms = g_array_sized_new (FALSE, FALSE, sizeof (StorageAtom), n_atoms);
  list->strings = g_string_chunk_new (BLOCK_BYTES);
  return list;
}

void
atom_list_free (AtomList *list)
{
  if (list == NULL)
    return;
  g_array_unref (list->atoms);
  g_string_chunk_free (list->strings);
  g_free (list);
}

/* The name of the flow of the atom before, when it is the same. */
static const char *
find_flow (const AtomList *list, const char *flow)
{
  const char *last;

  if (list->atoms->len == 0)
    return NULL;
  last = g_array_index (list->atoms, StorageAtom, list->atoms->len - 1).flow;
  return g_strcmp0 (last, flow) == 0 ? last : NULL;
}

void
atom_list_add (AtomList *list, const StorageAtom *atom)
{
  StorageAtom copy = *atom;

  copy.name = g_string_chunk_insert (list->strings, atom->name);
  copy.flow = find_flow (list, atom->flow);
  if (copy.flow == NULL && atom->flow != NULL)
    copy.flow = g_string_chunk_insert (list->strings, atom->flow);
  g_array_append_val (list->atoms, copy);
}

const StorageAtom *
atom_list_get (const AtomList *list, guint *count)
{
  *count = list->atoms->len;
  return list->atoms->len > 0 ? &g_array_index (list->atoms, StorageAtom, 0) : NULL;
}
