/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* check: find all that is wrong with a flow file.
 */

#include "cli/verb.h"

G_BEGIN_DECLS

extern const Verb verb_check;

G_END_DECLS
