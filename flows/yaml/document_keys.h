/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Finds keys that a mapping has twice. Private to the loader. */

#include "flows/yaml/document.h"

G_BEGIN_DECLS

/* Reports the keys of a mapping that are there twice. scratch: an array of guint32 that is used
 * again and again. */
void document_keys_check (Document *document, const Node *mapping, GArray *scratch,
                          Diagnostics *diagnostics);

G_END_DECLS
