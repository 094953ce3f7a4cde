/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Values: what flows carry between atoms. A value is a GVariant of this table (other types are
 * refused at the edges):
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

#include <backflow/values/visibility.h>

G_BEGIN_DECLS

#define VALUE_ERROR (value_error_quark ())

/* How deep arrays and objects may be nested. A GVariant in its serialised form silently loses what
 * is deeper than 128 containers, and a level of objects takes three of them; the rest is for the
 * records that values are put into. */
#define VALUE_DEPTH_MAX 32u

/* VALUE_ERROR_SYNTAX: the text is no JSON, or an object has a key twice. VALUE_ERROR_TYPE: a type
 * outside of the table. VALUE_ERROR_RANGE: a number that neither int64 nor double can hold
 * (infinities and NaN among them, and integers that a double would round), a string with a NUL or a
 * lone surrogate, nesting deeper than VALUE_DEPTH_MAX. */
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

/* The value as one of the table: unpacks variants and filled maybes, turns all integers into `x`,
 * object paths and signatures into `s`, other arrays and tuples into `av`, dictionaries with keys
 * of strings into `a{sv}`. A value of the table is returned as it is. NULL is the null value.
 * `value` is sunk when floating. Returns: (transfer full) not floating; NULL with VALUE_ERROR_TYPE
 * (file handles, dictionary entries, keys that are no strings or there twice) or VALUE_ERROR_RANGE.
 */
BACKFLOW_PUBLIC GVariant *value_normalize (GVariant *value, GError **error);

/* The value as JSON text on one line. NULL is `null`. Returns: (transfer full). */
BACKFLOW_PUBLIC char *value_to_json (GVariant *value);

/* Appends the value as JSON text on one line. Values outside of the table are written as
 * value_normalize() would turn them, and `null` stands for what it refuses. */
BACKFLOW_PUBLIC void value_append_json (GString *out, GVariant *value);

/* Appends `text` as a JSON string with its quotes; invalid UTF-8 becomes U+FFFD. */
BACKFLOW_PUBLIC void value_append_json_string (GString *out, const char *text);

/* Reads JSON text (RFC 8259) of `length` bytes, or up to its NUL when `length` is -1. A number with
 * a point or an exponent is a `d`. Returns: (transfer full) not floating; NULL with
 * VALUE_ERROR_SYNTAX or VALUE_ERROR_RANGE, and the place in the message. */
BACKFLOW_PUBLIC GVariant *value_new_from_json (const char *text, gssize length, GError **error);

/* The value as a word: the third column of the table. Returns: (transfer full). */
BACKFLOW_PUBLIC char *value_to_word (GVariant *value);

/* What the value's type is called in flow files and messages: "null", "boolean", "integer",
 * "number", "string", "array", "object"; "unknown" for what has no place in the table. Static. */
BACKFLOW_PUBLIC const char *value_get_type_name (GVariant *value);

/* Element `index` of an array value, or the character at `index` of a string, as a string. Returns:
 * (transfer full) (nullable): NULL when there is none, or `value` is neither. */
BACKFLOW_PUBLIC GVariant *value_find_index (GVariant *value, guint index);

/* The value under `key` of an object value. Returns: (transfer full) (nullable): NULL when there is
 * none, or `value` is no object. */
BACKFLOW_PUBLIC GVariant *value_find_key (GVariant *value, const char *key);

G_END_DECLS
