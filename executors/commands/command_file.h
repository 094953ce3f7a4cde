/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The file that BACKFLOW_OUTPUT names: `name=value` lines or one JSON object, which a command may
 * write as its result. Stateless; any thread.
 */

#include <glib.h>

G_BEGIN_DECLS

#define COMMAND_FILE_ERROR (command_file_error_quark ())

/* UNREADABLE: there is something at the path, but no file that can be read. TOO_LARGE: it is longer
 * than allowed. SYNTAX: it is neither `name=value` lines nor a JSON object, or no UTF-8 text; the
 * message says where. */
typedef enum
{
  COMMAND_FILE_ERROR_UNREADABLE,
  COMMAND_FILE_ERROR_TOO_LARGE,
  COMMAND_FILE_ERROR_SYNTAX,
} CommandFileError;

GQuark command_file_error_quark (void);

/* Reads the file. Text that begins with `{` is JSON. In other text each line that is not blank is a
 * name, `=`, and the value as it is to the end of the line; or a name, `<<` and a word, then the
 * lines of the value, then a line that is the word alone. Names are letters, digits, `_`, `-` and
 * `.`; the last value of a name counts; no line is an empty object. Returns: (transfer full) an
 * object value, not floating; NULL without an error when there is no file, which is what happens
 * with most commands, else with one of the codes of COMMAND_FILE_ERROR. */
GVariant *command_file_read (const char *path, gsize max_bytes, GError **error);

/* Reads what a command that did not come to its end has written: the lines up to the first that is
 * malformed; a last line without its end may have been cut, and counts as none. Returns: (transfer
 * full) (nullable) an object value, not floating; NULL when there is nothing to be read. */
GVariant *command_file_read_part (const char *path, gsize max_bytes);

G_END_DECLS
