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

#include <backflow/values/value_normalize.h>
#include <backflow/values/value_reader.h>
#include <backflow/values/value_writer.h>
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
