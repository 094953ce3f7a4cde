/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Lines of `backflow export`: a record of a journal as a JSON object. Transitions and notes are as
 * the event log has them, with what only the store knows added. The names are a contract:
 * backflow(1), EXPORT.
 */

#include <backflow/storage/storage.h>

G_BEGIN_DECLS

/* Appends the first line of an export: the run and its atoms, with its line end. */
void journal_line_append_header (GString *out, const StorageRunInfo *run, const StorageAtom *atoms,
                                 guint n_atoms);

/* Appends a record as a line; nothing for one of an atom that is not among `atoms`. */
void journal_line_append (GString *out, const StorageRunInfo *run, const StorageAtom *atoms,
                          guint n_atoms, const StorageRecord *record);

G_END_DECLS
