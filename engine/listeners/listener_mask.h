/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Values without what is private. For listener_log.c.
 */

#include <glib.h>

G_BEGIN_DECLS

/* `value` with `mask` in place of what stands under one of `keys` (nullable),
 * NULL-terminated, wherever that is. Returns: (transfer full). */
GVariant *listener_mask_value (GVariant *value, const char *const *keys, const char *mask);

G_END_DECLS
