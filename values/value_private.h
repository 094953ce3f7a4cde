/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files of values share: looking at a GVariant of any type as a value of the table in
 * values/value.h. Pure functions; any thread.
 */

#include <backflow/values/value.h>

G_BEGIN_DECLS

/* What is inside of variants and filled maybes. `value` is sunk when floating, its reference is
 * consumed. Returns: (transfer full). */
GVariant *value_unpack (GVariant *value);

/* Reads an integer of any width; FALSE when it is none, or fits no int64. */
gboolean value_get_integer (GVariant *value, gint64 *integer);

/* Whether it is a dictionary with keys of strings. */
gboolean value_is_object (GVariant *value);

/* Whether it is an array or a tuple, and no object. */
gboolean value_is_array (GVariant *value);

/* Whether the strings of an array of `count` pointers are all different; sorts them. Returns:
 * (nullable) one that is there twice, borrowed. */
const char *value_find_duplicate (const char **keys, gsize count);

G_END_DECLS
