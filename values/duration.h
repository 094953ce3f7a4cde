/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Durations as people write them: a number and a unit, such as `500ms`, `30s`, `1.5m`, or several
 * of them from the larger unit to the smaller, such as `1h30m`. Units: d, h, m, s, ms, us. In the
 * program a duration is a number of microseconds. Functions are pure and may be called from any
 * thread.
 */

#include <glib.h>

#include <backflow/values/visibility.h>

G_BEGIN_DECLS

#define DURATION_ERROR (duration_error_quark ())

/* SYNTAX: the text is no duration; the message says what is missing. RANGE: it is longer than
 * DURATION_MAX_US. */
typedef enum
{
  DURATION_ERROR_SYNTAX,
  DURATION_ERROR_RANGE,
} DurationError;

BACKFLOW_PUBLIC GQuark duration_error_quark (void);

/* The longest duration, a hundred years: a point in time and a duration can be added without a
 * thought of overflow. */
#define DURATION_MAX_US (G_GINT64_CONSTANT (36525) * 24 * 3600 * G_USEC_PER_SEC)

/* Reads a duration; `us` receives microseconds, 0 or more, and is left alone when FALSE is returned
 * with a DURATION_ERROR. A number has at most six decimals and needs a unit, zero too; what is less
 * than a microsecond is cut off. */
BACKFLOW_PUBLIC gboolean duration_parse (const char *text, gint64 *us, GError **error);

/* A text that duration_parse() reads as `us` (0 or more), such as "1m30s"; "0s" for 0. Returns:
 * (transfer full). */
BACKFLOW_PUBLIC char *duration_to_text (gint64 us);

G_END_DECLS
