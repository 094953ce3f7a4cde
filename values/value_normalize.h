/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Turns a GVariant of any type into a value of the table in values/value.h, which includes this
 * header. The function is pure and may be called from any thread.
 */

#include <glib.h>

#include <backflow/values/visibility.h>

G_BEGIN_DECLS

/* The value as one of the table: unpacks variants and filled maybes, turns all integers into `x`,
 * object paths and signatures into `s`, other arrays and tuples into `av`, dictionaries with keys
 * of strings into `a{sv}`. A value of the table is returned as it is. NULL is the null value.
 * `value` is sunk when floating. Returns: (transfer full) not floating; NULL with VALUE_ERROR_TYPE
 * (file handles, dictionary entries, keys that are no strings or there twice) or VALUE_ERROR_RANGE.
 */
BACKFLOW_PUBLIC GVariant *value_normalize (GVariant *value, GError **error);

G_END_DECLS
