/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Fleet: writes a large flow file as people write small ones: sites that are provisioned one after
 * the other, in five steps each: a folder, a configuration from a block of shell, a key by an
 * argument vector, a page by a built-in step, a server. Steps require what earlier steps of their
 * site provide, and nearly all know how to revert.
 */

#include <glib.h>

G_BEGIN_DECLS

/* Writes a file of `n_steps` steps. FALSE with a GFileError. */
gboolean fleet_write (const char *path, guint n_steps, GError **error);

G_END_DECLS
