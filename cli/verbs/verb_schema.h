/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* schema: the JSON Schema of flow files.
 */

#include "cli/verb.h"

G_BEGIN_DECLS

extern const Verb verb_schema;

G_END_DECLS
