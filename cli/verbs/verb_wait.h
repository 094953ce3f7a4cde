/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* wait: wait until nothing drives a run, and say how it ended.
 */

#include "cli/verb.h"

G_BEGIN_DECLS

extern const Verb verb_wait;

G_END_DECLS
