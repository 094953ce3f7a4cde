/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* ScratchRemoval: removes a folder with all that commands have made in it. Nothing is reached by a
 * path: links are removed and never followed, whatever somebody puts in the place of a folder
 * meanwhile, and what is mounted in it stays.
 */

#include <glib.h>

G_BEGIN_DECLS

/* Removes the folder `name` of the open folder `place`, which is open as `folder` and stays so.
 * What can't be removed is left. Returns: whether the folder is gone. */
gboolean scratch_remove (gint place, const char *name, gint folder);

G_END_DECLS
