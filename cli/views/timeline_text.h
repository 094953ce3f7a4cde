/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A timeline as text.
 */

#include "cli/console.h"
#include "cli/views/timeline.h"

G_BEGIN_DECLS

/* Appends the timeline as text of at most `columns` columns, where that is possible. */
void timeline_append_text (GString *out, const Timeline *timeline, guint columns,
                           const Style *style);

G_END_DECLS
