/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Values: what flows carry between atoms. A value is a GVariant of this table (other types are refused at the edges):
 *
 *   YAML, JSON   GVariant    in an environment variable or an argv word
 *   null         mv, empty   null
 *   true, false  b           true, false
 *   integer      x           decimal
 *   other number d           shortest text that reads back the same
 *   string       s           as it is
 *   array        av          JSON text
 *   object       a{sv}       JSON text
 *
 * The functions are pure and may be called from any thread.
 */

#include <glib.h>

#include <backflow/atoms/visibility.h>

G_BEGIN_DECLS

#define VALUE_ERROR (value_error_quark ())

/* VALUE_ERROR_SYNTAX: the text is no JSON. VALUE_ERROR_TYPE: a type outside of the table, or not the one asked for.
 * VALUE_ERROR_RANGE: a number that fits neither int64 nor double; nesting deeper than 200. */
typedef enum
{
  VALUE_ERROR_SYNTAX,
  VALUE_ERROR_TYPE,
  VALUE_ERROR_RANGE,
} ValueError;

BACKFLOW_PUBLIC GQuark value_error_quark (void);

/* The null value. Returns: (transfer full) floating. */
BACKFLOW_PUBLIC GVariant *value_new_null (void);

/* Whether `value` is NULL or the null value. */
BACKFLOW_PUBLIC gboolean value_is_null (GVariant *value);

/* The value as one of the table: unpacks a variant `v`, widens smaller integers to `x`, floats to `d`, `as` to `av`,
 * `a{ss}` to `a{sv}` and so on. `value` is sunk when floating. Returns: (transfer full) not floating;
 * NULL with VALUE_ERROR_TYPE or VALUE_ERROR_RANGE. */
BACKFLOW_PUBLIC GVariant *value_normalize (GVariant *value, GError **error);

/* The value as JSON text on one line. NULL is `null`. Returns: (transfer full). */
BACKFLOW_PUBLIC char *value_to_json (GVariant *value);

/* Appends the value as JSON text. */
BACKFLOW_PUBLIC void value_append_json (GString *out, GVariant *value);

/* Appends `text` as a JSON string with its quotes; invalid UTF-8 becomes U+FFFD. */
BACKFLOW_PUBLIC void value_append_json_string (GString *out, const char *text);

/* Reads JSON text. Returns: (transfer full) not floating; NULL with VALUE_ERROR_SYNTAX or VALUE_ERROR_RANGE. */
BACKFLOW_PUBLIC GVariant *value_new_from_json (const char *text, gssize length, GError **error);

/* The value as a word: the third column of the table. Returns: (transfer full). */
BACKFLOW_PUBLIC char *value_to_word (GVariant *value);

/* What the value's type is called in flow files and messages: "null", "boolean", "integer", "number", "string",
 * "array", "object"; static. */
BACKFLOW_PUBLIC const char *value_get_type_name (GVariant *value);

/* Element `index` of an array value, or the character at `index` of a string. Returns: (transfer full) (nullable). */
BACKFLOW_PUBLIC GVariant *value_find_index (GVariant *value, guint index);

/* The value under `key` of an object value. Returns: (transfer full) (nullable). */
BACKFLOW_PUBLIC GVariant *value_find_key (GVariant *value, const char *key);

G_END_DECLS
