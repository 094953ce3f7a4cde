/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Output: what is kept of what a child wrote. In memory the beginning of standard output (the
 * result of the step) and the end of both streams (for the report), each within its bound; in a log
 * file everything, both streams in the order in which they arrived, byte for byte. It never
 * fails: a log that can't be written any more is given up and says so. An Output belongs to one
 * owner and one thread at a time.
 */

#include <glib.h>

G_BEGIN_DECLS

typedef struct Output Output;

typedef enum
{
  OUTPUT_STDOUT,
  OUTPUT_STDERR,
} OutputStream;

/* Makes an Output that keeps at most `max_head_bytes` of the beginning of standard output and
 * `max_tail_bytes` of the end of each stream. `log_path` (nullable) is opened for appending when
 * the first byte arrives, and made with mode 0600 if absent, its folder with 0700. Only what is
 * used is allocated. Returns: (transfer full). */
Output *output_new (gsize max_head_bytes, gsize max_tail_bytes, const char *log_path);

/* Closes the log; NULL is fine. */
void output_free (Output *output);

/* Adds `size` bytes that arrived on `stream`. */
void output_append (Output *output, OutputStream stream, const guint8 *data, gsize size);

/* The command has ended: what comes now, from processes that it left, still goes to the log and to
 * the tail of standard error, but not into the result. */
void output_seal (Output *output);

/* Opens the log when it is not open yet. Returns: its descriptor, borrowed until the log is closed;
 * -1 when there is none. */
gint output_open_log (Output *output);

/* Closes the log; what comes after is not logged. */
void output_close_log (Output *output);

/* The beginning of standard output: raw bytes, any of which may be NUL, with a NUL after the last.
 * Borrowed, until the next output_append(). `size` gets their number. Never NULL. */
const char *output_get_stdout (const Output *output, gsize *size);

/* Whether standard output was longer than the bound. */
gboolean output_is_truncated (const Output *output);

/* The end of standard error as text, or that of standard output when standard error was blank: from
 * the beginning of a line, if it has to be cut and there is
 * one, otherwise of a character. Bytes that are not UTF-8, and NULs, are each replaced by U+FFFD.
 * Returns: (transfer full), never NULL. */
char *output_dup_tail_text (const Output *output);

/* How many bytes came on `stream` in all. */
guint64 output_get_total (const Output *output, OutputStream stream);

/* Why logging was given up, as an errno, or 0: ENOSPC when the disk is full, EINVAL when `log_path`
 * is neither a regular file nor a character device. */
gint output_get_log_error (const Output *output);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Output, output_free)

G_END_DECLS
