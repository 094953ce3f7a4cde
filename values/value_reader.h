/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Reads JSON text as a value of the table in values/value.h, which includes this header. The
 * function is pure and may be called from any thread.
 */

#include <glib.h>

#include <backflow/values/visibility.h>

G_BEGIN_DECLS

/* Reads JSON text (RFC 8259) of `length` bytes, or up to its NUL when `length` is -1. A number with
 * a point or an exponent is a `d`. Returns: (transfer full) not floating; NULL with
 * VALUE_ERROR_SYNTAX or VALUE_ERROR_RANGE, and the place in the message. */
BACKFLOW_PUBLIC GVariant *value_new_from_json (const char *text, gssize length, GError **error);

G_END_DECLS
