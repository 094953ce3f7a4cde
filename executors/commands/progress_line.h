/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One line that a command writes to the file of BACKFLOW_PROGRESS: `0.25`, `25%`, either with words
 * after it, or a JSON object with `progress`, which is one of the two, and whatever else.
 * Stateless; any thread.
 */

#include <glib.h>

G_BEGIN_DECLS

/* The longest line, in bytes. */
#define PROGRESS_LINE_MAX_BYTES 4096

/* What a line is. */
typedef enum
{
  PROGRESS_LINE_BLANK,
  PROGRESS_LINE_PROGRESS,
  PROGRESS_LINE_GARBAGE,
} ProgressLineKind;

/* Reads the `size` bytes of a line, without its newline. A share is a plain decimal number from 0
 * to 1, or to 100 before `%`: what lies outside is garbage, because `25` can't be meant and must
 * not be taken for 1. Of progress, `fraction` gets the share, and `details` (transfer full) an
 * object, not floating: the words under `text`, or the other keys of the object; NULL when there
 * are none. */
ProgressLineKind progress_line_read (const char *line, gsize size, double *fraction,
                                     GVariant **details);

G_END_DECLS
