/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* export: the journal of a run as it is.
 */

#include "cli/verb.h"

G_BEGIN_DECLS

extern const Verb verb_export;

G_END_DECLS
