/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* StandIns: what takes the place of the functions that a module would register, where modules are
 * not loaded: a flow can be read and compiled with them, and an attempt of one fails.
 */

#include "flows/yaml/loading.h"

G_BEGIN_DECLS

/* Registers a stand-in under `name` when the file names modules and none was loaded. kind: TASK or
 * RETRY. Returns: whether there is one. */
gboolean stand_ins_add (Loader *loader, AtomKind kind, const char *name);

G_END_DECLS
