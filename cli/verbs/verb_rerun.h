/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* rerun: run the flow file of a run again, with the same inputs.
 */

#include "cli/verb.h"

G_BEGIN_DECLS

extern const Verb verb_rerun;

G_END_DECLS
