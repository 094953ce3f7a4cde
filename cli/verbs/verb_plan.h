/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* plan: what a run would do, and what would be undone.
 */

#include "cli/verb.h"

G_BEGIN_DECLS

extern const Verb verb_plan;

G_END_DECLS
