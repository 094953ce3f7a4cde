/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* run: run a flow file.
 */

#include "cli/verb.h"

G_BEGIN_DECLS

extern const Verb verb_run;

G_END_DECLS
