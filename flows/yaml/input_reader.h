/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Declared inputs of a flow file. Private to the loader. */

#include "flows/yaml/keys.h"

G_BEGIN_DECLS

extern const KeyTable input_key_table;

/* Reads the value of `inputs` into the file. */
void input_reader_read (Loader *loader, const Node *node);

/* Whether the value has the type, or is null where the input's default is; an integer becomes a
 * number where one is wanted, so `value` may be replaced. */
gboolean input_reader_fit (const FlowInput *input, GVariant **value);

G_END_DECLS
