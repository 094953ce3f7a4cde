/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Resolving: the addresses of a host, looked up without blocking for longer than a waiting allows.
 */

#include "atoms/steps/waiting.h"

G_BEGIN_DECLS

/* The addresses (GInetAddress) of a name or an address in text. Returns: (transfer full), free with
 * g_resolver_free_addresses(); NULL with `why` (transfer full) when there are none, or none until
 * `until_us`. */
GList *resolving_find (const Waiting *waiting, const char *host, gint64 until_us, char **why);

G_END_DECLS
