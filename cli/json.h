/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Members of the JSON documents that verbs print. What is not known is left out.
 */

#include <glib.h>

G_BEGIN_DECLS

/* Adds a text, which need not be UTF-8; NULL is left out. */
void json_add_text (GVariantBuilder *object, const char *key, const char *text);

/* Adds a point in time as in the event log; 0 is left out. */
void json_add_time (GVariantBuilder *object, const char *key, gint64 time_us);

G_END_DECLS
