/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* show: a run, its steps and what is left.
 */

#include "cli/verb.h"

G_BEGIN_DECLS

extern const Verb verb_show;

G_END_DECLS
