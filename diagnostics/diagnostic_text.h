/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A list of diagnostics as text for people, as objects for programs, and as a GError. */

#include <backflow/diagnostics/diagnostic.h>

G_BEGIN_DECLS

/* How diagnostics_format_text() writes. */
typedef enum
{
  DIAGNOSTICS_FORMAT_PLAIN = 0,
  DIAGNOSTICS_FORMAT_COLOR = 1 << 0,   /* ANSI colours */
  DIAGNOSTICS_FORMAT_NO_LINES = 1 << 1 /* one line for each finding, without the source */
} DiagnosticsFormat;

/* The findings as text for people, in their order, ending in a newline; "" when there are none.
 * Shows at most `limit` (0: all), then how many more there are.
 *
 *   site.yaml:23:17: error: no step or input provides 'volum'
 *      23 |     requires: [volum]
 *         |                ^^^^^ did you mean 'volume' (from step 'create-volume', line 9)?
 *
 * Returns: (transfer full). */
BACKFLOW_PUBLIC char *diagnostics_format_text (const Diagnostics *diagnostics, guint limit,
                                               DiagnosticsFormat format);

/* The findings as an array of objects (`aa{sv}`) with the members severity, code, message, and
 * where they are known help, file, line, column, end-line, end-column (of the first character that
 * is not marked any more), offset and length. Returns: (transfer full) not floating. */
BACKFLOW_PUBLIC GVariant *diagnostics_to_variant (const Diagnostics *diagnostics);

/* The first error as a GError, with its place and the number of further errors in the message. Must
 * have an error. Returns: (transfer full). */
BACKFLOW_PUBLIC GError *diagnostics_to_error (const Diagnostics *diagnostics, GQuark domain,
                                              int code);

G_END_DECLS
