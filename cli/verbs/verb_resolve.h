/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* resolve: say what to make of a step that a run cannot go on with.
 */

#include "cli/verb.h"

G_BEGIN_DECLS

extern const Verb verb_resolve;

G_END_DECLS
