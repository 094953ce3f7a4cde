/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Metadata as a journal has it. */

#include <backflow/engine/metadata.h>

G_BEGIN_DECLS

typedef struct Engine Engine;

/* What the journal says of `node` (STORAGE_NO_ATOM: the run): `(sv)`. */
void metadata_restore (Engine *engine, guint32 node, GVariant *record);

/* Forgets the metadata of all atoms; that of the run stays. */
void metadata_forget_atoms (Engine *engine);

G_END_DECLS
