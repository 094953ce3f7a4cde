/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A timeline as a picture.
 */

#include "cli/views/timeline.h"

G_BEGIN_DECLS

/* Appends the timeline as an SVG document. */
void timeline_append_svg (GString *out, const Timeline *timeline);

G_END_DECLS
