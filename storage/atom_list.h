/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* AtomList: the atoms of a run as a store keeps them in memory, with copies of their strings.
 * Neighbours in the same flow share its name. For backends; owned by whoever made it, one thread.
 */

#include <backflow/storage/storage.h>

G_BEGIN_DECLS

typedef struct AtomList AtomList;

/* Makes a list with room for `n_atoms`. Returns: (transfer full). */
AtomList *atom_list_new (guint n_atoms);

/* Frees the list; NULL is fine. */
void atom_list_free (AtomList *list);

/* Adds a copy of `atom` at the end. */
void atom_list_add (AtomList *list, const StorageAtom *atom);

/* The atoms, borrowed until the next addition; NULL when there are none. */
const StorageAtom *atom_list_get (const AtomList *list, guint *count);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AtomList, atom_list_free)

G_END_DECLS
