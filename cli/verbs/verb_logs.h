/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* logs: what the commands of a run wrote.
 */

#include "cli/verb.h"

G_BEGIN_DECLS

extern const Verb verb_logs;

G_END_DECLS
