/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From a flow to a run that can be driven. */

#include <backflow/storage/storage.h>

G_BEGIN_DECLS

typedef struct Engine Engine;

/* Makes the engine ready to be driven: compiled, validated, its run in the store, its port open.
 * FALSE with an ENGINE_ERROR, a STORAGE_ERROR or an EXECUTOR_ERROR. */
gboolean prepare_run (Engine *engine, GError **error);

/* Derives what the engine keeps of the header of its run, which was made or taken over. */
void prepare_adopt_run (Engine *engine);

/* Describes the atom of `node` for the store; strings borrowed. */
StorageAtom prepare_describe_atom (const Engine *engine, guint32 node);

G_END_DECLS
