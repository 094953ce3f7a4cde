/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Console: what standard output and standard error are, and how the command speaks on them. Results
 * go to standard output, all else to standard error. Colours come second to words: without them
 * nothing is lost. Made once in main() from the environment, then only read, on any thread.
 */

#include <stdio.h>

#include <glib.h>

G_BEGIN_DECLS

/* Escape sequences, all "" where there are no colours. */
typedef struct
{
  const char *bold;
  const char *dim;
  const char *good;
  const char *bad;
  const char *warn;
  const char *off;
} Style;

/* out, err: never NULL. is_live: standard error is a terminal on which lines can be redrawn.
 * out_is_terminal: standard output is one. */
typedef struct
{
  const Style *out;
  const Style *err;
  gboolean is_live;
  gboolean out_is_terminal;
} Console;

/* Looks at the streams, NO_COLOR and TERM. */
void console_init (Console *console);

/* Applies the value of --color: "auto", "always" or "never". FALSE with a USAGE_ERROR. */
gboolean console_set_color (Console *console, const char *when, GError **error);

/* Opens what is closed of the three standard streams, so that no file of ours becomes one of them.
 * Writing to a standard output that was closed fails. */
void console_open_streams (void);

/* Flushes standard output. FALSE when something of what was printed did not arrive; said on
 * standard error, but for a reader that went away, which is its own business. */
gboolean console_finish (const Console *console);

/* Prints `backflow: error: …` or `backflow: warning: …` on standard error; what could act on a
 * terminal is made visible. */
void console_print_error (const Console *console, const char *format, ...) G_GNUC_PRINTF (2, 3);
void console_print_warning (const Console *console, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Prints a value (sunk) as one line of JSON on standard output. */
void console_print_json (GVariant *value);

G_END_DECLS
