/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* revert: undo a run.
 */

#include "cli/verb.h"

G_BEGIN_DECLS

extern const Verb verb_revert;

G_END_DECLS
