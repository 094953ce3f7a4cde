/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* resume: go on with a run.
 */

#include "cli/verb.h"

G_BEGIN_DECLS

extern const Verb verb_resume;

G_END_DECLS
