/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Explicit links between the steps of a graph flow. Private to the loader. */

#include "flows/yaml/keys.h"

G_BEGIN_DECLS

extern const KeyTable link_key_table;

/* Reads the links of a graph flow whose steps are complete. */
void link_reader_read (Loader *loader, const Node *links, Flow *flow);

G_END_DECLS
