/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* init: write a first flow file.
 */

#include "cli/verb.h"

G_BEGIN_DECLS

extern const Verb verb_init;

G_END_DECLS
