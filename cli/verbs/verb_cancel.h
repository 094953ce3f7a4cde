/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* cancel and suspend: ask a run to stop, or end it here.
 */

#include "cli/verb.h"

G_BEGIN_DECLS

extern const Verb verb_cancel;
extern const Verb verb_suspend;

G_END_DECLS
