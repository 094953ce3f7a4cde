/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The table of all verbs.
 */

#include "cli/verb.h"

G_BEGIN_DECLS

/* The verb at `index` in the order of the help text (nullable): NULL past the last. */
const Verb *verbs_get (guint index);

/* The verb of that name (nullable). */
const Verb *verbs_find (const char *name);

/* The verb that a user of other tools means by that name (nullable); static. */
const char *verbs_find_synonym (const char *name);

G_END_DECLS
