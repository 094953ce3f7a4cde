/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* timeline: when steps ran.
 */

#include "cli/verb.h"

G_BEGIN_DECLS

extern const Verb verb_timeline;

G_END_DECLS
