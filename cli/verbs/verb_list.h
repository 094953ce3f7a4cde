/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* list: the runs of a store.
 */

#include "cli/verb.h"

G_BEGIN_DECLS

extern const Verb verb_list;

G_END_DECLS
