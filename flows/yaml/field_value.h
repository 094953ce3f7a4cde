/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Nodes of a flow file as values. Private to the loader. */

#include "flows/yaml/loading.h"

G_BEGIN_DECLS

/* Any value: a GVariant of the table in values/value.h. Returns: (transfer full) not floating; NULL
 * when it has no place there, which is reported. */
GVariant *field_dup_value (Loader *loader, const Node *node);

G_END_DECLS
