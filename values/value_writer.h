/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Writes values as text: as JSON, and as one word of a command. values/value.h, which has the table
 * of values, includes this header. The functions may be called from any thread.
 */

#include <glib.h>

#include <backflow/values/visibility.h>

G_BEGIN_DECLS

/* The value as JSON text on one line. NULL is `null`. Returns: (transfer full). */
BACKFLOW_PUBLIC char *value_to_json (GVariant *value);

/* Appends the value as JSON text on one line. Values outside of the table are written as
 * value_normalize() would turn them, and `null` stands for what it refuses. */
BACKFLOW_PUBLIC void value_append_json (GString *out, GVariant *value);

/* Appends `text` as a JSON string with its quotes; invalid UTF-8 becomes U+FFFD. */
BACKFLOW_PUBLIC void value_append_json_string (GString *out, const char *text);

/* The value as a word: the third column of the table. Returns: (transfer full). */
BACKFLOW_PUBLIC char *value_to_word (GVariant *value);

G_END_DECLS
