/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* why: the reasons for the state of a step.
 */

#include "cli/verb.h"

G_BEGIN_DECLS

extern const Verb verb_why;

G_END_DECLS
