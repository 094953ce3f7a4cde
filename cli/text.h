/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Texts for people: what comes from elsewhere is made harmless for a terminal, times and durations
 * are made readable. Pure functions; any thread.
 */

#include <glib.h>

G_BEGIN_DECLS

/* The text on one line: control characters, line ends too, become blanks; what is not UTF-8 becomes
 * U+FFFD. NULL is "". Returns: (transfer full). */
char *text_dup_visible (const char *text);

/* As text_dup_visible(), but line ends and tabs stay. Returns: (transfer full). */
char *text_dup_visible_lines (const char *text);

/* The text, indented by `indent` spaces on each line, without the last line end. Returns: (transfer
 * full). */
char *text_dup_indented (const char *text, guint indent);

/* The last `count` lines of a text, borrowed from it. */
const char *text_find_last_lines (const char *text, guint count);

/* A value as one line for people, at most about `max` characters of it: strings as they are, others
 * as JSON. NULL is "". Returns: (transfer full). */
char *text_dup_value (GVariant *value, guint max);

/* How long something took, such as "400 ms", "4.2 s", "12 s", "3:07", "1:02:11". Returns: (transfer
 * full). */
char *text_dup_duration (gint64 us);

/* How long ago something was, in one unit: "now", "12 s ago", "3 min ago", "5 h ago", "2 days ago";
 * "in the future" when the clock was set back. Returns: (transfer full). */
char *text_dup_age (gint64 us);

/* A point in time in the user's time zone, such as "2026-01-31 12:00:00"; "-" for 0. Returns:
 * (transfer full). */
char *text_dup_time (gint64 time_us);

/* The same as in the event log, "2026-01-31T12:00:00.000001Z"; "" for 0. Returns: (transfer full).
 */
char *text_dup_timestamp (gint64 time_us);

/* The columns that a text takes on a terminal. */
guint text_get_width (const char *text);

/* The text cut so that it takes at most `width` columns; a cut is shown by an ellipsis. Returns:
 * (transfer full). */
char *text_dup_cut (const char *text, guint width);

/* The text followed by blanks up to `width` columns. Returns: (transfer full). */
char *text_dup_padded (const char *text, guint width);

/* "1 error", "2 errors". Returns: (transfer full). */
char *text_dup_count (guint count, const char *noun);

G_END_DECLS
